//! What a file is, told by its bytes alone: names of files say nothing.

use std::fmt;

/// A format that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FileFormat {
    /// Excel, also as saved by LibreOffice, Google Sheets and others.
    Xlsx,
    /// OpenDocument.
    Ods,
    /// Cells that commas, semicolons, tabs or bars separate.
    Csv,
    /// JSON or JSON Lines.
    Json,
}

/// A format that is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OtherFormat {
    /// A workbook, or an archive, that asks for a password.
    Password,
    /// Excel's format before 2007.
    OldExcel,
    /// Excel's binary format.
    BinaryExcel,
    /// Excel's XML format of 2003.
    XmlExcel,
    /// An Excel workbook that may have macros.
    Macros,
    /// A document of Apple Numbers.
    Numbers,
    /// A text document or a presentation.
    Document,
    /// A PDF document.
    Pdf,
    /// A web page.
    WebPage,
    /// A picture.
    Picture,
    /// A mail with or without attachments.
    Mail,
    /// An archive with files in it.
    Archive,
    /// Bytes that are none of these, and no text.
    Unknown,
}

impl fmt::Display for OtherFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Password => "protected with a password; save it without one, and return that",
            Self::OldExcel => "an Excel workbook of the old format (.xls); save it as an Excel workbook (.xlsx), and return that",
            Self::BinaryExcel => "a binary Excel workbook (.xlsb); save it as an Excel workbook (.xlsx), and return that",
            Self::XmlExcel => "an XML spreadsheet of Excel 2003; save it as an Excel workbook (.xlsx), and return that",
            Self::Macros => "an Excel workbook with macros (.xlsm); save it as an Excel workbook (.xlsx) without them, and return that",
            Self::Numbers => "a document of Apple Numbers; export it to Excel (.xlsx), and return that",
            Self::Document => "a text document or a presentation; return the report itself, an Excel workbook (.xlsx)",
            Self::Pdf => "a PDF document; return the report itself, an Excel workbook (.xlsx)",
            Self::WebPage => "a web page; return the report itself, an Excel workbook (.xlsx)",
            Self::Picture => "a picture; return the report itself, an Excel workbook (.xlsx)",
            Self::Mail => "a mail; return the report itself, which is attached to it",
            Self::Archive => "an archive; unpack it, and return the report that is in it",
            Self::Unknown => "no report: neither a workbook, nor CSV, nor JSON; return the report itself, an Excel workbook (.xlsx)",
        })
    }
}

/// What the first bytes of a file say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sniffed {
    /// A ZIP archive, which every workbook is.
    Zip,
    Json,
    /// A text, or what may be one.
    Text,
    Other(OtherFormat),
}

/// First bytes of formats that are not read.
const SIGNATURES: &[(&[u8], OtherFormat)] = &[
    (b"%PDF", OtherFormat::Pdf),
    (b"\x89PNG", OtherFormat::Picture),
    (b"\xff\xd8\xff", OtherFormat::Picture),
    (b"GIF8", OtherFormat::Picture),
    (b"BM", OtherFormat::Picture),
    (b"II*\0", OtherFormat::Picture),
    (b"MM\0*", OtherFormat::Picture),
    (b"\x1f\x8b", OtherFormat::Archive),
    (b"7z\xbc\xaf\x27\x1c", OtherFormat::Archive),
    (b"Rar!", OtherFormat::Archive),
    (b"{\\rtf", OtherFormat::Document),
];

/// Starts of texts that are not read, in small letters.
const TEXTS: &[(&str, OtherFormat)] = &[
    ("<!doctype html", OtherFormat::WebPage),
    ("<html", OtherFormat::WebPage),
    ("<meta", OtherFormat::WebPage),
    ("<table", OtherFormat::WebPage),
    ("mime-version:", OtherFormat::Mail),
    ("received:", OtherFormat::Mail),
    ("return-path:", OtherFormat::Mail),
    ("delivered-to:", OtherFormat::Mail),
];

/// How many bytes of a text tell what it is.
const HEAD: usize = 1_024;

pub(crate) fn sniff(bytes: &[u8]) -> Sniffed {
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return Sniffed::Zip;
    }
    if bytes.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        return Sniffed::Other(compound(bytes));
    }
    // "BM" may also begin a text
    let is_text = |magic: &[u8]| magic == b"BM" && !bytes.iter().take(HEAD).any(|b| *b == 0);
    let known = SIGNATURES.iter().find(|(magic, _)| bytes.starts_with(magic) && !is_text(magic));
    if let Some((_, format)) = known {
        return Sniffed::Other(*format);
    }
    let mark = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let head = String::from_utf8_lossy(&mark[..mark.len().min(HEAD)]);
    let head = head.trim_start().to_lowercase();
    if let Some((_, format)) = TEXTS.iter().find(|(start, _)| head.starts_with(start)) {
        return Sniffed::Other(*format);
    }
    if head.starts_with("<?xml") {
        let is_excel = head.contains("excel.sheet") || head.contains("office:spreadsheet");
        let is_page = head.contains("<html") || head.contains("<!doctype html");
        return Sniffed::Other(match (is_excel, is_page) {
            (true, _) => OtherFormat::XmlExcel,
            (false, true) => OtherFormat::WebPage,
            (false, false) => OtherFormat::Unknown,
        });
    }
    if head.starts_with(['{', '[']) { Sniffed::Json } else { Sniffed::Text }
}

/// What a compound file is: Microsoft keeps old documents, encrypted new ones, and mails of Outlook in it. Its directory
/// has the names of its parts in UTF-16.
fn compound(bytes: &[u8]) -> OtherFormat {
    let has = |name: &str| {
        let name: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        bytes.windows(name.len()).any(|window| window == name)
    };
    if has("EncryptedPackage") {
        OtherFormat::Password
    } else if has("__substg1.0_") {
        OtherFormat::Mail
    } else if has("WordDocument") || has("PowerPoint Document") {
        OtherFormat::Document
    } else {
        OtherFormat::OldExcel
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compound_with(name: &str) -> Vec<u8> {
        let name = name.encode_utf16().flat_map(u16::to_le_bytes);
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1....".iter().copied().chain(name).collect()
    }

    #[test]
    fn table_of_first_bytes() {
        let other = Sniffed::Other;
        for (bytes, want) in [
            (b"PK\x03\x04".to_vec(), Sniffed::Zip),
            (compound_with("EncryptedPackage"), other(OtherFormat::Password)),
            (compound_with("Workbook"), other(OtherFormat::OldExcel)),
            (compound_with("WordDocument"), other(OtherFormat::Document)),
            (compound_with("__substg1.0_001A"), other(OtherFormat::Mail)),
            (b"%PDF-1.7".to_vec(), other(OtherFormat::Pdf)),
            (b"BM\x46\0\0\0".to_vec(), other(OtherFormat::Picture)),
            (b"BMW,Decision".to_vec(), Sniffed::Text),
            (b"\xef\xbb\xbf <!DOCTYPE HTML>".to_vec(), other(OtherFormat::WebPage)),
            (
                b"<?xml version=\"1.0\"?><?mso-application progid=\"Excel.Sheet\"?>".to_vec(),
                other(OtherFormat::XmlExcel),
            ),
            (b"<?xml version=\"1.0\"?><a/>".to_vec(), other(OtherFormat::Unknown)),
            (b"Received: from x".to_vec(), other(OtherFormat::Mail)),
            (b"\n [{".to_vec(), Sniffed::Json),
            ("\u{feff}{".as_bytes().to_vec(), Sniffed::Json),
            (b"\xff\xfeK\0".to_vec(), Sniffed::Text),
            (b"a;b".to_vec(), Sniffed::Text),
            (Vec::new(), Sniffed::Text),
        ] {
            assert_eq!(sniff(&bytes), want, "{:?}", String::from_utf8_lossy(&bytes));
        }
    }
}

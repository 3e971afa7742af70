//! Decoding of a CSV file from UTF-8, Shift_JIS, EUC-JP, ISO-2022-JP or, with a byte order mark, UTF-16.

use std::borrow::Cow;
use std::str::Utf8Error;

use encoding_rs::{Encoding, UTF_8};

use super::UnreadableCsv;
use super::japanese::{self, Undecoded};

type Result<T> = std::result::Result<T, UnreadableCsv>;

/// The advice for a file in another format.
pub(crate) const SAVE_AS_CSV: &str = "save it as \"CSV UTF-8 (comma delimited)\"";

/// The character with which CP/M and DOS end a text.
const END_OF_FILE: char = '\u{1A}';

/// First bytes of formats that people mistake for CSV.
const SIGNATURES: &[(&[u8], &str)] = &[
    (b"PK\x03\x04", "an Excel workbook or another ZIP archive"),
    (b"\xD0\xCF\x11\xE0", "an old Excel workbook"),
    (b"\x1F\x8B", "compressed with gzip"),
    (b"%PDF-", "a PDF document"),
    (b"<?xml", "an XML document"),
    (b"<!DOCTYPE", "a web page"),
    (b"<html", "a web page"),
];

/// Decodes a CSV file. What old systems put at the end of a file (0x1A) is left out.
pub(super) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>> {
    if let Some((_, what)) = SIGNATURES.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Err(UnreadableCsv::new(format!("it is {what}, not a CSV file; open it and {SAVE_AS_CSV}")));
    }
    let text = match Encoding::for_bom(bytes) {
        Some((encoding, mark)) => with_mark(&bytes[mark..], encoding)?,
        None => match std::str::from_utf8(bytes) {
            Ok(_) if japanese::is_iso_2022_jp(bytes) => Cow::Owned(iso_2022_jp(bytes)?),
            Ok(text) => Cow::Borrowed(text),
            Err(error) => Cow::Owned(two_bytes(bytes, error)?),
        },
    };
    if let Some(at) = text.find('\0') {
        let line = line_at(text[..at].as_bytes());
        return Err(UnreadableCsv::new(format!(
            "line {line} holds a NUL byte, so it is not a text file; {SAVE_AS_CSV}"
        )));
    }
    Ok(without_end(text))
}

fn without_end(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim_end_matches(END_OF_FILE)),
        Cow::Owned(mut text) => {
            text.truncate(text.trim_end_matches(END_OF_FILE).len());
            Cow::Owned(text)
        }
    }
}

fn with_mark<'a>(bytes: &'a [u8], encoding: &'static Encoding) -> Result<Cow<'a, str>> {
    encoding.decode_without_bom_handling_and_without_replacement(bytes).ok_or_else(|| {
        let name = if encoding == UTF_8 { "UTF-8" } else { "UTF-16" };
        UnreadableCsv::new(format!("its byte order mark says {name}, but it is not; {SAVE_AS_CSV}"))
    })
}

fn iso_2022_jp(bytes: &[u8]) -> Result<String> {
    japanese::iso_2022_jp(bytes).ok_or_else(|| {
        UnreadableCsv::new(format!("it begins as ISO-2022-JP, but cannot be read as such; {SAVE_AS_CSV}"))
    })
}

/// Decodes a file that is not UTF-8 from Shift_JIS or EUC-JP.
///
/// Nearly any two bytes are a character in Shift_JIS, so a damaged UTF-8 file would decode to nonsense. It has to be
/// detected before.
fn two_bytes(bytes: &[u8], error: Utf8Error) -> Result<String> {
    let (sound, _) = bytes.split_at(error.valid_up_to());
    let line = line_at(sound);
    // Text in Shift_JIS or EUC-JP is invalid UTF-8 from its first Japanese character on. Valid characters of three bytes before the
    // error show that the file is UTF-8.
    if std::str::from_utf8(sound).is_ok_and(|text| text.chars().any(|c| c.len_utf8() > 2)) {
        return Err(UnreadableCsv::new(format!(
            "line {line} has bytes that are not UTF-8, unlike the lines before; {SAVE_AS_CSV}"
        )));
    }
    japanese::two_bytes(bytes).map_err(|undecoded| {
        UnreadableCsv::new(match undecoded {
            Undecoded::Unknown => {
                format!("line {line} is neither UTF-8 nor Shift_JIS nor EUC-JP; {SAVE_AS_CSV}")
            }
            Undecoded::Ambiguous => {
                format!("line {line} can be read as Shift_JIS and as EUC-JP, with other characters; {SAVE_AS_CSV}")
            }
        })
    })
}

/// Line of the byte that follows `before`, counted from 1.
#[expect(clippy::naive_bytecount, reason = "runs once, for an error message")]
fn line_at(before: &[u8]) -> usize {
    before.iter().filter(|b| **b == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use encoding_rs::{EUC_JP, ISO_2022_JP, SHIFT_JIS};

    use super::*;

    #[test]
    fn decode_reads_encodings_of_spreadsheets() {
        let want = "project\n決済\n";
        let utf16 = |units: Vec<[u8; 2]>, mark: [u8; 2]| [mark.to_vec(), units.concat()].concat();
        for bytes in [
            want.as_bytes().to_vec(),
            [b"\xEF\xBB\xBF", want.as_bytes()].concat(),
            SHIFT_JIS.encode(want).0.into_owned(),
            EUC_JP.encode(want).0.into_owned(),
            ISO_2022_JP.encode(want).0.into_owned(),
            utf16(want.encode_utf16().map(u16::to_le_bytes).collect(), [0xFF, 0xFE]),
            utf16(want.encode_utf16().map(u16::to_be_bytes).collect(), [0xFE, 0xFF]),
        ] {
            assert_eq!(decode(&bytes).unwrap(), want);
        }
    }

    #[test]
    fn an_end_of_file_is_left_out() {
        for (bytes, want) in [
            (b"a,b\r\n\x1A".to_vec(), "a,b\r\n"),
            (b"a\x1A\x1A".to_vec(), "a"),
            ([&*SHIFT_JIS.encode("決済\n").0, b"\x1A"].concat(), "決済\n"),
            (b"\xFF\xFEa\0\x1A\0".to_vec(), "a"),
            (b"\x1A".to_vec(), ""),
            // elsewhere it is a character like others
            (b"a\x1Ab".to_vec(), "a\u{1A}b"),
        ] {
            assert_eq!(decode(&bytes).unwrap(), want, "{bytes:?}");
        }
    }

    #[test]
    fn decode_names_other_formats() {
        for (bytes, want) in [
            (b"PK\x03\x04xl/workbook.xml".as_slice(), "Excel workbook"),
            (b"\xD0\xCF\x11\xE0\xA1\xB1", "old Excel"),
            (b"\x1F\x8B\x08", "gzip"),
            (b"%PDF-1.7", "PDF"),
            (b"<html>", "web page"),
            (b"project\nab\0c", "line 2 holds a NUL"),
            (b"p\0r\0o\0j\0", "line 1 holds a NUL"),
            (b"project\n\x80\xFF\xFF", "line 2 is neither"),
            (b"project\n\xA5\xC6\xA5\xB9\xA5\xC8", "line 2 can be read as Shift_JIS and as EUC-JP"),
            (b"project\n\x1B$B7", "begins as ISO-2022-JP"),
            (b"\xEF\xBB\xBFa\xFF", "says UTF-8"),
            (b"\xFF\xFEa", "says UTF-16"),
            (b"\xE6\xB1\xBA,\n\xE6\xB8", "line 2 has bytes that are not UTF-8"),
        ] {
            let error = decode(bytes).unwrap_err();
            assert!(error.to_string().contains(want), "{bytes:?}: {error}");
        }
    }
}

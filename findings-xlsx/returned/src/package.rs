//! Workbooks are ZIP archives of XML documents. Everything in one is checked before a reader of workbooks sees it: how
//! large it says it is, how large it really is, and whether its XML is sound.

mod xml;

use std::io::{Cursor, Read};

use zip::read::ZipFile;
use zip::result::{ZipError, ZipResult};
use zip::{ZipArchive, ZipWriter};

use crate::error::ReadError;
use crate::format::OtherFormat;
use crate::mark::Marks;
use crate::options::Limits;

/// The kind of a workbook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Workbook {
    Xlsx,
    Ods,
}

/// The most bytes of a part that says what the archive is.
const CONTENT_TYPES: u64 = 1 << 20;

/// What was checked of an archive.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) workbook: Workbook,
    /// An archive of the XML documents that were checked, and of nothing else: a sheet may be in a part of any name, so
    /// what is not checked must not be there.
    pub(crate) archive: Vec<u8>,
    /// The marks in the properties of the document.
    pub(crate) marks: Marks,
}

/// Checks an archive.
pub(crate) fn check(bytes: &[u8], limits: &Limits) -> Result<Checked, ReadError> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|e| damaged(&e))?;
    if archive.len() > limits.parts {
        return Err(ReadError::TooLarge { limit: limits.parts as u64, what: "parts" });
    }
    let mut names = Vec::with_capacity(archive.len());
    let mut declared = 0_u64;
    for at in 0..archive.len() {
        let part = archive.by_index_raw(at).map_err(|e| damaged(&e))?;
        if part.encrypted() {
            return Err(ReadError::OtherFormat(OtherFormat::Password));
        }
        declared = declared.saturating_add(part.size());
        names.push(part.name().map_err(|e| damaged(&e))?.into_owned());
    }
    if declared > limits.unpacked {
        return Err(too_large(limits));
    }
    let workbook = kind(&mut archive, &names)?;
    let mut budget = Budget { bytes: limits.unpacked, elements: limits.elements };
    let mut marks = Marks::default();
    for (at, name) in names.iter().enumerate() {
        let part = archive.by_index(at).map_err(|e| damaged(&e))?;
        check_part(part, name, &mut budget, &mut marks).map_err(|error| match error {
            xml::Fault::TooLarge => too_large(limits),
            xml::Fault::Encrypted => ReadError::OtherFormat(OtherFormat::Password),
            xml::Fault::Unsound(why) => ReadError::Damaged(format!("{}: {why}", shown(name))),
        })?;
    }
    let archive = of_documents(&mut archive, &names).map_err(|e| damaged(&e))?;
    Ok(Checked { workbook, archive, marks })
}

/// Copies the XML documents of an archive, packed as they are.
fn of_documents(archive: &mut ZipArchive<Cursor<&[u8]>>, names: &[String]) -> ZipResult<Vec<u8>> {
    let mut copy = ZipWriter::new(Cursor::new(Vec::new()));
    for (at, _) in names.iter().enumerate().filter(|(_, name)| is_document(name)) {
        copy.raw_copy_file(archive.by_index_raw(at)?)?;
    }
    Ok(copy.finish()?.into_inner())
}

/// Whether a part is an XML document by its name. Readers of workbooks do not look at the case of names.
fn is_document(name: &str) -> bool {
    has_extension(name, "xml") || has_extension(name, "rels")
}

fn has_extension(name: &str, extension: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, own)| own.eq_ignore_ascii_case(extension))
}

/// What is left of the limits.
#[derive(Debug)]
pub(crate) struct Budget {
    bytes: u64,
    elements: u64,
}

fn check_part(
    part: ZipFile<'_, Cursor<&[u8]>>,
    name: &str,
    budget: &mut Budget,
    marks: &mut Marks,
) -> Result<(), xml::Fault> {
    // one more than allowed shows that there is more
    let mut part = part.take(budget.bytes + 1);
    if is_document(name) {
        let document = xml::Document { name, reader: &mut part };
        document.check(&mut budget.elements, marks)?;
    }
    // what is behind the XML, or no XML
    std::io::copy(&mut part, &mut std::io::sink()).map_err(|e| xml::Fault::Unsound(e.to_string()))?;
    let left = part.limit();
    if left == 0 {
        return Err(xml::Fault::TooLarge);
    }
    budget.bytes = left - 1;
    Ok(())
}

/// What is in the archive, by the parts that every such archive has.
fn kind(archive: &mut ZipArchive<Cursor<&[u8]>>, names: &[String]) -> Result<Workbook, ReadError> {
    let has = |name: &str| names.iter().any(|known| known == name);
    let other = |format| Err(ReadError::OtherFormat(format));
    if has("mimetype") {
        let mime = text(archive, "mimetype")?;
        return match mime.trim() {
            "application/vnd.oasis.opendocument.spreadsheet" => Ok(Workbook::Ods),
            mime if mime.starts_with("application/vnd.oasis.opendocument.") => other(OtherFormat::Document),
            _ => other(OtherFormat::Archive),
        };
    }
    if names.iter().any(|name| has_extension(name, "iwa")) {
        return other(OtherFormat::Numbers);
    }
    if !has("[Content_Types].xml") {
        return other(OtherFormat::Archive);
    }
    let types = text(archive, "[Content_Types].xml")?;
    // some programs list the types of all formats that they can write, so the type of this one comes first
    let is_xlsx = types.contains("spreadsheetml.sheet.main") || types.contains("spreadsheetml.template.main");
    match is_xlsx {
        true if has("xl/vbaProject.bin") => other(OtherFormat::Macros),
        true => Ok(Workbook::Xlsx),
        false if has("xl/workbook.bin") => other(OtherFormat::BinaryExcel),
        false if types.contains("macroEnabled.main+xml") => other(OtherFormat::Macros),
        false if types.contains("wordprocessingml") || types.contains("presentationml") => other(OtherFormat::Document),
        false => other(OtherFormat::Archive),
    }
}

fn text(archive: &mut ZipArchive<Cursor<&[u8]>>, name: &str) -> Result<String, ReadError> {
    let part = archive.by_name(name).map_err(|e| damaged(&e))?;
    let mut bytes = Vec::new();
    part.take(CONTENT_TYPES).read_to_end(&mut bytes).map_err(|e| ReadError::Damaged(e.to_string()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn damaged(error: &ZipError) -> ReadError {
    match error {
        ZipError::UnsupportedArchive(why) if *why == ZipError::PASSWORD_REQUIRED => {
            ReadError::OtherFormat(OtherFormat::Password)
        }
        error => ReadError::Damaged(error.to_string()),
    }
}

fn too_large(limits: &Limits) -> ReadError {
    ReadError::TooLarge { limit: limits.unpacked, what: "bytes or elements when it is unpacked" }
}

/// Returns a name of a part for a message.
fn shown(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(60).collect()
}

//! Workbooks are ZIP archives of XML documents. Everything in one is checked before a reader of workbooks sees it: how
//! large it says it is, how large it really is, and whether its XML is sound.

mod xml;

use std::io::{Cursor, Read};

use zip::ZipArchive;
use zip::read::ZipFile;
use zip::result::ZipError;

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

/// Checks an archive, and returns what workbook it is, and the marks in its properties.
pub(crate) fn check(bytes: &[u8], limits: &Limits) -> Result<(Workbook, Marks), ReadError> {
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
    Ok((workbook, marks))
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
    let is_xml = name.ends_with(".xml") || name.ends_with(".rels");
    if is_xml {
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
    if has("Index/Document.iwa") || names.iter().any(|name| name.ends_with(".iwa")) {
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

//! The skeleton of the workbook that `rust_xlsxwriter` writes, and how its parts get into the finished file.

use std::collections::HashMap;
use std::io::{Cursor, Read as _, Write as _};

use rust_xlsxwriter::Workbook;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use crate::error::RenderError;
use crate::package::frame::check_relationships;
use crate::package::links::Links;
use crate::package::packer::Target;
use crate::package::shared_texts::SharedTexts;
use crate::package::sheet_xml::WrittenSheet;

/// The skeleton: a packed workbook whose tables have a header and samples but no rows.
#[derive(Debug)]
pub(crate) struct Framework(ZipArchive<Cursor<Vec<u8>>>);

impl Framework {
    pub(crate) fn of(mut book: Workbook) -> Result<Self, RenderError> {
        Ok(Self(ZipArchive::new(Cursor::new(book.save_to_buffer()?))?))
    }

    /// Number of parts of the file.
    pub(crate) fn parts(&self) -> usize {
        self.0.len()
    }

    /// Name of a part, counted from 0.
    pub(crate) fn name(&mut self, part: usize) -> Result<String, RenderError> {
        Ok(self.0.by_index_raw(part)?.name()?.into_owned())
    }

    /// The XML of a sheet, counted from 1.
    pub(crate) fn sheet(&mut self, number: usize) -> Result<String, RenderError> {
        self.read(&name_of(number))
    }

    /// The shared strings of the skeleton, to which those of the rows are added.
    pub(crate) fn texts(&mut self) -> Result<SharedTexts, RenderError> {
        SharedTexts::new(&self.read(LIST_OF_TEXTS)?)
    }

    fn read(&mut self, name: &str) -> Result<String, RenderError> {
        let mut xml = String::new();
        self.0.by_name(name)?.read_to_string(&mut xml)?;
        Ok(xml)
    }
}

/// What is known of the sheets whose rows are written.
#[derive(Debug, Default)]
pub(crate) struct FilledSheets {
    /// Rows below the header, by sheet number.
    rows: HashMap<usize, u64>,
    /// By name of the part that lists their targets.
    links: HashMap<String, Links>,
    /// Cells of the skeleton that refer to a shared string and are not in the finished file.
    sample_texts: u64,
}

impl FilledSheets {
    /// Adds a sheet. `sample_texts` of its samples referred to a shared string.
    pub(crate) fn add(&mut self, number: usize, sheet: WrittenSheet, sample_texts: u64) {
        self.rows.insert(number, sheet.rows);
        self.links.insert(links_of(number), sheet.links);
        self.sample_texts += sample_texts;
    }

    /// Rows below the header, by sheet number.
    pub(crate) fn rows(&self) -> &HashMap<usize, u64> {
        &self.rows
    }

    /// Copies a part of the skeleton, unless it is a sheet that is already written or the shared strings.
    ///
    /// The targets of links are written anew for sheets with rows.
    pub(crate) fn copy<W: Target>(
        &mut self,
        framework: &mut Framework,
        part: usize,
        file: &mut ZipWriter<W>,
    ) -> Result<(), RenderError> {
        let name = framework.name(part)?;
        if let Some(links) = self.links.remove(&name) {
            check_relationships(&framework.read(&name)?)?;
            // a sheet without links has no such part
            if links.has_targets() {
                start(file, &name)?;
                links.targets(|xml| Ok(file.write_all(xml.as_bytes())?))?;
            }
        } else if name != LIST_OF_TEXTS && !sheet_number(&name).is_some_and(|n| self.rows.contains_key(&n)) {
            // as it is packed: packing it again would take time and change nothing
            file.raw_copy_file(framework.0.by_index_raw(part)?)?;
        }
        Ok(())
    }

    /// Writes the shared strings, which are complete only when all rows are written, and ends the file.
    pub(crate) fn finish<W: Target>(
        self,
        framework: &mut Framework,
        texts: &SharedTexts,
        mut file: ZipWriter<W>,
    ) -> Result<W, RenderError> {
        if !self.links.is_empty() {
            return Err(RenderError::Links);
        }
        start(&mut file, LIST_OF_TEXTS)?;
        file.write_all(texts.write(&framework.read(LIST_OF_TEXTS)?, self.sample_texts)?.as_bytes())?;
        Ok(file.finish()?)
    }
}

/// How hard a part is packed, of 1 to 9. With zlib-rs, level 5 gives nearly the size of the usual level 6 in less time. Level 4
/// would take a little less, and give a larger file.
const PACKING_LEVEL: i64 = 5;

/// Starts a part with the options that `rust_xlsxwriter` uses for all others, the level apart: no time and no owner, because the
/// same report must give the same bytes.
fn start<W: Target>(file: &mut ZipWriter<W>, name: &str) -> Result<(), RenderError> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(PACKING_LEVEL))
        .unix_permissions(0o600)
        .last_modified_time(DateTime::default());
    Ok(file.start_file(name, options)?)
}

/// Starts the part of a sheet, counted from 1.
pub(crate) fn start_sheet<W: Target>(file: &mut ZipWriter<W>, number: usize) -> Result<(), RenderError> {
    start(file, &name_of(number))
}

const LIST_OF_TEXTS: &str = "xl/sharedStrings.xml";

fn name_of(sheet: usize) -> String {
    format!("xl/worksheets/sheet{sheet}.xml")
}

/// The sheet number, if the part is a sheet.
pub(crate) fn sheet_number(name: &str) -> Option<usize> {
    name.strip_prefix("xl/worksheets/sheet")?.strip_suffix(".xml")?.parse().ok()
}

/// Name of the part that lists the targets of a sheet's links.
fn links_of(sheet: usize) -> String {
    format!("xl/worksheets/_rels/sheet{sheet}.xml.rels")
}

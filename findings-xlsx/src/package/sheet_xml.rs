//! The XML of a sheet, built row by row.

use rust_xlsxwriter::utility::column_number_to_name;

use crate::error::RenderError;
use crate::package::frame::Frame;
use crate::package::links::Links;
use crate::package::packer::{Packer, Target};
use crate::package::row_xml;
use crate::package::shared_texts::SharedTexts;

/// Builds the XML of one sheet after the other.
#[derive(Debug)]
pub(crate) struct SheetXml {
    /// XML that is not packed yet.
    buffer: String,
    /// The cells of the current row. They are kept apart because the row's height, which is written first, depends on
    /// them.
    pub(crate) cells: String,
    rows: u64,
    pub(crate) links: Links,
    pub(crate) texts: SharedTexts,
}

/// The result of writing a sheet.
#[derive(Debug)]
pub(crate) struct WrittenSheet {
    /// Rows below the header.
    pub(crate) rows: u64,
    pub(crate) links: Links,
}

impl SheetXml {
    pub(crate) fn new(texts: SharedTexts) -> Self {
        Self { buffer: String::new(), cells: String::new(), rows: 0, links: Links::default(), texts }
    }

    /// Begins a sheet. The dimension, which is optional, is written if the number of rows is known.
    pub(crate) fn begin(&mut self, frame: &Frame<'_>, columns: usize, rows: Option<usize>) -> Result<(), RenderError> {
        self.buffer.push_str(frame.before_dimension);
        if let Some(rows) = rows {
            let last = column_number_to_name(u16::try_from(columns - 1)?);
            let extent = format!("<dimension ref=\"A1:{last}{}\"/>", rows + 1);
            self.buffer.push_str(&extent);
        }
        for part in [frame.before_rows, "<sheetData>", frame.header, "</row>"] {
            self.buffer.push_str(part);
        }
        Ok(())
    }

    /// Ends the current row, and packs the XML so far when it fills a chunk.
    pub(crate) fn end_row<W: Target>(
        &mut self,
        row: &str,
        pixels: u32,
        packer: &mut Packer<W>,
    ) -> Result<(), RenderError> {
        row_xml::row(&mut self.buffer, row, pixels, &self.cells);
        self.cells.clear();
        self.rows += 1;
        if self.buffer.len() >= Packer::<W>::CHUNK_BYTES { packer.pack(&mut self.buffer) } else { Ok(()) }
    }

    /// Ends the sheet, and packs the rest of its XML.
    pub(crate) fn end<W: Target>(
        &mut self,
        frame: &Frame<'_>,
        packer: &mut Packer<W>,
    ) -> Result<WrittenSheet, RenderError> {
        self.buffer.push_str("</sheetData>");
        self.buffer.push_str(frame.before_links);
        if !self.links.cells().is_empty() {
            for part in ["<hyperlinks>", self.links.cells(), "</hyperlinks>"] {
                self.buffer.push_str(part);
            }
        }
        self.buffer.push_str(frame.after_links);
        packer.pack(&mut self.buffer)?;
        Ok(WrittenSheet { rows: std::mem::take(&mut self.rows), links: std::mem::take(&mut self.links) })
    }
}

//! A sheet as XML, while it grows by rows.

use rust_xlsxwriter::utility::column_number_to_name;

use crate::error::RenderError;
use crate::package::frame::Frame;
use crate::package::links::Links;
use crate::package::packer::{Packer, Target};
use crate::package::row_xml;
use crate::package::shared_texts::SharedTexts;

/// The XML of one sheet after the other.
#[derive(Debug)]
pub(crate) struct SheetXml {
    /// What is not packed yet.
    buffer: String,
    /// The cells of the row that is being written: only they tell how high it is.
    pub(crate) cells: String,
    rows: u64,
    pub(crate) links: Links,
    pub(crate) texts: SharedTexts,
}

/// What a sheet came to.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) rows: u64,
    pub(crate) links: Links,
}

impl SheetXml {
    pub(crate) fn new(texts: SharedTexts) -> Self {
        Self { buffer: String::new(), cells: String::new(), rows: 0, links: Links::default(), texts }
    }

    /// Begins a sheet of so many columns; how many rows it will have is said where it is known.
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

    /// Makes a row of the cells, and packs what there is if it is enough.
    pub(crate) fn end_row<W: Target>(
        &mut self,
        row: &str,
        pixels: u32,
        packer: &mut Packer<W>,
    ) -> Result<(), RenderError> {
        row_xml::row(&mut self.buffer, row, pixels, &self.cells);
        self.cells.clear();
        self.rows += 1;
        if self.buffer.len() >= Packer::<W>::FULL { packer.pack(&mut self.buffer) } else { Ok(()) }
    }

    /// Ends the sheet, and packs the rest of it.
    pub(crate) fn end<W: Target>(&mut self, frame: &Frame<'_>, packer: &mut Packer<W>) -> Result<Written, RenderError> {
        self.buffer.push_str("</sheetData>");
        self.buffer.push_str(frame.before_links);
        if !self.links.cells().is_empty() {
            for part in ["<hyperlinks>", self.links.cells(), "</hyperlinks>"] {
                self.buffer.push_str(part);
            }
        }
        self.buffer.push_str(frame.after_links);
        packer.pack(&mut self.buffer)?;
        Ok(Written { rows: std::mem::take(&mut self.rows), links: std::mem::take(&mut self.links) })
    }
}

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
    /// Bytes of the sheet that were packed.
    packed: u64,
    /// Bytes that a sheet may have.
    max_bytes: u64,
    /// The cells of the current row. They are kept apart because the row's height, which is written first, depends on
    /// them.
    pub(crate) cells: String,
    rows: u64,
    pub(crate) links: Links,
    pub(crate) texts: SharedTexts,
}

/// Bytes of XML that a part of a ZIP file without the 64-bit extension can have. Excel is strict about that extension,
/// and with it small files would have other bytes.
const MAX_BYTES: u64 = u32::MAX as u64;

/// The result of writing a sheet.
#[derive(Debug)]
pub(crate) struct WrittenSheet {
    /// Rows below the header.
    pub(crate) rows: u64,
    pub(crate) links: Links,
}

impl SheetXml {
    pub(crate) fn new(texts: SharedTexts) -> Self {
        Self {
            buffer: String::new(),
            packed: 0,
            max_bytes: MAX_BYTES,
            cells: String::new(),
            rows: 0,
            links: Links::default(),
            texts,
        }
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
        is_hidden: bool,
        packer: &mut Packer<W>,
    ) -> Result<(), RenderError> {
        row_xml::row(&mut self.buffer, row, pixels, is_hidden, &self.cells);
        self.cells.clear();
        self.rows += 1;
        if self.buffer.len() >= Packer::<W>::CHUNK_BYTES { self.pack(packer) } else { Ok(()) }
    }

    /// Packs the XML so far.
    fn pack<W: Target>(&mut self, packer: &mut Packer<W>) -> Result<(), RenderError> {
        self.packed += u64::try_from(self.buffer.len())?;
        if self.packed > self.max_bytes {
            return Err(RenderError::SheetTooLarge);
        }
        packer.pack(&mut self.buffer)
    }

    /// Ends the sheet, and packs the rest of its XML.
    pub(crate) fn end<W: Target>(
        &mut self,
        frame: &Frame<'_>,
        packer: &mut Packer<W>,
    ) -> Result<WrittenSheet, RenderError> {
        self.buffer.push_str("</sheetData>");
        self.buffer.push_str(frame.before_links);
        let mut links = std::mem::take(&mut self.links);
        let cells = links.take_cells();
        if !cells.is_empty() {
            self.buffer.push_str("<hyperlinks>");
            cells.read(|cells| {
                self.buffer.push_str(cells);
                self.pack(packer)
            })?;
            self.buffer.push_str("</hyperlinks>");
        }
        self.buffer.push_str(frame.after_links);
        self.pack(packer)?;
        self.packed = 0;
        Ok(WrittenSheet { rows: std::mem::take(&mut self.rows), links })
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use zip::ZipWriter;

    use super::*;
    use crate::package::framework::start_sheet;
    use crate::package::packer::Packing;

    #[test]
    fn sheet_of_more_bytes_than_a_part_can_have_is_an_error() {
        let mut file = Box::new(ZipWriter::new(Cursor::new(Vec::new())));
        start_sheet(&mut file, 1).unwrap();
        let mut packer = Packer::new(file, Packing::Inline);
        let texts = SharedTexts::new("<sst count=\"0\" uniqueCount=\"0\"></sst>").unwrap();
        let mut sheet = SheetXml { max_bytes: 100_000, ..SheetXml::new(texts) };
        let mut write = |bytes| {
            sheet.cells = "x".repeat(bytes);
            sheet.end_row("2", 20, false, &mut packer)
        };
        write(90_000).unwrap();
        assert!(matches!(write(90_000), Err(RenderError::SheetTooLarge)));
    }
}

//! The file: what `rust_xlsxwriter` writes, and the rows of tables, which go straight into it.
//!
//! `rust_xlsxwriter` keeps every cell of a sheet, or writes rows into a temporary file first and packs that in the end: twice the time and, for
//! 100,000 findings, 250 MB of disk that can be full. So it writes the tables without their rows, but with everything around them (widths, formats, rules,
//! filters, validation, page set-up), and the rows are written where they belong while the parts are packed again: one at a time, packed at once.
//! Its list of texts goes on with those that come again in the rows ([`SharedTexts`]), and is packed when all rows are written.

use std::collections::HashMap;
use std::fmt;
use std::io::Cursor;

use rust_xlsxwriter::Workbook;
use zip::ZipWriter;

use crate::error::RenderError;
use crate::frame::{Frame, Styles};
use crate::framework::{Filled, Framework, sheet_number, start_sheet};
use crate::packer::{Packer, Packing};
use crate::sheet_xml::SheetXml;

/// Where the file is put together.
pub(crate) type Memory = Cursor<Vec<u8>>;

/// Rows that are written when the file is put together.
pub(crate) trait Rows: fmt::Debug {
    /// Columns of the table.
    fn columns(&self) -> usize;

    /// Rows below the header.
    fn count(&self) -> usize;

    /// Writes them.
    fn write(&self, out: &mut SheetXml, packer: &mut Packer<Memory>, styles: &Styles) -> Result<(), RenderError>;
}

/// A workbook while it is put together.
pub(crate) struct File<'r> {
    pub(crate) book: Workbook,
    /// By number of the sheet, from 1.
    rows: HashMap<usize, Box<dyn Rows + 'r>>,
}

impl<'r> File<'r> {
    /// Rows that are worth a thread.
    const MANY: usize = 2_000;

    pub(crate) fn new(book: Workbook) -> Self {
        Self { book, rows: HashMap::new() }
    }

    /// Gives the latest sheet, which holds a header and samples, its rows.
    pub(crate) fn fill(&mut self, rows: impl Rows + 'r) {
        let sheet = self.book.worksheets().len();
        self.rows.insert(sheet, Box::new(rows));
    }

    /// The bytes of the file, and by number of the sheet the rows that were written straight into it.
    pub(crate) fn finish(self, packing: Packing) -> Result<(Vec<u8>, HashMap<usize, u64>), RenderError> {
        let mut framework = Framework::of(self.book)?;
        let mut file = Box::new(ZipWriter::new(Memory::default()));
        let mut out = SheetXml::new(framework.texts()?);
        let mut filled = Filled::default();
        for part in 0..framework.parts() {
            let Some((number, rows)) =
                sheet_number(&framework.name(part)?).and_then(|number| Some((number, self.rows.get(&number)?)))
            else {
                filled.copy(&mut framework, part, &mut file)?;
                continue;
            };
            let xml = framework.sheet(number)?;
            let frame = Frame::of(&xml, rows.columns())?;
            start_sheet(&mut file, number)?;
            let mut packer = Packer::new(file, if rows.count() < Self::MANY { Packing::Same } else { packing });
            out.begin(&frame, rows.columns(), Some(rows.count()))?;
            rows.write(&mut out, &mut packer, &frame.styles)?;
            filled.add(number, out.end(&frame, &mut packer)?, frame.sample_texts);
            file = packer.finish()?;
        }
        let rows = filled.rows().clone();
        Ok((filled.finish(&mut framework, &out.texts, *file)?.into_inner(), rows))
    }
}

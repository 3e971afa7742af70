//! The workbook while it is put together: what `rust_xlsxwriter` makes of it, and the rows of its tables.

use std::collections::HashMap;
use std::fmt;
use std::io::Cursor;

use rust_xlsxwriter::Workbook;
use zip::ZipWriter;

use crate::error::RenderError;
use crate::package::frame::{Frame, Styles};
use crate::package::framework::{Filled, Framework, sheet_number, start_sheet};
use crate::package::packer::{Packer, Packing};
use crate::package::sheet_xml::SheetXml;

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

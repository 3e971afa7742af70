//! Assembles the workbook file from the skeleton of `rust_xlsxwriter` and the rows of its tables.

use std::collections::HashMap;
use std::fmt;
use std::io::Cursor;

use rust_xlsxwriter::Workbook;
use zip::ZipWriter;

use crate::error::RenderError;
use crate::package::frame::{Frame, Styles};
use crate::package::framework::{FilledSheets, Framework, sheet_number, start_sheet};
use crate::package::packer::{Packer, Packing};
use crate::package::sheet_xml::SheetXml;

/// The buffer that the file is assembled in.
pub(crate) type Memory = Cursor<Vec<u8>>;

/// The rows of a sheet. They are written when the file is assembled.
pub(crate) trait Rows: fmt::Debug {
    /// Number of columns of the table.
    fn columns(&self) -> usize;

    /// Number of rows below the header.
    fn count(&self) -> usize;

    /// Writes the rows as XML and packs them.
    fn write(&self, out: &mut SheetXml, packer: &mut Packer<Memory>, styles: &Styles) -> Result<(), RenderError>;
}

/// A workbook whose rows are not written yet.
pub(crate) struct WorkbookFile<'r> {
    pub(crate) book: Workbook,
    /// By sheet number, from 1.
    rows: HashMap<usize, Box<dyn Rows + 'r>>,
}

impl<'r> WorkbookFile<'r> {
    /// Sheets with fewer rows are packed without a thread: starting one would cost more than it saves.
    const MIN_ROWS_FOR_THREAD: usize = 2_000;

    pub(crate) fn new(book: Workbook) -> Self {
        Self { book, rows: HashMap::new() }
    }

    /// Sets the rows of the sheet that was added last. The sheet must have a header and samples.
    pub(crate) fn fill(&mut self, rows: impl Rows + 'r) {
        let sheet = self.book.worksheets().len();
        self.rows.insert(sheet, Box::new(rows));
    }

    /// Writes the file. Returns its bytes, and for each sheet with rows how many were written.
    pub(crate) fn finish(self, packing: Packing) -> Result<(Vec<u8>, HashMap<usize, u64>), RenderError> {
        let mut framework = Framework::of(self.book)?;
        let mut file = Box::new(ZipWriter::new(Memory::default()));
        let mut out = SheetXml::new(framework.texts()?);
        let mut filled = FilledSheets::default();
        // parts keep the order of the skeleton, in which a sheet precedes the targets of its links
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
            let mut packer =
                Packer::new(file, if rows.count() < Self::MIN_ROWS_FOR_THREAD { Packing::Inline } else { packing });
            out.begin(&frame, rows.columns(), Some(rows.count()))?;
            rows.write(&mut out, &mut packer, &frame.styles)?;
            filled.add(number, out.end(&frame, &mut packer)?, frame.sample_texts);
            file = packer.finish()?;
        }
        let rows = filled.rows().clone();
        Ok((filled.finish(&mut framework, &out.texts, *file)?.into_inner(), rows))
    }
}

//! Writes a workbook finding by finding.

use std::fmt;
use std::io::{Seek, Write};

use findings_core::Result;
use findings_core::report::{Report, ReportFinding};
use zip::ZipWriter;

use crate::book;
use crate::cell::Context;
use crate::error::RenderError;
use crate::limits;
use crate::package::frame::{Frame, Styles};
use crate::package::framework::{FilledSheets, Framework, start_sheet};
use crate::package::packer::{Packer, Target};
use crate::package::sheet_xml::SheetXml;
use crate::package::table_rows::RowWriter;
use crate::settings::Settings;
use crate::sheets;
use crate::table::Table;

/// Writes findings one by one into the sheet Findings of a workbook, without keeping them in memory. It is meant for
/// lists that do not fit into memory.
///
/// The sheet is that of [`XlsxRenderer`](crate::XlsxRenderer), with the same columns, and goes on in "Findings (2)"
/// when it is full. The workbook has no other sheets, and thus no summary that could say what is missing. **Finish a
/// workbook only if it has all findings**; a workbook that is dropped unfinished cannot be opened. Memory grows only
/// with the links; a sheet has at most 65,530.
///
/// ```
/// use std::{io::Cursor, sync::Arc};
/// use findings_core::Finding;
/// use findings_core::report::{AccountSummary, Change, Report, ReportFinding};
/// use findings_xlsx::XlsxRenderer;
///
/// let mut report = Report::new("All projects", "2026-11-23".parse()?, "2026-11-23T00:00:00Z".parse()?);
/// report.accounts.push(AccountSummary::new("123456789012".parse()?, true));
/// let mut workbook = XlsxRenderer::new().writer(report, Cursor::new(Vec::new()));
/// for id in ["1", "2"] {
///     let finding = Arc::new(Finding::new("123456789012".parse()?, id));
///     let first_seen = finding.since().unwrap_or("2026-11-22T00:00:00Z".parse()?);
///     workbook.write(&ReportFinding::new(finding, Change::New, first_seen))?;
/// }
/// assert!(workbook.finish()?.into_inner().starts_with(b"PK"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct XlsxWriter<W: Write + Seek + Send + 'static> {
    plan: Plan,
    /// `None` after an error: the output may end in the middle of a part.
    stage: Option<Stage<W>>,
    /// Rows below the header of each finished sheet.
    finished: Vec<u32>,
    /// Formats of the sheets that are finished.
    styles: Vec<Styles>,
    filled: FilledSheets,
}

/// The state of the file.
enum Stage<W: Target> {
    /// No finding was written yet.
    Empty(Box<ZipWriter<W>>),
    /// A sheet is open.
    Open(OpenSheet<W>),
    /// A sheet was closed, and the next one is not open yet.
    Between(Box<ZipWriter<W>>, SheetXml),
}

/// The sheet that is being written.
struct OpenSheet<W: Target> {
    packer: Packer<W>,
    xml: SheetXml,
    styles: Styles,
    /// Rows below the header.
    rows: u32,
}

/// What the skeleton is built from.
struct Plan {
    report: Report,
    settings: Settings,
    table: Table<ReportFinding>,
}

impl Plan {
    fn context(&self) -> Context<'_> {
        Context::new(&self.report, &self.settings)
    }

    /// Builds the skeleton of a workbook. `rows` has the number of rows of each sheet, for the ranges of filters and
    /// rules.
    fn framework(&self, rows: &[u32]) -> Result<Framework, RenderError> {
        let context = self.context();
        let mut book = book::without_sheets(&self.report, context.texts)?;
        // later findings are not known yet, so columns have their maximum width
        let widths: Vec<u8> = self.table.columns.iter().map(|column| column.width.max_width()).collect();
        for (number, rows) in (1..).zip(rows) {
            let sheet = book.add_worksheet();
            sheet.set_name(limits::sheet_name(self.table.name, number))?;
            self.table.set_up(sheet, &context, usize::try_from(*rows)?, &widths)?;
        }
        Framework::of(book)
    }
}

impl<W: Write + Seek + Send + 'static> XlsxWriter<W> {
    pub(crate) fn new(report: Report, settings: Settings, out: W) -> Self {
        let table = sheets::findings::table(&Context::new(&report, &settings));
        let plan = Plan { report, settings, table };
        let stage = Some(Stage::Empty(Box::new(ZipWriter::new(out))));
        Self { plan, stage, finished: Vec::new(), styles: Vec::new(), filled: FilledSheets::default() }
    }

    /// Writes a finding as the next row.
    ///
    /// # Errors
    /// [`Storage`](findings_core::ErrorKind::Storage) if the file cannot be written, for example because the disk is
    /// full. The workbook is then lost.
    pub fn write(&mut self, finding: &ReportFinding) -> Result<()> {
        self.try_write(finding).map_err(|e| e.into_core(&self.plan.report.project))
    }

    /// Finishes the workbook and returns the output.
    ///
    /// # Errors
    /// Those of [`write`](Self::write). After an error of `write`, this fails too.
    pub fn finish(mut self) -> Result<W> {
        self.try_finish().map_err(|e| e.into_core(&self.plan.report.project))
    }

    fn try_write(&mut self, finding: &ReportFinding) -> Result<(), RenderError> {
        let mut sheet = match self.stage.take().ok_or(RenderError::Lost)? {
            Stage::Open(sheet) => sheet,
            Stage::Empty(file) => self.open_sheet(file, None)?,
            Stage::Between(file, xml) => self.open_sheet(file, Some(xml))?,
        };
        sheet.rows += 1;
        let OpenSheet { packer, xml, styles, rows } = &mut sheet;
        let row = RowWriter { table: &self.plan.table, context: &self.plan.context(), styles, out: xml };
        row.write(*rows + 1, finding, packer)?;
        self.stage = Some(if sheet.rows + 1 < self.plan.settings.limits.rows {
            Stage::Open(sheet)
        } else {
            let (file, xml) = self.close_sheet(sheet)?;
            Stage::Between(file, xml)
        });
        Ok(())
    }

    /// Begins the next sheet. The number of its rows is not known yet, so it is begun from a skeleton with one row; the
    /// XML that depends on the number follows the rows, and [`Self::close_sheet`] takes it from a second skeleton.
    fn open_sheet(&self, mut file: Box<ZipWriter<W>>, xml: Option<SheetXml>) -> Result<OpenSheet<W>, RenderError> {
        let mut framework = self.plan.framework(&[&self.finished[..], &[1]].concat())?;
        let number = self.finished.len() + 1;
        let mut xml = match xml {
            Some(xml) => xml,
            None => SheetXml::new(framework.texts()?),
        };
        let sheet = framework.sheet(number)?;
        let columns = self.plan.table.columns.len();
        let frame = Frame::of(&sheet, columns)?;
        start_sheet(&mut file, number)?;
        xml.begin(&frame, columns, None)?;
        Ok(OpenSheet { packer: Packer::new(file, self.plan.settings.packing), xml, styles: frame.styles, rows: 0 })
    }

    fn close_sheet(&mut self, sheet: OpenSheet<W>) -> Result<(Box<ZipWriter<W>>, SheetXml), RenderError> {
        let OpenSheet { mut packer, mut xml, styles, rows } = sheet;
        self.finished.push(rows);
        let number = self.finished.len();
        let sheet = self.plan.framework(&self.finished)?.sheet(number)?;
        let frame = Frame::of(&sheet, self.plan.table.columns.len())?;
        check_same(&frame, &styles)?;
        self.filled.add(number, xml.end(&frame, &mut packer)?, frame.sample_texts);
        self.styles.push(styles);
        Ok((packer.finish()?, xml))
    }

    fn try_finish(&mut self) -> Result<W, RenderError> {
        let (mut file, xml) = match self.stage.take().ok_or(RenderError::Lost)? {
            Stage::Empty(file) => (file, None),
            Stage::Between(file, xml) => (file, Some(xml)),
            Stage::Open(sheet) => {
                let (file, xml) = self.close_sheet(sheet)?;
                (file, Some(xml))
            }
        };
        // a workbook without findings has one sheet, which says so
        let mut framework = self.plan.framework(if self.finished.is_empty() { &[0] } else { &self.finished })?;
        // the formats of the finished workbook are those of this last skeleton
        for (number, styles) in (1..).zip(&self.styles) {
            check_same(&Frame::of(&framework.sheet(number)?, self.plan.table.columns.len())?, styles)?;
        }
        for part in 0..framework.parts() {
            self.filled.copy(&mut framework, part, &mut file)?;
        }
        let texts = match xml {
            Some(xml) => xml.texts,
            None => framework.texts()?,
        };
        std::mem::take(&mut self.filled).finish(&mut framework, &texts, *file)
    }
}

/// The rows hold the numbers that the formats had when their sheet was begun.
fn check_same(frame: &Frame<'_>, styles: &Styles) -> Result<(), RenderError> {
    if frame.styles == *styles { Ok(()) } else { Err(RenderError::FormatsChanged) }
}

impl<W: Write + Seek + Send + 'static> fmt::Debug for XlsxWriter<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("XlsxWriter").field("project", &self.plan.report.project).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use findings_core::Finding;
    use findings_core::report::Change;

    use super::*;
    use crate::cell::Kind;
    use crate::limits::{Limits, MAX_ROWS};

    #[test]
    fn formats_that_change_while_a_sheet_is_open_are_an_error() {
        let at: jiff::Timestamp = "2026-11-23T00:00:00Z".parse().unwrap();
        let row = ReportFinding::new(Finding::new("123456789012".parse().unwrap(), "1"), Change::New, at);
        // with two rows a sheet, the header being one, the sheet is finished before the change
        for (rows, changed) in [(MAX_ROWS, false), (MAX_ROWS, true), (2, false), (2, true)] {
            let report = Report::new("Payments", "r".parse().unwrap(), at);
            let out = Cursor::new(Vec::new());
            let settings = Settings { limits: Limits { rows, ..Limits::default() }, ..Settings::default() };
            let mut writer = XlsxWriter::new(report, settings, out);
            writer.try_write(&row).unwrap();
            if changed {
                writer.plan.table.columns[0].kind = Kind::Count;
            }
            let finished = writer.try_finish();
            assert_eq!(matches!(finished, Err(RenderError::FormatsChanged)), changed, "{:?}", finished.err());
        }
    }
}

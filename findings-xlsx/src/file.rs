//! The file: what `rust_xlsxwriter` writes, and the rows of tables, which go straight into it.
//!
//! `rust_xlsxwriter` keeps every cell of a sheet, or writes rows into a temporary file first and packs that in the end: twice the time and, for
//! 100,000 findings, 250 MB of disk that can be full. So it writes the tables without their rows, but with everything around them (widths, formats, rules,
//! filters, validation, page set-up), and the rows are written where they belong while the parts are packed again: one at a time, packed at once.
//! Its list of texts goes on with those that come again in the rows ([`SharedTexts`]), and is packed when all rows are written.

use std::collections::HashMap;
use std::fmt;
use std::io::{Cursor, Read as _, Write as _};
use std::sync::mpsc::{self, SyncSender};
use std::{mem, thread};

use rust_xlsxwriter::Workbook;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use crate::error::RenderError;
use crate::frame::Frame;
use crate::links::Links;
use crate::row_xml;
use crate::shared_texts::SharedTexts;

/// Rows that are written when the file is put together.
pub(crate) trait Rows<'r>: fmt::Debug {
    /// Columns of the table.
    fn columns(&self) -> usize;

    /// Rows below the header.
    fn count(&self) -> usize;

    /// Writes them.
    fn write(&self, out: &mut Part<'_, 'r>, frame: &Frame<'_>) -> Result<(), RenderError>;
}

/// A workbook while it is put together.
pub(crate) struct File<'r> {
    pub(crate) book: Workbook,
    /// By number of the sheet, from 1.
    rows: HashMap<usize, Box<dyn Rows<'r> + 'r>>,
}

impl<'r> File<'r> {
    pub(crate) fn new(book: Workbook) -> Self {
        Self { book, rows: HashMap::new() }
    }

    /// Gives the latest sheet, which holds a header and samples, its rows.
    pub(crate) fn fill(&mut self, rows: impl Rows<'r> + 'r) {
        let sheet = self.book.worksheets().len();
        self.rows.insert(sheet, Box::new(rows));
    }

    /// The bytes of the file, and by number of the sheet the rows that were written straight into it.
    pub(crate) fn finish(mut self, packing: Packing) -> Result<(Vec<u8>, HashMap<usize, u64>), RenderError> {
        let framework = self.book.save_to_buffer()?;
        drop(self.book);
        let mut framework = ZipArchive::new(Cursor::new(&framework))?;
        let mut file = ZipWriter::new(Cursor::new(Vec::new()));
        let list = read(&mut framework, LIST_OF_TEXTS)?;
        let mut texts = SharedTexts::new(&list)?;
        let mut sample_texts = 0;
        let mut links: HashMap<String, Links> = HashMap::new();
        let mut written = HashMap::new();
        for index in 0..framework.len() {
            let name = framework.by_index_raw(index)?.name()?.into_owned();
            if let Some(number) = sheet_number(&name)
                && let Some(rows) = self.rows.get(&number)
            {
                let xml = read(&mut framework, &name)?;
                let frame = Frame::of(&xml, rows.columns())?;
                sample_texts += frame.sample_texts;
                file.start_file(&name, options())?;
                let part = packing.write(&mut file, &frame, &**rows, &mut texts)?;
                links.insert(links_of(number), part.links);
                written.insert(number, part.rows);
            } else if let Some(links) = links.remove(&name) {
                // nothing where there are none
                if let Some(xml) = links.into_targets() {
                    file.start_file(&name, options())?;
                    file.write_all(xml.as_bytes())?;
                }
            } else if name != LIST_OF_TEXTS {
                file.raw_copy_file(framework.by_index_raw(index)?)?;
            }
        }
        if !links.is_empty() {
            return Err(RenderError::Links);
        }
        // complete only when all rows are written
        file.start_file(LIST_OF_TEXTS, options())?;
        file.write_all(texts.write(&list, sample_texts)?.as_bytes())?;
        Ok((file.finish()?.into_inner(), written))
    }
}

const LIST_OF_TEXTS: &str = "xl/sharedStrings.xml";

fn read(framework: &mut ZipArchive<Cursor<&Vec<u8>>>, name: &str) -> Result<String, RenderError> {
    let mut xml = String::new();
    framework.by_name(name)?.read_to_string(&mut xml)?;
    Ok(xml)
}

fn sheet_number(name: &str) -> Option<usize> {
    name.strip_prefix("xl/worksheets/sheet")?.strip_suffix(".xml")?.parse().ok()
}

/// The part that says where the links of a sheet lead.
fn links_of(sheet: usize) -> String {
    format!("xl/worksheets/_rels/sheet{sheet}.xml.rels")
}

/// As the writer packs all other parts: no time and no owner, so that the same report gives the same bytes.
fn options() -> SimpleFileOptions {
    SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .unix_permissions(0o600)
        .last_modified_time(DateTime::default())
}

type Zip = ZipWriter<Cursor<Vec<u8>>>;

/// Who packs the rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Packing {
    /// Whoever writes them.
    #[default]
    Same,
    /// Another thread, meanwhile: packing takes about as long as writing.
    Thread,
}

impl Packing {
    /// Rows that are worth a thread.
    const MANY: usize = 2_000;

    fn write<'r>(
        self,
        file: &mut Zip,
        frame: &Frame<'_>,
        rows: &(dyn Rows<'r> + 'r),
        texts: &mut SharedTexts<'r>,
    ) -> Result<Written, RenderError> {
        if self == Self::Same || rows.count() < Self::MANY {
            return write_sheet(Part::new(Pack::Here(file), texts), frame, rows);
        }
        thread::scope(|threads| {
            // a few, so that neither waits for the other for long, and memory stays small
            let (full, to_pack) = mpsc::sync_channel::<String>(4);
            let packer = threads.spawn(move || to_pack.iter().try_for_each(|chunk| file.write_all(chunk.as_bytes())));
            let written = write_sheet(Part::new(Pack::There(full), texts), frame, rows);
            // its error is the cause, if there is one: the writer only finds that nobody takes its rows any more
            packer.join().map_err(|_| RenderError::Packer)??;
            written
        })
    }
}

/// What a sheet came to.
struct Written {
    rows: u64,
    links: Links,
}

fn write_sheet<'r>(
    mut out: Part<'_, 'r>,
    frame: &Frame<'_>,
    rows: &(dyn Rows<'r> + 'r),
) -> Result<Written, RenderError> {
    let last = rust_xlsxwriter::utility::column_number_to_name(u16::try_from(rows.columns() - 1)?);
    let extent = format!("<dimension ref=\"A1:{last}{}\"/>", rows.count() + 1);
    for part in [frame.before_dimension, &extent, frame.before_rows, "<sheetData>", frame.header, "</row>"] {
        out.buffer.push_str(part);
    }
    rows.write(&mut out, frame)?;
    out.buffer.push_str("</sheetData>");
    out.buffer.push_str(frame.before_links);
    if !out.links.cells().is_empty() {
        for part in ["<hyperlinks>", out.links.cells(), "</hyperlinks>"] {
            out.buffer.push_str(part);
        }
    }
    out.buffer.push_str(frame.after_links);
    out.flush()?;
    Ok(Written { rows: out.rows, links: out.links })
}

/// Where XML goes to be packed.
#[derive(Debug)]
enum Pack<'f> {
    Here(&'f mut Zip),
    There(SyncSender<String>),
}

/// A part of the file while it is written.
#[derive(Debug)]
pub(crate) struct Part<'f, 'r> {
    pack: Pack<'f>,
    /// XML that is not packed yet.
    buffer: String,
    /// The cells of the row that is being written: only they tell how high it is.
    pub(crate) cells: String,
    rows: u64,
    pub(crate) links: Links,
    pub(crate) texts: &'f mut SharedTexts<'r>,
}

impl<'f, 'r> Part<'f, 'r> {
    /// Bytes that are packed together.
    const FULL: usize = 64 * 1024;
    /// And those of a last row that goes beyond.
    const ROOM: usize = Self::FULL + 16 * 1024;

    fn new(pack: Pack<'f>, texts: &'f mut SharedTexts<'r>) -> Self {
        let buffer = String::with_capacity(Self::ROOM);
        Self { pack, buffer, cells: String::new(), rows: 0, links: Links::default(), texts }
    }

    /// Makes a row of the cells, counts it, and packs the buffer if there is enough in it.
    pub(crate) fn end_row(&mut self, row: &str, pixels: u32) -> Result<(), RenderError> {
        row_xml::row(&mut self.buffer, row, pixels, &self.cells);
        self.cells.clear();
        self.rows += 1;
        if self.buffer.len() >= Self::FULL { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), RenderError> {
        match &mut self.pack {
            Pack::Here(file) => {
                file.write_all(self.buffer.as_bytes())?;
                self.buffer.clear();
            }
            Pack::There(thread) => {
                let full = mem::replace(&mut self.buffer, String::with_capacity(Self::ROOM));
                thread.send(full).map_err(|_| RenderError::Packer)?;
            }
        }
        Ok(())
    }
}

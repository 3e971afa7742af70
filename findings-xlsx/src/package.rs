//! Writes the workbook file: `rust_xlsxwriter` writes everything except the rows of tables, and this module adds those.
//!
//! `rust_xlsxwriter` either keeps every cell of a sheet in memory, or writes the rows into a temporary file and packs
//! that at the end. For 100,000 findings that takes 250 MB of memory, or of a disk that can be full, and twice the
//! time. The work is therefore divided:
//!
//! 1. `rust_xlsxwriter` writes a skeleton: the workbook with all its tables but without their rows. The skeleton has
//!    the column widths, formats, conditional formats, filters, data validation and page set-up. Below the header of
//!    each table it has *samples*: one cell in each format, and one link ([`frame::write_samples`]).
//! 2. [`framework`] opens that file again. [`frame`] splits the XML of a sheet into its parts, and reads from the
//!    samples which number each format has in the workbook's table of formats.
//! 3. [`table_rows`] writes the rows as XML ([`row_xml`], [`sheet_xml`], [`links`]) in place of the samples. Rows are
//!    compressed into the sheet's part of the file as they are written; if there are many and a thread is wanted, on a
//!    second thread ([`packer`]).
//! 4. Texts that occur often are stored once, in the workbook's shared strings. That part is written last
//!    ([`shared_texts`]).
//!
//! All of this parses XML that another crate wrote. `Cargo.lock` pins its version. Whatever another version could break
//! silently is checked, and reported as a bug: a section of the sheet's XML is not where it was, a format has no
//! sample, a sheet has another relationship than the sample link, formats change while a sheet is written, or there is
//! no part for the targets of links.

pub(crate) mod file;
pub(crate) mod frame;
pub(crate) mod framework;
pub(crate) mod links;
pub(crate) mod packed_text;
pub(crate) mod packer;
pub(crate) mod row_xml;
pub(crate) mod shared_texts;
pub(crate) mod sheet_xml;
pub(crate) mod table_rows;

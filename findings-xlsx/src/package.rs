//! The workbook as a file: what `rust_xlsxwriter` writes, with the rows of tables written straight into it.
//!
//! `rust_xlsxwriter` either keeps every cell of a sheet in memory, or writes the rows into a temporary file and packs that at the end. For 100,000
//! findings that is 250 MB of memory or of disk, which can be full, and twice the time. So the work is shared:
//!
//! 1. `rust_xlsxwriter` writes the workbook with all its tables, but without their rows: widths, formats, rules, filters, validation, page set-up.
//!    Below the header of each table stand *samples*, one cell of each look and one link ([`frame::write_samples`]).
//! 2. [`framework`] opens that file again. [`frame`] takes the XML of a sheet apart and reads from the samples which number each look has.
//! 3. [`table_rows`] writes the rows as XML ([`row_xml`], [`sheet_xml`], [`links`]). They are packed at once into the part where they belong, with many
//!    rows on a second thread ([`packer`]). The samples are left out.
//! 4. Texts that come often stand once in the workbook's list of texts, which is packed last ([`shared_texts`]).
//!
//! All of this reads XML that another crate wrote. What could break silently with another version of it is checked, and fails as a bug: a part of a sheet
//! that is not where it was, a look without a sample, a relationship of a sheet besides the sample link, looks that change while a sheet is written, and
//! links without a place. `Cargo.lock` pins the version.

pub(crate) mod file;
pub(crate) mod frame;
pub(crate) mod framework;
pub(crate) mod links;
pub(crate) mod packer;
pub(crate) mod row_xml;
pub(crate) mod shared_texts;
pub(crate) mod sheet_xml;
pub(crate) mod table_rows;

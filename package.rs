//! The file of a workbook, a ZIP package of XML parts, into which the rows of tables go without a detour.
//!
//! `rust_xlsxwriter` keeps every cell of a sheet in memory, or writes the rows into a temporary file and packs that in the end: twice the
//! time and, for 100,000 findings, 250 MB of disk that can be full. So it writes everything but those rows, and we write them:
//!
//! 1. It writes a workbook whose tables have a header, and below it a cell of each format and one link: the samples ([`frame`]).
//! 2. From that workbook ([`framework`]) all parts are copied as they are, but the sheets with tables, their links and the list of texts.
//! 3. A sheet with a table is cut where rows and links belong ([`frame`]); the samples tell which number each format has in it, and are
//!    left out. Rows are written as XML ([`sheet_xml`], [`row_xml`]) and packed at once ([`packer`]), then the links ([`links`]).
//! 4. The list of texts goes on with those that come again in the rows ([`shared_texts`]), and is packed last, when all rows are known.
//!
//! This rests on how `rust_xlsxwriter` writes, so what we rely on is checked, and another version of it ends in an error and never in a
//! workbook that is wrong: that each part is where a sheet is cut, that each sample is there, that a sheet has no link or relationship but
//! the sample (ours replace it), that formats still have the numbers that the rows name, and that all links found their sheet.

pub(crate) mod file;
pub(crate) mod frame;
pub(crate) mod framework;
mod links;
pub(crate) mod packer;
pub(crate) mod row_xml;
mod shared_texts;
pub(crate) mod sheet_xml;

#![doc = include_str!("../README.md")]

mod added_column;
mod book;
mod cell;
mod column;
mod columns;
mod csv_renderer;
mod dates;
mod error;
mod formats;
mod grid;
mod jsonl_renderer;
mod lang;
mod limits;
mod organisation;
mod package;
mod place;
mod reply;
mod rules;
mod setting;
mod settings;
mod sheets;
mod table;
mod xlsx_renderer;
mod xlsx_writer;

pub use added_column::{AddedColumn, ColumnKind, ColumnValue};
pub use columns::{ColumnsError, FindingColumns};
pub use csv_renderer::CsvRenderer;
/// The crate that the types of this crate's functions come from, in the version that fits.
pub use findings_core;
pub use findings_core::guidance::Guidance;
pub use jsonl_renderer::JsonlRenderer;
pub use organisation::OrganisationWorkbook;
pub use reply::ReplyWorkbook;
pub use xlsx_renderer::XlsxRenderer;
pub use xlsx_writer::XlsxWriter;

#![doc = include_str!("../README.md")]

mod book;
mod cell;
mod column_id;
mod columns;
mod console;
mod coverage;
mod csv_renderer;
mod dates;
mod digest;
mod error;
mod formats;
mod guidance;
mod jsonl_renderer;
mod lang;
mod limits;
mod lists;
mod organisation;
mod package;
mod rules;
mod setting;
mod sheets;
mod table;
mod trust;
mod xlsx_renderer;
mod xlsx_writer;

pub use csv_renderer::CsvRenderer;
pub use guidance::Guidance;
pub use jsonl_renderer::JsonlRenderer;
pub use organisation::OrganisationWorkbook;
pub use xlsx_renderer::XlsxRenderer;
pub use xlsx_writer::XlsxWriter;

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
mod file;
mod formats;
mod frame;
mod framework;
mod guidance;
mod jsonl_renderer;
mod lang;
mod limits;
mod links;
mod lists;
mod packer;
mod row_xml;
mod rules;
mod shared_texts;
mod sheet_xml;
mod sheets;
mod table;
mod table_rows;
mod trust;
mod xlsx_renderer;
mod xlsx_writer;

pub use csv_renderer::CsvRenderer;
pub use guidance::Guidance;
pub use jsonl_renderer::JsonlRenderer;
pub use xlsx_renderer::XlsxRenderer;
pub use xlsx_writer::XlsxWriter;

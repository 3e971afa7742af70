#![doc = include_str!("../README.md")]

mod book;
mod cell;
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
mod rules;
mod sheets;
mod table;
mod trust;
mod xlsx_renderer;

pub use csv_renderer::CsvRenderer;
pub use guidance::Guidance;
pub use jsonl_renderer::JsonlRenderer;
pub use xlsx_renderer::XlsxRenderer;

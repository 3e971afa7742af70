#![doc = include_str!("../README.md")]

mod book;
mod cell;
mod columns;
mod console;
mod dates;
mod digest;
mod error;
mod formats;
mod lang;
mod limits;
mod lists;
mod renderer;
mod rules;
mod sheets;
mod table;
mod trust;

pub use renderer::XlsxRenderer;

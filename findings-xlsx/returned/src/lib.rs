#![doc = include_str!("../README.md")]

mod cell;
mod choice;
mod column;
mod csv_file;
mod day;
mod error;
mod fold;
mod format;
mod grid;
mod json_file;
mod mark;
mod ods;
mod options;
mod package;
mod read;
mod row;
mod table;
mod xlsx;

pub use error::ReadError;
pub use format::{FileFormat, OtherFormat};
pub use options::{Limits, ReadOptions};
pub use read::{ReturnedReport, read};

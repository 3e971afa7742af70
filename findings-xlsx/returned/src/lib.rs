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
/// The crate that the types of this crate's functions come from, in the version that fits.
pub use findings_core;
pub use format::{FileFormat, OtherFormat};
pub use options::{Limits, ReadOptions};
pub use read::{ReturnedReport, read};

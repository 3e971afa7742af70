//! Reading of small input files with a limit.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

/// The largest input file that is read, in bytes. One with thousands of rows has a few hundred kilobytes.
pub const MAX_BYTES: usize = 64 << 20;

/// What is wrong with a larger file, and what to do.
pub const TOO_LARGE: &str =
    "it has more than 64 MiB; check that it is the right file, and delete what is below the table";

/// Reads a file of at most `limit` bytes.
///
/// # Errors
/// [`FileTooLarge`](io::ErrorKind::FileTooLarge) if it has more, which is noticed after `limit` bytes; otherwise why it
/// cannot be read.
pub fn read_file(path: &Path, limit: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(limit as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > limit { Err(io::Error::new(io::ErrorKind::FileTooLarge, TOO_LARGE)) } else { Ok(bytes) }
}

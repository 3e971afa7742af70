//! A temporary file for what cannot be read where it is. It has no name and is gone with the process.

use std::fs::File;
use std::io::{BufReader, Read, Result, Seek, SeekFrom, Write};

/// The number of bytes that are collected before they are written.
const PENDING: usize = 1 << 20;

/// A temporary file that is made when it is first needed.
#[derive(Debug, Default)]
pub(super) struct Spool {
    file: Option<File>,
    /// Length of what is in the file.
    written: u64,
    pending: Vec<u8>,
}

impl Spool {
    pub(super) fn len(&self) -> u64 {
        self.written + self.pending.len() as u64
    }

    /// Adds bytes at the end.
    pub(super) fn append(&mut self, bytes: &[u8]) -> Result<()> {
        self.pending.extend_from_slice(bytes);
        if self.pending.len() < PENDING { Ok(()) } else { self.flush() }
    }

    /// Writes what is pending, so that it can be read.
    pub(super) fn flush(&mut self) -> Result<()> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(tempfile::tempfile()?),
        };
        file.seek(SeekFrom::Start(self.written))?;
        file.write_all(&self.pending)?;
        self.written += self.pending.len() as u64;
        self.pending.clear();
        Ok(())
    }

    /// Forgets everything after a position.
    pub(super) fn truncate(&mut self, len: u64) -> Result<()> {
        self.flush()?;
        if let Some(file) = &self.file {
            file.set_len(len)?;
            self.written = len;
        }
        Ok(())
    }

    /// Reads `buffer.len()` bytes. They must have been written.
    pub(super) fn read(&mut self, offset: u64, buffer: &mut [u8]) -> Result<()> {
        let file = self.file.as_mut().ok_or(std::io::ErrorKind::UnexpectedEof)?;
        file.seek(SeekFrom::Start(offset))?;
        file.read_exact(buffer)
    }

    /// Returns a reader of a part of the file.
    pub(super) fn region(&mut self, start: u64, len: u64) -> Result<BufReader<Region>> {
        self.flush()?;
        let file = match &self.file {
            Some(file) => file.try_clone()?,
            None => tempfile::tempfile()?,
        };
        Ok(Region::new(file, start, len))
    }
}

/// A part of a file. Seeks before each read, because others use the position of the file, too.
#[derive(Debug)]
pub(super) struct Region {
    file: File,
    start: u64,
    len: u64,
    at: u64,
}

impl Region {
    pub(super) fn new(file: File, start: u64, len: u64) -> BufReader<Self> {
        BufReader::with_capacity(1 << 20, Self { file, start, len, at: 0 })
    }
}

impl Read for Region {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let left = usize::try_from(self.len.saturating_sub(self.at)).unwrap_or(usize::MAX).min(buffer.len());
        self.file.seek(SeekFrom::Start(self.start + self.at))?;
        let read = self.file.read(buffer.get_mut(..left).unwrap_or_default())?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for Region {
    fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.len.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or(std::io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

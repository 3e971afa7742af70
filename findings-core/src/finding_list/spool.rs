//! Where the records of findings are: in memory, or in a temporary file if there are many.

use std::fmt;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use super::dictionary::Dictionary;
use super::{Entry, FindingList, record};
use crate::{Error, ErrorKind, Finding, Result, blocking};

/// The size from which on a list needs room in the memory of the spool, in bytes. Lists below it always stay in memory.
const SMALL: usize = 256 << 10;

/// Keeps the findings of a sweep and the records of their issues: small lists in memory, and the rest in temporary files.
///
/// A finding takes some hundred bytes in the spool instead of several thousand, because texts that many findings have in
/// common are kept once. The files are in the folder for temporary files (`TMPDIR`). They have no name, so they are gone
/// when the process ends, however it ends. Each belongs to the accounts of one query or to the records of one report, and goes
/// away with the last list of them.
///
/// ```
/// use findings_core::source::Sweep;
/// use findings_core::Spool;
/// let sweep = Sweep::new(vec![]).with_spool(Spool::new(8 << 20));
/// ```
#[derive(Clone)]
pub struct Spool(Arc<Shared>);

struct Shared {
    dictionary: Dictionary,
    /// The most bytes of lists in memory, small ones apart.
    memory: usize,
    /// The bytes of lists in memory.
    used: AtomicUsize,
    folder: Option<PathBuf>,
}

impl Spool {
    /// The memory of [`Spool::default`], in bytes.
    pub const MEMORY: usize = 16 << 20;

    /// A spool that keeps at most `memory` bytes of findings in memory. Small lists (256 KiB) and what identifies the
    /// findings (56 bytes each) come on top.
    pub fn new(memory: usize) -> Self {
        Self(Arc::new(Shared { dictionary: Dictionary::default(), memory, used: AtomicUsize::new(0), folder: None }))
    }

    /// A spool that uses no files.
    pub fn in_memory() -> Self {
        Self::new(usize::MAX)
    }

    /// A spool with its files in `folder` instead of that for temporary files.
    pub fn in_folder(memory: usize, folder: impl Into<PathBuf>) -> Self {
        let (dictionary, used) = (Dictionary::default(), AtomicUsize::new(0));
        Self(Arc::new(Shared { dictionary, memory, used, folder: Some(folder.into()) }))
    }

    /// Begins a list.
    pub(crate) fn writer(&self) -> FindingWriter {
        FindingWriter { entries: Vec::new(), records: self.records() }
    }

    /// Begins records of another kind.
    pub(crate) fn records(&self) -> RecordWriter {
        RecordWriter { spool: self.clone(), buffer: Vec::new(), file: None, written: 0, reserved: 0 }
    }

    /// Takes memory for a list; `false` if there is not enough.
    fn reserve(&self, bytes: usize) -> bool {
        let room = |used: usize| used.checked_add(bytes).filter(|used| *used <= self.0.memory);
        self.0.used.fetch_update(Relaxed, Relaxed, room).is_ok()
    }

    #[cfg(test)]
    pub(super) fn used(&self) -> usize {
        self.0.used.load(Relaxed)
    }

    fn release(&self, bytes: usize) {
        self.0.used.fetch_sub(bytes, Relaxed);
    }

    /// Creates a file without a name.
    fn file(&self) -> io::Result<File> {
        self.0.folder.as_ref().map_or_else(tempfile::tempfile, tempfile::tempfile_in)
    }

    fn folder(&self) -> PathBuf {
        self.0.folder.clone().unwrap_or_else(std::env::temp_dir)
    }
}

impl Default for Spool {
    fn default() -> Self {
        Self::new(Self::MEMORY)
    }
}

impl fmt::Debug for Spool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spool").field("memory", &self.0.memory).field("used", &self.0.used).finish_non_exhaustive()
    }
}

/// Writes the findings of a list in the order in which they come.
pub(crate) struct FindingWriter {
    entries: Vec<Entry>,
    records: RecordWriter,
}

impl FindingWriter {
    /// Adds findings.
    pub(crate) fn extend<'f>(&mut self, findings: impl IntoIterator<Item = &'f Finding>) {
        let spool = self.records.spool.clone();
        let mut numbers = spool.0.dictionary.write();
        for finding in findings {
            let place = self.records.append(|buffer| record::write(finding, &mut numbers, buffer).is_ok());
            self.entries.push(Entry::of(finding, place));
        }
    }

    /// Makes room: what is too much for the memory goes to the disk.
    pub(crate) async fn make_room(&mut self) -> Result<()> {
        if self.records.has_room() { Ok(()) } else { self.write_out().await }
    }

    async fn write_out(&mut self) -> Result<()> {
        let mut records = std::mem::replace(&mut self.records, Spool::in_memory().records());
        self.records = blocking::run(OPERATION, move || records.write_out().map(|()| records)).await?;
        Ok(())
    }

    /// Ends the list.
    pub(crate) async fn finish(mut self) -> Result<FindingList> {
        if self.records.is_to_be_written() {
            self.write_out().await?;
        }
        Ok(self.into_list())
    }

    /// Ends a list whose findings are in memory.
    pub(crate) fn into_list(mut self) -> FindingList {
        self.entries.shrink_to_fit();
        FindingList::of_segment(self.entries, self.records.into_segment())
    }
}

/// Where a record is among those of its segment, in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RecordPlace {
    pub(super) offset: u64,
    pub(super) length: u32,
}

/// Writes records one after the other.
pub(crate) struct RecordWriter {
    spool: Spool,
    /// Records that are not in the file.
    buffer: Vec<u8>,
    file: Option<File>,
    /// The bytes in the file.
    written: u64,
    /// The memory that they have from the spool.
    reserved: usize,
}

impl RecordWriter {
    /// Adds the record that a function appends to a buffer. If the function returns `false`, a record of no length stands in its
    /// place. It cannot be read, so that the error comes where the record is needed.
    pub(crate) fn append(&mut self, write: impl FnOnce(&mut Vec<u8>) -> bool) -> RecordPlace {
        let start = self.buffer.len();
        if !write(&mut self.buffer) {
            self.buffer.truncate(start);
        }
        // longer ones do not come: a page of findings has at most some megabytes, and an issue less
        let length = u32::try_from(self.buffer.len() - start).unwrap_or_default();
        RecordPlace { offset: self.written + start as u64, length }
    }

    /// Takes memory for what was added; `false` if it has to go to the disk.
    fn has_room(&mut self) -> bool {
        if self.buffer.len() < SMALL {
            return true;
        }
        let more = self.buffer.len() - self.reserved;
        let has_room = self.file.is_none() && self.spool.reserve(more);
        if has_room {
            self.reserved += more;
        }
        has_room
    }

    /// Makes room, on this thread: what is written at once is small.
    pub(crate) fn make_room(&mut self) -> Result<()> {
        if self.has_room() { Ok(()) } else { self.write_out() }
    }

    /// Whether records of a file are still in memory.
    fn is_to_be_written(&self) -> bool {
        self.file.is_some() && !self.buffer.is_empty()
    }

    fn write_out(&mut self) -> Result<()> {
        let mut write = || {
            if self.file.is_none() {
                self.file = Some(self.spool.file()?);
            }
            self.file.as_mut().map_or(Ok(()), |file| file.write_all(&self.buffer))
        };
        write().map_err(|error: io::Error| {
            let message = format!(
                "findings do not fit into the temporary folder {}; make room there, or set TMPDIR to a larger one",
                self.spool.folder().display()
            );
            Error::new(ErrorKind::Storage, OPERATION).with_message(message).with_source(error)
        })?;
        self.written += self.buffer.len() as u64;
        self.buffer.clear();
        // it may have grown to all the memory of the spool, and is not needed so large again
        self.buffer.shrink_to(2 * SMALL);
        self.spool.release(std::mem::take(&mut self.reserved));
        Ok(())
    }

    /// Ends the records.
    pub(crate) fn finish(mut self) -> Result<Segment> {
        if self.is_to_be_written() {
            self.write_out()?;
        }
        Ok(self.into_segment())
    }

    fn into_segment(mut self) -> Segment {
        let place = match self.file.take() {
            Some(file) => Place::File(file),
            None => Place::Memory(std::mem::take(&mut self.buffer).into_boxed_slice()),
        };
        Segment { place, spool: self.spool.clone(), reserved: std::mem::take(&mut self.reserved) }
    }
}

impl Drop for RecordWriter {
    fn drop(&mut self) {
        self.spool.release(self.reserved);
    }
}

const OPERATION: &str = "spool findings";
const READ: &str = "read the spool";

/// Records that were written one after the other, such as those of the findings of one query.
pub(crate) struct Segment {
    place: Place,
    spool: Spool,
    reserved: usize,
}

enum Place {
    Memory(Box<[u8]>),
    File(File),
}

impl Segment {
    #[cfg(test)]
    pub(super) fn is_on_disk(&self) -> bool {
        matches!(self.place, Place::File(_))
    }

    /// The spool that it belongs to.
    pub(super) fn spool(&self) -> &Spool {
        &self.spool
    }

    /// Reads a finding.
    pub(super) fn finding(&self, place: RecordPlace) -> Result<Finding> {
        self.read(place, |bytes| record::read(bytes, &self.spool.0.dictionary))
    }

    /// Reads a record with a function, which returns `None` if the bytes are not what was written.
    pub(crate) fn read<T>(&self, place: RecordPlace, read: impl FnOnce(&[u8]) -> Option<T>) -> Result<T> {
        let RecordPlace { offset, length } = place;
        let (at, length) = (usize::try_from(offset).unwrap_or(usize::MAX), length as usize);
        let value = match &self.place {
            Place::Memory(records) => records.get(at..at.saturating_add(length)).and_then(read),
            Place::File(file) => {
                let mut bytes = vec![0; length];
                read_at(file, &mut bytes, offset)
                    .map_err(|error| Error::new(ErrorKind::Storage, READ).with_source(error))?;
                read(&bytes)
            }
        };
        value.ok_or_else(|| {
            let message = "a record is not as it was written; the memory or the disk may be damaged, run again";
            Error::new(ErrorKind::Storage, READ).with_message(message)
        })
    }
}

impl Drop for Segment {
    fn drop(&mut self) {
        self.spool.release(self.reserved);
    }
}

#[cfg(unix)]
fn read_at(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, offset)
}

#[cfg(windows)]
fn read_at(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<()> {
    let mut done = 0;
    while done < bytes.len() {
        match std::os::windows::fs::FileExt::seek_read(file, &mut bytes[done..], offset + done as u64)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => done += read,
        }
    }
    Ok(())
}

//! The texts that records are in: plain files where they are, and the spool for everything that had to be unpacked.

use std::fs::File;
use std::io::{BufReader, Error, ErrorKind, Read, Result, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::spool::{Region, Spool};

/// Marks addresses of records in the spool.
const IN_SPOOL: u64 = 1 << 63;

/// A plain file, which is read where it is.
#[derive(Debug)]
struct Plain {
    path: PathBuf,
    /// Address of its first byte.
    base: u64,
    len: u64,
    modified: Option<SystemTime>,
}

/// A text in which records are: where it begins, as an address, and its length in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct TextPlace {
    pub(super) address: u64,
    len: u64,
}

impl TextPlace {
    /// A text in the spool.
    pub(super) fn in_spool(start: u64, end: u64) -> Self {
        Self { address: start | IN_SPOOL, len: end - start }
    }
}

/// All texts. An address is a position in one of them: the plain files follow one another, and the spool has a bit of its
/// own.
#[derive(Debug, Default)]
pub(super) struct Texts {
    plain: Vec<Plain>,
    pub(super) spool: Spool,
    /// The plain file that was read last. Not all of them are kept open: there can be more than a process may have.
    open: Option<(usize, File)>,
}

impl Texts {
    /// Adds a plain file.
    pub(super) fn add_plain(&mut self, path: PathBuf, file: &File) -> Result<TextPlace> {
        let metadata = file.metadata()?;
        let base = self.plain.last().map_or(0, |last| last.base + last.len);
        let len = metadata.len();
        self.open = Some((self.plain.len(), file.try_clone()?));
        self.plain.push(Plain { path, base, len, modified: metadata.modified().ok() });
        Ok(TextPlace { address: base, len })
    }

    /// Returns the paths of the plain files.
    pub(super) fn plain_paths(&self) -> impl Iterator<Item = &Path> {
        self.plain.iter().map(|plain| &*plain.path)
    }

    /// Returns a reader of a text.
    pub(super) fn reader(&mut self, place: TextPlace) -> Result<BufReader<Region>> {
        if place.address & IN_SPOOL != 0 {
            return self.spool.region(place.address & !IN_SPOOL, place.len);
        }
        let (file, _) = self.plain_at(place.address)?;
        Ok(Region::new(file.try_clone()?, 0, place.len))
    }

    /// Adds a record that is in none of the texts as it is. Returns its address.
    pub(super) fn add_record(&mut self, json: &[u8]) -> Result<u64> {
        let address = self.spool.len() | IN_SPOOL;
        self.spool.append(json)?;
        Ok(address)
    }

    /// Reads a record.
    pub(super) fn read(&mut self, address: u64, buffer: &mut [u8]) -> Result<()> {
        if address & IN_SPOOL != 0 {
            return self.spool.read(address & !IN_SPOOL, buffer);
        }
        let (file, base) = self.plain_at(address)?;
        file.seek(SeekFrom::Start(address - base))?;
        file.read_exact(buffer)
    }

    /// Returns the plain file at an address, and the address of its first byte.
    fn plain_at(&mut self, address: u64) -> Result<(&mut File, u64)> {
        let index = self.plain.partition_point(|plain| plain.base + plain.len <= address);
        // an empty file at the end is at an address behind all others
        let index = index.min(self.plain.len().saturating_sub(1));
        let plain = self.plain.get(index).ok_or(ErrorKind::UnexpectedEof)?;
        if self.open.as_ref().is_none_or(|(open, _)| *open != index) {
            let file = File::open(&plain.path)?;
            let metadata = file.metadata()?;
            if (metadata.len(), metadata.modified().ok()) != (plain.len, plain.modified) {
                return Err(Error::new(ErrorKind::InvalidData, "it was changed"));
            }
            self.open = Some((index, file));
        }
        let (_, file) = self.open.as_mut().ok_or(ErrorKind::UnexpectedEof)?;
        Ok((file, plain.base))
    }
}

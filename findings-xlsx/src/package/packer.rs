//! Who packs the rows of a sheet into the file.

use std::io::{self, Seek, Write};
use std::sync::mpsc::{self, SyncSender};
use std::thread::{self, JoinHandle};
use std::{fmt, mem};

use zip::ZipWriter;

use crate::error::RenderError;

/// Where a file goes.
pub(crate) trait Target: Write + Seek + Send + 'static {}
impl<W: Write + Seek + Send + 'static> Target for W {}

/// Who packs the rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Packing {
    /// Whoever writes them.
    #[default]
    Same,
    /// Another thread, meanwhile: packing takes about as long as writing.
    Thread,
}

/// The thread, and the file when it is done.
type Packed<W> = JoinHandle<io::Result<Box<ZipWriter<W>>>>;

/// A part of the file while it is packed. A writer has some kilobytes, and packers are moved about.
pub(crate) enum Packer<W: Target> {
    Here(Box<ZipWriter<W>>),
    There { full: SyncSender<String>, packed: Option<Packed<W>> },
}

impl<W: Target> Packer<W> {
    /// Bytes that are packed together.
    pub(crate) const FULL: usize = 64 * 1024;
    /// And those of a last row that goes beyond.
    pub(crate) const ROOM: usize = Self::FULL + 16 * 1024;

    /// Packs into a part that was started.
    pub(crate) fn new(mut file: Box<ZipWriter<W>>, packing: Packing) -> Self {
        if packing == Packing::Same {
            return Self::Here(file);
        }
        // a few, so that neither waits for the other for long, and memory stays small
        let (full, to_pack) = mpsc::sync_channel::<String>(4);
        let packed = thread::spawn(move || {
            to_pack.iter().try_for_each(|xml| file.write_all(xml.as_bytes()))?;
            Ok(file)
        });
        Self::There { full, packed: Some(packed) }
    }

    /// Packs what is in the buffer, and leaves it empty.
    pub(crate) fn pack(&mut self, buffer: &mut String) -> Result<(), RenderError> {
        match self {
            Self::Here(file) => {
                file.write_all(buffer.as_bytes())?;
                buffer.clear();
            }
            Self::There { full, packed } => {
                let xml = mem::replace(buffer, String::with_capacity(Self::ROOM));
                if full.send(xml).is_err() {
                    // nobody takes the rows any more: the thread knows why
                    join(packed)?;
                    return Err(RenderError::Packer);
                }
            }
        }
        Ok(())
    }

    /// The file, when everything is packed.
    pub(crate) fn finish(self) -> Result<Box<ZipWriter<W>>, RenderError> {
        match self {
            Self::Here(file) => Ok(file),
            Self::There { full, mut packed } => {
                drop(full);
                join(&mut packed)
            }
        }
    }
}

fn join<W: Target>(packed: &mut Option<Packed<W>>) -> Result<Box<ZipWriter<W>>, RenderError> {
    let thread = packed.take().ok_or(RenderError::Packer)?;
    Ok(thread.join().map_err(|_| RenderError::Packer)??)
}

impl<W: Target> fmt::Debug for Packer<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Here(_) => "Here",
            Self::There { .. } => "There",
        })
    }
}

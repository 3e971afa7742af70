//! Packs (compresses) the rows of a sheet into the file, on the same or on a second thread.

use std::io::{self, Seek, Write};
use std::sync::mpsc::{self, SyncSender};
use std::thread::{self, JoinHandle};
use std::{fmt, mem};

use zip::ZipWriter;

use crate::error::RenderError;

/// A destination of the file.
pub(crate) trait Target: Write + Seek + Send + 'static {}
impl<W: Write + Seek + Send + 'static> Target for W {}

/// Which thread packs the rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Packing {
    /// The one that writes them.
    #[default]
    Inline,
    /// A second one, at the same time. Packing takes about as long as writing.
    Thread,
}

/// The packing thread, which returns the file.
type PackingThread<W> = JoinHandle<io::Result<Box<ZipWriter<W>>>>;

/// Packs into the current part of the file. The `ZipWriter` is boxed because it has some kilobytes and is moved often.
pub(crate) enum Packer<W: Target> {
    Inline(Box<ZipWriter<W>>),
    Threaded { chunks: SyncSender<String>, thread: Option<PackingThread<W>> },
}

impl<W: Target> Packer<W> {
    /// Bytes after which a chunk of rows is packed.
    pub(crate) const CHUNK_BYTES: usize = 64 * 1024;
    /// Capacity of a chunk: its last row may go beyond [`Self::CHUNK_BYTES`].
    pub(crate) const CHUNK_CAPACITY: usize = Self::CHUNK_BYTES + 16 * 1024;

    /// Returns a packer for the part of `file` that was started.
    pub(crate) fn new(mut file: Box<ZipWriter<W>>, packing: Packing) -> Self {
        if packing == Packing::Inline {
            return Self::Inline(file);
        }
        // a short queue: the threads seldom wait for each other, and memory stays bounded
        let (chunks, queue) = mpsc::sync_channel::<String>(4);
        let thread = thread::spawn(move || {
            queue.iter().try_for_each(|xml| file.write_all(xml.as_bytes()))?;
            Ok(file)
        });
        Self::Threaded { chunks, thread: Some(thread) }
    }

    /// Packs the content of the buffer, and empties it.
    pub(crate) fn pack(&mut self, buffer: &mut String) -> Result<(), RenderError> {
        match self {
            Self::Inline(file) => {
                file.write_all(buffer.as_bytes())?;
                buffer.clear();
            }
            Self::Threaded { chunks, thread } => {
                let xml = mem::replace(buffer, String::with_capacity(Self::CHUNK_CAPACITY));
                if chunks.send(xml).is_err() {
                    // the thread has ended early; its result says why
                    join(thread)?;
                    return Err(RenderError::Packer);
                }
            }
        }
        Ok(())
    }

    /// Waits until everything is packed, and returns the file.
    pub(crate) fn finish(self) -> Result<Box<ZipWriter<W>>, RenderError> {
        match self {
            Self::Inline(file) => Ok(file),
            Self::Threaded { chunks, mut thread } => {
                // the thread ends when its queue is closed
                drop(chunks);
                join(&mut thread)
            }
        }
    }
}

fn join<W: Target>(thread: &mut Option<PackingThread<W>>) -> Result<Box<ZipWriter<W>>, RenderError> {
    let thread = thread.take().ok_or(RenderError::Packer)?;
    Ok(thread.join().map_err(|_| RenderError::Packer)??)
}

impl<W: Target> fmt::Debug for Packer<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Inline(_) => "Inline",
            Self::Threaded { .. } => "Threaded",
        })
    }
}

//! Takes the text out of compressed files, archives and UTF-16, into the spool.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::Path;

use encoding_rs::{CoderResult, Encoding, UTF_16BE, UTF_16LE};
use flate2::read::MultiGzDecoder;
use zip::ZipArchive;

use super::foreign::{self, HEAD};
use super::spool::Spool;
use super::texts::{TextPlace, Texts};
use super::zstd_frames::ZstdFrames;

/// How many archives and compressions can be in one another.
const MAX_LAYERS: usize = 3;

/// The largest number of files in an archive.
const MAX_ENTRIES: usize = 100_000;

/// A file may unpack to this many bytes, whatever its size.
pub(super) const FREE: u64 = 1 << 30;

/// A file may unpack to this many times its size. Findings compress 10- to 50-fold; what exceeds this by far is made to
/// fill disks.
const MAX_RATIO: u64 = 200;

/// A text in a file, or why a part of the file has none.
#[derive(Debug)]
pub(super) struct Unpacked {
    /// The name of the file, with the name in the archive.
    pub(super) name: String,
    pub(super) text: Option<TextPlace>,
    /// A sentence that says what the text is, if its beginning is known to be no JSON.
    pub(super) kind: Option<String>,
    /// What is wrong with it.
    pub(super) problem: Option<String>,
}

/// What a file is, by its first bytes.
enum Packing {
    Gzip,
    Zstd,
    Zip,
    Utf16(&'static Encoding),
    Plain,
    /// Something else, with a sentence that says what.
    Foreign(String),
}

fn packing(head: &[u8]) -> Packing {
    match head {
        [0x1F, 0x8B, ..] => Packing::Gzip,
        // a frame, or a frame to skip, with which `pzstd` begins
        [0x28, 0xB5, 0x2F, 0xFD, ..] | [0x50..=0x5F, 0x2A, 0x4D, 0x18, ..] => Packing::Zstd,
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Packing::Zip,
        _ => match (foreign::binary(head), head) {
            (Some(sentence), _) => Packing::Foreign(sentence),
            (None, [0xFF, 0xFE, ..] | [b'{' | b'[' | b'\r' | b'\n' | b' ', 0, ..]) => Packing::Utf16(UTF_16LE),
            (None, [0xFE, 0xFF, ..] | [0, b'{' | b'[' | b'\r' | b'\n' | b' ', ..]) => Packing::Utf16(UTF_16BE),
            _ => Packing::Plain,
        },
    }
}

/// Finds the texts in a file, which may unpack to `free` bytes whatever its size. A damaged file is no error: what could be unpacked is returned with the problem.
///
/// # Errors
/// Those of the disk.
pub(super) fn unpack(path: &Path, name: &str, texts: &mut Texts, free: u64) -> io::Result<Vec<Unpacked>> {
    let mut file = File::open(path)?;
    let head = head(&mut file)?;
    if matches!(packing(&head), Packing::Plain) {
        let text = Some(texts.add_plain(path.to_owned(), &file)?);
        return Ok(vec![Unpacked { name: name.to_owned(), text, kind: foreign::text(&head), problem: None }]);
    }
    let limit = free.max(file.metadata()?.len().saturating_mul(MAX_RATIO));
    let mut unpacker = Unpacker { spool: &mut texts.spool, left: limit, found: Vec::new(), disk: None };
    if matches!(packing(&head), Packing::Zip) {
        unpacker.archive(file, name, 1);
    } else {
        unpacker.layer(&mut Cursor::new(head).chain(file), name, 0);
    }
    match unpacker.disk {
        Some(error) => Err(error),
        None => Ok(unpacker.found),
    }
}

fn head(reader: &mut dyn Read) -> io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(HEAD);
    reader.take(HEAD as u64).read_to_end(&mut head)?;
    Ok(head)
}

struct Unpacker<'a> {
    spool: &'a mut Spool,
    /// How many more bytes the file may unpack to.
    left: u64,
    found: Vec<Unpacked>,
    /// An error of the spool, after which nothing can be unpacked.
    disk: Option<io::Error>,
}

/// Why a text ends early.
enum Broken {
    Damaged(io::Error),
    TooLarge,
    /// The spool failed.
    Disk,
}

impl Unpacker<'_> {
    /// Unpacks what a reader returns, whatever it is.
    fn layer(&mut self, reader: &mut dyn Read, name: &str, depth: usize) {
        let head = match head(reader) {
            Ok(head) => head,
            Err(error) => return self.problem(name, damaged(&error)),
        };
        let packing = packing(&head);
        let is_packed = matches!(packing, Packing::Gzip | Packing::Zstd | Packing::Zip);
        if is_packed && depth >= MAX_LAYERS {
            return self.problem(name, format!("more than {MAX_LAYERS} archives are in one another; unpack it"));
        }
        let kind = foreign::text(&head);
        let mut whole = Cursor::new(head).chain(reader);
        match packing {
            Packing::Gzip => self.layer(&mut MultiGzDecoder::new(whole), name, depth + 1),
            Packing::Zstd => self.layer(&mut ZstdFrames::new(whole), name, depth + 1),
            Packing::Zip => self.inner_archive(&mut whole, name, depth + 1),
            Packing::Foreign(sentence) => self.problem(name, sentence),
            Packing::Utf16(encoding) => self.text(name, kind, |this| this.decode(&mut whole, encoding)),
            Packing::Plain => self.text(name, kind, |this| this.copy(&mut whole)),
        }
    }

    /// Copies an archive that is in another one to a file, because it cannot be read from its beginning.
    fn inner_archive(&mut self, reader: &mut dyn Read, name: &str, depth: usize) {
        let copied = tempfile::tempfile().and_then(|mut file| {
            let copied = io::copy(&mut reader.take(self.left), &mut file)?;
            Ok((file, copied))
        });
        match copied {
            Ok((_, copied)) if copied >= self.left => self.problem(name, TOO_LARGE.to_owned()),
            Ok((file, copied)) => {
                self.left -= copied;
                self.archive(file, name, depth);
            }
            Err(error) => self.problem(name, damaged(&error)),
        }
    }

    fn archive(&mut self, file: File, name: &str, depth: usize) {
        let mut archive = match ZipArchive::new(file) {
            Ok(archive) => archive,
            Err(error) => return self.problem(name, damaged(&error)),
        };
        if archive.len() > MAX_ENTRIES {
            return self.problem(name, "it has more than 100,000 files; unpack it".to_owned());
        }
        if archive.file_names().flatten().any(|name| name == "[Content_Types].xml") {
            return self.problem(name, foreign::OFFICE.to_owned());
        }
        let before = self.found.len();
        for index in 0..archive.len() {
            if self.disk.is_some() {
                return;
            }
            let mut entry = match archive.by_index(index) {
                Ok(entry) => entry,
                Err(error) => {
                    self.problem(
                        name,
                        format!("one of its files cannot be unpacked ({error}); unpack it with: unzip FILE"),
                    );
                    continue;
                }
            };
            let inner = entry.name().map(std::borrow::Cow::into_owned).unwrap_or_default();
            let is_note = inner.split('/').any(|part| part.starts_with(['.', '_']));
            if !entry.is_dir() && !is_note {
                self.layer(&mut entry, &format!("{name}/{inner}"), depth);
            }
        }
        if self.found.len() == before {
            self.problem(name, "there is no file in the archive".to_owned());
        }
    }

    /// Adds the text that `write` writes to the spool.
    fn text(&mut self, name: &str, kind: Option<String>, write: impl FnOnce(&mut Self) -> Result<(), Broken>) {
        let start = self.spool.len();
        let problem = match write(self) {
            Ok(()) => None,
            Err(Broken::Damaged(error)) => Some(damaged(&error)),
            Err(Broken::TooLarge) => {
                self.disk = self.spool.truncate(start).err();
                return self.problem(name, TOO_LARGE.to_owned());
            }
            Err(Broken::Disk) => return,
        };
        let text = Some(TextPlace::in_spool(start, self.spool.len()));
        self.found.push(Unpacked { name: name.to_owned(), text, kind, problem });
    }

    fn copy(&mut self, reader: &mut dyn Read) -> Result<(), Broken> {
        let mut part = vec![0; 64 << 10];
        loop {
            match reader.read(&mut part) {
                Ok(0) => return Ok(()),
                Ok(read) => self.append(part.get(..read).unwrap_or_default())?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Broken::Damaged(error)),
            }
        }
    }

    /// Copies a text in UTF-16. Halves of characters become U+FFFD.
    fn decode(&mut self, reader: &mut dyn Read, encoding: &'static Encoding) -> Result<(), Broken> {
        let mut decoder = encoding.new_decoder_with_bom_removal();
        let (mut part, mut text) = (vec![0; 64 << 10], vec![0; 128 << 10]);
        loop {
            let read = reader.read(&mut part).map_err(Broken::Damaged)?;
            let mut left = part.get(..read).unwrap_or_default();
            loop {
                let (result, used, written, _) = decoder.decode_to_utf8(left, &mut text, read == 0);
                self.append(text.get(..written).unwrap_or_default())?;
                left = left.get(used..).unwrap_or_default();
                if result == CoderResult::InputEmpty {
                    break;
                }
            }
            if read == 0 {
                return Ok(());
            }
        }
    }

    fn append(&mut self, bytes: &[u8]) -> Result<(), Broken> {
        self.left = self.left.checked_sub(bytes.len() as u64).ok_or(Broken::TooLarge)?;
        self.spool.append(bytes).map_err(|error| {
            self.disk = Some(error);
            Broken::Disk
        })
    }

    fn problem(&mut self, name: &str, sentence: String) {
        self.found.push(Unpacked { name: name.to_owned(), text: None, kind: None, problem: Some(sentence) });
    }
}

const TOO_LARGE: &str = "it unpacks to more than 200 times its size, which no findings do; unpack it if it is right";

fn damaged(error: &dyn std::fmt::Display) -> String {
    format!("it is damaged or incomplete ({error}); copy it again")
}

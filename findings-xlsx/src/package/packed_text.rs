//! Text that is kept until the rows of a sheet are written, in little memory.

use std::fmt;
use std::io::{self, Read as _, Write as _};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;

use crate::error::RenderError;

/// Bytes of text that are packed together.
const BLOCK: usize = 64 << 10;

/// Text that grows at its end, and is read once from its start. All but its end is packed: the 65,530 links that a sheet
/// can have are 25 MB of XML, and they are alike.
#[derive(Default)]
pub(crate) struct PackedText {
    blocks: Vec<Box<[u8]>>,
    tail: String,
}

impl PackedText {
    /// Whether nothing was added.
    pub(crate) fn is_empty(&self) -> bool {
        self.blocks.is_empty() && self.tail.is_empty()
    }

    /// Adds a text.
    pub(crate) fn push(&mut self, text: fmt::Arguments<'_>) {
        // writing to a String cannot fail
        _ = fmt::Write::write_fmt(&mut self.tail, text);
        if self.tail.len() >= BLOCK
            && let Ok(block) = packed(&self.tail)
        {
            self.blocks.push(block);
            self.tail.clear();
        }
    }

    /// Hands over the text piece by piece.
    pub(crate) fn read(&self, mut each: impl FnMut(&str) -> Result<(), RenderError>) -> Result<(), RenderError> {
        let mut piece = String::new();
        for block in &self.blocks {
            piece.clear();
            DeflateDecoder::new(&**block).read_to_string(&mut piece)?;
            each(&piece)?;
        }
        each(&self.tail)
    }
}

fn packed(text: &str) -> io::Result<Box<[u8]>> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes())?;
    Ok(encoder.finish()?.into())
}

impl fmt::Debug for PackedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PackedText({} blocks, {:?})", self.blocks.len(), self.tail)
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    #[test]
    fn text_comes_back_as_it_was_added() {
        for count in [0, 1, 2_000, 20_000] {
            let (mut text, mut wanted) = (PackedText::default(), String::new());
            assert!(text.is_empty());
            for number in 0..count {
                // no piece ends within a character
                text.push(format_args!("<値 {number}/>"));
                _ = write!(wanted, "<値 {number}/>");
            }
            let mut read = String::new();
            text.read(|piece| {
                read += piece;
                Ok(())
            })
            .unwrap();
            assert_eq!((read, text.is_empty()), (wanted.clone(), count == 0));
            let packed: usize = text.blocks.iter().map(|block| block.len()).sum();
            assert!(text.tail.len() < BLOCK && packed < wanted.len() / 3 + 1, "{packed} of {}", wanted.len());
        }
    }
}

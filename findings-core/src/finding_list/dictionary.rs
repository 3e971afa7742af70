//! The texts that many findings have in common, each once, with a number.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};

use super::record::Word;
use crate::Text;

/// The most bytes that the texts of a dictionary take. What comes later stands in the records.
const MAX_BYTES: usize = 16 << 20;

/// The longest text with a number, in bytes.
const MAX_TEXT: usize = 16 << 10;

/// The most texts that are remembered until they come again.
const MAX_NEWCOMERS: usize = 1 << 16;

/// Texts with numbers. A text gets a number when it comes for the second time, so that texts of one finding alone, such as
/// the title of a threat, do not fill it.
#[derive(Debug, Default)]
pub(super) struct Dictionary {
    numbers: Mutex<Known>,
    texts: RwLock<Vec<Text>>,
}

#[derive(Debug, Default)]
struct Known {
    /// By the address of the text that the dictionary keeps: decoders share texts, so most are found without reading them.
    by_address: HashMap<usize, u32>,
    by_text: HashMap<Text, u32>,
    /// Hashes of texts that came once.
    newcomers: HashSet<u64>,
    hasher: RandomState,
    bytes: usize,
}

impl Dictionary {
    /// The numbers of texts, to write records.
    pub(super) fn write(&self) -> Numbers<'_> {
        // a poisoned lock is safe to use: a number is given out only after its text was added
        Numbers { known: self.numbers.lock().unwrap_or_else(PoisonError::into_inner), texts: &self.texts }
    }

    /// A dictionary to read records that were written with another one, which had these texts.
    pub(super) fn of(texts: Vec<Text>) -> Self {
        Self { texts: RwLock::new(texts), ..Self::default() }
    }

    /// All texts, in the order of their numbers.
    pub(super) fn into_texts(self) -> Vec<Text> {
        self.texts.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// The texts of numbers, to read records.
    pub(super) fn read(&self) -> Texts<'_> {
        Texts(self.texts.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Gives numbers to texts.
pub(super) struct Numbers<'d> {
    known: MutexGuard<'d, Known>,
    texts: &'d RwLock<Vec<Text>>,
}

impl Numbers<'_> {
    pub(super) fn word<'a>(&mut self, text: &'a Text) -> Word<'a> {
        let address = Arc::as_ptr(text).cast::<u8>().addr();
        if let Some(number) = self.known.by_address.get(&address) {
            return Word::Known(*number);
        }
        // an empty text takes one byte either way
        if text.is_empty() || text.len() > MAX_TEXT {
            return Word::Own(text);
        }
        if let Some(number) = self.known.by_text.get(text) {
            return Word::Known(*number);
        }
        match self.add(text, address) {
            Some(number) => Word::Known(number),
            None => Word::Own(text),
        }
    }

    pub(super) fn maybe<'a>(&mut self, text: Option<&'a Text>) -> Option<Word<'a>> {
        text.map(|text| self.word(text))
    }

    pub(super) fn words<'a>(&mut self, texts: &'a [Text]) -> Vec<Word<'a>> {
        texts.iter().map(|text| self.word(text)).collect()
    }

    /// Gives a text a number, if it came before and there is room.
    fn add(&mut self, text: &Text, address: usize) -> Option<u32> {
        let known = &mut *self.known;
        let hash = known.hasher.hash_one(text);
        if !known.newcomers.remove(&hash) {
            if known.newcomers.len() >= MAX_NEWCOMERS {
                known.newcomers.clear();
            }
            known.newcomers.insert(hash);
            return None;
        }
        if known.bytes + text.len() > MAX_BYTES {
            return None;
        }
        let mut texts = self.texts.write().unwrap_or_else(PoisonError::into_inner);
        let number = u32::try_from(texts.len()).ok()?;
        texts.push(text.clone());
        known.bytes += text.len();
        known.by_address.insert(address, number);
        known.by_text.insert(text.clone(), number);
        Some(number)
    }
}

/// The texts of numbers.
pub(super) struct Texts<'d>(RwLockReadGuard<'d, Vec<Text>>);

impl Texts<'_> {
    /// `None` for a number that was never given out.
    pub(super) fn text(&self, word: &Word<'_>) -> Option<Text> {
        match word {
            Word::Known(number) => self.0.get(usize::try_from(*number).ok()?).cloned(),
            Word::Own(text) => Some((*text).into()),
        }
    }

    #[expect(clippy::option_option, reason = "the outer one says whether the record can be read")]
    pub(super) fn maybe(&self, word: Option<&Word<'_>>) -> Option<Option<Text>> {
        match word {
            Some(word) => self.text(word).map(Some),
            None => Some(None),
        }
    }

    pub(super) fn texts(&self, words: &[Word<'_>]) -> Option<Vec<Text>> {
        words.iter().map(|word| self.text(word)).collect()
    }
}

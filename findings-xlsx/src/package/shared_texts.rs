//! The workbook's shared strings, `xl/sharedStrings.xml`: a list of texts that cells refer to by number.
//!
//! A title, an account's name or a label occurs in thousands of rows. A cell that refers to it by number takes a few
//! bytes, and the text is escaped and measured only once. But the list has to be kept in memory until the end, and most
//! texts, such as IDs and notes, occur in one row only. A text therefore gets into the list when it has been seen a few
//! times within the last thousands of texts; until then it is written into its cells. The list is bounded: when it is
//! full, further texts stay in their cells.
//!
//! Which text gets into the list, and when, depends on the texts alone, because the same report must give the same
//! bytes.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::hash::BuildHasher as _;

use foldhash::fast::FixedState;

use crate::error::RenderError;
use crate::lang::Texts;
use crate::limits;
use crate::package::row_xml;

/// Times that a text is written into its cell before it gets into the list. Sharing a text that occurs twice saves
/// nothing.
const REPEATS_BEFORE_SHARING: u32 = 3;
/// Number of counters of repeated texts. Two texts can need the same counter; the later one then takes it over.
const COUNTERS: u64 = 1 << 14;
/// Most texts in the list.
const MAX_TEXTS: usize = 1 << 16;
/// Most bytes of UTF-8 in the list.
const MAX_BYTES: usize = 4 << 20;

/// The shared strings while rows are written.
#[derive(Debug)]
pub(crate) struct SharedTexts {
    /// Entries of the skeleton, as XML, with their numbers. Ours follow them, and no text is listed twice.
    skeleton: HashMap<String, usize>,
    /// Number of entries of the skeleton.
    skeleton_count: u64,
    /// Number of entries, those of the skeleton included.
    count: usize,
    list: Vec<Shared>,
    bytes: usize,
    /// Number of cells that refer to an entry.
    cells: u64,
    /// Index in `list`. Every cell is looked up here, so the hash is a fast one and not a cryptographic one. A text
    /// that was made to collide with another does no harm: it stays in its cells.
    by_hash: HashMap<u64, usize, FixedState>,
    counters: Vec<Counter>,
}

/// An entry of the list.
#[derive(Debug)]
pub(crate) struct Shared {
    text: Box<str>,
    /// Whether the skeleton does not have it.
    is_new: bool,
    /// Number of the entry, as XML.
    pub(crate) number: String,
    pub(crate) looks_like_formula: bool,
    /// The latest result of [`Self::lines`], with its arguments.
    lines: Option<((u8, u32), u32)>,
}

/// Counts how often the text with a hash was seen.
#[derive(Clone, Copy, Debug, Default)]
struct Counter {
    hash: u64,
    times: u32,
}

impl SharedTexts {
    /// Returns a list that continues the one of the skeleton, given as XML.
    pub(crate) fn new(skeleton: &str) -> Result<Self, RenderError> {
        let counters = vec![Counter::default(); usize::try_from(COUNTERS)?];
        let SkeletonList { texts, items, .. } = SkeletonList::of(skeleton)?;
        let skeleton = items.split_inclusive("</si>").map(str::to_owned).zip(0..).collect();
        let count = usize::try_from(texts)?;
        let skeleton_count = texts;
        Ok(Self {
            skeleton,
            skeleton_count,
            count,
            list: Vec::new(),
            bytes: 0,
            cells: 0,
            by_hash: HashMap::default(),
            counters,
        })
    }

    /// Returns the entry that a cell with this text refers to, or else the text as it is written into the cell.
    pub(crate) fn find<'t>(&mut self, text: Cow<'t, str>, language: &Texts) -> Result<&mut Shared, Cow<'t, str>> {
        // a fixed seed: collisions decide which texts are listed, and the same report must give the same bytes
        let hash = FixedState::default().hash_one(&*text);
        let index = match self.by_hash.get(&hash) {
            Some(&index) if *self.list[index].text == *text => index,
            Some(_) => return Err(limits::cell_text(text, language)),
            None => match self.list_if_often(hash, &text, language) {
                Some(index) => index,
                None => return Err(limits::cell_text(text, language)),
            },
        };
        self.cells += 1;
        Ok(&mut self.list[index])
    }

    /// Adds a text to the list if it occurs often and there is room, and returns its index.
    ///
    /// A text that has to be rewritten for its cell is never added: the lookup compares with the original.
    fn list_if_often(&mut self, hash: u64, text: &str, language: &Texts) -> Option<usize> {
        let has_room = self.list.len() < MAX_TEXTS && self.bytes + text.len() <= MAX_BYTES;
        if !self.is_seen_often(hash) || !has_room || matches!(limits::cell_text(text, language), Cow::Owned(_)) {
            return None;
        }
        let mut item = String::with_capacity(text.len() + 16);
        row_xml::list_item(&mut item, text);
        let earlier = self.skeleton.get(&item).copied();
        let index = self.list.len();
        self.bytes += text.len();
        self.list.push(Shared {
            number: earlier.unwrap_or(self.count).to_string(),
            is_new: earlier.is_none(),
            looks_like_formula: limits::looks_like_formula(text),
            lines: None,
            text: text.into(),
        });
        self.count += usize::from(earlier.is_none());
        self.by_hash.insert(hash, index);
        Some(index)
    }

    fn is_seen_often(&mut self, hash: u64) -> bool {
        let Ok(index) = usize::try_from(hash % COUNTERS) else { return false };
        let counter = &mut self.counters[index];
        if counter.hash != hash {
            *counter = Counter { hash, times: 0 };
        }
        counter.times += 1;
        counter.times > REPEATS_BEFORE_SHARING
    }

    /// Returns the whole list as XML: the entries of the skeleton, then ours.
    ///
    /// `removed` cells of the skeleton referred to an entry and are not in the finished file.
    pub(crate) fn write(&self, skeleton: &str, removed: u64) -> Result<String, RenderError> {
        let list = SkeletonList::of(skeleton)?;
        // rows refer to entries by number, so the skeleton must have as many as when the first row was written
        if list.texts != self.skeleton_count {
            return Err(RenderError::Texts("the texts that cells name"));
        }
        let mut xml = String::with_capacity(skeleton.len() + self.bytes + 32 * self.list.len());
        let cells = list.cells.saturating_sub(removed) + self.cells;
        let (head, space, texts, items) = (list.head, list.space, self.count, list.items);
        let _ = write!(xml, "{head}<sst {space}count=\"{cells}\" uniqueCount=\"{texts}\">{items}");
        for shared in self.list.iter().filter(|shared| shared.is_new) {
            row_xml::list_item(&mut xml, &shared.text);
        }
        xml.push_str("</sst>");
        Ok(xml)
    }
}

impl Shared {
    /// Returns how many lines the text takes when wrapped at a column's width in characters, at most `most`.
    pub(crate) fn lines(&mut self, width: u8, most: u32) -> u32 {
        match self.lines {
            Some((asked, lines)) if asked == (width, most) => lines,
            _ => {
                let lines = limits::wrapped_lines(&self.text, f64::from(width), most);
                self.lines = Some(((width, most), lines));
                lines
            }
        }
    }
}

/// The XML of the shared strings that `rust_xlsxwriter` writes, split into its parts.
struct SkeletonList<'x> {
    head: &'x str,
    /// Its XML namespace.
    space: &'x str,
    /// Number of cells that refer to an entry.
    cells: u64,
    /// Number of entries.
    texts: u64,
    items: &'x str,
}

impl<'x> SkeletonList<'x> {
    fn of(xml: &'x str) -> Result<Self, RenderError> {
        let (head, rest) = split(xml, "<sst ")?;
        let (space, rest) = split(rest, "count=\"")?;
        let (cells, rest) = split(rest, "\" uniqueCount=\"")?;
        let (texts, rest) = split(rest, "\">")?;
        let (items, _) = split(rest, "</sst>")?;
        let number = |text: &str| text.parse().map_err(|_| RenderError::Texts("numbers"));
        Ok(Self { head, space, cells: number(cells)?, texts: number(texts)?, items })
    }
}

fn split<'x>(xml: &'x str, at: &'static str) -> Result<(&'x str, &'x str), RenderError> {
    xml.split_once(at).ok_or(RenderError::Texts(at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::texts;
    use findings_core::Locale;

    const SKELETON: &str =
        "<?xml?>\n<sst xmlns=\"x\" count=\"7\" uniqueCount=\"2\"><si><t>a</t></si><si><t>b</t></si></sst>";

    fn list() -> SharedTexts {
        SharedTexts::new(SKELETON).unwrap()
    }

    fn number<'t>(list: &mut SharedTexts, text: impl Into<Cow<'t, str>>) -> Option<String> {
        list.find(text.into(), texts(Locale::En)).ok().map(|shared| shared.number.clone())
    }

    #[test]
    fn text_is_listed_when_it_occurs_often() {
        let mut list = list();
        for _ in 0..REPEATS_BEFORE_SHARING {
            assert_eq!(number(&mut list, "title"), None);
        }
        for text in [Cow::Borrowed("title"), Cow::Owned("title".to_owned())] {
            assert_eq!(number(&mut list, text).as_deref(), Some("2"), "after the two of the skeleton");
        }
        assert_eq!(number(&mut list, "titl"), None);
        let known: Vec<String> = (0..=REPEATS_BEFORE_SHARING).filter_map(|_| number(&mut list, "b")).collect();
        assert_eq!(known, ["1"], "the number in the skeleton");
        assert_eq!(
            list.write(SKELETON, 1).unwrap(),
            "<?xml?>\n<sst xmlns=\"x\" count=\"9\" uniqueCount=\"3\"><si><t>a</t></si><si><t>b</t></si><si><t>title</t></si></sst>"
        );
    }

    #[test]
    fn listed_texts_are_escaped_and_hostile_ones_stay_in_cells() {
        let mut list = list();
        let last = (0..=REPEATS_BEFORE_SHARING).map(|_| number(&mut list, "=<b> ")).last().flatten();
        assert_eq!(last.as_deref(), Some("2"));
        assert!(list.find("=<b> ".into(), texts(Locale::En)).unwrap().looks_like_formula);
        assert!(list.write(SKELETON, 0).unwrap().contains("<t xml:space=\"preserve\">=&lt;b&gt; </t>"));
        for _ in 0..9 {
            let rewritten = list.find("\0".into(), texts(Locale::En)).err();
            assert_eq!(rewritten.as_deref(), Some("␀"), "stays in its cell, however often it occurs");
        }
    }

    #[test]
    fn unique_texts_and_those_beyond_the_bound_stay_in_cells() {
        let mut list = list();
        for n in 0..100_000 {
            assert_eq!(number(&mut list, n.to_string()), None);
        }
        assert!(list.list.is_empty());
        for n in 0..9 {
            let long = n.to_string().repeat(30_000);
            list.bytes = MAX_BYTES - long.len() * usize::from(n < 8);
            let known = (0..=REPEATS_BEFORE_SHARING).filter_map(|_| number(&mut list, long.clone())).count();
            assert_eq!(known, usize::from(n < 8));
        }
    }

    #[test]
    fn lines_depend_on_width_and_maximum() {
        let mut list = list();
        let text = "word ".repeat(20);
        for (width, most) in [(50, 9), (50, 9), (20, 9), (20, 3), (50, 9)].into_iter().cycle().take(20) {
            if let Ok(shared) = list.find(Cow::Borrowed(&*text), texts(Locale::En)) {
                assert_eq!(shared.lines(width, most), limits::wrapped_lines(&text, f64::from(width), most));
            }
        }
        assert_eq!(list.cells, 17);
    }

    #[test]
    fn unreadable_or_changed_skeleton_is_an_error() {
        for xml in ["", "<sst count=\"1\"><si/></sst>", "<sst x count=\"1\" uniqueCount=\"many\"></sst>"] {
            assert!(SharedTexts::new(xml).is_err(), "{xml}");
        }
        let other = SKELETON.replace("uniqueCount=\"2\"", "uniqueCount=\"3\"");
        assert!(list().write(&other, 0).is_err(), "cells would refer to other texts");
    }
}

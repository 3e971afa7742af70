//! The workbook's list of texts, `xl/sharedStrings.xml`: cells name a text of it by number.
//!
//! A title, an account's name or a label stands in thousands of rows. Its cell is a few bytes long if it names the text by number, and neither the
//! escaping nor the lines that it takes have to be found out again. But a list of all texts would have to be kept until the end, and most of it would be
//! names and notes that stand in one row only. So a text comes into the list when it has been seen a few times within the last thousands of texts, and
//! stands in its cell before. The list is bounded; a text that finds no room in it stands in its cells.
//!
//! What comes into the list, and when, follows from the texts alone, so that the same report gives the same bytes.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::hash::BuildHasher as _;

use foldhash::fast::FixedState;

use crate::error::RenderError;
use crate::lang::Texts;
use crate::limits;
use crate::package::row_xml;

/// Times that a text stands in its cell before it comes into the list: one that comes twice gains nothing.
const OFTEN: u32 = 3;
/// Texts whose times are counted, about: another one with the same place takes over.
const COUNTED: u64 = 1 << 14;
/// Texts in the list.
const MOST: usize = 1 << 16;
/// Bytes of the texts in the list.
const MOST_BYTES: usize = 4 << 20;

/// The list, while rows are written.
#[derive(Debug)]
pub(crate) struct SharedTexts {
    /// Texts that the writer put into the list before, as XML, with their numbers: ours come behind, and none twice.
    so_far: HashMap<String, usize>,
    /// Texts of the writer.
    given: u64,
    /// Texts in the list.
    count: usize,
    list: Vec<Shared>,
    bytes: usize,
    /// Cells that name a text.
    cells: u64,
    /// Every cell asks here, so the hash is a fast one. Who makes two texts with the same hash gains nothing: the second one stays in its cells.
    by_hash: HashMap<u64, usize, FixedState>,
    seen: Vec<Seen>,
}

/// A text of the list.
#[derive(Debug)]
pub(crate) struct Shared {
    text: Box<str>,
    /// Whether the writer had not put it into the list before.
    is_new: bool,
    /// Its number, as XML.
    pub(crate) number: String,
    pub(crate) looks_like_formula: bool,
    /// By width of the column and the most that is asked for.
    lines: Option<((u8, u32), u32)>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    hash: u64,
    times: u32,
}

impl SharedTexts {
    /// A list that continues the one of the workbook so far, given as XML.
    pub(crate) fn new(so_far: &str) -> Result<Self, RenderError> {
        let seen = vec![Seen::default(); usize::try_from(COUNTED)?];
        let List { texts, items, .. } = List::of(so_far)?;
        let so_far = items.split_inclusive("</si>").map(str::to_owned).zip(0..).collect();
        let count = usize::try_from(texts)?;
        let given = texts;
        Ok(Self { so_far, given, count, list: Vec::new(), bytes: 0, cells: 0, by_hash: HashMap::default(), seen })
    }

    /// The text of the list, for a cell that names it; else the text as a cell can hold it.
    pub(crate) fn find<'t>(&mut self, text: Cow<'t, str>, language: &Texts) -> Result<&mut Shared, Cow<'t, str>> {
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

    /// Its place in the list, if it comes into it now. One that has to be rewritten for its cell does not: it would not be found again.
    fn list_if_often(&mut self, hash: u64, text: &str, language: &Texts) -> Option<usize> {
        let has_room = self.list.len() < MOST && self.bytes + text.len() <= MOST_BYTES;
        if !self.is_seen_often(hash) || !has_room || matches!(limits::cell_text(text, language), Cow::Owned(_)) {
            return None;
        }
        let mut item = String::with_capacity(text.len() + 16);
        row_xml::list_item(&mut item, text);
        let earlier = self.so_far.get(&item).copied();
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
        let Ok(place) = usize::try_from(hash % COUNTED) else { return false };
        let seen = &mut self.seen[place];
        if seen.hash != hash {
            *seen = Seen { hash, times: 0 };
        }
        seen.times += 1;
        seen.times > OFTEN
    }

    /// The whole list as XML: the one so far, in which `gone` cells named a text that are not in the file any more, and ours.
    pub(crate) fn write(&self, so_far: &str, gone: u64) -> Result<String, RenderError> {
        let list = List::of(so_far)?;
        if list.texts != self.given {
            return Err(RenderError::Texts("the texts that cells name"));
        }
        let mut xml = String::with_capacity(so_far.len() + self.bytes + 32 * self.list.len());
        let cells = list.cells.saturating_sub(gone) + self.cells;
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
    /// Lines that it takes when wrapped at a column's width, `most` if it is more.
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

/// The list that `rust_xlsxwriter` writes, taken apart.
struct List<'x> {
    head: &'x str,
    /// Its XML name space.
    space: &'x str,
    cells: u64,
    texts: u64,
    items: &'x str,
}

impl<'x> List<'x> {
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

    const SO_FAR: &str =
        "<?xml?>\n<sst xmlns=\"x\" count=\"7\" uniqueCount=\"2\"><si><t>a</t></si><si><t>b</t></si></sst>";

    fn list() -> SharedTexts {
        SharedTexts::new(SO_FAR).unwrap()
    }

    fn number<'t>(list: &mut SharedTexts, text: impl Into<Cow<'t, str>>) -> Option<String> {
        list.find(text.into(), texts(Locale::En)).ok().map(|shared| shared.number.clone())
    }

    #[test]
    fn a_text_comes_into_the_list_when_it_was_seen_often() {
        let mut list = list();
        for _ in 0..OFTEN {
            assert_eq!(number(&mut list, "title"), None);
        }
        for text in [Cow::Borrowed("title"), Cow::Owned("title".to_owned())] {
            assert_eq!(number(&mut list, text).as_deref(), Some("2"), "behind the two of the writer");
        }
        assert_eq!(number(&mut list, "titl"), None);
        let known: Vec<String> = (0..=OFTEN).filter_map(|_| number(&mut list, "b")).collect();
        assert_eq!(known, ["1"], "the writer has put it there");
        assert_eq!(
            list.write(SO_FAR, 1).unwrap(),
            "<?xml?>\n<sst xmlns=\"x\" count=\"9\" uniqueCount=\"3\"><si><t>a</t></si><si><t>b</t></si><si><t>title</t></si></sst>"
        );
    }

    #[test]
    fn listed_texts_are_safe_like_those_in_cells() {
        let mut list = list();
        let last = (0..=OFTEN).map(|_| number(&mut list, "=<b> ")).last().flatten();
        assert_eq!(last.as_deref(), Some("2"));
        assert!(list.find("=<b> ".into(), texts(Locale::En)).unwrap().looks_like_formula);
        assert!(list.write(SO_FAR, 0).unwrap().contains("<t xml:space=\"preserve\">=&lt;b&gt; </t>"));
        for _ in 0..9 {
            let rewritten = list.find("\0".into(), texts(Locale::En)).err();
            assert_eq!(rewritten.as_deref(), Some("␀"), "in its cell, however often it comes");
        }
    }

    #[test]
    fn texts_of_one_row_only_and_more_than_the_list_holds_stand_in_their_cells() {
        let mut list = list();
        for n in 0..100_000 {
            assert_eq!(number(&mut list, n.to_string()), None);
        }
        assert!(list.list.is_empty());
        for n in 0..9 {
            let long = n.to_string().repeat(30_000);
            list.bytes = MOST_BYTES - long.len() * usize::from(n < 8);
            let known = (0..=OFTEN).filter_map(|_| number(&mut list, long.clone())).count();
            assert_eq!(known, usize::from(n < 8));
        }
    }

    #[test]
    fn lines_are_those_of_the_width_that_is_asked_for() {
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
    fn a_list_that_cannot_be_continued_is_an_error() {
        for xml in ["", "<sst count=\"1\"><si/></sst>", "<sst x count=\"1\" uniqueCount=\"many\"></sst>"] {
            assert!(SharedTexts::new(xml).is_err(), "{xml}");
        }
        let other = SO_FAR.replace("uniqueCount=\"2\"", "uniqueCount=\"3\"");
        assert!(list().write(&other, 0).is_err(), "the numbers in the cells would name other texts");
    }
}

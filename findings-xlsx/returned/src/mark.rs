//! The mark that says which report a file is, from wherever it survived.

use findings_core::decision::{InvalidToken, SheetSource};

use crate::error::ReadError;
use crate::options::ReadOptions;

/// The longest mark that is looked at, in bytes.
const LONGEST: usize = 4_096;
/// The most marks of a kind that are kept. A report has one.
const MOST: usize = 20;

/// The marks of a file, by where they stood.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    /// In the headings of keys.
    headings: Vec<String>,
    /// In the properties of the document.
    properties: Vec<String>,
    /// In any cell that has nothing else in it.
    cells: Vec<String>,
}

/// Returns the word in a text that may be a mark.
fn find(text: &str) -> Option<&str> {
    if text.len() > LONGEST || !text.contains("t1.") {
        return None;
    }
    text.split_whitespace().find(|word| {
        let body = word.strip_prefix("t1.");
        body.is_some_and(|body| {
            body.contains('.') && body.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
        })
    })
}

/// Whether a text has a mark in it.
pub(crate) fn has_mark(text: &str) -> bool {
    find(text).is_some()
}

fn add(list: &mut Vec<String>, mark: &str) {
    if list.len() < MOST && !list.iter().any(|known| known == mark) {
        list.push(mark.to_owned());
    }
}

impl Marks {
    pub(crate) fn add_heading(&mut self, text: &str) {
        if let Some(mark) = find(text) {
            add(&mut self.headings, mark);
        }
    }

    pub(crate) fn add_property(&mut self, text: &str) {
        if let Some(mark) = find(text) {
            add(&mut self.properties, mark);
        }
    }

    /// Adds a mark that is alone in a cell. One within a sentence is part of it.
    pub(crate) fn add_cell(&mut self, text: &str) {
        if let Some(mark) = find(text).filter(|mark| *mark == text.trim()) {
            add(&mut self.cells, mark);
        }
    }

    /// Returns the report. Headings count before properties, and these before cells: a cell can hold a text from outside.
    pub(crate) fn source(&self, options: &ReadOptions) -> Result<SheetSource, ReadError> {
        let Some((key, now)) = &options.key else {
            return options.told.clone().ok_or(ReadError::Mark(InvalidToken::Altered));
        };
        let mut fault = None;
        for marks in [&self.headings, &self.properties, &self.cells] {
            let mut good: Vec<SheetSource> = Vec::new();
            for mark in marks {
                match key.verify(mark, *now) {
                    Ok(source) if !good.contains(&source) => good.push(source),
                    Ok(_) => {}
                    // that it is too old says more than that another one is none
                    Err(expired @ InvalidToken::Expired(_)) => fault = Some(expired),
                    Err(other) => fault = fault.or(Some(other)),
                }
            }
            match &good[..] {
                [] => {}
                [source] => return self.checked(source, options),
                _ => return Err(ReadError::TwoReports),
            }
        }
        match (fault, &options.told) {
            (Some(fault), _) => Err(ReadError::Mark(fault)),
            (None, Some(told)) => Ok(told.clone()),
            (None, None) => Err(ReadError::Mark(InvalidToken::Altered)),
        }
    }

    #[expect(clippy::unused_self, reason = "reads as a step of the method above")]
    fn checked(&self, source: &SheetSource, options: &ReadOptions) -> Result<SheetSource, ReadError> {
        let is_other = |told: &SheetSource| told.project != source.project || told.run_id != source.run_id;
        if options.told.as_ref().is_some_and(is_other) { Err(ReadError::OtherReport) } else { Ok(source.clone()) }
    }
}

#[cfg(test)]
mod tests {
    use findings_core::testing::conformance::renderer::sample_token_key;
    use jiff::Timestamp;

    use super::*;

    fn now() -> Timestamp {
        "2026-11-24T00:00:00Z".parse().unwrap()
    }

    fn source(project: &str, until: &str) -> SheetSource {
        SheetSource::new(project, "2026-11-23".parse().unwrap(), until.parse().unwrap())
    }

    fn marks(headings: &[&str], properties: &[&str], cells: &[&str]) -> Marks {
        let mut marks = Marks::default();
        for text in headings {
            marks.add_heading(text);
        }
        for text in properties {
            marks.add_property(text);
        }
        for text in cells {
            marks.add_cell(text);
        }
        marks
    }

    #[test]
    fn mark_is_taken_from_wherever_it_survived() {
        let ours = source("決済基盤", "2027-02-21T00:00:00Z");
        let token = sample_token_key().sign(&ours);
        let options = ReadOptions::verified(sample_token_key(), now());
        let heading = format!("キー {token}");
        let broken = token.replace("t1.e", "t1.f");
        for (headings, properties, cells) in [
            (vec![&*heading], vec![], vec![]),
            (vec![], vec![&*token], vec![]),
            (vec!["Key"], vec![], vec![&*token]),
            (vec![&*broken], vec![&*token], vec![]),
            (vec![&*heading, &*heading], vec![&*broken], vec!["t1.x.y"]),
        ] {
            assert_eq!(marks(&headings, &properties, &cells).source(&options).unwrap(), ours);
        }
        let sentence = format!("see {token}");
        for cells in [vec![], vec![&*sentence], vec![&*broken]] {
            let error = marks(&[], &[], &cells).source(&options).unwrap_err();
            assert!(matches!(error, ReadError::Mark(InvalidToken::Altered)), "{error}");
        }
    }

    #[test]
    fn marks_of_two_reports_of_others_and_old_ones() {
        let key = sample_token_key();
        let options = ReadOptions::verified(key.clone(), now());
        let (a, b) = (source("a", "2027-02-21T00:00:00Z"), source("b", "2027-02-21T00:00:00Z"));
        let (token_a, token_b) = (key.sign(&a), key.sign(&b));
        assert!(matches!(marks(&[&token_a, &token_b], &[], &[]).source(&options), Err(ReadError::TwoReports)));
        // a mark in a title of a finding does not make the report another one
        assert_eq!(marks(&[&token_a], &[], &[&token_b]).source(&options).unwrap(), a);
        let old = key.sign(&source("a", "2026-11-01T00:00:00Z"));
        let error = marks(&[&old], &[], &["t1.x.y"]).source(&options).unwrap_err();
        assert!(matches!(error, ReadError::Mark(InvalidToken::Expired(_))), "{error}");
        let told = options.clone().or_told(b.clone());
        assert!(matches!(marks(&[&token_a], &[], &[]).source(&told), Err(ReadError::OtherReport)));
        assert_eq!(marks(&[], &[], &[]).source(&told).unwrap(), b);
        assert!(marks(&["t1.x.y"], &[], &[]).source(&told).is_err(), "a mark that was changed is no missing one");
        assert_eq!(marks(&[&token_a], &[], &[]).source(&ReadOptions::told(b.clone())).unwrap(), b);
    }
}

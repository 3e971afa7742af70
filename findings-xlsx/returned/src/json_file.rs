//! Reads entries out of JSON and JSON Lines: of the report itself, or of a page or program that made them.

mod line;

use std::fmt;

use findings_core::decision::{DecisionRow, SheetProblem};
use findings_core::wording::Wording;
use findings_core::{Locale, decision::SheetFault};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde_json::Deserializer;

use self::line::Line;
use crate::error::ReadError;
use crate::mark::Marks;
use crate::options::Limits;
use crate::table::Entries;

/// The most elements of a list.
const MOST: usize = 200_000;

/// A value of the file: an object, or a list of objects.
enum Top {
    One(Box<Line>),
    Many(Vec<Line>),
}

/// Reads all values of the file. Those of JSON Lines are named by their line, those of a list by their number in it.
pub(crate) fn read(bytes: &[u8], limits: &Limits, marks: &mut Marks) -> Result<Entries, ReadError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut entries = Entries::default();
    let mut values = Deserializer::from_slice(bytes).into_iter::<Top>();
    let (mut counted, mut number, mut rows) = (0, 1_u64, 0_u64);
    loop {
        let start = values.byte_offset();
        let Some(value) = values.next() else { break };
        let value = value.map_err(|e| ReadError::Damaged(e.to_string().chars().take(200).collect()))?;
        // blanks in front of a value belong to it
        let blanks = bytes[start..].iter().take_while(|b| b.is_ascii_whitespace()).count();
        number += breaks(&bytes[counted..start + blanks]);
        counted = start + blanks;
        let place = Wording::of(Locale::default()).line(number);
        let lines = match value {
            Top::One(line) => with_places(*line, &place),
            Top::Many(lines) => numbered(lines, &place),
        };
        for (place, line) in lines {
            rows += 1;
            if rows > limits.rows {
                return Err(ReadError::TooLarge { limit: limits.rows, what: "rows" });
            }
            line.marks().for_each(|mark| marks.add_heading(mark));
            entries.findings += u64::from(line.has_identity());
            if let Some(row) = row(&line, &place, limits) {
                entries.add(row, limits)?;
            }
        }
    }
    Ok(entries)
}

fn breaks(bytes: &[u8]) -> u64 {
    bytes.iter().map(|b| u64::from(*b == b'\n')).sum()
}

/// An object, and the rows in it.
fn with_places(mut line: Line, place: &str) -> Vec<(String, Line)> {
    let rows = line.take_rows();
    let rows = numbered(rows, place);
    std::iter::once((place.to_owned(), line)).chain(rows).collect()
}

fn numbered(lines: Vec<Line>, place: &str) -> Vec<(String, Line)> {
    (1..).zip(lines).map(|(n, line): (u64, _)| (format!("{place}, #{n}"), line)).collect()
}

/// Reads the entry of an object; `None` if it has none.
fn row(line: &Line, place: &str, limits: &Limits) -> Option<Result<DecisionRow, Vec<SheetProblem>>> {
    let raw = line.raw();
    if raw.is_blank() {
        return None;
    }
    let problem = |(_, fault): (_, SheetFault)| SheetProblem::new(place, fault);
    Some(raw.read(place, limits).map_err(|faults| faults.into_iter().map(problem).collect()))
}

impl<'de> Deserialize<'de> for Top {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TopVisitor)
    }
}

struct TopVisitor;

impl<'de> Visitor<'de> for TopVisitor {
    type Value = Top;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or a list of objects")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Top, A::Error> {
        Line::deserialize(MapAccessDeserializer::new(map)).map(|line| Top::One(Box::new(line)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Top, A::Error> {
        line::limited(list, MOST).map(Top::Many)
    }
}

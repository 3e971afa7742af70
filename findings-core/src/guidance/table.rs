//! Reads guidance in CSV.

use super::{Advice, Facts, GuidanceBuilder, GuidancePart, front_matter, shown};
use crate::Locale;
use crate::csv_text::{self, Row};

const CONTROL: &str = "control";
const LOCALE: &str = "locale";
const TITLE: &str = "title";
const REVIEWED: &str = "reviewed";
const EXPECTED: &str = "expected a header line \"control,meaning,fires,fix,impact,contact,exceptions,sources,title,reviewed,locale\" (all but control and one of the texts are optional)";

/// Positions of the columns, counted from 0.
struct Columns {
    control: usize,
    locale: Option<usize>,
    title: Option<usize>,
    reviewed: Option<usize>,
    parts: [Option<usize>; GuidancePart::COUNT],
    count: usize,
}

pub(super) fn read(bytes: &[u8], builder: &mut GuidanceBuilder) {
    let rows = match csv_text::rows(bytes) {
        Ok(rows) => rows,
        Err(error) => return builder.problems.push(error.to_string()),
    };
    let Some(header) = rows.first() else { return builder.problems.push(format!("it is empty; {EXPECTED}")) };
    match columns(header) {
        Ok(columns) => rows[1..].iter().for_each(|row| add(row, &columns, builder)),
        Err(message) => builder.problem(&format!("line {}", header.line), message),
    }
}

fn columns(header: &Row) -> Result<Columns, String> {
    let names: Vec<String> = header.cells.iter().map(|name| name.to_ascii_lowercase()).collect();
    let known = |name: &str| {
        [CONTROL, LOCALE, TITLE, REVIEWED].contains(&name) || GuidancePart::ALL.iter().any(|part| part.as_str() == name)
    };
    for (at, name) in names.iter().enumerate() {
        if !name.is_empty() && !known(name) {
            return Err(format!("the column \"{}\" is not known; {EXPECTED}", shown(name)));
        }
        if !name.is_empty() && names[..at].contains(name) {
            return Err(format!("the column \"{name}\" is there twice; keep one"));
        }
    }
    let at = |name: &str| names.iter().position(|n| n == name);
    let control = at(CONTROL).ok_or_else(|| format!("there is no column \"control\"; {EXPECTED}"))?;
    Ok(Columns {
        control,
        locale: at(LOCALE),
        title: at(TITLE),
        reviewed: at(REVIEWED),
        parts: GuidancePart::ALL.map(|part| at(part.as_str())),
        count: names.len(),
    })
}

fn add(row: &Row, columns: &Columns, builder: &mut GuidanceBuilder) {
    let place = format!("line {}", row.line);
    if row.unclosed {
        return builder.problem(&place, "a cell begins with a double quote and is never closed");
    }
    if row.cells.iter().skip(columns.count).any(|cell| !cell.is_empty()) {
        let message = "the row has more fields than the header; put texts with commas in double quotes";
        return builder.problem(&place, message);
    }
    let locale = columns.locale.map_or("", |at| row.cell(at));
    let locale: Option<Locale> = match locale.parse() {
        _ if locale.is_empty() => None,
        Ok(locale) => Some(locale),
        Err(error) => return builder.problem(&place, error),
    };
    let text = |at: Option<usize>| at.map(|at| row.cell(at).to_owned()).filter(|text| !text.is_empty());
    let reviewed = match text(columns.reviewed).map(|day| front_matter::date(&day)).transpose() {
        Ok(reviewed) => reviewed,
        Err(message) => return builder.problem(&place, message),
    };
    let facts = Facts { title: text(columns.title), reviewed, is_draft: false };
    let advice = Advice { parts: columns.parts.map(text), facts };
    builder.add(&place, row.cell(columns.control), locale, advice);
}

//! A column as data: one entry says all there is to say of it.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use findings_core::guidance::GuidancePart;
use findings_core::report::Report;
use findings_core::{Locale, Severity, SeverityCounts};

use crate::added_column::ColumnValue;
use crate::cell::{Cell, Context, Kind};
use crate::lang::{self, Texts};

/// A column of a table. To add one, write one such entry.
#[derive(Clone, Debug)]
pub(crate) struct Column<R> {
    pub(crate) name: Name,
    pub(crate) width: Width,
    pub(crate) kind: Kind,
    pub(crate) value: Value<R>,
}

impl<R> Column<R> {
    pub(crate) fn id(&self) -> &str {
        &self.name.id
    }
}

/// A row that counts findings by severity.
pub(crate) trait Counted {
    fn counts(&self) -> &SeverityCounts;
}

impl<R: Counted> Column<R> {
    /// Returns the column of a severity, at least `narrowest` characters wide.
    pub(crate) fn of_severity(severity: Severity, narrowest: u8) -> Self {
        // a function pointer cannot capture the severity, so each has its own
        let value: for<'a> fn(&'a R, &Context<'a>) -> Cell<'a> = match severity {
            Severity::Critical => |row, _| Cell::count(row.counts().critical),
            Severity::High => |row, _| Cell::count(row.counts().high),
            Severity::Medium => |row, _| Cell::count(row.counts().medium),
            Severity::Low => |row, _| Cell::count(row.counts().low),
            Severity::Informational => |row, _| Cell::count(row.counts().informational),
        };
        let (name, value) = (Name::severity(severity), Value::Own(value));
        Self { name, width: Width::Fit(narrowest, 15), kind: Kind::SeverityCount(severity), value }
    }
}

/// The ID of a column, by which code finds it, and its heading, which is translated and may be reworded.
#[derive(Clone, Debug)]
pub(crate) struct Name {
    pub(crate) id: Cow<'static, str>,
    words: Words,
}

/// Where the heading of a column comes from.
#[derive(Clone, Debug)]
enum Words {
    /// The texts of a language: words that other parts of a report say, too.
    Shared(fn(&Texts) -> &'static str),
    Severity(Severity),
    Guidance(GuidancePart),
    /// Of a column that was added: the heading of languages, and that of all others.
    Given(Vec<(Locale, String)>, String),
}

impl Name {
    /// A column whose heading is among the texts of each language.
    pub(crate) const fn new(id: &'static str, words: fn(&Texts) -> &'static str) -> Self {
        Self { id: Cow::Borrowed(id), words: Words::Shared(words) }
    }

    /// The number of findings of a severity.
    pub(crate) fn severity(severity: Severity) -> Self {
        Self { id: severity.as_str().into(), words: Words::Severity(severity) }
    }

    /// A text of the organisation's guidance for a control.
    pub(crate) fn guidance(id: &'static str, part: GuidancePart) -> Self {
        Self { id: id.into(), words: Words::Guidance(part) }
    }

    pub(crate) fn given(id: String, heading: String) -> Self {
        Self { id: id.into(), words: Words::Given(Vec::new(), heading) }
    }

    /// Sets the heading of an added column in a language.
    pub(crate) fn translate(&mut self, locale: Locale, heading: String) {
        if let Words::Given(headings, _) = &mut self.words {
            headings.retain(|(known, _)| *known != locale);
            headings.push((locale, heading));
        }
    }

    /// Returns the heading in a language.
    pub(crate) fn heading(&self, locale: Locale) -> &str {
        let texts = lang::texts(locale);
        match &self.words {
            Words::Shared(words) => words(texts),
            Words::Severity(severity) => texts.severity_name(*severity),
            Words::Guidance(part) => texts.wording.guidance()[*part as usize],
            Words::Given(headings, other) => {
                headings.iter().find(|(known, _)| *known == locale).map_or(other, |(_, heading)| heading)
            }
        }
    }
}

/// How the value of a cell comes from its row.
pub(crate) enum Value<R> {
    Own(for<'a> fn(&'a R, &Context<'a>) -> Cell<'a>),
    Added(AddedValue<R>),
}

/// The function of a column that was added.
pub(crate) type AddedValue<R> = Arc<dyn Fn(&R, &Report) -> ColumnValue + Send + Sync>;

impl<R> Value<R> {
    pub(crate) fn of<'a>(&self, row: &'a R, context: &Context<'a>) -> Cell<'a> {
        match self {
            Self::Own(value) => value(row, context),
            Self::Added(value) => value(row, context.report).into(),
        }
    }
}

// derived, it would ask the same of the rows
impl<R> Clone for Value<R> {
    fn clone(&self) -> Self {
        match self {
            Self::Own(value) => Self::Own(*value),
            Self::Added(value) => Self::Added(value.clone()),
        }
    }
}

impl<R> fmt::Debug for Value<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Own(_) => "Own",
            Self::Added(_) => "Added",
        })
    }
}

/// Width of a column, in characters.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Width {
    Fixed(u8),
    /// As wide as its widest cell, between a minimum and a maximum.
    Fit(u8, u8),
}

impl Width {
    /// Returns the width of a column whose widest cell has so many characters.
    pub(crate) fn bounded(self, characters: usize) -> u8 {
        match self {
            Self::Fixed(width) => width,
            Self::Fit(min, max) => u8::try_from(characters).unwrap_or(u8::MAX).clamp(min, max),
        }
    }

    /// The maximum width.
    pub(crate) fn max_width(self) -> u8 {
        match self {
            Self::Fixed(width) | Self::Fit(_, width) => width,
        }
    }
}

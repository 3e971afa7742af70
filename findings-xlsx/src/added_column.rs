//! Columns that programs add to the findings.

use std::sync::Arc;

use findings_core::Locale;
use findings_core::report::{Report, ReportFinding};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::cell::{Cell, Kind};
use crate::column::{Column, Name, Value, Width};

/// A column of your own, such as the cost centre of a project. [`FindingColumns::with`](crate::FindingColumns::with)
/// adds it.
///
/// ```
/// use findings_core::Locale;
/// use findings_xlsx::AddedColumn;
///
/// let column = AddedColumn::new("cost_centre", "Cost centre", |_finding, report| {
///     if report.project == "Payments" { "4711".into() } else { findings_xlsx::ColumnValue::Empty }
/// });
/// let column = column.with_heading(Locale::Ja, "原価部門").with_width(14);
/// assert_eq!(column.id(), "cost_centre");
/// ```
#[derive(Clone, Debug)]
pub struct AddedColumn(pub(crate) Column<ReportFinding>);

/// What a column holds, which decides how its cells look and sort.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ColumnKind {
    /// Texts. Long ones are wrapped.
    #[default]
    Text,
    /// Digits that are not a number, such as an account ID: they keep their leading zeros.
    Code,
    /// Whole numbers.
    Number,
    /// Days.
    Day,
    /// Texts with a link.
    Link,
}

impl AddedColumn {
    /// A column with an ID, a heading for readers of all languages, and a function that returns its value for a finding
    /// of a report. The ID is what [`FindingColumns::in_order`](crate::FindingColumns::in_order) and JSON Lines call it.
    /// Use lower-case letters, digits and `_`.
    pub fn new(
        id: impl Into<String>,
        heading: impl Into<String>,
        value: impl Fn(&ReportFinding, &Report) -> ColumnValue + Send + Sync + 'static,
    ) -> Self {
        let name = Name::given(id.into(), heading.into());
        Self(Column { name, width: Width::Fixed(20), kind: Kind::Wrapped, value: Value::Added(Arc::new(value)) })
    }

    /// Sets the heading for readers of a language.
    #[must_use]
    pub fn with_heading(mut self, locale: Locale, heading: impl Into<String>) -> Self {
        self.0.name.translate(locale, heading.into());
        self
    }

    /// Sets the width, in characters; 20 without it.
    #[must_use]
    pub fn with_width(mut self, characters: u8) -> Self {
        self.0.width = Width::Fixed(characters.max(3));
        self
    }

    /// Sets what the column holds; texts without it.
    #[must_use]
    pub fn with_kind(mut self, kind: ColumnKind) -> Self {
        self.0.kind = match kind {
            ColumnKind::Text => Kind::Wrapped,
            ColumnKind::Code => Kind::Id,
            ColumnKind::Number => Kind::Count,
            ColumnKind::Day => Kind::Date,
            ColumnKind::Link => Kind::Link,
        };
        self
    }

    /// Returns its ID.
    pub fn id(&self) -> &str {
        self.0.id()
    }
}

/// The value of a cell of an [`AddedColumn`]. No value becomes a formula.
///
/// ```
/// use findings_xlsx::ColumnValue;
/// assert_eq!(ColumnValue::from("4711"), ColumnValue::Text("4711".into()));
/// assert_eq!(ColumnValue::from(None::<String>), ColumnValue::Empty);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum ColumnValue {
    /// Nothing.
    #[default]
    Empty,
    /// A text.
    Text(String),
    /// A number.
    Number(f64),
    /// A day, whatever the time zone.
    Day(Date),
    /// A moment, which is shown in the reader's time zone.
    Moment(Timestamp),
    /// A text with a link. Only plain `http` and `https` URLs become clickable.
    Link {
        /// The text.
        text: String,
        /// Where the link leads.
        url: String,
    },
}

impl ColumnValue {
    /// Returns the value as JSON Lines have it.
    pub(crate) fn json(&self) -> serde_json::Value {
        match self {
            Self::Empty => serde_json::Value::Null,
            Self::Text(text) => text.as_str().into(),
            Self::Number(number) => (*number).into(),
            Self::Day(day) => day.to_string().into(),
            Self::Moment(moment) => moment.to_string().into(),
            Self::Link { text, url } => serde_json::json!({ "text": text, "url": url }),
        }
    }
}

impl From<&str> for ColumnValue {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for ColumnValue {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<f64> for ColumnValue {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<u32> for ColumnValue {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}

impl From<Date> for ColumnValue {
    fn from(day: Date) -> Self {
        Self::Day(day)
    }
}

impl From<Timestamp> for ColumnValue {
    fn from(moment: Timestamp) -> Self {
        Self::Moment(moment)
    }
}

impl<V: Into<Self>> From<Option<V>> for ColumnValue {
    fn from(value: Option<V>) -> Self {
        value.map_or(Self::Empty, Into::into)
    }
}

impl From<ColumnValue> for Cell<'_> {
    fn from(value: ColumnValue) -> Self {
        match value {
            ColumnValue::Empty => Cell::Empty,
            ColumnValue::Text(text) => Cell::owned(text),
            // a workbook has no other numbers
            ColumnValue::Number(number) if !number.is_finite() => Cell::owned(number.to_string()),
            ColumnValue::Number(number) => Cell::Number(number),
            ColumnValue::Day(day) => Cell::Day(day),
            ColumnValue::Moment(moment) => Cell::Moment(moment),
            ColumnValue::Link { text, url } => Cell::Link { text: text.into(), url: url.into() },
        }
    }
}

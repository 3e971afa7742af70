//! Cells and columns of tables as data.

use std::borrow::Cow;

use findings_core::Severity;
use findings_core::guidance::Guidance;
use findings_core::rendering::Advice;
use findings_core::report::Report;
use jiff::Timestamp;
use jiff::civil::Date;
use rust_xlsxwriter::{Format, FormatAlign};

use crate::column::Name;
use crate::columns::{FindingColumns, KEY_ID, OWNER_ID};
use crate::formats::{Formats, on_severity, severity_color};
use crate::lang::{self, Texts};
use crate::setting::Setting;
use crate::settings::Settings;

/// What the value of a cell depends on, in addition to its row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context<'a> {
    pub(crate) report: &'a Report,
    pub(crate) texts: &'static Texts,
    /// The organisation's guidance for controls.
    pub(crate) guidance: &'a Guidance,
    /// The columns of the findings.
    pub(crate) columns: &'a FindingColumns,
    /// Maximum rows of a sheet, the header included.
    pub(crate) max_rows: u32,
    /// Maximum clickable links of a sheet.
    pub(crate) max_links: usize,
}

impl<'a> Context<'a> {
    pub(crate) fn new(report: &'a Report, settings: &'a Settings) -> Self {
        let (texts, limits) = (lang::texts(report.locale), settings.limits);
        let Settings { guidance, columns, .. } = settings;
        Self { report, texts, guidance, columns, max_rows: limits.rows, max_links: limits.links }
    }

    /// The column of owners, counted from 0, and the owner whose findings the file shows first; `None` shows all. People fill the
    /// column in, so every choice of columns has it.
    pub(crate) fn view(&self) -> Option<(usize, &'a str)> {
        let owner = self.report.view.as_deref()?;
        let column = self.columns.of(self.report).iter().position(|column| column.id() == OWNER_ID)?;
        Some((column, owner))
    }

    /// What every sheet depends on.
    pub(crate) fn setting(&self) -> Setting<'a> {
        let alarm = if self.report.is_complete() { "" } else { self.texts.page_incomplete };
        Setting {
            texts: self.texts,
            time_zone: &self.report.time_zone,
            subject: &self.report.project,
            alarm,
            until: self.report.returning.as_ref().map(|returning| returning.until),
        }
    }

    /// The heading of a column. That of the key has the mark of the report behind it, because a heading stays where it
    /// is whatever people sort, filter or delete.
    pub(crate) fn heading<'n>(&self, column: &'n Name) -> Cow<'n, str> {
        let heading = column.heading(self.report.locale);
        match self.report.returning.as_ref().and_then(|returning| returning.token.as_deref()) {
            Some(token) if column.id == KEY_ID => format!("{heading} {token}").into(),
            _ => heading.into(),
        }
    }
}

/// The value of a cell. There is no variant for a formula, so no value can become one.
#[derive(Debug)]
pub(crate) enum Cell<'a> {
    Empty,
    Text(Cow<'a, str>),
    Number(f64),
    Moment(Timestamp),
    /// A day, whatever the time zone.
    Day(Date),
    /// A text with a link to a place in the workbook.
    Jump {
        text: Cow<'a, str>,
        place: String,
    },
    /// A text with a link. If the URL cannot be clicked, it is written after the text.
    Link {
        text: Cow<'a, str>,
        url: Cow<'a, str>,
    },
}

impl<'a> Cell<'a> {
    pub(crate) fn text(text: &'a str) -> Self {
        if text.is_empty() { Self::Empty } else { Self::Text(Cow::Borrowed(text)) }
    }

    pub(crate) fn optional(text: Option<&'a (impl AsRef<str> + ?Sized)>) -> Self {
        text.map_or(Self::Empty, |t| Self::text(t.as_ref()))
    }

    pub(crate) fn owned(text: String) -> Self {
        if text.is_empty() { Self::Empty } else { Self::Text(Cow::Owned(text)) }
    }

    /// An advice, as a link if it has a URL.
    pub(crate) fn advice(advice: Advice<'a>) -> Self {
        match advice.url {
            Some(url) => Self::Link { text: advice.text, url },
            None => Self::Text(advice.text),
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "Excel has no other number, and counts stay far below 2^53")]
    pub(crate) fn count(n: u64) -> Self {
        Self::Number(n as f64)
    }
}

/// The kind of a column, which decides the format and the behaviour of its cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Wrapped,
    Id,
    Count,
    /// A number with one decimal.
    Decimal,
    /// A share, which is 1 for 100 %.
    Percent,
    /// A count with a bar behind it.
    Bar,
    /// A number of days that is an alarm.
    Overdue,
    /// A count below a heading that is turned, because it is longer than the column is wide.
    Turned,
    Date,
    DateTime,
    /// A text with a URL.
    Link,
    /// A URL under a fixed word such as "Open".
    Open,
    Severity,
    Change,
    /// A count, with the heading in the severity's colour.
    SeverityCount(Severity),
    /// Whether an account was read completely.
    Read,
    /// The coverage verdict of an account.
    Coverage,
    /// Filled in by people: a choice from a list.
    EntryChoice,
    /// Filled in by people: a date.
    EntryDate,
    /// Filled in by people: any text.
    EntryText,
    /// What a returned report is read by, and nobody reads.
    Key,
}

impl Kind {
    pub(crate) fn is_entry(self) -> bool {
        matches!(self, Self::EntryChoice | Self::EntryDate | Self::EntryText)
    }

    /// Whether long texts are wrapped.
    pub(crate) fn wraps(self) -> bool {
        matches!(self, Self::Wrapped | Self::Link)
    }

    pub(crate) fn heading(self, formats: &Formats) -> Format {
        match self {
            Self::SeverityCount(severity) => formats
                .heading()
                .set_background_color(severity_color(severity))
                .set_font_color(on_severity(severity))
                .set_align(FormatAlign::Right)
                .set_indent(1),
            Self::Count | Self::Overdue | Self::Decimal | Self::Percent | Self::Bar => formats.right_heading(),
            Self::Key => formats.key_heading(),
            Self::Turned => formats.heading().set_rotation(90).set_align(FormatAlign::Center),
            Self::Severity | Self::Change => formats.heading().set_align(FormatAlign::Center),
            Self::Date | Self::DateTime => formats.heading().set_indent(1),
            entry if entry.is_entry() => formats.entry_heading(),
            _ => formats.heading(),
        }
    }

    pub(crate) fn format(self, formats: &Formats) -> Format {
        match self {
            Self::Text | Self::Open | Self::EntryChoice | Self::Read | Self::Coverage => formats.text(),
            Self::Wrapped | Self::Link | Self::EntryText => formats.wrapped(),
            Self::Id => formats.id(),
            Self::Count | Self::Overdue | Self::Bar | Self::Turned => formats.count(),
            Self::Key => formats.key(),
            Self::Decimal => formats.count().set_num_format("#,##0.0"),
            Self::Percent => formats.count().set_num_format("#,##0.0%"),
            Self::SeverityCount(_) => formats.quiet_count(),
            Self::Date | Self::EntryDate => formats.date(),
            Self::DateTime => formats.date_time(),
            Self::Severity | Self::Change => formats.label(),
        }
    }
}

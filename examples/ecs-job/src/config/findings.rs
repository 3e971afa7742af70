//! The configuration of `findings`.

use findings_core::Severity;
use findings_core::organisation::{IssueFilter, IssueStates};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::reader::{Reader, given};
use super::{ConfigError, HistoryConfig, reading};
use crate::options::{FindingsOptions, Options};

/// The location of the history, and which issues to list.
#[derive(Clone, Debug)]
pub(crate) struct FindingsConfig {
    pub(crate) history: HistoryConfig,
    pub(crate) filter: IssueFilter,
    pub(crate) zone: TimeZone,
}

impl FindingsConfig {
    pub(crate) fn resolve(options: &Options, wanted: &FindingsOptions) -> Result<Self, Vec<ConfigError>> {
        let mut reader = Reader::default();
        let locale = reading::locale(options, &mut reader);
        let zone = reading::time_zone(options, &mut reader, locale).unwrap_or(TimeZone::UTC);
        let filter = IssueFilter {
            states: match (wanted.resolved, wanted.all) {
                (true, _) => IssueStates::Resolved,
                (_, true) => IssueStates::All,
                _ => IssueStates::Open,
            },
            control: given(wanted.control.as_deref()).map(str::to_owned),
            project: given(wanted.project.as_deref()).map(str::to_owned),
            severities: reader.read("severity", wanted.severity.as_deref(), Vec::new(), severities),
            account: reader
                .read_optional("account", wanted.account.as_deref(), |t| t.parse().map_err(|e| format!("{e}"))),
            opened_since: reader.read_optional("since", wanted.since.as_deref(), |text| midnight(text, &zone)),
        };
        let mut errors = reader.into_errors();
        match HistoryConfig::resolve(options) {
            Ok(history) if errors.is_empty() => Ok(Self { history, filter, zone }),
            resolved => {
                errors.extend(resolved.err().unwrap_or_default());
                Err(errors)
            }
        }
    }
}

fn severities(text: &str) -> Result<Vec<Severity>, String> {
    let severity = |name: &str| {
        let is_named = |severity: &Severity| severity.as_str().eq_ignore_ascii_case(name.trim());
        let known = Severity::WORST_FIRST.into_iter().find(is_named);
        known.ok_or_else(|| {
            format!("\"{name}\" is not a severity; expected critical, high, medium, low or informational")
        })
    };
    text.split(',').map(severity).collect()
}

/// The beginning of a day.
fn midnight(text: &str, zone: &TimeZone) -> Result<Timestamp, String> {
    let bad = || format!("\"{text}\" is not a date; expected one such as 2026-11-23");
    let day: Date = text.parse().map_err(|_| bad())?;
    zone.to_timestamp(day.into()).map_err(|_| bad())
}

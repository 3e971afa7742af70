//! The stored form of values in backends that store text. It is readable for people.

use std::collections::HashSet;
use std::hash::Hash;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde::de::IntoDeserializer as _;
use serde::de::value::{Error as ValueError, StrDeserializer};

use super::{IssuePeriod, IssueRecord};
use crate::{AccountId, InvalidAccountId, RunId, Text};

/// The name of an enum variant without data, as serde writes it; empty for any other value.
pub(crate) fn label<T: Serialize>(value: T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => text,
        _ => String::new(),
    }
}

/// Reads the result of [`label`].
pub(crate) fn from_label<T: DeserializeOwned>(text: &str) -> Result<T, ValueError> {
    let deserializer: StrDeserializer<'_, ValueError> = text.into_deserializer();
    T::deserialize(deserializer)
}

/// Account IDs separated by `;`.
pub(crate) fn accounts_to_text(accounts: &[AccountId]) -> String {
    accounts.iter().map(ToString::to_string).collect::<Vec<_>>().join(";")
}

/// Reads the result of [`accounts_to_text`].
pub(crate) fn accounts_from_text(text: &str) -> Result<Vec<AccountId>, InvalidAccountId> {
    text.split(';').filter(|id| !id.is_empty()).map(str::parse).collect()
}

/// Periods of an issue as JSON; `None` if there are none, as with most issues.
pub(crate) fn periods_to_text(periods: &[IssuePeriod]) -> Option<String> {
    if periods.is_empty() { None } else { serde_json::to_string(periods).ok() }
}

/// Reads the result of [`periods_to_text`]. An empty text has no periods.
pub(crate) fn periods_from_text(text: &str) -> Result<Vec<IssuePeriod>, serde_json::Error> {
    if text.is_empty() { Ok(Vec::new()) } else { serde_json::from_str(text) }
}

/// Names of views, one in each line; `None` if there are none, as with most issues.
pub(crate) fn sources_to_text(sources: &[Text]) -> Option<String> {
    if sources.is_empty() { None } else { Some(sources.join("\n")) }
}

/// Reads the result of [`sources_to_text`].
pub(crate) fn sources_from_text(text: &str) -> Vec<Text> {
    text.lines().map(Text::from).collect()
}

/// What many records of a project have in common, each once in memory: a history can have 100,000 records.
#[derive(Debug, Default)]
pub(crate) struct CommonTexts {
    texts: HashSet<Text>,
    runs: HashSet<RunId>,
}

impl CommonTexts {
    /// The same record, which shares its texts with the records before it.
    pub(crate) fn share(&mut self, mut record: IssueRecord) -> IssueRecord {
        let IssueRecord { region, control_id, title, sources, opened_in, severity_change, resolved, .. } = &mut record;
        for text in region.iter_mut().chain(control_id).chain([title]).chain(sources) {
            share(text, &mut self.texts);
        }
        let changed_in = severity_change.iter_mut().map(|change| &mut change.run_id);
        for run in changed_in.chain(resolved.iter_mut().map(|closed| &mut closed.run_id)).chain([opened_in]) {
            share(run, &mut self.runs);
        }
        record
    }
}

fn share<T: Clone + Eq + Hash>(value: &mut T, known: &mut HashSet<T>) {
    match known.get(value) {
        Some(known) => value.clone_from(known),
        None => _ = known.insert(value.clone()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::Finding;

    #[test]
    fn records_share_what_they_have_in_common() {
        let record = || {
            let mut finding = Finding::new("123456789012".parse().unwrap(), "1");
            (finding.title, finding.region) = ("a title".to_owned().into(), Some("eu-west-1".to_owned().into()));
            IssueRecord::new(&finding, &"2026-11-23".parse().unwrap(), jiff::Timestamp::UNIX_EPOCH)
        };
        let mut common = CommonTexts::default();
        let (a, b) = (common.share(record()), common.share(record()));
        assert_eq!((&a, &b), (&record(), &record()));
        assert!(Arc::ptr_eq(&a.title, &b.title) && Arc::ptr_eq(&a.region.unwrap(), &b.region.unwrap()));
    }
}

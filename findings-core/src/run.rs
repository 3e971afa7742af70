//! Run IDs.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Stable ID of a run: a task that is started twice for the same scheduled time has the same run ID.
///
/// It has 1 to 64 of the characters `A-Z a-z 0-9 . _ : + -`, which are valid in object keys, table keys and log lines.
///
/// ```
/// use findings_core::RunId;
/// let id: RunId = "2026-11-23T00:00:00Z".parse()?;
/// assert_eq!(id.key_segment(), "2026-11-23T000000Z");
/// # Ok::<(), findings_core::InvalidRunId>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
// `Arc`, because every issue record holds the ID of the run that opened it
pub struct RunId(Arc<str>);

/// The error for a text that is not a run ID.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" cannot be a run ID; use 1 to 64 of A-Z a-z 0-9 . _ : + -, such as 2026-11-23T00:00:00Z")]
pub struct InvalidRunId(String);

impl RunId {
    /// The run ID for a time, with milliseconds, so that runs started one after the other have different IDs.
    pub fn at(moment: Timestamp) -> Self {
        Self(moment.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string().into())
    }

    /// The ID of no run: under it, the ledger keeps who was told of what between reports. No run may have it.
    pub(crate) fn between_reports() -> Self {
        Self("urgent".into())
    }

    /// The ID of no run, for the lease on a batch of a run. Two runs whose IDs are long and begin alike may share it: then
    /// their batches wait for each other.
    pub(crate) fn of_batch(&self, batch: impl fmt::Display) -> Self {
        // a run ID has at most 64 characters, all of which are ASCII
        let run = self.0.get(..48).unwrap_or(&self.0);
        Self(format!("{run}+batch-{batch}").into())
    }

    /// The ID as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The ID as one segment of an object key or file name: without colons, which Windows does not allow in file names.
    ///
    /// Two IDs never share a segment. A time such as `2026-11-23T00:00:00Z` loses its colons. Any other ID that would
    /// look like another one gets a hash.
    pub fn key_segment(&self) -> String {
        let plain: String = self.0.chars().filter(|c| *c != ':').collect();
        let shape: String = self.0.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
        let (time, fraction) = shape.strip_suffix('Z').unwrap_or_default().split_at_checked(19).unwrap_or_default();
        let has_fraction = fraction.strip_prefix('.').is_some_and(|digits| digits.chars().all(|c| c == '0'));
        let is_time = |form: &str| time == form && (fraction.is_empty() || has_fraction);
        let hash = || hex::encode(&Sha256::digest(self.0.as_bytes())[..4]);
        if is_time("0000-00-00T00:00:00") {
            plain
        } else if plain.chars().all(|c| c == '.') {
            // a segment of dots, such as "..", would leave its folder
            format!("run{}-{}", self.0.len(), hash())
        } else if plain.len() < self.0.len() || looks_like_time_without_colons(&shape) {
            format!("{plain}-{}", hash())
        } else {
            plain
        }
    }
}

/// Whether the ID, with `0` for each digit, looks like the segment of a time.
fn looks_like_time_without_colons(shape: &str) -> bool {
    shape.strip_prefix("0000-00-00T000000").is_some_and(|rest| rest.ends_with('Z'))
}

impl FromStr for RunId {
    type Err = InvalidRunId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | ':' | '+' | '-');
        if (1..=64).contains(&text.len()) && text.chars().all(legal) {
            Ok(Self(text.into()))
        } else {
            Err(InvalidRunId(text.escape_debug().take(80).collect()))
        }
    }
}

impl TryFrom<String> for RunId {
    type Error = InvalidRunId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<RunId> for String {
    fn from(id: RunId) -> Self {
        id.0.as_ref().to_owned()
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_ids_share_a_segment() {
        let ids = [
            "2026-11-23T00:00:00Z",
            "2026-11-23T000000Z",
            "2026-11-23T00:0000Z",
            "2026-11-23T00:00:00.123Z",
            "2026-11-23T000000.123Z",
            "2026-11-23",
            "a:b",
            "ab",
            ":ab",
            ".",
            "..",
            "...",
            ":",
            "run2",
            "run1",
        ];
        let segments: Vec<String> = ids.iter().map(|id| id.parse::<RunId>().unwrap().key_segment()).collect();
        let unique: std::collections::BTreeSet<&String> = segments.iter().collect();
        assert_eq!(unique.len(), ids.len(), "{segments:?}");
        assert!(segments.iter().all(|s| !s.is_empty() && !s.contains(':') && !s.chars().all(|c| c == '.')));
    }

    #[test]
    fn segments_of_times_and_plain_ids_stay_as_they_were() {
        for (id, segment) in [
            ("2026-11-23T00:00:00Z", "2026-11-23T000000Z"),
            ("2026-11-23T00:00:00.123Z", "2026-11-23T000000.123Z"),
            ("2026-11-23", "2026-11-23"),
            ("week-48", "week-48"),
        ] {
            assert_eq!(id.parse::<RunId>().unwrap().key_segment(), segment);
        }
    }
}

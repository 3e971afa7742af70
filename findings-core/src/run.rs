//! Run IDs.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

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

    /// The ID as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The ID as one segment of an object key or file name: without colons, which Windows does not allow in file names.
    pub fn key_segment(&self) -> String {
        let plain: String = self.0.chars().filter(|c| *c != ':').collect();
        // a segment of dots, such as "..", would leave its folder
        if plain.chars().all(|c| c == '.') { format!("run{}", self.0.len()) } else { plain }
    }
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

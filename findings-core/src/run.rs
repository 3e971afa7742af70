//! The identity of a run.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Stable ID of a scheduled time: a task that is started twice for the same time has the same one.
///
/// 1 to 64 characters of `A-Z a-z 0-9 . _ : + -`, so that it is legal in an object key, a table key and a log line.
///
/// ```
/// use findings_core::RunId;
/// let id: RunId = "2026-11-23T00:00:00Z".parse()?;
/// assert_eq!(id.key_segment(), "2026-11-23T000000Z");
/// # Ok::<(), findings_core::InvalidRunId>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
// shared: the record of every issue names the run that opened it
pub struct RunId(Arc<str>);

/// A text that cannot be a run ID.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" cannot be a run ID; use 1 to 64 of A-Z a-z 0-9 . _ : + -, such as 2026-11-23T00:00:00Z")]
pub struct InvalidRunId(String);

impl RunId {
    /// The run ID of a moment, to the millisecond: two runs that a script starts one after the other are two.
    pub fn at(moment: Timestamp) -> Self {
        Self(moment.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string().into())
    }

    /// The ID as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The ID as one segment of an object key or file name: without the colons that Windows refuses.
    pub fn key_segment(&self) -> String {
        let plain: String = self.0.chars().filter(|c| *c != ':').collect();
        // a segment of dots alone would climb out of its folder
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

//! Files that readers store by a link: where they lie, and how the link carries the right to store one.

use std::fmt::Write as _;
use std::time::Duration;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::{ArtifactKey, LinkRequest, project_segment};
use crate::RunId;

/// The media type that an upload has to state, because it is part of the signature. What the file is, its bytes say.
pub const UPLOAD_TYPE: &str = "application/octet-stream";

/// A file that a reader may store: one, under one key, as often as they like while it lasts.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Upload {
    /// The key. What was stored under it before is replaced.
    pub key: ArtifactKey,
    /// How long the file can be stored.
    pub ttl: Duration,
}

impl Upload {
    /// A file under this key.
    pub fn new(key: ArtifactKey, ttl: Duration) -> Self {
        Self { key, ttl }
    }

    /// The end of a link that carries the right to store a file: `#put=URL&until=TIME`, the URL percent-encoded.
    ///
    /// Browsers keep what follows `#` to themselves, over redirections, too: no server sees it in a request or writes it to
    /// a log.
    ///
    /// ```
    /// use findings_core::store::Upload;
    /// let end = Upload::fragment("https://b.example.com/k?X=1&Y=%2F", "2026-11-23T00:00:00Z".parse()?);
    /// assert_eq!(end, "#put=https%3A//b.example.com/k%3FX%3D1%26Y%3D%252F&until=2026-11-23T00:00:00Z");
    /// # Ok::<(), jiff::Error>(())
    /// ```
    pub fn fragment(url: &str, until: Timestamp) -> String {
        let mut text = String::from("#put=");
        for byte in url.bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
                text.push(char::from(byte));
            } else {
                let _ = write!(text, "%{byte:02X}");
            }
        }
        let _ = write!(text, "&until={until}");
        text
    }
}

/// The folder below an inbox in which the answers to one report lie.
///
/// ```
/// use findings_core::store::UploadPlace;
/// let place = UploadPlace::new(&"2026-11-23".parse()?, "Payments");
/// assert!(place.as_str().starts_with("payments-") && place.as_str().ends_with("/2026-11-23"));
/// assert_eq!(place.is_of("returned/payments.xlsx"), None, "somebody put it there by hand");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadPlace(String);

/// How the names of files begin that were stored by a link, and the number of hex digits behind it.
const NAME: &str = "answer-";
const DIGITS: usize = 16;

impl UploadPlace {
    /// The folder for answers to the report of a project in a run.
    pub fn new(run: &RunId, project: &str) -> Self {
        Self(format!("{}/{}", project_segment(project), run.key_segment()))
    }

    /// The folder as text, without a slash at its end.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a file of the inbox was stored as an answer to this report. `path` is its path below the inbox. `None` if no
    /// link of ours lets anybody store a file of that name.
    pub fn is_of(&self, path: &str) -> Option<bool> {
        let (folder, name) = path.rsplit_once('/')?;
        let digits = name.strip_prefix(NAME)?;
        let is_ours = digits.len() == DIGITS && digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        is_ours.then(|| folder == self.0)
    }
}

impl LinkRequest {
    /// Lets the reader store an answer to the report below `inbox`, for as long as the link works. The name of the file
    /// differs for each reader and each time a link is made, so that one link replaces only what it stored itself.
    #[must_use]
    pub fn with_answer_below(self, inbox: &ArtifactKey) -> Self {
        let Some(report) = &self.report else { return self };
        let place = UploadPlace::new(&report.run_id, &report.project);
        let reader = self.reader.as_ref().map_or("", |reader| reader.as_str());
        let hash = hex::encode(&Sha256::digest(format!("{reader}\n{}", self.now))[..DIGITS / 2]);
        let key = ArtifactKey(format!("{inbox}/{}/{NAME}{hash}", place.as_str()));
        let upload = Upload::new(key, self.ttl);
        self.with_upload(upload)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reader_and_time_has_a_key_of_its_own_in_the_folder_of_the_report() {
        let (run, inbox): (RunId, ArtifactKey) = ("r:1".parse().unwrap(), "a/inbox".parse().unwrap());
        let times = ["2026-11-23T00:00:00Z", "2026-11-23T00:00:01Z"].map(|time| time.parse::<Timestamp>().unwrap());
        let place = UploadPlace::new(&run, "決済");
        let mut keys = std::collections::HashSet::new();
        for now in times {
            for reader in ["sato@example.com", "suzuki@example.com"] {
                let request = LinkRequest::new("k".parse().unwrap(), Duration::from_hours(1), now);
                assert_eq!(request.clone().with_answer_below(&inbox).upload, None, "nothing says about which report");
                let request = request.for_report(run.clone(), "決済").for_reader(reader.parse().unwrap());
                let upload = request.with_answer_below(&inbox).upload.unwrap();
                assert_eq!(
                    (upload.key.as_str().parse().as_ref(), upload.ttl),
                    (Ok(&upload.key), Duration::from_hours(1))
                );
                let path = upload.key.as_str().strip_prefix("a/inbox/").unwrap().to_owned();
                assert!(!path.contains("sato"), "keys stand in logs: {path}");
                assert_eq!(place.is_of(&path), Some(true));
                assert_eq!(UploadPlace::new(&run, "給与").is_of(&path), Some(false));
                assert_eq!(UploadPlace::new(&"r:2".parse().unwrap(), "決済").is_of(&path), Some(false));
                assert_eq!(place.is_of(&path[..path.len() - 1]), None);
                keys.insert(path);
            }
        }
        assert_eq!(keys.len(), 4);
    }
}

//! The keys of the table.

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::RunId;
use crate::history::IssueId;
use crate::recipient::Recipient;

/// Name of the partition key.
pub(super) const PK: &str = "PK";
/// Name of the sort key.
pub(super) const SK: &str = "SK";
/// Name of the attribute by which items expire, in seconds since 1970.
pub(super) const TTL: &str = "ttl";

/// What the keys of issues begin with.
pub(super) const ISSUE: &str = "ISS#";
/// What the keys of delivered runs begin with.
pub(super) const RUN: &str = "RUN#";
/// The partition of the list of projects, whose sort keys are the projects' partitions.
pub(super) const PROJECTS: &str = "PROJECTS";
/// What the keys of parts of long texts begin with.
pub(super) const PART: &str = "PART#";
/// The key of a run's lease and summary.
pub(super) const META: &str = "META";

/// 32 hex digits that stand for some texts: of legal length and content, whatever they hold.
pub(super) fn hash(texts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        // the length in front keeps ("ab", "c") and ("a", "bc") apart
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    }
    hex::encode(&hash.finalize()[..16])
}

/// The partition of a project.
pub(super) fn project(name: &str) -> String {
    format!("PROJ#{}", hash(&[name]))
}

/// The partition of a run of the job.
pub(super) fn run(id: &RunId) -> String {
    format!("{RUN}{id}")
}

/// An issue in its project's partition.
pub(super) fn issue(id: &IssueId) -> String {
    format!("{ISSUE}{}", id.as_str())
}

/// A delivered run in its project's partition.
pub(super) fn project_run(id: &RunId) -> String {
    format!("{RUN}{id}")
}

/// A finished project in its run's partition.
pub(super) fn done(project: &str) -> String {
    format!("DONE#{}", hash(&[project]))
}

/// A message in its run's partition.
pub(super) fn message(project: &str, notifier: &str, recipient: &Recipient) -> String {
    format!("MSG#{}#{}", hash(&[project]), hash(&[notifier, recipient.as_str()]))
}

/// A part of a long text in its run's partition.
pub(super) fn part(text_hash: &str, number: usize) -> String {
    format!("{PART}{text_hash}#{number:04}")
}

/// A moment in a form of fixed width, so that text order is time order.
pub(super) fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%9fZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_sort_as_texts_and_lose_nothing() {
        let texts = [
            "2026-11-23T00:00:00Z",
            "2026-11-23T00:00:00.000000001Z",
            "2026-11-23T00:00:00.5Z",
            "2026-11-23T00:00:01Z",
        ];
        let moments = texts.map(|t| t.parse::<Timestamp>().unwrap());
        let written = moments.map(moment);
        assert!(written.is_sorted(), "{written:?}");
        assert_eq!(written.map(|t| t.parse::<Timestamp>().unwrap()), moments);
        assert_eq!(moment(moments[0]), "2026-11-23T00:00:00.000000000Z");
    }

    #[test]
    fn keys_are_short_and_apart_whatever_the_names_are() {
        let long = "x".repeat(5_000);
        let recipient = "a@example.com".parse().unwrap();
        let names = ["", "a", "a#b", "b", "決済", &long];
        let mut keys: Vec<_> = names.iter().map(|n| message(n, "ses", &recipient)).collect();
        keys.extend(names.iter().map(|n| done(n)));
        keys.extend(names.iter().map(|n| message("a", n, &recipient)));
        keys.push(META.to_owned());
        let count = keys.len();
        assert!(keys.iter().all(|k| (1..=1_024).contains(&k.len())));
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), count);
    }
}

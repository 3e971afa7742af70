//! The keys of the table's items.

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::RunId;
use crate::decision::DecisionId;
use crate::history::IssueId;
use crate::recipient::Recipient;
use crate::redirect::LinkId;

/// The name of the partition key.
pub(super) const PK: &str = "PK";
/// The name of the sort key.
pub(super) const SK: &str = "SK";
/// The name of the attribute that holds the time of expiry, in seconds since 1970.
pub(super) const TTL: &str = "ttl";

/// The prefix of the sort keys of decisions.
pub(super) const DECISION: &str = "DEC#";
/// The prefix of the sort keys of issues.
pub(super) const ISSUE: &str = "ISS#";
/// The prefix of the sort keys of delivered runs.
pub(super) const RUN: &str = "RUN#";
/// The partition key of the list of projects. Its sort keys are the partition keys of the projects.
pub(super) const PROJECTS: &str = "PROJECTS";
/// The prefix of the sort keys of parts of long texts.
pub(super) const PART: &str = "PART#";
/// The prefix of the keys of links.
pub(super) const LINK: &str = "LINK#";
/// The prefix of the partition key and the sort key of a returned file.
pub(super) const RETURNED_FILE: &str = "FILE";
/// The sort key of a link's item.
pub(super) const LINK_ITEM: &str = "LINK";
/// The sort key of the item with a run's lease and summary.
pub(super) const META: &str = "META";
/// The partition key and the sort key of the item of the run that was finished last.
pub(super) const LAST_FINISHED: (&str, &str) = ("RUNS", "LAST_FINISHED");

/// Returns 32 hex digits that identify the texts and are valid in a key, whatever the texts contain.
pub(super) fn hash(texts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        // the length prefix makes ("ab", "c") and ("a", "bc") differ
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    }
    // names and addresses can be longer than a sort key, which takes 1,024 bytes
    hex::encode(&hash.finalize()[..16])
}

/// Returns the partition key of a project.
pub(super) fn project(name: &str) -> String {
    format!("PROJ#{}", hash(&[name]))
}

/// Returns the partition key of a run of the job.
pub(super) fn run(id: &RunId) -> String {
    format!("{RUN}{id}")
}

/// Returns the sort key of an issue in its project's partition.
pub(super) fn issue(id: &IssueId) -> String {
    format!("{ISSUE}{}", id.as_str())
}

/// Returns the partition key of a returned file.
pub(super) fn returned_file(id: &str) -> String {
    format!("{RETURNED_FILE}#{id}")
}

/// Returns the sort key of a decision in its project's partition.
pub(super) fn decision(issue: &IssueId, id: &DecisionId) -> String {
    format!("{DECISION}{}#{id}", issue.as_str())
}

/// Returns the sort key of a delivered run in its project's partition.
pub(super) fn project_run(id: &RunId) -> String {
    format!("{RUN}{id}")
}

/// Returns the sort key of a finished project in its run's partition.
pub(super) fn done(project: &str) -> String {
    format!("DONE#{}", hash(&[project]))
}

/// Returns the sort key of a message in its run's partition.
pub(super) fn message(project: &str, notifier: &str, recipient: &Recipient) -> String {
    format!("{}{}", messages(project), hash(&[notifier, recipient.as_str()]))
}

/// Returns the prefix of the sort keys of all messages about a project in a run's partition.
pub(super) fn messages(project: &str) -> String {
    format!("MSG#{}#", hash(&[project]))
}

/// Returns the sort key of a part of a long text in its run's partition.
pub(super) fn part(text_hash: &str, number: usize) -> String {
    format!("{PART}{text_hash}#{number:04}")
}

/// Returns the partition key of a link.
pub(super) fn link(id: &LinkId) -> String {
    format!("{LINK}{id}")
}

/// Returns the sort key that lists a link in its project's partition, in the order in which links were made.
pub(super) fn project_link(issued_at: Timestamp, id: &LinkId) -> String {
    format!("{}{id}", project_links_since(issued_at))
}

/// Returns a sort key before those of the project's links that were made at this time or later.
pub(super) fn project_links_since(at: Timestamp) -> String {
    format!("{LINK}{}#", moment(at))
}

/// Formats a time with a fixed width, so that the order of the strings is the order of the times.
pub(super) fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%9fZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_sort_as_text_and_keep_nanoseconds() {
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
    fn keys_are_short_and_unique_for_any_name() {
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

//! What the sample organisation was like some weeks before: made from what it is now.
//!
//! A finding that was created later is not there yet. What is fixed by now was still open, half of it until the week before. Some
//! findings were fixed in the week before and came back since.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::dates;

/// One in this many open results of checks was fixed a week before now.
const CAME_BACK: usize = 12;

/// Returns the findings of some weeks before `now`, which is the end of the file.
pub(super) fn findings(all: &[Value], now: Timestamp, weeks: i64) -> Vec<Value> {
    if weeks == 0 {
        return all.to_vec();
    }
    let at = now - SignedDuration::from_hours(weeks * 7 * 24);
    let severities = severities(all);
    let existing = all.iter().enumerate().filter(|(_, finding)| created(finding).is_some_and(|created| created <= at));
    existing
        .map(|(place, finding)| {
            let mut earlier = finding.clone();
            if is_fixed(finding) && (weeks > 1 || place % 2 == 0) {
                open(&mut earlier, &severities);
            } else if weeks == 1 && place % CAME_BACK == 0 && is_failed(finding) {
                earlier["Compliance"]["Status"] = json!("PASSED");
                earlier["Workflow"] = json!({ "Status": "RESOLVED" });
            }
            let least = created(finding).unwrap_or(at);
            let by = now.duration_since(at);
            let before = |time: Timestamp| if time > at { (time - by).max(least) } else { time };
            dates::change(&mut earlier, &before);
            earlier
        })
        .collect()
}

fn text<'a>(finding: &'a Value, pointer: &str, default: &'a str) -> &'a str {
    finding.pointer(pointer).and_then(Value::as_str).unwrap_or(default)
}

fn created(finding: &Value) -> Option<Timestamp> {
    text(finding, "/CreatedAt", "").parse().ok()
}

/// Whether the finding was open once and is no longer: it is neither suppressed nor about something that was never evaluated.
fn is_fixed(finding: &Value) -> bool {
    let is_archived = text(finding, "/RecordState", "ACTIVE") == "ARCHIVED";
    let is_resolved = text(finding, "/Workflow/Status", "NEW") == "RESOLVED";
    (is_archived || is_resolved) && finding["Compliance"]["StatusReasons"].is_null()
}

/// Whether the finding is the open result of a check.
fn is_failed(finding: &Value) -> bool {
    text(finding, "/RecordState", "ACTIVE") == "ACTIVE"
        && text(finding, "/Workflow/Status", "NEW") == "NEW"
        && text(finding, "/Compliance/Status", "") == "FAILED"
}

/// Opens a finding again, with the severity that its control has elsewhere.
fn open(finding: &mut Value, severities: &HashMap<String, Value>) {
    finding["RecordState"] = json!("ACTIVE");
    finding["Workflow"] = json!({ "Status": "NEW" });
    if finding["Compliance"].is_null() {
        return;
    }
    finding["Compliance"]["Status"] = json!("FAILED");
    if text(finding, "/Severity/Label", "") == "INFORMATIONAL" {
        let known = severities.get(text(finding, "/Title", ""));
        let severity = known.cloned().unwrap_or_else(|| json!({ "Label": "MEDIUM", "Normalized": 40 }));
        finding["FindingProviderFields"]["Severity"] = json!({ "Label": severity["Label"] });
        finding["Severity"] = severity;
    }
}

/// The severities of the controls that fail somewhere, by title.
fn severities(all: &[Value]) -> HashMap<String, Value> {
    let failed = all.iter().filter(|finding| is_failed(finding));
    failed.map(|finding| (text(finding, "/Title", "").to_owned(), finding["Severity"].clone())).collect()
}

//! What the page for answers shows: the issues that can be decided about, with the decisions so far.

mod packed;

use std::collections::BTreeMap;

use findings_core::Result;
use findings_core::decision::{DecisionKind, DecisionPolicy};
use findings_core::rendering;
use findings_core::report::Report;
use findings_core::wording::Wording;
use jiff::Timestamp;
use serde::Serialize;

use self::packed::Packed;
use crate::format;
use crate::packed::in_script;
use crate::policy::ANSWER_ASSETS;
use crate::project::no_findings;
use crate::project::status::{Band, bands};
use crate::texts::{answer_texts, text};

/// What the template shows.
#[derive(Debug, Serialize)]
pub(crate) struct Content<'a> {
    lang: &'static str,
    policy: &'static str,
    style: &'static str,
    script: &'static str,
    dictionary: String,
    data: String,
    plain_title: String,
    /// The title before and after the name of the project.
    title: (String, String),
    project: &'a str,
    as_of: Timestamp,
    time_zone: String,
    run: &'a str,
    /// Until when decisions are taken; `none` if nobody reads them.
    until: Option<Timestamp>,
    contact: Option<&'a str>,
    bands: Vec<Band>,
    total: u64,
    no_findings: &'static str,
    kinds: Vec<Kind>,
    max_megabytes: u64,
}

/// A decision that can be chosen, and what it means.
#[derive(Debug, Serialize)]
struct Kind {
    key: &'static str,
    name: &'static str,
}

impl<'a> Content<'a> {
    /// The content of a report.
    ///
    /// # Errors
    /// Those of findings that cannot be read.
    pub(crate) fn of(report: &'a Report, policy: &DecisionPolicy, max_bytes: u64) -> Result<Self> {
        let packed = Packed::of(report, policy, max_bytes)?;
        let texts = answer_texts(report.locale);
        let title = text(texts, "answer_title", &[]).unwrap_or_default();
        let (before, after) = title.split_once("{project}").unwrap_or((&title, ""));
        Ok(Self {
            lang: report.locale.as_str(),
            policy: &ANSWER_ASSETS.policy,
            style: &ANSWER_ASSETS.style,
            script: &ANSWER_ASSETS.script,
            dictionary: dictionary(report),
            data: in_script(&packed),
            plain_title: title.replace("{project}", &format::plain(&report.project)),
            title: (before.to_owned(), after.to_owned()),
            project: &report.project,
            as_of: report.generated_at,
            time_zone: rendering::zone_name(&report.time_zone, report.generated_at),
            run: report.run_id.as_str(),
            until: report.returning.as_ref().map(|returning| returning.until),
            contact: report.contact.as_deref(),
            bands: bands(report),
            total: packed.len(),
            no_findings: no_findings(report),
            kinds: kinds(report),
            max_megabytes: max_bytes >> 20,
        })
    }
}

fn kinds(report: &Report) -> Vec<Kind> {
    let say = Wording::of(report.locale);
    DecisionKind::CHOICES.map(|kind| Kind { key: kind.as_str(), name: say.decision(kind) }).into()
}

/// The texts that the script says.
pub(crate) const OF_THE_SCRIPT: [&str; 62] = [
    "all",
    "also_reported",
    "bar_nothing",
    "bar_problems",
    "bar_ready",
    "column_comment",
    "column_decision",
    "column_due",
    "column_owner",
    "column_severity",
    "draft_kept",
    "file_chosen",
    "file_kind",
    "file_too_large",
    "filter_state",
    "is_accepted",
    "is_changed",
    "no_choice",
    "no_match",
    "not_sent_busy",
    "not_sent_expired",
    "not_sent_forbidden",
    "not_sent_offline",
    "not_sent_other",
    "not_taken_comment",
    "not_taken_decision",
    "not_taken_false_positive",
    "not_taken_past",
    "not_taken_risk",
    "not_taken_too_long",
    "nowhere_disk",
    "nowhere_link",
    "problem_first",
    "received",
    "received_file",
    "received_next",
    "received_one",
    "received_receipt",
    "replaces",
    "reset",
    "retrying",
    "save_file",
    "saved_contact",
    "saved_hint",
    "search",
    "send",
    "send_file",
    "sending",
    "sent_until",
    "severity_critical",
    "severity_high",
    "severity_informational",
    "severity_low",
    "severity_medium",
    "show_more",
    "shown",
    "state_accepted",
    "state_changed",
    "state_decided",
    "state_problem",
    "state_undecided",
    "undo",
];

fn dictionary(report: &Report) -> String {
    let (lang, texts) = (report.locale.as_str(), answer_texts(report.locale));
    let own: BTreeMap<&str, String> =
        OF_THE_SCRIPT.iter().filter_map(|key| Some((*key, text(texts, key, &[])?))).collect();
    in_script(&BTreeMap::from([(lang, own)]))
}

//! Options for the decisions of projects.

use findings_core::decision::{DecisionPolicy, TokenKey};
use findings_core::store::ArtifactKey;
use findings_core::{Secret, Severity};

use super::places;
use super::reader::{Reader, given};
use super::values::{boolean, duration};
use super::{Input, Reports};
use crate::options::{DecisionsOptions, Options};

/// The variable with the key that signs reports. It is a secret, so no flag sets it.
pub(crate) const DECISIONS_KEY: &str = "FINDINGS_DECISIONS_KEY";

/// What becomes of decisions.
#[derive(Clone, Debug)]
pub(crate) struct DecisionsConfig {
    pub(crate) mode: DecisionsMode,
    /// Where returned reports lie.
    pub(crate) inbox: Reports,
    pub(crate) policy: DecisionPolicy,
    /// How many findings one returned report may suppress.
    pub(crate) suppress_at_most: u64,
    /// From how many days before the due date on owners are reminded; `None` for never.
    pub(crate) remind_owners: Option<u16>,
    /// After how many overdue days those who lead a project are told; `None` for never.
    pub(crate) escalate_after: Option<u16>,
    pub(crate) key: Option<TokenKey>,
    /// Where in the store answers to reports are stored; `None` if there is no page for answers.
    pub(crate) answers: Option<ArtifactKey>,
}

const SUPPRESS_AT_MOST: u64 = 100;
const REMIND_OWNERS: u16 = 7;
const ESCALATE_AFTER: u16 = 14;

/// What a run does with decisions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum DecisionsMode {
    /// Nothing.
    #[default]
    Off,
    /// It shows them, and reports can be returned.
    Show,
    /// It also takes returned reports from the inbox first.
    Take,
}

impl DecisionsConfig {
    pub(super) fn resolve(options: &Options, reports: &Reports, reader: &mut Reader) -> Self {
        let rules = &options.decisions;
        let mode = reader.read("decisions", rules.mode.as_deref(), DecisionsMode::default(), mode);
        let inbox = reader.read("inbox", rules.inbox.as_deref(), below(reports), places::reports);
        let most = rules.accept_at_most.as_deref();
        let mut policy = reader.read("accept-at-most", most, DecisionPolicy::default(), policy);
        let false_positives = rules.false_positives.as_deref();
        policy.refuse_false_positives = reader.read("false-positives", false_positives, false, refuses);
        let most = rules.suppress_at_most.as_deref();
        let suppress_at_most = reader.read("suppress-at-most", most, SUPPRESS_AT_MOST, number);
        let remind = rules.remind_owners.as_deref();
        let remind_owners = reader.read("remind-owners", remind, Some(REMIND_OWNERS), days_or_off);
        let escalate = rules.escalate_after.as_deref();
        let escalate_after = reader.read("escalate-after", escalate, Some(ESCALATE_AFTER), days_or_off);
        let key = key().unwrap_or_else(|message| {
            reader.fail("decisions", message);
            None
        });
        let mut config =
            Self { mode, inbox, policy, suppress_at_most, remind_owners, escalate_after, key, answers: None };
        if reader.read("answers", rules.answers.as_deref(), false, boolean) {
            config.answers = config.answers_in(reports).map_err(|message| reader.fail("answers", message)).ok();
        }
        config
    }

    /// Returns where answers are stored, or why there can be none.
    fn answers_in(&self, reports: &Reports) -> Result<ArtifactKey, String> {
        if !self.is_on() {
            return Err("answers are decisions, and --decisions is off; set it to show or take".to_owned());
        }
        if self.key.is_none() {
            return Err(format!("nobody could tell which report an answer is about: set {DECISIONS_KEY}"));
        }
        let below = below_reports(reports, &self.inbox).and_then(|key| key.parse().ok());
        below.ok_or_else(|| {
            "people store answers beside the reports, so that --inbox has to be a folder in --reports; leave it out"
                .to_owned()
        })
    }

    /// Whether reports show decisions.
    pub(crate) fn is_on(&self) -> bool {
        self.mode != DecisionsMode::Off
    }
}

/// Returns the key of the inbox in the store of the reports; `None` if it is elsewhere.
fn below_reports(reports: &Reports, inbox: &Reports) -> Option<String> {
    let key = match (reports, inbox) {
        (Reports::Dir(reports), Reports::Dir(inbox)) => inbox.strip_prefix(reports).ok()?.to_str()?.to_owned(),
        (Reports::S3 { bucket, prefix }, Reports::S3 { bucket: other, prefix: inbox }) if bucket == other => {
            let prefix = prefix.trim_matches('/');
            let inbox = inbox.trim_matches('/');
            let rest = inbox.strip_prefix(prefix)?;
            if prefix.is_empty() { rest.to_owned() } else { rest.strip_prefix('/')?.to_owned() }
        }
        _ => return None,
    };
    Some(key).filter(|key| !key.is_empty())
}

/// The folder `inbox` beside the reports.
fn below(reports: &Reports) -> Reports {
    match reports {
        Reports::Dir(dir) => Reports::Dir(dir.join("inbox")),
        Reports::S3 { bucket, prefix } => {
            let prefix = prefix.trim_end_matches('/');
            let between = if prefix.is_empty() { "" } else { "/" };
            Reports::S3 { bucket: bucket.clone(), prefix: format!("{prefix}{between}inbox") }
        }
    }
}

fn key() -> Result<Option<TokenKey>, String> {
    let value = std::env::var(DECISIONS_KEY).unwrap_or_default();
    let Some(text) = given(Some(&value)) else { return Ok(None) };
    TokenKey::new(Secret::new(text.to_owned())).map(Some).map_err(|error| format!("{DECISIONS_KEY}: {error}"))
}

fn mode(text: &str) -> Result<DecisionsMode, String> {
    match text {
        "off" => Ok(DecisionsMode::Off),
        "show" => Ok(DecisionsMode::Show),
        "take" => Ok(DecisionsMode::Take),
        _ => Err(format!("\"{text}\" is none of off, show, take")),
    }
}

/// Whether false positives are refused.
fn refuses(text: &str) -> Result<bool, String> {
    match text {
        "accept" => Ok(false),
        "refuse" => Ok(true),
        _ => Err(format!("\"{text}\" is neither accept nor refuse")),
    }
}

fn number(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("\"{text}\" is not a number"))
}

/// Reads a number of days such as `14d`; `None` for `off`.
fn days_or_off(text: &str) -> Result<Option<u16>, String> {
    const DAY: u64 = 24 * 60 * 60;
    if text == "off" {
        return Ok(None);
    }
    let bad = || format!("\"{text}\" is neither a number of days, such as 14d, nor off");
    let seconds = if text == "0d" { 0 } else { duration(text).map_err(|_| bad())?.as_secs() };
    let days = u16::try_from(seconds / DAY).ok().filter(|_| seconds % DAY == 0);
    days.map(Some).ok_or_else(bad)
}

/// Reads the longest times for which risks may be accepted: "critical=0d,high=90d".
fn policy(text: &str) -> Result<DecisionPolicy, String> {
    const DAY: u64 = 24 * 60 * 60;
    text.split(',').try_fold(DecisionPolicy::default(), |policy, part| {
        let bad = || format!("\"{part}\" is not a limit; expected SEVERITY=DURATION, such as critical=0d,high=90d");
        let (name, longest) = part.split_once('=').ok_or_else(bad)?;
        let is_named = |severity: &Severity| severity.as_str().eq_ignore_ascii_case(name.trim());
        let severity = Severity::WORST_FIRST.into_iter().find(is_named).ok_or_else(bad)?;
        // the shortest duration of other options is longer
        let longest = if longest.trim() == "0d" { 0 } else { duration(longest.trim()).map_err(|_| bad())?.as_secs() };
        let days = u16::try_from(longest / DAY).ok().filter(|_| longest % DAY == 0).ok_or_else(bad)?;
        Ok(policy.with_longest_acceptance(severity, days))
    })
}

/// Returned reports that are given by name, and which reports they are if they do not say it themselves.
#[derive(Clone, Debug)]
pub(crate) struct ReturnedFiles {
    pub(crate) files: Vec<Input>,
    /// Whether the decisions are to be applied; if not, they are only planned.
    pub(crate) apply: bool,
    /// The project of files without a signature.
    pub(crate) project: Option<String>,
}

impl ReturnedFiles {
    pub(super) fn resolve(wanted: &DecisionsOptions, reader: &mut Reader) -> Self {
        let DecisionsOptions { files, apply, project, .. } = wanted;
        let inputs = files.iter().filter_map(|file| reader.read_optional("FILE", Some(file), Input::file));
        Self { files: inputs.collect(), apply: *apply, project: given(project.as_deref()).map(str::to_owned) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_stored_in_the_store_of_the_reports() {
        let s3 = |bucket: &str, prefix: &str| Reports::S3 { bucket: bucket.to_owned(), prefix: prefix.to_owned() };
        let dir = |path: &str| Reports::Dir(path.into());
        for (reports, inbox, want) in [
            (s3("b", "reports"), s3("b", "reports/inbox"), Some("inbox")),
            (s3("b", "reports/"), s3("b", "/reports/a/b/"), Some("a/b")),
            (s3("b", ""), s3("b", "inbox"), Some("inbox")),
            (s3("b", "reports"), s3("b", "reports"), None),
            (s3("b", "reports"), s3("b", "reports-inbox"), None),
            (s3("b", "reports"), s3("b", "inbox"), None),
            (s3("b", "reports"), s3("c", "reports/inbox"), None),
            (dir("out/reports"), dir("out/reports/inbox"), Some("inbox")),
            (dir("out/reports"), dir("out/inbox"), None),
            (dir("out/reports"), s3("b", "inbox"), None),
        ] {
            assert_eq!(below_reports(&reports, &inbox).as_deref(), want, "{reports:?} {inbox:?}");
            assert_eq!(below_reports(&reports, &below(&reports)).as_deref(), Some("inbox"), "the default is there");
        }
    }

    #[test]
    fn answers_say_what_they_lack() {
        let key = || TokenKey::new(Secret::new("k".repeat(32))).unwrap();
        let reports = Reports::Dir("reports".into());
        let config = |mode, key, inbox: &str| DecisionsConfig {
            mode,
            inbox: Reports::Dir(inbox.into()),
            suppress_at_most: SUPPRESS_AT_MOST,
            remind_owners: None,
            escalate_after: None,
            policy: DecisionPolicy::default(),
            key,
            answers: None,
        };
        let show = DecisionsMode::Show;
        assert_eq!(config(show, Some(key()), "reports/inbox").answers_in(&reports).unwrap().as_str(), "inbox");
        for (config, words) in [
            (config(DecisionsMode::Off, Some(key()), "reports/inbox"), "--decisions is off"),
            (config(show, None, "reports/inbox"), "set FINDINGS_DECISIONS_KEY"),
            (config(show, Some(key()), "elsewhere"), "a folder in --reports"),
            (config(show, Some(key()), "reports/日本"), "a folder in --reports"),
        ] {
            let refused = config.answers_in(&reports).unwrap_err();
            assert!(refused.contains(words), "{refused}");
        }
    }
}

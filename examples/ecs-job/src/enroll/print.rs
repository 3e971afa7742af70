//! Prints completed steps, remaining steps, and the actions that they wait for.

use std::collections::BTreeMap;

use findings_core::csv_text::guard_formulas;
use findings_core::registry::RegistryProblem;
use findings_enrollment::{EnrollmentOutcome, EnrollmentReport, EnrollmentState, EnrollmentStep, Subject};
use serde_json::{Value, json};

use super::aws_config::Recorder;
use super::{Enroll, Enrolled};
use crate::ending;
use crate::output::Output;

pub(super) fn print(enrolled: &Enrolled, options: &Enroll) {
    match options.output {
        Output::Table => table(enrolled),
        Output::Csv => {
            // the CSV has no rows for notes that belong to no account
            let notes = enrolled.report.notes.iter().cloned().chain(enrolled.problems.iter().map(unread));
            notes.for_each(|note| tracing::warn!("{note}"));
            csv(enrolled);
        }
        Output::Json => match serde_json::to_string_pretty(&as_json(enrolled)) {
            Ok(text) => ending::print_line(&text),
            Err(error) => ending::print_errors("the list could not be written", &[error.to_string()]),
        },
    }
}

fn unread(problem: &RegistryProblem) -> String {
    format!("registry, {problem}; accounts of this line are not enrolled")
}

fn who(subject: &Subject) -> String {
    match subject {
        Subject::Hub { .. } => "Security Hub".to_owned(),
        Subject::Aggregator { .. } => "aggregator".to_owned(),
        Subject::Member { account, .. } => account.to_string(),
    }
}

fn was_done(step: &EnrollmentStep) -> &'static str {
    match step {
        EnrollmentStep::EnableHub => "turned on now",
        EnrollmentStep::LinkRegions { .. } => "linked now",
        EnrollmentStep::CreateMember => "added now",
        EnrollmentStep::InviteMember => "invited now",
        EnrollmentStep::AcceptInvitation => "accepted now",
    }
}

/// Describes the completed and remaining steps of one subject.
fn steps_text(outcome: &EnrollmentOutcome) -> String {
    let done = outcome.done.iter().map(was_done).collect::<Vec<_>>().join(", ");
    let left = outcome.left.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let (left, then) = match (outcome.state, outcome.message.as_str()) {
        (EnrollmentState::Planned, "") => (format!("would {left}"), ""),
        (EnrollmentState::Planned, _) => (format!("would {left}"), "then its owner has to accept"),
        (_, message) => (String::new(), message),
    };
    [done.as_str(), left.as_str(), then].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ")
}

fn table(enrolled: &Enrolled) {
    for outcome in &enrolled.report.outcomes {
        let (state, region) = (outcome.state.as_str(), outcome.subject.region());
        let line = format!(
            "{state:<8} {region:<15} {:<13} {:<15} {}",
            who(&outcome.subject),
            outcome.status,
            steps_text(outcome)
        );
        ending::print_line(line.trim_end());
    }
    print_recorders(enrolled);
    enrolled.report.notes.iter().for_each(|note| ending::print_line(&format!("(note) {note}")));
    enrolled.problems.iter().for_each(|problem| ending::print_line(&format!("(note) {}", unread(problem))));
    ending::print_line(&format!("\n{}", ending_of(&enrolled.report)));
}

/// Prints accounts in which AWS Config may be off. It is never turned on from here.
fn print_recorders(enrolled: &Enrolled) {
    let mut unknown: BTreeMap<&str, usize> = BTreeMap::new();
    for outcome in &enrolled.report.outcomes {
        let (Some(recorder), region) = (enrolled.recorders.of(&outcome.subject), outcome.subject.region()) else {
            continue;
        };
        let what = match recorder {
            Recorder::Records => continue,
            Recorder::NotChecked => {
                *unknown.entry(region).or_default() += 1;
                continue;
            }
            Recorder::Lacks => "AWS Config does not record what checks need; turn on its recorder there",
            Recorder::NoCheck => {
                "no check was made in the last 48 hours; see that AWS Config and the standards are on there"
            }
        };
        ending::print_line(&format!("(note) {} in {region}: {what}", who(&outcome.subject)));
    }
    for (region, count) in unknown {
        ending::print_line(&format!(
            "(note) AWS Config was not checked in {region} in {count} of the accounts, which show no checks yet; in each: aws configservice describe-configuration-recorder-status --region {region}"
        ));
    }
}

/// Returns the last line.
fn ending_of(report: &EnrollmentReport) -> String {
    let counts = [EnrollmentState::Done, EnrollmentState::Planned, EnrollmentState::Waiting, EnrollmentState::Failed];
    let counts = counts.map(|state| (report.count(state), state.as_str()));
    let counts: Vec<String> = counts.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
    let counts = counts.join(", ");
    match (report.applied, report.changed()) {
        (false, _) if report.count(EnrollmentState::Planned) > 0 => {
            format!("Dry run: {counts}. Nothing was changed; --apply does what is planned.")
        }
        (false, _) if report.count(EnrollmentState::Failed) > 0 => {
            format!("Dry run: {counts}. Nothing was changed; what could not be looked up cannot be planned.")
        }
        (false, _) => format!("Dry run: {counts}. Nothing was changed, and there is nothing that --apply would do."),
        (true, false) => format!("Nothing was changed: {counts}."),
        (true, true) => format!("{counts}. Repeat it at any time: what is done is not done again."),
    }
}

/// Returns a CSV row, in the order of the columns.
fn cells(enrolled: &Enrolled, outcome: &EnrollmentOutcome) -> [String; 9] {
    let names = |steps: &[EnrollmentStep]| steps.iter().map(name).collect::<Vec<_>>().join(";");
    let subject = match outcome.subject {
        Subject::Hub { .. } => "hub",
        Subject::Aggregator { .. } => "aggregator",
        Subject::Member { .. } => "member",
    };
    [
        outcome.subject.region().to_owned(),
        subject.to_owned(),
        outcome.subject.account().map(|account| account.to_string()).unwrap_or_default(),
        outcome.status.clone(),
        outcome.state.as_str().to_owned(),
        names(&outcome.done),
        names(&outcome.left),
        outcome.message.clone(),
        enrolled.recorders.of(&outcome.subject).map(|r| r.as_str().to_owned()).unwrap_or_default(),
    ]
}

/// Returns the name that the JSON output uses.
fn name(step: &EnrollmentStep) -> &'static str {
    match step {
        EnrollmentStep::EnableHub => "enable_hub",
        EnrollmentStep::LinkRegions { .. } => "link_regions",
        EnrollmentStep::CreateMember => "create_member",
        EnrollmentStep::InviteMember => "invite_member",
        EnrollmentStep::AcceptInvitation => "accept_invitation",
    }
}

fn csv(enrolled: &Enrolled) {
    let mut writer = csv::Writer::from_writer(std::io::stdout());
    let header = ["region", "subject", "account", "status", "state", "done", "left", "message", "aws_config"];
    let mut written = writer.write_record(header);
    for outcome in &enrolled.report.outcomes {
        let cells = cells(enrolled, outcome).map(|cell| guard_formulas(&cell).into_owned());
        written = written.and_then(|()| writer.write_record(cells));
    }
    if let Err(error) = written.and_then(|()| writer.flush().map_err(Into::into)) {
        tracing::debug!(%error, "the list could not be printed");
    }
}

fn as_json(enrolled: &Enrolled) -> Value {
    let mut value = json!(enrolled.report);
    for (at, outcome) in enrolled.report.outcomes.iter().enumerate() {
        if let Some(recorder) = enrolled.recorders.of(&outcome.subject) {
            value["outcomes"][at]["aws_config"] = recorder.as_str().into();
        }
    }
    value["errors"] = enrolled.problems.iter().map(|p| json!({ "line": p.line, "message": p.message })).collect();
    value
}

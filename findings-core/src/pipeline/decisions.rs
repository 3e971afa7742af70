//! What a report says about decisions: those of its project, due dates, and how it is returned.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::Settings;
use super::context::RunContext;
use super::links::ReportAccess;
use super::outcome::Step;
use super::parts::Parts;
use super::step_error::{StepError, StepExt};
use super::timings::Stage;
use crate::Result;
use crate::decision::{Decision, DecisionLog, DecisionQuery, ProjectDecisions, RecordDecisions, SheetSource, TokenKey};
use crate::history::{IssueId, IssueRecord, IssueRecords};
use crate::registry::{Project, RecipientDomains};
use crate::report::{AcceptedIssue, DueDate, Report, ReportRenderer, ReportReturn};
use crate::store::{ArtifactKey, LinkRequest};

/// What a run does with decisions of projects.
///
/// A run shows them, and says in each report how it is returned. Decisions that came back are taken by
/// [`plan`](crate::decision::plan()) and [`apply`](crate::decision::apply()), before a run or apart from runs.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DecisionSettings {
    /// Where decisions are kept.
    pub log: Arc<dyn DecisionLog>,
    /// The key that signs reports. Without it, an operator has to say which report a returned file is.
    pub token_key: Option<TokenKey>,
    /// How long decisions in a report are taken.
    pub taken_for: Duration,
    /// Who is reminded of what is due, at the end of a run; `None` for nobody.
    pub reminders: Option<ReminderSettings>,
    /// The page in which people answer; `None` for none.
    pub answers: Option<AnswerSettings>,
}

/// The page in which people answer a report.
///
/// It is stored beside the report. Each mail has a second link, which leads to it and lets its reader store one file below
/// the inbox. Without a key that signs reports there is no page: nobody could tell which report the file answers.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AnswerSettings {
    /// Writes the page. Links in mails lead to where it is stored, so it has to be HTML.
    pub renderer: Arc<dyn ReportRenderer>,
    /// The folder of the store below which answers are stored.
    pub inbox: ArtifactKey,
}

impl AnswerSettings {
    /// Writes the page with `renderer`, and lets its readers store answers below `inbox`.
    pub fn new(renderer: Arc<dyn ReportRenderer>, inbox: ArtifactKey) -> Self {
        Self { renderer, inbox }
    }

    /// How the page with this key is reached. A link gets no name for a download: the page is shown.
    pub(super) async fn access(
        &self,
        parts: &Parts,
        settings: &Settings,
        key: ArtifactKey,
        project: &str,
    ) -> Result<ReportAccess> {
        let request = LinkRequest::new(key, settings.link.ttl, settings.clock.now())
            .for_report(settings.run_id.clone(), project)
            .with_answer_below(&self.inbox);
        let end = parts.store.link_end(&request).await?;
        let extension = self.renderer.format().extension;
        Ok(ReportAccess { extension, request, end, attachment: None, inbox: Some(self.inbox.clone()) })
    }
}

/// Whom a run reminds of what is due.
///
/// The owner of a decision gets a mail if the decision names a mail address. Those who lead a project
/// ([`Project::leads`]) hear of what has been overdue for long.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ReminderSettings {
    /// From how many days before the last day on owners are reminded of a fix. They are reminded of the end of an
    /// acceptance from [`ENDING_SOON_DAYS`](crate::wording::ENDING_SOON_DAYS) days before. `None` reminds no owner.
    pub days_before: Option<u16>,
    /// After how many overdue days those who lead the project are told; `None` tells none.
    pub escalate_after: Option<u16>,
    /// The domains to which mail to owners may go. Projects enter the addresses, so with the default only the domains
    /// of the project's own recipients get mail.
    pub domains: RecipientDomains,
}

impl Default for ReminderSettings {
    /// Seven days before, and after 14 overdue days.
    fn default() -> Self {
        Self { days_before: Some(7), escalate_after: Some(14), domains: RecipientDomains::default() }
    }
}

impl DecisionSettings {
    /// Decisions are taken for 90 days, as long as most links work. Nobody is reminded.
    pub fn new(log: Arc<dyn DecisionLog>) -> Self {
        Self { log, token_key: None, taken_for: Duration::from_hours(90 * 24), reminders: None, answers: None }
    }

    /// Reminds people of what is due.
    #[must_use]
    pub fn with_reminders(mut self, reminders: ReminderSettings) -> Self {
        self.reminders = Some(reminders);
        self
    }

    /// Signs reports with this key.
    #[must_use]
    pub fn with_token_key(mut self, key: TokenKey) -> Self {
        self.token_key = Some(key);
        self
    }

    /// Lets people answer in a page.
    #[must_use]
    pub fn with_answers(mut self, answers: AnswerSettings) -> Self {
        self.answers = Some(answers);
        self
    }

    /// The page in which people answer, if reports can be told apart when they come back.
    pub(super) fn answer_page(&self) -> Option<&AnswerSettings> {
        self.answers.as_ref().filter(|_| self.token_key.is_some())
    }
}

/// The decisions of a project.
#[derive(Debug, Default)]
pub(super) struct RecalledDecisions {
    /// Under all its names.
    pub(super) decisions: ProjectDecisions,
    /// Those that are kept under earlier names only.
    pub(super) to_carry: Vec<Decision>,
}

/// Reads the decisions of a project, with those under its earlier names.
pub(super) async fn recall_decisions(run: &RunContext<'_>, project: &Project) -> Result<RecalledDecisions, StepError> {
    let Some(settings) = run.decisions else { return Ok(RecalledDecisions::default()) };
    let names = std::iter::once(project.name.as_str()).chain(run.names.earlier_of(project));
    run.measure(Stage::Recall, read(&*settings.log, names)).await.during(Step::History)
}

async fn read(log: &dyn DecisionLog, names: impl Iterator<Item = &str> + Send) -> Result<RecalledDecisions> {
    let (mut all, mut to_carry): (Vec<Decision>, Vec<Decision>) = (Vec::new(), Vec::new());
    for (n, name) in names.enumerate() {
        let of_name = log.decisions(&DecisionQuery::new(name)).await?;
        let known: HashSet<(IssueId, _)> = all.iter().map(|known| (known.issue.clone(), known.id.clone())).collect();
        let is_new = |decision: &&&Decision| !known.contains(&(decision.issue.clone(), decision.id.clone()));
        let new: Vec<Decision> = of_name.all().iter().filter(is_new).map(|decision| (*decision).clone()).collect();
        if n > 0 {
            to_carry.extend(new.iter().cloned());
        }
        all.extend(new);
    }
    Ok(RecalledDecisions { decisions: ProjectDecisions::new(all), to_carry })
}

/// Keeps decisions under the project's own name that are only under an earlier one.
pub(super) async fn carry(run: &RunContext<'_>, project: &str, to_carry: Vec<Decision>) -> Result<(), StepError> {
    match run.decisions.filter(|_| !to_carry.is_empty()) {
        Some(settings) => {
            let request = RecordDecisions::new(project, to_carry);
            run.measure(Stage::Remember, settings.log.record(&request)).await.during(Step::History)
        }
        None => Ok(()),
    }
}

/// Completes a report with decisions and due dates. `history` has the issues before the run, `changed` those that the run
/// changes.
pub(super) fn add_decisions(
    run: &RunContext<'_>,
    report: &mut Report,
    decisions: &ProjectDecisions,
    history: &[IssueRecord],
    changed: &IssueRecords,
) -> Result<()> {
    let mut latest: HashMap<&IssueId, Arc<Decision>> =
        decisions.latest().into_iter().map(|decision| (&decision.issue, Arc::new(decision.clone()))).collect();
    let targets = &run.settings.targets;
    let time_zone = &report.time_zone;
    report.findings.set_decisions(|row| {
        let decision = row.issue.and_then(|issue| latest.get(issue).cloned());
        let due = DueDate::of(row.severity, row.opened_at, decision.as_deref(), targets, time_zone);
        (decision, due)
    });
    let Some(settings) = run.decisions else { return Ok(()) };
    for issue in report.findings.facts().filter_map(|row| row.issue) {
        latest.remove(issue);
    }
    latest.retain(|_, decision| decision.entry.kind.suppresses());
    // what the run changes comes last, because it counts
    let mut records: HashMap<IssueId, IssueRecord> = HashMap::new();
    records.extend(history.iter().filter(|known| latest.contains_key(&known.id)).map(|r| (r.id.clone(), r.clone())));
    for (index, id) in changed.ids().enumerate().filter(|(_, id)| latest.contains_key(id)) {
        records.insert(id.clone(), changed.get(index)?);
    }
    let accepted = latest.into_iter().filter_map(|(issue, decision)| {
        let record = records.remove(issue).filter(IssueRecord::is_out_by_decision)?;
        Some(AcceptedIssue::new(record, (*decision).clone()))
    });
    report.accepted = accepted.collect();
    report.accepted.sort_by(|a, b| {
        let key = |one: &AcceptedIssue| (one.decision.accepted_until().is_none(), one.decision.accepted_until());
        (key(a), b.issue.severity, &a.issue.id).cmp(&(key(b), a.issue.severity, &b.issue.id))
    });
    report.returning = Some(returning(settings, report));
    Ok(())
}

fn returning(settings: &DecisionSettings, report: &Report) -> ReportReturn {
    let taken_for = SignedDuration::try_from(settings.taken_for).unwrap_or(SignedDuration::MAX);
    let until = report.generated_at.checked_add(taken_for).unwrap_or(Timestamp::MAX);
    let source = SheetSource::new(&report.project, report.run_id.clone(), until);
    ReportReturn::new(settings.token_key.as_ref().map(|key| key.sign(&source)), until)
}

#[cfg(test)]
mod tests;

//! `ecs-job decisions`: takes returned reports.

mod audit;
mod inbox;
mod print;
mod reply;
mod sheet;

use std::sync::Arc;

use findings_core::decision::{
    AppliedDecisions, DecisionReply, DecisionSheet, DecisionTargets, Intake, PlannedOutcome, PlannedSheet,
    PlannedUpkeep, Rejection, ReturnedFile, SheetProblem,
};
use findings_core::pipeline::Pipeline;
use findings_core::registry::{Project, Registry, project_key};
use findings_core::source::Sweep;
use findings_core::{ArtifactStore, DecisionLog, HistoryReader, Result, WorkflowSink};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use self::audit::Audit;
use self::inbox::Returned;
use self::print::Line;
use self::sheet::ReadSheet;
use crate::aws::Aws;
use crate::config::{Input, ReturnedFiles, RunConfig};
use crate::output::Output;
use crate::run::run_settings;
use crate::wiring::Wiring;
use crate::{COULD_NOT_START, ending, settings};

/// Plans or applies decisions, prints what became of each entry, and returns the exit code: 0, 1 if something was not taken,
/// or 2 if nothing could be done.
pub(crate) async fn decisions(config: &RunConfig, wanted: &ReturnedFiles, output: Output) -> u8 {
    match run(config, wanted).await {
        Ok(report) => {
            match print::print(&report.lines, output) {
                Ok(text) => ending::print_line(text.trim_end()),
                Err(error) => ending::print_errors("the plan could not be written", &[settings::failure(&error)]),
            }
            if output == Output::Table {
                ending::print_line(&report.ending(wanted.apply));
            }
            ending::print_errors("not everything was done", &report.errors);
            u8::from(!report.errors.is_empty() || report.lines.iter().any(|line| line.is_refused))
        }
        Err(error) => {
            ending::print_errors("decisions could not be taken", &[settings::failure(&error)]);
            COULD_NOT_START
        }
    }
}

/// Takes the inbox before a run. What is not taken does not stop the run.
pub(crate) async fn take_inbox(config: &RunConfig) {
    let wanted = ReturnedFiles { files: Vec::new(), apply: true, project: None };
    match run(config, &wanted).await {
        Ok(report) => {
            let refused = report.lines.iter().filter(|line| line.is_refused).count();
            tracing::info!(taken = report.kept, refused, "{}", report.ending(true));
            for error in &report.errors {
                tracing::warn!("decisions: {error}");
            }
        }
        Err(error) => {
            tracing::error!(error = %settings::report(&error), "decisions could not be taken; the run goes on and shows those that were taken before");
        }
    }
}

/// What was done.
#[derive(Debug, Default)]
struct Report {
    lines: Vec<Line>,
    errors: Vec<String>,
    files: u64,
    /// Files that were taken by an earlier call.
    known_files: u64,
    kept: u64,
    told: u64,
    ended: u64,
    /// Decisions that Security Hub has without a note, because the notes of other people leave no room.
    without_note: u64,
}

impl Report {
    /// Adds what Security Hub was told, and what it was not.
    fn add_told(&mut self, project: &Project, applied: &AppliedDecisions) {
        self.told += applied.mirrored.len() as u64;
        self.without_note += applied.without_note.len() as u64;
        self.errors.extend(applied.open.iter().map(|(id, reason)| {
            format!(
                "{}: decision {id} is kept, and Security Hub was not told: {reason}; the next call tells it",
                project.name
            )
        }));
    }

    fn ending(&self, is_applied: bool) -> String {
        let Self { files, known_files, kept, told, ended, without_note, .. } = self;
        let refused = self.lines.iter().filter(|line| line.is_refused).count();
        let new = self.lines.iter().filter(|line| line.is_new).count();
        if is_applied {
            let notes = if *without_note > 0 {
                format!("; without a note, because there was no room for it: {without_note}")
            } else {
                String::new()
            };
            format!(
                "files read: {files}, taken before: {known_files}; decisions kept: {kept}, told to Security Hub: {told}{notes}; acceptances ended: {ended}; entries not taken: {refused}"
            )
        } else {
            format!(
                "files read: {files}, taken before: {known_files}; new decisions: {new}; acceptances that end: {ended}; entries that would not be taken: {refused}; --apply keeps the new decisions"
            )
        }
    }
}

/// Everything that taking a report needs.
struct Desk {
    registry: Registry,
    history: Arc<dyn HistoryReader>,
    log: Arc<dyn DecisionLog>,
    sink: Option<Arc<dyn WorkflowSink>>,
    sweep: Sweep,
    store: Arc<dyn ArtifactStore>,
    audit: Audit,
    /// Tells people what became of their files.
    pipeline: Pipeline,
    now: Timestamp,
}

async fn run(config: &RunConfig, wanted: &ReturnedFiles) -> Result<Report> {
    let wiring = Wiring::load(config).await?;
    let wired = wiring.wire().await?;
    let store = wired.parts.store.clone();
    let desk = Desk {
        registry: wired.parts.registry.load().await?,
        history: wired.parts.history_reader.clone(),
        log: wired.log,
        sink: wiring.decision_sink()?,
        sweep: Sweep::new(wiring.lanes().await?),
        audit: Audit::new(store.clone()),
        store,
        pipeline: Pipeline::new(wired.parts, run_settings(config)),
        now: Timestamp::now(),
    };
    let mut report = Report::default();
    for input in inputs(config, wanted, wiring.aws()).await? {
        let taken = match inbox::read(&input, &config.decisions.inbox, wiring.aws()).await {
            Ok(file) => take(&desk, config, wanted, &file, &mut report).await,
            Err(error) => Err(error),
        };
        // one file that fails does not stop the others
        if let Err(error) = taken {
            report.errors.push(settings::report(&error));
        }
    }
    for project in &desk.registry.projects {
        if let Err(error) = keep_up(&desk, config, wanted, project, &mut report).await {
            report.errors.push(format!("{}: {}", project.name, settings::report(&error)));
        }
    }
    Ok(report)
}

async fn inputs(config: &RunConfig, wanted: &ReturnedFiles, aws: Option<&Aws>) -> Result<Vec<Input>> {
    if wanted.files.is_empty() { inbox::list(&config.decisions.inbox, aws).await } else { Ok(wanted.files.clone()) }
}

/// Takes one file.
async fn take(
    desk: &Desk,
    config: &RunConfig,
    wanted: &ReturnedFiles,
    file: &Returned,
    report: &mut Report,
) -> Result<()> {
    report.files += 1;
    let receipt = ReturnedFile::receipt_of(&file.content);
    let known = desk.log.returned(&ReturnedFile::id_of(&file.content)).await?;
    // a file that is named is looked at again: somebody wants to know
    if known.is_some() {
        report.known_files += 1;
        if wanted.files.is_empty() {
            return Ok(());
        }
    }
    let ReadSheet { sheet, project } = match sheet::read(file, config, wanted, &desk.registry, desk.now) {
        Ok(read) => read,
        // not noted: the key or the registry can be at fault, and the file is taken once they are right
        Err(refused) => {
            report.lines.push(Line::of_file(&file.name, &refused).with_receipt(&receipt));
            return Ok(());
        }
    };
    let zone = zone_of(config, project);
    let planned = intake(desk, config, &zone).plan(project, &sheet).await?;
    report.errors.extend(planned.failure.as_ref().map(|error| format!("{}: {}", file.name, error.report())));
    let lines = report.lines.len();
    let entries = planned.plan.decisions.iter().map(|one| Line::of_entry(&file.name, &project.name, one));
    report.lines.extend(entries.map(|line| line.with_receipt(&receipt)));
    let problems = sheet.problems.iter().map(|one: &SheetProblem| Line::of_problem(&file.name, &project.name, one));
    report.lines.extend(problems.map(|line| line.with_receipt(&receipt)));
    if let Some(refused) = too_many_suppressions(&planned, config.decisions.suppress_at_most) {
        report.lines.truncate(lines);
        report.lines.push(Line::of_file(&file.name, &refused));
        return Ok(());
    }
    if !wanted.apply {
        return Ok(());
    }
    let not_taken = report.lines[lines..].iter().filter(|line| line.is_refused).count() as u64;
    let taken = apply(desk, config, file, (project, &zone), &planned, report).await?;
    if !is_settled(&planned, project, &sheet) {
        return Ok(());
    }
    let reply = DecisionReply::new(&file.name, &file.content, &sheet, &planned);
    let told = reply::send(&desk.pipeline, &*desk.store, config, project, reply, desk.now).await;
    let (everybody, errors) = told.unwrap_or_else(|error| (false, vec![settings::report(&error)]));
    report.errors.extend(errors.iter().map(|error| format!("the reply to {}: {error}", file.name)));
    // otherwise the next call takes it again, and tells those who are left
    if everybody {
        note(desk, file, &project.name, (taken, not_taken)).await?;
    }
    Ok(())
}

/// Why a file is not taken because of the number of findings that it would suppress; `None` if it may be.
fn too_many_suppressions(planned: &PlannedSheet, most: u64) -> Option<String> {
    let suppressing = planned.plan.new_decisions().filter(|decision| decision.entry.kind.suppresses()).count() as u64;
    (suppressing > most).then(|| {
        format!(
            "it would suppress {suppressing} findings, more than --suppress-at-most {most}; nothing of it is taken; look at it, and if it is right, take it with --suppress-at-most {suppressing}"
        )
    })
}

/// Whether the next call would say the same of the file. It would not of what could not be looked at, nor of a project that
/// has a new name: the next run carries its history over.
fn is_settled(planned: &PlannedSheet, project: &Project, sheet: &DecisionSheet) -> bool {
    let is_renamed = project_key(&project.name) != project_key(&sheet.source.project);
    planned.plan.decisions.iter().all(|one| match one.outcome {
        PlannedOutcome::NotSeen => false,
        PlannedOutcome::Rejected(Rejection::Unknown) => !is_renamed,
        _ => true,
    })
}

async fn apply(
    desk: &Desk,
    config: &RunConfig,
    file: &Returned,
    (project, zone): (&Project, &TimeZone),
    planned: &PlannedSheet,
    report: &mut Report,
) -> Result<u64> {
    let id = ReturnedFile::id_of(&file.content);
    desk.audit.store(&id[..8], &project.name, planned.plan.new_decisions(), desk.now).await?;
    let applied = intake(desk, config, zone).apply(project, planned).await?;
    report.kept += applied.kept;
    report.add_told(project, &applied);
    Ok(applied.kept)
}

/// Does what earlier decisions need.
async fn keep_up(
    desk: &Desk,
    config: &RunConfig,
    wanted: &ReturnedFiles,
    project: &Project,
    report: &mut Report,
) -> Result<()> {
    let zone = zone_of(config, project);
    let intake = intake(desk, config, &zone);
    let planned: PlannedUpkeep = intake.plan_upkeep(project).await?;
    report.ended += planned.upkeep.ended.len() as u64;
    report.lines.extend(planned.upkeep.ended.iter().map(|decision| Line::of_end(&project.name, decision)));
    report.errors.extend(planned.failure.as_ref().map(|error| format!("{}: {}", project.name, error.report())));
    if wanted.apply {
        // projects can have the same time, so the name of the file has that of the project
        let source = format!("ended-{}", &ReturnedFile::id_of(project.name.as_bytes())[..8]);
        desk.audit.store(&source, &project.name, planned.upkeep.ended.iter(), desk.now).await?;
        let applied = intake.apply_upkeep(project, &planned).await?;
        report.add_told(project, &applied);
    }
    Ok(())
}

fn intake<'a>(desk: &'a Desk, config: &'a RunConfig, time_zone: &'a TimeZone) -> Intake<'a> {
    Intake {
        history: &*desk.history,
        targets: DecisionTargets { log: &*desk.log, sink: desk.sink.as_deref() },
        sweep: &desk.sweep,
        policy: &config.decisions.policy,
        now: desk.now,
        time_zone,
    }
}

/// The time zone in which the days of a project end: that of its reports.
fn zone_of(config: &RunConfig, project: &Project) -> TimeZone {
    let locale = project.locale.unwrap_or(config.locale);
    let zone = project.time_zone.as_ref().or(config.time_zone.as_ref());
    zone.cloned().unwrap_or_else(|| locale.time_zone())
}

async fn note(desk: &Desk, file: &Returned, project: &str, (taken, not_taken): (u64, u64)) -> Result<()> {
    let mut noted = ReturnedFile::new(&file.name, &file.content, desk.now);
    project.clone_into(&mut noted.project);
    (noted.taken, noted.not_taken) = (taken, not_taken);
    desk.log.note_returned(&noted).await?;
    let receipt = ReturnedFile::receipt_of(&file.content);
    tracing::info!(file = file.name, receipt, project, taken, not_taken, "a returned file was taken");
    Ok(())
}

//! `ecs-job status`: for each project, who was told of its last report, who opened it, and until when its links work.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use findings_core::history::{HistoryQuery, ListProjects, ProjectRun};
use findings_core::ledger::{MessageState, ProgressQuery, RunProgress};
use findings_core::pipeline::{DroppedSource, ProjectOutcome};
use findings_core::redirect::{IssuedLink, LinkQuery, LinkTable};
use findings_core::registry::project_key;
use findings_core::{HistoryReader, Result, RunId};
use futures::{StreamExt as _, TryStreamExt as _};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;

use crate::aws::Aws;
use crate::config::{HistoryConfig, names};
use crate::grid::{Grid, minute};
use crate::known_runs::KnownRuns;
use crate::output::Output;
use crate::wiring::HistoryDatabase;
use crate::{COULD_NOT_START, ending, history, settings};

/// How many projects are read at a time.
const AT_ONCE: usize = 16;
/// How many runs of one project are shown.
const RUNS: usize = 8;

/// Which reports to show.
#[derive(Debug)]
pub(crate) struct StatusFilter {
    /// `None` for all projects.
    pub(crate) project: Option<String>,
    /// `None` for the last run of each project, or the last runs of the one.
    pub(crate) run_id: Option<RunId>,
}

/// What became of the report of a project in a run.
#[derive(Debug, Serialize)]
struct Delivery {
    project: String,
    run_id: RunId,
    /// When the findings were read, UTC.
    read_at: Timestamp,
    complete: bool,
    findings: u64,
    new: u64,
    resolved: u64,
    /// Messages that a service took.
    sent: usize,
    /// Messages of which nobody knows whether they were sent.
    in_doubt: usize,
    /// Messages that were not sent.
    not_sent: usize,
    /// Messages that were not sent, because their recipients chose not to hear of such a report.
    silent: usize,
    /// How many recipients opened their link; `null` if links do not tell.
    opened_by: Option<usize>,
    /// When the last of its links stops working, UTC; `null` if that is not known.
    link_until: Option<Timestamp>,
    /// Sources that showed open issues of the project, and that the run did not look at.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    dropped_sources: Vec<DroppedSource>,
}

/// Prints the deliveries and returns the exit code: 0, or 2 if they could not be read.
pub(crate) async fn status(config: &HistoryConfig, filter: &StatusFilter, output: Output) -> u8 {
    let printed = match read(config, filter).await {
        Ok(found) => match output {
            Output::Table => Ok(table(&found)),
            Output::Csv => grid(&found).csv(),
            Output::Json => Ok(json!({ "deliveries": found }).to_string()),
        },
        Err(error) => Err(error),
    };
    match printed {
        Ok(text) => {
            ending::print_line(text.trim_end());
            0
        }
        Err(error) => {
            ending::print_errors("the deliveries could not be read", &[settings::failure(&error)]);
            COULD_NOT_START
        }
    }
}

async fn read(config: &HistoryConfig, filter: &StatusFilter) -> Result<Vec<Delivery>> {
    history::check_file(&config.history)?;
    let aws = Aws::load(config.aws()).await?;
    let HistoryDatabase { reader, ledger, links, .. } = HistoryDatabase::open(&config.history, aws.as_ref())?;
    let known = reader.projects(&ListProjects::new()).await?;
    let mut names = known.clone();
    if let Some(project) = &filter.project {
        names.retain(|name| project_key(name) == project_key(project));
        if names.is_empty() {
            return Err(history::unknown_project(project, &known));
        }
    }
    let runs = runs(&reader, &names, filter).await?;
    if let Some(run_id) = filter.run_id.as_ref().filter(|_| runs.is_empty()) {
        KnownRuns::read(&reader, &names).await?.find(run_id)?;
    }
    let mut progress: HashMap<RunId, RunProgress> = HashMap::new();
    for run_id in runs.iter().map(|(_, run)| &run.run_id) {
        if !progress.contains_key(run_id) {
            progress.insert(run_id.clone(), ledger.progress(&ProgressQuery::new(run_id.clone())).await?);
        }
    }
    let mut issued: BTreeMap<&str, Vec<IssuedLink>> = BTreeMap::new();
    if let Some(table) = &links {
        issued = of_projects(table, &names).await?;
    }
    let delivery = |(project, run): (String, ProjectRun)| {
        let links = links.as_ref().map(|_| issued.get(project.as_str()).map_or(&[][..], Vec::as_slice));
        delivery(project.clone(), &run, progress.get(&run.run_id), links)
    };
    Ok(runs.into_iter().map(delivery).collect())
}

/// Returns the runs to show with their projects, by project and from the latest run on.
async fn runs(
    reader: &Arc<dyn HistoryReader>,
    names: &[String],
    filter: &StatusFilter,
) -> Result<Vec<(String, ProjectRun)>> {
    let shown = if filter.project.is_some() { RUNS } else { 1 };
    let queries = names.iter().map(|name| {
        let mut query = HistoryQuery::new(name).with_all_runs().without_issues();
        if filter.run_id.is_none() {
            query.runs = shown;
        }
        query
    });
    let mut histories = futures::stream::iter(queries)
        .map(|query| async move { reader.project(&query).await.map(|history| (query.project, history.runs)) })
        .buffered(AT_ONCE);
    let mut found = Vec::new();
    while let Some((name, runs)) = histories.try_next().await? {
        let is_wanted = |run: &ProjectRun| filter.run_id.as_ref().is_none_or(|run_id| run.run_id == *run_id);
        let runs = runs.into_iter().rev().filter(is_wanted).take(shown);
        found.extend(runs.map(|run| (name.clone(), run)));
    }
    Ok(found)
}

async fn of_projects<'a>(
    table: &Arc<dyn LinkTable>,
    names: &'a [String],
) -> Result<BTreeMap<&'a str, Vec<IssuedLink>>> {
    futures::stream::iter(names)
        .map(|name| async move { Ok((name.as_str(), table.issued(&LinkQuery::new(name)).await?)) })
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await
}

fn delivery(
    project: String,
    run: &ProjectRun,
    progress: Option<&RunProgress>,
    links: Option<&[IssuedLink]>,
) -> Delivery {
    let (mut sent, mut in_doubt, mut not_sent, mut silent) = (0, 0, 0, 0);
    // reminders and replies are messages of their own, and have a name like "ses/reminder"
    let own = |m: &&findings_core::ledger::MessageEntry| m.project == project && !m.notifier.contains('/');
    for message in progress.iter().flat_map(|progress| progress.messages()).filter(own) {
        match message.state {
            MessageState::Sent { .. } | MessageState::Resent { .. } => sent += 1,
            MessageState::Intent => in_doubt += 1,
            MessageState::Silent => silent += 1,
            _ => not_sent += 1,
        }
    }
    let of_run = |link: &&IssuedLink| link.report.as_ref().is_some_and(|report| report.run_id == run.run_id);
    let links: Option<Vec<&IssuedLink>> = links.map(|links| links.iter().filter(of_run).collect());
    // with links through the table, each has its own end; else the outcome has the end of all
    let outcome = progress.and_then(|progress| progress.outcome_of(&project));
    let outcome: Option<ProjectOutcome> = outcome.and_then(|json| serde_json::from_str(json).ok());
    let works = |link: &&&IssuedLink| link.revoked_at.is_none();
    let issued = links.iter().flatten().filter(works).map(|link| link.expires_at).max();
    let link_until = issued.or_else(|| outcome.as_ref().and_then(|outcome| outcome.link_expires_at));
    let opened_by = links.filter(|links| !links.is_empty()).map(|links| {
        let readers = links.iter().filter(|link| link.openings.count > 0).map(|link| link.reader.as_ref());
        readers.collect::<BTreeSet<_>>().len()
    });
    Delivery {
        run_id: run.run_id.clone(),
        read_at: run.at,
        complete: run.complete,
        findings: run.counts.total(),
        new: run.changes.new,
        resolved: run.changes.resolved,
        project,
        sent,
        in_doubt,
        not_sent,
        silent,
        opened_by,
        link_until,
        dropped_sources: outcome.map(|outcome| outcome.dropped_sources).unwrap_or_default(),
    }
}

fn grid(deliveries: &[Delivery]) -> Grid<13> {
    let headings = [
        "project",
        "run",
        "read",
        "report",
        "findings",
        "new",
        "fixed",
        "sent",
        "in doubt",
        "not sent",
        "chose silence",
        "opened by",
        "link until",
    ];
    let row = |delivery: &Delivery| {
        [
            delivery.project.clone(),
            delivery.run_id.as_str().to_owned(),
            minute(delivery.read_at),
            if delivery.complete { "complete" } else { "incomplete" }.to_owned(),
            delivery.findings.to_string(),
            delivery.new.to_string(),
            delivery.resolved.to_string(),
            delivery.sent.to_string(),
            delivery.in_doubt.to_string(),
            delivery.not_sent.to_string(),
            delivery.silent.to_string(),
            delivery.opened_by.map(|number| number.to_string()).unwrap_or_default(),
            delivery.link_until.map(minute).unwrap_or_default(),
        ]
    };
    Grid::new(headings, deliveries.iter().map(row))
}

fn table(deliveries: &[Delivery]) -> String {
    if deliveries.is_empty() {
        return "no run of these is in the history; ecs-job history lists the runs".to_owned();
    }
    let mut dropped: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (delivery, source) in
        deliveries.iter().flat_map(|delivery| delivery.dropped_sources.iter().map(move |s| (delivery, s)))
    {
        dropped.entry(&source.source).or_default().insert(&delivery.project);
    }
    let note = |(source, projects): (&str, BTreeSet<&str>)| {
        let projects = projects.len();
        format!(
            "(note) the source \"{source}\" of an earlier run is not looked at any more; open issues of {projects} projects were last shown there; see {}\n",
            names("dropped-source")
        )
    };
    let notes: String = dropped.into_iter().map(note).collect();
    let count = |is: fn(&Delivery) -> bool| deliveries.iter().filter(|delivery| is(delivery)).count();
    format!(
        "{}{notes}{} reports: {} sent to somebody, {} with messages in doubt, {} with messages that were not sent, {} that everybody chose not to hear of, {} that nobody was sent\n\
         ecs-job history --project NAME --messages lists each recipient\n",
        grid(deliveries).table(),
        deliveries.len(),
        count(|d| d.sent > 0),
        count(|d| d.in_doubt > 0),
        count(|d| d.not_sent > 0),
        count(|d| d.sent + d.in_doubt + d.not_sent == 0 && d.silent > 0),
        count(|d| d.sent + d.in_doubt + d.not_sent + d.silent == 0),
    )
}

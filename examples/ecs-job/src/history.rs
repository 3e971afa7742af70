//! `ecs-job history`: prints measures from the history.

use std::fmt::Write as _;
use std::sync::Arc;

use findings_core::csv_text::guard_formulas;
use findings_core::history::{
    AGE_BUCKETS, Durations, HistoryQuery, ListProjects, Measures, ProjectHistory, RunMeasures,
};
use findings_core::{Error, ErrorKind, HistoryReader, Result};
use jiff::Timestamp;
use serde_json::json;

use crate::aws::Aws;
use crate::config::{History, HistoryConfig};
use crate::output::{Output, first};
use crate::wiring::HistoryDatabase;
use crate::{COULD_NOT_START, ending, settings};

/// Prints the measures and returns the exit code: 0, or 2 if the history could not be read.
pub(crate) async fn history(config: &HistoryConfig, project: Option<&str>, output: Output) -> u8 {
    match measures(config, project).await {
        Ok(measures) => {
            let text = match output {
                Output::Table => measures.iter().map(table).collect::<Vec<_>>().join("\n"),
                Output::Csv => csv(&measures),
                Output::Json => json!({ "measures": measures }).to_string(),
            };
            ending::print_line(text.trim_end());
            0
        }
        Err(error) => {
            ending::print_errors("the history could not be read", &[settings::failure(&error)]);
            COULD_NOT_START
        }
    }
}

/// Returns the measures of one project, or of all projects together followed by each.
async fn measures(config: &HistoryConfig, project: Option<&str>) -> Result<Vec<Measures>> {
    check_file(&config.history)?;
    let aws = Aws::load(config.aws()).await?;
    let reader = HistoryDatabase::open(&config.history, aws.as_ref())?.reader;
    let now = Timestamp::now();
    let names = reader.projects(&ListProjects::new()).await?;
    if let Some(name) = project {
        if !names.iter().any(|n| n == name) {
            return Err(unknown_project(name, &names));
        }
        return Ok(vec![Measures::of_project(name, &recall(&reader, name).await?, &config.sla, now)]);
    }
    let mut histories = Vec::new();
    for name in names {
        histories.push((name.clone(), recall(&reader, &name).await?));
    }
    let mut all = vec![Measures::of_all(histories.iter().map(|(_, history)| history), &config.sla, now)];
    all.extend(histories.iter().map(|(name, history)| Measures::of_project(name, history, &config.sla, now)));
    Ok(all)
}

/// Returns the error for a project that the history does not have.
pub(crate) fn unknown_project(name: &str, known: &[String]) -> Error {
    Error::new(ErrorKind::NotFound, "recall the project")
        .with_subject(name.to_owned())
        .with_message(format!("nothing is remembered of it; known are: {}", first(known).join(", ")))
}

/// Reads the whole history of a project.
pub(crate) async fn recall(reader: &Arc<dyn HistoryReader>, name: &str) -> Result<ProjectHistory> {
    reader.project(&HistoryQuery::new(name).with_all_runs()).await
}

/// Checks that the file of a SQLite history exists, because opening a missing SQLite file would create an empty history.
pub(crate) fn check_file(history: &History) -> Result<()> {
    let History::Sqlite(path) = history else { return Ok(()) };
    if path.exists() {
        return Ok(());
    }
    let message = "there is no such file; name another with --history, or do a first run";
    Err(Error::new(ErrorKind::NotFound, "open the history")
        .with_subject(path.display().to_string())
        .with_message(message))
}

fn ages() -> [String; 4] {
    let [week, month, quarter] = AGE_BUCKETS;
    [
        format!("0-{week}d"),
        format!("{}-{month}d", week + 1),
        format!("{}-{quarter}d", month + 1),
        format!(">{quarter}d"),
    ]
}

fn or_dash(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "-".to_owned(), |v| v.to_string())
}

fn table(measures: &Measures) -> String {
    let mut text = format!("{}\n", measures.project.as_deref().unwrap_or("All projects"));
    let ages = ages().iter().map(|age| format!("{age:>8}")).collect::<Vec<_>>().concat();
    let _ = writeln!(
        text,
        "  {:<14}{:>7}{ages}{:>9}   {:<22}days to a decision",
        "severity", "open", "overdue", "days to resolve"
    );
    let _ = writeln!(text, "  {:<65}   {:<22}n/median/p90", "", "n/median/p90");
    for s in &measures.severities {
        let by_age = s.open_by_age.iter().map(|count| format!("{count:>8}")).collect::<Vec<_>>().concat();
        let (overdue, resolve, decide) = (or_dash(s.overdue), spread(s.time_to_resolve), spread(s.time_to_decision));
        let _ =
            writeln!(text, "  {:<14}{:>7}{by_age}{overdue:>9}   {resolve:<22}{decide}", s.severity.as_str(), s.open);
    }
    let _ = writeln!(
        text,
        "  {:<26}{:<22}{:>9}{:>7}{:>10}{:>7}{:>10}",
        "run", "read", "findings", "new", "reopened", "worse", "resolved"
    );
    for run in &measures.runs {
        let (run_id, at, c) = (run.run_id.as_str(), run.at.strftime("%Y-%m-%d %H:%MZ").to_string(), run.changes);
        let note = remarks(run);
        let _ = writeln!(
            text,
            "  {run_id:<26}{at:<22}{:>9}{:>7}{:>10}{:>7}{:>10}{note}",
            run.findings.total(),
            c.new,
            c.reopened,
            c.worse,
            c.resolved
        );
    }
    text
}

/// Returns what ended without a fix, what the run could not tell, and whether it was incomplete.
fn remarks(run: &RunMeasures) -> String {
    let c = run.changes;
    let counts = [(c.suppressed, "suppressed"), (c.archived, "archived"), (c.left, "left"), (c.stale, "not checked")];
    let told = counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}"));
    let incomplete = (!run.complete).then(|| "incomplete".to_owned());
    // what nobody was told of is new again in the next run
    let untold = (!run.told).then(|| "nobody was told, so that the next run counts this once more".to_owned());
    let remarks: Vec<String> = told.chain(incomplete).chain(untold).collect();
    if remarks.is_empty() { String::new() } else { format!("  {}", remarks.join(", ")) }
}

fn spread(durations: Durations) -> String {
    let Durations { count, median_days, p90_days, .. } = durations;
    format!("{count}/{}/{}", or_dash(median_days), or_dash(p90_days))
}

/// Formats one measure per line: project (empty for all), severity or run, measure, value.
fn csv(all: &[Measures]) -> String {
    let mut text = "project,severity,run,measure,value\n".to_owned();
    for measures in all {
        let project = quoted(measures.project.as_deref().unwrap_or_default());
        let mut line = |severity: &str, run: &str, measure: &str, value: Option<String>| {
            if let Some(value) = value {
                let _ = writeln!(text, "{project},{severity},{run},{measure},{value}");
            }
        };
        for s in &measures.severities {
            let severity = s.severity.as_str();
            line(severity, "", "open", Some(s.open.to_string()));
            for (age, count) in ages().iter().zip(s.open_by_age) {
                line(severity, "", &format!("open_{age}"), Some(count.to_string()));
            }
            line(severity, "", "overdue", s.overdue.map(|n| n.to_string()));
            for (name, d) in [("resolve", s.time_to_resolve), ("decision", s.time_to_decision)] {
                line(severity, "", &format!("{name}_count"), Some(d.count.to_string()));
                line(severity, "", &format!("{name}_median_days"), d.median_days.map(|n| n.to_string()));
                line(severity, "", &format!("{name}_p90_days"), d.p90_days.map(|n| n.to_string()));
            }
        }
        for run in &measures.runs {
            let (id, c) = (run.run_id.as_str(), run.changes);
            let numbers = [
                ("findings", run.findings.total()),
                ("new", c.new),
                ("reopened", c.reopened),
                ("open", c.open),
                ("worse", c.worse),
                ("resolved", c.resolved),
                ("suppressed", c.suppressed),
                ("archived", c.archived),
                ("left", c.left),
                ("stale", c.stale),
                ("complete", u64::from(run.complete)),
            ];
            for (name, value) in numbers {
                line("", id, name, Some(value.to_string()));
            }
        }
    }
    text
}

/// Quotes a project name for CSV. A name that begins like a formula is prefixed, so spreadsheets do not evaluate it.
fn quoted(name: &str) -> String {
    format!("\"{}\"", guard_formulas(name).replace('"', "\"\""))
}

//! `ecs-job history --project NAME --messages`: who was sent which message about a project, and what became of it.

use findings_core::history::ListProjects;
use findings_core::ledger::{MessageEntry, MessageState, MessagesQuery};
use findings_core::registry::project_key;
use findings_core::{Result, RunId, RunLedger};
use futures::{StreamExt as _, TryStreamExt as _};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;

use crate::aws::Aws;
use crate::config::HistoryConfig;
use crate::grid::{Grid, minute};
use crate::known_runs::KnownRuns;
use crate::output::Output;
use crate::wiring::HistoryDatabase;
use crate::{COULD_NOT_START, ending, history, settings};

/// How many runs are read at a time.
const AT_ONCE: usize = 16;

/// The messages to print.
#[derive(Debug)]
pub(crate) struct MessagesFilter {
    pub(crate) project: String,
    /// `None` for all runs of the history.
    pub(crate) run_id: Option<RunId>,
}

/// A message, with the time of its run.
#[derive(Debug, Serialize)]
struct MessageRecord {
    /// The name of the project in that run.
    project: String,
    run_id: RunId,
    /// When the run read its findings, UTC; `null` if the history does not have the run.
    run_at: Option<Timestamp>,
    recipient: String,
    notifier: String,
    edition: u32,
    state: &'static str,
    /// When this state was recorded, UTC.
    at: Timestamp,
    message_id: Option<String>,
    reason: Option<String>,
}

/// The messages about a project.
#[derive(Debug)]
struct Messages {
    /// The oldest run first.
    messages: Vec<MessageRecord>,
    /// Number of runs that were looked at.
    runs: usize,
}

/// Prints the messages and returns the exit code: 0, or 2 if they could not be read.
pub(crate) async fn messages(config: &HistoryConfig, filter: &MessagesFilter, output: Output) -> u8 {
    let printed = match read(config, filter).await {
        Ok(found) => match output {
            Output::Table => Ok(table(&found, filter)),
            Output::Csv => grid(&found.messages).csv(),
            Output::Json => Ok(json!({ "messages": found.messages, "runs": found.runs }).to_string()),
        },
        Err(error) => Err(error),
    };
    match printed {
        Ok(text) => {
            ending::print_line(text.trim_end());
            0
        }
        Err(error) => {
            ending::print_errors("the messages could not be read", &[settings::failure(&error)]);
            COULD_NOT_START
        }
    }
}

async fn read(config: &HistoryConfig, filter: &MessagesFilter) -> Result<Messages> {
    history::check_file(&config.history)?;
    let aws = Aws::load(config.aws()).await?;
    let HistoryDatabase { reader, ledger, .. } = HistoryDatabase::open(&config.history, aws.as_ref())?;
    let names = reader.projects(&ListProjects::new()).await?;
    let known = KnownRuns::read(&reader, &names).await?;
    let mut own: Vec<String> =
        names.iter().filter(|name| project_key(name) == project_key(&filter.project)).cloned().collect();
    let is_known = !own.is_empty();
    if !is_known {
        // a run that was killed has messages, and no history of the project yet
        own.push(filter.project.clone());
    }
    let mut runs: Vec<RunId> = match &filter.run_id {
        Some(run_id) => vec![run_id.clone()],
        None => known.0.keys().cloned().collect(),
    };
    if filter.run_id.is_none()
        && let Some(last) = ledger.last_finished().await?
        && !known.0.contains_key(&last.run_id)
    {
        runs.push(last.run_id);
    }
    let messages = of_runs(&*ledger, &known, &own, &runs).await?;
    if messages.is_empty() && !is_known {
        return Err(history::unknown_project(&filter.project, &names));
    }
    Ok(Messages { messages, runs: runs.len() })
}

async fn of_runs(
    ledger: &dyn RunLedger,
    known: &KnownRuns,
    projects: &[String],
    runs: &[RunId],
) -> Result<Vec<MessageRecord>> {
    let queries: Vec<MessagesQuery> =
        runs.iter().flat_map(|run| projects.iter().map(|name| MessagesQuery::new(run.clone(), name))).collect();
    let mut answers = futures::stream::iter(queries)
        .map(|query| async move { ledger.messages(&query).await.map(|entries| (query.run_id, entries)) })
        .buffer_unordered(AT_ONCE);
    let mut messages = Vec::new();
    while let Some((run_id, entries)) = answers.try_next().await? {
        let run_at = known.0.get(&run_id).copied();
        messages.extend(entries.into_iter().map(|entry| message(run_id.clone(), run_at, entry)));
    }
    messages.sort_by(|a, b| order(a).cmp(&order(b)));
    Ok(messages)
}

/// The order of the messages. A run that the history does not have stands where its message was recorded.
fn order(message: &MessageRecord) -> (Timestamp, &RunId, &str, &str, &str) {
    let MessageRecord { run_at, at, run_id, project, recipient, notifier, .. } = message;
    (run_at.unwrap_or(*at), run_id, project, recipient, notifier)
}

fn message(run_id: RunId, run_at: Option<Timestamp>, entry: MessageEntry) -> MessageRecord {
    let stored = entry.state.written();
    let state = match &entry.state {
        // another state follows every intent, unless the task was killed or still is at it
        MessageState::Intent => "in_doubt",
        state => state.stage().as_str(),
    };
    MessageRecord {
        run_id,
        run_at,
        recipient: entry.recipient.as_str().to_owned(),
        edition: entry.edition,
        state,
        at: entry.at,
        message_id: stored.message_id.map(str::to_owned),
        reason: stored.reason.map(str::to_owned),
        project: entry.project,
        notifier: entry.notifier,
    }
}

fn grid(messages: &[MessageRecord]) -> Grid<8> {
    let headings = ["run", "read", "recipient", "notifier", "edition", "state", "recorded", "ID or reason"];
    let row = |message: &MessageRecord| {
        [
            message.run_id.as_str().to_owned(),
            message.run_at.map(minute).unwrap_or_default(),
            message.recipient.clone(),
            message.notifier.clone(),
            message.edition.to_string(),
            message.state.to_owned(),
            minute(message.at),
            message.message_id.as_ref().or(message.reason.as_ref()).cloned().unwrap_or_default(),
        ]
    };
    Grid::new(headings, messages.iter().map(row))
}

fn table(found: &Messages, filter: &MessagesFilter) -> String {
    let (count, runs) = (found.messages.len(), found.runs);
    let total = format!("{count} messages about {}; looked at {runs} runs\n", filter.project);
    if found.messages.is_empty() {
        return total;
    }
    let has = |state| found.messages.iter().any(|message| message.state == state);
    let mut text = grid(&found.messages).table() + &total;
    for (state, meaning) in [
        ("sent", "sent: the service took the message; whether it arrived, only the service knows"),
        ("resent", "resent: taken after an attempt of which nobody knows; it may have arrived twice"),
        ("in_doubt", "in_doubt: it was about to be sent, and nothing else is recorded; it may have arrived"),
    ] {
        if has(state) {
            text.push_str(meaning);
            text.push('\n');
        }
    }
    text
}

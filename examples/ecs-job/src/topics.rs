//! `ecs-job topics`: problems that several projects share, to be taken up once for all of them.

use findings_core::organisation::{Topic, topics as shared};
use findings_core::{Error, ErrorKind, Result};

use crate::config::KnowledgeConfig;
use crate::grid::{Grid, day};
use crate::guidance::knowledge;
use crate::output::Output;
use crate::{COULD_NOT_START, ending, settings};

/// Prints the topics and returns the exit code: 0, or 2 if the history or the guidance could not be read.
pub(crate) async fn topics(config: &KnowledgeConfig, only_new: bool, output: Output) -> u8 {
    match list(config, only_new).await.and_then(|(topics, nothing)| print(&topics, nothing, output)) {
        Ok(text) => {
            ending::print_line(text.trim_end());
            0
        }
        Err(error) => {
            ending::print_errors("history or guidance could not be read", &[settings::failure(&error)]);
            COULD_NOT_START
        }
    }
}

/// Returns the topics, and what to say if there are none.
async fn list(config: &KnowledgeConfig, only_new: bool) -> Result<(Vec<Topic>, &'static str)> {
    let (report, guidance) = knowledge(config).await?;
    let mut topics = shared(&report, &guidance, config.contacts.of(config.locale), config.locale);
    let nothing = match (topics.is_empty(), topics.iter().any(|topic| topic.is_new.is_none())) {
        (true, _) => "No problem is shared by several projects.",
        (false, true) => {
            "The history is not older than four weeks, so that no shared problem is called new. Without --new, all are listed."
        }
        (false, false) => "No shared problem is new in the last four weeks. Without --new, all are listed.",
    };
    if only_new && topics.iter().any(|topic| topic.is_new.is_none()) {
        // a program that reads an empty list must not take it for an answer
        tracing::warn!("the history is not older than four weeks, so nothing is called new");
    }
    topics.retain(|topic| !only_new || topic.is_new == Some(true));
    Ok((topics, nothing))
}

fn print(topics: &[Topic], nothing: &str, output: Output) -> Result<String> {
    match output {
        Output::Table if topics.is_empty() => Ok(nothing.to_owned()),
        Output::Table => {
            let rows = topics.iter().map(|topic| without_links(cells(topic, 3)));
            Ok(Grid::new(without_links(HEADINGS), rows).table())
        }
        Output::Csv => Grid::new(HEADINGS, topics.iter().map(|topic| cells(topic, usize::MAX))).csv(),
        Output::Json => serde_json::to_string(topics)
            .map_err(|error| Error::new(ErrorKind::Other, "write the topics").with_source(error)),
    }
}

/// What is known of a topic, with at most this many projects.
fn cells(topic: &Topic, shown: usize) -> [String; 11] {
    [
        topic.control.as_ref().map(ToString::to_string).unwrap_or_default(),
        yes_or_no(topic.is_new),
        topic.projects.len().to_string(),
        topic.open.to_string(),
        topic.points.to_string(),
        day(topic.first_reported),
        yes_or_no(topic.has_guidance),
        topic.contact.clone().unwrap_or_default().lines().next().unwrap_or_default().to_owned(),
        topic.guidance_url.clone().unwrap_or_default(),
        topic.title.clone(),
        names(&topic.projects, shown),
    ]
}

const HEADINGS: [&str; 11] = [
    "control",
    "new",
    "projects",
    "open",
    "points",
    "since",
    "guidance",
    "contact",
    "page",
    "title",
    "names of projects",
];

/// Without contacts and links, which do not fit a terminal.
fn without_links<T>(all: [T; 11]) -> [T; 9] {
    let [control, new, projects, open, points, since, guidance, _, _, title, names] = all;
    [control, new, projects, open, points, since, guidance, title, names]
}

fn yes_or_no(truth: Option<bool>) -> String {
    truth.map(|is| if is { "yes" } else { "no" }).unwrap_or_default().to_owned()
}

fn names(projects: &[String], shown: usize) -> String {
    let hidden = projects.len().saturating_sub(shown);
    let more = (hidden > 0).then(|| format!("and {hidden} more"));
    projects.iter().take(shown).cloned().chain(more).collect::<Vec<_>>().join("; ")
}

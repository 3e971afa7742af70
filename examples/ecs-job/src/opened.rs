//! `ecs-job history --opened`: who opened which report and when.

use findings_core::csv_text::guard_formulas;
use findings_core::history::ListProjects;
use findings_core::redirect::{IssuedLink, LinkQuery};
use findings_core::registry::{ORGANISATION, project_key};
use findings_core::{Error, ErrorKind, Result, RunId};
use jiff::Timestamp;
use serde_json::json;
use unicode_width::UnicodeWidthStr;

use crate::aws::Aws;
use crate::config::HistoryConfig;
use crate::output::Output;
use crate::wiring::HistoryDatabase;
use crate::{COULD_NOT_START, ending, settings};

/// The links to print.
#[derive(Debug)]
pub(crate) struct OpenedFilter {
    pub(crate) project: Option<String>,
    pub(crate) run_id: Option<RunId>,
}

/// Prints the links and returns the exit code: 0, or 2 if they could not be read.
pub(crate) async fn opened(config: &HistoryConfig, filter: &OpenedFilter, output: Output) -> u8 {
    match links(config, filter).await {
        Ok(links) => {
            let now = Timestamp::now();
            let text = match output {
                Output::Table => table(&links, now),
                Output::Csv => csv(&links, now),
                Output::Json => json!({ "links": links }).to_string(),
            };
            ending::print_line(text.trim_end());
            0
        }
        Err(error) => {
            ending::print_errors("the links could not be read", &[settings::failure(&error)]);
            COULD_NOT_START
        }
    }
}

async fn links(config: &HistoryConfig, filter: &OpenedFilter) -> Result<Vec<IssuedLink>> {
    let aws = Aws::load(config.aws()).await?;
    let database = HistoryDatabase::open(&config.history, aws.as_ref())?;
    let table = database.links.clone().ok_or_else(|| Error::new(ErrorKind::InvalidInput, "open the table of links"))?;
    let mut projects = database.reader.projects(&ListProjects::new()).await?;
    projects.push(ORGANISATION.to_owned());
    if let Some(project) = &filter.project {
        projects.retain(|name| project_key(name) == project_key(project));
    }
    let of_run = |link: &IssuedLink| {
        filter.run_id.as_ref().is_none_or(|run| link.report.as_ref().is_some_and(|report| report.run_id == *run))
    };
    let mut links = Vec::new();
    for project in projects {
        links.extend(table.issued(&LinkQuery::new(project)).await?.into_iter().filter(of_run));
    }
    Ok(links)
}

const HEADINGS: [&str; 9] =
    ["project", "run", "recipient", "sent", "opened", "first opened", "last opened", "from", "link"];

/// Returns the cells of a link.
fn cells(link: &IssuedLink, now: Timestamp) -> [String; 9] {
    let moment =
        |at: Option<Timestamp>| at.map_or_else(|| "-".to_owned(), |at| at.strftime("%Y-%m-%d %H:%MZ").to_string());
    let openings = &link.openings;
    [
        link.project().to_owned(),
        link.report.as_ref().map_or("-", |report| report.run_id.as_str()).to_owned(),
        link.reader.as_ref().map_or("-", |reader| reader.as_str()).to_owned(),
        moment(Some(link.issued_at)),
        openings.count.to_string(),
        moment(openings.first_at),
        moment(openings.last_at),
        openings.last_from.clone().unwrap_or_else(|| "-".to_owned()),
        state(link, now),
    ]
}

fn state(link: &IssuedLink, now: Timestamp) -> String {
    let day = |at: Timestamp| at.strftime("%Y-%m-%d");
    match link.revoked_at {
        Some(at) => format!("revoked {}", day(at)),
        None if link.expires_at <= now => format!("expired {}", day(link.expires_at)),
        None => format!("until {}", day(link.expires_at)),
    }
}

/// Formats the links as a table, each column as wide as its widest cell.
fn table(links: &[IssuedLink], now: Timestamp) -> String {
    if links.is_empty() {
        return "no links are known; they are kept only with --links redirect:URL".to_owned();
    }
    let mut rows = vec![HEADINGS.map(str::to_owned)];
    rows.extend(links.iter().map(|link| cells(link, now)));
    let width = |column: usize| rows.iter().map(|row| row[column].width()).max().unwrap_or_default();
    let widths: Vec<usize> = (0..HEADINGS.len()).map(width).collect();
    let line = |row: &[String; 9]| {
        // the padding of `format!` counts characters, and those of Japanese are two columns wide
        let pad =
            |(cell, width): (&String, &usize)| format!("{cell}{}", " ".repeat(width.saturating_sub(cell.width())));
        let padded: Vec<String> = row.iter().zip(&widths).map(pad).collect();
        padded.join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn csv(links: &[IssuedLink], now: Timestamp) -> String {
    // what a table shows as a dash is empty here
    let cell = |cell: &String| if cell == "-" { String::new() } else { guard_formulas(cell).into_owned() };
    let quoted = |text: &String| format!("\"{}\"", cell(text).replace('"', "\"\""));
    let line = |link: &IssuedLink| cells(link, now).iter().map(quoted).collect::<Vec<_>>().join(",");
    let heading = HEADINGS.map(|heading| heading.replace(' ', "_")).join(",");
    std::iter::once(heading).chain(links.iter().map(line)).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use findings_core::redirect::LinkToken;
    use findings_core::store::{ArtifactKey, LinkRequest};

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn link(project: &str) -> IssuedLink {
        let token: LinkToken = "0".repeat(48).parse().unwrap();
        let (issued, expires) = (at("2026-11-23T00:00:00Z"), at("2027-02-21T00:00:00Z"));
        let key: ArtifactKey = "runs/r/a.xlsx".parse().unwrap();
        let request = LinkRequest::new(key.clone(), Duration::from_hours(1), issued);
        let mut link = IssuedLink::new(token.id(), key, issued, expires);
        link.report = request.for_report("r".parse().unwrap(), project).report;
        link
    }

    #[test]
    fn columns_stand_below_each_other_on_a_terminal_also_with_japanese_names() {
        let text = table(&[link("決済基盤-本番"), link("Payments")], at("2026-11-24T00:00:00Z"));
        // each of these letters takes two columns
        let column_of_run = |line: &str| line.split("  r  ").next().unwrap().width();
        let lines: Vec<&str> = text.lines().skip(1).collect();
        assert_eq!(lines.len(), 2);
        assert_eq!(column_of_run(lines[0]), "決済基盤-本番".width(), "{text}");
        assert_eq!(column_of_run(lines[1]), "決済基盤-本番".width(), "{text}");
    }
}

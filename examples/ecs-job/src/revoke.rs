//! `ecs-job revoke`: makes links to reports stop working.

use std::collections::BTreeSet;
use std::sync::Arc;

use findings_core::history::ListProjects;
use findings_core::ledger::{LedgerEntry, ProgressQuery};
use findings_core::redirect::{IssuedLink, LinkQuery, LinkTable, RevokeLink};
use findings_core::registry::project_key;
use findings_core::{Error, ErrorKind, Result, RunId};
use jiff::Timestamp;

use crate::aws::Aws;
use crate::config::{RevokeConfig, ToRevoke};
use crate::wiring::HistoryDatabase;
use crate::{COULD_NOT_START, ending, settings};

/// Revokes links, says how many, and returns the exit code: 0, or 2 if there is nothing to revoke or it failed.
pub(crate) async fn revoke(config: &RevokeConfig) -> u8 {
    match run(config).await {
        Ok(line) => {
            ending::print_line(&line);
            0
        }
        Err(error) => {
            ending::print_errors("not every link was revoked", &[settings::failure(&error)]);
            COULD_NOT_START
        }
    }
}

async fn run(config: &RevokeConfig) -> Result<String> {
    let aws = Aws::load(config.aws()).await?;
    let database = HistoryDatabase::open(&config.history.history, aws.as_ref())?;
    let table = database.links.clone().ok_or_else(|| Error::new(ErrorKind::InvalidInput, "open the table of links"))?;
    let now = Timestamp::now();
    match &config.what {
        ToRevoke::Link(token) => {
            table.revoke(&RevokeLink::new(token.id(), now)).await?;
            Ok(format!("the link {} is revoked", token.id().short()))
        }
        ToRevoke::Run { run_id, project } => {
            let links = links_of_run(&database, &table, run_id, project.as_deref()).await?;
            for link in links.iter().filter(|link| link.revoked_at.is_none()) {
                table.revoke(&RevokeLink::new(link.id.clone(), now)).await?;
            }
            Ok(revoked(&links))
        }
    }
}

/// Returns all links to the reports of a run.
async fn links_of_run(
    database: &HistoryDatabase,
    table: &Arc<dyn LinkTable>,
    run_id: &RunId,
    project: Option<&str>,
) -> Result<Vec<IssuedLink>> {
    let mut projects = projects_of_run(database, run_id).await?;
    if let Some(project) = project {
        projects.retain(|name| project_key(name) == project_key(project));
    }
    let mut links = Vec::new();
    for project in projects {
        let of_project = table.issued(&LinkQuery::new(project)).await?;
        links.extend(of_project.into_iter().filter(|l| l.report.as_ref().is_some_and(|r| r.run_id == *run_id)));
    }
    if links.is_empty() {
        let message = "no link to a report of this run is known; `ecs-job history --opened` lists the links, presigned \
                       ones are not among them";
        return Err(Error::new(ErrorKind::NotFound, "find the links of the run")
            .with_subject(project.map_or_else(|| run_id.to_string(), |project| format!("{run_id} of {project}")))
            .with_message(message));
    }
    Ok(links)
}

/// Returns all projects that the run may have made links for: those of its messages, and all of the history.
async fn projects_of_run(database: &HistoryDatabase, run_id: &RunId) -> Result<BTreeSet<String>> {
    let progress = database.ledger.progress(&ProgressQuery::new(run_id.clone())).await?;
    let mut projects: BTreeSet<String> = database.reader.projects(&ListProjects::new()).await?.into_iter().collect();
    // a project is in the history only once it was remembered, which is after its messages were sent
    projects.extend(progress.entries.into_iter().filter_map(|entry| match entry {
        LedgerEntry::Message(message) => Some(message.project),
        LedgerEntry::ProjectDone { project, .. } => Some(project),
        _ => None,
    }));
    Ok(projects)
}

/// Returns what was done, and who had the reports by then.
fn revoked(links: &[IssuedLink]) -> String {
    let before = links.iter().filter(|link| link.revoked_at.is_some()).count();
    let now = links.len() - before;
    let opened: Vec<String> = links
        .iter()
        .filter_map(|link| {
            Some(format!("  {} ({})", link.reader.as_ref()?, link.project())).filter(|_| link.openings.count > 0)
        })
        .collect();
    let text = format!("links are revoked: {now} now, {before} were before");
    if opened.is_empty() {
        format!("{text}; nobody had opened one")
    } else {
        format!("{text}; these had opened theirs by then:\n{}", opened.join("\n"))
    }
}

//! `ecs-job guidance status`: what the organisation should write down next.

use std::fmt::Write as _;
use std::path::Path;

use findings_core::decision::DecisionQuery;
use findings_core::guidance::{ControlCatalogue, Guidance};
use findings_core::history::ListProjects;
use findings_core::organisation::{
    GuidanceMatter, GuidanceNote, GuidanceStatus, OrganisationBuilder, OrganisationInput, OrganisationReport,
    StatusRules,
};
use findings_core::{Error, ErrorKind, Result};

use super::load;
use super::new::{CATALOGUE, read_catalogue};
use crate::aws::Aws;
use crate::config::{KnowledgeConfig, StatusConfig};
use crate::grid::{Grid, day};
use crate::output::{Output, plain};
use crate::wiring::HistoryDatabase;
use crate::{COULD_NOT_START, ending, history, settings};

/// Prints the status and returns the exit code: 0, or 2 if the history or the guidance could not be read.
pub(crate) async fn status(config: &StatusConfig, output: Output) -> u8 {
    match make(config).await.and_then(|status| print(&status, config, output)) {
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

async fn make(config: &StatusConfig) -> Result<GuidanceStatus> {
    let catalogue = catalogue(config.catalogue.as_deref())?;
    let (report, guidance) = knowledge(&config.knowledge).await?;
    let mut rules = StatusRules::new(&config.knowledge.time_zone);
    (rules.catalogue, rules.stale_after_months) = (catalogue.as_ref(), config.stale_after_months);
    Ok(GuidanceStatus::of(&report, &guidance, &rules))
}

/// A catalogue that was named has to be there.
fn catalogue(named: Option<&Path>) -> Result<Option<ControlCatalogue>> {
    match named {
        Some(path) => match read_catalogue(path)? {
            None => Err(Error::new(ErrorKind::NotFound, "read the catalogue of controls")
                .with_message("there is no such file; ecs-job guidance new writes it")
                .with_subject(path.display().to_string())),
            found => Ok(found),
        },
        None => read_catalogue(Path::new(CATALOGUE)),
    }
}

/// Reads the guidance and the report about all projects that it is compared with.
pub(crate) async fn knowledge(config: &KnowledgeConfig) -> Result<(OrganisationReport, Guidance)> {
    history::check_file(&config.history.history)?;
    let aws = Aws::load(config.aws()).await?;
    let guidance = load(config.guidance.as_ref(), aws.as_ref()).await?.with_site(config.site.clone());
    let HistoryDatabase { reader, decisions, .. } = HistoryDatabase::open(&config.history.history, aws.as_ref())?;
    let mut input = OrganisationInput::new(config.range.clone()).with_sla(config.history.sla.clone());
    input.guidance = Some(guidance.control_ids());
    let mut builder = OrganisationBuilder::new(input);
    for name in reader.projects(&ListProjects::new()).await? {
        let decisions = decisions.decisions(&DecisionQuery::new(&name)).await?;
        builder.read_project(&name, &*reader, Some(&decisions)).await?;
    }
    Ok((builder.finish(), guidance))
}

fn print(status: &GuidanceStatus, config: &StatusConfig, output: Output) -> Result<String> {
    match output {
        Output::Table => Ok(table(status, config)),
        Output::Csv => wide(status).csv(),
        Output::Json => serde_json::to_string(status)
            .map_err(|error| Error::new(ErrorKind::Other, "write the status of the guidance").with_source(error)),
    }
}

fn wide(status: &GuidanceStatus) -> Grid<9> {
    let headings = ["matter", "control", "open", "points", "projects", "since", "not fixed", "has guidance", "title"];
    Grid::new(
        headings,
        status.notes.iter().map(|note| {
            [
                note.matter.as_str().to_owned(),
                note.control.to_string(),
                note.open.to_string(),
                note.points.to_string(),
                note.projects.to_string(),
                note.since.map(|day| day.to_string()).unwrap_or_default(),
                note.not_fixed.map(|count| count.to_string()).unwrap_or_default(),
                (if note.has_guidance { "yes" } else { "no" }).to_owned(),
                note.title.as_ref().map(ToString::to_string).unwrap_or_default(),
            ]
        }),
    )
}

/// A heading for each matter, its controls, and what to do about them.
fn table(status: &GuidanceStatus, config: &StatusConfig) -> String {
    let mut text =
        format!("Guidance for {} controls. {} controls have open issues.\n", status.guided, status.open_controls);
    for matter in GuidanceMatter::ALL {
        let notes: Vec<&GuidanceNote> = status.of_matter(matter).collect();
        if !notes.is_empty() {
            let _ = write!(text, "\n{} ({})\n{}", heading(matter, config), notes.len(), narrow(&notes).table());
        }
    }
    if status.notes.is_empty() {
        text.push_str("\nNothing is missing, new, old or retired.\n");
    }
    if !status.knows_changes {
        text.push_str("\nThe history is not older than four weeks, so nothing is called new or vanished.\n");
    }
    match status.catalogue_of {
        Some(at) => {
            let _ = writeln!(text, "\nThe catalogue of controls is of {}.", day(at));
        }
        None => text.push_str(
            "\nThere is no catalogue of controls, so nobody knows which are retired: ecs-job guidance new makes one.\n",
        ),
    }
    text
}

fn narrow(notes: &[&GuidanceNote]) -> Grid<6> {
    Grid::new(
        ["control", "open", "points", "projects", "since", "title"],
        notes.iter().map(|note| {
            [
                note.control.to_string(),
                note.open.to_string(),
                note.points.to_string(),
                note.projects.to_string(),
                note.since.map(|day| day.to_string()).unwrap_or_default(),
                note.title.as_ref().map(|title| plain(title)).unwrap_or_default(),
            ]
        }),
    )
}

fn heading(matter: GuidanceMatter, config: &StatusConfig) -> String {
    match matter {
        GuidanceMatter::Missing => "Open issues and no guidance: ecs-job guidance new CONTROL begins it".to_owned(),
        GuidanceMatter::FirstSeen => "Reported for the first time in the last four weeks".to_owned(),
        GuidanceMatter::Vanished => {
            "Nothing open since the last four weeks: all is fixed, or it is no longer checked".to_owned()
        }
        GuidanceMatter::Retired => "Guidance whose control Security Hub no longer has".to_owned(),
        GuidanceMatter::Stale => format!("Not reviewed for more than {} months", config.stale_after_months),
        GuidanceMatter::Undated => "Guidance that does not say when it was reviewed: add reviewed: DATE".to_owned(),
        GuidanceMatter::Draft => "Drafts, which readers do not see".to_owned(),
        _ => matter.as_str().to_owned(),
    }
}

//! Reads the history of all projects for the report of the organisation.

use futures::{StreamExt as _, TryStreamExt as _, stream};

use super::OrganisationSettings;
use crate::Result;
use crate::decision::DecisionQuery;
use crate::history::{self, HistoryQuery, ListProjects};
use crate::organisation::{OrganisationBuilder, OrganisationInput, OrganisationReport, ReportRange};
use crate::pipeline::Summary;
use crate::pipeline::context::RunContext;
use crate::registry::Registry;

/// Histories that are read at the same time. Each is dropped as soon as the report has it.
const CONCURRENCY: usize = 8;

/// Reads the report as it is at the end of this run. A history that cannot be read is an error: a project that is missing
/// would look like one that left.
pub(super) async fn read_report(
    run: &RunContext<'_>,
    settings: &OrganisationSettings,
    registry: &Registry,
    summary: &Summary,
) -> Result<OrganisationReport> {
    let reader = &run.parts.history_reader;
    let mut builder = OrganisationBuilder::new(input(run, settings, registry, summary)?);
    let names = reader.projects(&ListProjects::new()).await?;
    let mut histories = stream::iter(names)
        .map(|name| async move {
            let history = history::whole_if_small(&**reader, HistoryQuery::new(&name).with_all_runs()).await?;
            let decisions = match run.decisions {
                Some(settings) => Some(settings.log.decisions(&DecisionQuery::new(&name)).await?),
                None => None,
            };
            Ok::<_, crate::Error>((name, history, decisions))
        })
        // in order: the report must not depend on which history comes first
        .buffered(CONCURRENCY);
    let mut large = Vec::new();
    while let Some((name, history, decisions)) = histories.try_next().await? {
        match (history, decisions) {
            (Some(history), Some(decisions)) => builder.add_decided_project(&name, &history, &decisions),
            (Some(history), None) => builder.add_project(&name, &history),
            (None, decisions) => large.push((name, decisions)),
        }
    }
    // afterwards: a history that takes minutes would keep the answers of the others waiting until their time is up
    for (name, decisions) in large {
        builder.read_project(&name, &**reader, decisions.as_ref()).await?;
    }
    Ok(builder.finish())
}

fn input(
    run: &RunContext<'_>,
    settings: &OrganisationSettings,
    registry: &Registry,
    summary: &Summary,
) -> Result<OrganisationInput> {
    let of_run = run.settings;
    let zone = of_run.time_zone.clone().unwrap_or_else(|| of_run.locale.time_zone());
    let range = ReportRange::last_weeks(settings.weeks, of_run.clock.now(), zone)?;
    let mut input = OrganisationInput::new(range).with_sla(settings.sla.clone()).with_registry(registry.clone());
    input.coverage = summary.coverage_of_organisation(of_run.unowned);
    input.accepted_gaps = Some((*of_run.accepted_gaps).clone());
    input.runs.push(summary.remarks());
    input.guidance.clone_from(&settings.guidance);
    Ok(input)
}

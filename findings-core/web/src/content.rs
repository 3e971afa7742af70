//! What the templates show: the report, in the order and groups in which people read it.

mod league;
mod notes;
mod problems;
mod tiles;
mod weeks;

use std::collections::BTreeMap;

use findings_core::Locale;
use findings_core::coverage::SharedAccount;
use findings_core::organisation::{
    AcceptedGapEnd, Movers, OrganisationCoverage, OrganisationDocument, PeriodComparison, RenamedProject, RunOverview,
    ScoreRule, SeverityNow, Target, Totals,
};
use jiff::Timestamp;
use serde::Serialize;

use self::league::Row;
use self::notes::Note;
use self::problems::ProblemRow;
use self::tiles::Tile;
use self::weeks::WeekRow;
use crate::format;
use crate::packed::{in_script, packed};
use crate::policy::ASSETS;
use crate::texts::{Texts, texts};

/// What the templates show.
#[derive(Debug, Serialize)]
pub(crate) struct Content<'a> {
    lang: &'static str,
    policy: &'static str,
    style: &'static str,
    script: &'static str,
    /// The texts of all languages, for the script.
    dictionary: String,
    data: String,
    contact: Option<&'a str>,
    time_zone: String,
    week_zone: Option<&'a str>,
    as_of: Timestamp,
    first_day: String,
    first_run: Option<Timestamp>,
    last_run: Option<Timestamp>,
    has_targets: bool,
    targets: &'a [Target],
    totals: &'a Totals,
    severities: &'a [SeverityNow],
    /// The largest number of the table of ages: its bar is the whole width.
    most_of_an_age: u64,
    notes: Vec<Note>,
    tiles: Vec<Tile>,
    period: &'a PeriodComparison,
    recent: Option<&'a PeriodComparison>,
    weeks: Vec<WeekRow<'a>>,
    open_chart: String,
    flow_chart: String,
    score: &'a ScoreRule,
    names: Vec<&'a str>,
    league: Vec<Row<'a>>,
    renamed: &'a [RenamedProject],
    never_reported: Option<&'a [String]>,
    movers_of_week: &'a Movers,
    movers_of_month: &'a Movers,
    problems: Vec<ProblemRow<'a>>,
    coverage: Option<&'a OrganisationCoverage>,
    owned_twice: Option<&'a [SharedAccount]>,
    accepted_gaps: Option<&'a [AcceptedGapEnd]>,
    runs: &'a [RunOverview],
}

impl<'a> Content<'a> {
    /// The content of a document.
    pub(crate) fn of(document: &'a OrganisationDocument) -> Self {
        let report = &*document.report;
        let texts = texts(document.locale);
        let (open_chart, flow_chart) = weeks::charts(&report.weeks, texts);
        let ages = report.severities.iter().flat_map(|severity| severity.open_by_age);
        Self {
            lang: document.locale.as_str(),
            policy: &ASSETS.policy,
            style: &ASSETS.style,
            script: &ASSETS.script,
            dictionary: dictionary(),
            data: packed(document),
            contact: document.contact.as_deref(),
            time_zone: format::zone_name(&document.time_zone, report.as_of),
            week_zone: report.time_zone.as_deref(),
            as_of: report.as_of,
            first_day: report.first_day.to_string(),
            first_run: report.first_run,
            last_run: report.last_run,
            has_targets: !report.targets.is_empty(),
            targets: &report.targets,
            totals: &report.totals,
            severities: &report.severities,
            most_of_an_age: ages.max().unwrap_or_default(),
            notes: notes::notes(report),
            tiles: tiles::tiles(report),
            period: &report.period,
            recent: report.recent.as_ref(),
            weeks: report.weeks.iter().map(WeekRow::of).collect(),
            open_chart,
            flow_chart,
            score: &report.score,
            names: report.projects.iter().map(|project| project.project.as_str()).collect(),
            league: league::league(&report.projects),
            renamed: &report.renamed,
            never_reported: report.never_reported.as_deref(),
            movers_of_week: &report.movers_of_week,
            movers_of_month: &report.movers_of_month,
            problems: report.problems.iter().map(ProblemRow::of).collect(),
            coverage: report.coverage.as_ref(),
            owned_twice: report.owned_twice.as_deref(),
            accepted_gaps: report.accepted_gaps.as_deref(),
            runs: &report.runs,
        }
    }
}

fn dictionary() -> String {
    let languages: BTreeMap<&str, &Texts> =
        Locale::ALL.iter().map(|locale| (locale.as_str(), texts(*locale))).collect();
    in_script(&languages)
}

//! What the organisation knows about its problems, and what it should write down next.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::Serialize;

use super::OrganisationReport;
use super::problems::{EndedProblem, ProblemSummary};
use crate::guidance::{ControlCatalogue, Guidance, GuidancePart};
use crate::rendering::issue_title;
use crate::{Locale, Text};

/// Why a control is listed in a [`GuidanceStatus`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum GuidanceMatter {
    /// It has open issues and no guidance.
    Missing,
    /// A run reported it for the first time in the last four weeks.
    FirstSeen,
    /// Its last issue ended in the last four weeks: all is fixed, or Security Hub no longer checks it.
    Vanished,
    /// It has guidance, and Security Hub no longer has the control.
    Retired,
    /// The last review of its guidance is too long ago.
    Stale,
    /// Its guidance does not say when somebody last reviewed it.
    Undated,
    /// Its guidance is a draft, which readers do not see.
    Draft,
}

impl GuidanceMatter {
    /// All of them, in the order of the list.
    pub const ALL: [Self; 7] =
        [Self::Missing, Self::FirstSeen, Self::Vanished, Self::Retired, Self::Stale, Self::Undated, Self::Draft];

    /// The name in JSON and CSV.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::FirstSeen => "first_seen",
            Self::Vanished => "vanished",
            Self::Retired => "retired",
            Self::Stale => "stale",
            Self::Undated => "undated",
            Self::Draft => "draft",
        }
    }
}

/// A control and why it is listed.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct GuidanceNote {
    /// Why it is listed.
    pub matter: GuidanceMatter,
    /// The control.
    pub control: Text,
    /// Its title; `null` if neither history nor catalogue know it.
    pub title: Option<Text>,
    /// Its open issues, an issue of several projects once.
    pub open: u64,
    /// The points of its open issues: how much it weighs.
    pub points: u64,
    /// Number of projects that have it.
    pub projects: u64,
    /// Missing and first seen: the day of the first report. Vanished: the day of the last end. Stale: the day of the last
    /// review. `null` otherwise.
    pub since: Option<Date>,
    /// Of a control that vanished, how many of its issues did not end by a fix.
    pub not_fixed: Option<u64>,
    /// Whether readers find guidance for it.
    pub has_guidance: bool,
}

/// What an organisation has written about its controls, and what is missing.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct GuidanceStatus {
    /// The time of the report, UTC.
    pub as_of: Timestamp,
    /// Number of controls with guidance.
    pub guided: u64,
    /// Number of controls with open issues.
    pub open_controls: u64,
    /// When the catalogue of controls was fetched, UTC; `null` if there is none, and nobody knows what is retired.
    pub catalogue_of: Option<Timestamp>,
    /// Whether the history is older than four weeks. If not, nothing is called new or vanished.
    pub knows_changes: bool,
    /// The controls, by matter, the heaviest first.
    pub notes: Vec<GuidanceNote>,
}

/// What a [`GuidanceStatus`] is made by.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct StatusRules<'a> {
    /// The controls that Security Hub has, if that is known.
    pub catalogue: Option<&'a ControlCatalogue>,
    /// After how many months without a review guidance is stale; 0 for never.
    pub stale_after_months: u32,
    /// The time zone of days.
    pub time_zone: &'a TimeZone,
}

impl<'a> StatusRules<'a> {
    /// Guidance is stale after a year, and nobody knows which controls exist.
    pub fn new(time_zone: &'a TimeZone) -> Self {
        Self { catalogue: None, stale_after_months: 12, time_zone }
    }
}

impl GuidanceStatus {
    /// Compares the guidance with the problems of the organisation.
    pub fn of(report: &OrganisationReport, guidance: &Guidance, rules: &StatusRules<'_>) -> Self {
        let known = Known { report, guidance, rules };
        let mut notes = known.of_problems();
        notes.extend(report.ended_problems.iter().flatten().map(|ended| known.vanished(ended)));
        notes.extend(guidance.names().flat_map(|name| known.of_guidance(name)));
        notes.extend(guidance.drafts().map(|name| known.note(GuidanceMatter::Draft, name, None)));
        // stable: what is equal stays in the order of its list
        notes.sort_by_key(|note| (note.matter, std::cmp::Reverse(note.points)));
        Self {
            as_of: report.as_of,
            guided: guidance.controls() as u64,
            open_controls: report.problems.iter().filter(|problem| problem.control.is_some()).count() as u64,
            catalogue_of: rules.catalogue.map(|catalogue| catalogue.fetched_at),
            knows_changes: report.ended_problems.is_some(),
            notes,
        }
    }

    /// The notes of a matter, the heaviest first.
    pub fn of_matter(&self, matter: GuidanceMatter) -> impl Iterator<Item = &GuidanceNote> {
        self.notes.iter().filter(move |note| note.matter == matter)
    }
}

struct Known<'a> {
    report: &'a OrganisationReport,
    guidance: &'a Guidance,
    rules: &'a StatusRules<'a>,
}

impl Known<'_> {
    /// What is missing, and what is new.
    fn of_problems(&self) -> Vec<GuidanceNote> {
        let mut notes = Vec::new();
        for problem in &self.report.problems {
            let Some(control) = &problem.control else { continue };
            let since = Some(self.day(problem.first_reported));
            if !self.has_guidance(control) {
                notes.push(GuidanceNote { since, ..self.note(GuidanceMatter::Missing, control, Some(problem)) });
            }
            if problem.is_first_time == Some(true) {
                notes.push(GuidanceNote { since, ..self.note(GuidanceMatter::FirstSeen, control, Some(problem)) });
            }
        }
        notes
    }

    fn vanished(&self, ended: &EndedProblem) -> GuidanceNote {
        GuidanceNote {
            title: Some(ended.title.clone()),
            since: Some(self.day(ended.ended_at)),
            not_fixed: Some(ended.otherwise),
            ..self.note(GuidanceMatter::Vanished, &ended.control, None)
        }
    }

    /// Whether a text of the guidance is retired, stale or without a day.
    fn of_guidance(&self, control: &str) -> Vec<GuidanceNote> {
        let mut notes = Vec::new();
        if self.rules.catalogue.is_some_and(|catalogue| catalogue.get(control).is_none()) {
            notes.push(self.note(GuidanceMatter::Retired, control, self.problem(control)));
        }
        let reviewed = self.guidance.reviewed(control);
        match reviewed {
            None => notes.push(self.note(GuidanceMatter::Undated, control, self.problem(control))),
            Some(day) if self.oldest_review().is_some_and(|oldest| day < oldest) => {
                let note = self.note(GuidanceMatter::Stale, control, self.problem(control));
                notes.push(GuidanceNote { since: reviewed, ..note });
            }
            Some(_) => {}
        }
        notes
    }

    /// The first day on which a review is still recent; `None` if all are.
    fn oldest_review(&self) -> Option<Date> {
        let months = i32::try_from(self.rules.stale_after_months).ok().filter(|months| *months > 0)?;
        self.day(self.report.as_of).checked_sub(months.months()).ok()
    }

    fn note(&self, matter: GuidanceMatter, control: &str, problem: Option<&ProblemSummary>) -> GuidanceNote {
        let title = problem.map(|problem| problem.title.clone()).or_else(|| {
            let definition = self.rules.catalogue?.get(control)?;
            Some(definition.title.as_str().into())
        });
        GuidanceNote {
            matter,
            control: control.into(),
            title,
            open: problem.map_or(0, |problem| problem.open.total()),
            points: problem.map_or(0, |problem| problem.points),
            projects: problem.map_or(0, |problem| problem.projects.len() as u64),
            since: None,
            not_fixed: None,
            has_guidance: self.has_guidance(control),
        }
    }

    fn problem(&self, control: &str) -> Option<&ProblemSummary> {
        let is_it =
            |problem: &&ProblemSummary| problem.control.as_ref().is_some_and(|c| c.eq_ignore_ascii_case(control));
        self.report.problems.iter().find(is_it)
    }

    fn has_guidance(&self, control: &str) -> bool {
        self.guidance.names().any(|name| name.eq_ignore_ascii_case(control))
    }

    fn day(&self, at: Timestamp) -> Date {
        self.rules.time_zone.to_datetime(at).date()
    }
}

/// A problem that several projects share, to be taken up once for all of them.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Topic {
    /// The control; `null` for findings of no control.
    pub control: Option<Text>,
    /// Its title, without its control: the organisation's own, that of the reader's language, or that of its findings.
    pub title: String,
    /// Whether a run reported it for the first time in the last four weeks; `null` if the history is not older than
    /// these.
    pub is_new: Option<bool>,
    /// When a run first reported it, UTC.
    pub first_reported: Timestamp,
    /// The projects that have it, the one with the most open issues first.
    pub projects: Vec<String>,
    /// Its open issues, an issue of several projects once.
    pub open: u64,
    /// The points of its open issues.
    pub points: u64,
    /// Whether the organisation has guidance on it; `null` without a control.
    pub has_guidance: Option<bool>,
    /// The organisation's page about it.
    pub guidance_url: Option<String>,
    /// Whom to ask: as its guidance says, or else the contact for all questions.
    pub contact: Option<String>,
}

/// Returns the problems that several projects share: new ones first, then by weight. `contact` is the contact for
/// questions about controls whose guidance names none.
pub fn topics(report: &OrganisationReport, guidance: &Guidance, contact: Option<&str>, locale: Locale) -> Vec<Topic> {
    let shared = report.problems.iter().filter(|problem| problem.projects.len() > 1);
    let mut topics: Vec<Topic> = shared.map(|problem| topic(problem, report, guidance, contact, locale)).collect();
    topics.sort_by_key(|topic| topic.is_new != Some(true));
    topics
}

/// The title of a control for a list that names the control: the organisation's own, that of the language, or that of the
/// findings.
fn title_of<'a>(control: &str, known: &'a str, guidance: &'a Guidance, locale: Locale) -> &'a str {
    guidance.title(control, locale).unwrap_or_else(|| issue_title(known, Some(control), locale))
}

fn topic(
    problem: &ProblemSummary,
    report: &OrganisationReport,
    guidance: &Guidance,
    contact: Option<&str>,
    locale: Locale,
) -> Topic {
    let mut projects = problem.projects.clone();
    projects.sort_by_key(|one| (std::cmp::Reverse(one.open), one.project));
    let name = |index: usize| report.projects.get(index).map(|project| project.project.clone());
    let control = problem.control.as_deref();
    let own = |control| guidance.part(control, GuidancePart::Contact, locale);
    Topic {
        control: problem.control.clone(),
        title: control.map_or(&*problem.title, |id| title_of(id, &problem.title, guidance, locale)).to_owned(),
        is_new: problem.is_first_time,
        first_reported: problem.first_reported,
        projects: projects.iter().filter_map(|one| name(one.project)).collect(),
        open: problem.open.total(),
        points: problem.points,
        has_guidance: control.map(|id| guidance.names().any(|known| known.eq_ignore_ascii_case(id))),
        guidance_url: control.and_then(|id| guidance.link(id, locale)),
        contact: control.and_then(own).or(contact).map(str::to_owned),
    }
}

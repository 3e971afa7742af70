//! Conformance suite of [`OrganisationRenderer`].
//!
//! The suite does not know the format of the file. It can only check the bytes, the number of projects, and whether two
//! files are equal. The tests of each renderer have to check the content.

#![expect(clippy::expect_used, clippy::panic, reason = "a suite fails by panicking")]
#![expect(clippy::missing_panics_doc, reason = "a clause reports a broken contract by panicking")]
// not `expect`: whether the lint fires depends on the target for which the functions are compiled
#![allow(clippy::unused_async, reason = "the clauses of all suites have one signature, even if the trait is not async")]

use bytes::Bytes;
use jiff::Timestamp;

use super::renderer::hostile_texts;
use crate::organisation::{OrganisationDocument, OrganisationRenderer, OrganisationReport, WeekState};
use crate::testing::organisation::{
    full_organisation, hostile_organisation, large_organisation, report, story_of_twelve_runs,
};
use crate::{Locale, organisation::OrganisationInput};

/// Generates a test for each clause. `$make` is an async expression that yields a new renderer.
///
/// ```ignore
/// mod my_renderer {
///     findings_core::organisation_conformance!(async { MyRenderer::new() });
/// }
/// ```
#[macro_export]
macro_rules! organisation_conformance {
    ($make:expr) => {
        $crate::__conformance_tests!(
            organisation,
            $make,
            [
                every_project_is_counted,
                a_report_without_history_is_a_file,
                weeks_that_are_not_complete_differ,
                what_is_not_known_differs_from_nothing,
                the_same_document_gives_the_same_bytes,
                languages_and_contacts_differ,
                any_text_is_accepted,
                any_time_is_accepted,
                the_format_is_the_announced_one,
            ]
        );
    };
}

fn body<R: OrganisationRenderer>(renderer: &R, report: OrganisationReport) -> Bytes {
    renderer.render(&OrganisationDocument::new(report, Locale::En)).expect("render a report").body
}

/// The report without any project.
fn nothing() -> OrganisationReport {
    let range = crate::testing::organisation::range(4, "2026-12-02T00:00:00Z");
    report(OrganisationInput::new(range), [])
}

/// MUST put every project into the file and count them.
pub async fn every_project_is_counted<R: OrganisationRenderer>(renderer: R) {
    let mut last = 0;
    for projects in [1, 2, 70, 300] {
        let document = OrganisationDocument::new(large_organisation(projects, 5), Locale::En);
        let rendered = renderer.render(&document).expect("render a report");
        assert_eq!(rendered.projects, projects);
        assert!(rendered.body.len() > last, "the file of {projects} projects is larger than that of fewer");
        last = rendered.body.len();
    }
}

/// MUST render a report of which nothing is known.
pub async fn a_report_without_history_is_a_file<R: OrganisationRenderer>(renderer: R) {
    let rendered = renderer.render(&OrganisationDocument::new(nothing(), Locale::En)).expect("render a report");
    assert_eq!(rendered.projects, 0);
    assert!(!rendered.body.is_empty());
}

/// MUST show which weeks are not complete.
pub async fn weeks_that_are_not_complete_differ<R: OrganisationRenderer>(renderer: R) {
    let whole = story_of_twelve_runs();
    let mut bodies = vec![body(&renderer, whole.clone())];
    for state in [WeekState::Incomplete, WeekState::NoRun] {
        let mut changed = whole.clone();
        let week = &mut changed.weeks[6];
        week.state = state;
        if state == WeekState::NoRun {
            week.numbers = None;
        }
        bodies.push(body(&renderer, changed));
    }
    assert!(bodies[0] != bodies[1], "an incomplete week must not look like a complete one");
    assert!(bodies[0] != bodies[2] && bodies[1] != bodies[2], "a week without a run must not look like others");
}

/// MUST show what is not known in another way than nothing.
pub async fn what_is_not_known_differs_from_nothing<R: OrganisationRenderer>(renderer: R) {
    type Change = fn(&mut OrganisationReport);
    let pairs: [(&str, Change, Change); 7] = [
        ("accounts owned twice", |r| r.owned_twice = None, |r| r.owned_twice = Some(Vec::new())),
        ("accepted gaps", |r| r.accepted_gaps = None, |r| r.accepted_gaps = Some(Vec::new())),
        ("projects that never reported", |r| r.never_reported = None, |r| r.never_reported = Some(Vec::new())),
        (
            "the coverage check",
            |r| r.coverage = None,
            |r| r.coverage = Some(crate::organisation::OrganisationCoverage::default()),
        ),
        ("overdue issues", |r| r.totals.overdue = None, |r| r.totals.overdue = Some(crate::SeverityCounts::default())),
        (
            "accounts without owner",
            |r| r.coverage.iter_mut().for_each(|coverage| coverage.unowned = None),
            |r| r.coverage.iter_mut().for_each(|coverage| coverage.unowned = Some(Vec::new())),
        ),
        (
            "remarks about runs",
            |r| r.runs.iter_mut().for_each(|run| run.remarks = None),
            |r| r.runs.iter_mut().for_each(|run| run.remarks = Some(Vec::new())),
        ),
    ];
    for (what, unknown, none) in pairs {
        let (mut first, mut second) = (full_organisation(), full_organisation());
        unknown(&mut first);
        none(&mut second);
        assert!(body(&renderer, first) != body(&renderer, second), "{what}: not known must not look like none");
    }
}

/// MUST give the same bytes for the same document.
pub async fn the_same_document_gives_the_same_bytes<R: OrganisationRenderer>(renderer: R) {
    for locale in Locale::ALL {
        let document = OrganisationDocument::new(full_organisation(), locale);
        let first = renderer.render(&document).expect("render a report");
        let again = OrganisationDocument::new(full_organisation(), locale);
        assert!(first == renderer.render(&again).expect("render it again"), "the same document, the same bytes");
    }
}

/// SHOULD write in the language of the document, and say whom to ask.
pub async fn languages_and_contacts_differ<R: OrganisationRenderer>(renderer: R) {
    let render = |document: &OrganisationDocument| renderer.render(document).expect("render a report").body;
    let english = OrganisationDocument::new(full_organisation(), Locale::En);
    assert!(render(&english) != render(&OrganisationDocument::new(full_organisation(), Locale::Ja)));
    assert!(render(&english) != render(&english.clone().with_contact("security@example.com")));
}

/// MUST accept any text in any field.
pub async fn any_text_is_accepted<R: OrganisationRenderer>(renderer: R) {
    for text in hostile_texts() {
        let report = hostile_organisation(&text);
        let projects = report.projects.len() as u64;
        let document = OrganisationDocument::new(report, Locale::En).with_contact(&text);
        let rendered = renderer.render(&document);
        let rendered =
            rendered.unwrap_or_else(|e| panic!("{:?}: {}", text.chars().take(40).collect::<String>(), e.report()));
        assert_eq!(rendered.projects, projects);
    }
}

/// MUST accept any time.
pub async fn any_time_is_accepted<R: OrganisationRenderer>(renderer: R) {
    for moment in [Timestamp::MIN, Timestamp::UNIX_EPOCH, Timestamp::MAX] {
        let mut report = full_organisation();
        report.as_of = moment;
        report.last_run = Some(moment);
        for run in &mut report.runs {
            run.at = moment;
        }
        for problem in &mut report.problems {
            problem.oldest_opened_at = moment;
        }
        let projects = report.projects.len() as u64;
        let rendered = renderer.render(&OrganisationDocument::new(report, Locale::Ja)).expect("render a report");
        assert_eq!(rendered.projects, projects);
    }
}

/// [`OrganisationRenderer::format`] MUST be the format of the rendered file.
pub async fn the_format_is_the_announced_one<R: OrganisationRenderer>(renderer: R) {
    let document = OrganisationDocument::new(story_of_twelve_runs(), Locale::En);
    let rendered = renderer.render(&document).expect("render a report");
    assert_eq!(rendered.format, renderer.format());
    assert!(!rendered.format.extension.starts_with('.') && rendered.format.media_type.contains('/'));
}

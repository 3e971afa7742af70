//! Conformance suite of [`ReportRenderer`], and sample reports.
//!
//! The suite does not know the format of the file. It can only check the bytes, the number of rows, and whether two
//! files are equal. The tests of each renderer have to check the content.

#![expect(clippy::expect_used, clippy::panic, reason = "a suite fails by panicking")]
#![expect(clippy::missing_panics_doc, reason = "a clause reports a broken contract by panicking")]
// not `expect`: whether the lint fires depends on the target for which the functions are compiled
#![allow(clippy::unused_async, reason = "the clauses of all suites have one signature, even if the trait is not async")]

mod sample_decisions;
mod sample_reports;

pub use sample_decisions::sample_token_key;
pub use sample_reports::{
    SAMPLE_TIME, clean_report, empty_report, hostile_report, hostile_texts, incomplete_report, report_of, sample_report,
};

use jiff::Timestamp;

use crate::report::{Problem, ProblemKind};
use crate::{ErrorKind, Locale, ReportRenderer};

/// Generates a test for each clause. `$make` is an async expression that yields a new renderer.
///
/// ```ignore
/// mod my_renderer {
///     findings_core::renderer_conformance!(async { MyRenderer::new() });
/// }
/// ```
#[macro_export]
macro_rules! renderer_conformance {
    ($make:expr) => {
        $crate::__conformance_tests!(
            renderer,
            $make,
            [
                every_finding_is_counted,
                an_empty_report_is_a_file,
                an_incomplete_report_differs,
                stale_issues_are_in_the_file,
                problems_are_in_the_file,
                the_same_report_gives_the_same_bytes,
                any_text_is_accepted,
                any_time_is_accepted,
                a_finding_that_cannot_be_read_is_an_error,
                the_format_is_the_announced_one,
            ]
        );
    };
}

/// MUST write every finding of the report into the file and count them.
pub async fn every_finding_is_counted<R: ReportRenderer>(renderer: R) {
    let mut last = 0;
    for findings in [1, 2, 70, 300] {
        let report = report_of(findings, Locale::En);
        let rendered = renderer.render(&report).expect("render a report");
        assert_eq!(rendered.rows, findings as u64);
        assert!(rendered.body.len() > last, "the file of {findings} findings is larger than that of fewer");
        last = rendered.body.len();
    }
}

/// MUST render a report without findings, too.
pub async fn an_empty_report_is_a_file<R: ReportRenderer>(renderer: R) {
    for report in [clean_report(Locale::En), empty_report()] {
        let rendered = renderer.render(&report).expect("render a report without findings");
        assert_eq!(rendered.rows, 0);
        assert!(!rendered.body.is_empty());
    }
}

/// MUST say in the file that the report is incomplete.
pub async fn an_incomplete_report_differs<R: ReportRenderer>(renderer: R) {
    for whole in [sample_report(Locale::En), clean_report(Locale::En)] {
        let mut broken = whole.clone();
        broken.problems.push(Problem::new(ProblemKind::RegistryLine, "line 7: no such account"));
        let (whole, broken) = (renderer.render(&whole), renderer.render(&broken));
        let (whole, broken) = (whole.expect("render a report"), broken.expect("render an incomplete report"));
        assert_ne!(whole.body, broken.body, "an incomplete report must not look like a complete one");
        assert_eq!(whole.rows, broken.rows);
    }
    let mut unread = clean_report(Locale::En);
    unread.accounts[0].complete = false;
    let unread = renderer.render(&unread).expect("render a report with an account that was not read");
    let clean = renderer.render(&clean_report(Locale::En)).expect("render a clean report");
    assert_ne!(unread.body, clean.body, "the file must show that an account was not read");
}

/// MUST say in the file that issues are stale, and how many.
pub async fn stale_issues_are_in_the_file<R: ReportRenderer>(renderer: R) {
    let body = |stale| {
        let mut report = clean_report(Locale::En);
        (report.stale.critical, report.changes.stale) = (stale, stale);
        renderer.render(&report).expect("render a report").body
    };
    let bodies = [0, 1, 50].map(body);
    assert!(bodies[0] != bodies[1] && bodies[1] != bodies[2], "the file must show how many issues are stale");
}

/// MUST say which problems make the report incomplete.
pub async fn problems_are_in_the_file<R: ReportRenderer>(renderer: R) {
    let kinds = [
        ProblemKind::AccountNotFetched,
        ProblemKind::UnreadableFinding,
        ProblemKind::RegistryLine,
        ProblemKind::NoAccount,
    ];
    let mut bodies = Vec::new();
    for kind in kinds {
        let mut report = clean_report(Locale::En);
        report.problems.push(Problem::new(kind, "detail"));
        bodies.push(renderer.render(&report).expect("render an incomplete report").body);
    }
    let mut report = clean_report(Locale::En);
    report.problems.push(Problem::new(ProblemKind::RegistryLine, "another detail"));
    bodies.push(renderer.render(&report).expect("render an incomplete report").body);
    for (n, body) in bodies.iter().enumerate() {
        assert!(!bodies[..n].contains(body), "the file with problem {n} equals another one");
    }
}

/// MUST give the same bytes for the same report.
pub async fn the_same_report_gives_the_same_bytes<R: ReportRenderer>(renderer: R) {
    for report in Locale::ALL.map(sample_report).into_iter().chain([incomplete_report(Locale::En)]) {
        let first = renderer.render(&report).expect("render a report");
        let second = renderer.render(&report.clone()).expect("render it again");
        assert!(first == second, "the same report must give the same bytes");
    }
}

/// MUST accept any text in any field.
pub async fn any_text_is_accepted<R: ReportRenderer>(renderer: R) {
    for text in hostile_texts() {
        let report = hostile_report(&text);
        let rendered = renderer.render(&report);
        let rendered =
            rendered.unwrap_or_else(|e| panic!("{:?}: {}", text.chars().take(40).collect::<String>(), e.report()));
        assert_eq!(rendered.rows, report.findings.len() as u64);
    }
}

/// MUST accept any time.
pub async fn any_time_is_accepted<R: ReportRenderer>(renderer: R) {
    for moment in [Timestamp::MIN, Timestamp::UNIX_EPOCH, Timestamp::MAX] {
        let mut report = sample_report(Locale::En);
        report.generated_at = moment;
        for row in report.findings.to_mut().expect("findings in memory") {
            row.first_seen = moment;
        }
        assert_eq!(renderer.render(&report).expect("render a report").rows, report.findings.len() as u64);
    }
}

/// MUST return the error of a finding that it cannot read, and no file without it.
pub async fn a_finding_that_cannot_be_read_is_an_error<R: ReportRenderer>(renderer: R) {
    let mut report = sample_report(Locale::En);
    report.findings = report.findings.damaged().expect("findings in memory");
    let error = renderer.render(&report).expect_err("a finding is missing");
    assert_eq!(error.kind(), ErrorKind::Storage, "{}", error.report());
}

/// [`ReportRenderer::format`] MUST be the format of the rendered file.
pub async fn the_format_is_the_announced_one<R: ReportRenderer>(renderer: R) {
    let rendered = renderer.render(&sample_report(Locale::En)).expect("render a report");
    assert_eq!(rendered.format, renderer.format());
    assert!(!rendered.format.extension.starts_with('.') && rendered.format.media_type.contains('/'));
}

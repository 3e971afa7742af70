//! The page never says "clean" where it is not known: the rules of `docs/truth.md`.

use findings_core::Locale;
use findings_core::coverage::{AcceptedGap, CoverageReason, RegionCoverage};
use findings_core::report::{Problem, ProblemKind, Report};
use findings_core::testing::conformance::renderer::{
    clean_report, empty_report, incomplete_report, report_of, sample_report,
};
use findings_core::wording::{ReportTexts, Wording};

use super::support::{between, project_page, text};

/// What stands before the numbers.
fn status(page: &str) -> String {
    text(between(page, "<main id=\"main\" tabindex=\"-1\">", "<section id=\"summary\""))
}

/// A report without findings whose accounts have this coverage.
fn with_coverage(reason: CoverageReason, locale: Locale) -> Report {
    let mut report = clean_report(locale);
    for account in &mut report.accounts {
        account.coverage = vec![RegionCoverage::new(reason)];
    }
    report
}

#[test]
fn what_is_missing_stands_before_everything_else() {
    for locale in Locale::ALL {
        let (report, say) = (incomplete_report(locale), Wording::of(locale));
        let told = status(&project_page(&report));
        assert!(told.starts_with(say.incomplete()), "{told}");
        for sentence in [
            say.incomplete_meaning(),
            say.problem(ProblemKind::AccountNotFetched),
            say.problem(ProblemKind::RegistryLine),
            say.problem(ProblemKind::UnreadableFinding),
            say.not_all_checked(),
            &say.stale(&report.stale).unwrap(),
        ] {
            assert!(told.contains(sentence), "{sentence}: {told}");
        }
        assert!(!told.contains("AccessDenied"), "the text of a service's error is for operators");
    }
}

#[test]
fn only_a_covered_complete_report_is_called_clean() {
    for locale in Locale::ALL {
        let texts = &ReportTexts::of(locale).summary;
        let clean = with_coverage(CoverageReason::ChecksSeen, locale);
        assert!(status(&project_page(&clean)).contains(texts.clean_title.trim_start_matches("✓  ")));
        let mut stale = clean.clone();
        stale.stale.low = 1;
        let mut blind = clean.clone();
        blind.problems.push(Problem::new(ProblemKind::RegistryLine, ""));
        let mut accepted = with_coverage(CoverageReason::NotMember, locale);
        for account in &mut accepted.accounts {
            let until = jiff::civil::date(2027, 1, 1);
            account.coverage[0].accepted = Some(AcceptedGap::new(account.id, "will be closed", until));
        }
        let unverified = [clean_report(locale), with_coverage(CoverageReason::NotLookedAt, locale)];
        for report in unverified.iter().chain([&stale, &blind, &accepted, &empty_report()]) {
            let page = project_page(report);
            assert!(!page.contains(texts.clean_title) && !page.contains("band calm"), "{}", status(&page));
        }
        for report in &unverified {
            let told = status(&project_page(report));
            assert!(told.starts_with(texts.none_seen_title), "{told}");
            assert!(told.contains(&Wording::of(locale).assurance(&report.certainty(), "")), "{told}");
        }
    }
}

#[test]
fn an_empty_table_of_an_incomplete_report_does_not_seem_clean() {
    let mut report = with_coverage(CoverageReason::ChecksSeen, Locale::En);
    report.problems.push(Problem::new(ProblemKind::RegistryLine, "line 7"));
    let page = project_page(&report);
    for id in ["findings", "controls"] {
        let part = text(between(&page, &format!("<section id=\"{id}\""), "</section>"));
        assert!(part.contains("the report is INCOMPLETE: this does not mean that there are none"), "{part}");
    }
    let summary = text(between(&page, "<section id=\"summary\"", "</section>"));
    assert!(summary.contains("Zero does not mean"), "{summary}");
}

#[test]
fn a_gap_is_told_with_its_account_and_the_reason() {
    let mut report = sample_report(Locale::En);
    let gap = Problem::new(ProblemKind::Coverage(CoverageReason::NotMember), "run enable-organization-admin-account");
    report.problems.push(gap.with_account(report.accounts[0].id).with_region("us-east-1"));
    let told = status(&project_page(&report));
    assert!(told.contains("Account 100000000001 (決済基盤-本番), us-east-1: The account is not connected"), "{told}");
    assert!(told.contains("The record of the run says what to do") && !told.contains("enable-organization"), "{told}");
}

#[test]
fn many_problems_are_folded_and_none_is_left_out() {
    let mut report = report_of(1, Locale::En);
    report.problems = (0..40).map(|n| Problem::new(ProblemKind::RegistryLine, format!("detail {n:02}."))).collect();
    let told = status(&project_page(&report));
    assert!((0..40).all(|n| told.contains(&format!("detail {n:02}."))) && told.contains("28 more"), "{told}");
}

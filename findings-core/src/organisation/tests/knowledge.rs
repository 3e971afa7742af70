//! What the registry, the coverage check, the summaries and the guidance add to a report.

use std::collections::BTreeSet;

use super::*;
use crate::coverage::{AcceptedGap, AcceptedGaps, CoverageReason, Ownership, RegionCoverage, Verdict};
use crate::guidance::{ControlCatalogue, ControlDefinition, Guidance};
use crate::registry::{Project, Registry};

/// Two projects that share account 2, of which one departs after two runs.
fn histories() -> [(&'static str, ProjectHistory); 2] {
    let mut one = Story::of(&[1, 2]);
    let mut two = Story::of(&[2]);
    let shared = || finding(2, "S3.8", Severity::High);
    for n in 1..=3 {
        one.run("One", week(n), vec![shared(), finding(1, "1.4", Severity::Low)], &[], &[]);
        if n < 3 {
            two.run("Two", week(n), vec![shared()], &[], &[]);
        }
    }
    [("One", one.history()), ("Two", two.history())]
}

fn make(change: impl FnOnce(&mut OrganisationInput)) -> OrganisationReport {
    let histories = histories();
    let mut input = OrganisationInput::new(range(4, "2026-09-23T00:00:00Z"));
    change(&mut input);
    report(input, histories.iter().map(|(name, history)| (*name, history)))
}

#[test]
fn the_registry_tells_who_departed_and_who_never_reported() {
    let mut registry = Registry::default();
    let accounts = [1, 2, 7, 8].map(account);
    // the history of "One" goes on under a new name with the next run
    registry.projects.push(Project::new("Uno").with_aliases(["One"]).with_accounts(accounts));
    registry.projects.push(Project::new("New").with_accounts([account(2)]));
    let report = make(|input| input.registry = Some(registry));
    let [one, two] = &report.projects[..] else { panic!("{:?}", report.projects) };
    assert_eq!((one.standing, one.accounts, one.has_recipients), (Standing::Active, Some(4), Some(false)));
    // 5 points for an issue of severity high, in 4 accounts
    assert_eq!((one.points, one.rank, report.score.accounts), (Some(1.3), Some(1), AccountsBasis::Registry));
    assert_eq!((two.standing, two.accounts, two.no_rank), (Standing::Departed, None, Some(NoRank::NotActive)));
    assert_eq!(two.series.state[3], WeekState::Gone);
    assert_eq!(report.weeks[3].state, WeekState::Complete, "nobody waits for a departed project");
    assert_eq!(report.never_reported, Some(vec!["New".to_owned()]));
    let shared = report.owned_twice.unwrap();
    assert_eq!((shared[0].account, shared[0].projects.len()), (account(2), 2));
    // One has two open issues and Two one, which is the same as one of One
    assert_eq!((report.totals.open.total(), report.totals.counted_more_than_once), (2, 1));
    assert_eq!((report.totals.active, report.totals.of_projects_not_active.total()), (1, 1));
    assert_eq!(report.totals.not_confirmed.total(), 0, "One still looks at the shared account");
}

#[test]
fn coverage_gaps_and_guidance_are_told() {
    let mut gap = RegionCoverage::new(CoverageReason::NotMember);
    let until = "2026-09-30".parse().unwrap();
    gap.accepted = Some(AcceptedGap::new(account(1), "closing", until));
    let mut accepted = AccountStanding::new("One", account(1), Verdict::NotCovered);
    accepted.regions.push(gap.clone());
    let mut open = AccountStanding::new("One", account(2), Verdict::Unknown);
    open.regions.push(RegionCoverage::new(CoverageReason::NoRecentCheck));
    let mut unread = AccountStanding::new("Two", account(2), Verdict::Covered);
    unread.complete = false;
    let report = make(|input| {
        let coverage = CoverageInput::new(vec![accepted, open, unread], Some(Ownership::default()));
        input.coverage = Some(CoverageInput { looked_for_unowned: false, ..coverage });
        input.accepted_gaps = Some(AcceptedGaps::new(vec![
            AcceptedGap::new(account(9), "later", "2027-01-31".parse().unwrap()),
            AcceptedGap::new(account(8), "ended", "2026-09-22".parse().unwrap()),
        ]));
        input.guidance = Some(BTreeSet::from(["s3.8".to_owned()]));
    });
    let coverage = report.coverage.unwrap();
    assert_eq!((coverage.accounts.not_covered, coverage.accounts.unknown, coverage.accounts.covered), (1, 1, 0));
    let gaps: Vec<_> = coverage.gaps.iter().map(|gap| (gap.account, gap.accepted_until)).collect();
    assert_eq!((gaps, coverage.unread), (vec![(account(1), Some(until)), (account(2), None)], 1));
    assert_eq!((coverage.unowned, coverage.unknown), (None, Some(vec![])), "nobody looked for accounts without owner");
    let one = report.projects[0].coverage.unwrap();
    assert_eq!((one.accounts, one.gaps, one.accepted, one.unread), (2, 1, 1, 0));
    let ends: Vec<_> = report.accepted_gaps.unwrap().iter().map(|end| (end.gap.account, end.days_left)).collect();
    assert_eq!(ends, [(account(8), -1), (account(9), 130)]);
    let guided: Vec<_> = report.problems.iter().map(|p| (p.control.clone().unwrap(), p.has_guidance)).collect();
    assert_eq!(guided, [("S3.8".into(), Some(true)), ("1.4".into(), Some(false))]);
}

#[test]
fn a_control_named_by_number_is_one_problem_for_each_title() {
    let mut story = Story::of(&[1, 2, 3]);
    let of_standard = |n: u64, standard: &str| {
        let mut finding = finding(n, "1.4", Severity::High);
        finding.title = format!("Title in {standard}").into();
        finding.standards = vec![standard.into()];
        finding
    };
    let loose = |n: u64, title: &str| {
        let mut finding = finding(n, "", Severity::High);
        (finding.control_id, finding.title) = (None, title.into());
        finding
    };
    let findings = vec![of_standard(1, "CIS 1.2"), of_standard(2, "CIS 3.0"), loose(3, "port scan")];
    story.run("One", week(1), findings, &[], &[]);
    let mut other = Story::of(&[4]);
    other.run("Two", week(1), vec![loose(4, "only here")], &[], &[]);
    let (one, two) = (story.history(), other.history());
    let input = OrganisationInput::new(range(2, "2026-09-09T00:00:00Z"));
    let report = report(input, [("One", &one), ("Two", &two)]);
    let titles: Vec<&str> = report.problems.iter().map(|problem| &*problem.title).collect();
    assert_eq!(titles, ["Title in CIS 1.2", "Title in CIS 3.0"], "what one project has of no control is its own");
}

/// Three projects over eight weeks: S3.8 in all of them from the first week on, EC2.19 new in the seventh week in two,
/// KMS.4 fixed in the seventh, IAM.6 only in one.
fn eight_weeks() -> OrganisationReport {
    let mut stories: Vec<(&str, Story)> =
        vec![("One", Story::of(&[1])), ("Two", Story::of(&[2])), ("Three", Story::of(&[3]))];
    for n in 1..=8 {
        for (index, (name, story)) in stories.iter_mut().enumerate() {
            let of = index as u64 + 1;
            let mut findings = vec![finding(of, "S3.8", Severity::High)];
            if n >= 7 && of <= 2 {
                findings.push(finding(of, "EC2.19", Severity::Critical));
            }
            if n < 7 && of == 1 {
                findings.push(finding(of, "KMS.4", Severity::Medium));
            }
            if of == 3 {
                findings.push(finding(of, "IAM.6", Severity::Medium));
            }
            story.run(name, week(n), findings, &[], &[]);
        }
    }
    let histories: Vec<(&str, ProjectHistory)> = stories.iter().map(|(name, story)| (*name, story.history())).collect();
    let at = week(8).checked_add(jiff::SignedDuration::from_hours(1)).unwrap().to_string();
    report(OrganisationInput::new(range(8, &at)), histories.iter().map(|(name, history)| (*name, history)))
}

#[test]
fn the_status_says_what_is_missing_new_vanished_retired_and_old() {
    let report = eight_weeks();
    let page = |reviewed: &str| format!("---\nreviewed: {reviewed}\n---\n## Fix\nx\n").into_bytes();
    let guidance = Guidance::from_markdown([
        ("S3.8.md".to_owned(), page("2025-01-31")),
        ("Old.1.md".to_owned(), page("2026-08-01")),
        ("KMS.4.md".to_owned(), b"## Fix\nx\n".to_vec()),
        ("IAM.6.md".to_owned(), b"---\ndraft: true\n---\n## Fix\nx\n".to_vec()),
    ])
    .unwrap();
    let mut catalogue = ControlCatalogue::new(week(8));
    for id in ["S3.8", "EC2.19", "KMS.4", "IAM.6"] {
        catalogue.controls.push(ControlDefinition::new(id, format!("Title of {id}")));
    }
    let utc = jiff::tz::TimeZone::UTC;
    let mut rules = StatusRules::new(&utc);
    rules.catalogue = Some(&catalogue);
    let status = GuidanceStatus::of(&report, &guidance, &rules);
    let of = |matter: GuidanceMatter| -> Vec<&str> { status.of_matter(matter).map(|note| &*note.control).collect() };
    assert_eq!(of(GuidanceMatter::Missing), ["EC2.19", "IAM.6"], "by weight; a draft is no guidance");
    assert_eq!(of(GuidanceMatter::FirstSeen), ["EC2.19"]);
    assert_eq!(of(GuidanceMatter::Vanished), ["KMS.4"]);
    assert_eq!(of(GuidanceMatter::Retired), ["Old.1"]);
    assert_eq!(of(GuidanceMatter::Stale), ["S3.8"]);
    assert_eq!(of(GuidanceMatter::Undated), ["KMS.4"]);
    assert_eq!(of(GuidanceMatter::Draft), ["IAM.6"]);
    assert_eq!((status.guided, status.open_controls, status.knows_changes), (3, 3, true));
    let new = status.of_matter(GuidanceMatter::FirstSeen).next().unwrap();
    assert_eq!((new.open, new.points, new.projects, new.has_guidance), (2, 20, 2, false), "10 points a critical issue");
    assert_eq!(new.since, Some(jiff::tz::TimeZone::UTC.to_datetime(week(7)).date()));
    let gone = status.of_matter(GuidanceMatter::Vanished).next().unwrap();
    assert_eq!((gone.not_fixed, gone.since), (Some(0), new.since), "the run of that week found it fixed");
    // without a catalogue nobody knows what is retired, and never is never
    rules = StatusRules { catalogue: None, stale_after_months: 0, ..rules };
    let status = GuidanceStatus::of(&report, &guidance, &rules);
    let silent =
        [GuidanceMatter::Retired, GuidanceMatter::Stale].into_iter().flat_map(|matter| status.of_matter(matter));
    assert_eq!(silent.count(), 0);
}

#[test]
fn a_short_history_calls_nothing_new_or_vanished() {
    let report = make(|_| {});
    let status = GuidanceStatus::of(&report, &Guidance::default(), &StatusRules::new(&jiff::tz::TimeZone::UTC));
    assert!(!status.knows_changes && report.ended_problems.is_none());
    assert!(status.notes.iter().all(|note| note.matter == GuidanceMatter::Missing), "{:?}", status.notes);
}

#[test]
fn topics_are_problems_of_several_projects_the_new_ones_first() {
    let report = eight_weeks();
    let csv = "control,fix,contact,title\nS3.8,x,#buckets,Private buckets\n";
    let guidance = Guidance::from_csv(csv.as_bytes()).unwrap();
    let guidance = guidance.with_site(Some("https://wiki.example.com".parse().unwrap()));
    let topics = topics(&report, &guidance, Some("desk@example.com"), crate::Locale::En);
    let told: Vec<_> = topics.iter().map(|topic| (topic.control.as_deref().unwrap(), topic.is_new)).collect();
    assert_eq!(told, [("EC2.19", Some(true)), ("S3.8", Some(false))], "IAM.6 is the business of one project");
    assert_eq!(
        (topics[0].projects.clone(), topics[0].has_guidance),
        (vec!["One".to_owned(), "Two".into()], Some(false))
    );
    assert_eq!((topics[0].contact.as_deref(), &topics[0].guidance_url), (Some("desk@example.com"), &None));
    assert_eq!((topics[1].contact.as_deref(), topics[1].title.as_str()), (Some("#buckets"), "Private buckets"));
    assert_eq!(topics[1].guidance_url.as_deref(), Some("https://wiki.example.com/S3.8.html#en"));
    assert_eq!((topics[1].projects.len(), topics[1].open), (3, 3));
}

use std::collections::BTreeSet;

use super::*;
use crate::decision::DecisionKind;

fn certainty(verdict: Verdict, other_regions: bool) -> Certainty {
    let mut certainty = crate::report::Report::new("x", "r".parse().unwrap(), jiff::Timestamp::UNIX_EPOCH).certainty();
    (certainty.verdict, certainty.other_regions) = (verdict, other_regions);
    if other_regions {
        certainty.unseen_regions = (1..9).map(|n| format!("eu-west-{n}")).collect();
    }
    certainty
}

const UNREAD: [UnreadReason; 8] = [
    UnreadReason::NotAllowed,
    UnreadReason::NotSignedIn,
    UnreadReason::HubOff,
    UnreadReason::Throttled,
    UnreadReason::NoAnswer,
    UnreadReason::BadAnswer,
    UnreadReason::Empty,
    UnreadReason::Other,
];

/// Every sentence of a language, by the name of what it says.
fn sentences(locale: Locale) -> Vec<(String, String)> {
    use CoverageReason as Reason;
    let say = Wording::of(locale);
    let reasons = [
        Reason::ChecksSeen,
        Reason::NotLookedAt,
        Reason::ChecksImpaired,
        Reason::NoRecentCheck,
        Reason::MembersNotListed,
        Reason::ServiceOff,
        Reason::ChecksNotRead,
        Reason::NotMember,
        Reason::NeverEnabled,
        Reason::NotAccepted,
        Reason::Left,
        Reason::Suspended,
        Reason::HubOff,
        Reason::RegionNotLookedAt,
        Reason::NoRecords,
    ];
    let verdicts: BTreeSet<Verdict> = reasons.iter().map(|r| r.verdict()).collect();
    assert_eq!(verdicts.len(), 5, "all verdicts");
    let resolutions = [
        Resolution::Gone,
        Resolution::Passed,
        Resolution::Archived,
        Resolution::Suppressed,
        Resolution::MarkedResolved,
        Resolution::AccountLeft,
        Resolution::ProjectLeft,
        Resolution::Renamed,
        Resolution::Merged,
    ];
    let problems = [
        ProblemKind::AccountNotFetched,
        ProblemKind::UnreadableFinding,
        ProblemKind::RegistryLine,
        ProblemKind::NoAccount,
        ProblemKind::SeeReport,
        ProblemKind::Coverage(Reason::HubOff),
    ];
    let changes = [Change::New, Change::Reopened, Change::Open, Change::Worse];
    let mut all: Vec<(String, &str)> = Vec::new();
    all.extend(Severity::WORST_FIRST.map(|s| (format!("{s:?}"), say.severity(s))));
    all.extend(changes.map(|c| (format!("{c:?}"), say.change(c))));
    all.extend(resolutions.map(|r| (format!("{r:?}"), say.resolution(r))));
    all.extend(verdicts.into_iter().map(|v| (format!("{v:?}"), say.verdict(v))));
    all.extend(reasons.map(|r| (format!("{r:?}"), say.coverage_reason(r))));
    all.extend(UNREAD.map(|r| (format!("{r:?}"), say.unread(r))));
    all.extend(problems.map(|p| (format!("{p:?}"), say.problem(p))));
    let kinds = DecisionKind::CHOICES.into_iter().chain([DecisionKind::AcceptanceEnded]);
    all.extend(kinds.map(|k| (format!("{k:?}"), say.decision(k))));
    all.extend(ReturnColumn::ALL.map(|c| (format!("{c:?}"), say.return_column(c))));
    let fixed = [
        say.incomplete(),
        say.incomplete_meaning(),
        say.not_all_checked(),
        say.not_all_watched(),
        say.operators_know(),
        say.replaces_earlier(),
        say.counted_once(),
    ];
    all.extend(fixed.into_iter().enumerate().map(|(n, text)| (format!("fixed {n}"), text)));
    let leads = [LeadReason::Overdue(3), LeadReason::Worse, LeadReason::Reopened, LeadReason::New, LeadReason::Open(0)];
    let leads = leads.into_iter().chain([LeadReason::Overdue(1), LeadReason::Open(1), LeadReason::Open(90)]);
    let made = [
        say.accepted(Date::constant(2026, 12, 31), "why"),
        say.place(Some("123456789012"), Some("us-east-1")),
        say.at(&say.place(Some("123456789012"), None), "why"),
        say.assurance(&certainty(Verdict::Covered, false), ""),
        say.assurance(&certainty(Verdict::Covered, false), "us-east-1"),
        say.assurance(&certainty(Verdict::NotChecked, true), ""),
        say.assurance(&certainty(Verdict::NotChecked, true), "us-east-1"),
        say.assurance(&certainty(Verdict::NotChecked, false), ""),
        say.distinct_problems(2, "2"),
        say.how_to_return("2027-02-21 09:00 (UTC)"),
        say.emptied_decides_nothing(),
        say.overdue(3).unwrap(),
        say.accepted_issues(3, 0).unwrap(),
        say.accepted_issues(3, 1).unwrap(),
        say.ended_acceptances(2).unwrap(),
        say.sheet_cell("S", "Z12"),
        say.sheet_row("S", 12),
        say.line(3),
        say.stale(&SeverityCounts { critical: 1, high: 2, ..SeverityCounts::default() }).unwrap(),
        say.closed_without_fix(&Changes { suppressed: 1, archived: 2, left: 3, ..Changes::default() }).unwrap(),
    ];
    let fixed = all.into_iter().map(|(name, text)| (name, text.to_owned()));
    let news = [(Some(Severity::High), 2), (None, 3)]
        .map(|(severity, n)| say.language.sentences.new_issues(severity, &say.number(n)));
    let news = news.into_iter().chain([
        say.language.sentences.overdue_issues("1"),
        say.language.sentences.reopened_issues("1"),
        say.language.sentences.worse_issues("1"),
        say.language.sentences.fixed_issues("1"),
        say.no_change().to_owned(),
        say.thanks(2).unwrap(),
        say.further_places(3).unwrap(),
    ]);
    let made = made.into_iter().chain(news).chain(leads.map(|reason| say.lead_reason(reason)));
    fixed.chain(made.into_iter().enumerate().map(|(n, text)| (format!("made {n}"), text))).collect()
}

#[test]
fn no_sentence_is_empty_and_none_is_left_in_another_language() {
    let mut seen = BTreeSet::new();
    for locale in Locale::ALL {
        for (name, text) in sentences(locale) {
            assert!(!text.trim().is_empty() && text.is_ascii() == (locale == Locale::En), "{locale}, {name}: {text}");
            assert!(seen.insert((name.clone(), text.clone())), "{locale}, {name}: {text}");
        }
    }
}

/// A reader of returned reports takes names of any language, so none may mean two things.
#[test]
fn names_of_decisions_and_columns_are_unique_over_the_languages() {
    let languages = Locale::ALL.map(Wording::of);
    let kinds: BTreeSet<&str> =
        languages.iter().flat_map(|say| DecisionKind::CHOICES.map(|kind| say.decision(kind))).collect();
    assert_eq!(kinds.len(), Locale::ALL.len() * DecisionKind::CHOICES.len());
    let columns: BTreeSet<&str> =
        languages.iter().flat_map(|say| ReturnColumn::ALL.map(|column| say.return_column(column))).collect();
    assert_eq!(columns.len(), Locale::ALL.len() * ReturnColumn::ALL.len());
}

#[test]
fn nothing_is_said_of_deadlines_if_there_are_none() {
    let say = Wording::of(Locale::En);
    assert_eq!((say.overdue(0), say.accepted_issues(0, 0), say.ended_acceptances(0)), (None, None, None));
    assert_eq!(say.overdue(1).unwrap(), "1 issue is overdue.");
    assert!(say.accepted_issues(2, 1).unwrap().ends_with(" 1 acceptance ends within 30 days."));
}

#[test]
fn japanese_has_no_space_before_its_counters() {
    for (name, text) in sentences(Locale::Ja) {
        assert!(!text.contains(" 件") && !text.contains(" 時間"), "{name}: {text}");
    }
}

#[test]
fn a_place_is_named_before_its_sentence() {
    let say = Wording::of(Locale::En);
    let place = say.place(Some("123456789012"), Some("us-east-1"));
    assert_eq!(say.at(&place, "Why."), "Account 123456789012, us-east-1: Why.");
    assert_eq!(say.place(None, Some("us-east-1")), "us-east-1");
    assert_eq!(say.at(&say.place(None, None), "Why."), "Why.");
    assert_eq!(say.distinct_problems(1, "1"), "1 distinct problem (findings about the same problem count once).");
}

#[test]
fn an_empty_answer_is_assured_only_where_checks_were_seen() {
    let say = Wording::of(Locale::En);
    for (verdict, other_regions) in
        [(Verdict::NotChecked, true), (Verdict::NotChecked, false), (Verdict::Unknown, false)]
    {
        assert!(say.assurance(&certainty(verdict, other_regions), "us-east-1").contains("was not verified"));
    }
    assert!(!say.assurance(&certainty(Verdict::Covered, false), "us-east-1").contains("not verified"));
}

/// The page of rules quotes these sentences: one wording for one fact.
#[test]
fn page_of_rules_quotes_the_sentences() {
    let page = include_str!("../../../docs/truth.md");
    let stale = SeverityCounts { critical: 50, ..SeverityCounts::default() };
    let changes = Changes { suppressed: 4, ..Changes::default() };
    let mut certainty = certainty(Verdict::NotChecked, false);
    (certainty.ambiguous, certainty.odd_values) = (2, 3);
    for locale in [Locale::En, Locale::Ja] {
        let say = Wording::of(locale);
        let reasons = [CoverageReason::RegionNotLookedAt, CoverageReason::HubOff, CoverageReason::NoRecords];
        let reasons = reasons.map(|reason| say.coverage_reason(reason).to_owned());
        let unread = UNREAD.map(|reason| say.unread(reason).to_owned());
        let sentences = [say.stale(&stale), say.closed_without_fix(&changes)].into_iter().flatten();
        for sentence in sentences.chain(say.data_notes(&certainty)).chain(reasons).chain(unread) {
            assert!(page.contains(&sentence), "docs/truth.md lacks: {sentence}");
        }
    }
}

/// Security Hub's refusals name the role of the job: they are for operators.
#[test]
fn readers_never_see_the_text_of_an_error() {
    let arn = "User: arn:aws:sts::111122223333:assumed-role/job/task is not authorized";
    for locale in Locale::ALL {
        let say = Wording::of(locale);
        let refused = Problem::new(ProblemKind::AccountNotFetched, arn);
        assert_eq!(say.problem_detail(&refused), Some(""), "of an earlier version, which did not keep the reason");
        let refused = refused.with_unread(crate::ErrorKind::PermissionDenied.into());
        assert_eq!(say.problem_detail(&refused), Some(say.unread(UnreadReason::NotAllowed)));
        let hub_off = Problem::new(ProblemKind::Coverage(CoverageReason::HubOff), "turn it on");
        assert_eq!(say.problem_detail(&hub_off), None);
        let line = Problem::new(ProblemKind::RegistryLine, "line 7");
        assert_eq!(say.problem_detail(&line), Some("line 7"));
    }
}

#[test]
fn labels_contain_the_asff_term() {
    for say in Locale::ALL.map(Wording::of) {
        for severity in Severity::WORST_FIRST {
            assert!(say.severity_label(severity).contains(severity.as_str()));
        }
        for &status in WorkflowStatus::ALL {
            assert!(say.workflow(status).contains(status.as_str()));
        }
    }
}

//! Does one kind of work with fixed inputs. `.ci/instructions` counts the instructions: they are the same on a busy machine,
//! and tell of a change that makes the work more expensive before anybody can measure it in seconds.
//!
//! Everything is prepared for every kind of work, so the instructions of `none` are those of the preparation.
#![expect(clippy::expect_used, clippy::panic, reason = "a bench may fail loudly")]

use std::collections::{HashMap, HashSet};
use std::hint::black_box;

use asff_fixtures::{Findings, Mix, Organisation, SAMPLE_NOW};
use findings_core::asff::{TextPool, decode_page};
use findings_core::history::{AbsenceRules, DiffInput, IdentifiedFindings, IssueRecord, diff};
use findings_core::report::{Report, ReportBuilder, ReportRenderer as _};
use findings_core::{AccountId, Finding, FindingList, RunId, Severity};
use findings_xlsx::XlsxRenderer;

/// Findings of the project. Work on each takes far more than the rest of the program.
const FINDINGS: usize = 2_000;

/// Findings on a page of GetFindings.
const PAGE: usize = 100;

/// Bytes of `Details` of a resource, with which a page has 350 KB.
const DETAILS: usize = 1_200;

/// The inputs of all kinds of work.
struct Prepared {
    pages: Vec<Vec<u8>>,
    findings: Vec<Finding>,
    list: FindingList,
    accounts: HashSet<AccountId>,
    /// What the history knows since the week before.
    known: Vec<IssueRecord>,
    report: Report,
}

impl Prepared {
    fn new() -> Self {
        let accounts = Organisation::of_size(1, 20).accounts;
        let made = Findings::new(7, SAMPLE_NOW).with_accounts(&accounts, FINDINGS, &Mix::default());
        let lines: Vec<String> = made.with_details(DETAILS).lines().collect();
        let page = |lines: &[String]| format!("{{\"Findings\":[{}]}}", lines.join(",")).into_bytes();
        let pages: Vec<Vec<u8>> = lines.chunks(PAGE).map(page).collect();
        let findings = decode(&pages);
        let before: Vec<Finding> = findings[..FINDINGS * 19 / 20].iter().cloned().map(less_severe).collect();
        let accounts = findings.iter().map(|finding| finding.account).collect();
        let known = compare(before.into_iter().collect(), &[], &accounts, "2026-11-16");
        let list = findings.iter().cloned().collect();
        Self { report: report(&findings), pages, findings, list, accounts, known }
    }
}

/// A finding as it was in the week before: one of twenty got worse since.
fn less_severe(mut finding: Finding) -> Finding {
    if finding.id.ends_with(['0', '1']) && finding.severity == Severity::High {
        finding.severity = Severity::Medium;
    }
    finding
}

fn decode(pages: &[Vec<u8>]) -> Vec<Finding> {
    let pool = TextPool::default();
    pages.iter().flat_map(|page| decode_page(page, &pool).expect("a page").findings).collect()
}

/// Compares with the history, and returns the records that are to be written.
fn compare(
    findings: FindingList,
    known: &[IssueRecord],
    accounts: &HashSet<AccountId>,
    run_id: &str,
) -> Vec<IssueRecord> {
    let run_id: RunId = run_id.parse().expect("a run ID");
    let findings = IdentifiedFindings::new(findings, known).expect("findings in memory");
    let input = DiffInput {
        run_id: &run_id,
        now: SAMPLE_NOW,
        known,
        runs: &[],
        findings: &findings,
        absence: &AbsenceRules::conclusive_for(accounts.iter().copied()),
        accounts: Some(accounts),
        lookups: &HashMap::new(),
    };
    diff(&input).and_then(|diff| diff.upserts.to_vec()).expect("findings in memory")
}

fn report(findings: &[Finding]) -> Report {
    let mut by_account: Vec<(AccountId, Vec<Finding>)> = Vec::new();
    for finding in findings {
        match by_account.iter_mut().find(|(account, _)| *account == finding.account) {
            Some((_, of_account)) => of_account.push(finding.clone()),
            None => by_account.push((finding.account, vec![finding.clone()])),
        }
    }
    let builder = ReportBuilder::new("Payments", "2026-11-23".parse().expect("a run ID"), SAMPLE_NOW);
    let whole = by_account.into_iter().fold(builder, |builder, (account, of)| builder.with_account(account, of));
    whole.build().expect("findings in memory")
}

fn main() {
    let prepared = Prepared::new();
    let Prepared { pages, findings, list, accounts, known, report } = &prepared;
    match std::env::args().nth(1).as_deref() {
        Some("none") => {}
        Some("decode") => assert_eq!(black_box(decode(pages)).len(), FINDINGS),
        Some("keep") => {
            let list: FindingList = findings.iter().cloned().collect();
            assert_eq!(black_box(list.to_vec().expect("findings in memory")).len(), FINDINGS);
        }
        Some("diff") => assert!(!black_box(compare(list.clone(), known, accounts, "2026-11-23")).is_empty()),
        Some("render") => {
            let rendered = XlsxRenderer::new().render(report).expect("a workbook");
            assert_eq!(black_box(rendered).rows, FINDINGS as u64);
        }
        _ => panic!("expected one of none, decode, keep, diff, render"),
    }
}

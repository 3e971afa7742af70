use super::*;
use crate::finding_list::spool::FindingWriter;
use crate::{
    ComplianceStatus, ErrorKind, Note, OddValue, Package, RecordState, Resource, Text, Vulnerability, WorkflowStatus,
};

fn account(n: u64) -> AccountId {
    AccountId::from_number(n).unwrap()
}

/// A finding in which every field has a value of its own.
pub(super) fn full(n: u64) -> Finding {
    let text = |field: &str| Some(Text::from(format!("{field} {n}")));
    let at = |second| Some(jiff::Timestamp::new(second, 123_456_789).unwrap());
    let mut finding = Finding::new(account(n % 3 + 1), format!("id {n}"));
    finding.account_name = text("account");
    finding.product_arn = "product".into();
    finding.product_name = Some("Security Hub".into());
    finding.region = Some("ap-northeast-1".into());
    finding.generator_id = text("generator");
    finding.types = vec!["type a".into(), "type b".into()];
    finding.title = "題名".into();
    finding.description = "description".repeat(50).into();
    finding.severity = Severity::High;
    finding.provider_severity = Some(Severity::Low);
    finding.control_id = Some("S3.8".into());
    finding.standards = vec!["standards/cis".into()];
    finding.compliance = Some(ComplianceStatus::Warning);
    finding.compliance_reasons = vec!["REASON".into()];
    (finding.workflow, finding.record_state) = (WorkflowStatus::Notified, RecordState::Archived);
    (finding.first_observed_at, finding.last_observed_at) = (at(-1), at(0));
    (finding.created_at, finding.updated_at) = (at(1), at(1_764_000_000));
    let tags = vec![("key".into(), "".into()), ("key 2".into(), "value".into())];
    finding.resources = vec![
        Resource { id: format!("arn {n}").into(), kind: Some("AwsS3Bucket".into()), region: text("region"), tags },
        Resource::default(),
    ];
    let package = Package { name: text("package"), version: Some("1".into()), fixed_in: None };
    finding.vulnerabilities = vec![
        Vulnerability {
            id: "CVE-2026-1".into(),
            packages: vec![package, Package::default()],
            fix_available: Some("YES".into()),
            exploit_available: Some("NO".into()),
            cvss_score: Some(9.8),
            epss_score: Some(0.01),
        },
        Vulnerability::default(),
    ];
    finding.remediation_text = Some("fix it".into());
    finding.remediation_url = Some("https://docs.aws.amazon.com/".into());
    finding.source_url = Some("https://console.aws.amazon.com/".into());
    let note = Note::new("a note").with_author("sato");
    finding.note = Some(note.written_at("2026-11-23T00:00:00Z".parse().unwrap()));
    finding.user_defined_fields = vec![("cost centre".into(), "4711".into())];
    finding.sample = true;
    finding.odd_values = vec![OddValue::new("Title", "{}")];
    finding
}

fn few(n: u64) -> Finding {
    Finding::new(account(1), n.to_string())
}

async fn write(spool: &Spool, findings: &[Finding]) -> Result<FindingList> {
    let mut writer: FindingWriter = spool.writer();
    for page in findings.chunks(100) {
        writer.extend(page);
        writer.make_room().await?;
    }
    writer.finish().await
}

#[test]
fn a_finding_is_read_as_it_was_written() {
    // the second and third of each text are numbers
    let findings: Vec<Finding> = (0..3).flat_map(|n| [full(n), few(n)]).collect();
    let list: FindingList = findings.iter().cloned().collect();
    assert_eq!(list.to_vec().unwrap(), findings);
    assert_eq!((list.len(), list.counts().high, list.counts().total()), (6, 3, 6));
    assert_eq!(list.account_name().unwrap().as_deref(), Some("account 0"));
}

#[test]
fn real_findings_are_read_as_they_were_decoded() {
    let answer =
        serde_json::json!({ "Findings": asff_fixtures::Findings::sample().values().collect::<Vec<_>>() }).to_string();
    let page = crate::asff::decode_page(answer.as_bytes(), &crate::asff::TextPool::default()).unwrap();
    assert!(page.findings.len() > 20);
    let twice: Vec<Finding> = page.findings.iter().chain(&page.findings).cloned().collect();
    assert_eq!(twice.iter().cloned().collect::<FindingList>().to_vec().unwrap(), twice);
}

#[test]
fn what_stays_in_memory_is_small() {
    assert!(size_of::<Entry>() <= 64, "{}", size_of::<Entry>());
}

#[tokio::test]
async fn many_findings_go_to_the_disk_and_come_back() {
    let findings: Vec<Finding> = (0..3_000).map(full).collect();
    let folder = tempfile::tempdir().unwrap();
    for (memory, is_on_disk) in [(usize::MAX, false), (0, true)] {
        let spool = Spool::in_folder(memory, folder.path());
        let list = write(&spool, &findings).await.unwrap();
        assert_eq!(list.is_on_disk(), is_on_disk);
        assert_eq!(list.to_vec().unwrap(), findings);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "a file without a name cannot be left behind");
    }
}

#[tokio::test]
async fn memory_comes_back_with_the_last_list() {
    let findings: Vec<Finding> = (0..3_000).map(full).collect();
    let spool = Spool::new(64 << 20);
    let list = write(&spool, &findings).await.unwrap();
    let parts = list.by_account();
    assert_eq!(parts.values().map(FindingList::len).sum::<usize>(), findings.len());
    drop(list);
    assert!(spool.used() > 0 && parts[&account(1)].get(0).is_ok());
    drop(parts);
    assert_eq!(spool.used(), 0);
    // a query that failed midway
    let mut writer = spool.writer();
    writer.extend(&findings);
    writer.make_room().await.unwrap();
    assert!(spool.used() > 0);
    drop(writer);
    assert_eq!(spool.used(), 0);
}

#[tokio::test]
async fn a_folder_without_room_is_an_error_that_says_what_to_do() {
    let spool = Spool::in_folder(0, "/nowhere/at/all");
    let small = write(&spool, &[few(1)]).await.unwrap();
    assert_eq!(small.len(), 1, "few findings need no disk");
    let error = write(&spool, &(0..3_000).map(full).collect::<Vec<_>>()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Storage);
    assert!(error.report().contains("/nowhere/at/all") && error.report().contains("TMPDIR"), "{}", error.report());
}

#[test]
fn lists_of_several_queries_become_one() {
    let (a, b): (FindingList, FindingList) = ([few(1), few(2)].into_iter().collect(), [few(3)].into_iter().collect());
    let mut all = FindingList::default();
    all.extend(&b, b.entries().iter().copied());
    all.extend(&a, a.entries()[1..].iter().copied());
    all.extend(&b, b.entries().iter().copied());
    let ids: Vec<Text> = all.iter().map(|finding| finding.unwrap().id).collect();
    assert_eq!(ids, ["3".into(), "2".into(), "3".into()]);
    assert_eq!(all.filtered(|entry| entry.identity == few(3).identity()).len(), 2);
}

/// Each finding against each other: what comes first, and that equal ones keep their order.
#[test]
fn findings_are_sorted_as_reports_have_them() {
    let finding = |severity, since: Option<i64>, account_number, product: &str, id: &str, title: &str| {
        let mut finding = Finding::new(account(account_number), id);
        (finding.severity, finding.product_arn, finding.title) = (severity, product.into(), title.into());
        finding.created_at = since.map(|second| jiff::Timestamp::from_second(second).unwrap());
        finding
    };
    let (high, low) = (Severity::High, Severity::Low);
    let sorted = [
        finding(high, None, 9, "p", "z", "no time"),
        finding(high, Some(-70_000_000_000), 9, "p", "z", "before 1677"),
        finding(high, Some(1), 1, "p", "b", ""),
        finding(high, Some(1), 1, "q", "a", ""),
        finding(high, Some(1), 1, "q", "c", "first copy"),
        finding(high, Some(1), 1, "q", "c", "second copy"),
        finding(high, Some(1), 2, "p", "a", ""),
        finding(high, Some(2), 1, "p", "a", ""),
        finding(low, None, 1, "p", "a", ""),
        finding(low, Some(1), 1, "p", "a", ""),
    ];
    for first in 0..sorted.len() {
        let mut mixed = sorted.to_vec();
        mixed.rotate_left(first);
        // copies stay in the order in which they came
        if first == 5 {
            continue;
        }
        let mut list: FindingList = mixed.into_iter().collect();
        list.sort().unwrap();
        assert_eq!(list.to_vec().unwrap(), sorted, "{first}");
    }
    let mut damaged = sorted.iter().cloned().collect::<FindingList>().damaged();
    assert_eq!(damaged.sort().unwrap_err().kind(), ErrorKind::Storage, "equal ones have to be read");
}

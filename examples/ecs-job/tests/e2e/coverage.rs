//! Coverage verdicts in mails, workbooks, digest and tables, for a made-up organisation with one account of each kind.

use std::path::Path;

use findings_core::history::HistoryQuery;
use findings_core::local::SqliteDatabase;
use findings_core::{HistoryReader, Locale};
use jiff::Timestamp;
use mailparse::MailHeaderMap;
use security_hub_simulator::{Aggregator, Fault, FaultRule, Member, Operation, Simulator, SimulatorHandle, When};
use serde_json::{Value, json};

use crate::support::{Job, files, project, texts_of_sheet};

/// An account, its membership status, the expected project status and verdict, and the text that readers get.
struct Kind {
    account: &'static str,
    member: Option<&'static str>,
    status: &'static str,
    verdict: &'static str,
    told: [&'static str; 2],
}

const fn kind(
    account: &'static str,
    member: Option<&'static str>,
    status: &'static str,
    verdict: &'static str,
    told: [&'static str; 2],
) -> Kind {
    Kind { account, member, status, verdict, told }
}

const KINDS: [Kind; 11] = [
    kind(
        "111100000001",
        Some("Enabled"),
        "ok",
        "covered",
        ["made checks in every account", "チェックが実行されています"],
    ),
    kind("111100000002", Some("ENABLED"), "ok", "covered", ["1 open finding", "検出結果"]),
    kind("111100000003", None, "incomplete", "not_covered", ["not connected", "接続されていない"]),
    kind("111100000004", Some("Invited"), "incomplete", "not_covered", ["has not accepted", "承諾していない"]),
    kind(
        "111100000005",
        Some("Created"),
        "incomplete",
        "not_covered",
        ["never switched on", "一度も有効化されていない"],
    ),
    kind(
        "111100000006",
        Some("AccountSuspended"),
        "incomplete",
        "not_covered",
        ["suspended or closed", "停止または解約"],
    ),
    kind("111100000007", Some("Resigned"), "incomplete", "not_covered", ["has left", "外れた"]),
    kind("111100000008", Some("Enabled"), "incomplete", "unknown", ["No check was made", "チェックが実行されていない"]),
    kind("111100000009", Some("Enabled"), "ok", "degraded", ["AWS Config", "AWS Config"]),
    kind("111100000010", None, "ok", "not_covered", ["closing down", "closing down"]),
    kind("111100000011", None, "incomplete", "not_covered", ["not connected", "接続されていない"]),
];

const REGION: &str = "us-east-1";
const NOBODYS: &str = "222200000001";

fn finding(account: &str, status: &str, reason: Option<&str>) -> Value {
    let now = Timestamp::now().to_string();
    json!({
        "Id": format!("{account}/{status}"), "ProductArn": format!("arn:aws:securityhub:{REGION}::product/aws/securityhub"),
        "AwsAccountId": account, "Region": REGION, "CreatedAt": now, "UpdatedAt": now,
        "Severity": { "Label": "HIGH" }, "Title": "A made-up control", "Description": "A made-up control.",
        "Resources": [{ "Type": "AwsAccount", "Id": format!("AWS::::Account:{account}") }],
        "Compliance": {
            "Status": status, "SecurityControlId": "S3.1",
            "StatusReasons": reason.map_or_else(|| json!([]), |code| json!([{ "ReasonCode": code }])),
        },
        "Workflow": { "Status": "NEW" }, "RecordState": "ACTIVE",
    })
}

fn world(locale: &str) -> (tempfile::TempDir, SimulatorHandle) {
    let dir = tempfile::tempdir().unwrap();
    let rows = KINDS.iter().enumerate().map(|(n, kind)| format!("p{n},{},p{n}@example.com,{locale}", kind.account));
    let administrator = format!("administrator,{},admin@example.com,{locale}", Simulator::ADMINISTRATOR);
    let header = "project,account_ids,recipients,locale".to_owned();
    let registry = std::iter::once(header).chain(rows).chain([administrator]).collect::<Vec<_>>().join("\n");
    std::fs::write(dir.path().join("projects.csv"), registry).unwrap();
    let gaps = "account_id,region,reason,until\n111100000010,all,closing down,2999-12-31\n111100000011,all,was closing,2020-01-31\n";
    std::fs::write(dir.path().join("gaps.csv"), gaps).unwrap();
    let members = KINDS.iter().filter_map(|k| k.member.map(|status| Member::new(k.account, status)));
    let members: Vec<Member> = members.chain([Member::enabled(NOBODYS)]).collect();
    let simulator = Simulator::builder()
        .covered([KINDS[0].account, Simulator::ADMINISTRATOR], REGION, Timestamp::now())
        .findings([
            finding(KINDS[1].account, "FAILED", None),
            finding(KINDS[8].account, "WARNING", Some("CONFIG_RULE_NOT_FOUND")),
            finding(NOBODYS, "FAILED", None),
        ])
        .members(members)
        .aggregator(Aggregator::no_regions(REGION))
        .spawn_thread()
        .unwrap();
    (dir, simulator)
}

fn job(dir: &Path, simulator: &SimulatorHandle, command: &str) -> Job {
    Job::in_dir(dir)
        .args(&[
            command,
            "--projects",
            "projects.csv",
            "--source",
            &format!("securityhub:{REGION}"),
            "--reports",
            "reports",
        ])
        .args(&["--notify", "outbox:outbox", "--history", "sqlite:history.db", "--run-id", "r"])
        .args(&["--accepted-gaps", "gaps.csv", "--rate", "100", "--burst", "100"])
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_ENDPOINT_URL_SECURITYHUB", simulator.url())
}

/// Returns the text of the mail to an address with this prefix.
fn mail_to(dir: &Path, address: &str) -> String {
    let mails = files(&dir.join("outbox"), "eml");
    let mail = mails.iter().map(|path| std::fs::read(path).unwrap()).find_map(|raw| {
        let mail = mailparse::parse_mail(&raw).unwrap();
        let to = mail.headers.get_first_value("To").unwrap_or_default();
        let text = mail.parts().find(|p| p.ctype.mimetype == "text/plain").unwrap().get_body().unwrap();
        to.contains(address).then_some(text)
    });
    mail.unwrap_or_else(|| panic!("no mail to {address}"))
}

/// Returns the mail to a project, and its workbook.
fn delivered(dir: &Path, n: usize, report: &Value) -> (String, Vec<u8>) {
    let workbook = std::fs::read(dir.join(report["location"].as_str().unwrap())).unwrap();
    (mail_to(dir, &format!("p{n}@")), workbook)
}

/// Instructions for operators; each reason has one of them.
const CURES: [&str; 4] = ["registry", "turn it on", "in that account", "standards and AWS Config"];

async fn check_readers_get_verdicts(locale: Locale) {
    let at = usize::from(locale == Locale::Ja);
    let clean = ["no open findings", "未対応の検出結果はありません"][at];
    let (dir, simulator) = world(&locale.to_string());
    let run = job(dir.path(), &simulator, "run").args(&["--operators", "ops@example.com", "--locale", locale.as_str()]);
    let run = run.args(&["--unowned", "count"]);
    let summary = run.run().expect(3).summary();
    let manifest = std::fs::read(dir.path().join("reports/runs/r/manifest.json")).unwrap();
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    let history = SqliteDatabase::new(dir.path().join("history.db"));
    for (n, kind) in KINDS.iter().enumerate() {
        let name = format!("p{n}");
        let outcome = project(&summary, &name);
        assert_eq!(outcome["status"], kind.status, "{outcome}");
        assert_eq!(outcome["coverage"][0]["verdict"], kind.verdict, "{outcome}");
        let (mail, workbook) = delivered(dir.path(), n, &outcome["report"]);
        let page_one = texts_of_sheet(&workbook, 0);
        for (place, text) in [("mail", &mail), ("page one", &page_one)] {
            // the text of an open finding is its count
            let told = kind.told[at];
            let is_number = n == 1 && place == "page one";
            assert!(is_number || text.contains(told), "{name}, {place}: {told:?} is missing: {text}");
            let is_clean = text.lines().any(|line| line.to_lowercase().contains(clean) && !line.contains("seen"));
            assert_eq!(is_clean, n == 0, "{name}, {place}: {text}");
        }
        // only operators get instructions, because recipients cannot act on them
        let about = texts_of_sheet(&workbook, 5);
        for text in [&mail, &page_one, &about] {
            assert!(!CURES.iter().any(|cure| text.contains(cure)), "{name}: {text}");
        }
        if kind.status == "incomplete" {
            let known = ["record of the run says what to do", "対処方法は実行の記録にあります"][at];
            let unwrapped = mail.replace("\r\n", " ").replace('\n', " ");
            // in full once: on page one of the workbook
            assert!(unwrapped.contains(known) && page_one.contains(known), "{name}: {mail}{page_one}");
            let error = outcome["errors"][0]["message"].as_str().unwrap();
            assert!(CURES.iter().any(|cure| error.contains(cure)), "{error}");
        }
        let of_account = manifest["accounts"].as_array().unwrap().iter().find(|a| a["account"] == kind.account);
        assert_eq!(of_account.unwrap()["verdict"], kind.verdict);
        let run = history.project(&HistoryQuery::new(&name)).await.unwrap().runs.pop().unwrap();
        assert_eq!(run.complete, kind.status == "ok", "{name}");
    }
    let digest = mail_to(dir.path(), "ops@");
    let told = [["3 accounts covered", "1 unknown", "7 not covered"], ["監視中 3", "不明 1", "監視されていない 7"]][at];
    for want in told.into_iter().chain([NOBODYS, KINDS[2].account, "closing down"]) {
        assert!(digest.contains(want), "{want} is missing in the digest: {digest}");
    }
    assert_eq!(project(&summary, "administrator")["status"], "ok");
    assert_eq!(summary["ownership"]["unowned"][0]["account"], NOBODYS);
    assert_eq!(summary["ownership"]["unowned"][0]["open"]["high"], 1);
    assert_eq!(manifest["reconciliation"]["balanced"], true);
    let members = KINDS.iter().filter(|k| k.member.is_some()).count() + 1;
    let calls = summary["api"]["coverage"]["calls"].as_u64().unwrap();
    assert!(calls <= members.div_ceil(50) as u64 + 4, "{calls} calls for {members} members");
    assert_eq!(
        summary["api"]["get_findings"]["evidence"], 2,
        "one call for all accounts without findings, and one that finds none of them"
    );
}

#[tokio::test]
async fn readers_get_verdicts_in_english() {
    check_readers_get_verdicts(Locale::En).await;
}

#[tokio::test]
async fn readers_get_verdicts_in_japanese() {
    check_readers_get_verdicts(Locale::Ja).await;
}

#[test]
fn coverage_lists_all_accounts_and_fails_for_gaps() {
    let (dir, simulator) = world("en");
    let table = job(dir.path(), &simulator, "coverage").run().expect(1).stdout;
    for want in [
        "! not covered: 2 account and Region pairs - it is not a member",
        "    111100000003  ",
        "accept the invitation in that account",
        "to close: ecs-job enroll --member-role",
        "accepted until 2999-12-31: closing down",
        "222200000001",
        "covered; --all lists them",
    ] {
        assert!(table.contains(want), "{want}: {table}");
    }
    assert!(table.contains("ecs-job enroll shows"), "{table}");
    let covered = format!("    {}  ", KINDS[0].account);
    assert!(!table.contains(&covered), "gaps first: {table}");
    let all = job(dir.path(), &simulator, "coverage").args(&["--all"]).run().expect(1).stdout;
    assert!(all.contains(&covered), "{all}");
    let plan = job(dir.path(), &simulator, "plan").run().expect(1).stdout;
    assert!(plan.contains("ecs-job enroll shows"), "{plan}");
    let json = job(dir.path(), &simulator, "coverage").args(&["--output", "json"]).run().expect(1).stdout;
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["accounts"].as_array().unwrap().len(), KINDS.len() + 1);
    let csv = job(dir.path(), &simulator, "coverage").args(&["--output", "csv"]).run().expect(1).stdout;
    assert_eq!(csv.lines().count(), KINDS.len() + 2, "{csv}");
    let covered = "project,account_ids,recipients\na,111100000001,a@example.com\n";
    std::fs::write(dir.path().join("projects.csv"), covered).unwrap();
    let table = job(dir.path(), &simulator, "coverage").run().expect(0).stdout;
    assert!(!table.contains("ecs-job enroll"), "{table}");
    job(dir.path(), &simulator, "plan").run().expect(0);
}

#[test]
fn plan_says_what_it_waits_for_and_goes_on_without_it() {
    let (dir, simulator) = world("en");
    // connections are accepted, and nothing is answered
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", silent.local_addr().unwrap());
    let done = job(dir.path(), &simulator, "plan").env("AWS_ENDPOINT_URL_SECURITYHUB", endpoint).run().expect(1);
    assert!(done.stderr.contains(&format!("waiting for GetFindings in {REGION}")), "{}", done.stderr);
    assert!(done.stdout.contains(&format!("! {REGION}: ")), "{}", done.stdout);
    for want in ["no answer within", &format!("Security Hub in {REGION} cannot be reached: check"), "--history"] {
        assert!(done.stdout.contains(want), "{want}: {}", done.stdout);
    }
}

#[test]
fn plan_names_accounts_that_are_not_members() {
    let (dir, simulator) = world("en");
    let plan = job(dir.path(), &simulator, "plan").run().expect(1).stdout;
    assert!(plan.contains("! 111100000003") && plan.contains("222200000001"), "{plan}");
    assert!(!plan.contains("! 111100000010"), "an accepted gap is reported as a problem: {plan}");
    assert!(!plan.contains("! 111100000008"), "a plan must not report missing checks: {plan}");
}

#[test]
fn evidence_decides_without_permission_to_list_members() {
    let (dir, simulator) = world("en");
    simulator.add_fault_rule(FaultRule::new(Fault::AccessDenied, When::Always).on(Operation::ListMembers));
    let summary = job(dir.path(), &simulator, "run").run().expect(3).summary();
    assert_eq!(project(&summary, "p0")["status"], "ok", "a check of its account exists");
    let stranger = project(&summary, "p2");
    assert_eq!((&stranger["status"], &stranger["coverage"][0]["verdict"]), (&"incomplete".into(), &"unknown".into()));
    assert!(summary["coverage"]["notes"][0].as_str().unwrap().contains("allow securityhub:ListMembers"), "{summary}");
}

#[test]
fn disabled_hub_is_a_gap() {
    let (dir, simulator) = world("en");
    simulator.set_hub(REGION, false);
    let held = job(dir.path(), &simulator, "run").run().expect(1).summary();
    assert_eq!((&held["status"], &held["held_back"]["reason"]), (&"failed".into(), &"hub_off".into()));
    let delivering = job(dir.path(), &simulator, "run").args(&["--hold-if-unread", "never"]);
    let summary = delivering.run().expect(3).summary();
    assert_eq!(project(&summary, "p0")["coverage"][0]["regions"][0]["reason"], "hub_off");
    assert_eq!(summary["coverage"]["regions"][0]["hub"], "off");
}

#[test]
fn exported_members_give_verdicts() {
    let (dir, _simulator) = world("en");
    let check = finding("111100000001", "FAILED", None);
    std::fs::write(dir.path().join("findings.json"), json!({ "Findings": [check] }).to_string()).unwrap();
    let members = json!({ "Members": [{ "AccountId": "111100000001", "MemberStatus": "Enabled", "AdministratorId": Simulator::ADMINISTRATOR }] });
    std::fs::write(dir.path().join("members.json"), members.to_string()).unwrap();
    let registry = "project,account_ids,recipients\na,111100000001,a@example.com\nb,111100000003,b@example.com\n";
    std::fs::write(dir.path().join("projects.csv"), registry).unwrap();
    let run = |run_id: &str| {
        Job::in_dir(dir.path())
            .args(&[
                "--projects",
                "projects.csv",
                "--source",
                "findings.json",
                "--reports",
                "reports",
                "--run-id",
                run_id,
            ])
            .args(&["--notify", "outbox:outbox", "--history", "sqlite:history.db"])
    };
    let summary = run("with").args(&["--coverage", "members.json"]).run().expect(3).summary();
    assert_eq!(
        (&project(&summary, "a")["status"], &project(&summary, "b")["status"]),
        (&"ok".into(), &"incomplete".into())
    );
    let summary = run("without").run().expect(3).summary();
    assert_eq!(project(&summary, "a")["coverage"][0]["verdict"], "not_checked");
    let unknown = &project(&summary, "b")["coverage"][0];
    assert_eq!((&unknown["verdict"], &unknown["regions"][0]["reason"]), (&"unknown".into(), &"no_records".into()));
}

#[test]
fn linked_regions_are_listed() {
    let (dir, simulator) = world("en");
    simulator.set_aggregator(Some(Aggregator::all_regions(REGION)));
    simulator.set_hub("eu-west-1", true);
    let refused = FaultRule::new(Fault::AccessDenied, When::Always).on_every_operation().in_region("ap-south-1");
    simulator.add_fault_rule(refused);
    let plan = job(dir.path(), &simulator, "plan").run().expect(1).stdout;
    for line in [
        "  linked Regions that were looked at: eu-west-1\n",
        "  linked Regions that are not used (Security Hub is off there): af-south-1, ",
        "  (note) linked Regions that could not be looked at: ap-south-1\n",
        "allow securityhub:DescribeHub",
    ] {
        assert!(plan.contains(line), "{line:?} is missing: {plan}");
    }
    let coverage = job(dir.path(), &simulator, "coverage").args(&["--output", "json"]).run().expect(1).stdout;
    let coverage: Value = serde_json::from_str(&coverage).unwrap();
    assert_eq!(coverage["linked_regions"]["seen"], json!(["eu-west-1"]));
    let summary = job(dir.path(), &simulator, "run").run().expect(3).summary();
    assert_eq!(summary["coverage"]["unseen_regions"], json!(["ap-south-1"]));
    assert_eq!(summary["coverage"]["unused_regions"].as_array().unwrap().len(), 31);
}

/// A pilot: one account of an organisation of 400 is registered.
#[test]
fn pilot_makes_the_calls_that_plan_says() {
    let (dir, simulator) = world("en");
    std::fs::write(
        dir.path().join("projects.csv"),
        "project,account_ids,recipients\npilot,111100000001,a@example.com\n",
    )
    .unwrap();
    simulator
        .set_members((0..400).map(|n| Member::enabled(format!("3{n:011}"))).chain([Member::enabled(KINDS[0].account)]));
    // without refused attempts, and without queries that look for checks
    let fetching = |summary: &Value| summary["api"]["get_findings"]["pages"].as_u64().unwrap();
    let plan = job(dir.path(), &simulator, "plan").run().expect(0).stdout;
    assert!(plan.contains("at least 1 call in each Region") && !plan.contains("more calls"), "{plan}");
    let summary = job(dir.path(), &simulator, "run").run().expect(0).summary();
    assert_eq!((fetching(&summary), summary["ownership"]["unowned"].as_array().unwrap().len()), (1, 401));
    assert!(summary["ownership"]["unowned"][0]["open"].is_null());
    let plan = job(dir.path(), &simulator, "plan").args(&["--unowned", "count", "--force"]).run().expect(0).stdout;
    assert!(plan.contains("20 more calls in each Region, at least 21 in all"), "{plan}");
    let count = job(dir.path(), &simulator, "run").args(&["--unowned", "count", "--force"]).run().expect(0).summary();
    assert_eq!(fetching(&count), 21, "{}", count["api"]);
    let skip = job(dir.path(), &simulator, "run").args(&["--unowned", "skip", "--force"]).run().expect(0).summary();
    assert!(skip["ownership"]["unowned"].is_null(), "{}", skip["ownership"]);
}

//! Stories in which a report once said "clean" or "resolved" where it did not know, with the built program against the
//! simulator: mail, first page, summary, manifest and operators' mail of each. `STORIES_TO=DIR` keeps mails and workbooks.

use std::path::{Path, PathBuf};

use findings_core::Locale;
use jiff::Timestamp;
use mailparse::MailHeaderMap;
use security_hub_simulator::{Aggregator, Member, Simulator, SimulatorHandle};
use serde_json::{Value, json};

use crate::support::{Job, files, project, texts_of_sheet};

const HOME: &str = "us-east-1";
const LINKED: &str = "eu-west-1";
const ACCOUNT: &str = "111100000001";

/// Four critical problems in a Region.
fn criticals(region: &str) -> impl Iterator<Item = Value> {
    let region = region.to_owned();
    (0..4).map(move |n| {
        json!({
            "Id": format!("critical/{region}/{n}"), "AwsAccountId": ACCOUNT, "Region": region,
            "ProductArn": format!("arn:aws:securityhub:{region}::product/aws/securityhub"),
            "CreatedAt": "2026-11-01T00:00:00Z", "UpdatedAt": "2026-11-01T00:00:00Z",
            "Severity": { "Label": "CRITICAL" }, "Title": format!("Port {n} is open to everybody"),
            "Resources": [{ "Type": "AwsEc2SecurityGroup", "Id": format!("arn:aws:ec2:{region}::group/{n}") }],
            "Compliance": { "Status": "FAILED", "SecurityControlId": format!("EC2.{n}") },
            "Workflow": { "Status": "NEW" }, "RecordState": "ACTIVE",
        })
    })
}

struct World {
    dir: tempfile::TempDir,
    simulator: SimulatorHandle,
    locale: Locale,
}

/// The outputs of a run for the project.
struct Told {
    summary: Value,
    subject: String,
    mail: String,
    page: String,
    digest: String,
    manifest: Value,
}

impl World {
    /// Checks are made in both Regions, and the account has four critical problems in the linked one.
    fn new(locale: Locale) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let simulator = Simulator::builder()
            .covered([ACCOUNT, Simulator::ADMINISTRATOR], HOME, Timestamp::now())
            .covered([ACCOUNT, Simulator::ADMINISTRATOR], LINKED, Timestamp::now())
            .findings(criticals(LINKED))
            .members([Member::enabled(ACCOUNT)])
            .aggregator(Aggregator::all_regions(HOME))
            .spawn_thread()
            .unwrap();
        let world = Self { dir, simulator, locale };
        world.register(&[("Payments", ACCOUNT)]);
        world
    }

    fn register(&self, projects: &[(&str, &str)]) {
        let rows = projects.iter().map(|(name, account)| format!("{name},{account},team@example.com\n"));
        let registry = format!("project,account_ids,recipients\n{}", rows.collect::<String>());
        std::fs::write(self.dir.path().join("projects.csv"), registry).unwrap();
    }

    fn job(&self, command: &str, week: u32) -> Job {
        let folder = format!("outbox:outbox-{week}");
        Job::in_dir(self.dir.path())
            .args(&[command, "--projects", "projects.csv", "--source", &format!("securityhub:{HOME}")])
            .args(&["--reports", "reports", "--notify", &folder, "--history", "sqlite:history.db"])
            .args(&["--run-id", &format!("week-{week}"), "--rate", "100", "--burst", "100"])
            .args(&["--locale", self.locale.as_str(), "--operators", "ops@example.com"])
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_ENDPOINT_URL_SECURITYHUB", self.simulator.url())
    }

    fn run(&self, week: u32, exit_code: i32) -> Told {
        let summary = self.job("run", week).run().expect(exit_code).summary();
        let location = project(&summary, "Payments")["report"]["location"].as_str().unwrap();
        let workbook = std::fs::read(self.dir.path().join(location)).unwrap();
        let folder = self.dir.path().join(format!("reports/runs/week-{week}/manifest.json"));
        let manifest = serde_json::from_slice(&std::fs::read(folder).unwrap()).unwrap();
        let (subject, mail) = mail(&self.outbox(week), "team@");
        self.keep(week, location);
        Told {
            subject,
            mail,
            page: texts_of_sheet(&workbook, 0),
            digest: mail_text(&self.outbox(week), "ops@"),
            summary,
            manifest,
        }
    }

    fn outbox(&self, week: u32) -> PathBuf {
        self.dir.path().join(format!("outbox-{week}"))
    }

    /// Keeps mails and workbook of a run for people to look at.
    fn keep(&self, week: u32, workbook: &str) {
        let Some(to) = std::env::var_os("STORIES_TO") else { return };
        let test = std::thread::current().name().unwrap_or_default().replace("::", "-");
        let to = Path::new(&to).join(format!("{test}-{}-week-{week}", self.locale));
        std::fs::create_dir_all(&to).unwrap();
        std::fs::copy(self.dir.path().join(workbook), to.join("report.xlsx")).unwrap();
        for mail in files(&self.outbox(week), "eml") {
            std::fs::copy(&mail, to.join(mail.file_name().unwrap())).unwrap();
        }
    }
}

/// Subject and text of the mail to an address with this prefix, on one line.
fn mail(outbox: &Path, address: &str) -> (String, String) {
    let found = files(outbox, "eml").into_iter().find_map(|path| {
        let raw = std::fs::read(path).unwrap();
        let mail = mailparse::parse_mail(&raw).unwrap();
        let header = |name: &str| mail.headers.get_first_value(name).unwrap_or_default();
        let text = mail.parts().find(|p| p.ctype.mimetype == "text/plain").unwrap().get_body().unwrap();
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        header("To").contains(address).then(|| (header("Subject"), text))
    });
    found.unwrap_or_else(|| panic!("no mail to {address} in {}", outbox.display()))
}

fn mail_text(outbox: &Path, address: &str) -> String {
    mail(outbox, address).1
}

const LOCALES: [Locale; 2] = [Locale::En, Locale::Ja];

/// Nobody looks at the Region any more: its four criticals are neither fixed nor clean, in any place.
fn assert_dark(told: &Told, locale: Locale, sentence: [&str; 2]) {
    let at = usize::from(locale == Locale::Ja);
    let outcome = project(&told.summary, "Payments");
    assert_eq!((&outcome["changes"]["resolved"], &outcome["changes"]["stale"]), (&0.into(), &4.into()), "{outcome}");
    assert_eq!(outcome["certainty"]["stale"]["critical"], 4);
    assert_eq!(told.manifest["projects"][0]["stale"]["critical"], 4);
    let stale = ["4 issues that were open could not be checked", "4件（重大 4件）は、今回確認できませんでした"][at];
    for (place, text) in [("mail", &told.mail), ("page one", &told.page), ("digest", &told.digest)] {
        assert!(text.contains(stale), "{place}: {text}");
    }
    for (place, text) in [("mail", &told.mail), ("page one", &told.page)] {
        assert!(text.contains(sentence[at]) && text.contains(LINKED), "{place}: {text}");
        let clean = ["There are no open findings", "未対応の検出結果はありません"][at];
        assert!(!text.contains(clean) && !text.contains('✓'), "{place}: {text}");
    }
    let marked = ["INCOMPLETE", "【不完全】"][at];
    assert!(told.subject.contains(marked), "{}", told.subject);
}

#[test]
fn region_that_goes_dark_resolves_nothing() {
    type Change = fn(&SimulatorHandle);
    let switched_off = ["Security Hub is switched off", "Security Hub が無効になっているため"];
    let not_looked_at = ["It is no longer looked at", "現在は確認されていないため"];
    let ways: [(&str, Change, [&str; 2]); 3] = [
        ("switched off", |hub| hub.set_hub(LINKED, false), switched_off),
        (
            "unlinked",
            |hub| hub.set_aggregator(Some(Aggregator::specified_regions(HOME, ["ap-south-1"]))),
            not_looked_at,
        ),
        ("no aggregator", |hub| hub.set_aggregator(None), not_looked_at),
    ];
    for locale in LOCALES {
        let world = World::new(locale);
        world.run(1, 0);
        for (week, (_, change, sentence)) in (2..).zip(&ways) {
            change(&world.simulator);
            // twice, because a doubt must not wear off
            for week in [week * 10, week * 10 + 1] {
                assert_dark(&world.run(week, 3), locale, *sentence);
            }
        }
        // it is looked at again, and only now the fixed ones are resolved
        world.simulator.set_aggregator(Some(Aggregator::all_regions(HOME)));
        world.simulator.set_hub(LINKED, true);
        for n in 0..2 {
            let id = format!("critical/{LINKED}/{n}");
            world.simulator.remove(&format!("arn:aws:securityhub:{LINKED}::product/aws/securityhub"), &id);
        }
        let changes = project(&world.run(9, 0).summary, "Payments")["changes"].clone();
        assert_eq!((&changes["resolved"], &changes["open"], &changes["stale"]), (&2.into(), &2.into(), &0.into()));
    }
}

/// A fresh link says what the first mail said.
#[test]
fn fresh_link_repeats_every_doubt() {
    for locale in LOCALES {
        let world = World::new(locale);
        world.run(1, 0);
        world.simulator.set_hub(LINKED, false);
        let told = world.run(2, 3);
        std::fs::remove_dir_all(world.outbox(2)).unwrap();
        world.job("relink", 2).run().expect(0);
        let (subject, mail) = mail(&world.outbox(2), "team@");
        let doubts = ["not be checked this time", "今回確認できませんでした"][usize::from(locale == Locale::Ja)];
        assert!(mail.contains(doubts) && told.mail.contains(doubts), "{mail}");
        let reason = ["switched off", "無効になっているため"][usize::from(locale == Locale::Ja)];
        assert!(mail.contains(reason) && mail.contains(LINKED) && mail.contains(ACCOUNT), "{mail}");
        let marked = ["INCOMPLETE", "【不完全】"][usize::from(locale == Locale::Ja)];
        assert!(subject.contains(marked), "{subject}");
    }
}

/// A run with another registry on the same history changes nothing of the project, and a fresh link to its complete
/// report does not call it incomplete.
#[test]
fn run_with_another_registry_leaves_the_project_alone() {
    let world = World::new(Locale::En);
    world.run(1, 0);
    world.register(&[("Other", Simulator::ADMINISTRATOR)]);
    let summary = world.job("run", 2).run().expect(0).summary();
    assert_eq!(
        (&summary["departed"][0]["project"], &summary["departed"][0]["issues"]),
        (&"Payments".into(), &4.into())
    );
    assert_eq!(summary["registry_warning"]["missing"], 1);
    assert!(mail_text(&world.outbox(2), "ops@").contains("not in the registry"));
    world.register(&[("Payments", ACCOUNT)]);
    std::fs::remove_dir_all(world.outbox(1)).unwrap();
    world.job("relink", 1).run().expect(0);
    let (subject, mail) = mail(&world.outbox(1), "team@");
    assert!(!subject.contains("INCOMPLETE") && !mail.contains("incomplete"), "{subject} {mail}");
    let changes = project(&world.run(3, 0).summary, "Payments")["changes"].clone();
    assert_eq!((&changes["open"], &changes["new"], &changes["reopened"]), (&4.into(), &0.into(), &0.into()));
}

/// One linked Region is named, another one is linked, too: both are looked at.
#[test]
fn named_region_does_not_hide_another_linked_one() {
    let world = World::new(Locale::En);
    world.simulator.set_members_in("ap-northeast-1", []);
    world.simulator.set_hub("ap-northeast-1", true);
    let summary = world.job("run", 1).args(&["--coverage-regions", LINKED]).run().expect(3).summary();
    let regions = &project(&summary, "Payments")["coverage"][0]["regions"];
    assert_eq!((&regions[0]["region"], &regions[0]["reason"]), (&"ap-northeast-1".into(), &"not_member".into()));
}

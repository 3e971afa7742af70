//! The job as it runs in ECS, against the Security Hub simulator and emulators of S3, DynamoDB and SES, over real
//! connections.

use std::collections::BTreeSet;
use std::path::Path;

use asff_fixtures::{Findings, Organisation};
use aws_emulators::http_get;
use aws_emulators::{CREDENTIALS, Emulator, EmulatorKind};
use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_s3::primitives::ByteStream;
use jiff::Timestamp;
use mailparse::MailHeaderMap;
use security_hub_simulator::{Aggregator, Fault, Simulator, SimulatorHandle, When};
use serde_json::Value;

use crate::support::{Job, Sheet, project, selected};

const FROM: &str = "security@example.com";

/// An AWS account with all resources of a run: `setup` created them, and the registry is in S3.
pub(crate) struct World {
    dir: tempfile::TempDir,
    hub: SimulatorHandle,
    bucket: String,
    table: String,
}

impl World {
    pub(crate) async fn new() -> Self {
        let simulator = Simulator::builder()
            .findings(Findings::sample().values())
            .covered(Organisation::sample().accounts.iter().map(|a| &a.id), "ap-northeast-1", Timestamp::now())
            .covered(Organisation::sample().accounts.iter().map(|a| &a.id), "us-east-1", Timestamp::now())
            .aggregator(Aggregator::all_regions("ap-northeast-1"))
            .exports(1, write_object);
        let emulator = Emulator::shared(EmulatorKind::Ministack).unwrap();
        let world = Self {
            dir: tempfile::tempdir().unwrap(),
            hub: simulator.spawn_thread().unwrap(),
            bucket: emulator.unique("job"),
            table: emulator.unique("findings"),
        };
        let setup = world.job("setup", "setup").run().expect(0);
        assert!(setup.stdout.contains(&world.table) && setup.stdout.contains(&world.bucket), "{}", setup.stdout);
        let mut registry = Vec::new();
        Organisation::sample().write_registry(&mut registry).unwrap();
        let put = s3().put_object().bucket(&world.bucket).key("config/projects.csv").body(ByteStream::from(registry));
        put.send().await.unwrap();
        world
    }

    /// Returns the name of the bucket, which holds `config/projects.csv`.
    pub(crate) fn bucket(&self) -> &str {
        &self.bucket
    }

    /// Returns the folder in which the jobs run.
    pub(crate) fn folder(&self) -> &Path {
        self.dir.path()
    }

    /// Returns the simulated Security Hub.
    pub(crate) fn hub(&self) -> &SimulatorHandle {
        &self.hub
    }

    /// Returns the name of the table.
    pub(crate) fn table(&self) -> &str {
        &self.table
    }

    pub(crate) fn job(&self, command: &str, run_id: &str) -> Job {
        self.bare_job(command)
            .args(&["--run-id", run_id, "--log", "json", "--log-level", "trace", "--s3-path-style"])
            // as a variable, so that a test can name other sources
            .env("FINDINGS_SOURCE", "securityhub:ap-northeast-1")
            .args(&["--notify", &format!("ses:{FROM}")])
            .args(&["--projects", &format!("s3://{}/config/projects.csv", self.bucket)])
            .args(&["--reports", &format!("s3://{}/reports", self.bucket)])
            .args(&["--history", &format!("dynamodb:{}", self.table)])
    }

    /// Returns a job whose only settings are the endpoints of the services.
    pub(crate) fn bare_job(&self, command: &str) -> Job {
        let mut job = Job::in_dir(self.dir.path())
            .args(&[command])
            .env("AWS_ACCESS_KEY_ID", CREDENTIALS.0)
            .env("AWS_SECRET_ACCESS_KEY", CREDENTIALS.1)
            .env("AWS_REGION", "ap-northeast-1");
        for name in ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SESV2", "AWS_ENDPOINT_URL_SECURITYHUB"] {
            job = job.env(name, self.endpoint(name));
        }
        job
    }

    /// Returns the endpoint that this variable sets.
    pub(crate) fn endpoint(&self, variable: &str) -> String {
        let emulator = |kind| Emulator::shared(kind).unwrap().endpoint().to_owned();
        match variable {
            "AWS_ENDPOINT_URL_SECURITYHUB" => self.hub.url().to_owned(),
            "AWS_ENDPOINT_URL_SESV2" => emulator(EmulatorKind::Moto),
            _ => emulator(EmulatorKind::Ministack),
        }
    }
}

/// Writes an object of an export, as Security Hub does. The simulator calls it in a thread of its own.
fn write_object(bucket: &str, key: &str, content: Vec<u8>) {
    let put = s3().put_object().bucket(bucket).key(key).body(ByteStream::from(content)).send();
    let in_runtime =
        || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(put).unwrap();
    std::thread::scope(|scope| scope.spawn(in_runtime).join().unwrap());
}

pub(crate) fn s3() -> aws_sdk_s3::Client {
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("ap-northeast-1"))
        .endpoint_url(Emulator::shared(EmulatorKind::Ministack).unwrap().endpoint())
        .force_path_style(true)
        .credentials_provider(Credentials::new(CREDENTIALS.0, CREDENTIALS.1, None, None, "test"))
        .http_client(aws_smithy_http_client::Builder::new().build_http());
    aws_sdk_s3::Client::from_conf(config.build())
}

/// A sent mail.
pub(crate) struct Mail {
    pub(crate) to: String,
    pub(crate) subject: String,
    pub(crate) text: String,
    /// Name of the attached file.
    pub(crate) attached: Option<String>,
}

impl Mail {
    /// Returns the link in the plain text.
    pub(crate) fn link(&self) -> &str {
        let start = self.text.find("http://").expect("a link");
        self.text[start..].split_whitespace().next().unwrap()
    }
}

/// Returns the mails of this run, parsed by a parser that shares no code with the builder. Other tests send mails to the same
/// emulator: `run-a` is not `run-ab`, and a single word could stand in any mail.
pub(crate) async fn mails(run_id: &str) -> Vec<Mail> {
    assert!(run_id.contains('-'), "{run_id} could be a word of another mail");
    let part = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let names = |text: &str| {
        text.match_indices(run_id)
            .any(|(at, _)| !text[..at].ends_with(part) && !text[at + run_id.len()..].starts_with(part))
    };
    let url = format!("{}/moto-api/data.json", Emulator::shared(EmulatorKind::Moto).unwrap().endpoint());
    let data: Value = serde_json::from_slice(&http_get(&url).await.unwrap().body).unwrap();
    let raw = data["ses"]["RawMessage"]
        .as_array()
        .expect("raw messages")
        .iter()
        .map(|m| m["raw_data"].as_str().unwrap().to_owned());
    raw.filter_map(|raw| {
        let mail = mailparse::parse_mail(raw.as_bytes()).unwrap();
        let header = |name: &str| mail.headers.get_first_value(name).unwrap_or_default();
        let text = mail.parts().find(|p| p.ctype.mimetype == "text/plain").unwrap().get_body().unwrap();
        let name = |part: &mailparse::ParsedMail<'_>| part.get_content_disposition().params.get("filename").cloned();
        let attached = mail.parts().find_map(name);
        names(&text).then(|| Mail { to: header("To"), subject: header("Subject"), text, attached })
    })
    .collect()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the emulators: .ci/test"]
async fn run_delivers_workbook_mail_and_working_link() {
    let world = World::new().await;
    world.job("plan", "run-ok").run().expect(0);
    assert!(mails("run-ok").await.is_empty(), "a plan sent mail");
    let done = world.job("run", "run-ok").run().expect(0);
    let summary = done.summary();
    assert_eq!(summary["status"], "ok");
    let findings: Vec<Value> = Findings::sample().values().collect();
    let mails = mails("run-ok").await;
    for owner in Organisation::sample().projects {
        let accounts: Vec<&str> = owner.account_ids.iter().map(String::as_str).collect();
        let want = selected(&findings, &accounts);
        let outcome = project(&summary, &owner.name);
        assert_eq!(outcome["findings"], want.len(), "{}", owner.name);
        for recipient in &owner.recipients {
            let mail = mails.iter().find(|m| m.to.contains(recipient) && m.text.contains(&owner.name));
            let mail = mail.unwrap_or_else(|| panic!("no mail to {recipient} for {}", owner.name));
            assert!(mail.subject.contains(&owner.name), "{}", mail.subject);
            let answer = http_get(mail.link()).await.unwrap();
            assert_eq!(answer.status, 200);
            let disposition = answer.header("content-disposition").unwrap_or_default();
            let real_name = if owner.name.is_ascii() { owner.name.as_str() } else { "filename*=UTF-8''%" };
            assert!(disposition.contains(real_name), "{disposition}");
            let heading = if owner.locale.as_deref() == Some("ja") { "検出結果ID" } else { "Finding ID" };
            let ids: BTreeSet<String> = Sheet::read(&answer.body, heading).column(heading).into_iter().collect();
            assert_eq!(ids, want, "{}", owner.name);
        }
    }
    let log = format!("{}{}", done.stdout, done.stderr);
    for secret in ["X-Amz-Signature", "X-Amz-Credential", "AWS4-HMAC"] {
        assert!(!log.contains(secret), "{secret} is in the trace log");
    }
    let again = world.job("run", "run-ok").run().expect(0).summary();
    assert_eq!(again["projects"], summary["projects"], "a finished run was done again");
    assert!(again["note"].is_string());
    let next = world.job("run", "run-next").run().expect(0).summary();
    for outcome in next["projects"].as_array().unwrap() {
        assert_eq!((&outcome["changes"]["new"], &outcome["changes"]["resolved"]), (&0.into(), &0.into()), "{outcome}");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the emulators: .ci/test"]
async fn failing_account_affects_only_its_projects() {
    let world = World::new().await;
    let silent = &Organisation::sample().projects[0];
    world.hub.add_fault(Fault::Html { status: 502 }, When::asks(silent.account_ids[0].clone()));
    let summary = world.job("run", "run-silent").run().expect(3).summary();
    assert_eq!(summary["status"], "partial");
    for outcome in summary["projects"].as_array().unwrap() {
        let is_silent = outcome["project"] == silent.name.as_str();
        assert_eq!(outcome["status"], if is_silent { "incomplete" } else { "ok" }, "{outcome}");
    }
    assert_eq!(project(&summary, &silent.name)["errors"][0]["account"], silent.account_ids[0].as_str());
    let mails = mails("run-silent").await;
    let mail = mails.iter().find(|m| m.text.contains(&silent.name)).unwrap();
    assert!(mail.text.contains(&silent.account_ids[0]), "the mail does not name the missing account: {}", mail.text);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the emulators: .ci/test"]
async fn missing_resources_are_reported_before_sending() {
    let world = World::new().await;
    let gone = |flag: &str, value: &str| {
        let done = world.job("run", "run-missing").args(&[flag, value]).run();
        assert_ne!(done.code, 0, "{flag} {value}: {}", done.stderr);
        assert!(!done.stderr.contains("panicked"), "{}", done.stderr);
        done.stderr
    };
    assert!(gone("--history", "dynamodb:no-such-table").contains("no-such-table"));
    assert!(gone("--reports", "s3://no-such-bucket-anywhere/x").contains("no-such-bucket-anywhere"));
    assert!(gone("--projects", &format!("s3://{}/no-such-key.csv", world.bucket)).contains("no-such-key.csv"));
    assert!(gone("--notify", "ses:stranger@unverified.example").contains("stranger@unverified.example"));
    assert!(mails("run-missing").await.is_empty());
    assert!(Path::new(world.dir.path()).read_dir().unwrap().next().is_none(), "files were left in the folder");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the emulators: .ci/test"]
async fn guidance_is_read_from_s3_object_or_prefix() {
    let world = World::new().await;
    let put = |key: &'static str, body: &'static str| {
        s3().put_object().bucket(&world.bucket).key(key).body(ByteStream::from_static(body.as_bytes())).send()
    };
    put("guidance.csv", "control,fix\nS3.8,x\n").await.unwrap();
    put("pages/S3.8.md", "## Fix\nx\n").await.unwrap();
    put("pages/deeper/x.md", "not read").await.unwrap();
    put("broken/S3.8.md", "## Fixx\n").await.unwrap();
    let plan = |key: &str| {
        let place = format!("s3://{}/{key}", world.bucket);
        world.job("plan", "guidance").args(&["--guidance", &place]).run()
    };
    for key in ["guidance.csv", "pages", "pages/"] {
        let done = plan(key).expect(0);
        assert!(done.stdout.contains(&format!("guidance for controls from s3://{}/{key}", world.bucket)));
    }
    for (key, want) in
        [("broken", "S3.8.md, line 1: "), ("none.csv", "NoSuchKey"), ("nothing/", "it says nothing about any control")]
    {
        let done = plan(key).expect(2);
        assert!(done.stderr.contains(want) && done.stderr.contains(key), "{key}: {}", done.stderr);
    }
}

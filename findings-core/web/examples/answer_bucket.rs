//! Stores pages for answers in an emulator of S3 that checks signatures, and prints a JSON object of links to them. Each line of
//! its input is the name of a link; the answer is a JSON object of what was stored by it, as a reader of returned reports
//! takes it. It ends with its input. The tests of the pages in a browser use it.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::BufRead as _;
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_emulators::{CREDENTIALS, Emulator, EmulatorKind};
use aws_sdk_s3::config::{BehaviorVersion, Region};
use aws_sdk_s3::{Client, Config};
use findings_core::Locale;
use findings_core::aws::S3Store;
use findings_core::decision::ReturnedFile;
use findings_core::report::{Report, ReportRenderer};
use findings_core::store::{ArtifactKey, ArtifactStore, LinkRequest, PutArtifact};
use findings_core::testing::conformance::renderer::{sample_report, sample_token_key};
use findings_returned::ReadOptions;
use findings_web::AnswerPage;
use jiff::Timestamp;

const DAY: Duration = Duration::from_hours(24);

struct Bucket {
    client: Client,
    name: String,
    store: S3Store,
}

/// A link, and the key under which it stores a file.
struct Link {
    url: String,
    upload: ArtifactKey,
}

impl Bucket {
    async fn make(emulator: &Emulator) -> Result<Self, Box<dyn Error>> {
        let (id, secret) = CREDENTIALS;
        let credentials = Credentials::new(id, secret, None, None, "example");
        let config = Config::builder().behavior_version(BehaviorVersion::latest()).region(Region::new("us-east-1"));
        let config = config.endpoint_url(emulator.endpoint()).credentials_provider(credentials.clone());
        let config = config.force_path_style(true).http_client(aws_smithy_http_client::Builder::new().build_http());
        let client = Client::from_conf(config.build());
        let name = emulator.unique("answers");
        client.create_bucket().bucket(&name).send().await?;
        let store = S3Store::new(client.clone(), SharedCredentialsProvider::new(credentials), &name, "reports");
        Ok(Self { client, name, store })
    }

    /// Stores the page of a report, and makes a link to it that stores a file for so long.
    async fn link(&self, report: &Report, reader: &str, ttl: Duration) -> Result<Link, Box<dyn Error>> {
        let key = ArtifactKey::for_answers(&report.run_id, report.locale.as_str());
        let page = AnswerPage::new().render(report)?;
        self.store.put(&PutArtifact::new(key.clone(), page.body, page.format.media_type).shown()).await?;
        let request = LinkRequest::new(key, DAY, Timestamp::now()).for_report(report.run_id.clone(), &report.project);
        let mut request = request.for_reader(reader.parse()?).with_answer_below(&"inbox".parse()?);
        let upload = request.upload.as_mut().ok_or("the link is about a report")?;
        upload.ttl = ttl;
        let upload = upload.key.clone();
        Ok(Link { url: self.store.link(&request).await?.url.expose().clone(), upload })
    }

    /// What was stored by a link, as a reader takes it.
    async fn taken(&self, link: &Link, now: Timestamp) -> Result<serde_json::Value, Box<dyn Error>> {
        let key = format!("reports/{}", link.upload);
        let object = self.client.get_object().bucket(&self.name).key(key).send().await?;
        let bytes = object.body.collect().await?.into_bytes();
        let returned = findings_returned::read(&bytes, &ReadOptions::verified(sample_token_key(), now))?;
        let entries = returned.sheet.rows.iter().map(|row| {
            let issue = row.key.as_ref().map(|key| key.issue.as_str().to_owned());
            serde_json::json!({ "issue": issue, "entry": row.entry })
        });
        Ok(serde_json::json!({
            "project": returned.sheet.source.project,
            "receipt": ReturnedFile::receipt_of(&bytes),
            "entries": entries.collect::<Vec<_>>(),
            "problems": returned.sheet.problems.len(),
        }))
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let emulator = Emulator::start(EmulatorKind::Ministack)?;
    let bucket = Bucket::make(&emulator).await?;
    let mut links = BTreeMap::new();
    for locale in Locale::ALL {
        let report = sample_report(locale);
        for (name, ttl) in [("rows", DAY), ("workbook", DAY), ("again", DAY), ("late", Duration::from_secs(1))] {
            let link = bucket.link(&report, &format!("{name}@example.com"), ttl).await?;
            links.insert(format!("{name}-{locale}"), link);
        }
    }
    let urls: BTreeMap<&str, &str> = links.iter().map(|(name, link)| (name.as_str(), link.url.as_str())).collect();
    println!("{}", serde_json::to_string(&urls)?);
    for line in std::io::stdin().lock().lines() {
        let link = links.get(line?.trim()).ok_or("there is no such link")?;
        let taken = bucket.taken(link, sample_report(Locale::En).generated_at).await;
        let answer = taken.unwrap_or_else(|error| serde_json::json!({ "error": error.to_string() }));
        println!("{answer}");
    }
    Ok(())
}

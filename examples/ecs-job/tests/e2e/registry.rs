//! `registry check`, and `registry from-organizations` against an emulated organisation.

use aws_emulators::{CREDENTIALS, Emulator, EmulatorKind};
use aws_sdk_account::types::AlternateContactType;
use aws_sdk_organizations::types::Tag;
use serde_json::Value;

use crate::support::Job;

#[test]
fn check_needs_only_the_registry_and_fails_for_problems() {
    let dir = tempfile::tempdir().unwrap();
    let job = |csv: &str, args: &[&str]| {
        std::fs::write(dir.path().join("projects.csv"), csv).unwrap();
        Job::in_dir(dir.path()).args(&["registry", "check", "--projects", "projects.csv"]).args(args).run()
    };
    let good = "project,account_ids,recipients\nPayments,1111-2222-3333,sato@example.com\n";
    let done = job(good, &[]).expect(0);
    assert_eq!(done.stdout, "1 projects with 1 accounts and 1 recipients: 0 problems, 0 notes\n");
    // what a spreadsheet made of an account ID, nobody to tell, and a foreign address
    let bad = "project,account_ids,recipients\nPayments,1.11E+11,sato@example.com\nWeb,444455556666,\nShop,777788889999,a@example.org\n";
    let table = job(bad, &["--recipient-domains", "example.com"]).expect(1).stdout;
    for want in ["1.11E+11", "nobody is told", "a@example.org", "4 problems"] {
        assert!(table.contains(want), "{want}: {table}");
    }
    let json: Value = serde_json::from_str(&job(bad, &["--output", "json"]).expect(1).stdout).unwrap();
    assert_eq!((&json["projects"], &json["remarks"][0]["line"]), (&3.into(), &2.into()), "{json}");
    assert!(job(bad, &["--output", "csv"]).expect(1).stdout.starts_with("weight,line,project,message\n"));
    job("name,mail\na,b\n", &[]).expect(2);
    let missing = Job::in_dir(dir.path()).args(&["registry", "check"]).run().expect(2).stderr;
    assert!(missing.contains("name the registry to check"), "{missing}");
}

/// An organisation: a unit in a unit, a tagged account, a contact, and an account in the root.
async fn organisation(emulator: &Emulator) -> Vec<String> {
    let (key, secret) = CREDENTIALS;
    let credentials = aws_credential_types::Credentials::new(key, secret, None, None, "test");
    let sdk = aws_config::SdkConfig::builder()
        .behavior_version(aws_config::BehaviorVersion::latest())
        .region(aws_config::Region::new("us-east-1"))
        .endpoint_url(emulator.endpoint())
        .credentials_provider(aws_credential_types::provider::SharedCredentialsProvider::new(credentials))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    let (organizations, contacts) = (aws_sdk_organizations::Client::new(&sdk), aws_sdk_account::Client::new(&sdk));
    organizations.create_organization().send().await.unwrap();
    let root = organizations.list_roots().send().await.unwrap().roots()[0].id().unwrap().to_owned();
    let unit = async |parent: &str, name: &str| {
        let made = organizations.create_organizational_unit().parent_id(parent).name(name).send().await.unwrap();
        made.organizational_unit().unwrap().id().unwrap().to_owned()
    };
    let workloads = unit(&root, "Workloads").await;
    let production = unit(&workloads, "本番").await;
    let mut accounts = Vec::new();
    for (name, parent) in [("payments", &production), ("web", &workloads), ("=sandbox", &root)] {
        let made = organizations.create_account().email(format!("{name}@example.com")).account_name(name).send();
        let made = made.await.unwrap();
        let account = made.create_account_status().unwrap().account_id().unwrap().to_owned();
        if *parent != root {
            let moved = organizations.move_account().account_id(&account);
            moved.source_parent_id(&root).destination_parent_id(parent).send().await.unwrap();
        }
        accounts.push(account);
    }
    let tag = Tag::builder().key("Product").value("決済").build().unwrap();
    organizations.tag_resource().resource_id(&accounts[0]).tags(tag).send().await.unwrap();
    let contact = contacts.put_alternate_contact().account_id(&accounts[0]).email_address("sec@example.com");
    let contact = contact.alternate_contact_type(AlternateContactType::Security);
    contact.name("Sato").title("Security").phone_number("+81-3-0000-0000").send().await.unwrap();
    accounts
}

#[tokio::test]
async fn a_first_registry_comes_from_the_organisation() {
    let emulator = Emulator::start(EmulatorKind::Moto).unwrap();
    let accounts = organisation(&emulator).await;
    let dir = tempfile::tempdir().unwrap();
    let job = |args: &[&str]| {
        Job::in_dir(dir.path())
            .args(&["registry", "from-organizations"])
            .args(args)
            .env("AWS_ACCESS_KEY_ID", CREDENTIALS.0)
            .env("AWS_SECRET_ACCESS_KEY", CREDENTIALS.1)
            .env("AWS_ENDPOINT_URL", emulator.endpoint())
            .run()
    };
    let csv = job(&[]).expect(0).stdout;
    let rows = |csv: &str| csv.lines().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(rows(&csv)[0], "project,account_ids,recipients,account_name,ou,suggested_recipients");
    let row = |csv: &str, account: &str| rows(csv).into_iter().find(|row| row.contains(account)).unwrap();
    let payments = format!("Workloads/本番,{},,payments,Workloads/本番,", accounts[0]);
    assert_eq!(row(&csv, &accounts[0]), payments);
    assert_eq!(row(&csv, &accounts[1]), format!("Workloads,{},,web,Workloads,", accounts[1]));
    // an account in the root belongs to no unit, and its name is no formula
    assert_eq!(row(&csv, &accounts[2]), format!(",{},,'=sandbox,,", accounts[2]));

    let csv = job(&["--project", "tag:Product", "--contacts"]).expect(0).stdout;
    let tagged = format!("決済,{},,payments,Workloads/本番,sec@example.com", accounts[0]);
    assert_eq!(row(&csv, &accounts[0]), tagged);
    assert_eq!(row(&csv, &accounts[1]), format!(",{},,web,Workloads,", accounts[1]));
    assert!(row(&job(&["--project", "account"]).expect(0).stdout, &accounts[1]).starts_with("web,"));
    let error = job(&["--project", "tag:"]).expect(2).stderr;
    assert!(error.contains("expected ou, account or tag:KEY"), "{error}");

    // once it is filled in, it is a registry, and its columns for people are no remarks
    let filled: Vec<String> =
        rows(&csv).into_iter().filter(|row| row.contains("recipients,") || row.starts_with("決済")).collect();
    let filled = filled.join("\n").replace(",,payments", ",sato@example.com,payments");
    std::fs::write(dir.path().join("projects.csv"), filled).unwrap();
    let checked = Job::in_dir(dir.path()).args(&["registry", "check", "--projects", "projects.csv"]).run().expect(0);
    assert!(checked.stdout.contains("0 problems, 0 notes"), "{}", checked.stdout);
}

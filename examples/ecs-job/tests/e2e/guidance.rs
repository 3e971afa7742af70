//! `guidance` and `topics`, on the sample organisation and on the starter set of guidance.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use findings_core::Locale;
use findings_core::guidance::{Guidance, GuidancePart};
use security_hub_simulator::Simulator;
use serde_json::Value;

use crate::organisation::three_weeks;
use crate::support::{Done, Job, files, workspace};

const HISTORY: [&str; 2] = ["--history", "sqlite:h.db"];

fn starter_set() -> PathBuf {
    workspace().join("examples/guidance")
}

fn call(dir: &Path, args: &[&str]) -> Done {
    Job::in_dir(dir).args(args).run()
}

/// The languages of the starter set.
const LANGUAGES: [Locale; 2] = [Locale::En, Locale::Ja];

#[test]
fn starter_set_has_all_sections_in_both_languages_for_controls_that_exist() {
    let dir = starter_set();
    let guidance = Guidance::read(&dir).unwrap();
    let known: BTreeSet<String> = asff_fixtures::definitions()
        .iter()
        .map(|control| control["SecurityControlId"].as_str().unwrap().to_owned())
        .collect();
    let names: Vec<&str> = guidance.names().collect();
    assert_eq!((names.len(), guidance.drafts().count()), (25, 0));
    for name in names {
        assert!(known.contains(name), "{name} is not a control");
        assert_eq!(guidance.languages(name), LANGUAGES, "{name}");
        assert!(guidance.reviewed(name).is_some(), "{name}");
        for locale in LANGUAGES {
            let part = |part| guidance.part(name, part, locale).unwrap_or_else(|| panic!("{name} {part:?}"));
            for section in GuidancePart::ALL {
                assert!(part(section).chars().count() > 9, "{name} {section:?} {locale:?}");
            }
            let fix = part(GuidancePart::Fix);
            let console = if locale == Locale::Ja { "### コンソール" } else { "### Console" };
            for way in [console, "### AWS CLI\n\n```sh\n", "### Terraform\n\n```hcl\n"] {
                assert!(fix.contains(way), "{name} {locale:?}: no {way}");
            }
            assert!(part(GuidancePart::Sources).contains("<https://docs.aws.amazon.com/"), "{name}");
            let sentence = guidance.first_sentence(name, locale).unwrap();
            assert!(sentence.ends_with(['.', '。']) && sentence.chars().count() < 200, "{name}: {sentence}");
            assert!(guidance.title(name, locale).is_some_and(|title| title.chars().count() > 9), "{name}");
        }
        let commands = |locale| code(guidance.part(name, GuidancePart::Fix, locale).unwrap());
        assert_eq!(commands(Locale::En), commands(Locale::Ja), "{name}: the commands are the same in all languages");
    }
    assert_eq!(files(&dir, "md").len(), 50);
}

fn code(markdown: &str) -> Vec<&str> {
    markdown.split("```").skip(1).step_by(2).collect()
}

#[test]
fn status_compares_guidance_with_the_history() {
    let dir = tempfile::tempdir().unwrap();
    three_weeks(dir.path());
    let starter = starter_set();
    let guidance = ["--guidance", starter.to_str().unwrap()];
    let status = [&["guidance", "status", "--output", "json"], &HISTORY[..]].concat();
    let bare = call(dir.path(), &status).expect(0).summary();
    let count = |status: &Value, matter: &str| {
        status["notes"].as_array().unwrap().iter().filter(|note| note["matter"] == matter).count() as u64
    };
    assert_eq!(count(&bare, "missing"), bare["open_controls"].as_u64().unwrap(), "nothing is written yet");
    let guided = call(dir.path(), &[&status[..], &guidance].concat()).expect(0).summary();
    assert_eq!(guided["guided"], 25);
    assert!(count(&guided, "missing") < count(&bare, "missing"), "{guided}");
    let points: Vec<u64> = guided["notes"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|note| note["matter"] == "missing")
        .map(|note| note["points"].as_u64().unwrap())
        .collect();
    assert!(points.is_sorted_by(|a, b| a >= b), "{points:?}");
    assert_eq!(guided["catalogue_of"], Value::Null);
    let table = call(dir.path(), &[&["guidance", "status"], &HISTORY[..]].concat()).expect(0).stdout;
    assert!(table.contains("Open issues and no guidance") && table.contains("There is no catalogue"), "{table}");
    let csv = call(dir.path(), &[&["guidance", "status", "--output", "csv"], &HISTORY[..]].concat()).expect(0).stdout;
    assert_eq!(csv.lines().next(), Some("matter,control,open,points,projects,since,not_fixed,has_guidance,title"));
    assert_eq!(csv.lines().count() as u64, 1 + count(&bare, "missing"));
    // bad input
    fs::create_dir(dir.path().join("bad")).unwrap();
    fs::write(dir.path().join("bad/S3.8.md"), "---\ntitel: x\n---\n## Fix\na\n").unwrap();
    let bad = call(dir.path(), &[&["guidance", "status", "--guidance", "bad"], &HISTORY[..]].concat()).expect(2).stderr;
    assert!(bad.contains("S3.8.md, line 2: ") && bad.contains("is not a field of the front matter"), "{bad}");
    let months = [&["guidance", "status", "--stale-after", "soon"], &HISTORY[..]].concat();
    let refused = call(dir.path(), &months).expect(2).stderr;
    assert!(refused.contains("--stale-after: ") && refused.contains("is not a number of months"), "{refused}");
    let missing = [&["guidance", "status", "--catalogue", "no.json"], &HISTORY[..]].concat();
    assert!(call(dir.path(), &missing).expect(2).stderr.contains("ecs-job guidance new writes it"));
}

#[test]
fn topics_name_the_projects_that_share_a_problem() {
    let dir = tempfile::tempdir().unwrap();
    three_weeks(dir.path());
    let starter = starter_set();
    let args = ["topics", "--guidance", starter.to_str().unwrap(), "--guidance-site", "https://wiki.example.com/x"];
    let contact = ["--contact", "ja=窓口; en=Cloud desk", "--locale", "en"];
    let json = call(dir.path(), &[&args[..], &contact, &HISTORY, &["--output", "json"]].concat()).expect(0);
    let topics: Vec<Value> = serde_json::from_str(json.stdout.trim()).unwrap();
    assert!(topics.len() > 3 && topics.iter().all(|topic| topic["projects"].as_array().unwrap().len() > 1));
    let of = |control: &str| topics.iter().find(|topic| topic["control"] == control);
    let buckets = topics.iter().find(|topic| topic["has_guidance"] == true).unwrap();
    let page = format!("https://wiki.example.com/x/{}.html#en", buckets["control"].as_str().unwrap());
    assert_eq!(buckets["guidance_url"], page.as_str());
    assert!(buckets["contact"].as_str().unwrap().starts_with("The contact that the report names"));
    let other = topics.iter().find(|topic| topic["has_guidance"] == false && topic["control"].is_string()).unwrap();
    assert_eq!((&other["contact"], &other["guidance_url"]), (&Value::from("Cloud desk"), &Value::Null));
    assert!(of("No.1").is_none());
    let table = call(dir.path(), &[&args[..], &HISTORY].concat()).expect(0).stdout;
    assert!(table.starts_with("control") && table.contains("and "), "{table}");
    let csv = call(dir.path(), &[&args[..], &HISTORY, &["--output", "csv"]].concat()).expect(0).stdout;
    assert_eq!(csv.lines().count(), 1 + topics.len());
    let new = call(dir.path(), &[&args[..], &HISTORY, &["--new", "--output", "json"]].concat()).expect(0);
    assert!(new.stdout.trim() == "[]" && new.stderr.contains("not older than four weeks"), "{new:?}");
    let bad = call(dir.path(), &[&args[..3], &HISTORY, &["--guidance-site", "http://x"]].concat()).expect(2).stderr;
    assert!(bad.contains("--guidance-site (FINDINGS_GUIDANCE_SITE): expected the address of a site"), "{bad}");
}

#[tokio::test(flavor = "multi_thread")]
async fn drafts_say_what_security_hub_says_and_never_overwrite() {
    let simulator = Simulator::start().await.unwrap();
    let dir = tempfile::tempdir().unwrap();
    let source = ["--source", "securityhub:us-east-1"];
    let online = |args: &[&str]| {
        let job = Job::in_dir(dir.path()).args(args).args(&source).env("AWS_ENDPOINT_URL", simulator.url());
        job.env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test").run()
    };
    let done = online(&["guidance", "new", "ec2.18", "IAM.6", "--locale", "ja"]).expect(0);
    assert!(done.stdout.contains("guidance/EC2.18.ja.md: written"), "{done:?}");
    let path = dir.path().join("guidance/EC2.18.ja.md");
    let page = fs::read_to_string(&path).unwrap();
    for want in
        ["title: Only known ports", "## 対処手順", "`authorizedTcpPorts` = 80, 443, 8443", "HIGH", "draft: true"]
    {
        assert!(page.contains(want), "{want}: {page}");
    }
    assert!(fs::read_to_string(dir.path().join("guidance/IAM.6.ja.md")).unwrap().contains("CIS AWS Foundations 1.6"));
    let calls = simulator.counters().calls;
    fs::write(&path, "mine").unwrap();
    let again = online(&["guidance", "new", "EC2.18", "--locale", "ja"]).expect(1);
    assert!(again.stdout.contains("it is there already and stays as it is"), "{again:?}");
    assert_eq!((fs::read_to_string(&path).unwrap(), simulator.counters().calls), ("mine".to_owned(), calls), "cached");
    // the catalogue knows what is retired
    three_weeks(dir.path());
    fs::create_dir(dir.path().join("old")).unwrap();
    fs::write(dir.path().join("old/Gone.1.md"), "## Fix\nx\n").unwrap();
    let status = [&["guidance", "status", "--guidance", "old", "--output", "csv"], &HISTORY[..]].concat();
    let status = call(dir.path(), &status).expect(0).stdout;
    assert!(status.contains("\nretired,Gone.1,"), "{status}");
    let unknown = online(&["guidance", "new", "No.1"]).expect(0);
    assert!(unknown.stderr.contains("Security Hub has no such control"), "{unknown:?}");
    let bad = call(dir.path(), &["guidance", "new", "S3"]).expect(2).stderr;
    assert!(bad.contains("CONTROL: ") && bad.contains("is not a control; expected an ID such as S3.8"), "{bad}");
}

#[test]
fn drafts_without_aws_take_titles_from_the_history() {
    let dir = tempfile::tempdir().unwrap();
    three_weeks(dir.path());
    call(dir.path(), &[&["guidance", "new", "s3.8", "--dir", "mine"], &HISTORY[..]].concat()).expect(0);
    let page = fs::read_to_string(dir.path().join("mine/S3.8.en.md")).unwrap();
    assert!(page.contains("# S3.8 ") && !page.contains("# S3.8 S3.8"), "{page}");
    let blind = call(dir.path(), &["guidance", "new", "EC2.2", "--history", "sqlite:none.db"]).expect(0);
    assert!(blind.stderr.contains("fill in the titles"), "{blind:?}");
    assert!(dir.path().join("guidance/EC2.2.en.md").is_file());
}

#[test]
fn guidance_is_published_as_pages() {
    let dir = tempfile::tempdir().unwrap();
    let starter = starter_set();
    let publish = ["guidance", "publish", "--guidance", starter.to_str().unwrap(), "--out", "site", "--locale", "ja"];
    let done = call(dir.path(), &publish).expect(0);
    assert_eq!(done.stdout.trim(), "26 pages are in site");
    let pages = files(&dir.path().join("site"), "html");
    assert_eq!(pages.len(), 26);
    let page = fs::read_to_string(dir.path().join("site/EC2.19.html")).unwrap();
    assert!(page.contains("<article id=\"ja\" lang=\"ja\">") && page.contains("<article id=\"en\" lang=\"en\">"));
    assert!(page.contains("本日中に削除し"), "{page}");
    // links between pages lead somewhere
    for path in &pages {
        let text = fs::read_to_string(path).unwrap();
        let links = text.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
        for link in links.filter(|link| Path::new(link).extension().is_some_and(|e| e == "html")) {
            let is_there = link.starts_with("https://") || dir.path().join("site").join(link).is_file();
            assert!(is_there, "{link} in {}", path.display());
        }
    }
    let none = call(dir.path(), &["guidance", "publish", "--out", "site"]).expect(2).stderr;
    assert!(none.contains("--guidance (FINDINGS_GUIDANCE): missing; name the guidance to publish"), "{none}");
}

//! `doctor`: what a report of a fault needs, without secrets.

use crate::aws::World;
use crate::embedded::checkout;
use crate::support::{Job, files};

#[test]
fn doctor_of_the_sample_is_well_and_stores_nothing() {
    let dir = checkout();
    let done = Job::in_dir(dir.path()).args(&["doctor"]).run().expect(0);
    for wanted in [env!("CARGO_PKG_VERSION"), std::env::consts::ARCH, "6 projects", "history.db", "All is well."] {
        assert!(done.stdout.contains(wanted), "{wanted}: {}", done.stdout);
    }
    assert!(files(dir.path(), "db").is_empty() && files(dir.path(), "eml").is_empty());
}

#[test]
fn doctor_hides_secrets_and_names_what_is_wrong() {
    let dir = checkout();
    let job = || {
        let job = Job::in_dir(dir.path()).args(&["doctor", "--history", "sqlite:h.db", "--reports", "reports"]);
        let job = job.env("FINDINGS_NOTIFY", "smtp://user:geheim1@localhost:1?from=a@example.com");
        job.env("FINDINGS_DECISIONS_KEY", "geheim2geheim2geheim2geheim2geheim2").env("FINDINGS_CONTACT", "Cloud team")
    };
    let unusable = job().run().expect(2);
    assert!(unusable.stdout.contains("--projects (FINDINGS_PROJECTS): missing"), "{}", unusable.stdout);
    let data = "examples/data/";
    let sources = ["--projects", &format!("{data}projects.csv"), "--source", &format!("{data}findings.json")];
    let unreachable = job().args(&sources).run().expect(1);
    for done in [&unusable, &unreachable] {
        let all = format!("{}{}", done.stdout, done.stderr);
        assert!(!all.contains("geheim"), "{all}");
        for wanted in ["--notify smtp://localhost:1/[hidden]", "--contact Cloud team", "FINDINGS_DECISIONS_KEY"] {
            assert!(done.stdout.contains(wanted), "{wanted}: {}", done.stdout);
        }
        assert!(!all.contains("kessai"), "no names of people: {all}");
    }
    assert!(unreachable.stdout.contains("! --notify:"), "{}", unreachable.stdout);
}

#[test]
fn completions_and_pages_are_written() {
    let dir = tempfile::tempdir().unwrap();
    let script = Job::in_dir(dir.path()).args(&["completions", "bash"]).run().expect(0).stdout;
    assert!(script.contains("complete -F _ecs__job") && script.contains("--link-ttl"), "{script}");
    Job::in_dir(dir.path()).args(&["man", "pages"]).run().expect(0);
    assert!(std::fs::read_to_string(dir.path().join("pages/ecs-job-plan.1")).unwrap().contains("test\\-mail"));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the emulators: .ci/test"]
async fn doctor_asks_each_service_and_compares_the_clock() {
    let world = World::new().await;
    let done = world.job("doctor", "never").run();
    let text = &done.stdout;
    for wanted in ["AWS: arn:aws:", "the clock differs from that of AWS by", "ap-northeast-1: answers", world.table()] {
        assert!(text.contains(wanted), "{wanted}: {text} {}", done.stderr);
    }
    assert!(text.contains("AWS_SECRET_ACCESS_KEY") && !text.contains("AWS_SECRET_ACCESS_KEY="), "{text}");
    // what is unreachable is a problem of the exit code, too
    let nobody = world.job("doctor", "never").env("AWS_ENDPOINT_URL", "http://127.0.0.1:9").run().expect(1);
    assert!(nobody.stdout.contains("! AWS: failed to ask AWS who the job is"), "{}", nobody.stdout);
}

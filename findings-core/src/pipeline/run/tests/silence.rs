//! Who hears of which report, and that silence is remembered and hides nothing.

use super::*;
use crate::history::ProjectRun;
use crate::ledger::{MessageState, MessagesQuery};
use crate::recipient::Recipient;
use crate::{NotifyWhen, Severity};

use NotifyWhen::{Always, Changes, Critical, Never};

fn to(address: &str) -> Recipient {
    address.parse().unwrap()
}

/// The project "p" of account 1, with recipients who chose.
fn choosing(choices: &[(&str, NotifyWhen)]) -> Project {
    let recipients: Vec<&str> = choices.iter().map(|(address, _)| *address).collect();
    choices.iter().fold(project("p", &[1], &recipients), |p, (address, when)| p.with_choice(&to(address), *when))
}

fn register(world: &mut World, project: Project) {
    world.parts.registry = Arc::new(MemoryRegistry::new([project]));
}

fn see(world: &mut World, findings: &[(&str, Severity)]) {
    let finding = |(id, severity): &(&str, Severity)| {
        let mut finding = Finding::new(account(1), *id);
        finding.severity = *severity;
        finding
    };
    world.parts.sweep = sweep(MemorySource::new(findings.iter().map(finding).collect()));
}

/// Runs, and returns the outcome of the project, and who got a message since the last call.
async fn told(world: &World, run_id: &str) -> (crate::pipeline::ProjectOutcome, Vec<String>) {
    let before = world.notifier.sent().len();
    let outcome = world.run(run_id).await.projects.remove(0);
    let sent = world.notifier.sent()[before..].iter().map(|n| n.recipient.to_string()).collect();
    (outcome, sent)
}

async fn runs(world: &World) -> Vec<ProjectRun> {
    world.history.project(&HistoryQuery::new("p")).await.unwrap().runs
}

async fn states(world: &World, run_id: &str) -> Vec<(String, MessageState)> {
    let messages = world.parts.ledger.messages(&MessagesQuery::new(run_id.parse().unwrap(), "p")).await.unwrap();
    messages.into_iter().map(|message| (message.recipient.to_string(), message.state)).collect()
}

/// Everybody hears what they chose, and the outcome says who chose silence.
#[tokio::test]
async fn each_recipient_hears_what_they_chose() {
    let all =
        [("a@example.com", Always), ("b@example.com", Changes), ("c@example.com", Critical), ("d@example.com", Never)];
    let mut world = World::new(vec![choosing(&all)]);
    let [a, b, c, d] = all.map(|(address, _)| address.to_owned());
    let high = ("one", Severity::High);
    for (week, findings, want) in [
        ("w1", &[high][..], vec![&a, &b]),
        ("w2", &[high], vec![&a]),
        ("w3", &[high, ("two", Severity::Critical)], vec![&a, &b, &c]),
        ("w4", &[high, ("two", Severity::Critical)], vec![&a, &c]),
        ("w5", &[high], vec![&a, &b]),
    ] {
        see(&mut world, findings);
        let (outcome, sent) = told(&world, week).await;
        assert_eq!(sent.iter().collect::<Vec<_>>(), want, "{week}");
        assert_eq!(outcome.notified, sent, "{week}");
        let silent: Vec<&String> = [&a, &b, &c, &d].into_iter().filter(|to| !want.contains(to)).collect();
        assert_eq!(outcome.silent.iter().collect::<Vec<_>>(), silent, "{week}");
        assert!(outcome.is_ok() && !outcome.is_undelivered(), "{week}: {:?}", outcome.errors);
    }
    world.parts.sweep = sweep(SilentFor(account(1), MemorySource::default()));
    let mut settings = settings("w6");
    settings.hold_if_unread = None;
    let before = world.notifier.sent().len();
    assert!(matches!(world.start(settings).await, RunOutcome::Done(_)));
    assert_eq!(world.notifier.sent().len() - before, 3, "what can no longer be seen is told to all but never");
}

/// A report that nobody wants is made and remembered, and the next message compares with the last one that was sent.
#[tokio::test]
async fn a_week_of_which_nobody_hears_is_remembered() {
    let mut world = World::new(vec![choosing(&[("a@example.com", Changes), ("b@example.com", Never)])]);
    see(&mut world, &[("one", Severity::High)]);
    assert_eq!(told(&world, "w1").await.1, ["a@example.com"]);
    let (outcome, sent) = told(&world, "w2").await;
    assert_eq!((outcome.status, sent.len(), outcome.silent.len()), (ProjectStatus::Ok, 0, 2));
    assert!(outcome.is_delivered() && outcome.report.is_some());
    let summary = serde_json::to_value(&outcome).unwrap();
    assert_eq!(summary["silent"], serde_json::json!(["a@example.com", "b@example.com"]));
    assert!(states(&world, "w2").await.iter().all(|(_, state)| *state == MessageState::Silent));
    let remembered: Vec<(String, bool)> = runs(&world).await.iter().map(|r| (r.run_id.to_string(), r.told)).collect();
    assert_eq!(remembered, [("w1".to_owned(), true), ("w2".to_owned(), false)]);
    assert!(matches!(world.start(settings("w2")).await, RunOutcome::AlreadyFinished { .. }), "it is finished");
    see(&mut world, &[("one", Severity::High), ("two", Severity::Low)]);
    assert_eq!(told(&world, "w3").await.1, ["a@example.com"]);
    let message = world.notifier.sent().pop().unwrap();
    assert_eq!(message.previous.unwrap().run_id.as_str(), "w1");
    assert_eq!((message.changes.new, message.changes.open), (1, 1));
}

/// What nobody was told of stays new.
#[tokio::test]
async fn what_came_in_silence_is_new_in_the_first_message() {
    let mut world = World::new(vec![choosing(&[("a@example.com", Critical)])]);
    see(&mut world, &[("one", Severity::High)]);
    assert!(told(&world, "w1").await.1.is_empty());
    see(&mut world, &[("one", Severity::High), ("two", Severity::Critical)]);
    assert_eq!(told(&world, "w2").await.1, ["a@example.com"]);
    let message = world.notifier.sent().pop().unwrap();
    assert_eq!((message.previous, message.changes.new), (None, 2));
}

/// The silence of one does not hide that the other was not told.
#[tokio::test]
async fn silence_hides_no_failure_and_a_further_attempt_decides_the_same() {
    let mut world = World::new(vec![choosing(&[("a@example.com", Always), ("b@example.com", Critical)])]);
    see(&mut world, &[("one", Severity::High)]);
    world.notifier.fail_for(&to("a@example.com"), ErrorKind::Unavailable);
    let (outcome, sent) = told(&world, "w1").await;
    assert_eq!((outcome.status, sent.len(), outcome.silent.len()), (ProjectStatus::Failed, 0, 1));
    assert!(runs(&world).await.is_empty(), "nobody knows of it");
    assert_eq!(states(&world, "w1").await[1], ("b@example.com".to_owned(), MessageState::Silent));
    // what they chose since counts for later runs, if the message was begun
    register(&mut world, choosing(&[("a@example.com", Never), ("b@example.com", Critical)]));
    world.notifier.recover();
    let (outcome, sent) = told(&world, "w1").await;
    assert_eq!((sent, outcome.silent), (vec!["a@example.com".to_owned()], vec!["b@example.com".to_owned()]));
    assert_eq!(outcome.status, ProjectStatus::Ok);
}

/// An attempt that does the project again sees what is there now, and nobody is told twice.
#[tokio::test]
async fn what_is_new_in_a_further_attempt_is_told() {
    let mut world = World::new(vec![choosing(&[("a@example.com", Always), ("b@example.com", Critical)])]);
    see(&mut world, &[("one", Severity::High)]);
    world.notifier.fail_for(&to("a@example.com"), ErrorKind::Unavailable);
    assert!(told(&world, "w1").await.1.is_empty());
    see(&mut world, &[("one", Severity::High), ("two", Severity::Critical)]);
    let (_, sent) = told(&world, "w1").await;
    assert_eq!(sent, ["b@example.com"], "a critical one is there now");
    world.notifier.recover();
    let (outcome, sent) = told(&world, "w1").await;
    assert_eq!((sent, outcome.notified.len()), (vec!["a@example.com".to_owned()], 2));
}

/// The open message of one recipient does not tell those who chose silence.
#[tokio::test]
async fn an_open_message_leaves_the_others_silent() {
    let all =
        [("a@example.com", Always), ("b@example.com", Always), ("c@example.com", Never), ("d@example.com", Changes)];
    let mut world = World::new(vec![choosing(&all)]);
    see(&mut world, &[("one", Severity::High)]);
    told(&world, "w1").await;
    world.notifier.fail_for(&to("b@example.com"), ErrorKind::Unavailable);
    let (outcome, sent) = told(&world, "w2").await;
    assert_eq!((sent, outcome.silent.len()), (vec!["a@example.com".to_owned()], 2));
    world.notifier.recover();
    let (outcome, sent) = told(&world, "w2").await;
    assert_eq!((sent, outcome.silent.len()), (vec!["b@example.com".to_owned()], 2));
    assert_eq!(outcome.status, ProjectStatus::Ok);
    // all of it again: whoever was told is told of the correction, and nobody else
    let mut again = settings("w2");
    again.redo = Some(crate::ledger::Redo::All);
    let RunOutcome::Done(summary) = world.start(again).await else { panic!("it is done again") };
    assert_eq!((summary.projects[0].notified.len(), summary.projects[0].silent.len()), (2, 2));
}

/// A card points to a mail only if one is sent, and the defaults are those of the project and the run.
#[tokio::test]
async fn a_card_points_to_no_mail_that_was_not_sent() {
    let people = || project("p", &[1], &["a@example.com", "slack:pay"]);
    let mut world = World::new(vec![people().with_notify(Changes).with_choice(&to("slack:pay"), Always)]);
    see(&mut world, &[("one", Severity::High)]);
    assert_eq!(told(&world, "w1").await.1.len(), 2);
    assert!(world.notifier.sent().pop().unwrap().is_mailed);
    assert_eq!(told(&world, "w2").await.1, ["slack:pay"]);
    assert!(!world.notifier.sent().pop().unwrap().is_mailed);
    register(&mut world, people().with_min_severity(Severity::Critical));
    let mut settings = settings("w3");
    settings.notify_when = Changes;
    let RunOutcome::Done(summary) = world.start(settings).await else { panic!("it is done") };
    assert_eq!((summary.projects[0].silent.len(), summary.exit_code()), (2, 0));
    assert_eq!(told(&world, "w4").await.1.len(), 2);
    assert_eq!(world.notifier.sent().pop().unwrap().min_severity, Some(Severity::Critical));
}

/// Contact and time zone of the registry come before those of the run.
#[tokio::test]
async fn a_project_has_its_own_contact_and_time_zone() {
    let own = project("p", &[1], &["a@example.com"]).with_contact("own desk".into());
    let zone = jiff::tz::TimeZone::get("America/New_York").unwrap();
    let mut world = World::new(vec![own.with_time_zone(zone), project("q", &[1], &["b@example.com"])]);
    see(&mut world, &[("one", Severity::High)]);
    let mut settings = settings("w1");
    settings.contact = "the desk of all".into();
    settings.time_zone = Some(jiff::tz::TimeZone::get("Asia/Tokyo").unwrap());
    world.start(settings).await;
    let sent = world.notifier.sent();
    let said = |address: &str| {
        let message = sent.iter().find(|message| message.recipient.as_str() == address).unwrap();
        (message.contact.clone().unwrap(), message.time_zone.iana_name().unwrap().to_owned())
    };
    assert_eq!(said("a@example.com"), ("own desk".to_owned(), "America/New_York".to_owned()));
    assert_eq!(said("b@example.com"), ("the desk of all".to_owned(), "Asia/Tokyo".to_owned()));
}

/// Nothing changed, and some did not hear of the last report: their message failed, or they are new. They hear of this one as
/// of a first one, once.
#[tokio::test]
async fn whoever_did_not_hear_of_the_last_report_hears_of_this_one() {
    let (a, b, c, d) = ("a@example.com", "b@example.com", "c@example.com", "d@example.com");
    let mut world = World::new(vec![choosing(&[(a, Changes), (b, Changes), (d, Critical)])]);
    see(&mut world, &[("one", Severity::High)]);
    world.notifier.fail_for(&to(b), ErrorKind::Unavailable);
    assert_eq!(told(&world, "w1").await.1, [a]);
    world.notifier.recover();
    register(&mut world, choosing(&[(a, Changes), (b, Changes), (c, Changes), (d, Critical)]));
    assert_eq!(told(&world, "w2").await.1, [b, c], "d chose silence at w1, and a knows of it");
    let message = world.notifier.sent().pop().unwrap();
    assert_eq!(message.previous.unwrap().run_id.as_str(), "w1", "the message tells of the same changes to all");
    assert!(told(&world, "w3").await.1.is_empty(), "now all know");
    register(&mut world, choosing(&[("A@example.com", Changes), (b, Changes), (c, Changes), (d, Critical)]));
    assert!(told(&world, "w4").await.1.is_empty(), "an address is the same in capital letters");
}

/// Those who lead the project hear of the first report of a month, with what changed in it, and their silence is nobody's choice.
#[tokio::test]
async fn leads_hear_of_the_first_report_of_a_month() {
    let leading = project("p", &[1], &["a@example.com"]).with_leads([to("b@example.com"), to("c@example.com")]);
    let mut world = World::new(vec![leading.with_choice(&to("c@example.com"), Never)]);
    let mut heard = Vec::new();
    for (week, day, severity) in [
        ("w1", "2026-10-26T01:00:00Z", Severity::Critical),
        ("w2", "2026-11-02T01:00:00Z", Severity::Critical),
        ("w3", "2026-11-09T01:00:00Z", Severity::High),
        ("w4", "2026-12-07T01:00:00Z", Severity::High),
    ] {
        see(&mut world, &[("one", severity)]);
        let mut settings = settings(week);
        settings.clock = Arc::new(crate::pipeline::FixedClock(day.parse().unwrap()));
        let before = world.notifier.sent().len();
        for _ in 0..2 {
            match world.start(settings.clone()).await {
                RunOutcome::Done(summary) => {
                    assert!(summary.projects[0].silent.is_empty() && summary.exit_code() == 0, "{week}");
                }
                other => assert!(matches!(other, RunOutcome::AlreadyFinished { .. }), "{other:?}"),
            }
        }
        let sent = world.notifier.sent().split_off(before);
        assert_eq!(sent[0].monthly, None, "a hears of every report");
        let lead = sent.iter().find(|message| message.recipient == to("b@example.com"));
        heard.push(lead.map(|message| {
            let before = message.monthly.clone().unwrap().before;
            before.map(|run| (run.run_id.to_string(), run.counts.critical))
        }));
        assert_eq!(sent.len(), 1 + usize::from(lead.is_some()), "{week}");
    }
    let month_before = |week: &str| Some(Some((week.to_owned(), 1)));
    assert_eq!(heard, [Some(None), month_before("w1"), None, month_before("w2")]);
    world.notifier.fail_for(&to("b@example.com"), ErrorKind::Unavailable);
    let mut january = settings("w5");
    january.clock = Arc::new(crate::pipeline::FixedClock("2027-01-04T01:00:00Z".parse().unwrap()));
    let RunOutcome::Done(summary) = world.start(january.clone()).await else { panic!("it is done") };
    assert!(summary.exit_code() == 1, "a lead who is not told is a failure");
    world.notifier.recover();
    let RunOutcome::Done(summary) = world.start(january).await else { panic!("a message is open") };
    assert_eq!((summary.exit_code(), summary.projects[0].notified.len()), (0, 2));
    let message = world.notifier.sent().pop().unwrap();
    assert_eq!(message.monthly.unwrap().before.unwrap().run_id.as_str(), "w4", "also from what the ledger has");
}

/// Who heard of the last report is found under the name that the project had then.
#[tokio::test]
async fn a_renamed_project_knows_who_heard() {
    let mut world = World::new(vec![choosing(&[("a@example.com", Changes)])]);
    see(&mut world, &[("one", Severity::High)]);
    assert_eq!(told(&world, "w1").await.1, ["a@example.com"]);
    let mut renamed = choosing(&[("a@example.com", Changes)]);
    (renamed.name, renamed.aliases) = ("new name".to_owned(), vec!["p".to_owned()]);
    register(&mut world, renamed);
    assert!(told(&world, "w2").await.1.is_empty());
}

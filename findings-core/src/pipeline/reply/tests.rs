use super::*;
use crate::decision::{CurrentFindings, DecisionSheet, Plan, PlannedSheet, SheetFault, SheetProblem, SheetSource};
use crate::pipeline::Pipeline;
use crate::pipeline::run::tests::{World, project, settings};

fn reply_of(by: Option<&str>) -> Arc<DecisionReply> {
    let source = SheetSource::new("a", "r1".parse().unwrap(), jiff::Timestamp::MAX);
    let mut sheet = DecisionSheet::new(source);
    sheet.problems.push(SheetProblem::new("row 7", SheetFault::Formula));
    if let Some(by) = by {
        sheet = sheet.with_sender(by);
    }
    let planned = PlannedSheet { plan: Plan::default(), current: CurrentFindings::new(), failure: None };
    Arc::new(DecisionReply::new("s3://bucket/inbox/a/r1/returned.xlsx", b"content", &sheet, &planned))
}

fn file() -> ReplyFile {
    ReplyFile::new("decisions/replies/x.xlsx".parse().unwrap(), "xlsx", "a.xlsx")
}

#[tokio::test]
async fn each_is_told_once_however_often_the_file_is_taken() {
    let project = project("a", &[1], &["x@example.com", "teams:payments", "y@example.com"]);
    let world = World::new(vec![project.clone()]);
    let pipeline = Pipeline::new(world.parts.clone(), settings("unused"));
    let reply = reply_of(None);
    assert_eq!((reply.file.as_str(), reply.receipt(), reply.not_taken()), ("returned.xlsx", "ed7002b4", 1));
    world.notifier.fail_for(&"y@example.com".parse().unwrap(), ErrorKind::Unavailable);
    let first = pipeline.reply(&reply, &project, Some(&file())).await.unwrap();
    assert_eq!((first.notified.as_slice(), first.errors.len()), (["x@example.com".to_owned()].as_slice(), 1));
    assert!(first.has_open);
    world.notifier.recover();
    let second = pipeline.reply(&reply, &project, Some(&file())).await.unwrap();
    assert_eq!(
        (second.notified, second.has_open),
        (vec!["x@example.com".to_owned(), "y@example.com".to_owned()], false)
    );
    let told: Vec<_> = world.notifier.decision_messages().iter().map(|m| m.recipient.to_string()).collect();
    assert_eq!(told, ["x@example.com", "y@example.com"], "each once, and no channel");
    let message = &world.notifier.decision_messages()[0];
    assert_eq!((message.run_id.as_str(), message.link.as_ref().unwrap().extension), ("r1", "xlsx"));
    assert!(world.parts.ledger.last_finished().await.unwrap().is_none(), "it is no run that counts");
}

#[tokio::test]
async fn a_sender_is_told_alone_only_if_the_registry_names_them() {
    let project = project("a", &[1], &["x@example.com", "y@example.com"]);
    for (by, expected) in [
        (Some("Y@example.com "), vec!["y@example.com"]),
        (Some("stranger@example.org"), vec!["x@example.com", "y@example.com"]),
        (None, vec!["x@example.com", "y@example.com"]),
    ] {
        let world = World::new(vec![project.clone()]);
        let pipeline = Pipeline::new(world.parts.clone(), settings("unused"));
        assert_eq!(pipeline.reply(&reply_of(by), &project, None).await.unwrap().notified, expected, "{by:?}");
    }
}

#[tokio::test]
async fn a_file_that_another_process_replies_to_is_left_to_it() {
    let project = project("a", &[1], &["x@example.com"]);
    let world = World::new(vec![project.clone()]);
    let reply = reply_of(None);
    let request = AcquireRun::new(run_of(&reply).unwrap(), "another", world.clock().0);
    world.parts.ledger.acquire(&request).await.unwrap();
    let pipeline = Pipeline::new(world.parts.clone(), settings("unused"));
    let error = pipeline.reply(&reply, &project, None).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(world.notifier.decision_messages().is_empty());
}

//! Compares the pipeline with a small model of the rules of `docs/truth.md`, over thousands of generated histories of up
//! to six runs. `TRUTH_CASES` sets their number.

mod events;
mod model;
mod scenery;
mod seeds;
#[cfg(feature = "aws-security-hub")]
mod simulated;

use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

use self::events::{Event, history};
use self::model::{Expected, Model};
use self::scenery::{MemoryBackend, Scenery};
use super::{Summary, account, project, settings, sweep};
use crate::pipeline::{Pipeline, RunOutcome};

/// Number of generated histories on memory backends.
const CASES: u32 = 3_000;

/// What the pipeline says of a run, in the terms of the model.
fn said(summary: &Summary) -> Expected {
    let project = |p: &crate::pipeline::ProjectOutcome| {
        let certainty = p.certainty.as_ref().unwrap();
        let counts = [p.changes.new, p.changes.reopened, p.changes.open, p.changes.stale];
        let closed = [p.changes.resolved, p.changes.suppressed, p.changes.archived, p.changes.left];
        (p.project.clone(), counts, closed, certainty.conclusion(p.findings))
    };
    Expected { projects: summary.projects.iter().map(project).collect(), exit_code: summary.exit_code() }
}

/// Plays a history on memory backends and returns the first run at which pipeline and model differ.
async fn play(history: &[Vec<Event>]) -> Result<(), TestCaseError> {
    let (mut scenery, mut model) = (Scenery::default(), Model::default());
    let backend = MemoryBackend::default();
    for (week, events) in history.iter().enumerate() {
        scenery.next_week(events);
        let said = said(&run(&backend.pipeline(&scenery, week)).await);
        let expected = model.run(&scenery);
        proptest::prop_assert_eq!(&said, &expected, "run {} of {:?}\n{:?}", week + 1, history, scenery);
    }
    Ok(())
}

async fn run(pipeline: &Pipeline) -> Summary {
    match pipeline.run().await.unwrap() {
        RunOutcome::Done(summary) => *summary,
        other => panic!("{other:?}"),
    }
}

/// A runner with a fixed seed, so that a failure can be repeated.
fn runner(cases: u32) -> TestRunner {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha))
}

fn cases(default: u32) -> u32 {
    std::env::var("TRUTH_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(default)
}

#[test]
fn generated_histories_agree_with_the_model() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let cases = cases(CASES);
    let played = std::cell::Cell::new(0_usize);
    let outcome = runner(cases).run(&history(), |history| {
        played.set(played.get() + history.len());
        runtime.block_on(play(&history))
    });
    println!("{cases} generated histories, {} runs", played.get());
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}

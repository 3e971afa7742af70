//! How much is worked on at a time.

use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::SeqCst;

use super::*;

/// A renderer that notes how many reports are rendered at a time.
#[derive(Debug, Default)]
struct Busy {
    now: AtomicUsize,
    most: AtomicUsize,
}

impl ReportRenderer for Busy {
    fn format(&self) -> ReportFormat {
        TextRenderer.format()
    }

    fn render(&self, report: &Report) -> Result<RenderedReport> {
        let now = self.now.fetch_add(1, SeqCst) + 1;
        self.most.fetch_max(now, SeqCst);
        // long enough for others to begin, if they may
        std::thread::sleep(Duration::from_millis(20));
        self.now.fetch_sub(1, SeqCst);
        TextRenderer.render(report)
    }
}

#[tokio::test]
async fn projects_with_many_findings_are_worked_on_one_after_the_other() {
    // of one query, so that all are there at the same moment
    let names: Vec<String> = (1..7).map(|n| n.to_string()).collect();
    let projects = names.iter().zip(1..).map(|(name, n)| project(name, &[n], &["x@example.com"]));
    let mut world = World::new(projects.collect());
    let busy = Arc::new(Busy::default());
    world.parts.renderers = vec![busy.clone()];
    let seen: Vec<(u64, &str)> = (1..7).flat_map(|n| [(n, "one"), (n, "two"), (n, "three")]).collect();
    let mut narrow = settings("r1");
    narrow.findings_at_once = 2;
    let RunOutcome::Done(summary) = world.see(&seen).start(narrow).await else { panic!() };
    assert!(summary.projects.iter().all(|project| project.status == ProjectStatus::Ok && project.findings == 3));
    assert_eq!((busy.most.load(SeqCst), world.notifier.sent().len()), (1, 6));
}

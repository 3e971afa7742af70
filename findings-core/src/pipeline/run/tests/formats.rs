//! A report in several formats.

use super::*;

/// Writes nothing but its extension, or fails.
#[derive(Debug)]
struct Other {
    extension: &'static str,
    fails: bool,
}

impl ReportRenderer for Other {
    fn format(&self) -> ReportFormat {
        ReportFormat { extension: self.extension, media_type: "text/plain" }
    }

    fn render(&self, report: &Report) -> Result<RenderedReport> {
        if self.fails {
            return Err(Error::new(ErrorKind::Storage, "render").with_message("no room"));
        }
        let rows = report.findings.len() as u64;
        Ok(RenderedReport { body: self.extension.into(), format: self.format(), rows })
    }
}

fn world(others: Vec<Other>) -> (World, Arc<MemoryStore>) {
    let mut world = World::new(vec![project("a", &[1], &["x@example.com"])]);
    let store = Arc::new(MemoryStore::new());
    world.parts.store = store.clone();
    world.parts.renderers.extend(others.into_iter().map(|o| Arc::new(o) as Arc<dyn ReportRenderer>));
    (world, store)
}

#[tokio::test]
async fn all_formats_are_stored_and_link_points_to_first() {
    let (world, store) =
        world(vec![Other { extension: "one", fails: false }, Other { extension: "two", fails: false }]);
    let summary = world.run("r1").await;
    let project = &summary.projects[0];
    let extension = |location: &str| location.rsplit('.').next().unwrap().to_owned();
    assert_eq!(summary.status, RunStatus::Ok);
    assert_eq!(extension(&project.report.as_ref().unwrap().location), "txt");
    let further: Vec<String> = project.further_reports.iter().map(|r| extension(&r.location)).collect();
    assert_eq!(further, ["one", "two"]);
    assert_eq!(store.artifacts().len(), 5, "the manifest and the summary are two");
    let link = world.notifier.sent()[0].link.clone().unwrap();
    let linked = store.fetch(&link, Timestamp::UNIX_EPOCH).unwrap();
    assert_eq!(extension(linked.key.as_str()), "txt");
}

#[tokio::test]
async fn failed_further_format_is_reported_and_first_delivered() {
    let (world, store) = world(vec![Other { extension: "one", fails: true }, Other { extension: "two", fails: false }]);
    let summary = world.run("r1").await;
    let project = &summary.projects[0];
    assert_eq!((project.status, summary.exit_code()), (ProjectStatus::Incomplete, 1));
    assert_eq!((project.errors[0].step, &*project.errors[0].message), (Step::Render, "as one: render: no room"));
    assert_eq!((store.artifacts().len(), world.notifier.sent().len()), (4, 1), "two reports, manifest and summary");
}

#[tokio::test]
async fn missing_renderer_or_equal_extensions_are_refused() {
    for (others, want) in [(Some("txt"), "two renderers write .txt files"), (None, "no renderer")] {
        let mut parts = World::new(vec![project("a", &[1], &["x@example.com"])]).parts;
        match others {
            Some(extension) => parts.renderers.push(Arc::new(Other { extension, fails: false })),
            None => parts.renderers.clear(),
        }
        let error = Pipeline::new(parts, settings("r1")).run().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.report().contains(want), "{}", error.report());
    }
}

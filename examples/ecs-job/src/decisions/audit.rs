//! The audit log: one JSON line for each decision that was applied, in a file of its own beside the manifests.

use std::sync::{Arc, Mutex, PoisonError};

use findings_core::decision::Decision;
use findings_core::store::{ArtifactKey, PutArtifact};
use findings_core::{ArtifactStore, Error, ErrorKind, Result};
use jiff::Timestamp;
use serde::Serialize;

/// Collects what was applied.
#[derive(Debug)]
pub(super) struct Audit {
    store: Arc<dyn ArtifactStore>,
    lines: Mutex<String>,
}

#[derive(Serialize)]
struct Applied<'a> {
    project: &'a str,
    #[serde(flatten)]
    decision: &'a Decision,
}

impl Audit {
    pub(super) fn new(store: Arc<dyn ArtifactStore>) -> Self {
        Self { store, lines: Mutex::default() }
    }

    pub(super) fn add(&self, project: &str, decision: &Decision) {
        // a decision is texts, dates and numbers: it always becomes JSON
        if let Ok(line) = serde_json::to_string(&Applied { project, decision }) {
            let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
            lines.push_str(&line);
            lines.push('\n');
        }
    }

    /// Stores the lines, if there are any. Each call has a file of its own: objects cannot be appended to.
    pub(super) async fn store(self, now: Timestamp) -> Result<()> {
        let lines = self.lines.into_inner().unwrap_or_else(PoisonError::into_inner);
        if lines.is_empty() {
            return Ok(());
        }
        let key = format!("decisions/audit-{}.jsonl", now.strftime("%Y-%m-%dT%H-%M-%S.%6fZ"));
        let key: ArtifactKey = key
            .parse()
            .map_err(|error| Error::new(ErrorKind::Other, "name the audit log of decisions").with_source(error))?;
        let put = PutArtifact::new(key, lines.into(), "application/x-ndjson");
        self.store.put(&put).await.map(drop)
    }
}

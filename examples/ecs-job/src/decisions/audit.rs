//! The audit log: one JSON line for each decision, in files of their own beside the manifests. They are
//! stored before the decisions are applied, so that nothing is applied that they do not have; what of it was kept, the history
//! tells.

use std::sync::Arc;

use findings_core::decision::Decision;
use findings_core::store::{ArtifactKey, PutArtifact};
use findings_core::{ArtifactStore, Error, ErrorKind, Result};
use jiff::Timestamp;
use serde::Serialize;

/// Writes what is about to be applied.
#[derive(Clone, Debug)]
pub(super) struct Audit {
    store: Arc<dyn ArtifactStore>,
}

#[derive(Serialize)]
struct AuditLine<'a> {
    project: &'a str,
    #[serde(flatten)]
    decision: &'a Decision,
}

impl Audit {
    pub(super) fn new(store: Arc<dyn ArtifactStore>) -> Self {
        Self { store }
    }

    /// Stores the decisions of a project, if there are any. `source` says what they come from: the returned file, or
    /// earlier decisions. Each call has a file of its own: objects cannot be appended to.
    ///
    /// # Errors
    /// If the file cannot be stored. Then nothing must be applied.
    pub(super) async fn store(
        &self,
        source: &str,
        project: &str,
        decisions: impl Iterator<Item = &Decision>,
        now: Timestamp,
    ) -> Result<()> {
        let mut lines = String::new();
        for decision in decisions {
            // a decision is texts, dates and numbers: it always becomes JSON
            if let Ok(line) = serde_json::to_string(&AuditLine { project, decision }) {
                lines.push_str(&line);
                lines.push('\n');
            }
        }
        if lines.is_empty() {
            return Ok(());
        }
        let key = format!("decisions/audit-{}-{source}.jsonl", now.strftime("%Y-%m-%dT%H-%M-%S.%6fZ"));
        let key: ArtifactKey = key
            .parse()
            .map_err(|error| Error::new(ErrorKind::Other, "name the audit log of decisions").with_source(error))?;
        let put = PutArtifact::new(key, lines.into(), "application/x-ndjson");
        self.store.put(&put).await.map(drop)
    }
}

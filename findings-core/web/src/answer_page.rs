//! The renderer of the page in which a project answers its report.

use bytes::Bytes;
use findings_core::Result;
use findings_core::decision::DecisionPolicy;
use findings_core::report::{RenderedReport, Report, ReportFormat, ReportRenderer};
use minijinja::value::Serde;

use crate::answer::Content;
use crate::environment::answer_environment;
use crate::page::{HTML, unwritten};

/// The most bytes of a file that the page sends, unless something else is set: as much as is read of a returned report.
const MAX_BYTES: u64 = 32 << 20;

/// The page in which people of a project answer their report: they decide in the page itself, or drop the workbook.
///
/// It is one file and needs no server. What people enter it sends to where its link lets them store a file
/// ([`Upload`](findings_core::store::Upload)), which has to be on the host that the page came from: its policy allows no
/// other. Opened from a disk, or without such a link, it offers to save the answers as a file instead. It sends only rows that
/// were changed, each with the key that it has in the workbook, as JSON that readers of returned reports know.
///
/// An issue that several standards report stands in it once. The number of rows that
/// [`render`](ReportRenderer::render) returns counts all its findings.
///
/// ```
/// use findings_core::{ReportRenderer, report::Report};
/// use findings_web::AnswerPage;
///
/// let report = Report::new("Payments", "2026-11-23".parse()?, "2026-11-23T00:00:00Z".parse()?);
/// let rendered = AnswerPage::new().render(&report)?;
/// assert_eq!((rendered.format.extension, rendered.rows), ("html", 0));
/// assert!(rendered.body.starts_with(b"<!doctype html>"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct AnswerPage {
    policy: DecisionPolicy,
    max_bytes: u64,
}

impl Default for AnswerPage {
    fn default() -> Self {
        Self { policy: DecisionPolicy::default(), max_bytes: MAX_BYTES }
    }
}

impl AnswerPage {
    /// Creates a renderer with the default policy, whose page sends files of at most 32 MiB.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets what projects may decide, which the page checks before it sends anything. Who takes the answers checks it again.
    #[must_use]
    pub fn with_policy(mut self, policy: DecisionPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// Sets the most bytes of a file that the page sends. It keeps people from sending in vain what nobody would read; it
    /// does not protect whoever reads.
    #[must_use]
    pub fn with_max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = bytes;
        self
    }
}

impl ReportRenderer for AnswerPage {
    fn format(&self) -> ReportFormat {
        HTML
    }

    fn render(&self, report: &Report) -> Result<RenderedReport> {
        let content = Content::of(report, &self.policy, self.max_bytes)?;
        let page = html(report, &content).map_err(|error| unwritten("write the page for answers", &error))?;
        Ok(RenderedReport::new(Bytes::from(page), HTML, report.findings.len() as u64))
    }
}

fn html(report: &Report, content: &Content<'_>) -> std::result::Result<String, minijinja::Error> {
    let environment = answer_environment(report.locale, &report.time_zone)?;
    environment.get_template("answer.html")?.render(Serde(content))
}

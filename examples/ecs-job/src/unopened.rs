//! Finds projects whose reports nobody opens.

use findings_core::pipeline::Summary;
use findings_core::redirect::{LinkQuery, LinkTable, Unopened, unopened};
use futures::{StreamExt, stream};
use jiff::SignedDuration;

use crate::settings;
use crate::waiting::limited;

/// How long nobody has to have opened a report: three weekly reports.
const SPAN: SignedDuration = SignedDuration::from_hours(21 * 24);

/// Number of projects that are looked up at the same time.
const AT_ONCE: usize = 8;

/// Returns the projects of the run whose reports nobody opened for three weeks; none if links do not tell, or the table
/// takes longer than 15 seconds: it is not known then that nobody opened them.
pub(crate) async fn find(table: Option<&dyn LinkTable>, summary: &Summary) -> Vec<Unopened> {
    let Some(table) = table else { return Vec::new() };
    let found = async { Ok(search(table, summary).await) };
    limited("the links", "read which reports were opened", found).await.unwrap_or_else(|error| {
        tracing::warn!(error = %settings::report(&error), "which reports were opened could not be read");
        Vec::new()
    })
}

/// What cannot be read is left out.
async fn search(table: &dyn LinkTable, summary: &Summary) -> Vec<Unopened> {
    let now = summary.finished_at;
    let since = now.checked_sub(SPAN * 2).unwrap_or(now);
    let look_up = |project: &str| {
        let query = LinkQuery::new(project).since(since);
        async move { table.issued(&query).await.map(|links| unopened(&query.project, &links, now, SPAN)) }
    };
    let names: Vec<&str> = summary.projects.iter().map(|project| project.project.as_str()).collect();
    let mut answers = stream::iter(names).map(look_up).buffered(AT_ONCE);
    let mut found = Vec::new();
    while let Some(answer) = answers.next().await {
        match answer {
            Ok(unopened) => found.extend(unopened),
            Err(error) => {
                tracing::warn!(error = %settings::report(&error), "which reports were opened could not be read");
                // one line and not one for each project
                break;
            }
        }
    }
    found
}

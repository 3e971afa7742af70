//! The configuration of `revoke`.

use findings_core::RunId;
use findings_core::redirect::LinkToken;

use super::reader::{Reader, given};
use super::{AwsConfig, ConfigError, History, HistoryConfig};
use crate::options::Options;

/// The links to revoke.
#[derive(Clone, Debug)]
pub(crate) enum ToRevoke {
    /// One link.
    Link(LinkToken),
    /// All links to the reports of a run, of one project if it is named.
    Run { run_id: RunId, project: Option<String> },
}

/// The links to revoke, and the table that they are kept in.
#[derive(Clone, Debug)]
pub(crate) struct RevokeConfig {
    pub(crate) history: HistoryConfig,
    pub(crate) what: ToRevoke,
}

impl RevokeConfig {
    pub(crate) fn resolve(
        options: &Options,
        link: Option<&str>,
        project: Option<String>,
    ) -> Result<Self, Vec<ConfigError>> {
        let history = HistoryConfig::resolve(options)?;
        let mut reader = Reader::default();
        if matches!(history.history, History::Sqlite(_)) {
            reader.fail("history", "links are kept in a table; give dynamodb:TABLE");
        }
        let link = reader.read_optional("link", link, token);
        let run_id = reader
            .read_optional("run-id", options.run_id.as_deref(), |t| t.parse::<RunId>().map_err(|e| e.to_string()));
        let what = match (link, run_id) {
            // a project says more than a link, so something was misunderstood
            (Some(link), None) if project.is_none() => Some(ToRevoke::Link(link)),
            (None, Some(run_id)) => Some(ToRevoke::Run { run_id, project }),
            _ => None,
        };
        if let Some(what) = what {
            return reader.finish(Self { history, what });
        }
        if !reader.has_failed("link") && !reader.has_failed("run-id") {
            reader.fail("link", "give either --link, or --run-id and, for one project, --project");
        }
        Err(reader.into_errors())
    }

    pub(crate) fn aws(&self) -> AwsConfig {
        self.history.aws()
    }
}

/// Returns the token of a link. The text is not repeated: whoever reads it could open the link.
fn token(text: &str) -> Result<LinkToken, String> {
    let path = text.split(['?', '#']).next().unwrap_or_default();
    let last = given(path.trim_end_matches('/').rsplit('/').next());
    let wrong = "not a link of a report; expected it as in the mail: https://…/r/ and 48 characters";
    last.and_then(|last| last.parse().ok()).ok_or_else(|| wrong.to_owned())
}

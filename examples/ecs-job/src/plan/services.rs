//! Whether the services that a run needs answer.

use super::{Loaded, check_backends, check_lanes, counted, read};
use crate::config::RunConfig;
use crate::{ending, settings};

/// Asks each service with one harmless call, prints the answers, and returns the number of problems. Says nothing of names of
/// projects or people.
pub(crate) async fn check_services(config: &RunConfig) -> usize {
    let Loaded { wired, chosen, lanes, .. } = match read(config).await {
        Ok(read) => read,
        Err(error) => {
            ending::print_line(&format!("  ! {}", settings::failure(&error)));
            return 1;
        }
    };
    ending::print_line(&format!("  the registry has {}", counted(chosen.projects.len(), "project", "projects")));
    check_lanes(&chosen, &lanes, config).await.problems + check_backends(&wired).await
}

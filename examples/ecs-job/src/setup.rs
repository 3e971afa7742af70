//! `ecs-job setup`: creates resources that the configured backends require and that are missing.

use crate::config::RunConfig;
use crate::wiring::Wiring;
use crate::{COULD_NOT_START, ending, settings};

/// Sets up every backend, prints what was done, and returns the exit code.
pub(crate) async fn setup(config: &RunConfig) -> u8 {
    // registry and guidance are not read: they may be uploaded later, even to a bucket that is created here
    let destinations = match Wiring::load(config).await.and_then(|wiring| wiring.destinations()) {
        Ok(destinations) => destinations,
        Err(error) => {
            ending::print_errors("setup could not start", &[settings::failure(&error)]);
            return COULD_NOT_START;
        }
    };
    let mut code = 0;
    for (flag, backend) in destinations.backends {
        match backend.setup().await {
            Ok(report) => ending::print_line(&format!("{flag:<8} {}", report.summary)),
            Err(error) => {
                code = 1;
                ending::print_errors(&format!("--{flag} is not ready"), &[settings::failure(&error)]);
            }
        }
    }
    code
}

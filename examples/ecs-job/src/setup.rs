//! `ecs-job setup`: makes what the chosen backends need and lack.

use crate::config::Config;
use crate::{COULD_NOT_START, ending, wiring};

/// Sets every backend up, says what was done, and returns the exit code.
pub(crate) async fn setup(config: &Config) -> u8 {
    // what reports are made of may come later, even into the bucket that is made here
    let config = Config { guidance: None, ..config.clone() };
    let wired = match wiring::wire(&config).await {
        Ok(wired) => wired,
        Err(error) => {
            ending::print_errors("setup could not start", &[format!("failed to {}", error.report())]);
            return COULD_NOT_START;
        }
    };
    let mut code = 0;
    for (flag, backend) in wired.backends {
        match backend.setup().await {
            Ok(report) => ending::print_line(&format!("{flag:<8} {}", report.summary)),
            Err(error) => {
                code = 1;
                ending::print_errors(&format!("--{flag} is not ready"), &[format!("failed to {}", error.report())]);
            }
        }
    }
    code
}

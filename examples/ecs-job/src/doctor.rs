//! `ecs-job doctor`: what a report of a fault needs, without secrets. Settings can hold addresses and names of projects.

mod identity;

use crate::config::{ConfigError, RunConfig};
use crate::options::{self, GivenOption};
use crate::wiring::Wiring;
use crate::{COULD_NOT_START, ending, plan, settings};

/// Variables of AWS whose values are shown. Of all others only the name is.
const SHOWN: [&str; 3] = ["AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_REGION"];

/// Prints the state, and returns the exit code: 0 if all is well, 1 if something does not answer, 2 if a setting is not usable.
pub(crate) async fn doctor(config: Result<RunConfig, Vec<ConfigError>>, given: &[GivenOption]) -> u8 {
    print_program();
    print_settings(given);
    let config = match config {
        Ok(config) => config,
        Err(errors) => {
            ending::print_line("\nSettings that are not usable:");
            for error in errors {
                ending::print_line(&format!("  ! {error}"));
            }
            return COULD_NOT_START;
        }
    };
    ending::print_line("\nServices:");
    let problems = check_aws(&config).await + plan::check_services(&config).await;
    ending::print_line(if problems == 0 { "\nAll is well." } else { "\nSomething does not answer, see above." });
    u8::from(problems > 0)
}

/// Prints who the job is at AWS, if it needs AWS, and returns the number of problems.
async fn check_aws(config: &RunConfig) -> usize {
    match Wiring::load(config).await {
        Ok(wiring) => {
            if let Some(aws) = wiring.aws() {
                return identity::check(&aws.sts()).await;
            }
            ending::print_line("  no service of AWS is needed");
            0
        }
        Err(error) => {
            ending::print_line(&format!("  ! {}", settings::failure(&error)));
            1
        }
    }
}

fn print_program() {
    ending::print_line(&format!("ecs-job {}", options::version()));
    ending::print_line(&format!("  platform {} {}", std::env::consts::OS, std::env::consts::ARCH));
    let is_in_container = std::env::vars_os().any(|(name, _)| name == "ECS_CONTAINER_METADATA_URI_V4");
    if is_in_container {
        ending::print_line("  runs as a task of ECS");
    }
}

fn print_settings(given: &[GivenOption]) {
    ending::print_line("\nSettings:");
    if given.is_empty() {
        ending::print_line("  none, so the sample organisation is used");
    }
    for GivenOption { name, value, is_variable } in given {
        let from = if *is_variable { " (a variable)" } else { "" };
        ending::print_line(&format!("  --{name} {value}{from}"));
    }
    let mut others: Vec<String> = std::env::vars().filter_map(|(name, value)| variable(&name, &value, given)).collect();
    others.sort_unstable();
    if !others.is_empty() {
        ending::print_line(&format!("  other variables: {}", others.join(", ")));
    }
}

/// A variable that matters and is no option; its value is shown only if it cannot be a secret.
fn variable(name: &str, value: &str, given: &[GivenOption]) -> Option<String> {
    let option = name.strip_prefix("FINDINGS_").map(|rest| rest.to_ascii_lowercase().replace('_', "-"));
    let is_listed = option.as_deref().is_some_and(|option| given.iter().any(|given| given.name == option));
    let is_proxy = ["HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "ALL_PROXY"].contains(&name.to_ascii_uppercase().as_str());
    if is_listed || value.is_empty() || !(option.is_some() || is_proxy || name.starts_with("AWS_")) {
        return None;
    }
    Some(if SHOWN.contains(&name) { format!("{name}={value}") } else { name.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_other_variables_are_not_shown() {
        let given = [GivenOption { name: "link-ttl".into(), value: "7d".into(), is_variable: true }];
        for (name, want) in [
            ("AWS_REGION", Some("AWS_REGION=geheim")),
            ("AWS_SECRET_ACCESS_KEY", Some("AWS_SECRET_ACCESS_KEY")),
            ("FINDINGS_DECISIONS_KEY", Some("FINDINGS_DECISIONS_KEY")),
            ("https_proxy", Some("https_proxy")),
            ("FINDINGS_LINK_TTL", None),
            ("HOME", None),
        ] {
            assert_eq!(variable(name, "geheim", &given).as_deref(), want, "{name}");
        }
        assert_eq!(variable("AWS_REGION", "", &given), None);
    }
}

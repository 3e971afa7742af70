//! Which option stands behind a setting that an error of the libraries is about. The libraries know no option by name.

use findings_core::{Error, ErrorKind, Setting};

use crate::config::names;

/// The flags of this program that decide about a setting, the first one most.
fn flags(setting: Setting) -> &'static [&'static str] {
    match setting {
        Setting::Registry => &["projects"],
        Setting::Source => &["source"],
        Setting::Members => &["coverage"],
        Setting::Reports => &["reports"],
        Setting::History => &["history"],
        Setting::LinkTtl => &["link-ttl"],
        Setting::LinkCredentials => &["link-credentials", "link-min-ttl"],
        Setting::Marking => &["mark-notified"],
        _ => &[],
    }
}

/// Where to look: "; see --projects (FINDINGS_PROJECTS)". Empty if the error is about no setting.
pub(crate) fn hint(error: &Error) -> String {
    let Some(setting) = error.setting() else { return String::new() };
    let can_be_made = matches!(setting, Setting::Reports | Setting::History) && error.kind() == ErrorKind::NotFound;
    let then = if can_be_made { "; ecs-job setup makes what is missing, if it can" } else { "" };
    format!("{}{then}", hint_at(setting))
}

/// Where a setting is made.
pub(crate) fn hint_at(setting: Setting) -> String {
    let names: Vec<String> = flags(setting).iter().map(|flag| names(flag)).collect();
    if names.is_empty() { String::new() } else { format!("; see {}", names.join(" and ")) }
}

/// The error and its causes on one line, and which option to look at.
pub(crate) fn report(error: &Error) -> String {
    format!("{}{}", error.report(), hint(error))
}

/// The same as a sentence.
pub(crate) fn failure(error: &Error) -> String {
    format!("failed to {}", report(error))
}

#[cfg(test)]
mod tests;

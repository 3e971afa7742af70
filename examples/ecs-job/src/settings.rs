//! Maps settings that library errors are about to options of this program. The libraries do not know the options'
//! names.

use findings_core::{Error, ErrorKind, Setting};

use crate::config::names;

/// Returns the flags that determine a setting, the most important one first.
fn flags(setting: Setting) -> &'static [&'static str] {
    match setting {
        Setting::Registry => &["projects"],
        Setting::Source => &["source"],
        Setting::Members => &["coverage"],
        Setting::Reports => &["reports"],
        Setting::Work => &["work"],
        Setting::History => &["history"],
        Setting::LinkTtl => &["link-ttl"],
        Setting::LinkCredentials => &["link-credentials", "link-min-ttl"],
        Setting::Marking => &["mark-notified"],
        _ => &[],
    }
}

/// Returns a pointer to the option, such as "; see --projects (FINDINGS_PROJECTS)", or an empty text if the error is
/// about no setting.
pub(crate) fn hint(error: &Error) -> String {
    let Some(setting) = error.setting() else { return String::new() };
    let can_be_made = matches!(setting, Setting::Reports | Setting::History) && error.kind() == ErrorKind::NotFound;
    let then = if can_be_made { "; ecs-job setup makes what is missing, if it can" } else { "" };
    format!("{}{then}", hint_at(setting))
}

/// Returns the same pointer for a setting.
pub(crate) fn hint_at(setting: Setting) -> String {
    let names: Vec<String> = flags(setting).iter().map(|flag| names(flag)).collect();
    if names.is_empty() { String::new() } else { format!("; see {}", names.join(" and ")) }
}

/// Formats the error and its causes on one line, with a pointer to the option.
pub(crate) fn report(error: &Error) -> String {
    format!("{}{}", error.report(), hint(error))
}

/// Formats the error as a sentence: "failed to …".
pub(crate) fn failure(error: &Error) -> String {
    format!("failed to {}", report(error))
}

#[cfg(test)]
mod tests;

//! The options that were given, as they may be shown to others: without secrets.

use std::ffi::OsString;

use clap::ArgMatches;
use clap::parser::ValueSource;

use crate::output::plain;

/// Options whose variable `main` reads, because their values have separators of their own.
const READ_BY_MAIN: [(&str, &str); 3] =
    [("notify", "FINDINGS_NOTIFY"), ("source", "FINDINGS_SOURCE"), ("rename", "FINDINGS_RENAME")];

/// The longest value that is shown, in characters.
const LONGEST: usize = 200;

/// An option and its value without secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GivenOption {
    pub(crate) name: String,
    pub(crate) value: String,
    /// Whether a variable has it, and not the command line.
    pub(crate) is_variable: bool,
}

/// Returns the options of all subcommands that the command line has, with their values, so that another process gets the same.
pub(super) fn passed(matches: &ArgMatches) -> Vec<OsString> {
    let matches = innermost(matches);
    let known = super::command();
    let mut all = Vec::new();
    for option in known.get_arguments().filter(|option| option.is_global_set()) {
        let id = option.get_id().as_str();
        let (Some(name), Some(ValueSource::CommandLine)) = (option.get_long(), matches.value_source(id)) else {
            continue;
        };
        if !option.get_action().takes_values() {
            all.push(format!("--{name}").into());
            continue;
        }
        for value in matches.try_get_raw(id).ok().flatten().into_iter().flatten() {
            let mut given = OsString::from(format!("--{name}="));
            given.push(value);
            all.push(given);
        }
    }
    all
}

fn innermost(matches: &ArgMatches) -> &ArgMatches {
    let mut innermost = matches;
    while let Some((_, inner)) = innermost.subcommand() {
        innermost = inner;
    }
    innermost
}

/// Returns the options of the command line and of variables, sorted by name.
pub(super) fn read(matches: &ArgMatches) -> Vec<GivenOption> {
    let innermost = innermost(matches);
    let known = super::command();
    let options = known.get_arguments().filter(|option| option.get_long().is_some());
    let mut all: Vec<GivenOption> =
        options.filter_map(|option| of_option(innermost, option.get_id().as_str())).collect();
    for (name, variable) in READ_BY_MAIN {
        let value = std::env::var(variable).unwrap_or_default();
        if !value.trim().is_empty() && !all.iter().any(|option| option.name == name) {
            all.push(GivenOption { name: name.to_owned(), value: shown(&value), is_variable: true });
        }
    }
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

fn of_option(matches: &ArgMatches, id: &str) -> Option<GivenOption> {
    let is_variable = match matches.value_source(id)? {
        ValueSource::CommandLine => false,
        ValueSource::EnvVariable => true,
        _ => return None,
    };
    let values = matches.try_get_raw(id).ok()??;
    let values: Vec<String> = values.map(|value| shown(&value.to_string_lossy())).collect();
    let value = values.join(" ");
    (!value.is_empty()).then(|| GivenOption { name: id.replace('_', "-"), value, is_variable })
}

/// A value without what can be a secret: all but the host of a URL. Locations in S3 are none.
fn shown(value: &str) -> String {
    let words: Vec<String> = value.split_whitespace().map(without_secret).collect();
    let text = plain(&words.join(" "));
    if text.chars().count() <= LONGEST {
        return text;
    }
    text.chars().take(LONGEST).chain("…".chars()).collect()
}

fn without_secret(word: &str) -> String {
    let Some((scheme, rest)) = word.split_once("://").filter(|(scheme, _)| !scheme.ends_with("s3")) else {
        return word.to_owned();
    };
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let host = authority.rsplit('@').next().unwrap_or_default();
    let hides = host.len() < authority.len() || path.len() > 1;
    format!("{scheme}://{host}{}", if hides { "/[hidden]" } else { path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_shown_without_secrets() {
        for (value, want) in [
            ("s3://bucket/prefix", "s3://bucket/prefix"),
            ("export:eu-west-1:s3://b/p?key=arn:aws:kms:k", "export:eu-west-1:s3://b/p?key=arn:aws:kms:k"),
            ("smtp://user:geheim@mail.example.com:587?from=a@example.com", "smtp://mail.example.com:587/[hidden]"),
            ("outbox:out slack:HOOKS", "outbox:out slack:HOOKS"),
            ("https://example.com/services/geheim", "https://example.com/[hidden]"),
            ("redirect:https://example.com/", "redirect:https://example.com/"),
            ("a\u{1b}[1m", "a\u{fffd}[1m"),
        ] {
            assert_eq!(shown(value), want);
        }
        assert_eq!(shown(&"x".repeat(300)).chars().count(), 201);
    }

    #[test]
    fn only_given_options_are_listed() {
        let words = ["ecs-job", "doctor", "--reports", "out", "--links", "redirect:https://example.com/geheim"];
        let matches = super::super::command().try_get_matches_from(words).unwrap();
        let given = read(&matches);
        let names: Vec<(&str, &str)> = given.iter().map(|o| (o.name.as_str(), o.value.as_str())).collect();
        assert!(names.contains(&("reports", "out")), "{names:?}");
        assert!(names.contains(&("links", "redirect:https://example.com/[hidden]")), "{names:?}");
        assert!(!names.iter().any(|(name, _)| *name == "rate"), "{names:?}");
    }
}

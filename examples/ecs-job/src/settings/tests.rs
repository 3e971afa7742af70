use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::*;
use crate::options::command;

#[test]
fn error_report_names_option() {
    let error = Error::new(ErrorKind::NotFound, "read the registry").with_setting(Setting::Registry);
    assert_eq!(failure(&error), "failed to read the registry; see --projects (FINDINGS_PROJECTS)");
    let error = Error::new(ErrorKind::NotFound, "find the table").with_setting(Setting::History);
    assert!(
        report(&error).ends_with("see --history (FINDINGS_HISTORY); ecs-job setup makes what is missing, if it can")
    );
    let error = Error::new(ErrorKind::Unauthenticated, "make links").with_setting(Setting::LinkCredentials);
    assert!(report(&error).ends_with("(FINDINGS_LINK_CREDENTIALS) and --link-min-ttl (FINDINGS_LINK_MIN_TTL)"));
    assert_eq!(report(&Error::new(ErrorKind::Other, "work")), "work");
}

#[test]
fn every_mapped_option_exists() {
    use Setting::{History, LinkCredentials, LinkTtl, Marking, Members, Registry, Reports, Source, Work};
    let known = options();
    for setting in [Registry, Source, Members, Reports, Work, History, LinkTtl, LinkCredentials, Marking] {
        assert!(!flags(setting).is_empty(), "{setting:?}");
        for flag in flags(setting) {
            assert!(known.contains(&format!("--{flag}")), "{flag}");
        }
    }
}

/// Library messages must fit every program: a program that embeds the libraries has other options.
#[test]
fn libraries_name_no_options() {
    let mut words = options();
    words.extend(["ecs-job".to_owned(), "subcommand".to_owned()]);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let libraries = [
        "findings-core/src",
        "findings-core/enrollment/src",
        "findings-core/web/src",
        "findings-xlsx/src",
        "findings-xlsx/returned/src",
        "findings-notify/src",
    ];
    let libraries = libraries.map(|path| root.join(path));
    let files: Vec<PathBuf> = libraries.iter().flat_map(|folder| sources(folder)).collect();
    assert!(files.len() > 100, "only {} files were found", files.len());
    let mut named = Vec::new();
    for file in files {
        for (at, line) in std::fs::read_to_string(&file).unwrap().lines().enumerate() {
            // commands of the AWS CLI have options of their own
            let found = words.iter().filter(|word| !line.contains(": aws ") && names_word(line, word));
            named.extend(found.map(|word| format!("{}:{}: {word}", file.display(), at + 1)));
        }
    }
    assert!(named.is_empty(), "{}", named.join("\n"));
}

/// Returns all flags and variables, including those of subcommands.
fn options() -> BTreeSet<String> {
    let command = command();
    let arguments = command.get_subcommands().chain([&command]).flat_map(clap::Command::get_arguments);
    let names = arguments.flat_map(|argument| {
        let flag = argument.get_long().map(|flag| format!("--{flag}"));
        [flag, argument.get_env().map(|variable| variable.to_string_lossy().into_owned())]
    });
    names.flatten().chain(["FINDINGS_NOTIFY", "FINDINGS_RENAME"].map(str::to_owned)).collect()
}

/// Returns source files without tests.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy();
        if name == "tests" || name == "tests.rs" || name == "testing" {
            continue;
        }
        if path.is_dir() {
            files.extend(sources(&path));
        } else if name.ends_with(".rs") {
            files.push(path);
        }
    }
    files
}

/// Returns whether the line contains the word, and not only as a part of a longer word.
fn names_word(line: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    line.match_indices(word)
        .any(|(at, _)| !line[..at].ends_with(is_part) && !line[at + word.len()..].starts_with(is_part))
}

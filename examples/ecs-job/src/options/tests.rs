use clap::{FromArgMatches, error::ErrorKind};

use super::*;

const SUBCOMMANDS: [&str; 18] = [
    "doctor",
    "compare",
    "export",
    "findings",
    "run",
    "plan",
    "preview",
    "setup",
    "history",
    "organisation",
    "overdue",
    "redirect",
    "relink",
    "revoke",
    "enroll",
    "coverage",
    "status",
    "topics",
];

/// Returns the output of `--help` on a terminal that is 80 columns wide.
fn help(subcommand: &str) -> String {
    let shown = command().term_width(80).try_get_matches_from(["ecs-job", subcommand, "--help"]).unwrap_err();
    assert_eq!(shown.kind(), ErrorKind::DisplayHelp);
    shown.to_string()
}

fn parse(words: &[&str]) -> Result<Cli, clap::Error> {
    Cli::from_arg_matches(&command().try_get_matches_from(words)?)
}

#[test]
fn help_is_readable_at_80_columns() {
    for subcommand in SUBCOMMANDS {
        let help = help(subcommand);
        let words = |line: &str| line.split_whitespace().count();
        let lines: Vec<&str> = help.lines().collect();
        let torn = lines.windows(3).find(|lines| lines.iter().all(|line| words(line) == 1));
        assert_eq!(torn, None, "{subcommand}");
    }
}

#[test]
fn help_lists_used_options() {
    let history = help("history");
    assert!(history.contains("--history") && history.contains("--sla") && history.contains("--project <NAME>"));
    assert!(!history.contains("--projects") && !history.contains("--rate"), "{history}");
    assert!(help("enroll").contains("--source") && !help("enroll").contains("--reports"));
    assert!(help("run").contains("--reports"));
}

#[test]
fn help_of_guidance_lists_what_each_part_uses() {
    let of = |part: &str| {
        let shown = command().term_width(80).try_get_matches_from(["ecs-job", "guidance", part, "--help"]).unwrap_err();
        assert_eq!(shown.kind(), ErrorKind::DisplayHelp, "{shown}");
        shown.to_string()
    };
    let [status, new, publish] = ["status", "new", "publish"].map(of);
    assert!(status.contains("--history <") && status.contains("--stale-after <MONTHS>") && !status.contains("--rate"));
    assert!(new.contains("--dir <DIR>") && new.contains("--source <") && !new.contains("--reports"), "{new}");
    assert!(publish.contains("--out <DIR>") && publish.contains("--contact") && !publish.contains("--history"));
    assert!(!help("guidance").contains("--history"), "{}", help("guidance"));
    let words = ["ecs-job", "guidance", "status", "--history", "sqlite:a", "--rate", "1"];
    assert_eq!(parse(&words).unwrap().options.history.as_deref(), Some("sqlite:a"));
}

#[test]
fn run_id_of_a_past_run_has_no_start_time_as_default() {
    let of_run_id = |subcommand: &str| {
        let help = help(subcommand);
        let after = help.split("--run-id <ID>").nth(1).unwrap_or_else(|| panic!("{subcommand}: {help}"));
        after.split("\n      --").next().unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
    };
    for subcommand in ["run", "plan"] {
        assert!(of_run_id(subcommand).contains("[default: the start time, UTC]"), "{}", of_run_id(subcommand));
    }
    for (subcommand, wanted) in
        [("history", "[default: all runs]"), ("relink", "required"), ("revoke", "in place of --link [default: none]")]
    {
        let said = of_run_id(subcommand);
        assert!(said.contains(wanted) && !said.contains("start time"), "{subcommand}: {said}");
        assert!(said.contains("FINDINGS_RUN_ID"), "{subcommand}: {said}");
    }
    // and it is still understood
    assert_eq!(parse(&["ecs-job", "revoke", "--run-id", "r"]).unwrap().options.run_id.as_deref(), Some("r"));
    assert_eq!(parse(&["ecs-job", "--run-id", "r", "relink"]).unwrap().options.run_id.as_deref(), Some("r"));
}

#[test]
fn every_used_option_exists() {
    let command = Cli::command();
    for name in USED.iter().chain(&GUIDANCE_USED).flat_map(|(_, used)| *used) {
        assert!(command.get_arguments().any(|option| option.get_id() == name), "{name}");
    }
}

#[test]
fn every_subcommand_accepts_every_option() {
    for subcommand in SUBCOMMANDS {
        let before = ["ecs-job", "--rate", "1", "--notify", "outbox:a", subcommand, "--force"];
        let after = ["ecs-job", subcommand, "--rate", "1", "--notify", "outbox:a", "--force", "--rate", "1"];
        let required: &[&str] = match subcommand {
            "compare" => &["a", "b"],
            "export" => &["--output", "tables"],
            _ => &[],
        };
        for words in [[&before, required].concat(), [&after, required].concat()] {
            let options = parse(&words).unwrap().options;
            assert_eq!((options.rate.as_deref(), options.force), (Some("1"), true), "{words:?}");
            assert_eq!(options.notify, ["outbox:a"], "{words:?}");
        }
    }
}

#[test]
fn version_names_the_commit_that_the_build_was_given() {
    assert_eq!(version_of(None), env!("CARGO_PKG_VERSION"));
    assert_eq!(version_of(Some("")), env!("CARGO_PKG_VERSION"));
    assert_eq!(version_of(Some("4f2a")), format!("{} (4f2a)", env!("CARGO_PKG_VERSION")));
}

//! `ecs-job completions` and `ecs-job man`: files for shells and for `man`, made from the options themselves.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::{fs, io};

use clap_complete::Shell;

use crate::options::{self, Command};
use crate::{COULD_NOT_START, ending};

const NAME: &str = "ecs-job";

/// Writes the files if they are asked for, and returns the exit code; `None` if something else is asked for.
pub(crate) fn write(command: &Command) -> Option<ExitCode> {
    let written = match command {
        Command::Completions { shell } => print_completions(*shell),
        Command::Man { dir } => write_pages(dir),
        _ => return None,
    };
    Some(match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            ending::print_errors("the files could not be written", &[error.to_string()]);
            ExitCode::from(COULD_NOT_START)
        }
    })
}

fn print_completions(shell: Shell) -> io::Result<()> {
    // written in one piece, so that a closed pipe is an error and no panic
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut options::command(), NAME, &mut script);
    io::stdout().write_all(&script)
}

fn write_pages(dir: &Path) -> io::Result<()> {
    fs::create_dir_all(dir)?;
    clap_mangen::generate_to(options::command(), dir)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_exist_for_subcommands() {
        let dir = tempfile::tempdir().unwrap();
        write_pages(dir.path()).unwrap();
        for (name, wanted) in [("ecs-job.1", "FINDINGS_HISTORY"), ("ecs-job-run.1", "urgent"), ("ecs-job-doctor.1", "")]
        {
            let page = fs::read_to_string(dir.path().join(name)).unwrap();
            assert!(page.contains(wanted), "{name}: {page}");
        }
    }

    #[test]
    fn completions_know_subcommands_and_options() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish, Shell::PowerShell, Shell::Elvish] {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut options::command(), NAME, &mut script);
            let script = String::from_utf8(script).unwrap();
            assert!(script.contains("coverage") && script.contains("link-ttl"), "{shell}");
        }
    }
}

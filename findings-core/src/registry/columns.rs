//! The header of a registry: which column is which.

use super::{RegistryProblem, unreadable};
use crate::Result;
use crate::csv_text::{Row, SAVE_AS_CSV};

const PROJECT: &str = "project";
const ACCOUNTS: &str = "account_ids";
const RECIPIENTS: &str = "recipients";
const LOCALE: &str = "locale";

const REQUIRED: [&str; 3] = [PROJECT, ACCOUNTS, RECIPIENTS];
const EXPECTED: &str = "expected a header line \"project,account_ids,recipients,locale\" (locale is optional)";

/// Where each column stands, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Columns {
    pub(super) project: usize,
    pub(super) accounts: usize,
    pub(super) recipients: usize,
    pub(super) locale: Option<usize>,
    /// Number of columns, unknown ones included.
    pub(super) count: usize,
    /// Fields that a row must have for its required columns.
    pub(super) least: usize,
}

impl Columns {
    /// Finds the columns by their names, and names those that are not known.
    pub(super) fn find(header: Option<&Row>) -> Result<(Self, Vec<RegistryProblem>)> {
        let header = header.ok_or_else(|| unreadable(format!("it is empty; {EXPECTED}")))?;
        let names: Vec<String> = header.cells.iter().map(|name| fold(name)).collect();
        let at = |name: &str| names.iter().position(|n| n == name);
        let (Some(project), Some(accounts), Some(recipients)) = (at(PROJECT), at(ACCOUNTS), at(RECIPIENTS)) else {
            return Err(unreadable(lacking(header, &names)));
        };
        for name in [PROJECT, ACCOUNTS, RECIPIENTS, LOCALE] {
            if names.iter().filter(|n| *n == name).count() > 1 {
                return Err(unreadable(format!("the header has the column \"{name}\" twice; keep one")));
            }
        }
        let least = project.max(accounts).max(recipients) + 1;
        let columns = Self { project, accounts, recipients, locale: at(LOCALE), count: names.len(), least };
        Ok((columns, unknown(header.line, &names)))
    }
}

fn fold(name: &str) -> String {
    name.trim().to_ascii_lowercase()
}

fn unknown(line: u64, names: &[String]) -> Vec<RegistryProblem> {
    let known = |name: &str| REQUIRED.contains(&name) || name == LOCALE;
    let odd = names.iter().filter(|name| !name.is_empty() && !known(name));
    odd.map(|name| {
        let message = format!("the column \"{}\" is not known and not used", shown(name));
        RegistryProblem::new(line, message)
    })
    .collect()
}

/// Why the first line is not the header, and what to do about it.
fn lacking(header: &Row, names: &[String]) -> String {
    if let Some(delimiter) = other_delimiter(header) {
        return format!(
            "its columns are separated by {delimiter} instead of commas; {SAVE_AS_CSV}, or quote and join the cells with commas"
        );
    }
    let found = names.iter().take(6).map(|name| format!("\"{}\"", shown(name))).collect::<Vec<_>>().join(", ");
    if names.iter().any(|name| looks_like_data(name)) {
        return format!("line {} is data ({found}), so the header is missing; {EXPECTED}", header.line);
    }
    let missing: Vec<&str> = REQUIRED.into_iter().filter(|name| !names.iter().any(|n| n == name)).collect();
    format!(
        "the header in line {} has no column \"{}\"; {EXPECTED}, found {found}",
        header.line,
        missing.join("\", \"")
    )
}

/// Excel writes semicolons or tabs in some languages and formats. Semicolons are ours for lists, so such a file is refused rather than guessed at.
fn other_delimiter(header: &Row) -> Option<&'static str> {
    let line = header.cells.join(",");
    [(';', "semicolons"), ('\t', "tabs"), ('|', "bars"), ('，', "full-width commas"), ('、', "full-width commas")]
        .into_iter()
        .find(|(delimiter, _)| {
            let names: Vec<String> = line.split(*delimiter).map(|name| fold(name.trim().trim_matches('"'))).collect();
            REQUIRED.iter().all(|required| names.iter().any(|name| name == required))
        })
        .map(|(_, name)| name)
}

fn looks_like_data(cell: &str) -> bool {
    cell.contains('@') || cell.bytes().filter(u8::is_ascii_digit).count() >= 9
}

fn shown(cell: &str) -> String {
    cell.escape_debug().take(40).collect()
}

//! The header of a registry file: the positions of its columns.

use super::{RegistryProblem, unreadable};
use crate::Result;
use crate::csv_text::{Row, SAVE_AS_CSV};

const PROJECT: &str = "project";
const ACCOUNTS: &str = "account_ids";
const RECIPIENTS: &str = "recipients";
const LOCALE: &str = "locale";
const ALIASES: &str = "aliases";
const LEADS: &str = "leads";

/// Columns that help people who keep the registry. They are not used.
const FOR_PEOPLE: [&str; 3] = ["account_name", "ou", "suggested_recipients"];

const REQUIRED: [&str; 3] = [PROJECT, ACCOUNTS, RECIPIENTS];
const OPTIONAL: [&str; 3] = [LOCALE, ALIASES, LEADS];
const EXPECTED: &str = "expected a header line \"project,account_ids,recipients,locale,aliases,leads\" (locale, aliases and leads are optional)";

/// The index of each column, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Columns {
    pub(super) project: usize,
    pub(super) accounts: usize,
    pub(super) recipients: usize,
    pub(super) locale: Option<usize>,
    pub(super) aliases: Option<usize>,
    pub(super) leads: Option<usize>,
    /// Number of columns, unknown ones included.
    pub(super) count: usize,
    /// Smallest number of fields of a row that has all required columns.
    pub(super) min_fields: usize,
}

impl Columns {
    /// Finds the columns by their names. Returns a warning for each column that is not known.
    pub(super) fn find(header: Option<&Row>) -> Result<(Self, Vec<RegistryProblem>)> {
        let header = header.ok_or_else(|| unreadable(format!("it is empty; {EXPECTED}")))?;
        let names: Vec<String> = header.cells.iter().map(|name| fold(name)).collect();
        let at = |name: &str| names.iter().position(|n| n == name);
        let (Some(project), Some(accounts), Some(recipients)) = (at(PROJECT), at(ACCOUNTS), at(RECIPIENTS)) else {
            return Err(unreadable(header_problem(header, &names)));
        };
        for name in REQUIRED.into_iter().chain(OPTIONAL) {
            if names.iter().filter(|n| *n == name).count() > 1 {
                return Err(unreadable(format!("the header has the column \"{name}\" twice; keep one")));
            }
        }
        let min_fields = project.max(accounts).max(recipients) + 1;
        let (locale, aliases, leads) = (at(LOCALE), at(ALIASES), at(LEADS));
        let columns = Self { project, accounts, recipients, locale, aliases, leads, count: names.len(), min_fields };
        Ok((columns, unknown_columns(header.line, &names)))
    }
}

/// The form in which names of columns are compared.
fn fold(name: &str) -> String {
    name.trim().to_ascii_lowercase()
}

/// Returns a warning for each column that is not known.
fn unknown_columns(line: u64, names: &[String]) -> Vec<RegistryProblem> {
    let known = |name: &str| REQUIRED.contains(&name) || OPTIONAL.contains(&name) || FOR_PEOPLE.contains(&name);
    let unknown = names.iter().filter(|name| !name.is_empty() && !known(name));
    unknown
        .map(|name| {
            let message = format!("the column \"{}\" is not known and not used", shown(name));
            RegistryProblem::new(line, message)
        })
        .collect()
}

/// The error message for a first line that is not a valid header.
fn header_problem(header: &Row, names: &[String]) -> String {
    if let Some(delimiter) = other_delimiter(header) {
        return format!(
            "its columns are separated by {delimiter} instead of commas or tabs; {SAVE_AS_CSV}, or as \"Unicode Text\", which has tabs"
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

/// Whether a header that was read with commas is separated by tabs, as in "Unicode Text" of Excel and in cells that
/// were copied into an editor.
pub(super) fn has_tabs(header: &Row) -> bool {
    other_delimiter(header) == Some(TABS)
}

/// What [`other_delimiter`] says of tabs.
const TABS: &str = "tabs";

/// The delimiter, if the header is not separated by commas. Excel writes semicolons or tabs in some languages and
/// formats. A file with semicolons is refused: they also separate the entries of lists, so that in rows typed by hand
/// an account could get into the next column.
fn other_delimiter(header: &Row) -> Option<&'static str> {
    let line = header.cells.join(",");
    [(';', "semicolons"), ('\t', TABS), ('|', "bars"), ('，', "full-width commas"), ('、', "full-width commas")]
        .into_iter()
        .find(|(delimiter, _)| {
            let names: Vec<String> = line.split(*delimiter).map(|name| fold(name.trim().trim_matches('"'))).collect();
            REQUIRED.iter().all(|required| names.iter().any(|name| name == required))
        })
        .map(|(_, name)| name)
}

/// Whether a cell of the first line has an address or account ID, so that the header is missing.
fn looks_like_data(cell: &str) -> bool {
    cell.contains('@') || cell.bytes().filter(u8::is_ascii_digit).count() >= 9
}

/// The text of a cell for a message: escaped and shortened.
fn shown(cell: &str) -> String {
    cell.escape_debug().take(40).collect()
}

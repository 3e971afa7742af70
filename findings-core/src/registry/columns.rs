//! The header of a registry file: the positions of its columns.

use super::{RegistryProblem, of_project, unreadable};
use crate::Result;
use crate::csv_text::{Row, SAVE_AS_CSV};

const PROJECT: &str = "project";
const ACCOUNTS: &str = "account_ids";
const RECIPIENTS: &str = "recipients";
const ALIASES: &str = "aliases";
const LEADS: &str = "leads";

/// The name of the only account of a row.
const ACCOUNT_NAME: &str = "account_name";

/// Columns that help people who keep the registry. Only names of accounts are used, where nothing else tells them.
const FOR_PEOPLE: [&str; 3] = [ACCOUNT_NAME, "ou", "suggested_recipients"];

const REQUIRED: [&str; 3] = [PROJECT, ACCOUNTS, RECIPIENTS];
const LISTS: [&str; 2] = [ALIASES, LEADS];
const EXPECTED: &str = "expected a header line \"project,account_ids,recipients\"; further columns are aliases, leads, locale, notify, min_severity, contact and time_zone";

/// The index of each column, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Columns {
    pub(super) project: usize,
    pub(super) accounts: usize,
    pub(super) recipients: usize,
    pub(super) aliases: Option<usize>,
    pub(super) leads: Option<usize>,
    pub(super) account_name: Option<usize>,
    /// Those that hold one value for a project, by [`of_project::COLUMNS`].
    pub(super) of_project: [Option<usize>; of_project::COLUMNS.len()],
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
        for name in REQUIRED.into_iter().chain(optional()) {
            if names.iter().filter(|n| *n == name).count() > 1 {
                return Err(unreadable(format!("the header has the column \"{name}\" twice; keep one")));
            }
        }
        let min_fields = project.max(accounts).max(recipients) + 1;
        let (aliases, leads, account_name, count) = (at(ALIASES), at(LEADS), at(ACCOUNT_NAME), names.len());
        let of_project = of_project::COLUMNS.map(at);
        let columns =
            Self { project, accounts, recipients, aliases, leads, account_name, of_project, count, min_fields };
        Ok((columns, unknown_columns(header.line, &names)))
    }

    /// The cells that hold one value for a project.
    pub(super) fn of_project<'a>(&self, row: &'a Row) -> of_project::Cells<'a> {
        self.of_project.map(|at| at.map_or("", |at| row.cell(at)))
    }
}

fn optional() -> impl Iterator<Item = &'static str> {
    LISTS.into_iter().chain(of_project::COLUMNS)
}

/// The form in which names of columns are compared.
fn fold(name: &str) -> String {
    name.trim().to_ascii_lowercase()
}

/// Returns a warning for each column that is not known.
fn unknown_columns(line: u64, names: &[String]) -> Vec<RegistryProblem> {
    let known =
        |name: &str| REQUIRED.contains(&name) || optional().any(|known| known == name) || FOR_PEOPLE.contains(&name);
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

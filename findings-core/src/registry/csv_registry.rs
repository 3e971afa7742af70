//! The registry as a CSV file: rows in, projects out, every refusal with its line.

use std::collections::{BTreeMap, HashMap};

use super::columns::Columns;
use super::{Project, Registry, RegistryProblem, cells, unreadable};
use crate::csv_text::{self, Row};
use crate::recipient::Recipient;
use crate::{AccountId, Locale, Result};

#[cfg(test)]
mod tests;

/// Reads a registry in CSV.
///
/// The header names the columns `project`, `account_ids`, `recipients` and, optionally, `locale`, in any order and case; others are left out with a
/// warning. Lists in a cell are separated by `;`. Rows of the same project are merged. The text is UTF-8, UTF-16 with a byte order mark, or else
/// Shift_JIS.
///
/// A row that cannot be read makes a problem of its project, or of the registry if the row names none; the other rows count.
/// Control characters in a project's name become a blank, with a warning.
///
/// ```
/// use findings_core::registry::parse_csv;
/// let registry = parse_csv("project,account_ids,recipients\n決済,111100000001;22200000002,a@example.com\n".as_bytes())?;
/// let project = &registry.projects[0];
/// assert_eq!(project.accounts.len(), 1);
/// assert!(project.problems[0].to_string().starts_with("line 2: \"22200000002\" has 11 digits"));
/// # Ok::<(), findings_core::Error>(())
/// ```
///
/// # Errors
/// [`InvalidInput`](crate::ErrorKind::InvalidInput) if it is no such file: empty, binary, in another encoding, without header or rows, or not
/// separated by commas.
pub fn parse_csv(bytes: &[u8]) -> Result<Registry> {
    let rows = csv_text::rows(bytes).map_err(|e| unreadable(e.to_string()))?;
    let (columns, warnings) = Columns::find(rows.first())?;
    if rows.len() == 1 {
        return Err(unreadable("it has a header and no project below it; add a row for each project"));
    }
    let mut draft = Draft { registry: Registry { warnings, ..Registry::default() }, ..Draft::default() };
    for row in &rows[1..] {
        draft.add(row, columns);
    }
    Ok(draft.finish())
}

/// The registry as far as it was read.
#[derive(Default)]
struct Draft {
    registry: Registry,
    /// Place and first line of each project, by name.
    index: HashMap<String, (usize, u64)>,
    /// Line of each row, by its cells.
    seen: HashMap<Vec<String>, u64>,
    /// Project and line of each account.
    owners: BTreeMap<AccountId, Vec<(usize, u64)>>,
}

impl Draft {
    fn add(&mut self, row: &Row, columns: Columns) {
        let name = match cells::project_name(row.cell(columns.project)) {
            Ok(name) => name,
            Err(message) => return self.registry.problems.push(RegistryProblem::new(row.line, message)),
        };
        if let Some(first) = self.seen.insert(row.cells.clone(), row.line) {
            self.warn(row.line, format!("the row is the same as line {first}"));
            return;
        }
        if name.changed {
            self.warn(row.line, format!("the project's name has control characters; it is read as \"{}\"", name.text));
        }
        let place = self.place_of(name.text, row.line);
        let project = &mut self.registry.projects[place];
        if let Some(message) = shape_problem(row, columns) {
            if row.last_line > row.line {
                // the swallowed lines may be rows of projects that nobody knows of now
                self.registry.problems.push(RegistryProblem::new(row.line, message.clone()));
            }
            project.problems.push(RegistryProblem::new(row.line, message));
            return;
        }
        let accounts = add_accounts(project, row.line, row.cell(columns.accounts));
        add_recipients(project, row.line, row.cell(columns.recipients));
        set_locale(project, row.line, columns.locale.map_or("", |at| row.cell(at)));
        for account in accounts {
            self.owners.entry(account).or_default().push((place, row.line));
        }
    }

    fn warn(&mut self, line: u64, message: String) {
        self.registry.warnings.push(RegistryProblem::new(line, message));
    }

    fn place_of(&mut self, name: String, line: u64) -> usize {
        let projects = &mut self.registry.projects;
        self.index
            .entry(name)
            .or_insert_with_key(|name| {
                projects.push(Project::new(name.as_str()));
                (projects.len() - 1, line)
            })
            .0
    }

    fn finish(mut self) -> Registry {
        for (place, line) in self.index.into_values() {
            let project = &mut self.registry.projects[place];
            if project.accounts.is_empty() {
                project.problems.push(RegistryProblem::new(
                    line,
                    "the project has no account that can be read; fill in account_ids",
                ));
            }
            if project.recipients.is_empty() {
                project.problems.push(
                    RegistryProblem::new(line, "the project has no recipient, so nobody is told; fill in recipients")
                        .about_people(),
                );
            }
            project.problems.sort_by_key(|p| p.line);
        }
        self.registry.warnings.extend(shared_accounts(&self.registry.projects, &self.owners));
        self.registry.warnings.sort_by_key(|w| w.line);
        self.registry
    }
}

/// What makes the cells of a row unreliable: which of them is which cannot be told, so none but the name is used.
fn shape_problem(row: &Row, columns: Columns) -> Option<String> {
    let lists = [columns.accounts, columns.recipients];
    if row.unclosed || lists.iter().any(|at| cells::has_line_break(row.cell(*at))) {
        return Some(format!(
            "a cell goes on from line {} to line {}, so these lines are not used; close its double quote, and separate list entries with ';'",
            row.line, row.last_line
        ));
    }
    let fields = row.cells.len();
    let surplus = row.cells.iter().skip(columns.count).any(|cell| !cell.is_empty());
    (surplus || fields < columns.least).then(|| {
        format!(
            "the row has {fields} fields instead of {}, so it is not used; separate list entries with ';' and put cells with commas in double quotes",
            columns.count
        )
    })
}

/// Adds the accounts of a cell, and returns those it could read.
fn add_accounts(project: &mut Project, line: u64, cell: &str) -> Vec<AccountId> {
    let mut read = Vec::new();
    for entry in cells::list(cell) {
        match cells::account(entry) {
            Ok(account) => {
                project.add_account(account);
                read.push(account);
            }
            Err(message) => project.problems.push(RegistryProblem::new(line, message)),
        }
    }
    read
}

fn add_recipients(project: &mut Project, line: u64, cell: &str) {
    for entry in cells::list(cell) {
        match entry.parse::<Recipient>() {
            Ok(recipient) => project.add_recipient(recipient),
            Err(error) => project.problems.push(RegistryProblem::new(line, error.to_string()).about_people()),
        }
    }
}

fn set_locale(project: &mut Project, line: u64, cell: &str) {
    if cell.is_empty() {
        return;
    }
    match (cell.parse::<Locale>(), project.locale) {
        (Err(error), _) => project.problems.push(RegistryProblem::new(line, error.to_string()).about_people()),
        (Ok(locale), Some(first)) if locale != first => {
            let message = format!(
                "the locale is \"{locale}\" here and \"{first}\" in a row before, which is used; make them the same"
            );
            project.problems.push(RegistryProblem::new(line, message).about_people());
        }
        (Ok(locale), _) => project.locale = Some(locale),
    }
}

/// An account of several projects is legal: its findings go to each of them. It is often a slip, too.
fn shared_accounts(projects: &[Project], owners: &BTreeMap<AccountId, Vec<(usize, u64)>>) -> Vec<RegistryProblem> {
    let mut warnings = Vec::new();
    for (account, places) in owners {
        let Some(first) = places.first() else { continue };
        let mut others: Vec<_> = places.iter().filter(|place| place.0 != first.0).collect();
        others.dedup_by_key(|place| place.0);
        for (place, line) in others {
            let (one, other) = (&projects[first.0].name, &projects[*place].name);
            let message = format!("account {account} belongs to \"{other}\" and, by line {}, to \"{one}\"", first.1);
            warnings.push(RegistryProblem::new(*line, message));
        }
    }
    warnings
}

//! Parsing of a registry in CSV.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::aliases::{self, AliasMention};
use super::columns::{self, Columns};
use super::{
    MAX_BYTES, Project, Registry, RegistryProblem, TOO_LARGE, cells, contains, look_alikes, of_project, people,
    project_key, unreadable,
};
use crate::csv_text::{self, LISTED, Row, UnreadableCsv};
use crate::recipient::Recipient;
use crate::{AccountId, NotifyWhen, Result};

#[cfg(test)]
mod tests;

/// Largest number of recipients of a project.
const MAX_RECIPIENTS: usize = 500;

/// Largest number of problems of a project that are told. Whoever mends these sees the others.
const MAX_PROBLEMS: usize = 100;
/// Number of problems of all projects together up to which all are listed.
const MAX_TOTAL_PROBLEMS: usize = 1_000;
/// Number of problems of a project that are listed if there are more.
const FEW_PROBLEMS: usize = 3;

/// Reads a registry in CSV.
///
/// The header names the columns `project`, `account_ids`, `recipients` and, optionally, `aliases` (earlier names of the
/// project), `leads` (who leads the project), `locale`, `notify` (which reports recipients hear of),
/// `min_severity` (of the first lines of messages), `contact` and `time_zone`, in any order and case. Other columns are
/// ignored with a warning. Columns are separated by commas or tabs, entries of a list in a cell by `;`. Rows of the
/// same project are merged: their names have the same [`project_key`]. The text is UTF-8, UTF-16 with a byte order mark,
/// Shift_JIS, EUC-JP or ISO-2022-JP.
///
/// An account ID may be written in groups (`1111-2222-3333`), and a name before an address (`Sato <sato@example.com>`)
/// is dropped. Behind a bar, a recipient has a choice of their own: `sato@example.com|critical`.
///
/// A row that cannot be read is a problem of its project, or of the registry if the row names no project. The other
/// rows are used. Control characters in a project's name are replaced by a space, with a warning.
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
/// [`InvalidInput`](crate::ErrorKind::InvalidInput) if the file is empty, binary, in another encoding, without header
/// or rows, separated by other than commas or tabs, or too large (64 MiB, 1,000 fields of a row, 1,000,000 rows). At most 500
/// recipients of a project are used.
pub fn parse_csv(bytes: &[u8]) -> Result<Registry> {
    if bytes.len() > MAX_BYTES {
        return Err(unreadable(TOO_LARGE));
    }
    let rows = read_rows(bytes).map_err(|e| unreadable(e.to_string()))?;
    let (columns, warnings) = Columns::find(rows.first())?;
    if rows.len() == 1 {
        return Err(unreadable("it has a header and no project below it; add a row for each project"));
    }
    let mut builder =
        RegistryBuilder { registry: Registry { warnings, ..Registry::default() }, ..RegistryBuilder::default() };
    for row in &rows[1..] {
        builder.add(row, columns);
    }
    Ok(builder.finish())
}

/// Reads the rows, which commas or tabs separate, as the header shows.
fn read_rows(bytes: &[u8]) -> Result<Vec<Row>, UnreadableCsv> {
    let rows = csv_text::rows(bytes)?;
    if rows.first().is_some_and(columns::has_tabs) { csv_text::rows_separated_by(bytes, b'\t') } else { Ok(rows) }
}

/// Collects the rows of a registry. Projects are referred to by their index in `registry.projects`.
#[derive(Default)]
struct RegistryBuilder<'a> {
    registry: Registry,
    /// Index and first line of each project, by the key of its name.
    project_indexes: HashMap<String, (usize, u64)>,
    aliases: Vec<AliasMention>,
    /// First line of each distinct row, by its cells.
    lines_by_cells: HashMap<&'a [String], u64>,
    /// Index of the project and line, for each time that an account is named.
    owners: BTreeMap<AccountId, Vec<(usize, u64)>>,
    /// The accounts of each project, to find repeated ones without a search.
    known: HashSet<(usize, AccountId)>,
}

impl<'a> RegistryBuilder<'a> {
    fn add(&mut self, row: &'a Row, columns: Columns) {
        let name = match cells::project_name(row.cell(columns.project)) {
            Ok(name) => name,
            Err(message) => return self.registry.problems.push(RegistryProblem::new(row.line, message)),
        };
        if let Some(first) = self.lines_by_cells.insert(&row.cells, row.line) {
            self.warn(row.line, format!("the row is the same as line {first}"));
            return;
        }
        if name.changed {
            self.warn(row.line, format!("the project's name has control characters; it is read as \"{}\"", name.text));
        }
        let index = self.project_index(&name.text, row.line);
        let project = &mut self.registry.projects[index];
        if let Some(message) = shape_problem(row, columns) {
            if row.last_line > row.line {
                // the lines inside the cell may be rows of other projects, so it is a problem of the registry, too
                self.registry.problems.push(RegistryProblem::new(row.line, message.clone()));
            }
            add_problem(project, RegistryProblem::new(row.line, message));
            return;
        }
        let aliases = cells::list(columns.aliases.map_or("", |at| row.cell(at)));
        self.aliases.extend(aliases.map(|alias| AliasMention { index, line: row.line, alias: alias.to_owned() }));
        let accounts = read_accounts(project, row.line, row.cell(columns.accounts));
        project.accounts.extend(accounts.iter().filter(|account| self.known.insert((index, **account))));
        add_recipients(project, row.line, row.cell(columns.recipients));
        add_leads(project, row.line, columns.leads.map_or("", |at| row.cell(at)));
        for problem in of_project::set(project, row.line, columns.of_project(row)) {
            add_problem(project, problem);
        }
        for account in accounts {
            self.owners.entry(account).or_default().push((index, row.line));
        }
    }

    fn warn(&mut self, line: u64, message: String) {
        self.registry.warnings.push(RegistryProblem::new(line, message));
    }

    /// The index of the project with this name, which is added if it is new. The first spelling of a name is used.
    fn project_index(&mut self, name: &str, line: u64) -> usize {
        let projects = &mut self.registry.projects;
        let (index, first) = *self.project_indexes.entry(project_key(name)).or_insert_with(|| {
            projects.push(Project::new(name));
            (projects.len() - 1, line)
        });
        if projects[index].name != name {
            self.warn(
                line,
                format!("the project's name is spelled in another way in line {first}; the rows are one project"),
            );
        }
        index
    }

    fn finish(mut self) -> Registry {
        aliases::settle(&mut self.registry.projects, self.aliases, &self.project_indexes);
        let mut lines = vec![0; self.registry.projects.len()];
        self.project_indexes.values().for_each(|(index, line)| lines[*index] = *line);
        self.registry.look_alikes = look_alikes::find(&self.registry.projects, &lines);
        for (index, line) in self.project_indexes.into_values() {
            let project = &mut self.registry.projects[index];
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
        cut_long_lists(&mut self.registry);
        self.registry
    }
}

/// Limits how many problems are listed: those of the registry, the warnings, and those of all projects together. A project
/// keeps some of its own, because they say that its report may lack accounts.
fn cut_long_lists(registry: &mut Registry) {
    cut_list(&mut registry.problems, LISTED);
    cut_list(&mut registry.warnings, LISTED);
    if registry.projects.iter().map(|project| project.problems.len()).sum::<usize>() > MAX_TOTAL_PROBLEMS {
        registry.projects.iter_mut().for_each(|project| cut_list(&mut project.problems, FEW_PROBLEMS));
    }
}

/// Cuts a list off, and says how many problems are left out and whether they may hide accounts.
fn cut_list(problems: &mut Vec<RegistryProblem>, limit: usize) {
    let hidden = csv_text::cut(problems, limit);
    let Some(first) = hidden.first() else { return };
    let mut more = RegistryProblem::new(first.line, csv_text::and_more(hidden.len()));
    more.hides_accounts = hidden.iter().any(|problem| problem.hides_accounts);
    problems.push(more);
}

/// The error message for a row whose cells cannot be matched to columns with certainty. Only its name is used.
fn shape_problem(row: &Row, columns: Columns) -> Option<String> {
    let lists = [Some(columns.accounts), Some(columns.recipients), columns.aliases, columns.leads];
    if row.unclosed
        || lists.into_iter().chain(columns.of_project).flatten().any(|at| cells::has_line_break(row.cell(at)))
    {
        return Some(format!(
            "a cell goes on from line {} to line {}, so these lines are not used; close its double quote, and separate list entries with ';'",
            row.line, row.last_line
        ));
    }
    let fields = row.cells.len();
    let has_extra_cells = row.cells.iter().skip(columns.count).any(|cell| !cell.is_empty());
    (has_extra_cells || fields < columns.min_fields).then(|| {
        format!(
            "the row has {fields} fields instead of {}, so it is not used; separate list entries with ';' and put cells with commas in double quotes",
            columns.count
        )
    })
}

/// Returns the accounts of a cell that could be read. The others are problems of the project.
fn read_accounts(project: &mut Project, line: u64, cell: &str) -> Vec<AccountId> {
    let mut read = Vec::new();
    for entry in cells::list(cell) {
        match cells::account(entry) {
            Ok(account) => read.push(account),
            Err(message) => add_problem(project, RegistryProblem::new(line, message)),
        }
    }
    read
}

/// Adds a problem of an entry, unless there are too many.
fn add_problem(project: &mut Project, problem: RegistryProblem) {
    let line = problem.line;
    match project.problems.len() {
        n if n < MAX_PROBLEMS => project.problems.push(problem),
        MAX_PROBLEMS => project.problems.push(RegistryProblem::new(
            line,
            "further entries of the project cannot be read; correct those that are listed first",
        )),
        _ => {}
    }
}

fn add_recipients(project: &mut Project, line: u64, cell: &str) {
    for entry in people::entries(cell) {
        let (entry, choice) = people::choice(entry);
        match people::recipient(entry) {
            Ok(recipient) if project.recipients.len() >= MAX_RECIPIENTS && !project.has_recipient(&recipient) => {
                return refuse_recipient(project, line, &recipient);
            }
            Ok(recipient) => {
                project.recipient_lines.note(&recipient, line);
                if let Some(message) = choice.and_then(|choice| choose(project, &recipient, choice)) {
                    add_problem(project, RegistryProblem::new(line, message).about_people());
                }
                project.add_recipient(recipient);
            }
            Err(message) => add_problem(project, RegistryProblem::new(line, message).about_people()),
        }
    }
}

/// Sets which reports a recipient hears of. Returns what is wrong with the choice.
fn choose(project: &mut Project, recipient: &Recipient, choice: &str) -> Option<String> {
    let Ok(when) = choice.parse::<NotifyWhen>() else {
        let names = NotifyWhen::ALL.iter().map(|when| when.as_str()).collect::<Vec<_>>().join(", ");
        // it is not shown: it may be anything that was typed behind a channel, also a secret
        return Some(format!(
            "what stands behind the bar is not a choice of reports, so {recipient} hears of them as without it; expected one of {names}"
        ));
    };
    let first = project.choices.add(recipient, when);
    (first != when)
        .then(|| format!("{recipient} chose \"{when}\" here and \"{first}\" before, which is used; make them the same"))
}

/// Adds those who lead the project. Further ones than a project can have recipients are not told, and said to be so.
fn add_leads(project: &mut Project, line: u64, cell: &str) {
    for entry in people::entries(cell) {
        let (entry, choice) = people::choice(entry);
        match people::recipient(entry) {
            Ok(lead) if project.leads.len() >= MAX_RECIPIENTS && !contains(&project.leads, &lead) => {
                return refuse_recipient(project, line, &lead);
            }
            Ok(lead) => {
                project.recipient_lines.note(&lead, line);
                if let Some(message) = choice.and_then(|choice| choose(project, &lead, choice)) {
                    add_problem(project, RegistryProblem::new(line, message).about_people());
                }
                project.add_lead(lead);
            }
            Err(message) => add_problem(project, RegistryProblem::new(line, message).about_people()),
        }
    }
}

/// Says that a project has too many recipients. The rest of the cell is not looked at.
fn refuse_recipient(project: &mut Project, line: u64, first: &Recipient) {
    let message = format!(
        "the project has more than {MAX_RECIPIENTS} recipients, so those of this line from \"{first}\" on are not told; use a mailing list"
    );
    add_problem(project, RegistryProblem::new(line, message).about_people());
}

/// Returns a warning for each account of several projects. This is allowed: each of them gets the findings. But it is
/// often a mistake.
fn shared_accounts(projects: &[Project], owners: &BTreeMap<AccountId, Vec<(usize, u64)>>) -> Vec<RegistryProblem> {
    let mut warnings = Vec::new();
    for (account, mentions) in owners {
        let Some(first) = mentions.first() else { continue };
        let mut others: Vec<_> = mentions.iter().filter(|mention| mention.0 != first.0).collect();
        others.dedup_by_key(|mention| mention.0);
        for (index, line) in others {
            let (one, other) = (&projects[first.0].name, &projects[*index].name);
            let message = format!("account {account} belongs to \"{other}\" and, by line {}, to \"{one}\"", first.1);
            warnings.push(RegistryProblem::new(*line, message));
        }
    }
    warnings
}

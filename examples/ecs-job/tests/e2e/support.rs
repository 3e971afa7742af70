//! Runs the built binary as a process and reads its output files.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use calamine::{Data, Range, Reader, Xlsx};
use serde_json::Value;

/// The command line of the binary, run in its own folder with a clean environment.
pub(crate) struct Job {
    command: Command,
}

/// The result of a process.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Job {
    pub(crate) fn in_dir(dir: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ecs-job"));
        command.current_dir(dir).env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("HOME", dir);
        // keeps the SDK from querying the metadata service of the machine that runs the tests
        command.env("AWS_EC2_METADATA_DISABLED", "true").stdin(Stdio::null());
        Self { command }
    }

    pub(crate) fn args(mut self, args: &[&str]) -> Self {
        self.command.args(args);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Removes a variable that [`env`](Self::env) set.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    pub(crate) fn run(mut self) -> Done {
        self.command.output().expect("run the binary").into()
    }

    pub(crate) fn spawn(mut self) -> Child {
        self.command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("start the binary")
    }
}

impl From<Output> for Done {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        Self { code: output.status.code().unwrap_or(-1), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

impl Done {
    /// Parses the last line of stdout.
    pub(crate) fn summary(&self) -> Value {
        let line = self.stdout.lines().last().unwrap_or_else(|| panic!("no summary; stderr: {}", self.stderr));
        serde_json::from_str(line).expect("one JSON object")
    }

    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "\nstdout: {}\nstderr: {}", self.stdout, self.stderr);
        self
    }
}

/// Returns the outcome of a project in a summary.
pub(crate) fn project<'a>(summary: &'a Value, name: &str) -> &'a Value {
    let projects = summary["projects"].as_array().expect("projects");
    projects.iter().find(|p| p["project"] == name).unwrap_or_else(|| panic!("no project {name} in {summary}"))
}

/// The cells of the sheet of findings, by row and heading.
pub(crate) struct Sheet {
    headings: Vec<String>,
    rows: Vec<Vec<Data>>,
}

impl Sheet {
    /// Reads the sheet of findings: the first one that has a row with a cell `id_heading`, its header.
    pub(crate) fn read(bytes: &[u8], id_heading: &str) -> Self {
        let mut book: Xlsx<_> = Xlsx::new(std::io::Cursor::new(bytes.to_vec())).expect("a workbook");
        let has_id = |range: &Range<Data>| range.used_cells().any(|(_, _, cell)| *cell == id_heading);
        let range = book.worksheets().into_iter().map(|(_, range)| range).find(has_id).expect("the sheet of findings");
        let mut rows: Vec<Vec<Data>> = range.rows().map(<[Data]>::to_vec).collect();
        let header = rows
            .iter()
            .position(|row| row.iter().any(|cell| *cell == id_heading))
            .unwrap_or_else(|| panic!("no heading {id_heading}"));
        let headings = rows[header].iter().map(ToString::to_string).collect();
        Self { headings, rows: rows.split_off(header + 1) }
    }

    pub(crate) fn column(&self, heading: &str) -> Vec<String> {
        let index = self.headings.iter().position(|h| h == heading).unwrap_or_else(|| panic!("no heading {heading}"));
        self.rows.iter().map(|row| row[index].to_string()).filter(|cell| !cell.is_empty()).collect()
    }
}

/// Returns all texts of a sheet; sheets are counted from 0.
pub(crate) fn texts_of_sheet(bytes: &[u8], number: usize) -> String {
    let mut book: Xlsx<_> = Xlsx::new(std::io::Cursor::new(bytes.to_vec())).expect("a workbook");
    let name = book.sheet_names()[number].clone();
    let range = book.worksheet_range(&name).expect("the sheet");
    range.used_cells().map(|(_, _, cell)| cell.to_string()).collect::<Vec<_>>().join("\n")
}

/// Returns the texts of all sheets.
pub(crate) fn texts_of_book(bytes: &[u8]) -> String {
    let book: Xlsx<_> = Xlsx::new(std::io::Cursor::new(bytes.to_vec())).expect("a workbook");
    (0..book.sheet_names().len()).map(|sheet| texts_of_sheet(bytes, sheet)).collect::<Vec<_>>().join("\n")
}

/// Returns all files with this extension below a folder.
pub(crate) fn files(dir: &Path, extension: &str) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|e| e == extension) {
            found.insert(path);
        }
    }
    found
}

/// Returns the number of rows below the header of a sheet; 0 if there is no such sheet.
pub(crate) fn rows_of_sheet(bytes: &[u8], name: &str) -> usize {
    let mut book: Xlsx<_> = Xlsx::new(std::io::Cursor::new(bytes.to_vec())).expect("a workbook");
    book.worksheet_range(name).map_or(0, |range| range.rows().count().saturating_sub(1))
}

/// Returns the text part of a mail.
pub(crate) fn text_of(mail: &[u8]) -> String {
    fn find(part: &mailparse::ParsedMail<'_>) -> Option<String> {
        let is_text = part.ctype.mimetype == "text/plain" && part.subparts.is_empty();
        if is_text { part.get_body().ok() } else { part.subparts.iter().find_map(find) }
    }
    let mail = mailparse::parse_mail(mail).expect("a mail");
    // lettre ends lines with CR LF
    find(&mail).expect("a text part").replace('\r', "")
}

/// Returns the files with an extension that are reports of projects; the report about the organisation is none of them.
pub(crate) fn project_reports(store: &Path, extension: &str) -> BTreeSet<PathBuf> {
    files(&store.join("runs"), extension)
}

/// Returns the `Id`s that the selection rule takes of these accounts, computed from the JSON without the library.
pub(crate) fn selected<'a>(findings: impl IntoIterator<Item = &'a Value>, accounts: &[&str]) -> BTreeSet<String> {
    let text = |f: &Value, pointer: &str, default: &str| {
        f.pointer(pointer).and_then(Value::as_str).unwrap_or(default).to_owned()
    };
    findings
        .into_iter()
        .filter(|f| accounts.contains(&text(f, "/AwsAccountId", "").as_str()))
        .filter(|f| text(f, "/RecordState", "ACTIVE") == "ACTIVE")
        .filter(|f| ["NEW", "NOTIFIED"].contains(&text(f, "/Workflow/Status", "NEW").as_str()))
        .map(|f| text(f, "/Id", ""))
        .collect()
}

/// Returns the root of the workspace.
pub(crate) fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the workspace")
}

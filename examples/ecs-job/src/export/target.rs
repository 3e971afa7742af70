//! The files of an export. They have temporary names until all of them are complete.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use findings_core::blocking::create_private_folder;
use findings_core::history::ProjectHistory;
use findings_core::{Error, ErrorKind, Result};

use super::csv_file::CsvFile;
use super::parquet_file::ParquetFile;
use super::rows;
use super::table::{ISSUES, PERIODS, RUNS, Table, Value};
use crate::config::ExportFormat;

const WRITE: &str = "write the exported table";

/// The three files.
#[derive(Debug)]
pub(super) struct Targets {
    issues: Target,
    runs: Target,
    periods: Target,
}

impl Targets {
    /// Begins the files in a folder, which is created if it is missing. Nobody but the owner may read them.
    pub(super) fn create(folder: &Path, format: ExportFormat) -> Result<Self> {
        create_private_folder(folder).map_err(|error| failed(folder, error))?;
        let target = |table| Target::create(folder, table, format);
        Ok(Self { issues: target(&ISSUES)?, runs: target(&RUNS)?, periods: target(&PERIODS)? })
    }

    /// Writes the history of a project.
    pub(super) fn add(&mut self, project: &str, history: &ProjectHistory) -> Result<()> {
        for issue in &history.issues {
            self.issues.write(rows::issue(project, issue, history))?;
            for period in rows::periods(project, issue) {
                self.periods.write(period)?;
            }
        }
        history.runs.iter().try_for_each(|run| self.runs.write(rows::run(project, run)))
    }

    /// Completes the files and gives them their names. Returns these with the numbers of rows.
    pub(super) fn finish(self) -> Result<Vec<(PathBuf, u64)>> {
        let mut complete = Vec::new();
        for target in [self.issues, self.runs, self.periods] {
            complete.push(target.complete()?);
        }
        complete.into_iter().map(Complete::publish).collect()
    }
}

/// A file that is being written. It is removed if it is not completed.
#[derive(Debug)]
struct Target {
    writer: TableWriter,
    temporary: Temporary,
    path: PathBuf,
    rows: u64,
}

#[derive(Debug)]
enum TableWriter {
    Csv(Box<CsvFile>),
    Parquet(Box<ParquetFile>),
}

impl Target {
    fn create(folder: &Path, table: &Table, format: ExportFormat) -> Result<Self> {
        let path = folder.join(format!("{}.{}", table.name, format.extension()));
        let temporary = Temporary(folder.join(format!(".{}.{}.part", table.name, format.extension())));
        let file = create_file(&temporary.0).map_err(|error| failed(&temporary.0, error))?;
        let writer = match format {
            ExportFormat::Csv => CsvFile::new(file, table).map(Box::new).map(TableWriter::Csv).map_err(other(&path))?,
            ExportFormat::Parquet => {
                ParquetFile::new(file, table).map(Box::new).map(TableWriter::Parquet).map_err(other(&path))?
            }
        };
        Ok(Self { writer, temporary, path, rows: 0 })
    }

    fn write(&mut self, row: Vec<Value>) -> Result<()> {
        self.rows += 1;
        match &mut self.writer {
            TableWriter::Csv(file) => file.write(&row).map_err(other(&self.path)),
            TableWriter::Parquet(file) => file.write(row).map_err(other(&self.path)),
        }
    }

    fn complete(self) -> Result<Complete> {
        let Self { writer, temporary, path, rows } = self;
        let file = match writer {
            TableWriter::Csv(file) => file.finish().map_err(other(&path))?,
            TableWriter::Parquet(file) => file.finish().map_err(other(&path))?,
        };
        // a name must not appear before the content is on the disk
        file.sync_all().map_err(|error| failed(&path, error))?;
        Ok(Complete { temporary, path, rows })
    }
}

/// A complete file under its temporary name.
struct Complete {
    temporary: Temporary,
    path: PathBuf,
    rows: u64,
}

impl Complete {
    fn publish(self) -> Result<(PathBuf, u64)> {
        fs::rename(&self.temporary.0, &self.path).map_err(|error| failed(&self.path, error))?;
        Ok((self.path, self.rows))
    }
}

/// A temporary name, removed with its file. After the file was renamed, there is nothing to remove.
#[derive(Debug)]
struct Temporary(PathBuf);

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn create_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn failed(path: &Path, error: io::Error) -> Error {
    Error::new(ErrorKind::Storage, WRITE).with_subject(path.display().to_string()).with_source(error)
}

fn other<E: std::error::Error + Send + Sync + 'static>(path: &Path) -> impl Fn(E) -> Error {
    let subject = path.display().to_string();
    move |error| Error::new(ErrorKind::Storage, WRITE).with_subject(subject.clone()).with_source(error)
}

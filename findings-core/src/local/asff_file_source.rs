//! Reads findings from a file of ASFF JSON, as the AWS CLI and other tools write it.

mod index;
mod records;

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;

use self::index::{Index, IndexBuilder, IndexEntry};
use self::records::{JsonRecords, Scanned};
use crate::asff::{TextPool, decode_finding};
use crate::blocking;
use crate::source::{FindingsQuery, FindingsSource, Page, PageRequest, PageToken, RejectedRecord};
use crate::{AccountId, Error, ErrorKind, Finding, Result, Setting, Text};

/// The number of unreadable records without an account that are reported one by one; the rest is only counted.
const MAX_UNATTRIBUTED: usize = 100;

const READ: &str = "read the findings file";

const CUT: &str = "the file ends with a NextToken, so the list is cut; export all pages";

/// A file of findings: a JSON array, an object `{"Findings": […]}` (the case of the key does not matter), or JSON
/// Lines.
///
/// [`open`](Self::open) reads the file once and indexes the position of each finding by account, 16 bytes a finding.
/// [`page`](FindingsSource::page) reads the requested findings again, so a file of any size needs little memory. A
/// record that cannot be read is reported with its line, and the other records are still used.
///
/// Of several versions of a finding, the file counts as having only the newest one
/// ([`Finding::version_order`]), whatever the selection. Findings that share an ID and are not versions of one another
/// are all kept. A file whose last object has a `NextToken` is [cut](Page::cut). The [inventory](Page::inventory) of a
/// page says of which accounts the file has records.
///
/// ```no_run
/// use findings_core::local::AsffFileSource;
/// # async fn example() -> findings_core::Result<()> {
/// let source = AsffFileSource::open("findings.json").await?;
/// println!("{} findings, {} unreadable", source.len(), source.rejected().len());
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct AsffFileSource(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    file: Mutex<File>,
    index: Index,
    /// Whether the file ends with a page that has a next one.
    is_cut: bool,
    rejected: Vec<RejectedRecord>,
    pool: TextPool,
}

impl AsffFileSource {
    /// Opens the file and reads it once, to index its findings.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) if the file does not exist, [`InvalidInput`](ErrorKind::InvalidInput) if
    /// nothing in it is a finding in JSON.
    pub async fn open(path: impl Into<PathBuf>) -> Result<Self> {
        let path = path.into();
        blocking::run(READ, move || Inner::open(path)).await.map(|inner| Self(Arc::new(inner)))
    }

    /// Returns the number of findings in the file, selected or not, each in its newest version.
    pub fn len(&self) -> usize {
        self.0.index.len()
    }

    /// Returns the number of copies and older versions of findings in the file, which do not count.
    pub fn superseded(&self) -> usize {
        self.0.index.superseded
    }

    /// Returns whether the file is only the first part of a list.
    pub fn is_cut(&self) -> bool {
        self.0.is_cut
    }

    /// Returns whether the file contains no findings.
    pub fn is_empty(&self) -> bool {
        self.0.index.is_empty()
    }

    /// Returns the accounts that have findings in the file, sorted.
    pub fn accounts(&self) -> Vec<AccountId> {
        let mut accounts: Vec<_> = self.0.index.accounts().collect();
        accounts.sort_unstable();
        accounts
    }

    /// Returns the records that could not be read.
    pub fn rejected(&self) -> &[RejectedRecord] {
        &self.0.rejected
    }
}

#[async_trait]
impl FindingsSource for AsffFileSource {
    async fn page(&self, request: &PageRequest) -> Result<Page> {
        let (inner, request) = (self.0.clone(), request.clone());
        blocking::run(READ, move || inner.page(&request)).await
    }
}

fn io_error(path: &Path, error: std::io::Error) -> Error {
    let (kind, message) = match error.kind() {
        std::io::ErrorKind::NotFound => (ErrorKind::NotFound, "there is no such file"),
        std::io::ErrorKind::PermissionDenied => (ErrorKind::PermissionDenied, "no permission to read it"),
        _ => (ErrorKind::Storage, "it cannot be read"),
    };
    Error::new(kind, READ)
        .with_subject(path.display().to_string())
        .with_message(message)
        .with_setting(Setting::Source)
        .with_source(error)
}

impl Inner {
    fn open(path: PathBuf) -> Result<Self> {
        let file = File::open(&path).map_err(|e| io_error(&path, e))?;
        let reader = file.try_clone().map_err(|e| io_error(&path, e))?;
        let mut inner = Self {
            index: Index::default(),
            is_cut: false,
            rejected: Vec::new(),
            pool: TextPool::default(),
            file: Mutex::new(file),
            path,
        };
        let values = inner.build_index(BufReader::with_capacity(1 << 20, reader))?;
        // a file of which nothing can be read must not pass for a file without findings
        if values == 0 || (inner.index.is_empty() && !inner.rejected.is_empty()) {
            let found = inner.rejected.first().map_or("it is empty".to_owned(), ToString::to_string);
            return Err(Error::new(ErrorKind::InvalidInput, READ)
                .with_subject(inner.path.display().to_string())
                .with_message(format!(
                    "{found}; expected findings in ASFF: a JSON array, {{\"Findings\": […]}} or JSON Lines"
                )));
        }
        inner.cap_rejected();
        Ok(inner)
    }

    /// Indexes all findings of the file. Returns the number of JSON values that were read.
    fn build_index(&mut self, reader: BufReader<File>) -> Result<usize> {
        let mut records = JsonRecords::new(reader);
        let mut index = IndexBuilder::default();
        let mut values = 0;
        while let Some(scanned) = records.next_record().map_err(|e| io_error(&self.path, e))? {
            match scanned {
                Scanned::Container => values += 1,
                Scanned::Broken { line, message } => self.rejected.push(RejectedRecord::new(message).at_line(line)),
                Scanned::Record { offset, line, json } => match decode_finding(json, &self.pool) {
                    Ok(finding) => {
                        values += 1;
                        index.add(&finding, offset, json.len());
                    }
                    Err(rejected) => {
                        // unreadable or not, it is a record of the account
                        if let Some(account) = rejected.account {
                            index.index_mut().add_region(account, None);
                        }
                        self.rejected.push(rejected.at_line(line));
                    }
                },
            }
        }
        self.is_cut = records.has_next_token();
        self.index = index.finish();
        Ok(values)
    }

    /// Limits the reports of unreadable records without an account to the first ones and the number of the others.
    /// These records are part of the result of every query, so a file full of them would flood all projects.
    fn cap_rejected(&mut self) {
        let mut without_account = 0;
        self.rejected.retain(|record| {
            without_account += usize::from(record.account.is_none());
            record.account.is_some() || without_account <= MAX_UNATTRIBUTED
        });
        if without_account > MAX_UNATTRIBUTED {
            let more = without_account - MAX_UNATTRIBUTED;
            self.rejected
                .push(RejectedRecord::new(format!("{more} more records that name no account could not be read")));
        }
    }

    fn page(&self, request: &PageRequest) -> Result<Page> {
        let query = &*request.query;
        let (mut account, mut finding) = self.start(request)?;
        let mut page = Page::new(Vec::with_capacity(query.page_size.get()), None);
        // with the first page only, or a query of many pages would count them again and again
        if request.token.is_none() {
            let mine = |r: &&RejectedRecord| r.account.is_none_or(|a| query.accounts.contains(a));
            page.rejected = self.rejected.iter().filter(mine).cloned().collect();
        }
        // all queries share the position of one open file
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let mut buffer = Vec::new();
        while let Some(found) = self.next_selected(query, &mut account, &mut finding) {
            if page.findings.len() == query.page_size.get() {
                page.next = PageToken::new(format!("{account}:{finding}"));
                return Ok(page);
            }
            page.findings.extend(self.read(&mut file, &mut buffer, query, found)?);
            finding += 1;
        }
        page.cut = self.is_cut.then(|| CUT.to_owned());
        Ok(page.with_inventory(self.inventory(query)))
    }

    /// Returns the accounts of the query with the Regions of their records.
    fn inventory(&self, query: &FindingsQuery) -> Vec<(AccountId, Option<Text>)> {
        let accounts = query.accounts.accounts().iter();
        accounts.flat_map(|id| self.index.regions(*id).map(|region| (*id, region.clone()))).collect()
    }

    /// Returns the position at which a page starts. A token is `ACCOUNT:FINDING`: the index of the account in the
    /// query, and the index of the finding in the account.
    fn start(&self, request: &PageRequest) -> Result<(usize, usize)> {
        let Some(token) = &request.token else { return Ok((0, 0)) };
        let parsed = token.as_str().split_once(':').and_then(|(a, p)| Some((a.parse().ok()?, p.parse().ok()?)));
        parsed.ok_or_else(|| {
            Error::new(ErrorKind::StaleToken, READ)
                .with_subject(self.path.display().to_string())
                .with_message("the page token is not one of this file's")
        })
    }

    /// Moves the position forward to the next finding with the requested states, and returns its index entry.
    fn next_selected(&self, query: &FindingsQuery, account: &mut usize, finding: &mut usize) -> Option<IndexEntry> {
        while let Some(id) = query.accounts.accounts().get(*account) {
            let entries = self.index.of(*id);
            while let Some(found) = entries.get(*finding) {
                if found.is_selected(&query.selection) {
                    return Some(*found);
                }
                *finding += 1;
            }
            (*account, *finding) = (*account + 1, 0);
        }
        None
    }

    /// Reads a finding from the file again. Returns `None` if its ID is not selected.
    fn read(
        &self,
        file: &mut File,
        buffer: &mut Vec<u8>,
        query: &FindingsQuery,
        entry: IndexEntry,
    ) -> Result<Option<Finding>> {
        buffer.resize(entry.len as usize, 0);
        file.seek(SeekFrom::Start(entry.offset))
            .and_then(|_| file.read_exact(buffer))
            .map_err(|e| io_error(&self.path, e))?;
        match decode_finding(buffer, &self.pool) {
            Ok(finding) if query.accounts.contains(finding.account) && entry.matches(&finding) => {
                // the index holds states but no IDs, and a selection can name IDs, too
                Ok(query.selection.matches(&finding).then_some(finding))
            }
            _ => Err(Error::new(ErrorKind::Inconsistent, READ)
                .with_subject(self.path.display().to_string())
                .with_message("the file was changed while it was read; run again")),
        }
    }
}

#[cfg(test)]
mod tests;

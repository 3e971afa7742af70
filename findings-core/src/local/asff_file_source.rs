//! Findings from a file of ASFF JSON, as the AWS CLI and other tools write it.

mod records;

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;

use self::records::{JsonRecords, Scanned};
use crate::asff::{TextPool, decode_finding};
use crate::blocking;
use crate::source::{FindingsQuery, FindingsSource, Page, PageRequest, PageToken, RejectedRecord};
use crate::{AccountId, Error, ErrorKind, Finding, RecordState, Result, Selection, Setting, WorkflowStatus};

/// Records without an account that are told of one by one.
const MAX_UNATTRIBUTED: usize = 100;

const READ: &str = "read the findings file";

/// A file of findings: a JSON array, `{"Findings": […]}` in either case of the key, or JSON Lines.
///
/// Opening reads it once and remembers where each account's findings stand, 16 bytes each; the findings themselves are read again when they are asked
/// for, so that a file of any size needs little memory. A record that cannot be read is reported with its line and does not stop the others.
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
    places: HashMap<AccountId, Vec<Place>>,
    rejected: Vec<RejectedRecord>,
    pool: TextPool,
}

/// Where a finding stands, and what the selection asks of it.
#[derive(Clone, Copy, Debug)]
struct Place {
    offset: u64,
    len: u32,
    record_state: RecordState,
    workflow: WorkflowStatus,
}

impl Place {
    fn is_selected(self, selection: &Selection) -> bool {
        selection.record_states.contains(&self.record_state) && selection.workflow.contains(&self.workflow)
    }

    fn is_of(self, finding: &Finding) -> bool {
        (self.record_state, self.workflow) == (finding.record_state, finding.workflow)
    }
}

impl AsffFileSource {
    /// Reads the file once.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) if it is not there, [`InvalidInput`](ErrorKind::InvalidInput) if nothing in it is JSON.
    pub async fn open(path: impl Into<PathBuf>) -> Result<Self> {
        let path = path.into();
        blocking::run(READ, move || Inner::open(path)).await.map(|inner| Self(Arc::new(inner)))
    }

    /// Number of findings in the file, selected or not.
    pub fn len(&self) -> usize {
        self.0.places.values().map(Vec::len).sum()
    }

    /// Whether there is no finding in the file.
    pub fn is_empty(&self) -> bool {
        self.0.places.is_empty()
    }

    /// The accounts that have findings in the file, sorted.
    pub fn accounts(&self) -> Vec<AccountId> {
        let mut accounts: Vec<_> = self.0.places.keys().copied().collect();
        accounts.sort_unstable();
        accounts
    }

    /// Records that could not be read.
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
            places: HashMap::new(),
            rejected: Vec::new(),
            pool: TextPool::default(),
            file: Mutex::new(file),
            path,
        };
        let values = inner.index(BufReader::with_capacity(1 << 20, reader))?;
        // an unreadable file is not one without findings
        if values == 0 || (inner.places.is_empty() && !inner.rejected.is_empty()) {
            let found = inner.rejected.first().map_or("it is empty".to_owned(), ToString::to_string);
            return Err(Error::new(ErrorKind::InvalidInput, READ)
                .with_subject(inner.path.display().to_string())
                .with_message(format!(
                    "{found}; expected findings in ASFF: a JSON array, {{\"Findings\": […]}} or JSON Lines"
                )));
        }
        inner.places.values_mut().for_each(Vec::shrink_to_fit);
        inner.cap_rejected();
        Ok(inner)
    }

    /// Remembers where findings stand; returns how many JSON values there are.
    fn index(&mut self, reader: BufReader<File>) -> Result<usize> {
        let mut records = JsonRecords::new(reader);
        let mut values = 0;
        while let Some(scanned) = records.next_record().map_err(|e| io_error(&self.path, e))? {
            match scanned {
                Scanned::Container => values += 1,
                Scanned::Broken { line, message } => self.rejected.push(RejectedRecord::new(message).at_line(line)),
                Scanned::Record { offset, line, json } => match decode_finding(json, &self.pool) {
                    Ok(finding) => {
                        values += 1;
                        self.remember(&finding, offset, json.len());
                    }
                    Err(rejected) => self.rejected.push(rejected.at_line(line)),
                },
            }
        }
        Ok(values)
    }

    /// Records that name no account come with every query, so a file full of them is told of by the first ones and their number.
    fn cap_rejected(&mut self) {
        let mut nobodys = 0;
        self.rejected.retain(|record| {
            nobodys += usize::from(record.account.is_none());
            record.account.is_some() || nobodys <= MAX_UNATTRIBUTED
        });
        if nobodys > MAX_UNATTRIBUTED {
            let more = nobodys - MAX_UNATTRIBUTED;
            self.rejected
                .push(RejectedRecord::new(format!("{more} more records that name no account could not be read")));
        }
    }

    fn remember(&mut self, finding: &Finding, offset: u64, len: usize) {
        let place = Place {
            offset,
            // the scanner lets nothing larger through
            len: u32::try_from(len).unwrap_or(u32::MAX),
            record_state: finding.record_state,
            workflow: finding.workflow,
        };
        self.places.entry(finding.account).or_default().push(place);
    }

    fn page(&self, request: &PageRequest) -> Result<Page> {
        let query = &*request.query;
        let (mut account, mut place) = self.start(request)?;
        let mut page = Page::new(Vec::with_capacity(query.page_size.get()), None);
        if request.token.is_none() {
            let mine = |r: &&RejectedRecord| r.account.is_none_or(|a| query.accounts.contains(a));
            page.rejected = self.rejected.iter().filter(mine).cloned().collect();
        }
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let mut buffer = Vec::new();
        while let Some(found) = self.next_selected(query, &mut account, &mut place) {
            if page.findings.len() == query.page_size.get() {
                page.next = PageToken::new(format!("{account}:{place}"));
                return Ok(page);
            }
            page.findings.extend(self.read(&mut file, &mut buffer, query, found)?);
            place += 1;
        }
        Ok(page)
    }

    /// A token is "number of the account in the query:number of the finding in the account".
    fn start(&self, request: &PageRequest) -> Result<(usize, usize)> {
        let Some(token) = &request.token else { return Ok((0, 0)) };
        let parsed = token.as_str().split_once(':').and_then(|(a, p)| Some((a.parse().ok()?, p.parse().ok()?)));
        parsed.ok_or_else(|| {
            Error::new(ErrorKind::StaleToken, READ)
                .with_subject(self.path.display().to_string())
                .with_message("the page token is not one of this file's")
        })
    }

    fn next_selected(&self, query: &FindingsQuery, account: &mut usize, place: &mut usize) -> Option<Place> {
        while let Some(id) = query.accounts.accounts().get(*account) {
            let places = self.places.get(id).map_or(&[][..], Vec::as_slice);
            while let Some(found) = places.get(*place) {
                if found.is_selected(&query.selection) {
                    return Some(*found);
                }
                *place += 1;
            }
            (*account, *place) = (*account + 1, 0);
        }
        None
    }

    fn read(
        &self,
        file: &mut File,
        buffer: &mut Vec<u8>,
        query: &FindingsQuery,
        place: Place,
    ) -> Result<Option<Finding>> {
        buffer.resize(place.len as usize, 0);
        file.seek(SeekFrom::Start(place.offset))
            .and_then(|_| file.read_exact(buffer))
            .map_err(|e| io_error(&self.path, e))?;
        match decode_finding(buffer, &self.pool) {
            Ok(finding) if query.accounts.contains(finding.account) && place.is_of(&finding) => {
                // states are indexed, IDs are not
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

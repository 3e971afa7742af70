//! Findings in files, indexed by account.

use std::borrow::Cow;
use std::io::{self, BufRead, Cursor, Seek};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::envelope::{Content, content};
use super::index::{Index, IndexBuilder, IndexEntry};
use super::records::{JsonRecords, Scanned};
use super::texts::{TextPlace, Texts};
use super::unpack::{FREE, Unpacked, unpack};
use crate::asff::{TextPool, decode_finding};
use crate::source::{FindingsQuery, Page, PageRequest, PageToken, RejectedRecord};
use crate::{AccountId, Error, ErrorKind, Finding, Result, Setting, Text};

/// The number of unreadable records without an account that are reported one by one; the rest is only counted.
const MAX_UNATTRIBUTED: usize = 100;

/// How many messages can be in one another, such as an event in a message of SNS in one of SQS.
const MAX_MESSAGES: usize = 4;

const READ: &str = "read the findings file";

const CUT: &str = "the file ends with a NextToken, so the list is cut; export all pages";

/// A file to read, and the name under which problems are reported.
#[derive(Clone, Debug)]
pub(crate) struct InputFile {
    pub(crate) path: PathBuf,
    pub(crate) name: String,
}

/// The findings in some files, of any size: the index takes 16 bytes a finding, and a page is read when it is asked for.
#[derive(Debug)]
pub(crate) struct FindingFiles {
    /// What the files are together, for errors: a path or URL.
    label: String,
    texts: Mutex<Texts>,
    index: Index,
    /// Why the list is incomplete.
    cut: Option<String>,
    rejected: Vec<RejectedRecord>,
    pool: TextPool,
    /// Number of events and messages that are no findings.
    set_aside: u64,
}

impl FindingFiles {
    /// Reads all files once, to index their findings.
    ///
    /// # Errors
    /// Those of the disk, and [`InvalidInput`](ErrorKind::InvalidInput) if nothing in the files is a finding.
    pub(crate) fn open(label: String, files: &[InputFile]) -> Result<Self> {
        Self::open_rest(label, files, Vec::new())
    }

    /// Reads what there is of files of which some could not be brought here: names and reasons of these.
    pub(crate) fn open_rest(label: String, files: &[InputFile], missing: Vec<(String, String)>) -> Result<Self> {
        let mut reading = Reading::new(label, files.len() + missing.len() > 1);
        files.iter().try_for_each(|file| reading.file(file))?;
        for (name, reason) in missing {
            reading.reject(&name, RejectedRecord::new(reason));
        }
        reading.finish()
    }

    /// Returns whether findings will be read from this file again: it is plain text.
    pub(crate) fn needs(&self, path: &Path) -> bool {
        self.texts().has_plain(path)
    }

    /// Returns the number of findings, each in its newest version.
    pub(crate) fn len(&self) -> usize {
        self.index.len()
    }

    /// Returns the number of copies and older versions.
    pub(crate) fn superseded(&self) -> usize {
        self.index.superseded
    }

    /// Returns why the files are only a part of a list.
    pub(crate) fn cut(&self) -> Option<&str> {
        self.cut.as_deref()
    }

    /// Returns the number of events and messages that are no findings.
    pub(crate) fn set_aside(&self) -> u64 {
        self.set_aside
    }

    /// Returns the accounts that have findings, sorted.
    pub(crate) fn accounts(&self) -> Vec<AccountId> {
        let mut accounts: Vec<_> = self.index.accounts().collect();
        accounts.sort_unstable();
        accounts
    }

    /// Returns the records that could not be read.
    pub(crate) fn rejected(&self) -> &[RejectedRecord] {
        &self.rejected
    }

    /// Answers a query, as a [`FindingsSource`](crate::FindingsSource) must.
    pub(crate) fn page(&self, request: &PageRequest) -> Result<Page> {
        let query = &*request.query;
        let (mut account, mut finding) = self.start(request)?;
        let mut page = Page::new(Vec::with_capacity(query.page_size.get()), None);
        // with the first page only, or a query of many pages would count them again and again
        if request.token.is_none() {
            let mine = |r: &&RejectedRecord| r.account.is_none_or(|a| query.accounts.contains(a));
            page.rejected = self.rejected.iter().filter(mine).cloned().collect();
        }
        // all queries share the position of one open file
        let mut texts = self.texts();
        let mut buffer = Vec::new();
        while let Some(found) = self.next_selected(query, &mut account, &mut finding) {
            if page.findings.len() == query.page_size.get() {
                page.next = PageToken::new(format!("{account}:{finding}"));
                return Ok(page);
            }
            page.findings.extend(self.read(&mut texts, &mut buffer, query, found)?);
            finding += 1;
        }
        page.cut.clone_from(&self.cut);
        Ok(page.with_inventory(self.inventory(query)))
    }

    fn texts(&self) -> MutexGuard<'_, Texts> {
        self.texts.lock().unwrap_or_else(PoisonError::into_inner)
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
        parsed.ok_or_else(|| self.failure(ErrorKind::StaleToken, "the page token is not one of this file's"))
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

    /// Reads a finding again. Returns `None` if its ID is not selected.
    fn read(
        &self,
        texts: &mut Texts,
        buffer: &mut Vec<u8>,
        query: &FindingsQuery,
        entry: IndexEntry,
    ) -> Result<Option<Finding>> {
        let changed = || self.failure(ErrorKind::Inconsistent, "the file was changed while it was read; run again");
        buffer.resize(entry.len as usize, 0);
        texts.read(entry.address, buffer).map_err(|error| match error.kind() {
            io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => changed().with_source(error),
            _ => Self::io_error(&self.label, error),
        })?;
        match decode_finding(buffer, &self.pool) {
            Ok(finding) if query.accounts.contains(finding.account) && entry.matches(&finding) => {
                // the index holds states but no IDs, and a selection can name IDs, too
                Ok(query.selection.matches(&finding).then_some(finding))
            }
            _ => Err(changed()),
        }
    }

    /// Returns the error of a file that cannot be read.
    pub(crate) fn io_error(name: &str, error: io::Error) -> Error {
        let (kind, message) = io_problem(&error);
        let failure = Error::new(kind, READ).with_subject(name).with_message(message);
        failure.with_setting(Setting::Source).with_source(error)
    }

    fn failure(&self, kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Error {
        Error::new(kind, READ).with_subject(&*self.label).with_message(message).with_setting(Setting::Source)
    }
}

fn io_problem(error: &io::Error) -> (ErrorKind, &'static str) {
    match error.kind() {
        io::ErrorKind::NotFound => (ErrorKind::NotFound, "there is no such file"),
        io::ErrorKind::PermissionDenied => (ErrorKind::PermissionDenied, "no permission to read it"),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            (ErrorKind::Storage, "there is no room to unpack it; set TMPDIR to a folder with more")
        }
        _ => (ErrorKind::Storage, "it cannot be read"),
    }
}

/// What the first reading of the files has found so far.
struct Reading {
    files: FindingFiles,
    index: IndexBuilder,
    /// Whether there are several files, so that messages must name them.
    are_several: bool,
    /// Number of lists and findings.
    values: u64,
}

/// Where the records in hand come from.
#[derive(Clone, Copy)]
struct Origin<'a> {
    file: &'a str,
    /// Address of the text; `None` if it is a message in another text.
    address: Option<u64>,
    /// Line of the message in the text.
    line: Option<u64>,
    /// Number of messages around the text.
    depth: usize,
}

impl Reading {
    fn new(label: String, are_several: bool) -> Self {
        let files = FindingFiles {
            label,
            texts: Mutex::default(),
            index: Index::default(),
            cut: None,
            rejected: Vec::new(),
            pool: TextPool::default(),
            set_aside: 0,
        };
        Self { files, index: IndexBuilder::default(), are_several, values: 0 }
    }

    /// Indexes a file. One of several that cannot be read does not keep the others from being read.
    fn file(&mut self, file: &InputFile) -> Result<()> {
        let unpacked = {
            let mut texts = self.files.texts();
            unpack(&file.path, &file.name, &mut texts, FREE)
        };
        let unpacked = match unpacked {
            Ok(unpacked) => unpacked,
            Err(error) if self.are_several && !is_full(&error) => {
                self.reject(&file.name, RejectedRecord::new(io_problem(&error).1));
                return Ok(());
            }
            Err(error) => return Err(FindingFiles::io_error(&file.name, error)),
        };
        self.are_several |= unpacked.len() > 1;
        for Unpacked { name, text, kind, problem } in unpacked {
            if let Some(text) = text {
                self.text(&name, text, kind).map_err(|error| FindingFiles::io_error(&name, error))?;
            }
            if let Some(problem) = problem {
                self.reject(&name, RejectedRecord::new(problem));
            }
        }
        Ok(())
    }

    fn text(&mut self, file: &str, place: TextPlace, kind: Option<String>) -> io::Result<()> {
        let reader = self.files.texts().reader(place)?;
        let before = (self.values, self.files.rejected.len(), self.files.set_aside);
        let mut records = JsonRecords::new(reader).named(kind);
        self.records(&mut records, Origin { file, address: Some(place.address), line: None, depth: 0 })?;
        if before == (self.values, self.files.rejected.len(), self.files.set_aside) && self.are_several {
            self.reject(file, RejectedRecord::new("it is empty; was it written or copied completely?"));
        }
        // each file is a list of its own, because the name of a file does not tell which page follows
        if records.has_next_token() && self.files.cut.is_none() {
            let several = || {
                format!(
                    "{file} ends with a NextToken, so the list is cut; export all pages, or join those of one list in their order: jq -s . PAGE1 PAGE2 > findings.json"
                )
            };
            self.files.cut = Some(if self.are_several { several() } else { CUT.to_owned() });
        }
        Ok(())
    }

    /// Indexes all findings of a text.
    fn records<R: BufRead + Seek>(&mut self, records: &mut JsonRecords<R>, origin: Origin<'_>) -> io::Result<()> {
        while let Some(scanned) = records.next_record()? {
            match scanned {
                Scanned::Container => self.values += 1,
                Scanned::Broken { line, message } => {
                    self.reject(origin.file, RejectedRecord::new(message).at_line(origin.line.unwrap_or(line)));
                }
                Scanned::Record { offset, line, json } => {
                    let line = origin.line.unwrap_or(line);
                    match decode_finding(json, &self.files.pool) {
                        Ok(finding) => self.add(&finding, json, origin.address.map(|base| base + offset))?,
                        Err(rejected) => self.other(json, rejected, Origin { line: Some(line), ..origin })?,
                    }
                }
            }
        }
        Ok(())
    }

    fn add(&mut self, finding: &Finding, json: &[u8], address: Option<u64>) -> io::Result<()> {
        let address = match address {
            Some(address) => address,
            None => self.files.texts().add_record(json)?,
        };
        self.values += 1;
        self.index.add(finding, address, json.len());
        Ok(())
    }

    /// Looks for findings in a record that is none itself.
    fn other(&mut self, json: &[u8], rejected: RejectedRecord, origin: Origin<'_>) -> io::Result<()> {
        let named = |sentence, account| RejectedRecord { account, ..RejectedRecord::new(sentence) };
        let rejected = match content(json) {
            Content::Finding(finding) => {
                let json = finding.to_string();
                match decode_finding(json.as_bytes(), &self.files.pool) {
                    Ok(finding) => return self.add(&finding, json.as_bytes(), None),
                    Err(rejected) => rejected,
                }
            }
            Content::Message(_) if origin.depth >= MAX_MESSAGES => {
                named(format!("its findings are in more than {MAX_MESSAGES} messages in one another"), None)
            }
            Content::Message(texts) => {
                for text in texts {
                    let inner = Origin { address: None, depth: origin.depth + 1, ..origin };
                    self.records(&mut JsonRecords::new(Cursor::new(text.as_bytes())), inner)?;
                }
                return Ok(());
            }
            Content::NoFinding => {
                self.files.set_aside += 1;
                return Ok(());
            }
            Content::Named(sentence, account) => named(sentence, account),
            Content::Unknown => match super::foreign::text(json) {
                Some(sentence) => named(sentence, None),
                None => rejected,
            },
        };
        // unreadable or not, it is a record of the account
        if let Some(account) = rejected.account {
            self.index.index_mut().add_region(account, None);
        }
        self.reject(origin.file, RejectedRecord { line: origin.line, ..rejected });
        Ok(())
    }

    fn reject(&mut self, file: &str, record: RejectedRecord) {
        self.files.rejected.push(if self.are_several { record.in_file(file) } else { record });
    }

    /// Limits the reports of unreadable records without an account to the first ones and the number of the others.
    /// These records are part of the result of every query, so files full of them would flood all projects.
    fn cap_rejected(&mut self) {
        let mut without_account = 0;
        self.files.rejected.retain(|record| {
            without_account += usize::from(record.account.is_none());
            record.account.is_some() || without_account <= MAX_UNATTRIBUTED
        });
        if without_account > MAX_UNATTRIBUTED {
            let more = without_account - MAX_UNATTRIBUTED;
            let message = format!("{more} more records that name no account could not be read");
            self.files.rejected.push(RejectedRecord::new(message));
        }
    }

    fn finish(mut self) -> Result<FindingFiles> {
        self.files.index = std::mem::take(&mut self.index).finish();
        // files of which nothing can be read must not pass for files without findings
        let is_unreadable = self.files.index.is_empty() && !self.files.rejected.is_empty();
        if self.values == 0 || is_unreadable {
            let found = match self.files.rejected.first() {
                Some(record) => record.to_string(),
                None if self.files.set_aside > 0 => "it has events and messages, but none with findings".to_owned(),
                None => "it is empty".to_owned(),
            };
            return Err(self.files.failure(
                ErrorKind::InvalidInput,
                format!(
                    "{found}; expected findings in ASFF: a JSON array, {{\"Findings\": […]}}, JSON Lines, or events"
                ),
            ));
        }
        self.cap_rejected();
        let flushed = self.files.texts().spool.flush();
        flushed.map_err(|error| FindingFiles::io_error(&self.files.label, error))?;
        tracing::debug!(
            source = self.files.label,
            findings = self.files.len(),
            superseded = self.files.superseded(),
            rejected = self.files.rejected.len(),
            set_aside = self.files.set_aside,
            "indexed the findings"
        );
        Ok(self.files)
    }
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

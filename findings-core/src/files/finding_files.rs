//! Findings in files, indexed by account.

mod reading;
mod rejections;

use std::borrow::Cow;
use std::collections::HashSet;
use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use self::reading::Reading;
use super::format::decode;
use super::index::{Index, IndexEntry};
use super::texts::Texts;
use crate::asff::TextPool;
use crate::ocsf::Decoded;
use crate::source::{FindingsQuery, Page, PageRequest, PageToken, RejectedRecord};
use crate::{AccountId, Error, ErrorKind, Finding, Result, Setting, Text};

const READ: &str = "read the findings file";

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
    /// Number of findings about accounts of other clouds.
    outside_aws: u64,
}

impl FindingFiles {
    /// Reads all files once, to index their findings. `missing` are files that could not be brought here: their names,
    /// each with the reason.
    ///
    /// # Errors
    /// Those of the disk, and [`InvalidInput`](ErrorKind::InvalidInput) if nothing in the files is a finding.
    pub(crate) fn open(label: String, files: &[InputFile], missing: Vec<(String, String)>) -> Result<Self> {
        let mut reading = Reading::new(label, files.len() + missing.len() > 1);
        files.iter().try_for_each(|file| reading.file(file))?;
        for (name, reason) in missing {
            reading.reject(&name, RejectedRecord::new(reason));
        }
        reading.finish()
    }

    /// Returns the files from which findings will be read again, because they are plain text.
    #[cfg_attr(not(feature = "aws-s3"), expect(dead_code, reason = "only objects in S3 are brought here as files"))]
    pub(crate) fn read_again(&self) -> HashSet<PathBuf> {
        self.texts().plain_paths().map(PathBuf::from).collect()
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

    /// Returns the number of findings about accounts of other clouds.
    pub(crate) fn outside_aws(&self) -> u64 {
        self.outside_aws
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
        match decode(buffer, &self.pool) {
            Ok(Decoded::Finding(finding)) if query.accounts.contains(finding.account) && entry.matches(&finding) => {
                // the index holds states but no IDs, and a selection can name IDs, too
                Ok(query.selection.matches(&finding).then_some(*finding))
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

/// Returns why a file cannot be read, in words.
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

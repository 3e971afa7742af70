//! Reads findings from files of ASFF JSON, as the AWS CLI and other tools write them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;

use crate::blocking;
use crate::files::{FindingFiles, InputFile, ListError, list};
use crate::source::{FindingsSource, Page, PageRequest, RejectedRecord, SourceInput};
use crate::{AccountId, Error, ErrorKind, Result, Setting};

const READ: &str = "read the findings file";

/// Files of findings: a JSON array, an object `{"Findings": […]}` (the case of the key does not matter), JSON Lines, or
/// values one after the other, in any mixture.
///
/// * Around the findings can be pages in a list (`jq -s`), events of EventBridge, messages of SNS, SQS, Lambda and
///   CloudWatch Logs (4 in one another), and rows of Steampipe: 16 lists and objects at most.
/// * Around the text can be UTF-8 with a byte order mark, UTF-16, gzip, zstd and ZIP, 3 of these in one another. What is
///   in it, and not its name, says what a file is. An input may unpack to 1 GiB, or to 200 times its size if that is
///   more.
/// * The path can be a file, a folder with all files in it, or a pattern such as `exports/*.json.gz`.
///
/// [`open`](Self::open) reads the files once and indexes the position of each finding by account, 16 bytes a finding.
/// While it does, it takes about 200 bytes a finding, to tell newer versions from older ones.
/// [`page`](FindingsSource::page) reads the requested findings again, so their texts take no memory; what is not plain
/// text is unpacked into a temporary file. A record that cannot be read is reported with its line, and the other records
/// are still used. A record has at most 16 MiB.
///
/// Of several versions of a finding, the files count as having only the newest one
/// ([`Finding::version_order`](crate::Finding::version_order)), whatever the selection. Findings that share an ID and are
/// not versions of one another are all kept. A file whose last object has a `NextToken` is [cut](Page::cut). The
/// [inventory](Page::inventory) of a page says of which accounts the files have records.
///
/// ```no_run
/// use findings_core::local::AsffFileSource;
/// # async fn example() -> findings_core::Result<()> {
/// let source = AsffFileSource::open("findings.json").await?;
/// println!("{} findings, {} unreadable", source.len(), source.rejected().len());
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct AsffFileSource {
    files: Arc<FindingFiles>,
    inputs: Arc<[SourceInput]>,
}

impl AsffFileSource {
    /// Opens the file, all files of the folder, or those that the pattern matches, and reads them once, to index their
    /// findings.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) if there is no such file, [`InvalidInput`](ErrorKind::InvalidInput) if nothing
    /// in it is a finding in JSON; the message says what it is instead, if that is known.
    pub async fn open(path: impl Into<PathBuf>) -> Result<Self> {
        let path = path.into();
        blocking::run(READ, move || open(&path))
            .await
            .map(|(files, inputs)| Self { files: Arc::new(files), inputs: inputs.into() })
    }

    /// Opens one file as [`open`](Self::open) does, under another name: messages and the list of inputs have it in place
    /// of the path. For findings that a program wrote into a temporary file, whose path tells readers nothing.
    ///
    /// ```no_run
    /// use findings_core::local::AsffFileSource;
    /// # async fn example() -> findings_core::Result<()> {
    /// let source = AsffFileSource::open_named("/tmp/x7/body", "POST /findings").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Those of [`open`](Self::open).
    pub async fn open_named(path: impl Into<PathBuf>, name: impl Into<String>) -> Result<Self> {
        let file = InputFile { path: path.into(), name: name.into() };
        let read = move || {
            let inputs = vec![input(&file)];
            Ok((FindingFiles::open(file.name.clone(), &[file], Vec::new())?, inputs))
        };
        let (files, inputs) = blocking::run(READ, read).await?;
        Ok(Self { files: Arc::new(files), inputs: inputs.into() })
    }

    /// Returns the number of findings in the files, selected or not, each in its newest version.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Returns the number of copies and older versions of findings in the files, which do not count.
    pub fn superseded(&self) -> usize {
        self.files.superseded()
    }

    /// Returns the number of events and messages that are no findings, such as other events of a bus. They do not count
    /// as unreadable.
    pub fn set_aside(&self) -> u64 {
        self.files.set_aside()
    }

    /// Returns the number of findings about accounts of other clouds. They do not count as unreadable.
    pub fn outside_aws(&self) -> u64 {
        self.files.outside_aws()
    }

    /// Returns whether the files are only a part of a list.
    pub fn is_cut(&self) -> bool {
        self.files.cut().is_some()
    }

    /// Returns whether the files contain no findings.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the accounts that have findings in the files, sorted.
    pub fn accounts(&self) -> Vec<AccountId> {
        self.files.accounts()
    }

    /// Returns the files that were read.
    pub fn inputs(&self) -> &[SourceInput] {
        &self.inputs
    }

    /// Returns the records that could not be read.
    pub fn rejected(&self) -> &[RejectedRecord] {
        self.files.rejected()
    }
}

#[async_trait]
impl FindingsSource for AsffFileSource {
    async fn page(&self, request: &PageRequest) -> Result<Page> {
        let (files, request) = (self.files.clone(), request.clone());
        blocking::run(READ, move || files.page(&request)).await
    }
}

fn open(path: &Path) -> Result<(FindingFiles, Vec<SourceInput>)> {
    let label = path.display().to_string();
    let files = list(path).map_err(|error| match error {
        ListError::Io(path, error) => FindingFiles::io_error(&path.display().to_string(), error),
        ListError::Refused(sentence) => Error::new(ErrorKind::NotFound, READ)
            .with_subject(&*label)
            .with_message(sentence)
            .with_setting(Setting::Source),
    })?;
    let name = |file: PathBuf| InputFile { name: file.display().to_string(), path: file };
    let files: Vec<InputFile> = files.into_iter().map(name).collect();
    let inputs = files.iter().map(input).collect();
    Ok((FindingFiles::open(label, &files, Vec::new())?, inputs))
}

fn input(file: &InputFile) -> SourceInput {
    let metadata = std::fs::metadata(&file.path).ok();
    let mut input = SourceInput::new(&file.name, metadata.as_ref().map_or(0, std::fs::Metadata::len));
    input.modified_at = metadata.and_then(|metadata| metadata.modified().ok()?.try_into().ok());
    input
}

#[cfg(test)]
mod tests;

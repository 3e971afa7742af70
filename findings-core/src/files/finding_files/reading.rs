//! The first reading of files, which indexes their findings.

use std::io::{self, BufRead, Cursor, Seek};

use super::super::envelope::{Content, content};
use super::super::foreign;
use super::super::format::decode;
use super::super::index::{Index, IndexBuilder};
use super::super::records::{JsonRecords, Scanned};
use super::super::texts::TextPlace;
use super::super::unpack::{FREE, Unpacked, unpack};
use super::rejections::Rejections;
use super::{FindingFiles, InputFile, io_problem};
use crate::asff::TextPool;
use crate::ocsf::{Decoded, SetAside};
use crate::source::RejectedRecord;
use crate::{ErrorKind, Result};

/// How many messages can be in one another, such as an event in a message of SNS in one of SQS.
const MAX_MESSAGES: usize = 4;

const CUT: &str = "the file ends with a NextToken, so the list is cut; export all pages";

/// What the first reading of the files has found so far.
pub(super) struct Reading {
    files: FindingFiles,
    index: IndexBuilder,
    rejections: Rejections,
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
    pub(super) fn new(label: String, are_several: bool) -> Self {
        let files = FindingFiles {
            label,
            texts: std::sync::Mutex::default(),
            index: Index::default(),
            cut: None,
            rejected: Vec::new(),
            pool: TextPool::default(),
            set_aside: 0,
            outside_aws: 0,
        };
        Self { files, index: IndexBuilder::default(), rejections: Rejections::default(), are_several, values: 0 }
    }

    /// Indexes a file. One of several that cannot be read does not keep the others from being read.
    pub(super) fn file(&mut self, file: &InputFile) -> Result<()> {
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
        let before = self.progress();
        let mut records = JsonRecords::new(reader).named(kind);
        self.records(&mut records, Origin { file, address: Some(place.address), line: None, depth: 0 })?;
        if before == self.progress() && self.are_several {
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

    /// Numbers that grow with anything that is found in a text.
    fn progress(&self) -> [u64; 3] {
        [self.values, self.rejections.len(), self.files.set_aside]
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
                    match decode(json, &self.files.pool) {
                        Ok(decoded) => self.add(&decoded, json, origin.address.map(|base| base + offset))?,
                        Err(rejected) => self.other(json, rejected, Origin { line: Some(line), ..origin })?,
                    }
                }
            }
        }
        Ok(())
    }

    fn add(&mut self, decoded: &Decoded, json: &[u8], address: Option<u64>) -> io::Result<()> {
        let finding = match decoded {
            Decoded::Finding(finding) => finding,
            Decoded::SetAside(SetAside::OutsideAws) => {
                self.files.outside_aws += 1;
                self.values += 1;
                return Ok(());
            }
            Decoded::SetAside(SetAside::NoFinding) => {
                self.files.set_aside += 1;
                return Ok(());
            }
        };
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
                match decode(json.as_bytes(), &self.files.pool) {
                    Ok(decoded) => return self.add(&decoded, json.as_bytes(), None),
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
            Content::Unknown => match foreign::text(json) {
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

    /// Reports a record or a file that cannot be read.
    pub(super) fn reject(&mut self, file: &str, record: RejectedRecord) {
        self.rejections.add(if self.are_several { record.in_file(file) } else { record });
    }

    pub(super) fn finish(mut self) -> Result<FindingFiles> {
        self.files.index = self.index.finish();
        self.files.rejected = self.rejections.finish();
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
                    "{found}; expected findings in ASFF or OCSF: a JSON array, {{\"Findings\": […]}}, JSON Lines, or events"
                ),
            ));
        }
        let flushed = self.files.texts().spool.flush();
        flushed.map_err(|error| FindingFiles::io_error(&self.files.label, error))?;
        if self.files.set_aside > 0 {
            tracing::info!(
                source = self.files.label,
                messages = self.files.set_aside,
                "events and messages that are no findings were left out"
            );
        }
        if self.files.outside_aws > 0 {
            tracing::warn!(
                source = self.files.label,
                findings = self.files.outside_aws,
                "findings about accounts of other clouds were left out; projects own AWS accounts"
            );
        }
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

//! Findings as bytes that another process can read: the records of the spool, and the texts that they have in common.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::dictionary::Dictionary;
use super::record;
use crate::{Error, ErrorKind, Finding, Result, Text};

const OPERATION: &str = "read packed findings";

/// The size from which on a pack is full, in bytes without the texts that findings have in common.
const FULL: usize = 8 << 20;

/// What a pack begins with. Another version of the crate may have other fields.
#[derive(Serialize, Deserialize)]
struct Head<'a> {
    #[serde(borrow)]
    version: &'a str,
    findings: u32,
    #[serde(borrow)]
    texts: Vec<&'a str>,
}

/// Packs findings.
#[derive(Debug, Default)]
pub(crate) struct Packer {
    dictionary: Dictionary,
    /// The records, each behind its length as four bytes, the lowest first.
    records: Vec<u8>,
    findings: u32,
}

impl Packer {
    /// Adds a finding.
    pub(crate) fn push(&mut self, finding: &Finding) -> Result<()> {
        let start = self.records.len();
        self.records.extend([0; 4]);
        let written = record::write(finding, &mut self.dictionary.write(), &mut self.records);
        written.map_err(|error| Error::new(ErrorKind::Other, "pack a finding").with_source(error))?;
        let length = u32::try_from(self.records.len() - start - 4).unwrap_or(u32::MAX);
        self.records[start..start + 4].copy_from_slice(&length.to_le_bytes());
        self.findings += 1;
        Ok(())
    }

    /// Whether nothing more should be added.
    pub(crate) fn is_full(&self) -> bool {
        self.records.len() >= FULL
    }

    /// Number of findings.
    pub(crate) fn findings(&self) -> u32 {
        self.findings
    }

    /// Returns the pack.
    pub(crate) fn finish(self) -> Result<Vec<u8>> {
        let texts = self.dictionary.into_texts();
        let texts = texts.iter().map(|text| &**text).collect();
        let head = Head { version: env!("CARGO_PKG_VERSION"), findings: self.findings, texts };
        let mut pack = postcard::to_stdvec(&head)
            .map_err(|error| Error::new(ErrorKind::Other, "pack findings").with_source(error))?;
        pack.extend(self.records);
        Ok(pack)
    }
}

/// Findings of a pack, one after the other.
#[derive(Debug)]
pub(crate) struct Unpacker<B> {
    pack: B,
    dictionary: Dictionary,
    left: u32,
    at: usize,
}

impl<B: AsRef<[u8]>> Unpacker<B> {
    /// Begins to read a pack.
    pub(crate) fn new(pack: B) -> Result<Self> {
        let bytes = pack.as_ref();
        let (Head { version, findings, texts }, rest): (Head<'_>, _) =
            postcard::take_from_bytes(bytes).map_err(|error| damaged().with_source(error))?;
        if version != env!("CARGO_PKG_VERSION") {
            let message = "another version wrote them; use one version for all stages of a run";
            return Err(Error::new(ErrorKind::InvalidInput, OPERATION).with_subject(version).with_message(message));
        }
        let (at, texts) = (bytes.len() - rest.len(), texts.into_iter().map(Text::from).collect());
        Ok(Self { dictionary: Dictionary::of(texts), left: findings, at, pack })
    }

    /// Number of findings that are left.
    pub(crate) fn findings(&self) -> u32 {
        self.left
    }

    fn next_place(&mut self) -> Option<Range<usize>> {
        let length = self.pack.as_ref().get(self.at..)?.first_chunk::<4>()?;
        let start = self.at + 4;
        self.at = start.checked_add(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
        Some(start..self.at)
    }
}

impl<B: AsRef<[u8]>> Iterator for Unpacker<B> {
    type Item = Result<Finding>;

    fn next(&mut self) -> Option<Result<Finding>> {
        self.left = self.left.checked_sub(1)?;
        let place = self.next_place();
        let finding = place.and_then(|place| record::read(self.pack.as_ref().get(place)?, &self.dictionary));
        if finding.is_none() {
            self.left = 0;
        }
        Some(finding.ok_or_else(damaged))
    }
}

fn damaged() -> Error {
    Error::new(ErrorKind::Storage, OPERATION).with_message("they are not as they were written; fetch again")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding_list::tests::full;

    fn packed(findings: &[Finding]) -> Vec<u8> {
        let mut packer = Packer::default();
        for finding in findings {
            packer.push(finding).unwrap();
        }
        packer.finish().unwrap()
    }

    #[test]
    fn findings_come_back_as_they_were() {
        let findings: Vec<Finding> = (0..50).map(full).collect();
        for some in [&findings[..0], &findings[..1], &findings[..]] {
            let read: Vec<Finding> = Unpacker::new(packed(some)).unwrap().map(Result::unwrap).collect();
            assert_eq!(read, some);
        }
    }

    #[test]
    fn cut_pack_is_an_error_at_every_length() {
        let findings = [full(1), full(2)];
        let pack = packed(&findings);
        for length in 0..pack.len() {
            let read = Unpacker::new(&pack[..length]).and_then(Iterator::collect::<Result<Vec<_>>>);
            assert!(read.is_err(), "the first {length} of {} bytes are not the whole", pack.len());
        }
    }

    #[test]
    fn other_version_is_refused() {
        let head = Head { version: "0.0.1", findings: 0, texts: Vec::new() };
        let error = Unpacker::new(postcard::to_stdvec(&head).unwrap()).unwrap_err();
        assert!(error.to_string().contains("one version"), "{error}");
    }
}

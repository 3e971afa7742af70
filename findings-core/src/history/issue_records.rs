//! The issue records of a commit in little memory.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use super::{IssueId, IssueRecord};
use crate::finding_list::{RecordPlace, RecordWriter, Segment, Spool};
use crate::{Result, WorkflowStatus};

/// Records of issues, which are read one by one.
///
/// In the first report of a project every issue is new, and each record has some hundred bytes. The records of found issues that a
/// [diff](super::diff()) returns are in the [`Spool`](crate::Spool) of its findings, so reading can fail. Those of issues that are gone, and
/// those that are put together by hand, are in memory.
///
/// ```
/// use findings_core::Finding;
/// use findings_core::history::{IssueRecord, IssueRecords};
/// let finding = Finding::new("123456789012".parse()?, "1");
/// let record = IssueRecord::new(&finding, &"2026-11-23".parse()?, "2026-11-23T00:00:00Z".parse()?);
/// let records: IssueRecords = vec![record.clone()].into();
/// for read in &records {
///     assert_eq!(read?, record);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
pub struct IssueRecords {
    /// The first ones.
    kept: Option<Arc<Kept>>,
    /// Those after them, in memory.
    held: Arc<Vec<IssueRecord>>,
    /// The issues whose findings were set to NOTIFIED after they were compared, whichever record of them is read.
    notified: Arc<HashSet<IssueId>>,
}

struct Kept {
    places: Vec<(IssueId, RecordPlace)>,
    records: Segment,
}

impl IssueRecords {
    /// Number of records.
    pub fn len(&self) -> usize {
        self.places().len() + self.held.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn places(&self) -> &[(IssueId, RecordPlace)] {
        self.kept.as_ref().map_or(&[], |kept| &kept.places)
    }

    /// The IDs of the issues, in the order of the records.
    pub fn ids(&self) -> impl Iterator<Item = &IssueId> {
        self.places().iter().map(|(id, _)| id).chain(self.held.iter().map(|record| &record.id))
    }

    /// Reads a record.
    ///
    /// # Errors
    /// [`Storage`](crate::ErrorKind::Storage) if it cannot be read.
    ///
    /// # Panics
    /// If there are fewer records.
    pub fn get(&self, index: usize) -> Result<IssueRecord> {
        let mut record = match (&self.kept, self.places().get(index)) {
            (Some(kept), Some((_, place))) => kept.records.read(*place, |bytes| serde_json::from_slice(bytes).ok())?,
            _ => self.held[index - self.places().len()].clone(),
        };
        if self.notified.contains(&record.id) {
            record.workflow = WorkflowStatus::Notified;
        }
        Ok(record)
    }

    /// Reads the records in their order.
    ///
    /// # Errors
    /// As [`get`](Self::get), for each of them.
    pub fn iter(&self) -> impl Iterator<Item = Result<IssueRecord>> + '_ {
        (0..self.len()).map(|index| self.get(index))
    }

    /// Reads all records into memory.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn to_vec(&self) -> Result<Vec<IssueRecord>> {
        self.iter().collect()
    }

    /// Adds records at the end, in memory.
    pub(crate) fn extend(&mut self, records: impl IntoIterator<Item = IssueRecord>) {
        Arc::make_mut(&mut self.held).extend(records);
    }

    /// The same records, none of which can be read.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn damaged(&self) -> Result<Self> {
        let mut writer = IssueRecordWriter { places: Vec::new(), records: Spool::in_memory().records() };
        for record in self {
            writer.places.push((record?.id, writer.records.append(|_| false)));
        }
        writer.finish()
    }

    /// Notes that the findings of issues were set to NOTIFIED.
    pub(crate) fn set_notified(&mut self, issues: HashSet<IssueId>) {
        self.notified = Arc::new(issues);
    }
}

/// Writes records one by one. Only their IDs and places stay in memory.
pub(super) struct IssueRecordWriter {
    places: Vec<(IssueId, RecordPlace)>,
    records: RecordWriter,
}

impl IssueRecordWriter {
    pub(super) fn new(spool: &Spool) -> Self {
        Self { places: Vec::new(), records: spool.records() }
    }

    pub(super) fn push(&mut self, record: &IssueRecord) -> Result<()> {
        let place = self.records.append(|buffer| serde_json::to_writer(buffer, record).is_ok());
        self.places.push((record.id.clone(), place));
        self.records.make_room()
    }

    pub(super) fn finish(mut self) -> Result<IssueRecords> {
        self.places.shrink_to_fit();
        let kept = Kept { places: self.places, records: self.records.finish()? };
        Ok(IssueRecords { kept: Some(Arc::new(kept)), ..IssueRecords::default() })
    }
}

impl From<Vec<IssueRecord>> for IssueRecords {
    fn from(records: Vec<IssueRecord>) -> Self {
        Self { held: Arc::new(records), ..Self::default() }
    }
}

impl<'a> IntoIterator for &'a IssueRecords {
    type Item = Result<IssueRecord>;
    type IntoIter = Box<dyn Iterator<Item = Result<IssueRecord>> + 'a>;

    fn into_iter(self) -> Self::IntoIter {
        Box::new(self.iter())
    }
}

impl fmt::Debug for IssueRecords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IssueRecords({} records)", self.len())
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::super::{IssuePeriod, IssueResolution, Resolution, SeverityChange};
    use super::*;
    use crate::{Finding, RunId, Severity};

    /// Records with a value in each field, and with as few as there can be.
    fn records() -> Vec<IssueRecord> {
        let (run, at): (RunId, Timestamp) =
            ("2026-11-23".parse().unwrap(), "2026-11-23T01:02:03.123456789Z".parse().unwrap());
        let mut full = IssueRecord::new(&Finding::new("123456789012".parse().unwrap(), "1"), &run, at);
        let few = IssueRecord { id: IssueId::from_stored("0"), signature: None, finding_id: None, ..full.clone() };
        full.region = Some("eu-west-1".into());
        full.control_id = Some("S3.8".into());
        full.title = "題名 \"quoted\"".into();
        full.resource = Some("arn".into());
        full.severity_change = Some(SeverityChange::new(Severity::Low, run.clone()));
        full.decided_at = Some(at);
        full.reopened = 1;
        let resolution = Resolution::Suppressed;
        let decided_at = Some(at);
        full.earlier =
            vec![IssuePeriod { opened_at: at, opened_in: run.clone(), closed_at: at, resolution, decided_at }];
        full.resolved = Some(IssueResolution::new(at, run, Resolution::Gone));
        full.sources = vec!["eu-west-1".into()];
        vec![full, few]
    }

    #[test]
    fn records_are_read_as_they_were_written() {
        for memory in [0, usize::MAX] {
            let mut writer = IssueRecordWriter::new(&Spool::new(memory));
            // more than a list that stays in memory
            let many: Vec<IssueRecord> = (0..1_000).flat_map(|_| records()).collect();
            for record in &many {
                writer.push(record).unwrap();
            }
            let mut kept = writer.finish().unwrap();
            assert_eq!(kept.to_vec().unwrap(), many, "{memory}");
            kept.extend(records());
            assert_eq!((kept.len(), kept.get(2_001).unwrap()), (2_002, records()[1].clone()));
            assert!(kept.ids().eq(many.iter().chain(&records()).map(|record| &record.id)));
        }
    }

    #[test]
    fn what_was_set_to_notified_is_read_so() {
        let mut list = IssueRecords::from(records());
        list.set_notified([IssueId::from_stored("0")].into());
        let status: Vec<WorkflowStatus> = list.to_vec().unwrap().iter().map(|record| record.workflow).collect();
        assert_eq!(status, [WorkflowStatus::New, WorkflowStatus::Notified]);
    }
}

//! The identity of an issue, and its record in the history.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

use super::Resolution;
use crate::{AccountId, Finding, RunId, Severity, Text, WorkflowStatus};

/// Identity of an issue: a hash in 32 hex digits.
///
/// For findings of controls it is the hash of account, Region, control and resource; for others that of account,
/// `ProductArn` and `Id`. Finding IDs do not serve for controls: they change when consolidated control findings are
/// switched on, and without these every standard reports a finding of its own for the same issue.
///
/// The resource is the smallest resource ID of the finding, because the order of `Resources` moves. The standard is
/// hashed, too, if the control's name is one of its standard alone: "1.4" is another control in every version of CIS.
///
/// The ID is a key and not the whole identity: an issue that the history knows keeps its ID when its findings change
/// what the hash is made of. See [`IdentifiedFindings`](super::IdentifiedFindings).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct IssueId(Digits);

/// The text of an ID. A report has one for each finding, so the usual ones are in place and not somewhere else in memory.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Digits {
    /// All texts of 32 characters in ASCII, so that equal IDs are equal here.
    Usual([u8; 32]),
    Other(Arc<str>),
}

impl IssueId {
    /// The ID of an issue that begins with a finding.
    ///
    /// ```
    /// use findings_core::{Finding, history::IssueId};
    /// let mut a = Finding::new("123456789012".parse()?, "…/cis/…/finding/1");
    /// a.control_id = Some("S3.1".into());
    /// let mut b = a.clone();
    /// b.id = "…/fsbp/…/finding/2".into();
    /// assert_eq!(IssueId::of(&a), IssueId::of(&b));
    /// # Ok::<(), findings_core::InvalidAccountId>(())
    /// ```
    pub fn of(finding: &Finding) -> Self {
        let account = finding.account.to_string();
        let Some(control) = &finding.control_id else {
            return hashed(&["finding", &account, &finding.product_arn, &finding.id, ""]);
        };
        let region = finding.region.as_deref().unwrap_or_default();
        let resource = smallest_resource(finding);
        match own_standard(finding, control) {
            None => hashed(&["control", &account, region, control, resource]),
            Some(standard) => hashed(&["control", &account, region, control, resource, standard]),
        }
    }

    /// The ID by the rule of early versions, if it differs: the first resource, and no standard.
    pub(super) fn of_earlier_rule(finding: &Finding) -> Option<Self> {
        let control = finding.control_id.as_ref()?;
        let first = finding.resources.first().map_or("", |r| &*r.id);
        if first == smallest_resource(finding) && own_standard(finding, control).is_none() {
            return None;
        }
        let region = finding.region.as_deref().unwrap_or_default();
        Some(hashed(&["control", &finding.account.to_string(), region, control, first]))
    }

    /// The ID as text.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            // they are ASCII
            Digits::Usual(text) => std::str::from_utf8(text).unwrap_or_default(),
            Digits::Other(text) => text,
        }
    }

    /// An ID that a backend has stored.
    pub fn from_stored(text: impl AsRef<str>) -> Self {
        let text = text.as_ref();
        match text.as_bytes().try_into() {
            Ok(usual) if text.is_ascii() => Self(Digits::Usual(usual)),
            _ => Self(Digits::Other(text.into())),
        }
    }
}

impl PartialOrd for IssueId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for IssueId {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl Serialize for IssueId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for IssueId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from_stored)
    }
}

fn hashed(parts: &[&str]) -> IssueId {
    IssueId::from_stored(hash(parts))
}

fn hash(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        // the length in front keeps ("ab", "c") and ("a", "bc") apart
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hex::encode(&hash.finalize()[..16])
}

fn smallest_resource(finding: &Finding) -> &str {
    finding.resources.iter().map(|r| &*r.id).min().unwrap_or_default()
}

/// The standard that a control's name belongs to; `None` for names that all standards share, such as "S3.1". Names of
/// one standard are numbers, such as "1.4", and come from findings without `SecurityControlId`.
fn own_standard<'a>(finding: &'a Finding, control: &str) -> Option<&'a str> {
    let is_number = control.starts_with(|c: char| c.is_ascii_digit());
    finding.standards.iter().map(|s| &**s).min().filter(|_| is_number)
}

/// A hash of what two findings have in common if one plainly continues the other under a new `Id`: product, generator,
/// title, account, Region and resource. Empty if the finding has no title or no resource: then nothing is plain.
pub(super) fn signature(finding: &Finding) -> Text {
    if finding.title.is_empty() || smallest_resource(finding).is_empty() {
        return Text::default();
    }
    let generator = finding.generator_id.as_deref().unwrap_or_default();
    let region = finding.region.as_deref().unwrap_or_default();
    let account = finding.account.to_string();
    hash(&[&finding.product_arn, generator, &finding.title, &account, region, smallest_resource(finding)]).into()
}

/// What records of early versions, which have no signature, can be recognised by.
pub(super) fn likeness(finding: &Finding) -> Text {
    let resource = finding.resources.first().map(|r| &*r.id);
    hashed_likeness(finding.account, finding.region.as_deref(), &finding.title, resource)
}

/// The [`likeness`] of the finding of a record.
pub(super) fn likeness_of(record: &IssueRecord) -> Text {
    hashed_likeness(record.account, record.region.as_deref(), &record.title, record.resource.as_deref())
}

fn hashed_likeness(account: AccountId, region: Option<&str>, title: &str, resource: Option<&str>) -> Text {
    let account = account.to_string();
    hash(&["likeness", &account, region.unwrap_or_default(), title, resource.unwrap_or_default()]).into()
}

impl fmt::Debug for IssueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IssueId({})", self.as_str())
    }
}

/// The last change of an issue's severity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SeverityChange {
    /// The severity before the change.
    pub from: Severity,
    /// The run that found the change.
    pub run_id: RunId,
}

impl SeverityChange {
    /// A change that this run found.
    pub fn new(from: Severity, run_id: RunId) -> Self {
        Self { from, run_id }
    }
}

/// A time in which an issue was open, and its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuePeriod {
    /// When it was opened, UTC.
    pub opened_at: Timestamp,
    /// The run in which it was opened.
    pub opened_in: RunId,
    /// When a run first found it closed, UTC.
    pub closed_at: Timestamp,
    /// Why it was no longer open.
    pub resolution: Resolution,
    /// When a person first made a decision about it in this period, UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<Timestamp>,
}

/// How and when an issue was closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct IssueResolution {
    /// When a run first found it closed, UTC.
    pub at: Timestamp,
    /// The run that found it closed.
    pub run_id: RunId,
    /// Why it is no longer open.
    pub resolution: Resolution,
}

impl IssueResolution {
    /// This run found the issue closed, at this time (UTC) and for this reason.
    pub fn new(at: Timestamp, run_id: RunId, resolution: Resolution) -> Self {
        Self { at, run_id, resolution }
    }
}

/// The record of an issue in the history of a project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct IssueRecord {
    /// Identity.
    pub id: IssueId,
    /// Account.
    pub account: AccountId,
    /// Region.
    pub region: Option<Text>,
    /// Security control, for findings of controls.
    pub control_id: Option<Text>,
    /// Title when last seen.
    pub title: Text,
    /// Main resource.
    pub resource: Option<Text>,
    /// Severity when last seen.
    pub severity: Severity,
    /// Workflow status when last seen.
    pub workflow: WorkflowStatus,
    /// First seen, UTC: as the product says or, if it does not, by the first run that saw it.
    pub first_seen: Timestamp,
    /// When it was opened or last reopened, UTC: the start of its age. The first time it is `first_seen`.
    pub opened_at: Timestamp,
    /// The run in which it was opened or last reopened.
    pub opened_in: RunId,
    /// How often it was reopened.
    pub reopened: u32,
    /// The earlier times in which it was open, the oldest first.
    pub earlier: Vec<IssuePeriod>,
    /// Its last change of severity, if there was one.
    pub severity_change: Option<SeverityChange>,
    /// `Id` of the finding when last seen; the first in order if several standards report one. Missing in records of
    /// early versions.
    pub finding_id: Option<Text>,
    /// A hash of what identifies its finding besides the `Id`: product, generator, title, account, Region, resource.
    /// Empty if the finding has no title or no resource; missing in records of early versions.
    pub signature: Option<Text>,
    /// When it was last seen, UTC, as of the last write of this record. A record that does not change is not written,
    /// so [`ProjectHistory::last_seen`](super::ProjectHistory::last_seen) can be later.
    pub last_seen: Timestamp,
    /// When a person first made a decision about it since it was opened, UTC: wrote a note, suppressed it or set it to RESOLVED. NOTIFIED
    /// is not a decision.
    pub decided_at: Option<Timestamp>,
    /// Why and when it was closed; `None` while it is open.
    pub resolved: Option<IssueResolution>,
    /// The [views](crate::source::View) that showed it when last seen, sorted. Empty if the run had only one, and in
    /// records of early versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<Text>,
}

impl IssueRecord {
    /// Whether the issue was closed because its project goes on under another name.
    pub(crate) fn is_renamed(&self) -> bool {
        self.resolved.as_ref().is_some_and(|resolved| resolved.resolution == Resolution::Renamed)
    }

    /// Whether it is open.
    pub fn is_open(&self) -> bool {
        self.resolved.is_none()
    }

    /// The time in which it was open, if it is closed.
    pub(super) fn period(&self) -> Option<IssuePeriod> {
        let closed = self.resolved.as_ref()?;
        Some(IssuePeriod {
            opened_at: self.opened_at,
            opened_in: self.opened_in.clone(),
            closed_at: closed.at,
            resolution: closed.resolution,
            decided_at: self.decided_at,
        })
    }

    /// The record of an issue that a run sees for the first time. Its fields can be changed.
    ///
    /// ```
    /// use findings_core::Finding;
    /// use findings_core::history::{IssueId, IssueRecord};
    /// let finding = Finding::new("123456789012".parse()?, "1");
    /// let record = IssueRecord::new(&finding, &"2026-11-23".parse()?, "2026-11-23T00:00:00Z".parse()?);
    /// assert!(record.is_open() && record.id == IssueId::of(&finding));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(finding: &Finding, run_id: &RunId, now: Timestamp) -> Self {
        Self::of(finding, IssueId::of(finding), run_id, now)
    }

    /// Like [`new`](Self::new), for a finding whose issue is known.
    pub(crate) fn of(finding: &Finding, id: IssueId, run_id: &RunId, now: Timestamp) -> Self {
        // a product may report a time in the future, which would make the age negative
        let first_seen = finding.since().map_or(now, |t| t.min(now));
        Self {
            id,
            account: finding.account,
            region: finding.region.clone(),
            control_id: finding.control_id.clone(),
            title: finding.title.clone(),
            resource: finding.resources.first().map(|r| r.id.clone()),
            severity: finding.severity,
            workflow: finding.workflow,
            first_seen,
            opened_at: first_seen,
            opened_in: run_id.clone(),
            reopened: 0,
            earlier: Vec::new(),
            severity_change: None,
            finding_id: Some(finding.id.clone()),
            signature: Some(signature(finding)),
            last_seen: now,
            decided_at: decided_at(finding, now),
            resolved: None,
            sources: Vec::new(),
        }
    }
}

/// When a person made a decision about the finding: the time of the note, or `now` for a status set by a person,
/// because ASFF has no time for it.
fn decided_at(finding: &Finding, now: Timestamp) -> Option<Timestamp> {
    let noted = finding.note.as_ref().map(|note| note.updated_at.map_or(now, |at| at.min(now)));
    let judged = matches!(finding.workflow, WorkflowStatus::Suppressed | WorkflowStatus::Resolved);
    noted.or_else(|| judged.then_some(now))
}

//! Whose each finding of a report is, by the rules of the organisation, and what the part of each owner says.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::context::RunContext;
use super::earlier_report::certainty;
use super::outcome::ProjectOutcome;
use super::reminders::may_mail;
use super::settings::Settings;
use crate::history::ProjectRun;
use crate::notify::{Notification, ReportPart};
use crate::owners::{Assignment, OwnerRule, OwnerRules, address_of};
use crate::recipient::Recipient;
use crate::registry::Project;
use crate::rendering;
use crate::report::{Certainty, Changes, Headline, Report, ReportFindings};
use crate::store::{ArtifactKey, StoredArtifact, download_name};
use crate::{Result, RunId, SeverityCounts, Text};

/// Whose the findings of a report are. Missing if no rule is about the project.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OwnersOutcome {
    /// Number of findings with an owner.
    pub owned: u64,
    /// Number of findings that no rule gives an owner, and no decision either.
    pub nobodys: u64,
    /// Lines of the rules that gave a finding its owner.
    pub used_rules: BTreeSet<u64>,
}

/// Returns the lines of rules that fit no finding of a run. Only those are returned of which it is known: everything was
/// seen that they could fit.
pub(super) fn unused_rules(rules: &OwnerRules, projects: &[Project], outcomes: &[ProjectOutcome]) -> Vec<u64> {
    let used: BTreeSet<u64> =
        outcomes.iter().filter_map(|outcome| outcome.owners.as_ref()).flat_map(|of| of.used_rules.clone()).collect();
    let is_whole = |outcome: &ProjectOutcome| outcome.certainty.as_ref().is_some_and(Certainty::is_complete);
    let is_unused = |rule: &&OwnerRule| {
        let mut concerned = projects.iter().zip(outcomes).filter(|(project, _)| rule.is_for(project));
        !used.contains(&rule.line) && concerned.all(|(_, outcome)| is_whole(outcome))
    };
    rules.rules.iter().filter(is_unused).map(|rule| rule.line).collect()
}

/// The part of an owner who is told of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct OwnerShare {
    pub(super) recipient: Recipient,
    pub(super) part: ReportPart,
    /// When the findings were read, UTC.
    at: Timestamp,
    /// The last report before this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    previous: Option<ProjectRun>,
    /// Number of accounts with findings of the part.
    accounts: u64,
    counts: SeverityCounts,
    changes: Changes,
    headline: Arc<Headline>,
    /// The file that shows the part first; `None` if the report has none of its own for each owner.
    pub(super) file: Option<StoredArtifact>,
}

impl OwnerShare {
    /// The key of the file that shows the part first, and the name under which it is downloaded.
    pub(super) fn file_names(&self, run: &RunId, project: &str, extension: &str) -> (ArtifactKey, String) {
        let key = ArtifactKey::for_owner(run, project, self.recipient.as_str(), extension);
        // without the address, which says nothing in the name of a file
        let owner = self.part.owner.split('<').next().map(str::trim).filter(|name| !name.is_empty());
        let name = format!("{project} {}", owner.unwrap_or(&self.part.owner));
        (key, download_name(&name, run.as_str(), extension))
    }

    /// The message to the owner about their part. `outcome` says how far the report can be trusted.
    pub(super) fn notification(
        &self,
        settings: &Settings,
        project: &Project,
        outcome: &ProjectOutcome,
    ) -> Notification {
        let mut report = Report::new(&project.name, settings.run_id.clone(), self.at);
        (report.locale, report.time_zone) = (settings.locale_of(project), settings.zone_of(project));
        report.contact = settings.contact_of(project);
        report.changes = self.changes;
        report.trend.extend(self.previous.clone());
        let headline = Some(self.headline.clone());
        let mut n = Notification::with_headline(&report, self.counts, headline, self.recipient.clone());
        (n.accounts, n.certainty) = (self.accounts, certainty(outcome, n.certainty));
        n.min_severity = project.min_severity;
        n.part = Some(self.part.clone());
        n.edition = outcome.edition;
        n
    }
}

/// What is known of the owners of a report.
#[derive(Debug)]
pub(super) struct OwnerFacts {
    pub(super) outcome: OwnersOutcome,
    /// The owners who are told, in the order of their names.
    pub(super) shares: Vec<OwnerShare>,
}

/// Fills the owners of a report in. Returns what is known of them; `None` if no rule is about the project.
///
/// # Errors
/// Those of findings that cannot be read.
pub(super) fn assign(run: &RunContext<'_>, project: &Project, report: &mut Report) -> Result<Option<OwnerFacts>> {
    let settings = run.settings;
    let Some(rules) = settings.owners.of_project(project) else { return Ok(None) };
    report.has_owner_rules = true;
    let (mut used, mut given, mut spellings) = (BTreeSet::new(), BTreeSet::new(), Spellings::default());
    report.findings.set_owners(|finding| {
        let Assignment { owner, is_from_tag, line, .. } = rules.find(finding)?;
        used.insert(line);
        let owner = spellings.first_of(owner);
        if !is_from_tag {
            given.extend(address_of(&owner));
        }
        Some(owner)
    })?;
    let owned = report.findings.facts().filter(|row| row.responsible().is_some()).count() as u64;
    let outcome = OwnersOutcome { owned, nobodys: report.findings.len() as u64 - owned, used_rules: used };
    let may_tell = |recipient: &Recipient| {
        // whoever returns a report or tags a resource enters an address, so it must not lead outside
        if given.contains(recipient) {
            settings.owner_domains.allow(recipient)
        } else {
            may_mail(recipient, project, &settings.owner_domains)
        }
    };
    Ok(Some(OwnerFacts { outcome, shares: shares(settings, project, report, may_tell)? }))
}

/// How each owner was written first: `Sato <sato@example.com>` in a rule and `sato@example.com` in a tag are one owner.
#[derive(Debug, Default)]
struct Spellings {
    by_text: HashMap<Text, Text>,
    by_address: HashMap<Recipient, Text>,
}

impl Spellings {
    fn first_of(&mut self, owner: Text) -> Text {
        if let Some(first) = self.by_text.get(&owner) {
            return first.clone();
        }
        let first = match address_of(&owner) {
            Some(address) => self.by_address.entry(address).or_insert_with(|| owner.clone()).clone(),
            None => owner.clone(),
        };
        self.by_text.insert(owner, first.clone());
        first
    }
}

/// The parts of the owners who are told: those with an address who get no message about the whole report.
fn shares(
    settings: &Settings,
    project: &Project,
    report: &Report,
    may_tell: impl Fn(&Recipient) -> bool,
) -> Result<Vec<OwnerShare>> {
    let (mut known, mut of_owners) = (HashMap::new(), BTreeMap::<Recipient, (&Text, Vec<usize>)>::new());
    for (index, row) in report.findings.facts().enumerate() {
        let Some(owner) = row.responsible() else { continue };
        if let Some(address) = known.entry(owner).or_insert_with(|| address_of(owner)) {
            of_owners.entry(address.clone()).or_insert_with(|| (owner, Vec::new())).1.push(index);
        }
    }
    let mut part = report.clone();
    part.resolved.clear();
    part.accepted.clear();
    let mut shares = Vec::new();
    for (recipient, (owner, of_owner)) in of_owners {
        if project.recipients.iter().any(|known| is_same(known, &recipient)) {
            continue;
        }
        if !may_tell(&recipient) {
            tracing::warn!(project = project.name, owner = %recipient, "an owner is not told of their part, because mail may not go to this domain");
            continue;
        }
        part.findings = report.findings.select(&of_owner);
        shares.push(OwnerShare {
            part: ReportPart::new(owner.clone(), report.findings.len() as u64),
            at: part.generated_at,
            previous: part.previous().cloned(),
            accounts: part.findings.facts().map(|row| row.account).collect::<BTreeSet<_>>().len() as u64,
            counts: part.counts(),
            changes: changes(&part.findings),
            headline: Arc::new(rendering::headline(&part, &settings.guidance)?),
            file: None,
            recipient,
        });
    }
    Ok(shares)
}

/// The changes of the issues of a part. What was closed is nobody's, so nothing is counted as closed.
fn changes(rows: &ReportFindings) -> Changes {
    let mut counted = BTreeSet::new();
    let mut changes = Changes::default();
    for row in rows.facts() {
        if row.issue.is_some_and(|issue| !counted.insert(issue)) {
            continue;
        }
        changes.add(row.change);
    }
    changes
}

fn is_same(one: &Recipient, other: &Recipient) -> bool {
    one.as_str().eq_ignore_ascii_case(other.as_str())
}

#[cfg(test)]
mod tests;

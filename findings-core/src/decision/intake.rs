//! Takes returned reports: reads what is known, plans, applies, and keeps earlier decisions in force.

use std::collections::HashSet;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{
    AppliedDecisions, CurrentFindings, DecisionPolicy, DecisionQuery, DecisionSheet, DecisionTargets, Plan, PlanInput,
    ProjectDecisions, Upkeep, WantedFindings, apply, issues_of, plan, upkeep,
};
use crate::history::{HistoryQuery, HistoryReader, ProjectHistory};
use crate::registry::Project;
use crate::source::Sweep;
use crate::{Error, Result};

/// Takes decisions of projects.
///
/// Nothing is changed before [`apply`](Self::apply). Repeating everything is safe, whatever was done before.
#[derive(Clone, Copy, Debug)]
pub struct Intake<'a> {
    /// Reads the history of projects.
    pub history: &'a dyn HistoryReader,
    /// Where decisions go.
    pub targets: DecisionTargets<'a>,
    /// Looks at findings as they are now.
    pub sweep: &'a Sweep,
    /// What projects may decide.
    pub policy: &'a DecisionPolicy,
    /// The current time, UTC.
    pub now: Timestamp,
    /// The time zone in which days end.
    pub time_zone: &'a TimeZone,
}

/// What would become of a returned report.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct PlannedSheet {
    /// What would become of each entry.
    pub plan: Plan,
    /// The findings on which the plan rests.
    pub current: CurrentFindings,
    /// Why some findings could not be looked at.
    pub failure: Option<Error>,
}

/// What has to be done about earlier decisions.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct PlannedUpkeep {
    /// The decisions.
    pub upkeep: Upkeep,
    /// Their findings.
    pub current: CurrentFindings,
    /// Why some findings could not be looked at.
    pub failure: Option<Error>,
}

impl Intake<'_> {
    /// Says what would become of a returned report of a project.
    ///
    /// # Errors
    /// If history or decisions cannot be read. That findings could not be looked at is in the answer.
    pub async fn plan(&self, project: &Project, sheet: &DecisionSheet) -> Result<PlannedSheet> {
        let (history, decisions) = self.read(&project.name).await?;
        let mut wanted = WantedFindings::new();
        for issue in issues_of(sheet, &history) {
            wanted.add(issue);
        }
        wanted.add_rows(&sheet.rows);
        let (current, failure) = wanted.look(self.sweep).await;
        let accounts: HashSet<_> = project.accounts.iter().copied().collect();
        let plan = plan(&PlanInput {
            sheet,
            history: &history,
            decisions: &decisions,
            accounts: &accounts,
            current: &current,
            policy: self.policy,
            now: self.now,
            today: self.time_zone.to_datetime(self.now).date(),
        });
        Ok(PlannedSheet { plan, current, failure })
    }

    /// Keeps the new decisions of a plan, and tells Security Hub of them.
    ///
    /// # Errors
    /// If a decision cannot be kept.
    pub async fn apply(&self, project: &Project, planned: &PlannedSheet) -> Result<AppliedDecisions> {
        let new: Vec<_> = planned.plan.new_decisions().cloned().collect();
        apply(self.targets, &project.name, &new, &planned.current, self.now).await
    }

    /// Says what has to be done about earlier decisions of a project.
    ///
    /// # Errors
    /// As [`plan`](Self::plan).
    pub async fn plan_upkeep(&self, project: &Project) -> Result<PlannedUpkeep> {
        let (history, decisions) = self.read(&project.name).await?;
        let upkeep = upkeep(&history, &decisions, self.time_zone.to_datetime(self.now).date(), self.now);
        let mut wanted = WantedFindings::new();
        for decision in upkeep.ended.iter().chain(&upkeep.to_tell) {
            if let Ok(n) = history.issues.binary_search_by(|issue| issue.id.cmp(&decision.issue)) {
                wanted.add(&history.issues[n]);
            }
        }
        let (current, failure) = wanted.look(self.sweep).await;
        Ok(PlannedUpkeep { upkeep, current, failure })
    }

    /// Ends what has ended, and tells Security Hub what it does not know.
    ///
    /// # Errors
    /// If a decision cannot be kept.
    pub async fn apply_upkeep(&self, project: &Project, planned: &PlannedUpkeep) -> Result<AppliedDecisions> {
        let Upkeep { ended, mut to_tell } = planned.upkeep.clone();
        if self.targets.sink.is_none() {
            // they are kept already
            to_tell.clear();
        }
        let decisions: Vec<_> = ended.into_iter().chain(to_tell).collect();
        apply(self.targets, &project.name, &decisions, &planned.current, self.now).await
    }

    async fn read(&self, project: &str) -> Result<(ProjectHistory, ProjectDecisions)> {
        let history = self.history.project(&HistoryQuery::new(project)).await?;
        let decisions = self.targets.log.decisions(&DecisionQuery::new(project)).await?;
        Ok((history, decisions))
    }
}

//! What a report about the organisation is made from, besides the histories.

use std::collections::BTreeSet;

use serde::Serialize;

use super::range::ReportRange;
use crate::coverage::{AcceptedGaps, Ownership, RegionCoverage, Verdict};
use crate::history::Sla;
use crate::registry::Registry;
use crate::{AccountId, RunId};

/// What a report about the organisation is made from, besides the histories. What is not given is not known, and the
/// report says so.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OrganisationInput {
    /// The weeks of the report, and its time.
    pub range: ReportRange,
    /// Target times to fix issues. Without targets, nothing is overdue.
    pub sla: Sla,
    /// The registry: which projects are still there, and what each of them owns.
    pub registry: Option<Registry>,
    /// The result of a coverage check.
    pub coverage: Option<CoverageInput>,
    /// The accepted gaps.
    pub accepted_gaps: Option<AcceptedGaps>,
    /// What runs could not do, and why. Runs that are not named have no remarks that anybody knows.
    pub runs: Vec<RunRemarks>,
    /// The controls for which the organisation has guidance of its own.
    pub guidance: Option<BTreeSet<String>>,
}

impl OrganisationInput {
    /// The input for these weeks, of which nothing but the histories is known.
    pub fn new(range: ReportRange) -> Self {
        Self {
            range,
            sla: Sla::default(),
            registry: None,
            coverage: None,
            accepted_gaps: None,
            runs: Vec::new(),
            guidance: None,
        }
    }

    /// Sets the target times.
    #[must_use]
    pub fn with_sla(mut self, sla: Sla) -> Self {
        self.sla = sla;
        self
    }

    /// Sets the registry.
    #[must_use]
    pub fn with_registry(mut self, registry: Registry) -> Self {
        self.registry = Some(registry);
        self
    }
}

/// The result of a coverage check.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct CoverageInput {
    /// The accounts of the projects.
    pub accounts: Vec<AccountStanding>,
    /// Differences between the registry and the accounts that exist; `None` if they were not compared.
    pub ownership: Option<Ownership>,
    /// Whether anybody looked for accounts that no project owns. If not, an empty list of them says nothing.
    pub looked_for_unowned: bool,
}

impl CoverageInput {
    /// The result for these accounts. Accounts that no project owns were looked for if the accounts were compared.
    pub fn new(accounts: Vec<AccountStanding>, ownership: Option<Ownership>) -> Self {
        let looked_for_unowned = ownership.is_some();
        Self { accounts, ownership, looked_for_unowned }
    }
}

/// What is known of an account of a project.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccountStanding {
    /// The name of the project.
    pub project: String,
    /// The account.
    pub account: AccountId,
    /// The worst verdict of its Regions.
    pub verdict: Verdict,
    /// Whether all its findings could be read.
    pub complete: bool,
    /// The Regions whose verdict is not [`Covered`](Verdict::Covered).
    pub regions: Vec<RegionCoverage>,
}

impl AccountStanding {
    /// An account with this verdict, all of whose findings were read.
    pub fn new(project: impl Into<String>, account: AccountId, verdict: Verdict) -> Self {
        Self { project: project.into(), account, verdict, complete: true, regions: Vec::new() }
    }
}

/// What a run could not do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RunRemarks {
    /// The run.
    pub run_id: RunId,
    /// What it could not do; empty if it could do everything.
    pub remarks: Vec<RunRemark>,
}

impl RunRemarks {
    /// The remarks about a run.
    pub fn new(run_id: RunId, remarks: Vec<RunRemark>) -> Self {
        Self { run_id, remarks }
    }
}

/// Something that a run could not do, for operators. The text can name roles and accounts of theirs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RunRemark {
    /// The project; `null` if it is about the whole run.
    pub project: Option<String>,
    /// The account; `null` if it is not about a single account.
    pub account: Option<AccountId>,
    /// The cause and what to do, in English.
    pub message: String,
}

impl RunRemark {
    /// A remark about the whole run.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), ..Self::default() }
    }

    /// Makes it a remark about a project.
    #[must_use]
    pub fn of_project(mut self, project: impl Into<String>, account: Option<AccountId>) -> Self {
        (self.project, self.account) = (Some(project.into()), account);
        self
    }
}

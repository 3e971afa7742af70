//! IDs of the columns of all tables, independent of the reader's language.

use findings_core::Severity;
use findings_core::guidance::GuidancePart;

use crate::lang::Texts;

/// The ID of a column of any table. Code finds a column by its ID, never by its heading, which is translated and may
/// be reworded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ColumnId {
    Account,
    AccountName,
    AccountsTouched,
    AgeDays,
    Change,
    Comment,
    Compliance,
    Console,
    Control,
    Coverage,
    DaysOpen,
    Decision,
    Description,
    Due,
    FindingId,
    FirstSeen,
    FurtherResources,
    /// A text of the organisation's guidance for a control.
    Guidance(GuidancePart),
    LastCheck,
    NewestUpdate,
    Notes,
    OldestDays,
    OpenFindings,
    Owner,
    Product,
    ProductConsole,
    Read,
    Region,
    ResolvedAt,
    Resource,
    ResourceType,
    ResourcesTouched,
    Severity,
    /// The number of findings of a severity.
    SeverityCount(Severity),
    Standards,
    Tags,
    Title,
    Total,
    Updated,
    Vulnerabilities,
    WhatToDo,
    Why,
    Workflow,
}

impl ColumnId {
    /// Returns the heading of the column.
    pub(crate) fn heading(self, texts: &Texts) -> &'static str {
        let columns = texts.columns;
        match self {
            Self::Account => columns.account,
            Self::AccountName => columns.account_name,
            Self::AccountsTouched => columns.accounts_touched,
            Self::AgeDays => columns.age_days,
            Self::Change => columns.change,
            Self::Comment => texts.entries.comment,
            Self::Compliance => columns.compliance,
            Self::Console => columns.console,
            Self::Control => columns.control,
            Self::Coverage => columns.coverage,
            Self::DaysOpen => columns.days_open,
            Self::Decision => texts.entries.decision,
            Self::Description => columns.description,
            Self::Due => texts.entries.due,
            Self::FindingId => columns.finding_id,
            Self::FirstSeen => columns.first_seen,
            Self::FurtherResources => columns.further_resources,
            Self::Guidance(part) => texts.wording.guidance()[part as usize],
            Self::LastCheck => columns.last_check,
            Self::NewestUpdate => columns.newest_update,
            Self::Notes => columns.notes,
            Self::OldestDays => columns.oldest_days,
            Self::OpenFindings => columns.open_findings,
            Self::Owner => texts.entries.owner,
            Self::Product => columns.product,
            Self::ProductConsole => columns.product_console,
            Self::Read => columns.read,
            Self::Region => columns.region,
            Self::ResolvedAt => columns.resolved_at,
            Self::Resource => columns.resource,
            Self::ResourceType => columns.resource_type,
            Self::ResourcesTouched => columns.resources_touched,
            Self::Severity => columns.severity,
            Self::SeverityCount(severity) => texts.severity_name(severity),
            Self::Standards => columns.standards,
            Self::Tags => columns.tags,
            Self::Title => columns.title,
            Self::Total => columns.total,
            Self::Updated => columns.updated,
            Self::Vulnerabilities => columns.vulnerabilities,
            Self::WhatToDo => columns.what_to_do,
            Self::Why => columns.why,
            Self::Workflow => columns.workflow,
        }
    }
}

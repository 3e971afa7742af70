//! IDs of the columns of all tables, independent of the reader's language.

use findings_core::Severity;
use findings_core::guidance::GuidancePart;
use findings_core::wording::ReturnColumn;

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
    DaysLeft,
    DaysOpen,
    DaysOverdue,
    DecidedBy,
    DecidedOn,
    Decision,
    Description,
    Due,
    EndsOn,
    FindingId,
    FirstSeen,
    FixBy,
    FurtherResources,
    /// A text of the organisation's guidance for a control.
    Guidance(GuidancePart),
    /// What a returned report is read by.
    Key,
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
        let (columns, say) = (texts.columns, texts.wording);
        match self {
            Self::Account => say.return_column(ReturnColumn::Account),
            Self::AccountName => columns.account_name,
            Self::AccountsTouched => columns.accounts_touched,
            Self::AgeDays => columns.age_days,
            Self::Change => columns.change,
            Self::Comment => say.return_column(ReturnColumn::Comment),
            Self::Compliance => columns.compliance,
            Self::Console => columns.console,
            Self::Control => columns.control,
            Self::Coverage => columns.coverage,
            Self::DaysLeft => columns.days_left,
            Self::DaysOpen => columns.days_open,
            Self::DaysOverdue => columns.days_overdue,
            Self::DecidedBy => columns.decided_by,
            Self::DecidedOn => columns.decided_on,
            Self::Decision => say.return_column(ReturnColumn::Decision),
            Self::Description => columns.description,
            Self::Due => say.return_column(ReturnColumn::Due),
            Self::EndsOn => columns.ends_on,
            Self::FindingId => say.return_column(ReturnColumn::FindingId),
            Self::FirstSeen => columns.first_seen,
            Self::FixBy => columns.fix_by,
            Self::FurtherResources => columns.further_resources,
            Self::Guidance(part) => texts.wording.guidance()[part as usize],
            Self::Key => say.return_column(ReturnColumn::Key),
            Self::LastCheck => columns.last_check,
            Self::NewestUpdate => columns.newest_update,
            Self::Notes => columns.notes,
            Self::OldestDays => columns.oldest_days,
            Self::OpenFindings => columns.open_findings,
            Self::Owner => say.return_column(ReturnColumn::Owner),
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

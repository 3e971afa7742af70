//! What renderers of a project's report share, so that a workbook, a page and a file for scripts say and count the same.
//!
//! [`Digest`] groups and counts. The functions turn findings, gaps and coverage into texts in the reader's language.
//! None of them escapes anything: that is up to the renderer.

mod advice;
mod ask;
mod coverage_text;
mod digest;
mod finding_text;
mod first_fixes;
mod gaps;
mod headline;
mod issue_lines;
mod links;
mod owners;
mod resource_text;
mod severity_reason;
mod summary_text;
mod this_week;
mod urgent;

pub use self::advice::{Advice, advice, what_to_do};
pub use self::ask::question_url;
pub use self::coverage_text::{assurance, coverage_reasons, notices};
pub use self::digest::{AccountRow, ControlRow, Digest, Groups, TOP};
pub use self::finding_text::{
    account_name, age_days, compliance, days_between, issue_title, named_account, notes, product, standards, title,
    title_without_id, vulnerabilities,
};
pub use self::first_fixes::{FirstFix, MAX_FIRST_FIXES, first_fixes};
pub use self::gaps::{Gap, gaps};
pub use self::headline::headline;
pub use self::issue_lines::{IssueLine, issue_lines};
pub use self::links::{finding_link, resource_link};
pub use self::owners::{OwnerRow, owner_rows};
pub use self::resource_text::{first_resource, further_resources, resource_name, resource_tags, short_resource, tags};
pub use self::severity_reason::severity_reason;
pub use self::summary_text::{
    NothingFound, changes_heading, changes_row, compared, counted_sources, nothing_found, odd_values, selection,
    sources, zone_name,
};
pub use self::this_week::{SOON_DAYS, WeekLine, nothing_this_week, this_week};
pub(crate) use self::urgent::asks;
pub use self::urgent::urgent_finding;

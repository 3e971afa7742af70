//! The filters of a query, as GetFindingsV2 takes them: at most 10 composites, with at most 20 filters of a type in each.
//!
//! Source: the model of the service, `OcsfFindingFilters` and `CompositeFilter`.

use aws_sdk_securityhub::types::{
    AllowedOperators, CompositeFilter, DateFilter, NumberFilter, OcsfDateField, OcsfDateFilter, OcsfFindingFilters,
    OcsfNumberField, OcsfNumberFilter, OcsfStringField, OcsfStringFilter, StringFilter, StringFilterComparison,
};

use super::OPERATION;
use crate::source::FindingsQuery;
use crate::{ComplianceStatus, Error, ErrorKind, RecordState, Result, Severity, Text, WorkflowStatus};

/// The end of an open time range. It is constant, because every page of a query must be requested with the same filter.
const END_OF_TIME: &str = "2999-12-31T23:59:59Z";

/// Builds the filters. They let through all that the selection matches, and a little more.
///
/// # Errors
/// [`InvalidInput`](ErrorKind::InvalidInput) if the selection selects nothing.
pub(super) fn of(query: &FindingsQuery) -> Result<OcsfFindingFilters> {
    let selection = &query.selection;
    if selection.record_states.is_empty() || selection.workflow.is_empty() {
        return Err(Error::new(ErrorKind::InvalidInput, OPERATION).with_message("the selection selects nothing"));
    }
    let accounts =
        query.accounts.accounts().iter().map(|account| is(OcsfStringField::CloudAccountUid, &account.to_string()));
    let products = selection
        .products
        .iter()
        .map(|arn| is(OcsfStringField::MetadataProductUid, &arn.replacen(":product/", ":productv2/", 1)));
    let ids = selection.ids.iter().map(|id| is(OcsfStringField::FindingInfoUid, id));
    let region = selection.region.iter().map(|region| is(OcsfStringField::CloudRegion, region));
    let composites = [
        any_text(accounts),
        not_closed(&selection.record_states),
        any_number(&OcsfNumberField::StatusId, statuses(&selection.workflow)),
        any_number(&OcsfNumberField::ComplianceStatusId, results(&selection.compliance)),
        any_number(&OcsfNumberField::SeverityId, severities(&selection.severities)),
        any_text(region),
        not_in(&selection.not_in_regions),
        any_text(products),
        any_text(ids),
        selection.updated_since.map(|since| updated_since(&since.to_string())),
    ];
    let filters = OcsfFindingFilters::builder().composite_operator(AllowedOperators::And);
    Ok(filters.set_composite_filters(Some(composites.into_iter().flatten().collect())).build())
}

fn text(field: OcsfStringField, value: &str, comparison: StringFilterComparison) -> OcsfStringFilter {
    let filter = StringFilter::builder().value(value).comparison(comparison).build();
    OcsfStringFilter::builder().field_name(field).filter(filter).build()
}

fn is(field: OcsfStringField, value: &str) -> OcsfStringFilter {
    text(field, value, StringFilterComparison::Equals)
}

/// A composite that one of the filters must meet; `None` if there are none, which lets everything through.
fn any_text(filters: impl Iterator<Item = OcsfStringFilter>) -> Option<CompositeFilter> {
    let filters: Vec<_> = filters.collect();
    (!filters.is_empty())
        .then(|| CompositeFilter::builder().operator(AllowedOperators::Or).set_string_filters(Some(filters)).build())
}

fn any_number(field: &OcsfNumberField, ranges: Option<Vec<NumberFilter>>) -> Option<CompositeFilter> {
    let filter = |range| OcsfNumberFilter::builder().field_name(field.clone()).filter(range).build();
    let filters = ranges?.into_iter().map(filter).collect();
    Some(CompositeFilter::builder().operator(AllowedOperators::Or).set_number_filters(Some(filters)).build())
}

/// Leaves out findings of Regions.
fn not_in(regions: &[Text]) -> Option<CompositeFilter> {
    let other = |region: &Text| text(OcsfStringField::CloudRegion, region, StringFilterComparison::NotEquals);
    let filters: Vec<_> = regions.iter().map(other).collect();
    (!filters.is_empty())
        .then(|| CompositeFilter::builder().operator(AllowedOperators::And).set_string_filters(Some(filters)).build())
}

/// Leaves out what its product closed, unless archived findings are wanted, too.
fn not_closed(states: &[RecordState]) -> Option<CompositeFilter> {
    if states.contains(&RecordState::Archived) {
        return None;
    }
    let open = text(OcsfStringField::ActivityName, "Close", StringFilterComparison::NotEquals);
    Some(CompositeFilter::builder().operator(AllowedOperators::And).string_filters(open).build())
}

/// The numbers of `status_id`: 2 In Progress, 3 Suppressed, 4 Resolved. All others count as NEW, also those that are not
/// known today.
fn statuses(wanted: &[WorkflowStatus]) -> Option<Vec<NumberFilter>> {
    if WorkflowStatus::ALL.iter().all(|status| wanted.contains(status)) {
        return None;
    }
    let ranges = wanted.iter().flat_map(|status| match status {
        WorkflowStatus::New => vec![at_most(1.0), at_least(5.0)],
        WorkflowStatus::Notified => vec![equal(2.0)],
        WorkflowStatus::Suppressed => vec![equal(3.0)],
        WorkflowStatus::Resolved => vec![equal(4.0)],
    });
    Some(ranges.collect())
}

/// The numbers of `compliance.status_id`: 1 Pass, 2 Warning, 3 Fail. All others are NOT_AVAILABLE. What is no check has
/// none.
fn results(wanted: &[ComplianceStatus]) -> Option<Vec<NumberFilter>> {
    if wanted.is_empty() {
        return None;
    }
    let ranges = wanted.iter().flat_map(|status| match status {
        ComplianceStatus::Passed => vec![equal(1.0)],
        ComplianceStatus::Warning => vec![equal(2.0)],
        ComplianceStatus::Failed => vec![equal(3.0)],
        ComplianceStatus::NotAvailable => vec![at_most(0.0), at_least(4.0)],
    });
    Some(ranges.collect())
}

/// The numbers of `severity_id`: 1 Informational, 2 Low, 3 Medium, 4 High, 5 Critical, 6 Fatal. Of all others, only the
/// finding itself tells.
fn severities(wanted: &[Severity]) -> Option<Vec<NumberFilter>> {
    if wanted.is_empty() {
        return None;
    }
    let ranges = wanted.iter().map(|severity| match severity {
        Severity::Informational => equal(1.0),
        Severity::Low => equal(2.0),
        Severity::Medium => equal(3.0),
        Severity::High => equal(4.0),
        Severity::Critical => equal(5.0),
    });
    Some(ranges.chain([at_most(0.0), at_least(6.0)]).collect())
}

fn equal(number: f64) -> NumberFilter {
    NumberFilter::builder().eq(number).build()
}

fn at_most(number: f64) -> NumberFilter {
    NumberFilter::builder().lte(number).build()
}

fn at_least(number: f64) -> NumberFilter {
    NumberFilter::builder().gte(number).build()
}

fn updated_since(since: &str) -> CompositeFilter {
    let range = DateFilter::builder().start(since).end(END_OF_TIME).build();
    let filter = OcsfDateFilter::builder().field_name(OcsfDateField::FindingInfoModifiedTimeDt).filter(range).build();
    CompositeFilter::builder().operator(AllowedOperators::And).date_filters(filter).build()
}

//! The variables of templates about what to do first, and what was fixed.

use findings_core::notify::Notification;
use findings_core::report::{FirstThing, FixedThing, LeadReason};
use findings_core::wording::Wording;
use serde::Serialize;

use crate::words;

/// How many things to do first a message names; the report has more.
const MAX_FIRST: usize = 3;

/// Something to do first.
#[derive(Serialize)]
pub(crate) struct FirstItem {
    /// `critical` … `informational`.
    severity: String,
    /// The name of the severity.
    label: &'static str,
    /// The control, or else the product.
    control: String,
    title: String,
    /// Why it comes first, in a few words.
    why: String,
    /// Whether it is overdue.
    late: bool,
    /// Whether the reason says for how long it is open.
    tells_age: bool,
    /// Since when it is open.
    since: String,
    resource: String,
    account: String,
    account_name: String,
    /// The Regions, separated by commas; empty if none is known.
    regions: String,
    /// How many more places there are, in a few words; `none` if there is no other.
    more: Option<String>,
    /// A page about the fix.
    url: Option<String>,
    /// The first line of the organisation's own guidance.
    guidance: Option<String>,
}

/// Issues of one kind that were fixed.
#[derive(Serialize)]
pub(crate) struct FixedItem {
    control: String,
    title: String,
    issues: u64,
}

/// What to do first, as far as the message tells of it.
pub(crate) fn first(n: &Notification) -> Vec<FirstItem> {
    let things = n.headline.iter().flat_map(|headline| &headline.first);
    let told = things.filter(|thing| n.min_severity.is_none_or(|severity| thing.severity >= severity));
    told.take(MAX_FIRST).map(|thing| FirstItem::of(n, thing)).collect()
}

/// What was fixed, as far as the message tells of it. Nothing was fixed since a report that nobody got.
pub(crate) fn fixed(n: &Notification) -> Vec<FixedItem> {
    let things = n.previous.iter().flat_map(|_| &n.headline).flat_map(|headline| &headline.fixed);
    let told = things.filter(|thing| n.min_severity.is_none_or(|severity| thing.severity >= severity));
    told.map(FixedItem::of).collect()
}

impl FirstItem {
    fn of(n: &Notification, thing: &FirstThing) -> Self {
        let say = Wording::of(n.locale);
        let regions: Vec<String> = thing.regions.iter().map(|region| words::one_line(region)).collect();
        Self {
            severity: thing.severity.as_str().to_ascii_lowercase(),
            label: say.severity(thing.severity),
            control: words::one_line(&thing.label),
            title: words::one_line(&thing.title),
            why: say.lead_reason(thing.reason),
            late: matches!(thing.reason, LeadReason::Overdue(_)),
            tells_age: matches!(thing.reason, LeadReason::Open(_)),
            since: words::date(n.locale, thing.since, &n.time_zone),
            resource: words::one_line(thing.resource.as_deref().unwrap_or_default()),
            account: thing.account.to_string(),
            account_name: words::one_line(thing.account_name.as_deref().unwrap_or_default()),
            regions: regions.join(", "),
            more: say.further_places(thing.places),
            url: thing.url.as_deref().map(str::to_owned),
            guidance: thing.guidance.as_deref().map(words::one_line),
        }
    }
}

impl FixedItem {
    fn of(thing: &FixedThing) -> Self {
        Self {
            control: words::one_line(thing.control.as_deref().unwrap_or_default()),
            title: words::one_line(&thing.title),
            issues: thing.issues,
        }
    }
}

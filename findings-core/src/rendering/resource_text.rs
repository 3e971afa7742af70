//! Resources as people read them.

use std::borrow::Cow;

use super::finding_text::{join, pair};
use crate::wording::{ReportTexts, fill};
use crate::{Finding, Locale, Resource};

/// How Security Hub names an account as a resource, before the ID.
const ACCOUNT: &str = "AWS::::Account:";

/// Returns the ID of a resource as people read it: for an account as a whole, that it is one. Keys and files for programs keep
/// the ID.
///
/// ```
/// use findings_core::{Locale, rendering::{resource_name, short_resource}};
/// assert_eq!(resource_name("AWS::::Account:123456789012", Locale::En), "whole account 123456789012");
/// assert_eq!(short_resource("AWS::::Account:123456789012", Locale::Ja), "アカウント全体（123456789012）");
/// assert_eq!(resource_name("arn:aws:s3:::bucket", Locale::En), "arn:aws:s3:::bucket");
/// assert_eq!(short_resource("arn:aws:s3:::bucket", Locale::En), "bucket");
/// ```
pub fn resource_name(id: &str, locale: Locale) -> Cow<'_, str> {
    match id.strip_prefix(ACCOUNT).filter(|account| !account.is_empty()) {
        Some(account) => fill(ReportTexts::of(locale).finding.whole_account, &[("account", account)]).into(),
        None => id.into(),
    }
}

/// Returns the ID of a resource as people read it in a narrow place: of an ARN the part after the account.
pub fn short_resource(id: &str, locale: Locale) -> Cow<'_, str> {
    let tail = if id.starts_with("arn:") { id.splitn(6, ':').nth(5) } else { None };
    tail.filter(|tail| !tail.is_empty()).map_or_else(|| resource_name(id, locale), Cow::Borrowed)
}

/// Returns the first resource of a finding as people read it in a narrow place; empty if there is none.
pub fn first_resource(finding: &Finding, locale: Locale) -> Cow<'_, str> {
    finding.resources.first().map_or(Cow::Borrowed(""), |resource| short_resource(&resource.id, locale))
}

/// Returns all resources but the first, each with its type and tags.
pub fn further_resources(finding: &Finding, locale: Locale) -> String {
    join(finding.resources.iter().skip(1).map(|resource| resource_line(resource, locale)), "\n")
}

fn resource_line(resource: &Resource, locale: Locale) -> String {
    let mut line = resource_name(&resource.id, locale).into_owned();
    if let Some(kind) = &resource.kind {
        for part in [" (", kind, ")"] {
            line.push_str(part);
        }
    }
    if !resource.tags.is_empty() {
        for part in [" [", &join(resource.tags.iter().map(pair), "; "), "]"] {
            line.push_str(part);
        }
    }
    line
}

/// Returns the tags of the first resource.
pub fn tags(finding: &Finding) -> String {
    finding.resources.first().map(resource_tags).unwrap_or_default()
}

/// Returns the tags of a resource, one per line.
pub fn resource_tags(resource: &Resource) -> String {
    join(resource.tags.iter().map(pair), "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_is_no_arn_and_no_account_stays_as_it_is() {
        for id in ["", "queue", "arn:aws:s3", "arn:aws:s3:::", "AWS::::Account:", "AWS::EC2::Instance:i-1"] {
            assert_eq!((&*resource_name(id, Locale::Ja), &*short_resource(id, Locale::En)), (id, id));
        }
    }

    #[test]
    fn further_resources_are_told_in_the_same_words() {
        let mut finding = Finding::new("123456789012".parse().unwrap(), "1");
        let resource = |id: &str| Resource { id: id.into(), kind: Some("AwsAccount".into()), ..Resource::default() };
        finding.resources = vec![resource("arn:aws:s3:::a"), resource("AWS::::Account:123456789012")];
        assert_eq!(further_resources(&finding, Locale::En), "whole account 123456789012 (AwsAccount)");
        assert_eq!(first_resource(&finding, Locale::En), "a");
        assert_eq!(first_resource(&Finding::new("123456789012".parse().unwrap(), "1"), Locale::En), "");
    }
}

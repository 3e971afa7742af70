//! What a finding has to be like to fit a rule.

use crate::{AccountId, Finding, Text};

/// What separates conditions.
const AND: char = '&';

/// What stands for no condition.
const EVERYTHING: &str = "*";

/// One condition of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    /// A resource has the tag, with this value or any.
    Tag { key: String, value: Option<String> },
    /// The finding is about this account.
    Account(AccountId),
    /// The finding is in this Region.
    Region(String),
    /// The ID of a resource, which is mostly its ARN, begins so.
    Resource(String),
}

impl Condition {
    pub(super) fn fits(&self, finding: &Finding) -> bool {
        match self {
            Self::Tag { key, value } => {
                let mut tags = tags(finding, key).filter(|found| !found.trim().is_empty());
                tags.any(|found| value.as_ref().is_none_or(|value| **found == **value))
            }
            Self::Account(account) => finding.account == *account,
            Self::Region(region) => finding.region.as_deref() == Some(region),
            Self::Resource(prefix) => finding.resources.iter().any(|resource| resource.id.starts_with(prefix)),
        }
    }
}

/// The values that the resources of a finding have for a tag.
fn tags<'a>(finding: &'a Finding, key: &'a str) -> impl Iterator<Item = &'a Text> {
    let of_resource = move |tags: &'a Vec<(Text, Text)>| tags.iter().filter(move |(known, _)| **known == *key);
    finding.resources.iter().flat_map(move |resource| of_resource(&resource.tags)).map(|(_, value)| value)
}

/// The value of a tag of the first resource that has it.
pub(super) fn tag<'a>(finding: &'a Finding, key: &'a str) -> Option<&'a str> {
    tags(finding, key).map(|value| &**value).find(|value| !value.trim().is_empty())
}

/// Reads the conditions of a rule; none of them fit every finding. The error says what to do.
pub(super) fn parse_all(text: &str) -> Result<Vec<Condition>, String> {
    let text = text.trim();
    match text {
        EVERYTHING => Ok(Vec::new()),
        "" => Err("it is empty; write a condition such as account:123456789012, or * for every finding".to_owned()),
        text => text.split(AND).map(|condition| parse(condition.trim())).collect(),
    }
}

fn parse(text: &str) -> Result<Condition, String> {
    let (kind, value) = text.split_once(':').unwrap_or((text, ""));
    let (kind, value) = (kind.trim().to_ascii_lowercase(), value.trim());
    let shown = |text: &str| text.escape_debug().take(60).collect::<String>();
    if !["tag", "account", "region", "resource"].contains(&kind.as_str()) {
        return Err(format!(
            "\"{}\" is no condition; write tag:KEY=VALUE, account:ID, region:NAME, resource:PREFIX, or *, several with & between them",
            shown(text)
        ));
    }
    // a star at the end says what a prefix means anyway
    let value = if kind == "resource" { value.strip_suffix('*').unwrap_or(value) } else { value };
    if value.is_empty() {
        return Err(format!("\"{}\" says nothing behind the colon, so that it would fit by accident", shown(text)));
    }
    match kind.as_str() {
        "account" => {
            let digits: String = value.chars().filter(|c| *c != '-').collect();
            digits.parse().map(Condition::Account).map_err(|error| format!("account: {error}"))
        }
        "region" if value.contains(char::is_whitespace) || value.contains(['*', ';', ',']) => Err(format!(
            "\"{}\" is not the name of one Region; write a line for each, such as region:ap-northeast-1",
            shown(value)
        )),
        "region" => Ok(Condition::Region(value.to_ascii_lowercase())),
        "resource" => Ok(Condition::Resource(value.to_owned())),
        _ => {
            let (key, value) = value.split_once('=').map_or((value, None), |(key, value)| (key, Some(value)));
            let (key, value) = (key.trim(), value.map(str::trim));
            if key.is_empty() || value.is_some_and(str::is_empty) {
                return Err(format!("\"{}\" has no key or no value; write tag:KEY=VALUE or tag:KEY", shown(text)));
            }
            Ok(Condition::Tag { key: key.to_owned(), value: value.map(str::to_owned) })
        }
    }
}

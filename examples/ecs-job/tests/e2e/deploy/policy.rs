//! Evaluates IAM policy documents, as far as the template uses them. Panics on anything else.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde_json::Value;

/// An authorization request.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) action: String,
    pub(crate) resource: String,
    pub(crate) context: BTreeMap<&'static str, String>,
}

impl Request {
    pub(crate) fn new(action: &str, resource: &str) -> Self {
        Self { action: action.to_owned(), resource: resource.to_owned(), context: BTreeMap::new() }
    }

    pub(crate) fn with(mut self, key: &'static str, value: &str) -> Self {
        self.context.insert(key, value.to_owned());
        self
    }
}

/// Returns whether a statement with this effect matches.
pub(crate) fn has(document: &Value, effect: &str, request: &Request) -> bool {
    statements(document).any(|s| s["Effect"] == effect && matches(s, request))
}

/// Returns the statements of a document.
pub(crate) fn statements(document: &Value) -> impl Iterator<Item = &Value> {
    document["Statement"].as_array().expect("statements").iter()
}

/// Returns the texts of a value that is one text or a list.
pub(crate) fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().map(|i| i.as_str().expect("a text")).collect(),
        other => panic!("neither a text nor several: {other}"),
    }
}

/// Principals are not compared: the bucket policy names `*`, and a role's policy has none.
fn matches(statement: &Value, request: &Request) -> bool {
    assert!(matches!(statement["Principal"].as_str(), None | Some("*")), "{statement}");
    let any = |key: &str, wanted: &str| texts(&statement[key]).iter().any(|pattern| like(pattern, wanted));
    let holds = || {
        let blocks = statement["Condition"].as_object().into_iter().flatten();
        let mut tests = blocks.flat_map(|(operator, keys)| {
            keys.as_object().expect("keys").iter().map(move |(key, values)| (operator, key, values))
        });
        tests.all(|(operator, key, values)| holds(operator, request.context.get(key.as_str()), &texts(values)))
    };
    any("Action", &request.action) && any("Resource", &request.resource) && holds()
}

/// A missing context key fails a plain operator and satisfies a negated one.
fn holds(operator: &str, actual: Option<&String>, values: &[&str]) -> bool {
    match operator {
        "Bool" | "StringEquals" => actual.is_some_and(|a| values.contains(&a.as_str())),
        "StringNotEquals" | "ArnNotEquals" => !holds("StringEquals", actual, values),
        "StringLike" => actual.is_some_and(|a| values.iter().any(|pattern| like(pattern, a))),
        // true of an absent key
        "ForAllValues:StringLike" => actual.is_none_or(|_| holds("StringLike", actual, values)),
        "IpAddress" => actual.is_some_and(|a| values.iter().any(|range| is_in(a.parse().expect("an address"), range))),
        "NotIpAddress" => !holds("IpAddress", actual, values),
        other => panic!("the operator {other} is not known here"),
    }
}

/// Compares with a pattern that may end in `*`, or be only `*`.
fn like(pattern: &str, text: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => !start.contains('*') && text.starts_with(start),
        None => pattern == text,
    }
}

fn is_in(address: IpAddr, range: &str) -> bool {
    let (network, length) = range.split_once('/').expect("a range");
    let (network, length): (IpAddr, u32) = (network.parse().expect("a network"), length.parse().expect("a length"));
    let bits = |ip: IpAddr| match ip {
        IpAddr::V4(v4) => u128::from(v4.to_bits()) << 96,
        IpAddr::V6(v6) => v6.to_bits(),
    };
    let same = |n: u32| (bits(address) ^ bits(network)).checked_shr(128 - n).unwrap_or(0) == 0;
    address.is_ipv4() == network.is_ipv4() && same(length)
}

#[test]
fn ranges_contain_their_addresses() {
    for (address, range, want) in [
        ("198.51.100.255", "198.51.100.0/24", true),
        ("198.51.101.0", "198.51.100.0/24", false),
        ("203.0.113.7", "0.0.0.0/0", true),
        ("203.0.113.7", "203.0.113.7/32", true),
        ("203.0.113.8", "203.0.113.7/32", false),
        ("2001:db8:42:ffff::1", "2001:db8:42::/48", true),
        ("2001:db8:43::1", "2001:db8:42::/48", false),
        ("198.51.100.1", "::/0", false),
    ] {
        assert_eq!(is_in(address.parse().unwrap(), range), want, "{address} {range}");
    }
}

//! `OcsfFindingFilters`: composites of filters, with the limits of the model.

use jiff::Timestamp;
use serde_json::Value;

use super::invalid;
use crate::api_error::ApiError;

/// AWS: "You can filter up to 10 composite filters."
const MAX_COMPOSITES: usize = 10;
/// AWS: "For each filter type inside of a composite filter, you can provide up to 20 filters."
const MAX_FILTERS: usize = 20;
/// AWS: composites can be in one another three levels deep.
const MAX_LEVELS: usize = 3;

/// Fields of the model that the simulator can filter by.
const TEXTS: [&str; 11] = [
    "activity_name",
    "class_name",
    "cloud.account.uid",
    "cloud.region",
    "compliance.control",
    "compliance.status",
    "finding_info.uid",
    "metadata.product.uid",
    "metadata.uid",
    "severity",
    "status",
];
const NUMBERS: [&str; 4] = ["activity_id", "compliance.status_id", "severity_id", "status_id"];
const DATES: [&str; 4] = [
    "finding_info.created_time_dt",
    "finding_info.first_seen_time_dt",
    "finding_info.last_seen_time_dt",
    "finding_info.modified_time_dt",
];

/// A condition on a record.
#[derive(Debug)]
enum Test {
    Text { path: String, value: String, comparison: String },
    Number { path: String, bounds: Value },
    Date { path: String, from: Timestamp, until: Timestamp },
    Composite(Composite),
}

#[derive(Debug)]
pub(super) struct Composite {
    tests: Vec<Test>,
    any: bool,
}

impl Composite {
    /// Reads `Filters`. Without them, every record matches.
    pub(super) fn parse(filters: Option<&Value>) -> Result<Self, ApiError> {
        let Some(filters) = filters.filter(|filters| !filters.is_null()) else {
            return Ok(Self { tests: Vec::new(), any: false });
        };
        let composites = list(filters, "CompositeFilters", MAX_COMPOSITES)?;
        let tests = composites.iter().map(|composite| Self::of(composite, 1).map(Test::Composite));
        Ok(Self { tests: tests.collect::<Result<_, _>>()?, any: is_any(filters, "CompositeOperator")? })
    }

    fn of(composite: &Value, level: usize) -> Result<Self, ApiError> {
        if level > MAX_LEVELS {
            return Err(invalid(format!("composite filters are more than {MAX_LEVELS} levels deep")));
        }
        let mut tests = Vec::new();
        for filter in list(composite, "StringFilters", MAX_FILTERS)? {
            tests.push(text_test(filter)?);
        }
        for filter in list(composite, "NumberFilters", MAX_FILTERS)? {
            tests.push(Test::Number { path: path(filter, &NUMBERS)?, bounds: filter["Filter"].clone() });
        }
        for filter in list(composite, "DateFilters", MAX_FILTERS)? {
            tests.push(date_test(filter)?);
        }
        for nested in list(composite, "NestedCompositeFilters", MAX_COMPOSITES)? {
            tests.push(Test::Composite(Self::of(nested, level + 1)?));
        }
        for other in ["BooleanFilters", "MapFilters", "IpFilters"] {
            if !list(composite, other, MAX_FILTERS)?.is_empty() {
                return Err(invalid(format!("the simulator has no {other}")));
            }
        }
        Ok(Self { tests, any: is_any(composite, "Operator")? })
    }

    pub(super) fn matches(&self, record: &Value) -> bool {
        let holds = |test: &Test| test.holds(record);
        self.tests.is_empty() || if self.any { self.tests.iter().any(holds) } else { self.tests.iter().all(holds) }
    }
}

impl Test {
    fn holds(&self, record: &Value) -> bool {
        match self {
            Self::Composite(composite) => composite.matches(record),
            Self::Text { path, value, comparison } => {
                let found = at(record, path).and_then(Value::as_str);
                match comparison.as_str() {
                    "EQUALS" => found == Some(value),
                    "PREFIX" => found.is_some_and(|found| found.starts_with(value.as_str())),
                    _ => found != Some(value),
                }
            }
            Self::Number { path, bounds } => {
                at(record, path).and_then(Value::as_f64).is_some_and(|n| within(bounds, n))
            }
            Self::Date { path, from, until } => {
                let time = at(record, path).and_then(Value::as_str).and_then(|text| text.parse::<Timestamp>().ok());
                time.is_some_and(|time| (*from..=*until).contains(&time))
            }
        }
    }
}

fn within(bounds: &Value, number: f64) -> bool {
    let holds = |name: &str, test: fn(f64, f64) -> bool| bounds[name].as_f64().is_none_or(|bound| test(number, bound));
    holds("Gte", |n, b| n >= b)
        && holds("Lte", |n, b| n <= b)
        && holds("Gt", |n, b| n > b)
        && holds("Lt", |n, b| n < b)
        && holds("Eq", |n, b| (n - b).abs() < f64::EPSILON)
}

pub(super) fn at<'v>(record: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.').try_fold(record, |value, name| value.get(name))
}

fn list<'v>(object: &'v Value, name: &str, limit: usize) -> Result<&'v [Value], ApiError> {
    let entries = object[name].as_array().map_or(&[][..], Vec::as_slice);
    if entries.len() > limit {
        return Err(invalid(format!("{name} has {} entries, more than {limit}", entries.len())));
    }
    Ok(entries)
}

fn is_any(object: &Value, name: &str) -> Result<bool, ApiError> {
    match object[name].as_str() {
        None | Some("AND") => Ok(false),
        Some("OR") => Ok(true),
        Some(other) => Err(invalid(format!("{name} is {other}; expected AND or OR"))),
    }
}

fn path(filter: &Value, known: &[&str]) -> Result<String, ApiError> {
    match filter["FieldName"].as_str().filter(|name| known.contains(name)) {
        Some(name) => Ok(name.to_owned()),
        None => Err(invalid(format!("{} is no field that the simulator can filter by", filter["FieldName"]))),
    }
}

fn text_test(filter: &Value) -> Result<Test, ApiError> {
    let path = path(filter, &TEXTS)?;
    let part = |name: &str| filter["Filter"][name].as_str().filter(|text| !text.trim().is_empty()).map(str::to_owned);
    let (Some(value), Some(comparison)) = (part("Value"), part("Comparison")) else {
        return Err(invalid(format!("the filter of {path} needs Value and Comparison")));
    };
    if !["EQUALS", "NOT_EQUALS", "PREFIX"].contains(&comparison.as_str()) {
        return Err(invalid(format!("the simulator does not compare by {comparison}")));
    }
    Ok(Test::Text { path, value, comparison })
}

fn date_test(filter: &Value) -> Result<Test, ApiError> {
    let path = path(filter, &DATES)?;
    let time = |name: &str| filter["Filter"][name].as_str().and_then(|text| text.parse().ok());
    match (time("Start"), time("End")) {
        (Some(from), Some(until)) => Ok(Test::Date { path, from, until }),
        _ => Err(invalid(format!("the filter of {path} needs Start and End"))),
    }
}

/// Returns the accounts that a request names, for its record.
pub(crate) fn named_accounts(filters: &Value, accounts: &mut Vec<String>) {
    for filter in filters["StringFilters"].as_array().into_iter().flatten() {
        if filter["FieldName"] == "cloud.account.uid" {
            accounts.extend(filter["Filter"]["Value"].as_str().map(str::to_owned));
        }
    }
    for list in ["CompositeFilters", "NestedCompositeFilters"] {
        filters[list].as_array().into_iter().flatten().for_each(|composite| named_accounts(composite, accounts));
    }
}

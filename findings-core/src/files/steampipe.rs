//! Rows of Steampipe's table `aws_securityhub_finding` as findings in ASFF.

use serde_json::{Map, Value, json};

/// Columns with JSON, which older versions of Steampipe write as texts.
const JSON: [&str; 10] = [
    "compliance",
    "finding_provider_fields",
    "note",
    "product_fields",
    "remediation",
    "resources",
    "severity",
    "types",
    "user_defined_fields",
    "vulnerabilities",
];

/// Returns the finding of a row; `None` if it is not a row of that table.
///
/// The columns of the table have the names of ASFF in snake case, with the values of ASFF. `account_id` is the account
/// that was asked, and `source_account_id` the one that the finding is about. See
/// <https://hub.steampipe.io/plugins/turbot/aws/tables/aws_securityhub_finding>.
pub(super) fn finding(row: &Map<String, Value>) -> Option<Value> {
    let account = row.get("source_account_id")?;
    let mut finding = Map::new();
    for (column, value) in row {
        let value = match value {
            Value::Null => continue,
            Value::String(text) if JSON.contains(&column.as_str()) => {
                serde_json::from_str(text).unwrap_or_else(|_| value.clone())
            }
            value => value.clone(),
        };
        match column.as_str() {
            "compliance_status" => set_unless_there(&mut finding, "Compliance", row.get("compliance"), &value),
            "workflow_status" => set_unless_there(&mut finding, "Workflow", row.get("workflow"), &value),
            _ => {
                finding.insert(pascal(column), value);
            }
        }
    }
    finding.insert("AwsAccountId".to_owned(), account.clone());
    Some(finding.into())
}

fn set_unless_there(finding: &mut Map<String, Value>, name: &str, whole: Option<&Value>, status: &Value) {
    if whole.is_none_or(Value::is_null) {
        finding.insert(name.to_owned(), json!({ "Status": status }));
    }
}

/// `generator_id` → `GeneratorId`
fn pascal(column: &str) -> String {
    let mut name = String::with_capacity(column.len());
    for word in column.split('_') {
        let mut letters = word.chars();
        name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        name.push_str(letters.as_str());
    }
    name
}

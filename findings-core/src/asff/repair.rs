//! Repairs records that the strict decoder refuses, so that an odd value costs only itself.

mod sanitize;

use serde::Deserialize as _;
use serde_json::{Number, Value};

pub(super) use self::sanitize::sanitize;
use super::TextPool;
use super::raw::RawFinding;
use crate::finding::OddValue;
use crate::{Finding, Result};

/// What a field holds in ASFF.
enum Kind {
    /// An account ID. A number with 12 digits is one, too.
    Account,
    /// A text without which there is no finding.
    Id,
    /// A text. Numbers and truth values are shown as texts.
    Text,
    /// A text that means something only as ASFF defines it: a time or a value of a list.
    Word,
    Number,
    Flag,
    /// An object with texts of any names.
    Pairs,
    Object(&'static [(&'static str, Kind)]),
    List(&'static Kind),
}

use Kind::{Account, Flag, Id, List, Object, Pairs, Text, Word};

/// The fields that the decoder reads. Must list the same fields as [`RawFinding`].
static FINDING: Kind = Object(&[
    ("AwsAccountId", Account),
    ("AwsAccountName", Text),
    ("Id", Id),
    ("ProductArn", Text),
    ("ProductName", Text),
    ("Region", Text),
    ("GeneratorId", Text),
    ("Types", List(&Text)),
    ("FindingProviderFields", Object(&[("Severity", SEVERITY), ("Types", List(&Text))])),
    ("Title", Text),
    ("Description", Text),
    ("Severity", SEVERITY),
    (
        "Compliance",
        Object(&[
            ("Status", Word),
            ("SecurityControlId", Text),
            ("AssociatedStandards", List(&Object(&[("StandardsId", Text)]))),
            ("StatusReasons", List(&Object(&[("ReasonCode", Text)]))),
        ]),
    ),
    ("Workflow", Object(&[("Status", Word)])),
    ("RecordState", Word),
    ("FirstObservedAt", Word),
    ("LastObservedAt", Word),
    ("CreatedAt", Word),
    ("UpdatedAt", Word),
    ("Resources", List(&Object(&[("Id", Text), ("Type", Text), ("Region", Text), ("Tags", Pairs)]))),
    ("Vulnerabilities", List(&VULNERABILITY)),
    ("Remediation", Object(&[("Recommendation", Object(&[("Text", Text), ("Url", Text)]))])),
    ("SourceUrl", Text),
    (
        "ProductFields",
        Object(&[
            ("ControlId", Text),
            ("RuleId", Text),
            ("StandardsArn", Text),
            ("StandardsGuideArn", Text),
            ("aws/securityhub/ProductName", Text),
        ]),
    ),
    ("Note", Object(&[("Text", Text), ("UpdatedBy", Text), ("UpdatedAt", Word)])),
    ("UserDefinedFields", Pairs),
    ("Sample", Flag),
]);

const SEVERITY: Kind = Object(&[("Label", Word), ("Normalized", Kind::Number)]);

static VULNERABILITY: Kind = Object(&[
    ("Id", Text),
    ("VulnerablePackages", List(&Object(&[("Name", Text), ("Version", Text), ("FixedInVersion", Text)]))),
    ("FixAvailable", Text),
    ("ExploitAvailable", Text),
    ("Cvss", List(&Object(&[("BaseScore", Kind::Number)]))),
    ("EpssScore", Kind::Number),
]);

/// Decodes a record that the strict decoder refused for the reason `refusal`.
pub(super) fn decode(json: &[u8], refusal: String, pool: &TextPool) -> Result<Finding, String> {
    let Some((mut record, has_replacements)) = parse(json).filter(|(record, _)| record.is_object()) else {
        return Err(refusal);
    };
    let mut repair = Repair { path: String::new(), odd_values: Vec::new(), has_replacements };
    repair.value(&mut record, &FINDING);
    if let Some(id) = record.get("Id").filter(|id| !id.is_null() && !id.is_string()) {
        return Err(format!("not a finding in ASFF: Id is {}, not a text", OddValue::new("", &id.to_string()).value));
    }
    let raw = RawFinding::deserialize(&record).map_err(|e| format!("not a finding in ASFF: {e}"))?;
    let mut finding = raw.into_finding(&mut pool.lock())?;
    let later = std::mem::take(&mut finding.odd_values);
    finding.odd_values = repair.odd_values.into_iter().chain(later).take(OddValue::MAX_PER_FINDING).collect();
    if finding.odd_values.is_empty() {
        // the odd place is in no field that the decoder reads, or a field is there twice
        finding.add_odd_value("Finding", refusal.split_once(": ").map_or(&*refusal, |(_, cause)| cause));
    }
    Ok(finding)
}

/// Parses a record as any JSON value, and says whether some of its characters had to be replaced.
pub(super) fn parse(json: &[u8]) -> Option<(Value, bool)> {
    if let Ok(value) = serde_json::from_slice(json) {
        return Some((value, false));
    }
    let text = String::from_utf8_lossy(json);
    Some((serde_json::from_str(&sanitize(&text, false)).ok()?, true))
}

/// The repair of one record.
struct Repair {
    /// Path of the value in hand.
    path: String,
    odd_values: Vec<OddValue>,
    /// Whether characters were replaced by U+FFFD before the record was parsed.
    has_replacements: bool,
}

impl Repair {
    /// Changes `value` into one that the strict decoder takes for a field of this kind, if need be into null.
    fn value(&mut self, value: &mut Value, kind: &Kind) {
        match (kind, &mut *value) {
            (_, Value::Null)
            | (Kind::Number, Value::Number(_))
            | (Kind::Flag, Value::Bool(_))
            // decoding says what is wrong with an ID
            | (Kind::Id, Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {}
            (Kind::Account | Kind::Id | Kind::Text | Kind::Word, Value::String(text)) => {
                if self.has_replacements && text.contains(char::REPLACEMENT_CHARACTER) {
                    self.note(value);
                }
            }
            (Kind::Account | Kind::Text, Value::Number(_) | Value::Bool(_)) => {
                self.note(value);
                *value = value.to_string().into();
            }
            (Kind::Number, Value::String(text)) => {
                let number = text.trim().parse().ok().and_then(Number::from_f64);
                self.replace(value, number.map_or(Value::Null, Value::Number));
            }
            (Kind::Flag, Value::String(text)) => {
                let flag = text.trim().to_ascii_lowercase().parse::<bool>().ok();
                self.replace(value, flag.map_or(Value::Null, Value::Bool));
            }
            (Kind::Pairs, Value::Object(pairs)) => {
                pairs.retain(|name, value| self.member(name, |repair| repair.entry(value, &Kind::Text)));
            }
            (Kind::Object(fields), Value::Object(object)) => {
                for (name, kind) in *fields {
                    if let Some(value) = object.get_mut(*name) {
                        self.member(name, |repair| repair.value(value, kind));
                    }
                }
            }
            (Kind::List(kind), Value::Array(entries)) => entries.retain_mut(|entry| self.entry(entry, kind)),
            // some tools write a list of one entry as that entry
            (Kind::List(kind @ Kind::Text), Value::String(_)) | (Kind::List(kind @ Kind::Object(_)), Value::Object(_)) => {
                self.note(value);
                let mut entry = value.take();
                self.value(&mut entry, kind);
                *value = vec![entry].into();
            }
            _ => self.replace(value, Value::Null),
        }
    }

    /// Repairs an entry of a list or an object. Returns whether it can be kept.
    fn entry(&mut self, entry: &mut Value, kind: &Kind) -> bool {
        if entry.is_null() {
            self.note(entry);
        }
        self.value(entry, kind);
        !entry.is_null()
    }

    /// Repairs a member of the object in hand.
    fn member<T>(&mut self, name: &str, repair: impl FnOnce(&mut Self) -> T) -> T {
        let parent = self.path.len();
        if parent > 0 {
            self.path.push('.');
        }
        self.path.push_str(name);
        let result = repair(self);
        self.path.truncate(parent);
        result
    }

    fn replace(&mut self, value: &mut Value, new: Value) {
        self.note(value);
        *value = new;
    }

    /// Records the value in hand as odd.
    fn note(&mut self, value: &Value) {
        if self.odd_values.len() < OddValue::MAX_PER_FINDING {
            let text = value.as_str().map_or_else(|| value.to_string().into(), std::borrow::Cow::from);
            self.odd_values.push(OddValue::new(self.path.as_str(), &text));
        }
    }
}

//! A finding in the making. Reads values of any type, and records those that are odd.

use std::borrow::Cow;

use jiff::Timestamp;
use serde_json::Value;

use super::loose::{Leaf, Leaves, Part, Parts};
use crate::asff::{Texts, parse_time};
use crate::{Finding, Text};

/// Numbers of seconds are below this, numbers of milliseconds above it, in all years in which there are findings.
const LARGEST_SECONDS: i64 = 100_000_000_000;

pub(super) struct Draft<'p> {
    pub(super) finding: Finding,
    pool: &'p mut Texts,
    /// Whether characters were replaced by U+FFFD before the record was parsed.
    has_replacements: bool,
}

impl<'p> Draft<'p> {
    pub(super) fn new(finding: Finding, pool: &'p mut Texts, has_replacements: bool) -> Self {
        Self { finding, pool, has_replacements }
    }

    /// Records the value of a field as odd.
    pub(super) fn odd(&mut self, field: &str, value: &str) {
        self.finding.add_odd_value(field, value);
    }

    pub(super) fn share(&mut self, text: &str) -> Text {
        self.pool.share(text)
    }

    /// Reads a text; `None` if it is missing or empty. Numbers and truth values are shown as texts.
    pub(super) fn text<'l>(&mut self, field: &str, leaf: &'l Leaf<'_>) -> Option<Cow<'l, str>> {
        match leaf {
            Leaf::Missing => None,
            Leaf::Text(text) => {
                if self.has_replacements && text.contains(char::REPLACEMENT_CHARACTER) {
                    self.odd(field, text);
                }
                Some(Cow::Borrowed(&**text)).filter(|text| !text.is_empty())
            }
            Leaf::Number(_) | Leaf::Flag(_) => {
                let text = shown(leaf);
                self.odd(field, &text);
                Some(text.into())
            }
            Leaf::List(_) | Leaf::Object(_) => {
                self.odd(field, &shown(leaf));
                None
            }
        }
    }

    /// Reads a text that repeats in many findings.
    pub(super) fn shared(&mut self, field: &str, leaf: &Leaf<'_>) -> Option<Text> {
        let text = self.text(field, leaf)?;
        Some(self.share(&text))
    }

    /// Reads a list of texts. Empty ones are left out.
    pub(super) fn texts(&mut self, field: &str, leaves: &Leaves<'_>) -> Vec<Text> {
        match leaves {
            Leaves::Missing => Vec::new(),
            Leaves::List(entries) => entries.iter().filter_map(|entry| self.entry(field, entry)).collect(),
            // some tools write a list of one entry as that entry
            Leaves::Text(text) => {
                self.odd(field, text);
                vec![self.share(text)]
            }
            other => {
                self.odd(field, &other.shown(|_| String::new(), Value::to_string));
                Vec::new()
            }
        }
    }

    fn entry(&mut self, field: &str, entry: &Leaf<'_>) -> Option<Text> {
        if entry.is_missing() {
            self.odd(field, "null");
        }
        self.shared(field, entry)
    }

    /// Reads an object.
    pub(super) fn part<'r, T>(&mut self, field: &str, part: &'r Part<'_, T>) -> Option<&'r T> {
        match part {
            Part::Missing => None,
            Part::Object(object) => Some(object),
            other => {
                self.odd(field, &other.shown(Value::to_string, |_| String::new()));
                None
            }
        }
    }

    /// Reads a list of objects.
    pub(super) fn parts<'r, T>(&mut self, field: &str, parts: &'r Parts<'_, T>) -> Vec<&'r T> {
        match parts {
            Parts::Missing => Vec::new(),
            Parts::List(entries) => entries
                .iter()
                .filter_map(|entry| {
                    if entry.is_missing() {
                        self.odd(field, "null");
                    }
                    self.part(field, entry)
                })
                .collect(),
            Parts::Object(object) => {
                self.odd(field, "{…}");
                vec![object]
            }
            other => {
                self.odd(field, &other.shown(|_| String::new(), |_| String::new()));
                Vec::new()
            }
        }
    }

    /// Reads a whole number, which some tools write as a text.
    pub(super) fn number(&mut self, field: &str, leaf: &Leaf<'_>) -> Option<i64> {
        let number = match leaf {
            Leaf::Missing => return None,
            Leaf::Number(number) => whole(number),
            Leaf::Text(text) if text.is_empty() => return None,
            Leaf::Text(text) => {
                self.odd(field, text);
                return text.trim().parse().ok();
            }
            _ => None,
        };
        if number.is_none() {
            self.odd(field, &shown(leaf));
        }
        number
    }

    pub(super) fn flag(&mut self, field: &str, leaf: &Leaf<'_>) -> Option<bool> {
        match leaf {
            Leaf::Missing => None,
            Leaf::Flag(flag) => Some(*flag),
            other => {
                let text = shown(other);
                self.odd(field, &text);
                text.trim().to_ascii_lowercase().parse().ok()
            }
        }
    }

    /// Reads a time from the first of the fields that has one: a text as [`parse_time`] takes it, or a number of
    /// milliseconds or seconds since 1970.
    pub(super) fn time(&mut self, fields: &[(&str, &Leaf<'_>)]) -> Option<Timestamp> {
        fields.iter().find_map(|(field, leaf)| {
            let time = match leaf {
                Leaf::Missing => return None,
                Leaf::Text(text) if text.is_empty() => return None,
                Leaf::Text(text) => parse_time(text),
                Leaf::Number(number) => whole(number).and_then(of_epoch),
                _ => None,
            };
            // products that do not know a time write zero
            let is_unknown = matches!(leaf, Leaf::Number(number) if number.as_i64() == Some(0));
            if time.is_none() && !is_unknown {
                self.odd(field, &shown(leaf));
            }
            time
        })
    }
}

fn shown(leaf: &Leaf<'_>) -> String {
    leaf.shown(Value::to_string, Value::to_string)
}

fn whole(number: &serde_json::Number) -> Option<i64> {
    let of_fraction = || number.as_f64().filter(|n| n.fract() == 0.0 && n.abs() < 1e15);
    #[expect(clippy::cast_possible_truncation, reason = "whole and small")]
    number.as_i64().or_else(|| of_fraction().map(|n| n as i64))
}

/// Returns the time of a number of milliseconds, or of seconds if it is too small for these.
fn of_epoch(number: i64) -> Option<Timestamp> {
    let time =
        if number < LARGEST_SECONDS { Timestamp::from_second(number) } else { Timestamp::from_millisecond(number) };
    time.ok().and_then(|time| parse_time(&time.to_string()))
}

//! What the new Security Hub has: the findings of the store in OCSF, and records that only it has.

use std::sync::Arc;

use asff_fixtures::in_ocsf;
use serde_json::Value;

use crate::hubs::Hubs;
use crate::store::FindingStore;

/// A finding in OCSF, with the Region whose hub has it.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) region: String,
    pub(crate) value: Value,
}

/// The findings in OCSF, in the order of their last update, as far as they are known. Made anew when the store changed.
#[derive(Debug, Default)]
pub(crate) struct View {
    /// Records that have no counterpart in ASFF.
    pub(crate) more: Vec<Value>,
    made: Option<(u64, Arc<[Record]>)>,
}

impl View {
    /// Adds a record, or replaces the one with the same `metadata.uid`.
    pub(crate) fn upsert(&mut self, record: Value) {
        let uid = |value: &Value| value.pointer("/metadata/uid").cloned();
        self.more.retain(|known| uid(known).is_none() || uid(known) != uid(&record));
        self.more.push(record);
        self.made = None;
    }

    /// Returns all records.
    pub(crate) fn records(&mut self, store: &FindingStore) -> Arc<[Record]> {
        if let Some((version, records)) = &self.made
            && *version == store.version()
        {
            return records.clone();
        }
        let stored = store.candidates(None).into_iter().filter_map(|slot| store.get_slot(slot));
        let mut records: Vec<Record> = stored
            .map(|stored| Record { region: stored.region.to_string(), value: in_ocsf(&stored.parse()) })
            .chain(self.more.iter().map(|value| Record { region: region(value), value: value.clone() }))
            .collect();
        records.sort_by_key(|record| key(&record.value));
        let records: Arc<[Record]> = records.into();
        self.made = Some((store.version(), records.clone()));
        records
    }
}

fn region(value: &Value) -> String {
    value.pointer("/cloud/region").and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// The place of a record in the order: its last update in milliseconds, and its identity.
pub(crate) type After = (i64, String);

pub(super) fn key(value: &Value) -> After {
    let time = value.pointer("/finding_info/modified_time").and_then(Value::as_i64).unwrap_or_default();
    let uid = value.pointer("/metadata/uid").or_else(|| value.pointer("/finding_info/uid"));
    (time, uid.map(Value::to_string).unwrap_or_default())
}

/// Returns whether a call in `region` sees a record.
pub(super) fn is_visible(hubs: &Hubs, region: &str, record: &Record) -> bool {
    record.region.is_empty() || hubs.sees(region, &record.region)
}

//! The findings of the simulated organisation.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::{Hash as _, Hasher as _};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

/// `ProductArn` and `Id`, the pair by which AWS identifies a finding.
type Key = (Arc<str>, Arc<str>);

/// A finding as JSON text, with the fields that queries use most stored separately.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) raw: Arc<str>,
    pub(super) account: Option<Arc<str>>,
    pub(super) product_arn: Option<Arc<str>>,
    pub(super) id: Option<Arc<str>>,
    pub(super) region: Arc<str>,
    pub(super) record_state: Arc<str>,
    pub(super) workflow_status: Arc<str>,
    pub(super) severity_label: Option<Arc<str>>,
    pub(super) compliance_status: Option<Arc<str>>,
    pub(super) created_at: Option<Timestamp>,
    pub(super) updated_at: Option<Timestamp>,
    /// Position in the order without sort criteria. It is stable while the finding does not change, and unrelated to
    /// time.
    pub(super) scramble: u64,
}

impl Stored {
    pub(super) fn parse(&self) -> Value {
        serde_json::from_str(&self.raw).unwrap_or_default()
    }

    fn key(&self) -> Option<Key> {
        Some((self.product_arn.clone()?, self.id.clone()?))
    }
}

/// The findings of the simulated organisation, in all its Regions.
///
/// Findings are `serde_json` values in ASFF, or JSON text for large numbers. They are returned unchanged. Filters treat
/// a finding without `RecordState` as `ACTIVE` and one without `Workflow.Status` as `NEW`, the values that the service
/// sets on import. A finding belongs to the Region in its `Region` field, otherwise to that in its `ProductArn`,
/// otherwise to the simulator's default Region.
#[derive(Debug)]
pub struct FindingStore {
    slots: Vec<Option<Stored>>,
    by_key: HashMap<Key, usize>,
    by_account: HashMap<Arc<str>, Vec<usize>>,
    texts: HashSet<Arc<str>>,
    default_region: Arc<str>,
    version: u64,
    live: usize,
}

impl FindingStore {
    pub(super) fn new(default_region: &str) -> Self {
        Self {
            slots: Vec::new(),
            by_key: HashMap::new(),
            by_account: HashMap::new(),
            texts: HashSet::new(),
            default_region: default_region.into(),
            version: 0,
            live: 0,
        }
    }

    pub(super) fn set_default_region(&mut self, region: &str) {
        self.default_region = region.into();
    }

    /// Adds a finding, or replaces the one with the same (ProductArn, Id).
    pub fn upsert(&mut self, finding: &Value) {
        self.put(finding, finding.to_string().into());
    }

    /// Adds or replaces a finding from JSON text, which is stored and returned byte for byte.
    ///
    /// # Errors
    /// Fails if the text is not JSON; the store is then unchanged.
    pub fn upsert_raw(&mut self, finding: Arc<str>) -> Result<(), serde_json::Error> {
        let value: Value = serde_json::from_str(&finding)?;
        self.put(&value, finding);
        Ok(())
    }

    /// Changes a finding in place; `false` if there is none with this identity. `UpdatedAt` changes only if the closure
    /// changes it.
    pub fn update(&mut self, product_arn: &str, id: &str, change: impl FnOnce(&mut Value)) -> bool {
        let Some(slot) = self.slot(product_arn, id) else {
            return false;
        };
        let Some(mut finding) = self.get_slot(slot).map(Stored::parse) else {
            return false;
        };
        change(&mut finding);
        let stored = self.extract(&finding, finding.to_string().into());
        if stored.key() == self.get_slot(slot).and_then(Stored::key) {
            self.replace(slot, stored);
        } else {
            self.remove(product_arn, id);
            self.insert(stored);
        }
        true
    }

    /// Deletes a finding; `false` if there is none with this identity.
    pub fn remove(&mut self, product_arn: &str, id: &str) -> bool {
        let Some(slot) = self.by_key.remove(&(product_arn.into(), id.into())) else {
            return false;
        };
        self.unindex_account(slot);
        // kept empty, so that the numbers of all other findings stay the same
        self.slots[slot] = None;
        self.live -= 1;
        self.version += 1;
        true
    }

    /// Returns the finding with this identity.
    pub fn get(&self, product_arn: &str, id: &str) -> Option<Value> {
        let slot = self.slot(product_arn, id)?;
        self.get_slot(slot).map(Stored::parse)
    }

    /// Returns the number of findings in all Regions and states.
    pub fn len(&self) -> usize {
        self.live
    }

    /// Returns whether there are no findings.
    pub fn is_empty(&self) -> bool {
        self.live == 0
    }

    /// Returns whether the Region has findings, or had some.
    pub(super) fn knows_region(&self, region: &str) -> bool {
        // every finding's Region is among the shared texts, and no other of these texts looks like one
        self.texts.contains(region)
    }

    /// Returns a version that changes with every change of the data.
    pub(super) fn version(&self) -> u64 {
        self.version
    }

    pub(super) fn slot(&self, product_arn: &str, id: &str) -> Option<usize> {
        self.by_key.get(&(product_arn.into(), id.into())).copied()
    }

    pub(super) fn get_slot(&self, slot: usize) -> Option<&Stored> {
        self.slots.get(slot)?.as_ref()
    }

    /// Returns the slots of `accounts`, or all slots.
    pub(super) fn candidates(&self, accounts: Option<&[String]>) -> Vec<usize> {
        let Some(accounts) = accounts else {
            return (0..self.slots.len()).collect();
        };
        let accounts: BTreeSet<&str> = accounts.iter().map(String::as_str).collect();
        let indexed = accounts.into_iter().filter_map(|account| self.by_account.get(account));
        indexed.flatten().copied().collect()
    }

    fn put(&mut self, finding: &Value, raw: Arc<str>) {
        let stored = self.extract(finding, raw);
        match stored.key().and_then(|key| self.by_key.get(&key).copied()) {
            Some(slot) => self.replace(slot, stored),
            None => self.insert(stored),
        }
    }

    fn insert(&mut self, stored: Stored) {
        let slot = self.slots.len();
        if let Some(key) = stored.key() {
            self.by_key.insert(key, slot);
        }
        self.index_account(slot, &stored);
        self.slots.push(Some(stored));
        self.live += 1;
        self.version += 1;
    }

    fn replace(&mut self, slot: usize, stored: Stored) {
        if self.get_slot(slot).is_some_and(|old| old.account != stored.account) {
            self.unindex_account(slot);
            self.index_account(slot, &stored);
        }
        self.slots[slot] = Some(stored);
        self.version += 1;
    }

    fn index_account(&mut self, slot: usize, stored: &Stored) {
        if let Some(account) = &stored.account {
            self.by_account.entry(account.clone()).or_default().push(slot);
        }
    }

    fn unindex_account(&mut self, slot: usize) {
        let account = self.get_slot(slot).and_then(|stored| stored.account.clone());
        if let Some(slots) = account.and_then(|account| self.by_account.get_mut(&account)) {
            slots.retain(|other| *other != slot);
        }
    }

    fn extract(&mut self, finding: &Value, raw: Arc<str>) -> Stored {
        let text = |pointer: &str| finding.pointer(pointer).and_then(Value::as_str);
        let time = |pointer: &str| text(pointer).and_then(|text| text.parse().ok());
        let product_arn = text("/ProductArn");
        let arn_region = product_arn.and_then(|arn| arn.split(':').nth(3)).filter(|part| !part.is_empty());
        let region = text("/Region").or(arn_region).map(Arc::from);
        let region = region.unwrap_or_else(|| self.default_region.clone());
        Stored {
            account: text("/AwsAccountId").map(|text| self.shared(text)),
            product_arn: product_arn.map(|text| self.shared(text)),
            id: text("/Id").map(Arc::from),
            region: self.shared(&region),
            record_state: self.shared(text("/RecordState").unwrap_or("ACTIVE")),
            workflow_status: self.shared(text("/Workflow/Status").unwrap_or("NEW")),
            severity_label: text("/Severity/Label").map(|text| self.shared(text)),
            compliance_status: text("/Compliance/Status").map(|text| self.shared(text)),
            created_at: time("/CreatedAt"),
            updated_at: time("/UpdatedAt"),
            scramble: scramble(finding),
            raw,
        }
    }

    /// Returns a shared copy of a text that many findings contain.
    fn shared(&mut self, text: &str) -> Arc<str> {
        if let Some(shared) = self.texts.get(text) {
            return shared.clone();
        }
        let shared: Arc<str> = text.into();
        self.texts.insert(shared.clone());
        shared
    }
}

/// Hashes identity and update time. An update therefore moves the finding, as can happen in the real service.
fn scramble(finding: &Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    for name in ["ProductArn", "Id", "UpdatedAt"] {
        finding.get(name).and_then(Value::as_str).hash(&mut hasher);
    }
    hasher.finish()
}

//! The hub of each Region, and the aggregator that links Regions to a home Region.

use std::collections::{BTreeMap, BTreeSet};

/// The reporting mode of control findings: one finding per control, or one per standard that contains the control.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ControlFindingGenerator {
    /// `SECURITY_CONTROL`: consolidated control findings.
    #[default]
    SecurityControl,
    /// `STANDARD_CONTROL`: one finding per enabled standard.
    StandardControl,
}

impl ControlFindingGenerator {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::SecurityControl => "SECURITY_CONTROL",
            Self::StandardControl => "STANDARD_CONTROL",
        }
    }
}

/// A finding aggregator. The home Region also shows the findings of linked Regions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aggregator {
    pub(super) home: String,
    pub(super) mode: &'static str,
    pub(super) regions: BTreeSet<String>,
}

impl Aggregator {
    /// Links every Region (`ALL_REGIONS`).
    pub fn all_regions(home: impl Into<String>) -> Self {
        Self::with_mode(home, "ALL_REGIONS", [])
    }

    /// Links every Region except these (`ALL_REGIONS_EXCEPT_SPECIFIED`).
    pub fn all_regions_except<const N: usize>(home: impl Into<String>, regions: [&str; N]) -> Self {
        Self::with_mode(home, "ALL_REGIONS_EXCEPT_SPECIFIED", regions)
    }

    /// Links these Regions (`SPECIFIED_REGIONS`).
    pub fn specified_regions<const N: usize>(home: impl Into<String>, regions: [&str; N]) -> Self {
        Self::with_mode(home, "SPECIFIED_REGIONS", regions)
    }

    /// Links no Region (`NO_REGIONS`).
    pub fn no_regions(home: impl Into<String>) -> Self {
        Self::with_mode(home, "NO_REGIONS", [])
    }

    fn with_mode<const N: usize>(home: impl Into<String>, mode: &'static str, regions: [&str; N]) -> Self {
        Self { home: home.into(), mode, regions: regions.map(str::to_owned).into() }
    }

    fn links(&self, region: &str) -> bool {
        match self.mode {
            "ALL_REGIONS" => true,
            "ALL_REGIONS_EXCEPT_SPECIFIED" => !self.regions.contains(region),
            "SPECIFIED_REGIONS" => self.regions.contains(region),
            _ => false,
        }
    }

    pub(super) fn arn(&self, administrator: &str) -> String {
        let home = &self.home;
        format!("arn:aws:securityhub:{home}:{administrator}:finding-aggregator/5b7e3d52-0000-4000-8000-000000000000")
    }
}

/// The Regions and accounts in which Security Hub is on.
#[derive(Debug, Default)]
pub(super) struct Hubs {
    /// Regions whose hub was turned on or off explicitly.
    set: BTreeMap<String, bool>,
    /// Account and Region of each member's hub that is on.
    members_on: BTreeSet<(String, String)>,
    pub(super) generator: ControlFindingGenerator,
    pub(super) aggregator: Option<Aggregator>,
}

impl Hubs {
    pub(super) fn set_on(&mut self, region: &str, on: bool) {
        self.set.insert(region.to_owned(), on);
    }

    /// Returns whether the hub was turned on or off; `None` if nobody said.
    fn set(&self, region: &str) -> Option<bool> {
        self.set.get(region).copied()
    }

    /// Returns whether the hub of a Region is on. `is_known` is whether the Region has findings or members of its own.
    ///
    /// An aggregator that links all Regions links dozens, of which accounts use a few. Therefore the hub of a Region that
    /// only such an aggregator links is off until it is turned on.
    pub(super) fn is_on(&self, region: &str, is_known: bool) -> bool {
        let links_all = |a: &Aggregator| a.mode.starts_with("ALL_REGIONS") && a.home != region && a.links(region);
        self.set(region).unwrap_or_else(|| is_known || !self.aggregator.as_ref().is_some_and(links_all))
    }

    /// Turns Security Hub on in a member account; `false` if it was on already.
    pub(super) fn enable_member(&mut self, account: &str, region: &str) -> bool {
        self.members_on.insert((account.to_owned(), region.to_owned()))
    }

    pub(super) fn is_on_in(&self, account: &str, region: &str) -> bool {
        self.members_on.contains(&(account.to_owned(), region.to_owned()))
    }

    pub(super) fn set_generator(&mut self, generator: ControlFindingGenerator) {
        self.generator = generator;
    }

    pub(super) fn set_aggregator(&mut self, aggregator: Option<Aggregator>) {
        self.aggregator = aggregator;
    }

    /// Returns whether a call in `region` sees findings of `other`, a Region with findings. Findings of a linked Region are visible only while
    /// its hub is on.
    pub(super) fn sees(&self, region: &str, other: &str) -> bool {
        let linked = |aggregator: &Aggregator| aggregator.home == region && aggregator.links(other);
        region == other || self.is_on(other, true) && self.aggregator.as_ref().is_some_and(linked)
    }
}

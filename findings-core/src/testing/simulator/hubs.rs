//! The hub of each Region, and the aggregator that links Regions to a home.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::api_error::ApiError;
use super::operation::AGGREGATOR_PATH;
use super::reply::Answer;
use super::request::Call;
use super::state::State;

/// How control findings are made: one for each control, or one for each standard that has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ControlFindingGenerator {
    /// `SECURITY_CONTROL`: consolidated control findings.
    #[default]
    SecurityControl,
    /// `STANDARD_CONTROL`: one finding per enabled standard.
    StandardControl,
}

impl ControlFindingGenerator {
    fn name(self) -> &'static str {
        match self {
            Self::SecurityControl => "SECURITY_CONTROL",
            Self::StandardControl => "STANDARD_CONTROL",
        }
    }
}

/// A finding aggregator: the home Region also shows the findings of the linked ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aggregator {
    home: String,
    mode: &'static str,
    regions: BTreeSet<String>,
}

impl Aggregator {
    /// Links every Region (`ALL_REGIONS`).
    pub fn all_regions(home: impl Into<String>) -> Self {
        Self::with_mode(home, "ALL_REGIONS", [])
    }

    /// Links every Region but these (`ALL_REGIONS_EXCEPT_SPECIFIED`).
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

    fn arn(&self, administrator: &str) -> String {
        let home = &self.home;
        format!("arn:aws:securityhub:{home}:{administrator}:finding-aggregator/5b7e3d52-0000-4000-8000-000000000000")
    }
}

/// What is on where.
#[derive(Debug, Default)]
pub(super) struct Hubs {
    off: BTreeSet<String>,
    generator: ControlFindingGenerator,
    aggregator: Option<Aggregator>,
}

impl Hubs {
    pub(super) fn set_on(&mut self, region: &str, on: bool) {
        if on {
            self.off.remove(region);
        } else {
            self.off.insert(region.to_owned());
        }
    }

    pub(super) fn is_on(&self, region: &str) -> bool {
        !self.off.contains(region)
    }

    pub(super) fn set_generator(&mut self, generator: ControlFindingGenerator) {
        self.generator = generator;
    }

    pub(super) fn set_aggregator(&mut self, aggregator: Option<Aggregator>) {
        self.aggregator = aggregator;
    }

    /// Whether a call in `region` sees a finding of `other`. Findings of a linked Region come
    /// through only while the hub is on there.
    pub(super) fn sees(&self, region: &str, other: &str) -> bool {
        let linked = |aggregator: &Aggregator| aggregator.home == region && aggregator.links(other);
        region == other || self.is_on(other) && self.aggregator.as_ref().is_some_and(linked)
    }
}

pub(super) fn describe_hub(state: &State, call: &Call) -> Result<Answer, ApiError> {
    let (region, administrator) = (&call.region, &state.settings.administrator);
    let arn = format!("arn:aws:securityhub:{region}:{administrator}:hub/default");
    if call.query.get("HubArn").is_some_and(|asked| *asked != arn) {
        return Err(ApiError::not_found("The hub was not found"));
    }
    let body = json!({
        "HubArn": arn,
        "SubscribedAt": "2026-01-01T00:00:00.000Z",
        "AutoEnableControls": true,
        "ControlFindingGenerator": state.hubs.generator.name(),
    });
    Ok(Answer::json(body.to_string()))
}

/// AWS: none or one, and visible from every Region.
pub(super) fn list_finding_aggregators(state: &State) -> Answer {
    let aggregators: Vec<Value> = state
        .hubs
        .aggregator
        .iter()
        .map(|aggregator| json!({ "FindingAggregatorArn": aggregator.arn(&state.settings.administrator) }))
        .collect();
    Answer::json(json!({ "FindingAggregators": aggregators }).to_string())
}

pub(super) fn get_finding_aggregator(state: &State, call: &Call) -> Result<Answer, ApiError> {
    let asked = call.path.strip_prefix(AGGREGATOR_PATH).unwrap_or_default();
    let administrator = &state.settings.administrator;
    let known = state.hubs.aggregator.as_ref().filter(|known| known.arn(administrator) == asked);
    let Some(aggregator) = known else {
        return Err(ApiError::not_found(format!("The finding aggregator {asked} was not found")));
    };
    let body = json!({
        "FindingAggregatorArn": asked,
        "FindingAggregationRegion": aggregator.home,
        "RegionLinkingMode": aggregator.mode,
        "Regions": aggregator.regions,
    });
    Ok(Answer::json(body.to_string()))
}

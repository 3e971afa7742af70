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
    /// Where Security Hub is on in member accounts, by account and Region.
    members_on: BTreeSet<(String, String)>,
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

    /// Turns Security Hub on in a member account; `false` if it is.
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

    /// Whether a call in `region` sees a finding of `other`. Findings of a linked Region come
    /// through only while the hub is on there.
    pub(super) fn sees(&self, region: &str, other: &str) -> bool {
        let linked = |aggregator: &Aggregator| aggregator.home == region && aggregator.links(other);
        region == other || self.is_on(other) && self.aggregator.as_ref().is_some_and(linked)
    }
}

pub(super) fn describe_hub(state: &State, call: &Call) -> Result<Answer, ApiError> {
    let (region, account) = (&call.region, call.member.as_ref().unwrap_or(&state.settings.administrator));
    let arn = format!("arn:aws:securityhub:{region}:{account}:hub/default");
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

/// AWS: an account that is on already gets ResourceConflictException.
pub(super) fn enable_security_hub(state: &mut State, call: &Call) -> Result<Answer, ApiError> {
    let region = &call.region;
    let (account, was_off) = match &call.member {
        Some(member) => (member.clone(), state.hubs.enable_member(member, region)),
        None => (state.settings.administrator.clone(), !state.hubs.is_on(region)),
    };
    if !was_off {
        let message = format!("Account {account} is already subscribed to Security Hub");
        return Err(ApiError::new(409, "ResourceConflictException", message));
    }
    if call.member.is_none() {
        state.change_hubs(|hubs| hubs.set_on(region, true));
    }
    Ok(Answer::json("{}"))
}

/// Mode and Regions of a call, checked.
fn linking(call: &Call) -> Result<(&'static str, BTreeSet<String>), ApiError> {
    const MODES: [&str; 4] = ["ALL_REGIONS", "ALL_REGIONS_EXCEPT_SPECIFIED", "SPECIFIED_REGIONS", "NO_REGIONS"];
    let asked = call.parameter("RegionLinkingMode").and_then(Value::as_str).unwrap_or_default();
    let mode = MODES.into_iter().find(|mode| *mode == asked);
    let mode = mode.ok_or_else(|| ApiError::invalid_parameter("RegionLinkingMode", "data is not a linking mode"))?;
    let regions = call.parameter("Regions").and_then(Value::as_array).into_iter().flatten();
    let regions: BTreeSet<String> = regions.filter_map(|region| region.as_str().map(str::to_owned)).collect();
    let complaint = match mode {
        "ALL_REGIONS_EXCEPT_SPECIFIED" | "SPECIFIED_REGIONS" if regions.is_empty() => "Regions are missing",
        "ALL_REGIONS" | "NO_REGIONS" if !regions.is_empty() => "Regions must not be given with this mode",
        _ if regions.contains(&call.region) => "the home Region cannot be among them",
        _ => return Ok((mode, regions)),
    };
    Err(ApiError::invalid_parameter("Regions", complaint))
}

/// AWS: the Region of the call becomes the home Region.
pub(super) fn create_finding_aggregator(state: &mut State, call: &Call) -> Result<Answer, ApiError> {
    let (mode, regions) = linking(call)?;
    if state.hubs.aggregator.is_some() {
        return Err(ApiError::invalid_input("A finding aggregator already exists"));
    }
    Ok(set_linking(state, Aggregator { home: call.region.clone(), mode, regions }))
}

/// AWS: from the home Region only, which cannot be changed.
pub(super) fn update_finding_aggregator(state: &mut State, call: &Call) -> Result<Answer, ApiError> {
    let arn = call.parameter("FindingAggregatorArn").and_then(Value::as_str).unwrap_or_default();
    let known = state.hubs.aggregator.as_ref().filter(|known| known.arn(&state.settings.administrator) == arn);
    let Some(home) = known.map(|known| known.home.clone()) else {
        return Err(ApiError::not_found(format!("The finding aggregator {arn} was not found")));
    };
    if home != call.region {
        return Err(ApiError::invalid_input(format!("The finding aggregator can be changed in {home} only")));
    }
    let (mode, regions) = linking(call)?;
    Ok(set_linking(state, Aggregator { home, mode, regions }))
}

fn set_linking(state: &mut State, aggregator: Aggregator) -> Answer {
    let answer = described(&aggregator, &state.settings.administrator);
    state.change_hubs(|hubs| hubs.set_aggregator(Some(aggregator)));
    answer
}

fn described(aggregator: &Aggregator, administrator: &str) -> Answer {
    let body = json!({
        "FindingAggregatorArn": aggregator.arn(administrator),
        "FindingAggregationRegion": aggregator.home,
        "RegionLinkingMode": aggregator.mode,
        "Regions": aggregator.regions,
    });
    Answer::json(body.to_string())
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
    Ok(described(aggregator, administrator))
}

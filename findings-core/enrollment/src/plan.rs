//! Computes the steps that are left from the facts of a coverage check. Makes no requests.

use std::collections::BTreeSet;

use findings_core::coverage::{Aggregation, CoverageFacts, Hub, MemberStatus, RegionFacts};
use findings_core::{AccountId, securityhub};

use super::{EnrollRequest, EnrollmentStep, Linking, Subject};

/// What is left to do for one subject. The subject is done if `steps`, `waits` and `doubt` are all empty.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Planned {
    /// The hub, aggregator or member.
    pub subject: Subject,
    /// The current status, for example `Invited`.
    pub status: String,
    /// The steps that are left, in order.
    pub steps: Vec<EnrollmentStep>,
    /// The action that is needed after these steps, and who takes it.
    pub waits: Option<String>,
    /// The reason why the steps cannot be determined.
    pub doubt: Option<String>,
}

impl Planned {
    fn new(subject: Subject, status: impl Into<String>) -> Self {
        Self { subject, status: status.into(), steps: Vec::new(), waits: None, doubt: None }
    }

    fn with_steps(mut self, steps: impl IntoIterator<Item = EnrollmentStep>) -> Self {
        self.steps.extend(steps);
        self
    }

    fn with_wait(mut self, action: impl Into<String>) -> Self {
        self.waits = Some(action.into());
        self
    }

    fn with_doubt(mut self, reason: impl Into<String>) -> Self {
        self.doubt = Some(reason.into());
        self
    }
}

/// Plans what is left to do: for the hub of each Region, for the finding aggregator if the request is about linking,
/// and for each account in each Region.
///
/// ```
/// use findings_core::coverage::*;
/// use findings_enrollment::*;
/// let (member, stranger) = ("111100000001".parse()?, "222200000002".parse()?);
/// let members = [(member, MemberStatus::Enabled)];
/// let region = RegionFacts::new(Some("eu-west-1".into())).with_hub(Hub::On).with_members(members);
/// let planned = plan(&CoverageFacts::new(vec![region]), &EnrollRequest::new(vec![member, stranger]));
/// assert!(planned[0].steps.is_empty(), "the hub is on");
/// assert!(planned[1].steps.is_empty(), "a member needs nothing");
/// assert_eq!(planned[2].steps, [EnrollmentStep::CreateMember, EnrollmentStep::InviteMember]);
/// # Ok::<(), findings_core::InvalidAccountId>(())
/// ```
pub fn plan(facts: &CoverageFacts, request: &EnrollRequest) -> Vec<Planned> {
    let administrator = facts.regions.iter().find_map(|region| region.administrator);
    let hubs = facts.regions.iter().map(plan_hub);
    let members = facts.regions.iter().flat_map(|region| {
        request.accounts.iter().map(move |account| plan_member(*account, region, administrator, facts, request))
    });
    hubs.chain(plan_aggregator(facts, request)).chain(members).collect()
}

fn region_name(region: &RegionFacts) -> String {
    region.region.clone().unwrap_or_default()
}

fn plan_hub(region: &RegionFacts) -> Planned {
    let subject = Subject::Hub { region: region_name(region) };
    match region.hub {
        Hub::On => Planned::new(subject, "on"),
        Hub::Off => Planned::new(subject, "off").with_steps([EnrollmentStep::EnableHub]),
        Hub::Unknown => Planned::new(subject, "unknown").with_doubt(
            "whether Security Hub is on in the administrator account could not be looked up; see the notes",
        ),
    }
}

fn plan_aggregator(facts: &CoverageFacts, request: &EnrollRequest) -> Option<Planned> {
    let subject = || Subject::Aggregator { region: request.home.clone() };
    if request.linking == Linking::AsIs {
        return None;
    }
    let Some(known) = &facts.aggregation else {
        let missing = Planned::new(subject(), "none");
        let hub_is_off = facts.regions.iter().any(|r| r.region.as_ref() == Some(&request.home) && r.hub == Hub::Off);
        // `other_regions` without an aggregator means that the query for it failed: creating one could make a second
        return Some(if facts.other_regions && !hub_is_off {
            missing.with_doubt("the finding aggregator could not be looked up; see the notes")
        } else {
            missing.with_steps(link_step(None, &request.linking))
        });
    };
    let regions = known.regions.join(", ");
    let status = match known.linking_mode.as_str() {
        securityhub::ALL_REGIONS => "links all".to_owned(),
        securityhub::ALL_REGIONS_EXCEPT_SPECIFIED => format!("links all but {regions}"),
        securityhub::SPECIFIED_REGIONS => format!("links {regions}"),
        _ => "links none".to_owned(),
    };
    let planned = Planned::new(subject(), status);
    Some(if known.home == request.home {
        planned.with_steps(link_step(Some(known), &request.linking))
    } else {
        planned.with_wait(format!(
            "waits for you: the home Region is {home}, which cannot be changed; enroll from {home}, or delete the finding aggregator there",
            home = known.home
        ))
    })
}

/// Returns the step that links the wanted Regions and unlinks none, or `None` if they are all linked.
fn link_step(known: Option<&Aggregation>, wanted: &Linking) -> Option<EnrollmentStep> {
    let step = |mode, regions: BTreeSet<String>| {
        Some(EnrollmentStep::LinkRegions { mode, regions: regions.into_iter().collect() })
    };
    let all = || step(securityhub::ALL_REGIONS, BTreeSet::new());
    let mode = known.map_or(securityhub::NO_REGIONS, |known| known.linking_mode.as_str());
    let named: BTreeSet<String> = known.into_iter().flat_map(|known| known.regions.iter().cloned()).collect();
    match (mode, wanted) {
        (_, Linking::AsIs) | (securityhub::ALL_REGIONS, _) => None,
        (securityhub::ALL_REGIONS_EXCEPT_SPECIFIED, Linking::Regions(regions)) => {
            let left: BTreeSet<String> = named.difference(regions).cloned().collect();
            match left.len() {
                n if n == named.len() => None,
                0 => all(),
                _ => step(securityhub::ALL_REGIONS_EXCEPT_SPECIFIED, left),
            }
        }
        (_, Linking::All) => all(),
        (_, Linking::Regions(regions)) if regions.is_subset(&named) => None,
        (_, Linking::Regions(regions)) => step(securityhub::SPECIFIED_REGIONS, named.union(regions).cloned().collect()),
    }
}

fn plan_member(
    account: AccountId,
    region: &RegionFacts,
    administrator: Option<AccountId>,
    facts: &CoverageFacts,
    request: &EnrollRequest,
) -> Planned {
    let subject = Subject::Member { region: region_name(region), account };
    if administrator == Some(account) {
        return Planned::new(subject, "administrator");
    }
    let no_members = std::collections::HashMap::new();
    // where the hub is off there are no members, so an empty list is exact
    let members = region.members.as_ref().or((region.hub == Hub::Off).then_some(&no_members));
    let Some(members) = members else {
        return Planned::new(subject, "unknown").with_doubt("the members could not be listed; see the notes");
    };
    let status = members.get(&account);
    let planned = Planned::new(subject, status.map_or_else(|| "no member".to_owned(), ToString::to_string));
    let of_organization = facts.organization.get(&account);
    if status == Some(&MemberStatus::Suspended) || of_organization.is_some_and(|known| !known.active) {
        return planned
            .with_wait("waits for you: it is suspended or closed; take it out of the registry if it is gone for good");
    }
    plan_member_steps(planned, account, status, of_organization.is_some(), request)
}

/// Adds the steps from a status to `Enabled`. Accounts of the organisation are added without an invitation. If such an
/// account already has an invitation, the step is to accept it.
fn plan_member_steps(
    planned: Planned,
    account: AccountId,
    status: Option<&MemberStatus>,
    of_organization: bool,
    request: &EnrollRequest,
) -> Planned {
    use EnrollmentStep::{AcceptInvitation, CreateMember, InviteMember};
    let invited = |planned: Planned, before: &[EnrollmentStep]| {
        let planned = planned.with_steps(before.iter().cloned());
        if request.accepts {
            planned.with_steps([AcceptInvitation])
        } else {
            planned.with_wait(acceptance_by_owner(account))
        }
    };
    let before: &[EnrollmentStep] = match status {
        Some(MemberStatus::Enabled) => return planned,
        Some(MemberStatus::Invited) => return invited(planned, &[]),
        // Security Hub keeps a removed account in its list, so it is invited again without CreateMembers
        Some(MemberStatus::Created | MemberStatus::Removed | MemberStatus::Resigned) => &[InviteMember],
        None | Some(MemberStatus::Deleted | MemberStatus::Suspended) => &[CreateMember, InviteMember],
        // `Other`, and variants that findings-core may add later
        Some(_) => return planned.with_doubt("this version does not know the status; see it in the console"),
    };
    if of_organization { planned.with_steps([CreateMember]) } else { invited(planned, before) }
}

fn acceptance_by_owner(account: AccountId) -> String {
    format!(
        "waits for the owner of {account}: turn Security Hub on there and accept the invitation (console: Settings, Accounts), or name a role that may do so"
    )
}

#[cfg(test)]
mod tests;

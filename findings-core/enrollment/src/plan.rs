//! From what is to what is left to do. No calls here.

use std::collections::BTreeSet;

use findings_core::coverage::{Aggregation, CoverageFacts, Hub, MemberStatus, RegionFacts};
use findings_core::{AccountId, securityhub};

use super::{EnrollRequest, EnrollmentStep, Linking, Subject};

/// What is left to do about one subject. Nothing is, if there are neither steps nor somebody to wait for nor a doubt.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Planned {
    /// What it is about.
    pub subject: Subject,
    /// How it stands, such as `Invited`.
    pub status: String,
    /// The steps that lead on from there, in this order.
    pub steps: Vec<EnrollmentStep>,
    /// Who has to do something after these steps, and what.
    pub waits: Option<String>,
    /// Why nobody can tell what is to be done.
    pub doubt: Option<String>,
}

impl Planned {
    fn new(subject: Subject, status: impl Into<String>) -> Self {
        Self { subject, status: status.into(), steps: Vec::new(), waits: None, doubt: None }
    }

    fn then(mut self, steps: impl IntoIterator<Item = EnrollmentStep>) -> Self {
        self.steps.extend(steps);
        self
    }

    fn waits(mut self, whom_and_what: impl Into<String>) -> Self {
        self.waits = Some(whom_and_what.into());
        self
    }

    fn doubts(mut self, why: impl Into<String>) -> Self {
        self.doubt = Some(why.into());
        self
    }
}

/// What is left to do: the hub of each Region, the finding aggregator if one is wanted, and each account in each
/// Region.
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
    let hubs = facts.regions.iter().map(hub);
    let members = facts.regions.iter().flat_map(|region| {
        request.accounts.iter().map(move |account| member(*account, region, administrator, facts, request))
    });
    hubs.chain(aggregator(facts, request)).chain(members).collect()
}

fn name(region: &RegionFacts) -> String {
    region.region.clone().unwrap_or_default()
}

fn hub(region: &RegionFacts) -> Planned {
    let subject = Subject::Hub { region: name(region) };
    match region.hub {
        Hub::On => Planned::new(subject, "on"),
        Hub::Off => Planned::new(subject, "off").then([EnrollmentStep::EnableHub]),
        Hub::Unknown => Planned::new(subject, "unknown")
            .doubts("whether Security Hub is on in the administrator account could not be looked up; see the notes"),
    }
}

fn aggregator(facts: &CoverageFacts, request: &EnrollRequest) -> Option<Planned> {
    let subject = || Subject::Aggregator { region: request.home.clone() };
    if request.linking == Linking::AsIs {
        return None;
    }
    let Some(known) = &facts.aggregation else {
        let missing = Planned::new(subject(), "none");
        let hub_is_off = facts.regions.iter().any(|r| r.region.as_ref() == Some(&request.home) && r.hub == Hub::Off);
        // facts that say nothing of an aggregator, and of nothing hidden, were looked up
        return Some(if facts.other_regions && !hub_is_off {
            missing.doubts("the finding aggregator could not be looked up; see the notes")
        } else {
            missing.then(link(None, &request.linking))
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
        planned.then(link(Some(known), &request.linking))
    } else {
        planned.waits(format!(
            "waits for you: the home Region is {home}, which cannot be changed; enroll from {home}, or delete the finding aggregator there",
            home = known.home
        ))
    })
}

/// The linking that adds what is wanted and takes nothing away; `None` if it is there.
fn link(known: Option<&Aggregation>, wanted: &Linking) -> Option<EnrollmentStep> {
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

fn member(
    account: AccountId,
    region: &RegionFacts,
    administrator: Option<AccountId>,
    facts: &CoverageFacts,
    request: &EnrollRequest,
) -> Planned {
    let subject = Subject::Member { region: name(region), account };
    if administrator == Some(account) {
        return Planned::new(subject, "administrator");
    }
    let nobody = std::collections::HashMap::new();
    // while the hub is off there are no members
    let members = region.members.as_ref().or((region.hub == Hub::Off).then_some(&nobody));
    let Some(members) = members else {
        return Planned::new(subject, "unknown").doubts("the members could not be listed; see the notes");
    };
    let status = members.get(&account);
    let planned = Planned::new(subject, status.map_or_else(|| "no member".to_owned(), ToString::to_string));
    let of_organization = facts.organization.get(&account);
    if status == Some(&MemberStatus::Suspended) || of_organization.is_some_and(|known| !known.active) {
        return planned
            .waits("waits for you: it is suspended or closed; take it out of the registry if it is gone for good");
    }
    steps_of_member(planned, account, status, of_organization.is_some(), request)
}

/// The way from a status to `Enabled`. Accounts of the organisation are added and get no invitations; one that has one
/// may accept it.
fn steps_of_member(
    planned: Planned,
    account: AccountId,
    status: Option<&MemberStatus>,
    of_organization: bool,
    request: &EnrollRequest,
) -> Planned {
    use EnrollmentStep::{AcceptInvitation, CreateMember, InviteMember};
    let invited = |planned: Planned, before: &[EnrollmentStep]| {
        let planned = planned.then(before.iter().cloned());
        if request.accepts { planned.then([AcceptInvitation]) } else { planned.waits(owner_accepts(account)) }
    };
    let before: &[EnrollmentStep] = match status {
        Some(MemberStatus::Enabled) => return planned,
        Some(MemberStatus::Invited) => return invited(planned, &[]),
        // an account that was taken out stays in the list, and is invited again
        Some(MemberStatus::Created | MemberStatus::Removed | MemberStatus::Resigned) => &[InviteMember],
        None | Some(MemberStatus::Deleted | MemberStatus::Suspended) => &[CreateMember, InviteMember],
        // `Other`, and what findings-core may learn to name later
        Some(_) => return planned.doubts("this version does not know the status; see it in the console"),
    };
    if of_organization { planned.then([CreateMember]) } else { invited(planned, before) }
}

fn owner_accepts(account: AccountId) -> String {
    format!(
        "waits for the owner of {account}: turn Security Hub on there and accept the invitation (console: Settings, Accounts), or name a role that may do so"
    )
}

#[cfg(test)]
mod tests;

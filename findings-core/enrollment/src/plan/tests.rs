use std::collections::HashMap;

use findings_core::coverage::OrganizationAccount;

use super::*;
use EnrollmentStep::{AcceptInvitation, CreateMember, InviteMember};

const REGION: &str = "us-east-1";

fn id(n: u64) -> AccountId {
    format!("{n:012}").parse().unwrap()
}

fn region(members: impl IntoIterator<Item = (AccountId, MemberStatus)>) -> RegionFacts {
    RegionFacts::new(Some(REGION.to_owned())).with_hub(Hub::On).with_administrator(id(9)).with_members(members)
}

fn request() -> EnrollRequest {
    EnrollRequest::new(vec![id(1)])
}

/// The plan for account 1 with this status.
fn plan_of_member(
    status: Option<MemberStatus>,
    organization: &[(AccountId, bool)],
    request: &EnrollRequest,
) -> Planned {
    let mut facts = CoverageFacts::new(vec![region(status.map(|status| (id(1), status)))]);
    let account = |active| OrganizationAccount { name: None, active };
    facts.organization = organization.iter().map(|(id, active)| (*id, account(*active))).collect::<HashMap<_, _>>();
    plan(&facts, request).pop().unwrap()
}

#[test]
fn every_status_leads_to_enabled() {
    use MemberStatus::{Created, Deleted, Enabled, Invited, Removed, Resigned};
    for (status, outside, of_organization) in [
        (None, vec![CreateMember, InviteMember], vec![CreateMember]),
        (Some(Created), vec![InviteMember], vec![CreateMember]),
        (Some(Invited), vec![], vec![AcceptInvitation]),
        (Some(Enabled), vec![], vec![]),
        (Some(Removed), vec![InviteMember], vec![CreateMember]),
        (Some(Resigned), vec![InviteMember], vec![CreateMember]),
        (Some(Deleted), vec![CreateMember, InviteMember], vec![CreateMember]),
    ] {
        let planned = plan_of_member(status.clone(), &[], &request());
        let is_member = status == Some(Enabled);
        assert_eq!(planned.steps, outside, "{status:?}");
        assert_eq!(planned.waits.is_none(), is_member, "{status:?}: the owner has to accept");
        let accepted = plan_of_member(status.clone(), &[], &request().with_acceptance());
        let with_acceptance = outside.into_iter().chain((!is_member).then_some(AcceptInvitation));
        assert_eq!((accepted.steps, accepted.waits), (with_acceptance.collect(), None), "{status:?}");
        let planned = plan_of_member(status.clone(), &[(id(1), true)], &request().with_acceptance());
        assert_eq!((planned.steps, planned.waits), (of_organization, None), "{status:?} in the organisation");
    }
}

#[test]
fn closed_account_or_unknown_status_has_no_steps() {
    for (status, organization) in [
        (Some(MemberStatus::Suspended), vec![]),
        (None, vec![(id(1), false)]),
        (Some(MemberStatus::Enabled), vec![(id(1), false)]),
    ] {
        let planned = plan_of_member(status, &organization, &request().with_acceptance());
        assert!(planned.steps.is_empty() && planned.waits.unwrap().contains("suspended or closed"));
    }
    let strange = plan_of_member(Some(MemberStatus::Other("Paused".to_owned())), &[], &request());
    assert!(strange.steps.is_empty() && strange.doubt.is_some());
}

#[test]
fn administrator_needs_no_membership() {
    let facts = CoverageFacts::new(vec![region([])]);
    let planned = plan(&facts, &EnrollRequest::new(vec![id(9)])).pop().unwrap();
    assert_eq!((planned.status.as_str(), planned.steps.len(), planned.waits), ("administrator", 0, None));
}

#[test]
fn unlisted_members_are_in_doubt_and_not_added() {
    let mut known = region([]);
    known.members = None;
    let planned = plan(&CoverageFacts::new(vec![known.clone()]), &request());
    assert!(planned[1].steps.is_empty() && planned[1].doubt.is_some());
    known.hub = Hub::Off;
    let planned = plan(&CoverageFacts::new(vec![known]), &request());
    assert_eq!(planned[0].steps, [EnrollmentStep::EnableHub]);
    assert_eq!(planned[1].steps, [CreateMember, InviteMember], "where the hub is off there are no members");
}

/// The link step that is planned with this aggregator and request.
fn planned_link(known: Option<(&str, &[&str])>, wanted: Linking) -> Option<(&'static str, String)> {
    let mut facts = CoverageFacts::new(vec![region([])]);
    facts.aggregation = known.map(|(mode, regions)| Aggregation {
        home: REGION.to_owned(),
        linking_mode: mode.to_owned(),
        regions: regions.iter().map(|r| (*r).to_owned()).collect(),
    });
    let request = EnrollRequest::new(vec![]).with_linking(REGION, wanted);
    plan(&facts, &request).pop().unwrap().steps.pop().map(|step| match step {
        EnrollmentStep::LinkRegions { mode, regions } => (mode, regions.join(" ")),
        other => panic!("{other:?}"),
    })
}

#[test]
fn linking_adds_regions_and_removes_none() {
    let regions = |names: &[&str]| Linking::Regions(names.iter().map(|r| (*r).to_owned()).collect());
    let (all, except, named) = ("ALL_REGIONS", "ALL_REGIONS_EXCEPT_SPECIFIED", "SPECIFIED_REGIONS");
    for (known, wanted, want) in [
        (None, regions(&["b", "a"]), Some((named, "a b"))),
        (None, Linking::All, Some((all, ""))),
        (Some(("NO_REGIONS", &[][..])), regions(&["a"]), Some((named, "a"))),
        (Some((named, &["a"])), regions(&["a"]), None),
        (Some((named, &["a", "c"])), regions(&["b"]), Some((named, "a b c"))),
        (Some((named, &["a"])), Linking::All, Some((all, ""))),
        (Some((all, &[])), regions(&["a"]), None),
        (Some((all, &[])), Linking::All, None),
        (Some((except, &["a"])), regions(&["b"]), None),
        (Some((except, &["a"])), regions(&["a"]), Some((all, ""))),
        (Some((except, &["a", "b"])), regions(&["a"]), Some((except, "b"))),
        (Some((except, &["a"])), Linking::All, Some((all, ""))),
    ] {
        let want = want.map(|(mode, regions)| (mode, regions.to_owned()));
        assert_eq!(planned_link(known, wanted.clone()), want, "{known:?} {wanted:?}");
    }
}

#[test]
fn aggregator_in_another_home_region_is_not_changed() {
    let mut facts = CoverageFacts::new(vec![region([])]);
    let known = Aggregation { home: "eu-west-1".to_owned(), linking_mode: "ALL_REGIONS".to_owned(), regions: vec![] };
    facts.aggregation = Some(known);
    let request = EnrollRequest::new(vec![]).with_linking(REGION, Linking::All);
    let planned = plan(&facts, &request).pop().unwrap();
    assert!(planned.steps.is_empty() && planned.waits.unwrap().contains("enroll from eu-west-1"));
    // an aggregator that could not be queried is not created a second time
    (facts.aggregation, facts.other_regions) = (None, true);
    let planned = plan(&facts, &request).pop().unwrap();
    assert!(planned.steps.is_empty() && planned.doubt.is_some());
    assert_eq!(plan(&facts, &EnrollRequest::new(vec![])).len(), 1, "no linking was requested");
}

//! Tests of the sample organisation as of other days.

use std::collections::BTreeSet;

use asff_fixtures::SAMPLE_NOW;

use super::*;

fn sample() -> Sample {
    Sample::read_from(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../data")).unwrap()
}

fn open_ids(findings: &[Value]) -> BTreeSet<String> {
    let is_open = |finding: &&Value| {
        let text = |pointer: &str, default: &'static str| {
            finding.pointer(pointer).and_then(Value::as_str).unwrap_or(default).to_owned()
        };
        text("/RecordState", "ACTIVE") == "ACTIVE"
            && ["NEW", "NOTIFIED"].contains(&text("/Workflow/Status", "NEW").as_str())
    };
    findings.iter().filter(is_open).map(|finding| finding["Id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn sample_ends_when_its_generator_says() {
    assert_eq!(sample().as_of, SAMPLE_NOW);
}

#[test]
fn weeks_have_what_is_new_what_was_fixed_and_what_came_back() {
    let sample = sample();
    let [first, second, now] = [2, 1, 0].map(|weeks| open_ids(&weeks::findings(&sample.findings, SAMPLE_NOW, weeks)));
    assert_eq!(now, open_ids(&sample.findings));
    let new = now.iter().filter(|id| !first.contains(*id) && !second.contains(*id)).count();
    let fixed = first.iter().filter(|id| !now.contains(*id)).count();
    let came_back = first.iter().filter(|id| !second.contains(*id) && now.contains(*id)).count();
    assert!(new > 20 && fixed > 20 && came_back > 3, "{new} new, {fixed} fixed, {came_back} came back");
    assert!(second.iter().any(|id| !now.contains(id)), "something was fixed in the last week");
    assert!(first.iter().any(|id| !second.contains(id) && !now.contains(id)), "and something in the week before");
}

#[test]
fn files_beside_the_findings_are_about_the_same_accounts() {
    let folder = sample().folder;
    let read = |name: &str| fs::read(folder.join(name)).unwrap();
    let members: Value = serde_json::from_slice(&read("members.json")).unwrap();
    let members = members["Members"].as_array().unwrap().clone();
    let status = |id: &str| {
        let member = members.iter().find(|member| member["AccountId"] == id).unwrap_or_else(|| panic!("{id}"));
        member["MemberStatus"].as_str().unwrap().to_owned()
    };
    let accounts = asff_fixtures::Organisation::sample().accounts;
    let left: Vec<&str> = accounts.iter().map(|a| a.id.as_str()).filter(|id| status(id) != "Enabled").collect();
    assert_eq!((left.len(), members.len()), (1, accounts.len() + 1), "one has left, one has no owner");
    let gaps = findings_core::coverage::AcceptedGaps::parse_csv(&read("accepted-gaps.csv")).unwrap();
    let accepted: Vec<String> = gaps.gaps.iter().map(|gap| gap.account.to_string()).collect();
    assert_eq!((accepted, gaps.problems.len()), (vec![left[0].to_owned()], 0));
    let owners = findings_core::owners::OwnerRules::parse_csv(&read("owners.csv")).unwrap();
    assert!(owners.rules.len() > 3 && owners.problems.is_empty());
}

#[test]
fn no_finding_is_from_the_future() {
    let sample = sample();
    for weeks in [1, 2] {
        let at = SAMPLE_NOW - SignedDuration::from_hours(weeks * 7 * 24);
        for finding in weeks::findings(&sample.findings, SAMPLE_NOW, weeks) {
            assert!(dates::latest(&finding) <= Some(at), "{finding}");
            let time = |name: &str| finding[name].as_str().unwrap().parse::<Timestamp>().unwrap();
            assert!(time("CreatedAt") <= time("UpdatedAt"), "{finding}");
        }
    }
}

#[test]
fn dates_are_moved_by_whole_days() {
    let moved = dates::moved(json!({ "a": ["2026-11-19T18:11:30.277Z", "2018-10-08", 1] }), 10);
    assert_eq!(moved, json!({ "a": ["2026-11-29T18:11:30.277Z", "2018-10-08", 1] }));
    assert_eq!(dates::moved_days("account_id,until\n1,2026-12-31\n", -1), "account_id,until\n1,2026-12-30\n");
    let time = |text: &str| text.parse::<Timestamp>().unwrap();
    for (now, days) in [("2026-11-20T00:00:00Z", 0), ("2026-11-29T21:00:00Z", 9), ("2026-11-19T23:00:00Z", -1)] {
        assert_eq!(dates::days_between(SAMPLE_NOW, time(now)), days, "{now}");
    }
    assert_eq!(dates::end_of_day(time("2026-11-19T23:59:59.9Z")), SAMPLE_NOW);
}

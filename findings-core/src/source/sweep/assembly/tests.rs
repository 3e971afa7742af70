use super::*;
use crate::finding::Resource;
use crate::source::View;
use crate::{ErrorKind, Finding, Severity};

type Change = fn(&mut Finding);

fn account() -> AccountId {
    "000000000001".parse().unwrap()
}

/// A version of finding `x`, as `TITLE@DAY` or `TITLE` if it has no time.
fn version(text: &str) -> Finding {
    let mut finding = Finding::new(account(), "x");
    let (title, day) = text.split_once('@').unwrap_or((text, ""));
    finding.title = title.into();
    finding.updated_at = format!("2026-11-{day}T00:00:00Z").parse().ok();
    finding
}

fn lane(findings: Vec<Finding>) -> LaneResult {
    LaneResult { findings: findings.into_iter().collect(), ..LaneResult::default() }
}

#[test]
fn merge_keeps_newest_versions_and_says_doubt() {
    for (versions, kept, ambiguous) in [
        (&["a@01", "a@02"][..], &["a@02"][..], 0),
        (&["a@02", "a@01"], &["a@02"], 0),
        (&["a@02", "b@01", "b@02"], &["a@02", "b@02"], 2),
        (&["a@01", "a@01"], &["a@01"], 0),
        (&["a", "a"], &["a"], 0),
        (&["a", "b"], &["a", "b"], 2),
        (&["a@01", "b@01"], &["a@01", "b@01"], 2),
        (&["a@01", "b@01", "a@01", "c@01"], &["a@01", "b@01", "c@01"], 3),
        (&["a@01", "b@01", "a@02"], &["a@02"], 0),
        (&["a", "a@01"], &["a@01"], 0),
        (&["a@01", "b"], &["a@01"], 0),
    ] {
        for lanes in [1, 2] {
            let results = versions.chunks(versions.len().div_ceil(lanes));
            let results = results.map(|chunk| lane(chunk.iter().map(|text| version(text)).collect())).collect();
            let merged = merge(account(), results, &LaneViews::default());
            let want: Vec<_> = kept.iter().map(|text| version(text)).collect();
            assert_eq!(merged.findings.to_vec().unwrap(), want, "{versions:?}");
            assert_eq!(merged.ambiguous, ambiguous, "{versions:?}");
            assert_eq!(merged.received, merged.duplicates + merged.findings.len() as u64, "{versions:?}");
        }
    }
}

#[test]
fn copies_agree_in_title_severity_and_resources() {
    let resource = |id: &str| Resource { id: id.into(), ..Resource::default() };
    let with = |change: Change| {
        let mut finding = version("a@01");
        finding.resources = vec![resource("r"), resource("s")];
        change(&mut finding);
        finding
    };
    let changes: [(Change, usize); 5] = [
        (|f| f.description = "new words".into(), 1),
        (|f| f.resources.reverse(), 1),
        (|f| f.title = "b".into(), 2),
        (|f| f.severity = Severity::Critical, 2),
        (|f| f.resources.truncate(1), 2),
    ];
    for (index, (change, kept)) in changes.into_iter().enumerate() {
        let merged = merge(account(), vec![lane(vec![with(|_| ()), with(change)])], &LaneViews::default());
        assert_eq!(merged.findings.len(), kept, "change {index}");
    }
}

#[test]
fn regions_are_known_if_every_lane_can_tell() {
    let lane = |regions: Option<&[&str]>| LaneResult {
        regions: regions.map(|regions| regions.iter().map(|region| Some((*region).into())).collect()),
        ..LaneResult::default()
    };
    let of = |results: Vec<LaneResult>| {
        let regions = merge(account(), results, &LaneViews::default()).regions_with_records?;
        Some(regions.iter().flatten().map(ToString::to_string).collect::<Vec<_>>().join(","))
    };
    assert_eq!(of(vec![lane(Some(&[]))]).as_deref(), Some(""));
    assert_eq!(of(vec![lane(Some(&["b"])), lane(Some(&["a", "b"]))]).as_deref(), Some("a,b"));
    assert_eq!(of(vec![lane(Some(&["a"])), lane(None)]), None);
    assert_eq!(of(vec![lane(None)]), None);
}

#[test]
fn failure_of_a_cut_list_keeps_what_was_read() {
    let failure = AccountFailure { lane: "file".into(), kind: ErrorKind::Inconsistent, message: "cut".into() };
    let merged = merge(
        account(),
        vec![LaneResult { failure: Some(failure), ..lane(vec![version("a@01")]) }],
        &LaneViews::default(),
    );
    assert_eq!((merged.is_complete(), merged.findings.len()), (false, 1));
}

fn view_lanes(views: &[View]) -> LaneViews {
    let source = Arc::new(crate::memory::MemorySource::default());
    let lane = |view: &View| Lane::new("x", source.clone(), crate::source::Budget::unlimited()).with_view(view.clone());
    LaneViews::of(&views.iter().map(lane).collect::<Vec<_>>())
}

#[test]
fn newest_view_of_a_finding_wins_and_then_the_first_one() {
    let (hub, v2) = (View::security_hub(), View::security_hub_v2());
    for (lanes, views, kept, ambiguous) in [
        (&[&["a@01"][..], &["b@02"]][..], [&hub, &v2], &["b@02"][..], 0),
        (&[&["a@02"], &["b@01"]], [&hub, &v2], &["a@02"], 0),
        (&[&["a@02"], &["b@02"]], [&hub, &v2], &["a@02"], 0),
        (&[&["a@02"], &["b@02"]], [&hub, &hub], &["a@02", "b@02"], 2),
        (&[&["a@02", "c@02"], &["b@02", "d@02"]], [&hub, &v2], &["a@02", "c@02"], 2),
        (&[&["a"], &["b@02", "d@02"]], [&hub, &v2], &["b@02", "d@02"], 2),
        (&[&[], &["b@02"]], [&hub, &v2], &["b@02"], 0),
    ] {
        let of_lane = |(place, texts): (usize, &&[&str])| LaneResult {
            lane: place,
            ..lane(texts.iter().map(|text| version(text)).collect())
        };
        // the lane that answers first has no advantage
        let results: Vec<LaneResult> = lanes.iter().enumerate().map(of_lane).rev().collect();
        let merged = merge(account(), results, &view_lanes(&views.map(Clone::clone)));
        let want: Vec<_> = kept.iter().map(|text| version(text)).collect();
        assert_eq!((merged.findings.to_vec().unwrap(), merged.ambiguous), (want, ambiguous), "{lanes:?}");
        assert_eq!(merged.received, merged.duplicates + kept.len() as u64);
        assert_eq!(merged.received_by_lane, lanes.iter().map(|texts| texts.len() as u64).collect::<Vec<_>>());
    }
}

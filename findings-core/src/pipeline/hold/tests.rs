use super::*;
use crate::pipeline::run::tests::project;

fn account(n: u64) -> AccountId {
    format!("{n:012}").parse().unwrap()
}

/// The result of the sweep for an account: the kinds of its failures, one for each lane that failed.
fn fetched(n: u64, failures: &[ErrorKind]) -> Arc<AccountFindings> {
    let failure =
        |kind: &ErrorKind| AccountFailure { lane: "test".into(), kind: *kind, message: format!("ask: {kind:?}") };
    Arc::new(AccountFindings {
        failures: failures.iter().map(failure).collect(),
        ..AccountFindings::new(account(n), [])
    })
}

/// A gate for projects of one account each.
fn gate(limit: Option<u8>, projects: u64, lanes: usize) -> Gate {
    let projects: Vec<Project> = (0..projects).map(|n| project(&n.to_string(), &[n], &[])).collect();
    let todo: Vec<usize> = (0..projects.len()).collect();
    Gate::new(limit, &projects, &todo, lanes)
}

fn ready(gate: &mut Gate) -> Vec<usize> {
    std::iter::from_fn(|| gate.next_ready(|_| true)).map(|(index, _)| index).collect()
}

const REFUSED: &[ErrorKind] = &[ErrorKind::PermissionDenied];

#[test]
fn complete_projects_pass_at_once_and_others_wait() {
    let mut gate = gate(Some(50), 4, 1);
    gate.take(0, vec![fetched(0, REFUSED)]);
    assert_eq!(ready(&mut gate), [0; 0], "it is not known yet whether only this one was refused");
    gate.take(1, vec![fetched(1, &[])]);
    assert_eq!(ready(&mut gate), [1]);
    gate.take(2, vec![fetched(2, &[])]);
    assert_eq!(ready(&mut gate), [2, 0], "half are read: not more than half can be unread");
    gate.take(3, vec![fetched(3, REFUSED)]);
    assert_eq!(ready(&mut gate), [3]);
    assert!(gate.held().is_empty() && gate.held_back().is_none());
}

#[test]
fn more_than_the_limit_for_one_reason_is_held() {
    let mut gate = gate(Some(50), 5, 1);
    for n in 0..5 {
        gate.take(n, vec![fetched(n as u64, if n < 2 { &[] } else { REFUSED })]);
    }
    assert_eq!(ready(&mut gate), [0, 1], "complete ones are delivered all the same");
    assert_eq!(gate.held(), [2, 3, 4]);
    let (held, error) = gate.held_back().unwrap();
    let want = HeldBack { projects: 3, unread: 3, accounts: 5, reason: UnreadReason::NotAllowed };
    assert_eq!(held, want);
    for part in ["3 of 5 accounts", "failed to ask: PermissionDenied; allow the role", "the same run ID"] {
        assert!(error.message.contains(part), "{}", error.message);
    }
}

#[test]
fn several_reasons_are_not_added_up_unless_nothing_was_read() {
    for (read, held) in [(1, 0), (0, 5)] {
        let mut gate = gate(Some(50), 5, 1);
        for n in 0..5_usize {
            let kinds: &[ErrorKind] = if n < read {
                &[]
            } else if n % 2 == 0 {
                REFUSED
            } else {
                &[ErrorKind::Malformed]
            };
            gate.take(n, vec![fetched(n as u64, kinds)]);
        }
        assert_eq!((gate.held().len(), ready(&mut gate).len()), (held, 5 - held), "{read}");
    }
}

#[test]
fn limit_is_zero_to_a_hundred_or_never() {
    for (limit, unread, held) in
        [(Some(0), 1, 1), (Some(100), 9, 0), (Some(100), 10, 10), (Some(89), 9, 9), (Some(90), 9, 0), (None, 10, 0)]
    {
        let mut gate = gate(limit, 10, 1);
        for n in 0..10_usize {
            gate.take(n, vec![fetched(n as u64, if n < unread { REFUSED } else { &[] })]);
        }
        assert_eq!(gate.held().len(), held, "{limit:?} {unread}");
        assert_eq!(ready(&mut gate).len(), 10 - held);
    }
}

#[test]
fn account_counts_once_in_each_lane_and_once_for_all_projects() {
    // one of two Regions is refused: half of everything was read
    let mut two_lanes = gate(Some(50), 2, 2);
    two_lanes.take(0, vec![fetched(0, REFUSED)]);
    two_lanes.take(1, vec![fetched(1, REFUSED)]);
    assert_eq!((two_lanes.held().len(), ready(&mut two_lanes).len()), (0, 2));
    // an account that all projects share is one account
    let projects: Vec<Project> = (1..4).map(|n| project(&n.to_string(), &[0, n], &[])).collect();
    let mut shared = Gate::new(Some(50), &projects, &[0, 1, 2], 1);
    for n in 1..4_usize {
        shared.take(n - 1, vec![fetched(0, REFUSED), fetched(n as u64, &[])]);
    }
    assert_eq!((shared.held().len(), ready(&mut shared).len()), (0, 3));
}

#[test]
fn accounts_of_projects_that_were_delivered_before_count_as_read() {
    let projects: Vec<Project> = (0..4).map(|n| project(&n.to_string(), &[n], &[])).collect();
    let mut again = Gate::new(Some(50), &projects, &[3], 1);
    again.take(3, vec![fetched(3, REFUSED)]);
    assert_eq!((again.held().len(), ready(&mut again)), (0, vec![3]));
}

/// A complete project of which nothing came waits until anything comes, and all is decided at once if nothing does.
#[test]
fn nothing_at_all_waits_for_anything() {
    let found = || {
        let mut found = (*fetched(1, &[])).clone();
        found.received = 1;
        Arc::new(found)
    };
    let mut some = gate(Some(50), 2, 1).until_anything_comes();
    some.take(0, vec![fetched(0, &[])]);
    assert_eq!(ready(&mut some), [0; 0]);
    some.take(1, vec![found()]);
    assert_eq!((ready(&mut some), some.is_silent()), (vec![0, 1], false));
    for (missed, want_held) in [(None, 0), (Some(70), 2)] {
        let mut none = gate(Some(50), 2, 1).until_anything_comes();
        none.take(0, vec![fetched(0, &[])]);
        none.take(1, vec![fetched(1, REFUSED)]);
        none.finish();
        assert!(none.is_silent() && !none.is_empty());
        none.settle_nothing(missed);
        assert_eq!((none.held().len(), ready(&mut none).len()), (want_held, 2 - want_held), "{missed:?}");
        let reason = none.held_back().map(|(held, error)| (held.reason, error.message.contains("70 findings")));
        assert_eq!(reason, missed.map(|_| (UnreadReason::Empty, true)));
    }
    let mut never = gate(None, 1, 1).until_anything_comes();
    never.take(0, vec![fetched(0, &[])]);
    assert_eq!(ready(&mut never), [0]);
    let mut stopped = gate(Some(50), 1, 1).until_anything_comes();
    stopped.take(0, vec![fetched(0, &[])]);
    stopped.clear();
    assert!(stopped.is_empty() && !stopped.is_silent());
}

#[test]
fn list_that_ends_early_was_read() {
    let mut cut = gate(Some(50), 1, 1);
    cut.take(0, vec![fetched(0, &[ErrorKind::Inconsistent])]);
    assert_eq!((cut.held().len(), ready(&mut cut)), (0, vec![0]));
}

#[test]
fn sweep_that_ends_early_decides_and_a_stop_drops_what_waits() {
    let mut ended = gate(Some(50), 3, 1);
    ended.take(0, vec![fetched(0, REFUSED)]);
    ended.finish();
    assert_eq!(ended.held(), [0], "nothing was read");
    let mut stopped = gate(Some(50), 3, 1);
    stopped.take(0, vec![fetched(0, REFUSED)]);
    assert!(!stopped.is_empty());
    stopped.clear();
    assert!(stopped.is_empty() && stopped.held_back().is_none());
}

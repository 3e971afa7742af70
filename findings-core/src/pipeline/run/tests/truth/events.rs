//! What can happen between two runs.

use proptest::collection::vec;
use proptest::prelude::*;

/// Number of accounts.
pub(super) const ACCOUNTS: u64 = 3;
/// The home Region and two others.
pub(super) const REGIONS: [&str; 3] = ["us-east-1", "eu-west-1", "ap-northeast-1"];
/// Number of problems. Problem `n` is in account `n % 3 + 1` and Region `n / 3 % 3`.
pub(super) const PROBLEMS: usize = 18;

/// The state of a problem's finding in Security Hub.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Absent,
    Failed,
    Passed,
    /// The check passes because it evaluated nothing.
    Empty,
    Archived,
    Suppressed,
}

/// The Regions whose findings the home Region shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Linking {
    /// All of them; the aggregator does not name them.
    All,
    /// The second one; the aggregator names it.
    One,
    /// None: there is no aggregator.
    None,
}

/// Who is in the registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Members {
    /// P owns accounts 1 and 2, Q owns 2 and 3.
    All,
    /// Account 2 was taken out of P.
    PWithoutTwo,
    /// Q is not in the registry.
    WithoutQ,
}

#[derive(Clone, Debug)]
pub(super) enum Event {
    Set(usize, State),
    /// The finding gets another ID and its resources another order.
    Move(usize),
    /// Security Hub is switched on or off in a linked Region.
    Hub(usize, bool),
    Link(Linking),
    /// The account becomes or is no longer a member.
    Member(u64, bool),
    /// AWS Config records what checks need, or not all of it.
    Config(u64, bool),
    Registry(Members),
    /// P has recipients or none.
    Recipients(bool),
    /// The findings of the account cannot be read, in this run only.
    Unreadable(u64),
    /// The pages lack the finding, in this run only.
    Hide(usize),
}

fn state() -> impl Strategy<Value = State> {
    prop_oneof![
        4 => Just(State::Failed),
        2 => Just(State::Passed),
        1 => Just(State::Absent),
        1 => Just(State::Empty),
        1 => Just(State::Archived),
        1 => Just(State::Suppressed),
    ]
}

fn event() -> impl Strategy<Value = Event> {
    let linking = prop_oneof![2 => Just(Linking::All), 1 => Just(Linking::One), 1 => Just(Linking::None)];
    let members = prop_oneof![2 => Just(Members::All), 1 => Just(Members::PWithoutTwo), 1 => Just(Members::WithoutQ)];
    prop_oneof![
        10 => (0..PROBLEMS, state()).prop_map(|(n, state)| Event::Set(n, state)),
        2 => (0..PROBLEMS).prop_map(Event::Move),
        2 => (1..REGIONS.len(), any::<bool>()).prop_map(|(region, on)| Event::Hub(region, on)),
        2 => linking.prop_map(Event::Link),
        2 => (1..=ACCOUNTS, any::<bool>()).prop_map(|(account, on)| Event::Member(account, on)),
        2 => (1..=ACCOUNTS, any::<bool>()).prop_map(|(account, on)| Event::Config(account, on)),
        2 => members.prop_map(Event::Registry),
        1 => any::<bool>().prop_map(Event::Recipients),
        1 => (1..=ACCOUNTS).prop_map(Event::Unreadable),
        2 => (0..PROBLEMS).prop_map(Event::Hide),
    ]
}

/// The events before each of up to six runs; many before the first one.
pub(super) fn history() -> impl Strategy<Value = Vec<Vec<Event>>> {
    let first = vec((0..PROBLEMS, state()).prop_map(|(n, state)| Event::Set(n, state)), 4..12);
    (first, vec(vec(event(), 0..5), 1..6)).prop_map(|(first, later)| std::iter::once(first).chain(later).collect())
}

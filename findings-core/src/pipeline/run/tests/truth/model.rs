//! The rules of `docs/truth.md`, as simply as they can be written: it knows the world outside, and computes from it what
//! a truthful report may say.

use std::collections::{BTreeMap, BTreeSet};

use super::events::{Linking, State};
use super::scenery::{Scenery, account_of, region_of};
use crate::pipeline::run::tests::truth::events::PROBLEMS;
use crate::report::Conclusion;

/// What a run says: by project new, reopened, open and stale issues; resolved, suppressed, archived and left ones; and
/// what the report says as a whole. And the exit code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Expected {
    pub(super) projects: Vec<(String, [u64; 4], [u64; 4], Conclusion)>,
    pub(super) exit_code: u8,
}

/// Why an issue is closed, in the order of the counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Closed {
    Resolved,
    Suppressed,
    Archived,
    Left,
}

/// What the readers know of an issue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Nothing,
    Open,
    Closed(Closed),
}

/// An issue of a project's history.
#[derive(Clone, Copy, Debug)]
struct Issue {
    closed: Option<Closed>,
    told: Told,
    /// The version of the finding that the history knows.
    version: u32,
}

/// The histories of the projects.
#[derive(Debug, Default)]
pub(super) struct Model {
    projects: BTreeMap<String, BTreeMap<usize, Issue>>,
}

/// What is known about an account in a Region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Trust {
    /// Somebody looks, and checks are made.
    Covered,
    /// Somebody looks, and some checks cannot be made.
    Degraded,
    /// Nobody looks, or it is not known.
    Dark,
}

/// What a run finds out about an issue that is not among the findings.
enum Missing {
    Stale,
    Closed(Closed),
}

impl Scenery {
    /// The Regions that a run looks at.
    fn looked_at(&self) -> impl Iterator<Item = usize> {
        // Regions that the aggregator names are looked at also if Security Hub is off there
        (0..3).filter(|region| self.is_linked(*region) && (self.hubs[*region] || self.linking == Linking::One))
    }

    fn trust(&self, account: u64, region: usize) -> Trust {
        let looked_at = self.looked_at().any(|looked_at| looked_at == region);
        match (looked_at && self.shows(account, region), self.impaired.contains(&account)) {
            _ if self.unreadable.contains(&account) => Trust::Dark,
            (false, _) => Trust::Dark,
            (true, true) => Trust::Degraded,
            (true, false) => Trust::Covered,
        }
    }

    /// Whether the run sees the issue's finding open: on a page, or because it asks for it.
    fn sees(&self, n: usize, known: Option<&Issue>) -> bool {
        let (account, region) = (account_of(n), region_of(n));
        if self.unreadable.contains(&account) || !self.shows(account, region) || self.problems[n].state != State::Failed
        {
            return false;
        }
        // it asks for what it knows to be open, where the answer can show something
        let asks = known.is_some_and(|issue| {
            issue.is_pending() && issue.version == self.problems[n].version && self.trust(account, region) < Trust::Dark
        });
        !self.hidden.contains(&n) || asks
    }

    fn missing(&self, n: usize, issue: Issue) -> Missing {
        let trust = self.trust(account_of(n), region_of(n));
        let is_found = self.shows(account_of(n), region_of(n)) && issue.version == self.problems[n].version;
        let state = if is_found { self.problems[n].state } else { State::Absent };
        match (trust, state) {
            (Trust::Dark, _) | (_, State::Empty) | (Trust::Degraded, State::Archived | State::Absent) => Missing::Stale,
            (_, State::Suppressed) => Missing::Closed(Closed::Suppressed),
            (_, State::Archived) => Missing::Closed(Closed::Archived),
            // it passes, or it is no longer there, where somebody looks
            (_, State::Passed | State::Absent | State::Failed) => Missing::Closed(Closed::Resolved),
        }
    }
}

impl Issue {
    /// Whether the run has to find out what became of it: it is open, or it only left with its account.
    fn is_pending(self) -> bool {
        matches!(self.closed, None | Some(Closed::Left))
    }
}

impl Model {
    /// What a run in this world may say.
    pub(super) fn run(&mut self, scenery: &Scenery) -> Expected {
        let mut projects = Vec::new();
        let mut exit_code = 0;
        for project in scenery.projects() {
            let accounts: BTreeSet<u64> = project.accounts.iter().map(|id| id.to_string().parse().unwrap()).collect();
            let history = self.projects.entry(project.name.clone()).or_default();
            let told = !project.recipients.is_empty();
            let (counts, closed) = compare(scenery, &accounts, history, told);
            let certainty = Certainty::of(scenery, &accounts, history);
            let findings = counts[0] + counts[1] + counts[2];
            let conclusion = match certainty {
                _ if findings > 0 => Conclusion::Findings,
                Certainty::Incomplete => Conclusion::Unknown,
                Certainty::Partial => Conclusion::NotAllSeen,
                Certainty::Whole if counts[3] > 0 => Conclusion::NotAllSeen,
                Certainty::Whole => Conclusion::Clean,
            };
            exit_code = match (told, certainty) {
                (false, _) => 1,
                (true, Certainty::Incomplete) if exit_code == 0 => 3,
                _ => exit_code,
            };
            projects.push((project.name, counts, closed, conclusion));
        }
        Expected { projects, exit_code }
    }
}

/// What a report is based on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Certainty {
    Whole,
    Partial,
    Incomplete,
}

impl Certainty {
    fn of(scenery: &Scenery, accounts: &BTreeSet<u64>, history: &BTreeMap<usize, Issue>) -> Self {
        let mut worst = Trust::Covered;
        for account in accounts {
            // the Regions that are looked at, and those of which the history has something
            let known = history.keys().filter(|n| account_of(**n) == *account).map(|n| region_of(*n));
            for region in scenery.looked_at().chain(known) {
                worst = worst.max(scenery.trust(*account, region));
            }
        }
        match worst {
            Trust::Covered => Self::Whole,
            Trust::Degraded => Self::Partial,
            Trust::Dark => Self::Incomplete,
        }
    }
}

/// Brings the history up to date. Returns the numbers of new, reopened, open and stale issues, and those of closed ones.
fn compare(
    scenery: &Scenery,
    accounts: &BTreeSet<u64>,
    history: &mut BTreeMap<usize, Issue>,
    told: bool,
) -> ([u64; 4], [u64; 4]) {
    let (mut counts, mut closed) = ([0; 4], [0; 4]);
    for n in 0..PROBLEMS {
        let before = history.get(&n).copied();
        let is_here = accounts.contains(&account_of(n));
        if is_here && scenery.sees(n, before.as_ref()) {
            let version = scenery.problems[n].version;
            let known = before.map_or(Told::Nothing, |issue| issue.told);
            counts[match known {
                Told::Nothing => 0,
                Told::Open | Told::Closed(Closed::Left) => 2,
                Told::Closed(_) => 1,
            }] += 1;
            history.insert(n, Issue { closed: None, told: known, version });
        } else if let Some(mut issue) = before {
            if !is_here && issue.is_pending() {
                issue.closed = Some(Closed::Left);
            } else if issue.is_pending() {
                issue.closed = match scenery.missing(n, issue) {
                    Missing::Stale => {
                        counts[3] += 1;
                        None
                    }
                    Missing::Closed(closed) => Some(closed),
                };
            }
            // readers are told of the end of what they know to be open
            let was_open = matches!(issue.told, Told::Open | Told::Closed(Closed::Left));
            if let Some(now) = issue.closed.filter(|now| was_open && issue.told != Told::Closed(*now)) {
                closed[now as usize] += 1;
            }
            history.insert(n, issue);
        }
    }
    if told {
        for issue in history.values_mut() {
            issue.told = issue.closed.map_or(Told::Open, Told::Closed);
        }
    }
    (counts, closed)
}

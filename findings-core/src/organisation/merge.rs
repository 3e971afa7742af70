//! One issue under several projects: an account that several of them own, that moved from one to the other, or whose
//! project was renamed.

use std::borrow::Cow;

use super::facts::{IssueFacts, Span, Start};
use crate::history::ClosureKind;

/// An issue, whoever owns it.
#[derive(Debug)]
pub(super) struct Issue<'a> {
    /// The record that tells its present state: one that is open or, of closed ones, the one that was closed last.
    pub(super) main: &'a IssueFacts,
    /// Its records, one for each project.
    pub(super) records: &'a [&'a IssueFacts],
    /// The times in which it was open in any project.
    pub(super) spans: Cow<'a, [Span]>,
}

impl<'a> Issue<'a> {
    /// The issue with these records; `None` without any. A record that was closed because its project goes on under
    /// another name says nothing if there is another one.
    pub(super) fn of(records: &'a [&'a IssueFacts]) -> Option<Self> {
        let last_end = |record: &IssueFacts| record.spans.last().and_then(|span| span.end).map(|end| end.at);
        // the worst of two severities, if two owners saw it at different times; then whatever is the same in any order
        let severity = |record: &IssueFacts| (record.severity, record.severity_change());
        let rank = |record: &IssueFacts| (record.is_open(), !record.is_renamed, last_end(record), severity(record));
        let main = records.iter().copied().max_by_key(|record| rank(record))?;
        let mut telling = records.iter().filter(|record| !record.is_renamed);
        let spans = match (telling.next(), telling.next()) {
            (Some(first), Some(second)) => {
                let all = [first, second].into_iter().chain(telling);
                Cow::Owned(union(all.flat_map(|record| record.spans.iter().cloned()).collect()))
            }
            _ => Cow::Borrowed(main.spans.as_slice()),
        };
        Some(Self { main, records, spans })
    }

    /// The time in which it is open now.
    pub(super) fn open(&self) -> Option<&Span> {
        self.spans.last().filter(|span| span.end.is_none())
    }
}

/// The times in which an issue was open in any project, the oldest first. As within one project, an issue that only
/// left with its account goes on where it returns.
fn union(mut spans: Vec<Span>) -> Vec<Span> {
    // an owner who had looked before knows whether it is new; another one who looks for the first time does not
    let certainty = |start: Start| match start {
        Start::New => 0,
        Start::Reopened => 1,
        Start::Baseline => 2,
    };
    spans.sort_by_key(|span| (span.seen_at, certainty(span.start)));
    let mut merged: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match merged.last_mut() {
            Some(last) if goes_on(last, &span) => {
                last.opened_at = last.opened_at.min(span.opened_at);
                last.decided_at = [last.decided_at, span.decided_at].into_iter().flatten().min();
                // of two ends at the same time, one that is an end, and then the one that claims less
                let rank = |end: super::facts::End| (end.at, ended(end.kind), end.kind);
                last.end = last.end.zip(span.end).map(|(a, b)| if rank(b) > rank(a) { b } else { a });
            }
            Some(_) => merged.push(Span { start: Start::Reopened, ..span }),
            None => merged.push(span),
        }
    }
    merged
}

fn goes_on(last: &Span, next: &Span) -> bool {
    last.end.is_none_or(|end| next.seen_at <= end.at || !ended(end.kind))
}

fn ended(kind: ClosureKind) -> bool {
    !matches!(kind, ClosureKind::Left | ClosureKind::Moved)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::super::facts::End;
    use super::*;

    fn day(n: i64) -> Timestamp {
        Timestamp::from_second(n * 86_400).unwrap()
    }

    fn span(seen: i64, start: Start, end: Option<(i64, ClosureKind)>) -> Span {
        let end = end.map(|(at, kind)| End { at: day(at), kind });
        Span { opened_at: day(seen), seen_at: day(seen), start, decided_at: None, end }
    }

    #[test]
    fn an_account_that_moves_is_neither_a_departure_nor_news() {
        use ClosureKind::{Fixed, Left};
        // seen in one project from day 1, left on day 5; another project has it from day 7 and fixed it on day 9
        let moved = union(vec![span(7, Start::New, Some((9, Fixed))), span(1, Start::Baseline, Some((5, Left)))]);
        assert_eq!(moved, [span(1, Start::Baseline, Some((9, Fixed)))]);
    }

    #[test]
    fn an_issue_of_two_projects_is_open_as_long_as_one_says_so_and_returns_reopened() {
        use ClosureKind::{Fixed, Left};
        let both = vec![
            span(1, Start::Baseline, Some((4, Fixed))),
            span(2, Start::New, Some((6, Fixed))),
            span(8, Start::New, None),
            span(9, Start::Reopened, Some((10, Left))),
        ];
        assert_eq!(union(both), [span(1, Start::Baseline, Some((6, Fixed))), span(8, Start::Reopened, None)]);
        let same = vec![span(1, Start::New, Some((4, Left))), span(1, Start::New, Some((4, Fixed)))];
        assert_eq!(union(same), [span(1, Start::New, Some((4, Fixed)))]);
    }
}

//! Series of weeks, packed.
//!
//! A series counts only the weeks of which something is known. It is pairs: by how many known weeks a pair lies behind
//! the one before (the first: behind a week before the first one), and a value. In series of what is open the value is
//! the difference to the last one, in the others it is the number. A week without a pair has the difference or the
//! number 0. `[1, 5, 3, -2]` of what is open is 5, 5, 5, 3, 3 …

use findings_core::organisation::{ProjectSeries, WeekState};

/// The series, in their order. The first six are of what is open.
pub(super) const SERIES: [&str; 14] = [
    "open_critical",
    "open_high",
    "open_medium",
    "open_low",
    "open_informational",
    "not_confirmed",
    "baseline",
    "new",
    "reopened",
    "fixed",
    "suppressed",
    "archived",
    "left",
    "merged",
];

/// How many of them are of what is open.
const STOCKS: usize = 6;

/// Pairs of distance and value.
pub(super) type Series = Vec<i64>;

/// Packs all series.
pub(super) fn all(columns: [&[Option<u64>]; 14]) -> Vec<Series> {
    columns.iter().enumerate().map(|(index, column)| pack(column, index < STOCKS)).collect()
}

/// The series of a project.
pub(super) fn of_project(series: &ProjectSeries) -> Vec<Series> {
    all([
        &series.open_critical,
        &series.open_high,
        &series.open_medium,
        &series.open_low,
        &series.open_informational,
        &series.not_confirmed,
        &series.baseline,
        &series.new,
        &series.reopened,
        &series.fixed,
        &series.suppressed,
        &series.archived,
        &series.left,
        &series.merged,
    ])
}

fn pack(column: &[Option<u64>], is_stock: bool) -> Series {
    let mut packed = Vec::new();
    let (mut before, mut distance) = (0_i64, 0_i64);
    for number in column.iter().flatten() {
        let number = i64::try_from(*number).unwrap_or(i64::MAX);
        let value = if is_stock { number - before } else { number };
        distance += 1;
        if value != 0 {
            packed.extend([distance, value]);
            distance = 0;
        }
        before = number;
    }
    packed
}

/// The states of weeks: a letter, and how often it follows if more than once.
pub(super) fn states(states: impl Iterator<Item = WeekState>) -> String {
    let mut packed = String::new();
    let mut last: Option<(char, u32)> = None;
    for letter in states.map(letter).chain(['\0']) {
        match &mut last {
            Some((known, count)) if *known == letter => *count += 1,
            _ => {
                if let Some((known, count)) = last.replace((letter, 1)) {
                    packed.push(known);
                    packed.extend((count > 1).then(|| count.to_string()));
                }
            }
        }
    }
    packed
}

fn letter(state: WeekState) -> char {
    match state {
        WeekState::NotYet => 'b',
        WeekState::Complete => 'c',
        WeekState::Incomplete => 'i',
        WeekState::NoRun => 'n',
        WeekState::Pending => 'p',
        _ => 'g',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_changes_are_written() {
        let weeks = [Some(5), None, Some(5), Some(5), Some(3), Some(3), None];
        assert_eq!(pack(&weeks, true), [1, 5, 3, -2]);
        assert_eq!(pack(&[Some(0), None, Some(2), Some(2)], false), [2, 2, 1, 2]);
        assert_eq!(pack(&[], true), Series::new());
        let all = [WeekState::NotYet, WeekState::Complete, WeekState::Complete, WeekState::Gone];
        assert_eq!((states(all.into_iter()), states([].into_iter())), ("bc2g".into(), String::new()));
    }
}

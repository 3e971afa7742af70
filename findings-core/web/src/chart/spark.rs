//! The small line of a project: its open issues week by week.

use std::fmt::Write as _;

use findings_core::organisation::{ProjectSeries, WeekState};

use crate::format::number;

/// The height of the line, in units.
const HEIGHT: u64 = 20;

/// The open issues of a week; `None` if nothing is known.
pub(crate) fn open(series: &ProjectSeries, week: usize) -> Option<u64> {
    let columns =
        [&series.open_critical, &series.open_high, &series.open_medium, &series.open_low, &series.open_informational];
    columns.into_iter().map(|column| column.get(week).copied().flatten()).sum()
}

/// The line as an element of the page; a word is needed in its place if nothing is known (`None`). Weeks in which
/// nothing is known are gaps, incomplete ones are drawn in another way.
pub(crate) fn spark(series: &ProjectSeries) -> Option<String> {
    let weeks: Vec<Option<u64>> = (0..series.state.len()).map(|week| open(series, week)).collect();
    let known = || weeks.iter().flatten();
    let (first, last, max) = (known().next()?, known().next_back()?, known().max()?.max(&1));
    let label = format!("{} → {}", number(*first), number(*last));
    let mut svg = format!(
        "<svg class=\"spark\" role=\"img\" aria-label=\"{label}\" viewBox=\"0 -1 {} 22\" preserveAspectRatio=\"none\">",
        weeks.len()
    );
    let values: Vec<Option<u64>> = weeks.iter().map(|n| n.map(|n| HEIGHT - n * HEIGHT / max)).collect();
    for (state, class) in [(WeekState::Complete, ""), (WeekState::Incomplete, " class=\"q\"")] {
        let path = steps(&values, |week| series.state.get(week) == Some(&state));
        if !path.is_empty() {
            let _ = write!(svg, "<path{class} d=\"{path}\"/>");
        }
    }
    Some(svg + "</svg>")
}

/// A path of steps through the weeks that are chosen.
fn steps(values: &[Option<u64>], is_chosen: impl Fn(usize) -> bool) -> String {
    let mut path = String::new();
    let (mut at, mut run) = (None::<u64>, 0_u64);
    for (week, value) in values.iter().enumerate() {
        let value = value.filter(|_| is_chosen(week));
        if value != at && run > 0 {
            let _ = write!(path, "h{run}");
            run = 0;
        }
        match (at, value) {
            (None, Some(y)) => drop(write!(path, "M{week} {y}")),
            (Some(_), Some(y)) if value != at => drop(write!(path, "V{y}")),
            _ => (),
        }
        run += u64::from(value.is_some());
        at = value;
    }
    if run > 0 {
        let _ = write!(path, "h{run}");
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(weeks: &[(WeekState, Option<u64>)]) -> ProjectSeries {
        let mut series = ProjectSeries::default();
        for (state, open) in weeks {
            series.state.push(*state);
            series.open_critical.push(*open);
            for column in
                [&mut series.open_high, &mut series.open_medium, &mut series.open_low, &mut series.open_informational]
            {
                column.push(open.map(|_| 0));
            }
        }
        series
    }

    #[test]
    fn steps_rest_where_nothing_is_known() {
        use WeekState::{Complete, Incomplete, NoRun, NotYet};
        let weeks = [
            (NotYet, None),
            (Complete, Some(4)),
            (Complete, Some(4)),
            (NoRun, None),
            (Complete, Some(2)),
            (Incomplete, Some(1)),
        ];
        let svg = spark(&series(&weeks)).unwrap();
        assert!(svg.contains("<path d=\"M1 0h2M4 10h1\"/><path class=\"q\" d=\"M5 15h1\"/>"), "{svg}");
        assert!(svg.contains("4 → 1"), "{svg}");
        assert_eq!(spark(&series(&[(NotYet, None)])), None);
    }
}

//! The first report of a month, for those who hear of no other.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::history::ProjectRun;
use crate::notify::MonthlyReport;

/// Returns what a monthly reader compares the report of `at` with: the first report of the last earlier month in which
/// recipients were told of one. `told` are the earlier runs that recipients were told of, oldest first.
pub(super) fn monthly<'a>(
    told: impl DoubleEndedIterator<Item = &'a ProjectRun> + Clone,
    at: Timestamp,
    zone: &TimeZone,
) -> MonthlyReport {
    let month = |at: Timestamp| zone.to_datetime(at).date().first_of_month();
    let last = told.clone().rev().map(|run| month(run.at)).find(|earlier| *earlier < month(at));
    let before = last.and_then(|last| told.into_iter().find(|run| month(run.at) == last));
    MonthlyReport::new(before.cloned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first_of(told: &[&str], at: &str, zone: &TimeZone) -> Option<String> {
        let run = |at: &&str| ProjectRun::new(at[..10].parse().unwrap(), at.parse().unwrap());
        let told: Vec<ProjectRun> = told.iter().map(run).collect();
        monthly(told.iter(), at.parse().unwrap(), zone).before.map(|run| run.run_id.to_string())
    }

    #[test]
    fn the_first_report_of_the_last_month_is_compared_with() {
        let weeks = ["2026-09-28T01:00:00Z", "2026-10-05T01:00:00Z", "2026-10-26T01:00:00Z", "2026-11-02T01:00:00Z"];
        let utc = TimeZone::UTC;
        assert_eq!(first_of(&weeks[..3], weeks[3], &utc).as_deref(), Some("2026-10-05"));
        // a later report of the same month still compares with the month before
        assert_eq!(first_of(&weeks, "2026-11-09T01:00:00Z", &utc).as_deref(), Some("2026-10-05"));
        assert_eq!(first_of(&weeks[..1], weeks[3], &utc).as_deref(), Some("2026-09-28"), "a month without a report");
        assert_eq!(first_of(&[], weeks[3], &utc), None);
        assert_eq!(first_of(&weeks[1..2], weeks[2], &utc), None, "the first month");
    }

    #[test]
    fn months_are_those_of_the_reader() {
        let tokyo = TimeZone::get("Asia/Tokyo").unwrap();
        // 1 November in Tokyo
        let told = ["2026-10-31T16:00:00Z"];
        assert_eq!(first_of(&told, "2026-11-07T16:00:00Z", &tokyo), None);
        assert_eq!(first_of(&told, "2026-11-07T16:00:00Z", &TimeZone::UTC).as_deref(), Some("2026-10-31"));
    }
}

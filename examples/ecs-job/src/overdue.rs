//! `ecs-job overdue`: says when the last run finished, and fails if that is too long ago.

use std::time::Duration;

use findings_core::Result;
use findings_core::ledger::FinishedRun;
use jiff::Timestamp;

use crate::aws::Aws;
use crate::config::OverdueConfig;
use crate::history::check_file;
use crate::waiting::limited;
use crate::wiring::HistoryDatabase;
use crate::{COULD_NOT_START, ending, settings};

/// Prints when the last run finished. Returns the exit code: 0 if that is recent enough, 1 if not, 2 if it could not be
/// read.
pub(crate) async fn overdue(config: &OverdueConfig) -> u8 {
    match last_finished(config).await {
        Ok(last) => {
            config.metrics.print_age(&config.history, last.as_ref());
            let (is_overdue, sentence) = judge(last.as_ref(), config.after, Timestamp::now());
            ending::print_line(&sentence);
            u8::from(is_overdue)
        }
        Err(error) => {
            ending::print_errors("the last finished run could not be read", &[settings::failure(&error)]);
            COULD_NOT_START
        }
    }
}

async fn last_finished(config: &OverdueConfig) -> Result<Option<FinishedRun>> {
    check_file(&config.history)?;
    let aws = Aws::load(config.aws()).await?;
    let ledger = HistoryDatabase::open(&config.history, aws.as_ref())?.ledger;
    limited("the history", "read the last finished run", ledger.last_finished()).await
}

/// Whether the last finished run is longer ago than `after`, and the sentence about it.
fn judge(last: Option<&FinishedRun>, after: Duration, now: Timestamp) -> (bool, String) {
    let Some(run) = last else {
        let after = span(after);
        return (true, format!("no finished run is recorded yet, so none finished in the last {after}"));
    };
    // a clock that was ahead when the run finished makes no run overdue
    let age = Duration::try_from(now.duration_since(run.at)).unwrap_or_default();
    let reports = if run.complete { "complete" } else { "incomplete: some reports lack something" };
    let (id, at, age_text) = (run.run_id.as_str(), run.at.strftime("%Y-%m-%d %H:%MZ"), span(age));
    let said = format!("run {id} finished {at}, {age_text} ago ({reports})");
    if age > after {
        return (true, format!("overdue: no run finished in the last {}; the last one was: {said}", span(after)));
    }
    (false, format!("the last run is recent enough: {said}"))
}

/// Formats a time span with its one or two largest units, such as `8d` or `3d 2h`.
fn span(span: Duration) -> String {
    let minutes = span.as_secs() / 60;
    let parts = [(minutes / 1_440, "d"), (minutes / 60 % 24, "h"), (minutes % 60, "min")];
    let shown: Vec<String> =
        parts.iter().filter(|(n, _)| *n > 0).take(2).map(|(n, unit)| format!("{n}{unit}")).collect();
    if shown.is_empty() { format!("{}s", span.as_secs()) } else { shown.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_hours(24);

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn run(complete: bool) -> FinishedRun {
        FinishedRun::new("2026-11-23".parse().unwrap(), at("2026-11-23T00:10:00Z"), complete)
    }

    #[test]
    fn run_is_overdue_when_it_is_longer_ago() {
        let (no, said) = judge(Some(&run(true)), 8 * DAY, at("2026-12-01T00:10:00Z"));
        assert!(!no && said.ends_with("run 2026-11-23 finished 2026-11-23 00:10Z, 8d ago (complete)"), "{said}");
        let (yes, said) = judge(Some(&run(false)), 8 * DAY, at("2026-12-01T03:10:01Z"));
        assert!(
            yes && said.starts_with("overdue: no run finished in the last 8d; the last one was: run 2026"),
            "{said}"
        );
        assert!(said.contains("8d 3h ago (incomplete"), "{said}");
        let (no, said) = judge(Some(&run(true)), 8 * DAY, at("2026-11-23T00:00:00Z"));
        assert!(!no && said.contains(", 0s ago"), "a clock that was ahead: {said}");
    }

    #[test]
    fn history_without_a_finished_run_is_told_apart() {
        let (yes, said) = judge(None, 8 * DAY, at("2026-12-01T00:10:00Z"));
        assert!(yes && said == "no finished run is recorded yet, so none finished in the last 8d", "{said}");
    }
}

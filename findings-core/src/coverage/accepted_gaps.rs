//! Accepted gaps: gaps that the organisation knows about and accepts until a date.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use crate::csv_text::{LISTED, LineProblem, Table, and_more, cut, read_table};
use crate::{AccountId, Result};

/// A gap that the organisation accepts. It stays visible in every report, but no run fails because of it until its last
/// day has passed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AcceptedGap {
    /// The account.
    pub account: AccountId,
    /// The Region; `None` for all Regions.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub region: Option<String>,
    /// Why the gap is accepted.
    pub reason: String,
    /// The last day on which the gap is accepted, UTC.
    pub until: Date,
}

impl AcceptedGap {
    /// Creates an accepted gap of an account in every Region.
    pub fn new(account: AccountId, reason: impl Into<String>, until: Date) -> Self {
        Self { account, region: None, reason: reason.into(), until }
    }

    /// Limits the gap to one Region.
    pub fn in_region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }

    fn applies_to(&self, account: AccountId, region: Option<&str>) -> bool {
        // a gap of one Region does not apply to a source that does not distinguish Regions
        self.account == account && self.region.as_deref().is_none_or(|accepted| region == Some(accepted))
    }
}

fn end_of(day: Date) -> Timestamp {
    let next = day.checked_add(1.day()).unwrap_or(day);
    TimeZone::UTC.to_timestamp(next.into()).unwrap_or(Timestamp::MAX)
}

/// The accepted gaps of an organisation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AcceptedGaps {
    /// The gaps, in the order of the file.
    pub gaps: Vec<AcceptedGap>,
    /// The lines that could not be read. The gaps in them are not accepted.
    pub problems: Vec<LineProblem>,
}

impl AcceptedGaps {
    /// Creates the collection from these gaps.
    pub fn new(gaps: Vec<AcceptedGap>) -> Self {
        Self { gaps, problems: Vec::new() }
    }

    /// Reads a CSV file with the columns `account_id`, `region` (a Region or `all`), `reason` and `until` (the last
    /// day, UTC, as in `2026-12-31`). It accepts the same encodings as the registry.
    ///
    /// ```
    /// use findings_core::coverage::AcceptedGaps;
    /// let csv = "account_id,region,reason,until\n111100000001,all,closing in December,2026-12-31\n1,all,,soon\n";
    /// let gaps = AcceptedGaps::parse_csv(csv.as_bytes())?;
    /// assert_eq!((gaps.gaps.len(), gaps.problems[0].line), (1, 3));
    /// # Ok::<(), findings_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if the file is not CSV or a column is missing. A line that
    /// cannot be read does not fail the call; it is added to [`problems`](Self::problems).
    pub fn parse_csv(bytes: &[u8]) -> Result<Self> {
        let table: Table<4> = read_table(bytes, "read the accepted gaps", ["account_id", "region", "reason", "until"])?;
        let mut accepted = Self::default();
        for (line, [account, region, reason, until]) in table.rows {
            match parse_gap(&account, &region, &reason, &until) {
                Ok(gap) => accepted.gaps.push(gap),
                Err(message) => accepted.problems.push(LineProblem::new(line, message)),
            }
        }
        let hidden = cut(&mut accepted.problems, LISTED);
        if let Some(first) = hidden.first() {
            accepted.problems.push(LineProblem::new(first.line, and_more(hidden.len())));
        }
        Ok(accepted)
    }

    /// Returns the accepted gap that applies to this account and Region now.
    pub fn find(&self, account: AccountId, region: Option<&str>, now: Timestamp) -> Option<&AcceptedGap> {
        self.gaps.iter().find(|gap| gap.applies_to(account, region) && now < end_of(gap.until))
    }

    /// Returns the accepted gap of this account and Region with the latest last day, even if that day has passed.
    pub fn ended(&self, account: AccountId, region: Option<&str>) -> Option<&AcceptedGap> {
        self.gaps.iter().filter(|gap| gap.applies_to(account, region)).max_by_key(|gap| gap.until)
    }
}

fn parse_gap(account: &str, region: &str, reason: &str, until: &str) -> Result<AcceptedGap, String> {
    let account: AccountId = account.parse().map_err(|e| format!("account_id: {e}"))?;
    if reason.is_empty() {
        return Err("reason: it is empty; say why the gap is accepted, because readers will see it".to_owned());
    }
    if region.is_empty() {
        return Err("region: it is empty; write a Region or all".to_owned());
    }
    let until: Date = until.parse().map_err(|_| format!("until: \"{until}\" is not a date; write it as 2026-12-31"))?;
    let gap = AcceptedGap::new(account, reason, until);
    Ok(if region.eq_ignore_ascii_case("all") { gap } else { gap.in_region(region) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gap_applies_to_its_region_until_its_last_day() {
        let csv = "\u{feff}until,account_id,reason,region\n2026-11-23,111100000001,moving,us-east-1\n2026-11-24,111100000002,moving,ALL\n";
        let gaps = AcceptedGaps::parse_csv(csv.as_bytes()).unwrap();
        let find = |account: &str, region, at: &str| {
            gaps.find(account.parse().unwrap(), region, at.parse().unwrap()).is_some()
        };
        assert!(find("111100000001", Some("us-east-1"), "2026-11-23T23:59:59Z"));
        assert!(!find("111100000001", Some("us-east-1"), "2026-11-24T00:00:00Z"));
        assert!(!find("111100000001", Some("eu-west-1"), "2026-11-23T00:00:00Z"));
        assert!(!find("111100000001", None, "2026-11-23T00:00:00Z"));
        assert!(find("111100000002", None, "2026-11-23T00:00:00Z"));
        assert!(!find("111100000003", None, "2026-11-23T00:00:00Z"));
    }

    #[test]
    fn unreadable_lines_are_reported_and_not_accepted() {
        let csv = "account_id,region,reason,until\n1,all,x,2026-12-31\n111100000001,all,,2026-12-31\n\
                   111100000001,,x,2026-12-31\n111100000001,all,x,31.12.2026\n";
        let gaps = AcceptedGaps::parse_csv(csv.as_bytes()).unwrap();
        assert!(gaps.gaps.is_empty());
        let problems: Vec<String> = gaps.problems.iter().map(ToString::to_string).collect();
        for (problem, want) in
            problems.iter().zip(["line 2: account_id", "line 3: reason", "line 4: region", "line 5: until"])
        {
            assert!(problem.starts_with(want), "{problem}");
        }
        assert_eq!(problems.len(), 4);
        let error = AcceptedGaps::parse_csv(b"account_id,reason\n").unwrap_err();
        assert!(error.to_string().contains("\"region\""), "{error}");
    }

    #[test]
    fn long_list_of_problems_is_cut() {
        let rows = "1,all,why,2026-12-31\n".repeat(250);
        let gaps = AcceptedGaps::parse_csv(format!("account_id,region,reason,until\n{rows}").as_bytes()).unwrap();
        assert_eq!(gaps.problems.len(), 101);
        let last = gaps.problems[100].to_string();
        assert!(last.starts_with("line 102: and 150 more problems from this line on"), "{last}");
    }
}

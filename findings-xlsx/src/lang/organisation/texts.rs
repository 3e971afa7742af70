//! The texts that each language must have: a missing text is a compile error.

/// The texts of the workbook about the organisation. `{name}` is a placeholder for a value, see
/// [`fill`](crate::lang::fill).
#[derive(Debug)]
pub(crate) struct OrganisationTexts {
    pub(crate) title: &'static str,
    pub(crate) sheets: SheetNames,
    pub(crate) columns: Headings,
    pub(crate) words: Words,
    pub(crate) summary: SummaryTexts,
    pub(crate) notes: Notes,
    pub(crate) gaps: GapTexts,
    pub(crate) about: AboutTexts,
}

/// Names of the sheets.
#[derive(Debug)]
pub(crate) struct SheetNames {
    pub(crate) summary: &'static str,
    pub(crate) projects: &'static str,
    pub(crate) problems: &'static str,
    pub(crate) heat_map: &'static str,
    pub(crate) ageing: &'static str,
    pub(crate) weeks: &'static str,
    pub(crate) severities: &'static str,
    pub(crate) series: &'static str,
    pub(crate) coverage: &'static str,
    pub(crate) gaps: &'static str,
    pub(crate) runs: &'static str,
    pub(crate) about: &'static str,
}

#[cfg(test)]
impl SheetNames {
    pub(crate) fn in_order(&self) -> [&'static str; 12] {
        [
            self.summary,
            self.projects,
            self.problems,
            self.heat_map,
            self.ageing,
            self.weeks,
            self.severities,
            self.series,
            self.coverage,
            self.gaps,
            self.runs,
            self.about,
        ]
    }
}

/// Headings of columns that the workbook of a project does not have.
#[derive(Debug)]
pub(crate) struct Headings {
    pub(crate) rank: &'static str,
    pub(crate) project: &'static str,
    pub(crate) standing: &'static str,
    pub(crate) points_per_account: &'static str,
    pub(crate) open: &'static str,
    pub(crate) overdue: &'static str,
    pub(crate) trend: &'static str,
    pub(crate) balance: &'static str,
    /// New, reopened and fixed issues of the last four weeks.
    pub(crate) recent: [&'static str; 3],
    pub(crate) net_resolve: &'static str,
    pub(crate) net_resolve_of: &'static str,
    pub(crate) fix_median: &'static str,
    pub(crate) fix_count: &'static str,
    pub(crate) fix_p90: &'static str,
    pub(crate) decision_median: &'static str,
    pub(crate) decision_count: &'static str,
    pub(crate) decision_p90: &'static str,
    pub(crate) within_target: &'static str,
    pub(crate) within_target_of: &'static str,
    pub(crate) undecided: &'static str,
    pub(crate) to_fix: &'static str,
    pub(crate) past_their_day: &'static str,
    pub(crate) accepted: &'static str,
    pub(crate) false_positives: &'static str,
    pub(crate) accounts: &'static str,
    pub(crate) latest_report: &'static str,
    pub(crate) last_told: &'static str,
    pub(crate) last_decision: &'static str,
    pub(crate) runs: &'static str,
    pub(crate) points: &'static str,
    pub(crate) projects: &'static str,
    pub(crate) weeks_open: &'static str,
    pub(crate) oldest_opened: &'static str,
    pub(crate) first_reported: &'static str,
    pub(crate) first_time: &'static str,
    pub(crate) has_guidance: &'static str,
    /// Ages of open issues, in the order of the report.
    pub(crate) ages: [&'static str; 4],
    pub(crate) week: &'static str,
    pub(crate) state: &'static str,
    pub(crate) incomplete_projects: &'static str,
    pub(crate) without_run: &'static str,
    pub(crate) not_confirmed: &'static str,
    pub(crate) baseline: &'static str,
    pub(crate) new: &'static str,
    pub(crate) reopened: &'static str,
    pub(crate) came: &'static str,
    pub(crate) fixed: &'static str,
    pub(crate) suppressed: &'static str,
    pub(crate) archived: &'static str,
    pub(crate) left: &'static str,
    pub(crate) merged: &'static str,
    pub(crate) line: &'static str,
    pub(crate) what: &'static str,
    pub(crate) until: &'static str,
    pub(crate) days_left: &'static str,
    pub(crate) run: &'static str,
    pub(crate) at: &'static str,
    pub(crate) told: &'static str,
    pub(crate) incomplete_accounts: &'static str,
    pub(crate) stale: &'static str,
    pub(crate) remarks: &'static str,
}

/// Words in place of values.
#[derive(Debug)]
pub(crate) struct Words {
    pub(crate) standings: [&'static str; 3],
    pub(crate) no_ranks: [&'static str; 5],
    pub(crate) states: [&'static str; 6],
    pub(crate) directions: [&'static str; 3],
    pub(crate) not_known: &'static str,
    pub(crate) no_target: &'static str,
    pub(crate) too_few: &'static str,
    pub(crate) not_comparable: &'static str,
    pub(crate) not_checked: &'static str,
    pub(crate) never: &'static str,
    pub(crate) no_run: &'static str,
    pub(crate) none: &'static str,
    pub(crate) yes: &'static str,
    pub(crate) no: &'static str,
    pub(crate) complete: &'static str,
    pub(crate) incomplete_accounts: &'static str,
    pub(crate) all_projects: &'static str,
    pub(crate) all_severities: &'static str,
    pub(crate) all_regions: &'static str,
    pub(crate) and_more: &'static str,
    pub(crate) no_control: &'static str,
    pub(crate) unread: &'static str,
}

/// Texts of the summary.
#[derive(Debug)]
pub(crate) struct SummaryTexts {
    pub(crate) as_of: &'static str,
    pub(crate) scope: &'static str,
    pub(crate) all_known: &'static str,
    pub(crate) no_run: &'static str,
    pub(crate) latest_incomplete: &'static str,
    pub(crate) latest_without_run: &'static str,
    pub(crate) weeks_with_gaps: &'static str,
    pub(crate) not_confirmed: &'static str,
    pub(crate) not_active: &'static str,
    pub(crate) coverage_not_checked: &'static str,
    pub(crate) not_seen: &'static str,
    pub(crate) unowned: &'static str,
    pub(crate) unowned_not_checked: &'static str,
    pub(crate) registry_not_known: &'static str,
    pub(crate) never_reported: &'static str,
    pub(crate) no_targets: &'static str,
    pub(crate) all_open: &'static str,
    pub(crate) overdue: &'static str,
    pub(crate) new: &'static str,
    pub(crate) reopened: &'static str,
    pub(crate) fixed: &'static str,
    pub(crate) net_resolve: &'static str,
    pub(crate) within_target: &'static str,
    pub(crate) median: &'static str,
    pub(crate) last_weeks: &'static str,
    pub(crate) before: &'static str,
    pub(crate) before_not_known: &'static str,
    pub(crate) share: &'static str,
    /// Of fixed and new issues, of which either can be more.
    pub(crate) net_share: &'static str,
    pub(crate) median_of: &'static str,
    pub(crate) days: &'static str,
    pub(crate) recent_gaps: &'static str,
    pub(crate) open_chart: &'static str,
    pub(crate) open_chart_gaps: &'static str,
    pub(crate) flow_chart: &'static str,
    pub(crate) movers: &'static str,
    pub(crate) comparable: &'static str,
    pub(crate) no_movers: &'static str,
    pub(crate) problems: &'static str,
    pub(crate) no_problems: &'static str,
    pub(crate) next_sheets: &'static str,
}

/// Notes below tables.
#[derive(Debug)]
pub(crate) struct Notes {
    pub(crate) no_projects: &'static str,
    pub(crate) no_problems: &'static str,
    pub(crate) no_weeks: &'static str,
    pub(crate) no_runs: &'static str,
    pub(crate) no_gaps: &'static str,
    pub(crate) doubtful: &'static str,
    pub(crate) small_groups: &'static str,
    pub(crate) counted_more_than_once: &'static str,
    pub(crate) series: &'static str,
    pub(crate) series_left_out: &'static str,
    pub(crate) heat_map: &'static str,
    pub(crate) heat_map_left_out: &'static str,
    pub(crate) weeks: &'static str,
    pub(crate) remarks: &'static str,
}

/// Texts about what nobody sees.
#[derive(Debug)]
pub(crate) struct GapTexts {
    pub(crate) title: &'static str,
    pub(crate) by_verdict: &'static str,
    pub(crate) by_cause: &'static str,
    pub(crate) no_causes: &'static str,
    pub(crate) lists: &'static str,
    pub(crate) unread: &'static str,
    pub(crate) see: &'static str,
    /// What a row of the list is, in the order of the list.
    pub(crate) kinds: [&'static str; 8],
}

/// Texts of the page about the report.
#[derive(Debug)]
pub(crate) struct AboutTexts {
    pub(crate) as_of: &'static str,
    pub(crate) weeks: &'static str,
    pub(crate) weeks_value: &'static str,
    pub(crate) week_zone: &'static str,
    pub(crate) last_run: &'static str,
    pub(crate) targets: &'static str,
    pub(crate) target_value: &'static str,
    pub(crate) projects: &'static str,
    pub(crate) projects_value: &'static str,
    pub(crate) definitions: &'static str,
    pub(crate) score: &'static str,
    pub(crate) score_open: &'static str,
    pub(crate) score_overdue: &'static str,
    pub(crate) accounts_registry: &'static str,
    pub(crate) accounts_history: &'static str,
    /// Terms and what they mean.
    pub(crate) terms: [(&'static str, &'static str); 10],
    pub(crate) words: &'static str,
    /// What words in place of values mean; the words are those of [`Words`].
    pub(crate) word_meanings: [&'static str; 4],
}

//! The texts of the workbook about the organisation alone.

use super::texts::texts;

texts! {
    /// The texts of the workbook about the organisation. `{name}` is a placeholder for a value, see
    /// [`fill`](crate::wording::fill).
    OrganisationWorkbookTexts {
        title,
        sheets: SheetNames,
        columns: Headings,
        words: Words,
        summary: SummaryTexts,
        notes: Notes,
        gaps: GapTexts,
        about: AboutTexts,
    }
}

texts! {
    /// Names of the sheets.
    SheetNames {
        summary,
        projects,
        problems,
        heat_map,
        ageing,
        weeks,
        severities,
        series,
        coverage,
        gaps,
        runs,
        about,
    }
}

texts! {
    /// Headings of columns that the workbook of a project does not have.
    Headings {
        rank,
        project,
        standing,
        points_per_account,
        open,
        overdue,
        trend,
        balance,
        /// New, reopened and fixed issues of the last four weeks.
        recent: [&'static str; 3],
        net_resolve,
        net_resolve_of,
        fix_median,
        fix_count,
        fix_p90,
        decision_median,
        decision_count,
        decision_p90,
        within_target,
        within_target_of,
        undecided,
        to_fix,
        past_their_day,
        accepted,
        false_positives,
        accounts,
        latest_report,
        last_told,
        last_decision,
        runs,
        points,
        projects,
        weeks_open,
        oldest_opened,
        first_reported,
        first_time,
        has_guidance,
        /// Ages of open issues, in the order of the report.
        ages: [&'static str; 4],
        week,
        state,
        incomplete_projects,
        without_run,
        not_confirmed,
        baseline,
        new,
        reopened,
        came,
        fixed,
        suppressed,
        archived,
        left,
        merged,
        line,
        what,
        until,
        days_left,
        run,
        at,
        told,
        incomplete_accounts,
        stale,
        remarks,
    }
}

texts! {
    /// Words in place of values.
    Words {
        standings: [&'static str; 3],
        no_ranks: [&'static str; 5],
        states: [&'static str; 6],
        directions: [&'static str; 3],
        not_known,
        no_target,
        too_few,
        not_comparable,
        not_checked,
        never,
        no_run,
        none,
        yes,
        no,
        complete,
        incomplete_accounts,
        all_projects,
        all_severities,
        all_regions,
        and_more,
        no_control,
        unread,
    }
}

texts! {
    /// Texts of the summary.
    SummaryTexts {
        as_of,
        scope,
        all_known,
        no_run,
        latest_incomplete,
        latest_without_run,
        weeks_with_gaps,
        not_confirmed,
        not_active,
        coverage_not_checked,
        not_seen,
        unowned,
        unowned_not_checked,
        registry_not_known,
        never_reported,
        no_targets,
        all_open,
        overdue,
        new,
        reopened,
        fixed,
        net_resolve,
        within_target,
        median,
        last_weeks,
        before,
        before_not_known,
        share,
        /// Of fixed and new issues, of which either can be more.
        net_share,
        median_of,
        days,
        recent_gaps,
        open_chart,
        open_chart_gaps,
        flow_chart,
        movers,
        comparable,
        no_movers,
        problems,
        no_problems,
        next_sheets,
    }
}

texts! {
    /// Notes below tables.
    Notes {
        no_projects,
        no_problems,
        no_weeks,
        no_runs,
        no_gaps,
        doubtful,
        small_groups,
        counted_more_than_once,
        series,
        series_left_out,
        heat_map,
        heat_map_left_out,
        weeks,
        remarks,
    }
}

texts! {
    /// Texts about what nobody sees.
    GapTexts {
        title,
        by_verdict,
        by_cause,
        no_causes,
        lists,
        unread,
        see,
        /// What a row of the list is, in the order of the list.
        kinds: [&'static str; 8],
    }
}

texts! {
    /// Texts of the page about the report.
    AboutTexts {
        as_of,
        weeks,
        weeks_value,
        week_zone,
        last_run,
        targets,
        target_value,
        projects,
        projects_value,
        definitions,
        score,
        score_open,
        score_overdue,
        accounts_registry,
        accounts_history,
        /// Terms and what they mean.
        terms: [(&'static str, &'static str); 10],
        words,
        /// What words in place of values mean; the words are those of [`Words`].
        word_meanings: [&'static str; 4],
    }
}

impl SheetNames {
    /// Returns the names in the order of the sheets.
    pub fn in_order(&self) -> [&'static str; 12] {
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

//! The words of reports about a project that all renderers share, and those of the report about the organisation.

use super::texts::texts;

texts! {
    /// The words that a workbook and a page about a project share, in one language.
    ///
    /// ```
    /// use findings_core::Locale;
    /// use findings_core::wording::ReportTexts;
    /// assert_eq!(ReportTexts::of(Locale::En).columns.resource, "Resource");
    /// ```
    ReportTexts {
        /// Names of the parts.
        sections: SectionNames,
        /// Headings of columns, and labels of facts.
        columns: Headings,
        /// Texts about a finding and what it is grouped by.
        finding: FindingTexts,
        /// Texts of the summary.
        summary: SummaryTexts,
        /// Texts about the report itself.
        about: AboutTexts,
        /// Texts of a question to the desk.
        question: QuestionTexts,
        /// Texts of a draft of guidance.
        skeleton: SkeletonTexts,
    }
}

texts! {
    /// Names of the parts of a report: the sheets of a workbook, the sections of a page. They are valid as names of sheets in
    /// Excel and have at most 25 characters, because a number can be appended.
    SectionNames {
        summary,
        week,
        findings,
        controls,
        owners,
        accounts,
        resolved,
        accepted,
        about,
    }
}

texts! {
    /// The words of the report about all projects, which its workbook and its page share: one word for one fact.
    OrganisationTerms {
        open,
        overdue,
        new,
        reopened,
        came,
        fixed,
        suppressed,
        archived,
        left,
        merged,
        baseline,
        not_confirmed,
        undecided,
        points,
        points_per_account,
        rank,
        net_resolve,
        within_target,
        fix_median,
        fix_p90,
        decision_median,
        weeks_open,
        first_time,
        has_guidance,
        last_told,
        last_decision,
        accounts,
        state,
        week,
        incomplete_accounts,
        not_known,
        too_few,
        no_target,
        not_comparable,
        open_issues,
    }
}

texts! {
    /// Headings of columns, and labels of facts.
    Headings {
        severity,
        severity_reason,
        change,
        age_days,
        oldest_days,
        first_seen,
        title,
        control,
        account,
        account_name,
        region,
        resource_type,
        resource,
        further_resources,
        tags,
        workflow,
        compliance,
        standards,
        product,
        description,
        vulnerabilities,
        what_to_do,
        console,
        resource_page,
        product_console,
        notes,
        updated,
        finding_id,
        open_findings,
        new_findings,
        overdue_findings,
        accounts_touched,
        resources_touched,
        read,
        coverage,
        last_check,
        total,
        newest_update,
        resolved_at,
        days_left,
        days_overdue,
        decided_by,
        decided_on,
        ends_on,
        fix_by,
        days_open,
        why,
        run,
        what_became,
        place,
    }
}

texts! {
    /// Texts about a finding and what it is grouped by.
    FindingTexts {
        open_console,
        how_to_fix,
        how_to_fix_control,
        vulnerable_package,
        update_package,
        whole_account,
        name_unknown,
        fixed_in,
        fix_available,
        exploit_available,
        severity_raised,
        severity_lowered,
        exploit_known,
        fix_exists,
        fix_partial,
        fix_missing,
        odd_value,
        sample_finding,
        read_completely,
        read_incompletely,
        due_today,
        due_tomorrow,
        due_in,
        week_first,
        week_nothing,
        week_nothing_partial,
        no_entries,
        nothing_resolved,
        nothing_resolved_partial,
        first_report_resolved,
    }
}

texts! {
    /// Texts of the summary. `{name}` stands for a value, see [`fill`](crate::wording::fill).
    SummaryTexts {
        title,
        as_of,
        covered,
        none_seen_title,
        clean_title,
        clean_accounts,
        clean_selection,
        clean_resolved,
        zero_is_not_none,
        last_time,
        last_time_incomplete,
        first_time,
        unchanged,
        all,
        changes_heading,
        changes_first,
        trend_heading,
        trend_heading_incomplete,
        trend_first,
        by_account_heading,
        matrix_heading,
        do_first_heading,
        do_first_places,
        controls_heading,
        oldest_heading,
        oldest_none,
        this_run,
        incomplete_run,
        contact,
        new,
        reopened,
        resolved,
        notice_meaning,
    }
}

texts! {
    /// Texts about the report itself: its origin, whether its numbers add up, and its terms.
    AboutTexts {
        title,
        report,
        project,
        run,
        generated_at,
        time_zone,
        sources,
        accounts,
        accounts_value,
        selection,
        selection_value,
        contact,
        version,
        none,
        counts,
        fetched,
        duplicates,
        issues,
        stale,
        unreadable,
        do_not_add_up,
        problems,
        problems_listed,
        no_problems,
        age,
        severities,
        changes,
        workflows,
        compliances,
    }
}

texts! {
    /// Texts of a question that a reader asks the desk. `{about}` stands for the project and the control.
    QuestionTexts {
        ask,
        guidance_page,
        subject,
        opening,
        project,
        control,
        run,
        finding,
    }
}

texts! {
    /// Texts of a draft of guidance. A text in parentheses is a question to whoever writes it.
    SkeletonTexts {
        how,
        meaning,
        checked,
        fires,
        severity,
        parameters,
        default_value,
        requirements,
        fix,
        console,
        impact,
        contact,
        exceptions,
        sources,
    }
}

impl SummaryTexts {
    /// Returns the names of what came and went since the last report: new, reopened, fixed.
    pub fn changes(&self) -> [&'static str; 3] {
        [self.new, self.reopened, self.resolved]
    }
}

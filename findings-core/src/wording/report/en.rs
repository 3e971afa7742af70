//! English, and the types of all languages: a text is documented by its English words.

use crate::Locale;

/// Declares a group of texts. A language without one of them does not compile.
macro_rules! texts {
    ($(#[$meta:meta])* $name:ident { $($field:ident: $english:literal,)* }) => {
        $(#[$meta])*
        #[derive(Debug)]
        #[non_exhaustive]
        pub struct $name {
            $(#[doc = concat!("“", $english, "”")] pub $field: &'static str,)*
        }

        impl $name {
            pub(super) const ENGLISH: Self = Self { $($field: $english,)* };

            /// The texts with their names.
            pub fn by_name(&self) -> Vec<(&'static str, &'static str)> {
                vec![$((stringify!($field), self.$field),)*]
            }
        }
    };
}

texts! {
    /// Names of the parts of a report: the sheets of a workbook, the sections of a page. They are valid as names of sheets in
    /// Excel and have at most 25 characters, because a number can be appended.
    SectionNames {
        summary: "Summary",
        week: "This week",
        findings: "Findings",
        controls: "By control",
        owners: "By owner",
        accounts: "Accounts",
        resolved: "Closed",
        accepted: "Accepted",
        about: "About",
    }
}

texts! {
    /// The words of the report about all projects, which its workbook and its page share: one word for one fact.
    OrganisationTerms {
        open: "Open",
        overdue: "Overdue",
        new: "New",
        reopened: "Reopened",
        came: "New and reopened",
        fixed: "Fixed",
        suppressed: "Suppressed",
        archived: "No longer reported",
        left: "Account left",
        merged: "Merged",
        baseline: "Found by first runs",
        not_confirmed: "Not confirmed",
        undecided: "Undecided",
        points: "Points",
        points_per_account: "Points per account",
        rank: "Rank",
        net_resolve: "Net resolve rate",
        within_target: "Fixed within target",
        fix_median: "Days to fix, median",
        fix_p90: "Days to fix, 90 %",
        decision_median: "Days to decide, median",
        weeks_open: "Weeks open",
        first_time: "New in the organisation",
        has_guidance: "Own guidance",
        last_told: "Last told",
        last_decision: "Last decision",
        accounts: "Accounts",
        state: "State",
        week: "Week of",
        incomplete_accounts: "Incomplete accounts",
        not_known: "not known",
        too_few: "too few",
        no_target: "no target",
        not_comparable: "not comparable",
        open_issues: "Open issues",
    }
}

impl OrganisationTerms {
    /// Returns the words of a language.
    pub const fn of(locale: Locale) -> &'static Self {
        match locale {
            Locale::En => &Self::ENGLISH,
            Locale::Ja => &super::ja::ORGANISATION,
        }
    }
}

texts! {
    /// Headings of columns, and labels of facts.
    Headings {
        severity: "Severity",
        severity_reason: "Reason for the severity",
        change: "Change",
        age_days: "Age (days)",
        oldest_days: "Oldest (days)",
        first_seen: "First seen",
        title: "Title",
        control: "Control",
        account: "Account",
        account_name: "Account name",
        region: "Region",
        resource_type: "Resource type",
        resource: "Resource",
        further_resources: "Further resources",
        tags: "Tags",
        workflow: "Workflow",
        compliance: "Compliance",
        standards: "Standards",
        product: "Product",
        description: "Description",
        vulnerabilities: "Vulnerabilities",
        what_to_do: "What to do",
        console: "In the console",
        resource_page: "Resource page",
        product_console: "In the product",
        notes: "Notes",
        updated: "Updated",
        finding_id: "Finding ID",
        open_findings: "Open findings",
        new_findings: "New findings",
        overdue_findings: "Overdue findings",
        accounts_touched: "Accounts",
        resources_touched: "Resources",
        read: "Read",
        coverage: "Coverage",
        last_check: "Last check",
        total: "Total",
        newest_update: "Latest update",
        resolved_at: "Closed on",
        days_left: "Days left",
        days_overdue: "Days overdue",
        decided_by: "Decided by",
        decided_on: "Decided on",
        ends_on: "Ends on",
        fix_by: "Current due date",
        days_open: "Days open",
        why: "Why",
        run: "Report of",
        what_became: "What became of it",
        place: "Where it stands",
    }
}

texts! {
    /// Texts about a finding and what it is grouped by.
    FindingTexts {
        open_console: "Open",
        how_to_fix: "How to fix it",
        how_to_fix_control: "How to fix {control}",
        vulnerable_package: "Vulnerabilities in the package {package}",
        update_package: "Update {package}; fixed in {versions}",
        whole_account: "whole account {account}",
        name_unknown: "(name not known)",
        fixed_in: "fixed in",
        fix_available: "fix:",
        exploit_available: "exploit:",
        severity_raised: "Raised from {from} to {to} by your organisation",
        severity_lowered: "Lowered from {from} to {to} by your organisation",
        exploit_known: "exploit known",
        fix_exists: "fix available",
        fix_partial: "fix for some packages only",
        fix_missing: "no fix yet",
        odd_value: "Not as AWS defines it: {field} = {value}",
        sample_finding: "This is a sample finding, not a real one.",
        read_completely: "Read completely",
        read_incompletely: "NOT read completely: the numbers are too low",
        due_today: "due today",
        due_tomorrow: "due tomorrow",
        due_in: "due in {n} days",
        week_first: "This is the first report of this project. From the next one on, this place shows what changed. Nothing is due within 14 days.",
        week_nothing: "Nothing is new, worse, reopened, or due within 14 days.",
        week_nothing_partial: "As far as could be checked, nothing is new, worse, reopened, or due within 14 days.",
        no_entries: "The file has no new entries.",
        nothing_resolved: "Nothing was closed since the last report.",
        nothing_resolved_partial: "As far as could be checked, nothing was closed since the last report.",
        first_report_resolved: "This is the first report of this project. Closed issues are listed from the next report on.",
    }
}

texts! {
    /// Texts of the summary. `{name}` stands for a value, see [`fill`](super::fill).
    SummaryTexts {
        title: "Security findings: {project}",
        as_of: "As of {when} ({zone}) · run {run}",
        covered: "Accounts: {accounts} · read from {sources}",
        none_seen_title: "No open findings were seen",
        clean_title: "✓  No open findings",
        clean_accounts: "{accounts} of {accounts} accounts read completely, at {when} ({zone}), from {sources}.",
        clean_selection: "Query: {selection}. Nothing else was filtered away.",
        clean_resolved: "Since the last report {n} issues were fixed.",
        zero_is_not_none: "Not everything could be checked, so there may be more. Zero does not mean \"none\" here: see the red box.",
        last_time: "last time {n}",
        last_time_incomplete: "last time {n} (incomplete)",
        first_time: "first report",
        unchanged: "unchanged",
        all: "All findings",
        changes_heading: "Since the last report ({when})",
        changes_first: "Since the last report (this is the first one)",
        trend_heading: "Trend: open findings in the last reports",
        trend_heading_incomplete: "Trend (incomplete reports show fewer than there are)",
        trend_first: "This is the first report of this project. From the next one on, this place shows the trend.",
        by_account_heading: "Open findings by account",
        matrix_heading: "Severity by account",
        do_first_heading: "Do these first",
        do_first_places: "{n} places",
        controls_heading: "The most severe and most frequent controls",
        oldest_heading: "The oldest open critical and high findings",
        oldest_none: "There is no open critical or high finding in what was read.",
        this_run: "this report",
        incomplete_run: "incomplete",
        contact: "Questions? {contact}",
        new: "New",
        reopened: "Reopened",
        resolved: "Fixed",
        notice_meaning: "Where these notes apply, few findings or none do not mean that all is well.",
    }
}

texts! {
    /// Texts about the report itself: its origin, whether its numbers add up, and its terms.
    AboutTexts {
        title: "About this report",
        report: "Report",
        project: "Project",
        run: "Run",
        generated_at: "Findings read at",
        time_zone: "Time zone of all times",
        sources: "Read from",
        accounts: "Accounts",
        accounts_value: "{n}, of which {complete} could be seen completely",
        selection: "Selection",
        selection_value: "record state {states}, workflow status {workflow}",
        contact: "Contact",
        version: "Made by",
        none: "(not configured)",
        counts: "Do the counts add up?",
        fetched: "Findings read",
        duplicates: "− copies of the same finding, left out",
        issues: "Distinct issues",
        stale: "Issues that were open and could not be checked this time, not counted above",
        unreadable: "Reports of findings that could not be read, not counted above",
        do_not_add_up: "The counts do not add up: findings were lost on the way. Please tell the people who run this report.",
        problems: "Problems that make this report incomplete",
        problems_listed: "{n}. The sheet \"{sheet}\" lists all of them at its top, with what to do.",
        no_problems: "None: the report is complete.",
        age: "The age counts the days from the day on which the issue came, or came back, to the moment the findings were read.",
        severities: "Severities",
        changes: "Change since the last report",
        workflows: "Workflow status",
        compliances: "Compliance (findings of controls only)",
    }
}

texts! {
    /// Texts of a question that a reader asks the desk. `{about}` stands for the project and the control.
    QuestionTexts {
        ask: "Ask about this",
        guidance_page: "Guidance page",
        subject: "Question about Security Hub: {about}",
        opening: "My question:",
        project: "Project",
        control: "Control",
        run: "Run",
        finding: "Finding",
    }
}

texts! {
    /// Texts of a draft of guidance. A text in parentheses is a question to whoever writes it.
    SkeletonTexts {
        how: "Fill in the day of your review, answer the questions in parentheses, then delete the line of the draft.",
        meaning: "(In your words: what can happen if it stays as it is?)",
        checked: "What is checked, in the words of Security Hub:",
        fires: "(When does the check fail, and when does it surprise people?)",
        severity: "Severity at AWS: {severity}.",
        parameters: "Parameters:",
        default_value: "(default)",
        requirements: "Related requirements: {list}.",
        fix: "(One sentence that says what to do. Readers of mails see it. Then the steps.)",
        console: "Console",
        impact: "(What does the fix do to others: outage, cost, access?)",
        contact: "(A mail address or the link to a channel of Teams.)",
        exceptions: "(When may a finding stay, who decides, until when?)",
        sources: "(Where do the facts come from?)",
    }
}

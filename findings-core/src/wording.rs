//! The sentences that messages and reports share, in each language, so that both describe a fact in the same words.
//!
//! The texts of each language stand in [`languages`](crate::languages). The compiler requires every sentence in every
//! language, and a sentence for every value of an enum.

mod decisions;
mod fill;
mod news;
mod outcomes;
mod report;

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

pub use self::decisions::{ENDING_SOON_DAYS, ReturnColumn};
pub use self::fill::fill;
use crate::coverage::{CoverageReason, Verdict};
use crate::languages::Language;
pub use crate::languages::report::{
    AboutTexts, FindingTexts, Headings, OrganisationTerms, QuestionTexts, ReportTexts, SectionNames, SkeletonTexts,
    SummaryTexts,
};
use crate::report::{
    Certainty, Change, Changes, ClosureKind, LeadReason, Problem, ProblemKind, Resolution, UnreadReason,
};
use crate::{ComplianceStatus, Locale, RecordState, Severity, SeverityCounts, WorkflowStatus};

/// Number of Regions that a sentence names. A policy that denies Regions hides about thirty of them.
const MAX_UNSEEN: usize = 5;

/// The shared sentences of a language.
///
/// ```
/// use findings_core::{Locale, Severity, wording::Wording};
/// assert_eq!(Wording::of(Locale::En).severity(Severity::Critical), "Critical");
/// assert_eq!(Wording::of(Locale::Ja).severity(Severity::Critical), "重大");
/// ```
#[derive(Clone, Copy)]
pub struct Wording {
    language: &'static Language,
}

impl Wording {
    /// Returns the sentences of a language.
    pub const fn of(locale: Locale) -> Self {
        Self { language: Language::of(locale) }
    }

    /// Returns the name of a severity as in the Security Hub console.
    pub fn severity(self, severity: Severity) -> &'static str {
        self.language.sentences.severity(severity)
    }

    /// Returns the name of a severity as it stands inside a sentence.
    pub fn severity_within(self, severity: Severity) -> String {
        self.language.sentences.severity_within(severity)
    }

    /// Returns the title of a control of Security Hub in the language, in our own words; `None` if there is none, and in
    /// English, which findings have.
    ///
    /// ```
    /// use findings_core::{Locale, wording::Wording};
    /// assert_eq!(Wording::of(Locale::Ja).control_title("IAM.4"), Some("ルートユーザーのアクセスキーを削除する"));
    /// assert_eq!(Wording::of(Locale::En).control_title("IAM.4"), None);
    /// ```
    pub fn control_title(self, control: &str) -> Option<&'static str> {
        self.language.sentences.control_title(control)
    }

    /// Returns the URL of what AWS says of a control in the language; `None` where the finding's own link is right.
    pub fn control_documentation(self, control: &str) -> Option<&'static str> {
        self.language.sentences.control_documentation(control)
    }

    /// Returns a word for the change of an issue since the last report.
    pub fn change(self, change: Change) -> &'static str {
        self.language.sentences.change(change)
    }

    /// Returns a few words for the reason why a finding is among those to fix first.
    ///
    /// ```
    /// use findings_core::{Locale, report::LeadReason, wording::Wording};
    /// assert_eq!(Wording::of(Locale::En).lead_reason(LeadReason::Overdue(12)), "12 days overdue");
    /// assert_eq!(Wording::of(Locale::Ja).lead_reason(LeadReason::Overdue(12)), "期限超過 12日");
    /// ```
    pub fn lead_reason(self, reason: LeadReason) -> String {
        self.language.sentences.lead_reason(reason)
    }

    /// Returns a phrase for the reason why an issue is no longer open.
    pub fn resolution(self, resolution: Resolution) -> &'static str {
        self.language.sentences.resolution(resolution)
    }

    /// Returns a word or two for the verdict on the coverage of an account.
    pub fn verdict(self, verdict: Verdict) -> &'static str {
        self.language.sentences.verdict(verdict)
    }

    /// Returns a sentence for the reason of a verdict. The reason's `Display` says what operators can do.
    pub fn coverage_reason(self, reason: CoverageReason) -> &'static str {
        self.language.sentences.coverage_reason(reason)
    }

    /// Returns a sentence for a problem that makes a report incomplete.
    pub fn problem(self, kind: ProblemKind) -> &'static str {
        match kind {
            ProblemKind::AccountNotFetched => self.language.sentences.account_not_fetched(),
            ProblemKind::UnreadableFinding => self.language.sentences.unreadable_finding(),
            ProblemKind::RegistryLine => self.language.sentences.registry_line(),
            ProblemKind::NoAccount => self.language.sentences.no_account(),
            ProblemKind::Coverage(reason) => self.language.sentences.coverage_reason(reason),
            ProblemKind::SeeReport => self.language.sentences.see_report(),
        }
    }

    /// Returns a sentence for the reason why findings could not be read.
    pub fn unread(self, reason: UnreadReason) -> &'static str {
        self.language.sentences.unread(reason)
    }

    /// Returns the details of a problem that readers may see, empty if there are none; `None` if they are for operators
    /// alone. The text of a service's error is never among them, because it can name roles of the operators.
    ///
    /// ```
    /// use findings_core::report::{Problem, ProblemKind, UnreadReason};
    /// use findings_core::{Locale, wording::Wording};
    /// let refused = Problem::new(ProblemKind::AccountNotFetched, "User: arn:aws:sts::111122223333:… is not authorized")
    ///     .with_unread(UnreadReason::NotAllowed);
    /// let detail = Wording::of(Locale::En).problem_detail(&refused);
    /// assert_eq!(detail, Some("Security Hub refused the request (missing permission)."));
    /// ```
    pub fn problem_detail(self, problem: &Problem) -> Option<&str> {
        match problem.kind {
            ProblemKind::AccountNotFetched => Some(problem.unread.map_or("", |reason| self.unread(reason))),
            kind if kind.is_for_operators() => None,
            _ => Some(&problem.detail),
        }
    }

    /// Returns a sentence which says that the organisation accepts a gap until a day, and why.
    pub fn accepted(self, until: Date, reason: &str) -> String {
        self.language.sentences.accepted(until, reason)
    }

    /// Returns the account and Region that a sentence is about: "Account 123456789012, ap-northeast-1". Empty if it is
    /// about the whole project.
    pub fn place(self, account: Option<&str>, region: Option<&str>) -> String {
        let account = account.map(|account| self.language.sentences.account(account));
        match (account, region) {
            (Some(account), Some(region)) => self.language.sentences.account_in(&account, region),
            (Some(account), None) => account,
            (None, region) => region.unwrap_or_default().to_owned(),
        }
    }

    /// Returns a sentence with the [`place`](Self::place) that it is about in front of it.
    pub fn at(self, place: &str, sentence: &str) -> String {
        if place.is_empty() {
            sentence.to_owned()
        } else {
            format!("{place}{}{sentence}", self.language.sentences.colon())
        }
    }

    /// Returns a sentence which says whether "no findings" means "no problems": whether checks were seen in every
    /// account.
    ///
    /// `regions` are the Regions whose coverage was checked, as text. Linked Regions that could not be looked at are
    /// named; of many, the first ones.
    pub fn assurance(self, certainty: &Certainty, regions: &str) -> String {
        let sentence = match certainty.verdict {
            Verdict::Covered => self.language.sentences.checks_in_every_account(regions),
            _ if certainty.other_regions => self.language.sentences.some_regions_verified(regions),
            _ => self.language.sentences.not_verified().to_owned(),
        };
        let unseen = &certainty.unseen_regions;
        if unseen.is_empty() {
            return sentence;
        }
        let shown = unseen
            .iter()
            .take(MAX_UNSEEN)
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(self.language.sentences.comma());
        let more = unseen.len().saturating_sub(MAX_UNSEEN) as u64;
        format!("{sentence} {}", self.language.sentences.not_looked_at(&shown, more))
    }

    /// Returns a sentence which says that the report is incomplete, without a full stop.
    pub fn incomplete(self) -> &'static str {
        self.language.sentences.incomplete()
    }

    /// Returns a sentence which says what an incomplete report means for the recipient.
    pub fn incomplete_meaning(self) -> &'static str {
        self.language.sentences.incomplete_meaning()
    }

    /// Returns a sentence which says that not everything could be checked, without a full stop.
    pub fn not_all_checked(self) -> &'static str {
        self.language.sentences.not_all_checked()
    }

    /// Returns a sentence which says that accounts have coverage gaps, without a full stop.
    pub fn not_all_watched(self) -> &'static str {
        self.language.sentences.not_all_watched()
    }

    /// Returns sentences which say how many issues that were open could not be checked; `None` if there are none.
    ///
    /// ```
    /// use findings_core::{Locale, SeverityCounts, wording::Wording};
    /// let stale = SeverityCounts { critical: 50, ..SeverityCounts::default() };
    /// let text = Wording::of(Locale::En).stale(&stale).unwrap();
    /// assert!(text.starts_with("50 issues that were open could not be checked this time (Critical 50)."));
    /// ```
    pub fn stale(self, stale: &SeverityCounts) -> Option<String> {
        let total = stale.total();
        (total > 0).then(|| self.language.sentences.stale(total, &self.number(total), &self.severity_split(stale)))
    }

    /// Returns the numbers of findings by severity in a few words, without the severities of which there are none.
    ///
    /// ```
    /// use findings_core::{Locale, SeverityCounts, wording::Wording};
    /// let mut counts = SeverityCounts::default();
    /// (counts.critical, counts.high) = (2, 3);
    /// assert_eq!(Wording::of(Locale::En).severity_split(&counts), "Critical 2, High 3");
    /// ```
    pub fn severity_split(self, counts: &SeverityCounts) -> String {
        let present = Severity::WORST_FIRST.into_iter().filter(|severity| counts.get(*severity) > 0);
        let listed: Vec<String> =
            present.map(|s| self.language.sentences.of_severity(s, &self.number(counts.get(s)))).collect();
        listed.join(self.language.sentences.comma())
    }

    /// Returns sentences about the data itself: values that are not as AWS defines them, and findings that share an ID.
    pub fn data_notes(self, certainty: &Certainty) -> Vec<String> {
        let odd =
            (certainty.odd_values > 0).then(|| self.language.sentences.odd_values(&self.number(certainty.odd_values)));
        let ambiguous =
            (certainty.ambiguous > 0).then(|| self.language.sentences.ambiguous(&self.number(certainty.ambiguous)));
        odd.into_iter().chain(ambiguous).collect()
    }

    /// Returns a sentence with the numbers of issues that are no longer listed although nobody fixed them; `None` if
    /// there are none.
    pub fn closed_without_fix(self, changes: &Changes) -> Option<String> {
        let numbers = [
            (ClosureKind::Suppressed, changes.suppressed),
            (ClosureKind::Archived, changes.archived),
            (ClosureKind::Left, changes.left),
        ];
        let listed: Vec<String> = numbers
            .iter()
            .filter(|(_, n)| *n > 0)
            .map(|(kind, n)| self.language.sentences.closed(*kind, &self.number(*n)))
            .collect();
        (!listed.is_empty())
            .then(|| self.language.sentences.closed_without_fix(&listed.join(self.language.sentences.comma())))
    }

    /// Returns a number with a comma between groups of three digits.
    pub fn number(self, number: u64) -> String {
        grouped(number)
    }

    /// Returns a sentence which says that operators know of a gap, so the recipient need not act.
    pub fn operators_know(self) -> &'static str {
        self.language.sentences.operators_know()
    }

    /// Returns the name of a report about all projects, for titles and file names.
    pub fn organisation(self) -> &'static str {
        self.language.sentences.organisation()
    }

    /// Returns the sentence of a message about a report that replaces an earlier one of the same run.
    pub fn replaces_earlier(self) -> &'static str {
        self.language.sentences.replaces_earlier()
    }

    /// Returns a sentence with the number of issues that the findings are about. `written` is the number as formatted
    /// text.
    pub fn distinct_problems(self, issues: u64, written: &str) -> String {
        self.language.sentences.distinct_problems(issues, written)
    }

    /// Returns a sentence which says how issues are counted.
    pub fn counted_once(self) -> &'static str {
        self.language.sentences.counted_once()
    }

    /// Returns the name of a severity with the term of ASFF, for tables.
    pub fn severity_label(self, severity: Severity) -> &'static str {
        self.language.sentences.severity_label(severity)
    }

    /// Returns a sentence which says what a severity asks of the reader.
    pub fn severity_meaning(self, severity: Severity) -> &'static str {
        self.language.sentences.severity_meaning(severity)
    }

    /// Returns a sentence which says what a change means.
    pub fn change_meaning(self, change: Change) -> &'static str {
        self.language.sentences.change_meaning(change)
    }

    /// Returns the name of a workflow status with the term of ASFF.
    pub fn workflow(self, status: WorkflowStatus) -> &'static str {
        self.language.sentences.workflow(status)
    }

    /// Returns a sentence which says what a workflow status means.
    pub fn workflow_meaning(self, status: WorkflowStatus) -> &'static str {
        self.language.sentences.workflow_meaning(status)
    }

    /// Returns the name of a compliance status with the term of ASFF.
    pub fn compliance(self, status: ComplianceStatus) -> &'static str {
        self.language.sentences.compliance(status)
    }

    /// Returns a sentence which says what a compliance status means.
    pub fn compliance_meaning(self, status: ComplianceStatus) -> &'static str {
        self.language.sentences.compliance_meaning(status)
    }

    /// Returns the name of a record state with the term of ASFF.
    pub fn record_state(self, state: RecordState) -> &'static str {
        self.language.sentences.record_state(state)
    }

    /// Returns the headings of the parts of the organisation's guidance: meaning, fires, fix, impact, contact, exceptions,
    /// sources.
    pub fn guidance(self) -> [&'static str; 7] {
        self.language.sentences.guidance()
    }

    /// Returns what stands behind a text that there is only in this other language.
    pub fn only_in(self, locale: Locale) -> String {
        self.language.only_in(locale)
    }

    /// Returns what separates the entries of a list in a sentence.
    pub fn comma(self) -> &'static str {
        self.language.sentences.comma()
    }

    /// Returns a moment in a time zone, as it stands in sentences.
    ///
    /// ```
    /// use findings_core::{Locale, wording::Wording};
    /// use jiff::tz::TimeZone;
    /// let at = "2026-11-23T00:00:00Z".parse()?;
    /// assert_eq!(Wording::of(Locale::En).moment(at, &TimeZone::UTC), "2026-11-23 00:00");
    /// # Ok::<(), jiff::Error>(())
    /// ```
    pub fn moment(self, at: Timestamp, zone: &TimeZone) -> String {
        zone.to_datetime(at).strftime(self.language.formats.sentence).to_string()
    }

    /// Returns a day, as it stands in sentences.
    pub fn day(self, day: Date) -> String {
        let pattern = self.language.formats.sentence;
        day.strftime(pattern.split_once(' ').map_or(pattern, |(day, _)| day)).to_string()
    }
}

/// Returns a number with a comma between groups of three digits, as all languages so far write it.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

impl fmt::Debug for Wording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wording").field("new", &self.change(Change::New)).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;

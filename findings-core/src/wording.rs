//! The sentences that mails and reports share, once for each language: what is said of a fact is the same wherever it
//! is read.
//!
//! Texts that only one kind of output says stay with it. A further language is a file beside `en.rs` and `ja.rs`: it
//! does not compile until each sentence is there, and a further value of an enum does not compile until each language
//! has a sentence for it.

mod en;
mod ja;
mod language;

use std::fmt;

use jiff::civil::Date;

use self::en::English;
use self::ja::Japanese;
use self::language::Language;
use crate::coverage::{CoverageReason, Verdict};
use crate::report::{Change, ProblemKind, Resolution};
use crate::{Locale, Severity};

/// The shared sentences of a language.
///
/// ```
/// use findings_core::{Locale, Severity, wording::Wording};
/// assert_eq!(Wording::of(Locale::En).severity(Severity::Critical), "Critical");
/// assert_eq!(Wording::of(Locale::Ja).severity(Severity::Critical), "重大");
/// ```
#[derive(Clone, Copy)]
pub struct Wording {
    language: &'static dyn Language,
}

impl Wording {
    /// The sentences of a language.
    pub const fn of(locale: Locale) -> Self {
        let language: &'static dyn Language = match locale {
            Locale::En => &English,
            Locale::Ja => &Japanese,
        };
        Self { language }
    }

    /// The severity as Security Hub's console calls it.
    pub fn severity(self, severity: Severity) -> &'static str {
        self.language.severity(severity)
    }

    /// What happened to an issue since the last report, in a word.
    pub fn change(self, change: Change) -> &'static str {
        self.language.change(change)
    }

    /// Why an issue is no longer open, as a phrase.
    pub fn resolution(self, resolution: Resolution) -> &'static str {
        self.language.resolution(resolution)
    }

    /// Whether an account is watched, in a word or two.
    pub fn verdict(self, verdict: Verdict) -> &'static str {
        self.language.verdict(verdict)
    }

    /// Why a verdict on an account is what it is. The cure stands in the reason's `Display`, for operators.
    pub fn coverage_reason(self, reason: CoverageReason) -> &'static str {
        self.language.coverage_reason(reason)
    }

    /// What makes a report incomplete.
    pub fn problem(self, kind: ProblemKind) -> &'static str {
        match kind {
            ProblemKind::AccountNotFetched => self.language.account_not_fetched(),
            ProblemKind::UnreadableFinding => self.language.unreadable_finding(),
            ProblemKind::RegistryLine => self.language.registry_line(),
            ProblemKind::NoAccount => self.language.no_account(),
            ProblemKind::Coverage(reason) => self.language.coverage_reason(reason),
        }
    }

    /// That the organisation accepts a gap until a day, and why.
    pub fn accepted(self, until: Date, reason: &str) -> String {
        self.language.accepted(until, reason)
    }

    /// Where a fact holds: "Account 123456789012, ap-northeast-1"; empty if it is the whole project's.
    pub fn place(self, account: Option<&str>, region: Option<&str>) -> String {
        let account = account.map(|account| self.language.account(account));
        match (account, region) {
            (Some(account), Some(region)) => format!("{account}, {region}"),
            (Some(account), None) => account,
            (None, region) => region.unwrap_or_default().to_owned(),
        }
    }

    /// A sentence behind the [`place`](Self::place) that it is about.
    pub fn at(self, place: &str, sentence: &str) -> String {
        if place.is_empty() { sentence.to_owned() } else { format!("{place}{}{sentence}", self.language.colon()) }
    }

    /// How far "no findings" means "no problems": whether checks were seen in every account.
    ///
    /// `regions` are those whose coverage was looked at, `other_regions` is whether findings of further ones are shown.
    pub fn assurance(self, verdict: Verdict, regions: &str, other_regions: bool) -> String {
        match verdict {
            Verdict::Covered => self.language.checks_in_every_account(regions),
            _ if other_regions => self.language.some_regions_verified(regions),
            _ => self.language.not_verified().to_owned(),
        }
    }

    /// That the report is incomplete, without a full stop.
    pub fn incomplete(self) -> &'static str {
        self.language.incomplete()
    }

    /// What it means for the reader that the report is incomplete.
    pub fn incomplete_meaning(self) -> &'static str {
        self.language.incomplete_meaning()
    }

    /// That accounts are not watched, or not completely, without a full stop.
    pub fn not_all_watched(self) -> &'static str {
        self.language.not_all_watched()
    }

    /// That the reader need not cure a gap, because operators know of it.
    pub fn operators_know(self) -> &'static str {
        self.language.operators_know()
    }

    /// How many issues the findings are; `written` is the number as it is to be read.
    pub fn distinct_problems(self, issues: u64, written: &str) -> String {
        self.language.distinct_problems(issues, written)
    }

    /// How issues are counted.
    pub fn counted_once(self) -> &'static str {
        self.language.counted_once()
    }
}

impl fmt::Debug for Wording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wording").field("new", &self.change(Change::New)).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;

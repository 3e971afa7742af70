//! The texts of the pages: those of pages alone stand in the folder of each language in `findings_core::languages`,
//! sentences that mails and workbooks say too come from [`Wording`].

use std::collections::BTreeMap;

use findings_core::coverage::{CoverageReason, Verdict};
use findings_core::languages::{Language, PerLanguage};
use findings_core::report::Change;
use findings_core::wording::{OrganisationTerms, ReportTexts, ReturnColumn, Wording};
use findings_core::{Locale, Severity};

/// Texts by key. `{0}`, `{1}` … stand for values.
pub(crate) type Texts = BTreeMap<String, String>;

const VERDICTS: [Verdict; 5] =
    [Verdict::Covered, Verdict::NotChecked, Verdict::Degraded, Verdict::Unknown, Verdict::NotCovered];

const REASONS: [CoverageReason; 15] = [
    CoverageReason::ChecksSeen,
    CoverageReason::NotLookedAt,
    CoverageReason::ChecksImpaired,
    CoverageReason::NoRecentCheck,
    CoverageReason::MembersNotListed,
    CoverageReason::ServiceOff,
    CoverageReason::ChecksNotRead,
    CoverageReason::NotMember,
    CoverageReason::NeverEnabled,
    CoverageReason::NotAccepted,
    CoverageReason::Left,
    CoverageReason::Suspended,
    CoverageReason::HubOff,
    CoverageReason::RegionNotLookedAt,
    CoverageReason::NoRecords,
];

/// The texts of the page of a project: its own, those that workbooks say too, and those of the other page.
pub(crate) fn project_texts(locale: Locale) -> &'static Texts {
    static TEXTS: PerLanguage<Texts> = PerLanguage::new(load_project);
    TEXTS.of(locale)
}

/// The texts of the page for answers: its own, and those of the page of a project.
pub(crate) fn answer_texts(locale: Locale) -> &'static Texts {
    static TEXTS: PerLanguage<Texts> = PerLanguage::new(load_answer);
    TEXTS.of(locale)
}

/// The texts of the pages of the guidance.
pub(crate) fn guidance_texts(locale: Locale) -> &'static Texts {
    static TEXTS: PerLanguage<Texts> = PerLanguage::new(|locale| {
        let language = Language::of(locale);
        own(language.pages.guidance).into_iter().chain([named(language)]).collect()
    });
    TEXTS.of(locale)
}

/// All changes, in the order of the data of a project's page.
pub(crate) const CHANGES: [Change; 4] = [Change::New, Change::Reopened, Change::Worse, Change::Open];

/// The texts of a language.
pub(crate) fn texts(locale: Locale) -> &'static Texts {
    static TEXTS: PerLanguage<Texts> = PerLanguage::new(load);
    TEXTS.of(locale)
}

/// A text with its values. `None` if the key is not known.
pub(crate) fn text(texts: &Texts, key: &str, values: &[String]) -> Option<String> {
    let mut text = texts.get(key)?.clone();
    for (index, value) in values.iter().enumerate() {
        text = text.replace(&format!("{{{index}}}"), value);
    }
    Some(text)
}

/// Reads the texts of a page in a language; a test shows that all can be read and have the same keys.
fn own(json: &str) -> Texts {
    serde_json::from_str(json).unwrap_or_default()
}

/// The name of a language, for the button that leads to it.
fn named(language: &Language) -> (String, String) {
    ("language_name".to_owned(), language.name.to_owned())
}

fn load(locale: Locale) -> Texts {
    let language = Language::of(locale);
    let mut texts = own(language.pages.organisation);
    texts.extend([named(language)]);
    let say = Wording::of(locale);
    let mut add = |key: String, text: &str| texts.insert(key, text.to_owned());
    for severity in Severity::WORST_FIRST {
        add(format!("severity_{}", word(&severity).to_lowercase()), say.severity(severity));
    }
    for verdict in VERDICTS {
        add(format!("verdict_{}", word(&verdict)), say.verdict(verdict));
    }
    for reason in REASONS {
        add(format!("reason_{}", word(&reason)), say.coverage_reason(reason));
    }
    add("counted_once".to_owned(), say.counted_once());
    for (key, text) in shared_terms(locale) {
        add(key.to_owned(), text);
    }
    texts
}

/// The words that the workbook says, too, with their keys here.
fn shared_terms(locale: Locale) -> Vec<(&'static str, &'static str)> {
    let terms = OrganisationTerms::of(locale);
    vec![
        ("open", terms.open),
        ("overdue", terms.overdue),
        ("tile_overdue", terms.overdue),
        ("new", terms.new),
        ("tile_new", terms.new),
        ("reopened", terms.reopened),
        ("tile_reopened", terms.reopened),
        ("came", terms.came),
        ("fixed", terms.fixed),
        ("tile_fixed", terms.fixed),
        ("suppressed", terms.suppressed),
        ("archived", terms.archived),
        ("left", terms.left),
        ("merged", terms.merged),
        ("baseline", terms.baseline),
        ("not_confirmed", terms.not_confirmed),
        ("undecided", terms.undecided),
        ("points", terms.points),
        ("per_account", terms.points_per_account),
        ("rank", terms.rank),
        ("net_resolve", terms.net_resolve),
        ("tile_net", terms.net_resolve),
        ("tile_target", terms.within_target),
        ("fix_median", terms.fix_median),
        ("tile_median", terms.fix_median),
        ("fix_p90", terms.fix_p90),
        ("decision_median", terms.decision_median),
        ("weeks_open", terms.weeks_open),
        ("first_time", terms.first_time),
        ("guidance", terms.has_guidance),
        ("last_told", terms.last_told),
        ("last_decision", terms.last_decision),
        ("accounts", terms.accounts),
        ("state", terms.state),
        ("week", terms.week),
        ("incomplete_accounts", terms.incomplete_accounts),
        ("not_known", terms.not_known),
        ("too_few", terms.too_few),
        ("no_target", terms.no_target),
        ("not_comparable", terms.not_comparable),
        ("tile_open", terms.open_issues),
    ]
}

fn load_project(locale: Locale) -> Texts {
    let own = own(Language::of(locale).pages.project);
    let shared = ReportTexts::of(locale);
    let groups = [
        ("section", shared.sections.by_name()),
        ("column", shared.columns.by_name()),
        ("finding", shared.finding.by_name()),
        ("summary", shared.summary.by_name()),
        ("about", shared.about.by_name()),
        ("question", shared.question.by_name()),
    ];
    let words = groups.into_iter().flat_map(|(group, words)| {
        words.into_iter().map(move |(name, text)| (format!("{group}_{name}"), text.to_owned()))
    });
    let say = Wording::of(locale);
    let changes = CHANGES.map(|change| (format!("change_{}", word(&change)), say.change(change).to_owned()));
    // columns that are written here and in workbooks that are returned
    let returned = [
        ("column_decision", ReturnColumn::Decision),
        ("column_owner", ReturnColumn::Owner),
        ("column_comment", ReturnColumn::Comment),
    ];
    let returned = returned.map(|(key, column)| (key.to_owned(), say.return_column(column).to_owned()));
    texts(locale).clone().into_iter().chain(returned).chain(words).chain(changes).chain(own).collect()
}

fn load_answer(locale: Locale) -> Texts {
    let own = own(Language::of(locale).pages.answer);
    let say = Wording::of(locale);
    let due = ("column_due".to_owned(), say.return_column(ReturnColumn::Due).to_owned());
    project_texts(locale).clone().into_iter().chain([due]).chain(own).collect()
}

/// The word that stands for a value in JSON.
pub(crate) fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

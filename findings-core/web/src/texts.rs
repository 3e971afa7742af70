//! The texts of the page. One file for each language has those of the page alone; sentences that mails and workbooks
//! say too come from [`Wording`].

use std::collections::BTreeMap;
use std::sync::LazyLock;

use findings_core::coverage::{CoverageReason, Verdict};
use findings_core::wording::Wording;
use findings_core::{Locale, Severity};

/// Texts by key. `{0}`, `{1}` … stand for values.
pub(crate) type Texts = BTreeMap<String, String>;

static ENGLISH: LazyLock<Texts> = LazyLock::new(|| load(Locale::En, include_str!("../texts/en.json")));
static JAPANESE: LazyLock<Texts> = LazyLock::new(|| load(Locale::Ja, include_str!("../texts/ja.json")));

const VERDICTS: [Verdict; 5] =
    [Verdict::Covered, Verdict::NotChecked, Verdict::Degraded, Verdict::Unknown, Verdict::NotCovered];

const REASONS: [CoverageReason; 14] = [
    CoverageReason::ChecksSeen,
    CoverageReason::NotLookedAt,
    CoverageReason::ChecksImpaired,
    CoverageReason::NoRecentCheck,
    CoverageReason::MembersNotListed,
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

/// The texts of a language.
pub(crate) fn texts(locale: Locale) -> &'static Texts {
    if locale == Locale::Ja { &JAPANESE } else { &ENGLISH }
}

/// A text with its values. `None` if the key is not known.
pub(crate) fn text(texts: &Texts, key: &str, values: &[String]) -> Option<String> {
    let mut text = texts.get(key)?.clone();
    for (index, value) in values.iter().enumerate() {
        text = text.replace(&format!("{{{index}}}"), value);
    }
    Some(text)
}

/// Reads the file of a language; a test shows that both can be read and have the same keys.
fn load(locale: Locale, json: &str) -> Texts {
    let mut texts: Texts = serde_json::from_str(json).unwrap_or_default();
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
    texts
}

/// The word that stands for a value in JSON.
pub(crate) fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

//! The style, the script, and the policy that allows them, and nothing else, by their hashes.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use findings_core::Locale;
use findings_core::languages::Language;
use sha2::{Digest, Sha256};

/// The parts of the style of all pages, in their order.
const STYLE: [&str; 3] =
    [include_str!("../style/base.css"), include_str!("../style/parts.css"), include_str!("../style/print.css")];

/// What the page of a project adds to the style.
const PROJECT_STYLE: &str = include_str!("../style/project.css");

/// What the page for answers adds to the style.
const ANSWER_STYLE: &str = include_str!("../style/answer.css");

/// What the pages of the guidance add to the style.
const GUIDANCE_STYLE: &str = include_str!("../style/guidance.css");

/// The parts of the script of the pages of the guidance, in their order.
const GUIDANCE_SCRIPT: [&str; 4] = [
    include_str!("../script/text.js"),
    include_str!("../script/table.js"),
    include_str!("../script/theme.js"),
    include_str!("../script/guidance/main.js"),
];

/// The parts of the script of the page about the organisation, in their order.
const SCRIPT: [&str; 9] = [
    include_str!("../script/text.js"),
    include_str!("../script/packed.js"),
    include_str!("../script/csv.js"),
    include_str!("../script/table.js"),
    include_str!("../script/chart.js"),
    include_str!("../script/detail.js"),
    include_str!("../script/theme.js"),
    include_str!("../script/print.js"),
    include_str!("../script/main.js"),
];

/// The parts of the script of the page of a project, in their order.
pub(crate) const PROJECT_SCRIPT: [&str; 9] = [
    include_str!("../script/text.js"),
    include_str!("../script/csv.js"),
    include_str!("../script/table.js"),
    include_str!("../script/theme.js"),
    include_str!("../script/print.js"),
    include_str!("../script/project/findings.js"),
    include_str!("../script/project/list.js"),
    include_str!("../script/project/detail.js"),
    include_str!("../script/project/main.js"),
];

/// The parts of the script of the page for answers, in their order.
const ANSWER_SCRIPT: [&str; 8] = [
    include_str!("../script/text.js"),
    include_str!("../script/csv.js"),
    include_str!("../script/table.js"),
    include_str!("../script/theme.js"),
    include_str!("../script/answer/entries.js"),
    include_str!("../script/answer/list.js"),
    include_str!("../script/answer/send.js"),
    include_str!("../script/answer/main.js"),
];

/// What a page carries besides its content.
#[derive(Debug)]
pub(crate) struct Assets {
    pub(crate) style: String,
    pub(crate) script: String,
    /// The Content-Security-Policy.
    pub(crate) policy: String,
    /// The Content-Security-Policy of a page without the script.
    pub(crate) policy_of_style: String,
}

/// Those of the page about the organisation.
pub(crate) static ASSETS: LazyLock<Assets> =
    LazyLock::new(|| Assets::new(&format!("{}{}", STYLE.concat(), widths()), &SCRIPT, NOWHERE));

/// Those of the page of a project.
pub(crate) static PROJECT_ASSETS: LazyLock<Assets> =
    LazyLock::new(|| Assets::new(&format!("{}{PROJECT_STYLE}", STYLE.concat()), &PROJECT_SCRIPT, NOWHERE));

/// Those of the page for answers.
pub(crate) static ANSWER_ASSETS: LazyLock<Assets> =
    LazyLock::new(|| Assets::new(&format!("{}{ANSWER_STYLE}", STYLE.concat()), &ANSWER_SCRIPT, OWN_HOST));

/// Those of the pages of the guidance.
pub(crate) static GUIDANCE_ASSETS: LazyLock<Assets> =
    LazyLock::new(|| Assets::new(&format!("{}{GUIDANCE_STYLE}", STYLE[0]), &GUIDANCE_SCRIPT, NOWHERE));

/// What a script may connect to: nothing, as the default of the policy says.
const NOWHERE: &str = "";
/// The host that the page came from, where answers are stored.
const OWN_HOST: &str = " connect-src 'self';";

impl Assets {
    fn new(style: &str, script: &[&str], connect: &str) -> Self {
        let style = format!("{}{style}", languages());
        let script = format!("\"use strict\";(() => {{\n{}}})();\n", script.concat());
        let policy = format!(
            "default-src 'none'; style-src '{}'; script-src '{}';{connect} base-uri 'none'; form-action 'none'",
            source(&style),
            source(&script)
        );
        let policy_of_style =
            format!("default-src 'none'; style-src '{}'; base-uri 'none'; form-action 'none'", source(&style));
        Self { style, script, policy, policy_of_style }
    }
}

/// The typefaces of each language, and whether it slants words.
fn languages() -> String {
    let rule = |locale: Locale| {
        let formats = &Language::of(locale).formats;
        let slant = if formats.has_italics { "italic" } else { "normal" };
        format!(":lang({locale}){{--fonts:{};--slant:{slant};word-break:{}}}\n", formats.fonts, formats.word_break)
    };
    Locale::ALL.map(rule).concat()
}

/// A class for each width of a bar in percent: the policy forbids `style` attributes.
fn widths() -> String {
    let widths: Vec<String> = (0..=100).map(|percent| format!(".w{percent}{{width:{percent}%}}\n")).collect();
    widths.concat()
}

/// The hash of an inline element as a policy writes it.
pub(crate) fn source(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text.as_bytes())))
}

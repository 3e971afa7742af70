//! Takes a page apart, with code that shares nothing with what writes it.

use findings_core::guidance::Guidance;
use findings_core::organisation::{OrganisationDocument, OrganisationRenderer, OrganisationReport};
use findings_core::report::Report;
use findings_core::{Locale, ReportRenderer};
use serde_json::Value;

use crate::{AnswerPage, OrganisationPage, ProjectPage};

/// The page of a report.
pub(super) fn page(report: OrganisationReport, locale: Locale) -> String {
    let rendered = OrganisationPage::new().render(&OrganisationDocument::new(report, locale)).unwrap();
    String::from_utf8(rendered.body.to_vec()).unwrap()
}

/// The page of a project.
pub(super) fn project_page(report: &Report) -> String {
    guided_page(report, Guidance::default())
}

/// The page of a project in an organisation with guidance.
pub(super) fn guided_page(report: &Report, guidance: Guidance) -> String {
    let rendered = ProjectPage::new().with_guidance(guidance).render(report).unwrap();
    String::from_utf8(rendered.body.to_vec()).unwrap()
}

/// The page for answers to a report.
pub(super) fn answer_page(report: &Report) -> String {
    String::from_utf8(AnswerPage::new().render(report).unwrap().body.to_vec()).unwrap()
}

/// How many tags have an attribute whose name begins so.
pub(super) fn attributes(page: &str, begin: &str) -> usize {
    let tags = page.split('<').skip(1).map(|tag| tag.split('>').next().unwrap_or_default());
    let plain = tags.map(|tag| tag.split('"').step_by(2).collect::<String>());
    plain.filter(|tag| tag.split_whitespace().skip(1).any(|name| name.starts_with(begin) && name.contains('='))).count()
}

/// What stands between two marks, the first time.
pub(super) fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let rest = text.split_once(from).unwrap_or_else(|| panic!("no {from:?}")).1;
    rest.split_once(to).unwrap_or_else(|| panic!("no {to:?} behind {from:?}")).0
}

/// The cells of each row of a table's body, without markup.
pub(super) fn rows(page: &str, table: &str) -> Vec<Vec<String>> {
    let table = between(page, &format!("<table id=\"{table}\""), "</table>");
    let body = between(table, "<tbody>", "</tbody>");
    body.split("<tr").skip(1).map(cells).collect()
}

fn cells(row: &str) -> Vec<String> {
    let mut cells = Vec::new();
    let mut rest = row;
    while let Some(at) = rest.find("<t") {
        let cell = &rest[at..];
        let tag = &cell[1..3];
        let (inside, behind) = cell.split_once('>').unwrap().1.split_once(&format!("</{tag}>")).unwrap();
        cells.push(text(inside));
        rest = behind;
    }
    cells
}

/// The text of an element.
pub(super) fn text(html: &str) -> String {
    let mut text = String::new();
    let mut in_tag = false;
    for c in html.chars() {
        match c {
            '<' => in_tag = true,
            '>' => in_tag = false,
            _ if !in_tag => text.push(c),
            _ => (),
        }
    }
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#x27;", "'")
        .replace("&#x2f;", "/")
        .replace("&amp;", "&")
}

/// The data of the page.
pub(super) fn data(page: &str) -> Value {
    serde_json::from_str(between(page, "<script type=\"application/json\" id=\"data\">", "</script>")).unwrap()
}

/// The numbers of a packed series, `None` in weeks of which nothing is known.
pub(super) fn unpack(states: &str, pairs: &Value, is_stock: bool) -> Vec<Option<i64>> {
    let pairs: Vec<i64> = pairs.as_array().unwrap().iter().map(|n| n.as_i64().unwrap()).collect();
    let (mut next, mut at, mut stock, mut known) = (0, 0, 0, 0);
    let letters = letters(states);
    letters
        .chars()
        .map(|letter| {
            if !"ci".contains(letter) {
                return None;
            }
            known += 1;
            let is_here = next < pairs.len() && at + pairs[next] == known;
            let value = if is_here { pairs[next + 1] } else { 0 };
            if is_here {
                (at, next) = (known, next + 2);
            }
            stock += value;
            Some(if is_stock { stock } else { value })
        })
        .collect()
}

/// `bc2` as `bcc`.
fn letters(states: &str) -> String {
    let mut letters = String::new();
    let mut rest = states;
    while let Some(letter) = rest.chars().next() {
        let end = rest[1..].find(|c: char| !c.is_ascii_digit()).map_or(rest.len(), |at| at + 1);
        let count = rest[1..end].parse().unwrap_or(1);
        letters.extend(std::iter::repeat_n(letter, count));
        rest = &rest[end..];
    }
    letters
}

//! The templates and what they can call.

use std::fmt::Write as _;

use findings_core::{Locale, SeverityCounts};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use minijinja::value::{Rest, Value};
use minijinja::{Environment, Error, ErrorKind, HtmlEscape, UndefinedBehavior, syntax::SyntaxConfig};

use crate::format;
use crate::texts::{Texts, answer_texts, guidance_texts, project_texts, text, texts};

type Templates = [(&'static str, &'static str)];

const ORGANISATION: &Templates = &[
    ("head.html", include_str!("../templates/head.html")),
    ("tail.html", include_str!("../templates/tail.html")),
    ("page.html", include_str!("../templates/page.html")),
    ("macros.html", include_str!("../templates/macros.html")),
    ("unknown.html", include_str!("../templates/unknown.html")),
    ("tiles.html", include_str!("../templates/tiles.html")),
    ("weeks.html", include_str!("../templates/weeks.html")),
    ("league.html", include_str!("../templates/league.html")),
    ("problems.html", include_str!("../templates/problems.html")),
    ("coverage.html", include_str!("../templates/coverage.html")),
    ("run-index.html", include_str!("../templates/run-index.html")),
    ("runs.html", include_str!("../templates/runs.html")),
    ("definitions.html", include_str!("../templates/definitions.html")),
];

const PROJECT: &Templates = &[
    ("head.html", include_str!("../templates/head.html")),
    ("tail.html", include_str!("../templates/tail.html")),
    ("project.html", include_str!("../templates/project/project.html")),
    ("macros.html", include_str!("../templates/project/macros.html")),
    ("status.html", include_str!("../templates/project/status.html")),
    ("overview.html", include_str!("../templates/project/overview.html")),
    ("week.html", include_str!("../templates/project/week.html")),
    ("findings.html", include_str!("../templates/project/findings.html")),
    ("controls.html", include_str!("../templates/project/controls.html")),
    ("accounts.html", include_str!("../templates/project/accounts.html")),
    ("accepted.html", include_str!("../templates/project/accepted.html")),
    ("resolved.html", include_str!("../templates/project/resolved.html")),
    ("about.html", include_str!("../templates/project/about.html")),
];

const ANSWER: &Templates = &[
    ("head.html", include_str!("../templates/head.html")),
    ("tail.html", include_str!("../templates/tail.html")),
    ("answer.html", include_str!("../templates/answer/answer.html")),
    ("status.html", include_str!("../templates/project/status.html")),
];

const GUIDANCE: &Templates = &[
    ("shell.html", include_str!("../templates/guidance/shell.html")),
    ("index.html", include_str!("../templates/guidance/index.html")),
    ("control.html", include_str!("../templates/guidance/control.html")),
];

type Result<T> = std::result::Result<T, Error>;

/// The templates of the pages about the organisation, for readers of a language in a time zone.
pub(crate) fn environment(locale: Locale, time_zone: &TimeZone) -> Result<Environment<'static>> {
    let mut environment = with_templates(ORGANISATION, time_zone)?;
    add_texts(&mut environment, texts(locale));
    Ok(environment)
}

/// The templates of the page of a project. Its texts are in one language: `t(key, …)` is a text with its values.
pub(crate) fn project_environment(locale: Locale, time_zone: &TimeZone) -> Result<Environment<'static>> {
    one_language(PROJECT, project_texts(locale), time_zone)
}

/// The templates of the page for answers. Its texts are in one language.
pub(crate) fn answer_environment(locale: Locale, time_zone: &TimeZone) -> Result<Environment<'static>> {
    one_language(ANSWER, answer_texts(locale), time_zone)
}

/// The templates of the pages of the guidance, whose texts the script can translate.
pub(crate) fn guidance_environment(locale: Locale, time_zone: &TimeZone) -> Result<Environment<'static>> {
    let mut environment = with_templates(GUIDANCE, time_zone)?;
    environment.add_filter("bdi", |text: &str| whole(text));
    add_texts(&mut environment, guidance_texts(locale));
    Ok(environment)
}

fn one_language(templates: &Templates, texts: &'static Texts, time_zone: &TimeZone) -> Result<Environment<'static>> {
    let mut environment = with_templates(templates, time_zone)?;
    environment.add_filter("bdi", |text: &str| isolated(&format::plain(text)));
    environment.add_filter("whole", whole);
    environment.add_function("t", move |key: &str, values: Rest<Value>| {
        let values: Vec<String> = values.iter().map(ToString::to_string).collect();
        text(texts, key, &values).ok_or_else(|| Error::new(ErrorKind::InvalidOperation, key.to_owned()))
    });
    Ok(environment)
}

fn with_templates(templates: &Templates, time_zone: &TimeZone) -> Result<Environment<'static>> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    add_filters(&mut environment, time_zone);
    for (name, source) in templates {
        environment.add_template(name, source)?;
    }
    Ok(environment)
}

/// `plain(key)` is a text without markup, `tv(key, values)` is `t` with a list of values. `t(key, …)` is a text that the script can translate, `label(attribute, key, …)` an attribute that it can translate.
fn add_texts(environment: &mut Environment<'static>, texts: &'static Texts) {
    environment.add_function("t", move |key: &str, values: Rest<Value>| {
        let (text, attributes) = translated(texts, key, &values)?;
        Ok::<_, Error>(Value::from_safe_string(format!("<span data-t=\"{key}\"{attributes}>{text}</span>")))
    });
    environment.add_function("tv", move |key: &str, values: Vec<Value>| {
        let (text, attributes) = translated(texts, key, &values)?;
        Ok::<_, Error>(Value::from_safe_string(format!("<span data-t=\"{key}\"{attributes}>{text}</span>")))
    });
    environment.add_function("plain", move |key: &str| Ok::<_, Error>(translated(texts, key, &[])?.0));
    environment.add_function("label", move |attribute: &str, key: &str, values: Rest<Value>| {
        let (text, attributes) = translated(texts, key, &values)?;
        let html = format!(" {attribute}=\"{text}\" data-t-{attribute}=\"{key}\"{attributes}");
        Ok::<_, Error>(Value::from_safe_string(html))
    });
}

/// A text and the attribute with its values, both escaped.
fn translated(texts: &Texts, key: &str, values: &[Value]) -> Result<(String, String)> {
    let values: Vec<String> = values.iter().map(ToString::to_string).collect();
    let text = text(texts, key, &values).ok_or_else(|| Error::new(ErrorKind::InvalidOperation, key.to_owned()))?;
    let mut attribute = String::new();
    if !values.is_empty() {
        let values = serde_json::to_string(&values).unwrap_or_default();
        let _ = write!(attribute, " data-a=\"{}\"", HtmlEscape(&values));
    }
    Ok((HtmlEscape(&text).to_string(), attribute))
}

fn add_filters(environment: &mut Environment<'static>, zone: &TimeZone) {
    environment.add_filter("number", format::number);
    environment.add_filter("signed", format::signed);
    environment.add_filter("decimal", format::decimal);
    environment.add_filter("days", format::days);
    let time_zone = zone.clone();
    environment.add_filter("moment", move |at: &str| timestamp(at).map(|at| format::moment(at, &time_zone)));
    let time_zone = zone.clone();
    environment.add_filter("day", move |at: &str| timestamp(at).map(|at| format::day(at, &time_zone)));
    environment.add_filter("total", total);
    environment.add_filter("bdi", isolated);
    environment.add_filter("width", |part: u64, whole: u64| u128::from(part) * 100 / u128::from(whole.max(1)));
}

fn timestamp(text: &str) -> Result<Timestamp> {
    text.parse().map_err(|_| Error::new(ErrorKind::InvalidOperation, "no time"))
}

/// The sum of numbers by severity.
fn total(counts: &Value) -> Result<u64> {
    let of = |severity: &str| -> Result<u64> { u64::try_from(counts.get_attr(severity)?) };
    let SeverityCounts { critical, high, medium, low, informational } = SeverityCounts {
        critical: of("critical")?,
        high: of("high")?,
        medium: of("medium")?,
        low: of("low")?,
        informational: of("informational")?,
    };
    Ok(critical + high + medium + low + informational)
}

/// A text from outside: its direction changes nothing around it, and a long one is cut.
fn isolated(text: &str) -> Value {
    let text = format::clean(text);
    let html = match format::cut(&text) {
        Some(cut) => format!("<bdi title=\"{}\">{}</bdi>", HtmlEscape(&text), HtmlEscape(&cut)),
        None => format!("<bdi>{}</bdi>", HtmlEscape(&text)),
    };
    Value::from_safe_string(html)
}

/// A text from outside as a whole.
fn whole(text: &str) -> Value {
    Value::from_safe_string(format!("<bdi>{}</bdi>", HtmlEscape(&format::plain(text))))
}

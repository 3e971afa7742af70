//! Templates for subjects and bodies, replaceable without compiling.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

use findings_core::languages::Language;
use findings_core::wording::fill;
use findings_core::{Error, ErrorKind, Locale, Result};
use jiff::tz::TimeZone;
use minijinja::value::{Kwargs, Serde, Value};
use minijinja::{AutoEscape, Environment, Output, State, UndefinedBehavior, syntax::SyntaxConfig};
use serde::Serialize;

use crate::content::Content;
use crate::digest_content::DigestContent;
use crate::urgent_content::UrgentContent;
use crate::{decisions_content, sample, words};

/// The layouts of the built-in templates, the same for all languages, by file name.
const LAYOUTS: &[(&str, &str)] = &[
    ("decisions-layout.html", include_str!("../templates/decisions-layout.html")),
    ("digest-layout.html", include_str!("../templates/digest-layout.html")),
    ("frame.html", include_str!("../templates/frame.html")),
    ("head-style.html", include_str!("../templates/head-style.html")),
    ("layout.html", include_str!("../templates/layout.html")),
    ("organisation-layout.html", include_str!("../templates/organisation-layout.html")),
    ("urgent-layout.html", include_str!("../templates/urgent-layout.html")),
];

/// Returns the built-in templates, by file name.
fn builtin() -> impl Iterator<Item = (String, &'static str)> {
    let layouts = LAYOUTS.iter().map(|(name, source)| ((*name).to_owned(), *source));
    let of_language = |locale: Locale| {
        let templates = Language::of(locale).templates.by_file();
        templates.into_iter().map(move |(file, source)| (in_language(file, locale), source))
    };
    layouts.chain(Locale::ALL.into_iter().flat_map(of_language))
}

/// `mail.txt` → `mail.ja.txt`
fn in_language(file: &str, locale: Locale) -> String {
    let (stem, extension) = file.rsplit_once('.').unwrap_or((file, ""));
    format!("{stem}.{locale}.{extension}")
}

/// The texts of the mails: [minijinja](https://docs.rs/minijinja) templates, built in or from a directory.
///
/// Each language has its own, with its code in place of `en`:
///
/// | file | content |
/// | --- | --- |
/// | `subject.en.txt` | the subject; line breaks become spaces |
/// | `mail.en.txt` | the text part |
/// | `mail.en.html` | the HTML part: sentences, as blocks of the layout |
/// | `frame.html`, `head-style.html` | the frame of all mails to projects and executives; its rules for phones and for the dark |
/// | `layout.html` | the rows of the mail in it, for all languages |
/// | `chat.en.txt` | the message in a chat channel, below the subject; `link` and `attachment` are always `none` |
/// | `decisions-subject.en.txt`, `decisions.en.txt`, `decisions.en.html` | messages about decisions, see [`compose_decisions`](crate::compose_decisions) |
/// | `decisions-layout.html` | their layout for all languages |
/// | `digest-subject.en.txt`, `digest.en.txt`, `digest.en.html` | the mail to the operators, see [`compose_digest`](crate::compose_digest) |
/// | `digest-layout.html` | its layout for all languages |
/// | `organisation-subject.en.txt`, `organisation.en.txt`, `organisation.en.html` | the mail about the whole organisation, see [`compose_organisation`](crate::compose_organisation) |
/// | `organisation-lines.en.txt` | its sentences, one on each line; both parts show them as `lines` |
/// | `organisation-layout.html` | its layout for all languages |
/// | `urgent-subject.en.txt`, `urgent.en.txt`, `urgent.en.html` | messages between reports, see [`compose_urgent`](crate::compose_urgent) |
/// | `urgent-layout.html` | their layout for all languages |
///
/// Values are escaped in `.html` files and never interpreted as templates. Using a variable that does not exist is an
/// error. These variables are always set; a value that does not apply is `none`:
///
/// | variable | meaning |
/// | --- | --- |
/// | `locale`, `project`, `run`, `generated_at`, `accounts` | texts; `accounts` is the number of accounts |
/// | `complete` | whether nothing is missing in the report; if it is incomplete, a template MUST say so |
/// | `conclusion` | what the report says as a whole: `findings`, `clean`, `unverified`, `not_all_seen` or `unknown`; only `clean` is an all-clear |
/// | `stale` | issues that were open and could not be checked, by severity; a template MUST say so, for example with `wording.stale` |
/// | `verdict`, `regions`, `other_regions` | the worst coverage verdict; the Regions that were checked, as text; whether there are findings of others |
/// | `notices`, `notices_left_out` | accounts with known gaps, as `problems`; number of further ones |
/// | `problems`, `problems_left_out` | list of `place`, `text`, `detail`; number of further problems |
/// | `operators_know` | whether operators have to solve at least one of the problems; their log says how |
/// | `total`, `counts.critical` … `counts.informational` | numbers of findings |
/// | `rows` | the same as a list of `severity`, `label`, `now`, `before` |
/// | `changes.new`, `.reopened`, `.open`, `.worse`, `.resolved`, `.suppressed`, `.archived`, `.left`, `.stale` | issues, compared with the last delivered report |
/// | `news`, `changed`, `unchanged` | what changed since the last report, a list of a few words each (`2 new critical`); the same in one phrase; whether it is known that nothing did. `changed` is `none` in a first report and if it is not known |
/// | `open` | the numbers of open findings in a few words: `3 critical, 12 high` |
/// | `first` | the three things to do first, a list of `severity`, `label`, `control`, `title`, `why` (`12 days overdue`), `late`, `since`, `resource`, `account`, `account_name`, `regions`, `more` (further places), `url` and `guidance` (the first line of your own) |
/// | `fixed` | what was fixed since the last report, a list of `control`, `title`, `issues`; `wording.thanks` counts it |
/// | `facts` | the numbers of the report, a list of `label` and `value`. Cards that show them as a table render the chat template without them |
/// | `in_channel`, `has_button`, `has_mail` | whether the message goes to a channel; whether its card has a button that leads to the report; whether a mail about the report goes to somebody |
/// | `issues` | number of open issues; a control that several standards report is one issue with several findings |
/// | `seen` | number of accounts that no problem is about |
/// | `part` | whose part of the report the message is about: `owner`, `of_findings`; the counts are those of the part; `none` for the whole |
/// | `monthly` | for a recipient who hears of one report each month: `date` of the first report of the month before (`none` if there is none), whether it was `complete`, and `numbers` then and now; `none` for all others |
/// | `previous` | the last delivered report: `date`, `complete`, `total` |
/// | `link` | `url`, `web` (not a file), `expires_at`, `early` (expires earlier than requested), `network` (from where alone it works, as configured) |
/// | `attachment`, `contact` | name of the attached file; contact for questions |
/// | `relinked_at` | time at which a new link to an earlier report was created |
/// | `replaces_earlier` | whether the recipient was told of an earlier report of the same run; a template MUST say so, for example with `wording.replaces_earlier` |
/// | `wording` | sentences that mails share with the report: `do_first`, `thanks` (`none` if nothing was fixed), `replaces_earlier`, `incomplete`, `incomplete_meaning`, `not_all_watched`, `operators_know`, `assurance`, `distinct_problems`, `stale`, `closed_without_fix`, `overdue`, `ended`, `accepted` (`none` if there are none), `data_notes` (a list) |
///
/// The mail to the operators has `locale`, `run`, `started_at`, `finished_at`, `status` (`ok`, `partial`, `failed`),
/// `fine` and `trouble` (numbers of projects), `errors` (of no project), `projects` (a list of `project`, `status`,
/// `label`, `ok`, `accounts`, `findings`, `told`, `stale`, `data_notes`, `link_expires_at`, `errors`,
/// `errors_left_out`), `registry_warning`, `look_alikes` (a list), `organisation` (links to the report of the organisation, a list of
/// `extension` and `url`), `unopened` (projects whose reports nobody opened for weeks: `items`, a list of
/// `project` and `last`, and `left_out`) and `summary`, which is the summary of the run with every field that its JSON has.
///
/// The mail about the organisation has `locale`, `run`, `title`, `as_of`, `open`, `critical`, `high`, `before` (open issues of
/// the week before, if both weeks are complete), `recent` (the last four weeks: `fixed`, `came`, `has_gaps`, and `before`
/// with the same of the four before), `overdue`, `most_overdue`, `improved` and `worsened` (`project`, `number`), `unknown`
/// (`projects`, `active`, `accounts`, `never_reported`; a template MUST say what is not known), `lines`, `picture` (whether
/// there is the image `cid:weeks`), `first_week`, `last_week`, `links` (a list of `extension`, `url`, `web`, `expires_at`,
/// `early`), `contact` and `replaces_earlier` (a sentence).
///
/// Messages about decisions have `locale`, `kind` (`reply`, `reminder` or `escalation`), `project`, `run`, `as_of`, `file` and
/// `receipt` (the returned file and its number), `taken`, `not_taken`, `total` and `overdue` (what is due), `after_days`,
/// `items` (what was not taken, or what is due: a list of `place`, `severity`, `control`, `title`, `account`, `resource`,
/// `decision`, `owner`, `due`, `state`, `late`), `left_out`, `link` (`url`, `web`, `expires_at`, `early`), `contact` and
/// `in_channel` (a channel gets no link). In a channel, the text below the subject is `decisions.en.txt`.
///
/// Urgent messages have `locale`, `project`, `run`, `as_of`, `news` (a list of a few words each: `2 new critical`), `only_new`
/// (whether nothing of it was open before), `total` (issues), `items` (a list of `severity`, `label`, `control`, `title`,
/// `why`, `since`, `resource`, `account`, `account_name`, `region`, `guidance`, `url` and `console_url`), `left_out`, `contact`,
/// `question` (a link that begins a question to the contact) and `in_channel`. In a channel, the text below the subject is
/// `urgent.en.txt`.
///
/// Besides the built-in filters there are `number` (`1,234`), `count("finding", "findings")`, `clip(60)` and `sentence` (a capital
/// letter first). `word("open_since", day=…)` is one of the [`MailTexts`](findings_core::languages::mail::MailTexts) in the
/// reader's language, `fonts()` the typefaces of the language.
#[derive(Clone)]
pub struct Templates {
    environment: Arc<Environment<'static>>,
}

/// The template to render.
#[derive(Clone, Copy)]
pub(crate) enum TemplateKind {
    Subject,
    Text,
    Html,
    Chat,
    DecisionsSubject,
    DecisionsText,
    DecisionsHtml,
    DigestSubject,
    DigestText,
    DigestHtml,
    OrganisationSubject,
    OrganisationLines,
    OrganisationText,
    OrganisationHtml,
    UrgentSubject,
    UrgentText,
    UrgentHtml,
}

impl Templates {
    /// Returns the templates of this crate.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) if a built-in template is not valid, which a test rules out.
    pub fn builtin() -> Result<Self> {
        Self::compile(builtin().map(|(name, source)| (name, source.to_owned())))
    }

    /// Reads the templates in a directory. For each file that is missing it uses the built-in template.
    ///
    /// All templates are compiled and rendered with sample reports, so that errors are found at the start and not with
    /// the first mail.
    ///
    /// ```
    /// # let dir = tempfile::tempdir()?;
    /// std::fs::write(dir.path().join("subject.en.txt"), "{{ project }}: {{ total|count('finding', 'findings') }}")?;
    /// findings_notify::Templates::from_dir(dir.path())?;
    ///
    /// std::fs::write(dir.path().join("subject.en.txt"), "{{ projcet }}")?;
    /// let error = findings_notify::Templates::from_dir(dir.path()).unwrap_err();
    /// assert!(error.report().contains("subject.en.txt, line 1"), "{}", error.report());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) if the directory does not exist, [`InvalidInput`](ErrorKind::InvalidInput) for
    /// a template with an error and for a `.txt` or `.html` file with an unknown name, because it would never be used.
    pub fn from_dir(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        refuse_unknown_files(path)?;
        let mut sources = Vec::new();
        for (name, builtin) in builtin() {
            let source = match std::fs::read_to_string(path.join(&name)) {
                Ok(source) => source,
                Err(e) if e.kind() == io::ErrorKind::NotFound => builtin.to_owned(),
                Err(e) => return Err(read_error(&path.join(&name), e)),
            };
            sources.push((name, source));
        }
        let templates = Self::compile(sources)?;
        templates.render_samples()?;
        Ok(templates)
    }

    fn compile(sources: impl IntoIterator<Item = (String, String)>) -> Result<Self> {
        let mut environment = environment()?;
        for (name, source) in sources {
            environment.add_template_owned(name.clone(), source).map_err(|e| template_error(&name, &e, true))?;
        }
        Ok(Self { environment: Arc::new(environment) })
    }

    /// Renders each template with sample data, so that mistakes are found at the start.
    fn render_samples(&self) -> Result<()> {
        for notification in sample::notifications()? {
            let content = Content::of(&notification);
            for part in [TemplateKind::Subject, TemplateKind::Text, TemplateKind::Html, TemplateKind::Chat] {
                self.render_with(part, notification.locale, &content, true)?;
            }
        }
        for (summary, locale) in &sample::digests()? {
            let content = DigestContent::of(summary, *locale, &TimeZone::UTC).with_organisation(&sample::links());
            for part in [TemplateKind::DigestSubject, TemplateKind::DigestText, TemplateKind::DigestHtml] {
                self.render_with(part, *locale, &content, true)?;
            }
        }
        for (content, locale) in decisions_content::samples() {
            for part in [TemplateKind::DecisionsSubject, TemplateKind::DecisionsText, TemplateKind::DecisionsHtml] {
                self.render_with(part, locale, &content, true)?;
            }
        }
        for (content, locale) in UrgentContent::samples() {
            for part in [TemplateKind::UrgentSubject, TemplateKind::UrgentText, TemplateKind::UrgentHtml] {
                self.render_with(part, locale, &content, true)?;
            }
        }
        for (content, locale) in sample::organisations() {
            for part in TemplateKind::OF_ORGANISATION {
                self.render_with(part, locale, &content, true)?;
            }
        }
        Ok(())
    }

    /// Renders a template. Errors contain no values, because one of them is the link.
    pub(crate) fn render(&self, part: TemplateKind, locale: Locale, content: &impl Serialize) -> Result<String> {
        self.render_with(part, locale, content, false)
    }

    fn render_with(
        &self,
        part: TemplateKind,
        locale: Locale,
        content: &impl Serialize,
        detailed: bool,
    ) -> Result<String> {
        let name = part.file(locale);
        let rendered = self.environment.get_template(&name).and_then(|template| template.render(Serde(content)));
        rendered.map_err(|e| template_error(&name, &e, detailed))
    }
}

impl fmt::Debug for Templates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Templates").finish_non_exhaustive()
    }
}

impl TemplateKind {
    const OF_ORGANISATION: [Self; 4] =
        [Self::OrganisationSubject, Self::OrganisationLines, Self::OrganisationText, Self::OrganisationHtml];

    fn file(self, locale: Locale) -> String {
        let file = match self {
            Self::Subject => "subject.txt",
            Self::Text => "mail.txt",
            Self::Html => "mail.html",
            Self::Chat => "chat.txt",
            Self::DecisionsSubject => "decisions-subject.txt",
            Self::DecisionsText => "decisions.txt",
            Self::DecisionsHtml => "decisions.html",
            Self::DigestSubject => "digest-subject.txt",
            Self::DigestText => "digest.txt",
            Self::DigestHtml => "digest.html",
            Self::OrganisationSubject => "organisation-subject.txt",
            Self::OrganisationLines => "organisation-lines.txt",
            Self::OrganisationText => "organisation.txt",
            Self::OrganisationHtml => "organisation.html",
            Self::UrgentSubject => "urgent-subject.txt",
            Self::UrgentText => "urgent.txt",
            Self::UrgentHtml => "urgent.html",
        };
        in_language(file, locale)
    }
}

fn environment() -> Result<Environment<'static>> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    // with these settings, tags on lines of their own leave no empty lines in the text part
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    environment.set_syntax(syntax.map_err(|e| template_error("syntax", &e, true))?);
    environment.set_formatter(format_value);
    environment.add_filter("number", words::number);
    environment.add_filter("count", |n: u64, one: &str, many: &str| {
        format!("{} {}", words::number(n), if n == 1 { one } else { many })
    });
    environment.add_filter("sentence", |text: &str| {
        let mut rest = text.chars();
        rest.next().map(|first| first.to_uppercase().chain(rest).collect::<String>()).unwrap_or_default()
    });
    environment.add_filter("clip", |text: &str, max: usize| words::clip(text, max));
    environment.add_function("word", |state: &State<'_, '_>, name: &str, values: Kwargs| word(state, name, &values));
    environment.add_function("fonts", |state: &State<'_, '_>| Language::of(locale(state)).formats.fonts);
    Ok(environment)
}

/// `word("since", day=…)` is a word of mails in the language of the reader, with its values.
fn word(state: &State<'_, '_>, name: &str, values: &Kwargs) -> Result<String, minijinja::Error> {
    let words = words::texts(locale(state)).by_name();
    let unknown = || minijinja::Error::new(minijinja::ErrorKind::InvalidOperation, format!("no word {name}"));
    let (_, text) = words.into_iter().find(|(known, _)| known == name).ok_or_else(unknown)?;
    let values: Vec<(&str, String)> =
        values.args().map(|name| Ok((name, values.get(name)?))).collect::<Result<_, minijinja::Error>>()?;
    let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, &**value)).collect();
    Ok(fill(text, &values))
}

/// The language of the reader.
fn locale(state: &State<'_, '_>) -> Locale {
    let code = state.lookup("locale");
    code.and_then(|code| code.as_str()?.parse().ok()).unwrap_or_default()
}

/// Escapes only the characters that HTML requires. minijinja would also escape slashes, and mail gateways that search
/// the source for `https://` would not find the link.
fn format_value(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), minijinja::Error> {
    if *state.auto_escape() != AutoEscape::Html || value.is_safe() {
        return minijinja::escape_formatter(out, state, value);
    }
    let text = value.to_string();
    let mut rest = text.as_str();
    while let Some(at) = rest.find(['&', '<', '>', '"', '\'']) {
        out.write_str(&rest[..at])?;
        out.write_str(match rest.as_bytes()[at] {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            _ => "&#39;",
        })?;
        rest = &rest[at + 1..];
    }
    out.write_str(rest).map_err(Into::into)
}

/// Fails for files with unknown names, because a template with a misspelt name would silently have no effect.
fn refuse_unknown_files(path: &Path) -> Result<()> {
    for entry in std::fs::read_dir(path).map_err(|e| read_error(path, e))? {
        let file = entry.map_err(|e| read_error(path, e))?.file_name();
        let name = file.to_string_lossy();
        let is_template = Path::new(&file).extension().is_some_and(|x| x == "txt" || x == "html");
        if is_template && !builtin().any(|(known, _)| known == name) {
            let known: Vec<_> = builtin().map(|(name, _)| name).collect();
            return Err(Error::new(ErrorKind::InvalidInput, "read the mail templates")
                .with_subject(path.display().to_string())
                .with_message(format!("{name} is none of the templates: {}", known.join(", "))));
        }
    }
    Ok(())
}

fn read_error(path: &Path, error: io::Error) -> Error {
    let kind = match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => ErrorKind::NotFound,
        io::ErrorKind::PermissionDenied => ErrorKind::PermissionDenied,
        io::ErrorKind::InvalidData => ErrorKind::InvalidInput,
        _ => ErrorKind::Storage,
    };
    Error::new(kind, "read the mail templates").with_subject(path.display().to_string()).with_source(error)
}

fn template_error(name: &str, error: &minijinja::Error, detailed: bool) -> Error {
    let place = match (error.name().unwrap_or(name), error.line()) {
        (name, Some(line)) => format!("{name}, line {line}"),
        (name, None) => name.to_owned(),
    };
    let mut text = error.kind().to_string();
    if let Some(detail) = error.detail().filter(|_| detailed) {
        text = format!("{text}: {detail}");
    }
    Error::new(ErrorKind::InvalidInput, "render the mail template").with_subject(place).with_message(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A program that starts does not try them again.
    #[test]
    fn builtin_templates_render_every_sample() {
        Templates::builtin().unwrap().render_samples().unwrap();
    }

    #[test]
    fn builtin_templates_load_no_external_resource() {
        for (name, source) in builtin().filter(|(name, _)| name.contains(".html")) {
            // an image inside the mail is no request
            let source = source.replace("src=\"cid:", "");
            for bad in ["src=", "url(", "<link", "@import", "http", "<script", "@font-face"] {
                assert!(!source.contains(bad), "{name}: {bad}");
            }
        }
    }
}

//! Guidance: what an organisation itself says about controls.

mod catalogue;
mod excerpt;
mod front_matter;
mod markdown;
mod part;
mod site;
mod skeleton;
mod table;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::civil::Date;

pub use self::catalogue::{ControlCatalogue, ControlDefinition, ControlParameter};
pub use self::part::GuidancePart;
pub use self::site::GuidanceSite;
pub use self::skeleton::skeleton;
use crate::wording::Wording;
use crate::{Error, ErrorKind, Locale, Result, csv_text};

/// An organisation's guidance for controls: what a finding means, how to fix it in this organisation, which impact the
/// fix has, and whom to ask.
///
/// It is read from one of:
///
/// * a CSV file with the column `control` and any of `meaning`, `fires`, `fix`, `impact`, `contact`, `exceptions`,
///   `sources`, `title`, `reviewed` and `locale`;
/// * a folder of Markdown files, named after their control: `S3.1.md`, or `S3.1.ja.md` for one language. Their sections
///   are `## Meaning`, `## Fires`, `## Fix`, `## Impact`, `## Contact`, `## Exceptions` and `## Sources`, or the headings
///   of reports in any of their languages. Front matter can name the `title`, the day of the last review (`reviewed`),
///   and say that a file is a `draft`.
///
/// A text without a language is for readers of all languages. A text in the reader's language takes precedence. A draft
/// is checked and shown to nobody.
///
/// ```
/// use findings_core::Locale;
/// use findings_core::guidance::{Guidance, GuidancePart};
/// let csv = "control,fix,contact\nS3.8,Apply the module s3-private. Then wait.,#cloud-platform\n";
/// let guidance = Guidance::from_csv(csv.as_bytes())?;
/// assert_eq!(guidance.part("S3.8", GuidancePart::Contact, Locale::Ja), Some("#cloud-platform"));
/// assert_eq!(guidance.first_sentence("S3.8", Locale::En).as_deref(), Some("Apply the module s3-private."));
/// let error = Guidance::from_csv("control,fix\nS3,\n".as_bytes()).unwrap_err();
/// assert!(error.to_string().contains("line 2: \"S3\" is not a control"));
/// # Ok::<(), findings_core::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Guidance {
    /// By control in upper case.
    controls: BTreeMap<String, ControlGuidance>,
    /// Controls of which there are drafts only, as their files spell them, in the order of their names in upper case.
    drafts: BTreeMap<String, String>,
    site: Option<GuidanceSite>,
}

/// The guidance for a control.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct ControlGuidance {
    /// The control as its first file spells it.
    name: String,
    /// By language.
    advice: BTreeMap<&'static str, Advice>,
}

/// The guidance for a control in a language.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Advice {
    /// By [`GuidancePart`].
    parts: [Option<String>; GuidancePart::COUNT],
    facts: Facts,
}

/// What is said of a text besides its parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Facts {
    title: Option<String>,
    reviewed: Option<Date>,
    is_draft: bool,
}

/// Key of the advice for all languages.
const ANY: &str = "";

/// Maximum number of problems in an error.
const SHOWN_PROBLEMS: usize = 20;

impl Guidance {
    /// Largest number of Markdown files.
    pub const MAX_FILES: usize = 10_000;

    /// What is wrong with more of them, and what to do.
    pub const TOO_MANY: &str =
        "it has more than 10,000 Markdown files or 64 MiB of them; check that it is the folder of the guidance";

    /// Reads a CSV file in UTF-8, UTF-16 or Shift_JIS.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) with all mistakes and their lines.
    pub fn from_csv(bytes: &[u8]) -> Result<Self> {
        let mut builder = GuidanceBuilder::default();
        table::read(bytes, &mut builder);
        builder.finish()
    }

    /// Reads Markdown files in UTF-8, given by name and content. `README.md`, and files other than `.md`, are skipped.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) with all mistakes, their files and lines.
    pub fn from_markdown(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Result<Self> {
        let mut builder = GuidanceBuilder::default();
        for (name, bytes) in files {
            if Self::is_markdown(&name) {
                markdown::read(&name, &bytes, &mut builder);
            }
        }
        builder.finish()
    }

    /// Whether [`Guidance::from_markdown`] reads files of this name.
    pub fn is_markdown(name: &str) -> bool {
        let extension = Path::new(name).extension();
        extension.is_some_and(|e| e.eq_ignore_ascii_case("md")) && !name.eq_ignore_ascii_case("README.md")
    }

    /// Reads a CSV file or a folder of Markdown files.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound), [`PermissionDenied`](ErrorKind::PermissionDenied) or
    /// [`Storage`](ErrorKind::Storage) if it cannot be read; otherwise those of [`Guidance::from_csv`].
    pub fn read(path: &Path) -> Result<Self> {
        let read = if path.is_dir() {
            markdown_files(path).map(Self::from_markdown)
        } else {
            csv_text::read_file(path, csv_text::MAX_BYTES).map(|bytes| Self::from_csv(&bytes))
        };
        read.map_err(|e| unreadable(&e).with_source(e))
            .flatten()
            .map_err(|e| e.with_subject(path.display().to_string()))
    }

    /// Sets where the organisation publishes the guidance. Reports then link to it.
    #[must_use]
    pub fn with_site(mut self, site: Option<GuidanceSite>) -> Self {
        self.site = site;
        self
    }

    /// Returns the controls that have guidance, in upper case.
    pub fn control_ids(&self) -> BTreeSet<String> {
        self.controls.keys().cloned().collect()
    }

    /// Returns the controls that have guidance, as their files spell them, in the order of their names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.controls.values().map(|control| control.name.as_str())
    }

    /// Returns the controls of which there are only drafts, as their files spell them.
    pub fn drafts(&self) -> impl Iterator<Item = &str> {
        self.drafts.iter().filter(|(key, _)| !self.controls.contains_key(*key)).map(|(_, name)| name.as_str())
    }

    /// Returns the number of controls that have guidance.
    pub fn controls(&self) -> usize {
        self.controls.len()
    }

    /// Returns a part of the guidance for a control, in the reader's language if there is one.
    pub fn part(&self, control: &str, part: GuidancePart, locale: Locale) -> Option<&str> {
        self.found(control, locale, |advice| advice.parts[part as usize].as_deref()).map(|(_, text)| text)
    }

    /// Returns a part of the guidance for a reader: like [`part`](Self::part), and a text that is there only in another
    /// language says so.
    pub fn told(&self, control: &str, part: GuidancePart, locale: Locale) -> Option<Cow<'_, str>> {
        let (language, text) = self.found(control, locale, |advice| advice.parts[part as usize].as_deref())?;
        Some(match language.parse::<Locale>() {
            Ok(other) if other != locale => format!("{text} {}", Wording::of(locale).only_in(other)).into(),
            _ => text.into(),
        })
    }

    /// Returns a part of the guidance as [`told`](Self::told) does, without markup: for cells and lists, in which Markdown is
    /// noise. Code keeps its lines.
    pub fn plain(&self, control: &str, part: GuidancePart, locale: Locale) -> Option<String> {
        self.told(control, part, locale).map(|text| excerpt::plain(&text))
    }

    /// Whether some control has this part.
    pub fn has(&self, part: GuidancePart) -> bool {
        let mut all = self.controls.values().flat_map(|control| control.advice.values());
        all.any(|advice| advice.parts[part as usize].is_some())
    }

    /// Returns the languages in which a control has guidance; a text for all languages is one of each.
    pub fn languages(&self, control: &str) -> Vec<Locale> {
        let Some(known) = self.controls.get(&control.to_ascii_uppercase()) else { return Vec::new() };
        let has = |locale: &Locale| known.advice.contains_key(locale.as_str()) || known.advice.contains_key(ANY);
        Locale::ALL.into_iter().filter(has).collect()
    }

    /// Returns the title that the organisation gives a control.
    pub fn title(&self, control: &str, locale: Locale) -> Option<&str> {
        self.found(control, locale, |advice| advice.facts.title.as_deref()).map(|(_, title)| title)
    }

    /// Returns the day on which somebody last looked whether the guidance for a control still holds: of several
    /// languages, the earliest. `None` if one of them names no day.
    pub fn reviewed(&self, control: &str) -> Option<Date> {
        let known = self.controls.get(&control.to_ascii_uppercase())?;
        let days: Option<Vec<Date>> = known.advice.values().map(|advice| advice.facts.reviewed).collect();
        days?.into_iter().min()
    }

    /// Returns the first sentence of what to do about a control, or else of what it means, without markup and at most 200
    /// characters long.
    pub fn first_sentence(&self, control: &str, locale: Locale) -> Option<String> {
        let parts = [GuidancePart::Fix, GuidancePart::Meaning, GuidancePart::Fires, GuidancePart::Impact];
        parts.into_iter().find_map(|part| excerpt::first_sentence(self.part(control, part, locale)?))
    }

    /// Returns the link to the organisation's page about a control; `None` if there is no site or no guidance for it.
    pub fn link(&self, control: &str, locale: Locale) -> Option<String> {
        let known = self.controls.get(&control.to_ascii_uppercase())?;
        Some(self.site.as_ref()?.page(&known.name, locale))
    }

    /// Finds a text in the reader's language, for all languages, or in another one: that is better than none.
    fn found<'a>(
        &'a self,
        control: &str,
        locale: Locale,
        text: impl Fn(&'a Advice) -> Option<&'a str>,
    ) -> Option<(&'static str, &'a str)> {
        let advice = &self.controls.get(&control.to_ascii_uppercase())?.advice;
        let wanted = [locale.as_str(), ANY].into_iter().filter_map(|key| advice.get_key_value(key));
        wanted.chain(advice.iter()).find_map(|(language, advice)| Some((*language, text(advice)?)))
    }
}

fn markdown_files(folder: &Path) -> std::io::Result<Vec<(String, Vec<u8>)>> {
    let mut files = Vec::new();
    let mut room = csv_text::MAX_BYTES;
    let too_many = || std::io::Error::new(std::io::ErrorKind::QuotaExceeded, Guidance::TOO_MANY);
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if Guidance::is_markdown(&name) {
            let bytes = csv_text::read_file(&entry.path(), room).map_err(|e| match e.kind() {
                std::io::ErrorKind::FileTooLarge => too_many(),
                _ => e,
            })?;
            if files.len() == Guidance::MAX_FILES {
                return Err(too_many());
            }
            room -= bytes.len();
            files.push((name, bytes));
        }
    }
    files.sort();
    Ok(files)
}

fn unreadable(error: &std::io::Error) -> Error {
    let (kind, message) = match error.kind() {
        std::io::ErrorKind::NotFound => (ErrorKind::NotFound, "there is no such file or folder"),
        std::io::ErrorKind::PermissionDenied => {
            (ErrorKind::PermissionDenied, "it may not be read; check its owner and mode")
        }
        std::io::ErrorKind::FileTooLarge => (ErrorKind::InvalidInput, csv_text::TOO_LARGE),
        std::io::ErrorKind::QuotaExceeded => (ErrorKind::InvalidInput, Guidance::TOO_MANY),
        _ => (ErrorKind::Storage, "it cannot be read"),
    };
    Error::new(kind, OPERATION).with_message(message)
}

const OPERATION: &str = "read the guidance";

/// Collects guidance and mistakes while files are read.
#[derive(Debug, Default)]
struct GuidanceBuilder {
    guidance: Guidance,
    /// The place where each control and language was read first.
    places: BTreeMap<(String, &'static str), String>,
    problems: Vec<String>,
}

impl GuidanceBuilder {
    fn problem(&mut self, place: &str, message: impl std::fmt::Display) {
        self.problems.push(format!("{place}: {message}"));
    }

    /// Adds the advice for a control that was read at `place`.
    fn add(&mut self, place: &str, control: &str, locale: Option<Locale>, advice: Advice) {
        if !is_control(control) {
            return self
                .problem(place, format!("\"{}\" is not a control; expected an ID such as S3.8", shown(control)));
        }
        if advice.parts.iter().all(Option::is_none) {
            return self
                .problem(place, format!("nothing is said about {control}; fill in meaning, fix, impact or contact"));
        }
        let key = (control.to_ascii_uppercase(), locale.map_or(ANY, Locale::as_str));
        if let Some(first) = self.places.get(&key) {
            let message = format!("{control} was there already ({first}); keep one of the two");
            return self.problem(place, message);
        }
        if advice.facts.is_draft {
            self.guidance.drafts.insert(key.0.clone(), control.to_owned());
        } else {
            let known = self.guidance.controls.entry(key.0.clone()).or_default();
            if known.name.is_empty() {
                control.clone_into(&mut known.name);
            }
            known.advice.insert(key.1, advice);
        }
        self.places.insert(key, place.to_owned());
    }

    fn finish(mut self) -> Result<Guidance> {
        if self.problems.is_empty() && self.guidance.controls.is_empty() && self.guidance.drafts.is_empty() {
            self.problems.push("it says nothing about any control".to_owned());
        }
        if self.problems.is_empty() {
            return Ok(self.guidance);
        }
        let hidden = self.problems.len().saturating_sub(SHOWN_PROBLEMS);
        self.problems.truncate(SHOWN_PROBLEMS);
        if hidden > 0 {
            self.problems.push(format!("and {hidden} more"));
        }
        Err(Error::new(ErrorKind::InvalidInput, OPERATION).with_message(self.problems.join("; ")))
    }
}

/// Whether a text is a control ID: `S3.8`, or the number of an older standard such as `1.14`.
pub fn is_control(text: &str) -> bool {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    text.contains('.')
        && text.chars().all(legal)
        && text.ends_with(|c: char| c.is_ascii_digit())
        && !text.starts_with('.')
}

/// Quotes a text from outside for an error, at most 40 characters.
fn shown(text: &str) -> String {
    text.escape_debug().take(40).collect()
}

#[cfg(test)]
mod tests;

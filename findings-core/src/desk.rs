//! The desk: whom a reader asks, and a question that is filled in already.

use std::str::FromStr;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::console::MAX_URL;
use crate::locale::UnknownLocale;
use crate::wording::{ReportTexts, fill};
use crate::{Locale, RunId};

/// The contact for questions, in the languages of the readers.
///
/// A text such as `security@example.com` is for all readers; `ja=相談窓口 desk@example.com; en=Cloud desk
/// desk@example.com` names one for each language.
///
/// ```
/// use findings_core::Locale;
/// use findings_core::desk::Contacts;
/// let contacts: Contacts = "ja=相談窓口; en=Cloud desk".parse()?;
/// assert_eq!(contacts.of(Locale::Ja), Some("相談窓口"));
/// assert_eq!(Contacts::from("Cloud desk").of(Locale::Ja), Some("Cloud desk"));
/// assert!("ja=窓口; ja=desk".parse::<Contacts>().unwrap_err().contains("there twice"));
/// assert!("fr=bureau".parse::<Contacts>().unwrap_err().contains("expected one of en, ja"));
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contacts {
    any: Option<String>,
    /// In the order of [`Locale::ALL`].
    by_language: [Option<String>; Locale::ALL.len()],
}

impl Contacts {
    /// Returns the contact for readers of a language; one in another language is better than none.
    pub fn of(&self, locale: Locale) -> Option<&str> {
        let own = self.by_language[locale as usize].as_ref().or(self.any.as_ref());
        own.or_else(|| self.by_language.iter().flatten().next()).map(String::as_str)
    }

    /// Returns the contact for readers whose language is not known: those of all languages, separated by slashes.
    pub fn to_all(&self) -> Option<String> {
        let texts: Vec<&str> = self.any.iter().chain(self.by_language.iter().flatten()).map(String::as_str).collect();
        (!texts.is_empty()).then(|| texts.join(" / "))
    }

    /// Returns the contact for readers of a project: its own, or else that of their language.
    pub fn of_project(&self, own: Option<&str>, locale: Locale) -> Option<String> {
        own.or_else(|| self.of(locale)).map(str::to_owned)
    }
}

impl From<&str> for Contacts {
    /// A text for all readers.
    fn from(text: &str) -> Self {
        Self { any: Some(text.to_owned()), ..Self::default() }
    }
}

impl FromStr for Contacts {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // a part that begins like a language may be one that reports do not have
        if let Some(unknown) = text.split(';').find_map(unknown_language) {
            return Err(UnknownLocale::new(unknown).to_string());
        }
        if language(text).is_none() {
            return Ok(Self::from(text));
        }
        let mut contacts = Self::default();
        let mut current: Option<Locale> = None;
        for part in text.split(';') {
            if let Some((locale, rest)) = language(part) {
                let slot = &mut contacts.by_language[locale as usize];
                if slot.replace(rest.trim().to_owned()).is_some() {
                    return Err(format!("the language \"{}\" is there twice", locale.as_str()));
                }
                current = Some(locale);
            } else if let Some(contact) = current.and_then(|locale| contacts.by_language[locale as usize].as_mut()) {
                // a semicolon that separates no languages is part of the text
                contact.push(';');
                contact.push_str(part);
            }
        }
        if contacts.by_language.iter().flatten().any(String::is_empty) {
            return Err("a language has no contact; write it behind the equals sign".to_owned());
        }
        Ok(contacts)
    }
}

fn language(text: &str) -> Option<(Locale, &str)> {
    let (name, rest) = text.split_once('=')?;
    Some((name.trim().parse().ok()?, rest))
}

/// The code of a language before an equals sign that is none of the reports: `fr=…`, `pt-BR=…`.
fn unknown_language(part: &str) -> Option<&str> {
    let code = part.split_once('=')?.0.trim();
    let is_code = |code: &str| code.len() == 2 && code.bytes().all(|b| b.is_ascii_alphabetic());
    let is_like_one = code.split_once(['-', '_']).map_or_else(|| is_code(code), |(a, b)| is_code(a) && is_code(b));
    (is_like_one && code.parse::<Locale>().is_err()).then_some(code)
}

/// A question about a finding or a control, as far as it can be filled in for a reader. It holds no link to a report and
/// nothing else that is secret.
///
/// ```
/// use findings_core::Locale;
/// use findings_core::desk::Question;
/// let run = "2026-11-23".parse()?;
/// let question = Question::new("Payments", &run).with_control("S3.8");
/// let link = question.link("Cloud desk <desk@example.com>", Locale::En).unwrap();
/// assert!(link.starts_with("mailto:desk@example.com?subject=") && link.contains("S3.8"));
/// assert_eq!(question.link("the third floor", Locale::En), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    project: &'a str,
    run_id: &'a RunId,
    control: Option<&'a str>,
    finding: Option<&'a str>,
}

impl<'a> Question<'a> {
    /// A question about the report of a project.
    pub fn new(project: &'a str, run_id: &'a RunId) -> Self {
        Self { project, run_id, control: None, finding: None }
    }

    /// Names the control.
    #[must_use]
    pub fn with_control(mut self, control: &'a str) -> Self {
        self.control = Some(control);
        self
    }

    /// Names the finding by its ID.
    #[must_use]
    pub fn with_finding(mut self, id: &'a str) -> Self {
        self.finding = Some(id);
        self
    }

    /// Returns the link that asks the first address in a contact: a mail or a chat of Teams with the question filled in, or
    /// a web page as it is. `None` if the contact has no address, or the link would be longer than [`MAX_URL`].
    pub fn link(&self, contact: &str, locale: Locale) -> Option<String> {
        let link = match address(contact)? {
            Address::Mail(address) => {
                let (subject, body) = (encoded(&self.subject(locale)), encoded(&self.body(locale)));
                format!("mailto:{}?subject={subject}&body={body}", utf8_percent_encode(address, IN_ADDRESS))
            }
            Address::Web(url) if url.starts_with(TEAMS_CHAT) && !url.contains("message=") => {
                let join = if url.contains('?') { '&' } else { '?' };
                format!("{url}{join}message={}", encoded(&self.body(locale)))
            }
            Address::Web(url) => url.to_owned(),
        };
        (link.len() <= MAX_URL).then_some(link)
    }

    fn subject(&self, locale: Locale) -> String {
        let about = [Some(self.project), self.control].into_iter().flatten().map(short).collect::<Vec<_>>().join(" / ");
        fill(ReportTexts::of(locale).question.subject, &[("about", &about)])
    }

    fn body(&self, locale: Locale) -> String {
        let texts = &ReportTexts::of(locale).question;
        let facts = [
            (texts.project, Some(self.project)),
            (texts.control, self.control),
            (texts.run, Some(self.run_id.as_str())),
            (texts.finding, self.finding),
        ];
        let facts = facts.into_iter().filter_map(|(label, value)| Some(format!("{label}: {}", short(value?))));
        format!("{}\n\n\n--\n{}", texts.opening, facts.collect::<Vec<_>>().join("\n"))
    }
}

/// A link of Teams that begins a chat, and can take a message.
const TEAMS_CHAT: &str = "https://teams.microsoft.com/l/chat/";

/// All but what stands in an address as it is.
const IN_ADDRESS: &AsciiSet = &NON_ALPHANUMERIC.remove(b'@').remove(b'.').remove(b'-').remove(b'_').remove(b'+');

const IN_TEXT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'.').remove(b'-').remove(b'_');

/// The most characters of a value: names of projects have no limit, and a link has one.
const LONGEST: usize = 200;

fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(LONGEST).collect()
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, IN_TEXT).to_string()
}

enum Address<'a> {
    Mail(&'a str),
    Web(&'a str),
}

/// The first address in a contact.
fn address(contact: &str) -> Option<Address<'_>> {
    // text that stands directly before or behind an address, as Japanese does without blanks
    let is_apart =
        |c: char| c.is_whitespace() || !c.is_ascii_graphic() || matches!(c, '<' | '>' | '(' | ')' | '"' | ',' | ';');
    contact.split(is_apart).find_map(|word| {
        let word = word.trim_end_matches(['.', ':', '!']);
        let word = word.strip_prefix("mailto:").unwrap_or(word);
        if word.starts_with("https://") && word.len() > "https://".len() {
            return Some(Address::Web(word));
        }
        let (user, domain) = word.split_once('@')?;
        let is_mail = !user.is_empty() && domain.contains('.') && !domain.contains(['@', '/', '?', '&']);
        (is_mail && !user.contains(['/', '?', '&', ':'])).then_some(Address::Mail(word))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(contact: &str, locale: Locale) -> Option<String> {
        let run: RunId = "2026-11-23".parse().unwrap();
        let question = Question::new("決済 & co", &run).with_control("S3.8").with_finding("arn:aws:1/2");
        question.link(contact, locale)
    }

    #[test]
    fn the_first_address_is_asked() {
        for (contact, want) in [
            ("desk@example.com", Some("mailto:desk@example.com?subject=")),
            ("相談窓口（desk@example.com）まで", Some("mailto:desk@example.com?subject=")),
            ("Cloud desk <a.b+c@example.com>, or b@example.com", Some("mailto:a.b+c@example.com?")),
            ("a@example.com?bcc=x@example.com", None),
            (
                "https://teams.microsoft.com/l/channel/19%3a/General",
                Some("https://teams.microsoft.com/l/channel/19%3a/General"),
            ),
            (
                "https://teams.microsoft.com/l/chat/0/0?users=a@example.com",
                Some("https://teams.microsoft.com/l/chat/0/0?users=a@example.com&message="),
            ),
            ("javascript:alert(1)", None),
            ("http://example.com", None),
            ("#cloud", None),
            ("a@b", None),
        ] {
            let link = link(contact, Locale::En);
            assert_eq!(link.is_some(), want.is_some(), "{contact}: {link:?}");
            assert!(link.unwrap_or_default().starts_with(want.unwrap_or_default()), "{contact}");
        }
    }

    #[test]
    fn the_question_is_filled_in_and_adds_no_field_to_the_mail() {
        let url = link("desk@example.com", Locale::Ja).unwrap();
        let decoded = percent_encoding::percent_decode_str(&url).decode_utf8().unwrap();
        for want in ["決済 & co", "S3.8", "2026-11-23", "arn:aws:1/2"] {
            assert!(decoded.contains(want), "{want}: {decoded}");
        }
        assert_eq!(url.matches('&').count(), 1, "{url}");
        let long: RunId = "2026-11-23".parse().unwrap();
        let project = "長".repeat(5_000);
        let link = Question::new(&project, &long).link("desk@example.com", Locale::Ja);
        assert!(link.is_none_or(|link| link.len() <= MAX_URL));
    }

    #[test]
    fn contacts_have_languages() {
        let contacts: Contacts = "ja = 相談窓口; 内線 12 ;en=Desk".parse().unwrap();
        assert_eq!(contacts.of(Locale::Ja), Some("相談窓口; 内線 12 "));
        assert_eq!(contacts.of(Locale::En), Some("Desk"));
        let one: Contacts = "en=Desk".parse().unwrap();
        assert_eq!(one.of(Locale::Ja), Some("Desk"), "better than none");
        let plain: Contacts = "https://x.example/?a=b; c".parse().unwrap();
        assert_eq!(plain.of(Locale::En), Some("https://x.example/?a=b; c"));
        assert!("ja=;en=x".parse::<Contacts>().unwrap_err().contains("no contact"));
        assert_eq!(plain.of_project(Some("own"), Locale::En).as_deref(), Some("own"));
        assert_eq!(Contacts::default().of(Locale::En), None);
    }
}

//! The organisation's guidance as a site of static pages.

mod content;
mod markdown;
#[cfg(test)]
mod tests;

use findings_core::desk::Contacts;
use findings_core::guidance::{Guidance, GuidanceSite};
use findings_core::{Locale, Result};
use jiff::tz::TimeZone;
use minijinja::value::Serde;

use self::content::{Control, Index};
use crate::environment::guidance_environment;
use crate::page::unwritten;

/// Renders guidance as a site: a page for each control, whose address stays the same (`S3.8.html`), and an index that can
/// be searched without a server, also from a disk.
///
/// A page has all languages of its control and shows one: that of the link (`S3.8.html#ja`), or else of the browser. Raw
/// HTML in the guidance stays text. The Content-Security-Policy of each page allows its own style and script only.
///
/// ```
/// use findings_core::Locale;
/// use findings_core::guidance::Guidance;
/// use findings_web::GuidancePages;
///
/// let guidance = Guidance::from_csv("control,fix\nS3.8,Use the module **s3-private**.\n".as_bytes())?;
/// let pages = GuidancePages::new(Locale::En).render(&guidance)?;
/// let names: Vec<&str> = pages.iter().map(|page| page.name.as_str()).collect();
/// assert_eq!(names, ["index.html", "S3.8.html"]);
/// assert!(pages[1].html.contains("Use the module <strong>s3-private</strong>."));
/// # Ok::<(), findings_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct GuidancePages {
    locale: Locale,
    contacts: Contacts,
}

/// A page of the site.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GuidancePage {
    /// The name of its file.
    pub name: String,
    /// Its content, UTF-8.
    pub html: String,
}

impl GuidancePages {
    /// Creates a renderer whose pages are in this language for those whose browser asks for none that is there.
    pub fn new(locale: Locale) -> Self {
        Self { locale, contacts: Contacts::default() }
    }

    /// Sets whom to ask, for controls whose guidance does not say.
    #[must_use]
    pub fn with_contacts(mut self, contacts: Contacts) -> Self {
        self.contacts = contacts;
        self
    }

    /// Renders the index and the page of each control.
    ///
    /// # Errors
    /// [`InvalidInput`](findings_core::ErrorKind::InvalidInput) if a template fails, which is a bug.
    pub fn render(&self, guidance: &Guidance) -> Result<Vec<GuidancePage>> {
        self.pages(guidance).map_err(|error| unwritten("write the pages of the guidance", &error))
    }

    fn pages(&self, guidance: &Guidance) -> std::result::Result<Vec<GuidancePage>, minijinja::Error> {
        let environment = guidance_environment(self.locale, &TimeZone::UTC)?;
        let contact = |locale: Locale| self.contacts.of(locale).map(str::to_owned);
        let index = Index::of(guidance, self.locale, contact(self.locale));
        let html = environment.get_template("index.html")?.render(Serde(&index))?;
        let mut pages = vec![GuidancePage { name: "index.html".to_owned(), html }];
        let template = environment.get_template("control.html")?;
        for name in guidance.names() {
            let html = template.render(Serde(&Control::of(guidance, name, self.locale, &contact)))?;
            pages.push(GuidancePage { name: GuidanceSite::file(name), html });
        }
        Ok(pages)
    }
}

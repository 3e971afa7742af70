//! What a script asks for, checked.

use findings_core::{AccountId, Locale, RunId};
use findings_xlsx::findings_core::report::ReportRenderer;
use findings_xlsx::{CsvRenderer, JsonlRenderer, XlsxRenderer};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use pyo3::FromPyObject;

use crate::error::Failure;

/// The options as Python has them: a dict with all names.
#[derive(Debug, FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Options {
    source: String,
    is_temporary: bool,
    project: String,
    locale: String,
    time_zone: Option<String>,
    contact: Option<String>,
    run_id: Option<String>,
    generated_at: Option<String>,
    format: String,
    accounts: Vec<String>,
}

/// The options, each in its type.
#[derive(Debug)]
pub(crate) struct Settings {
    /// What the source of the findings is called in messages and in the report.
    pub(crate) source: String,
    /// Whether the file is a temporary one, whose path says nothing.
    pub(crate) is_temporary: bool,
    pub(crate) project: String,
    pub(crate) locale: Locale,
    pub(crate) time_zone: TimeZone,
    pub(crate) contact: Option<String>,
    pub(crate) run_id: RunId,
    pub(crate) generated_at: Timestamp,
    pub(crate) renderer: Box<dyn ReportRenderer>,
    /// Accounts that the report is about, findings or not.
    pub(crate) accounts: Vec<AccountId>,
}

impl Options {
    /// Checks each option.
    pub(crate) fn settings(self) -> Result<Settings, Failure> {
        if self.project.trim().is_empty() {
            return Err(Failure::value("project is empty; name whose findings they are"));
        }
        let locale: Locale = self.locale.parse().map_err(Failure::value)?;
        let generated_at = self.generated_at.map_or_else(|| Ok(Timestamp::now()), |text| moment(&text))?;
        Ok(Settings {
            source: self.source,
            is_temporary: self.is_temporary,
            project: self.project,
            locale,
            time_zone: self.time_zone.map_or_else(|| Ok(locale.time_zone()), |name| time_zone(&name))?,
            contact: self.contact,
            run_id: self.run_id.map_or_else(|| Ok(RunId::at(generated_at)), |id| id.parse().map_err(Failure::value))?,
            generated_at,
            renderer: renderer(&self.format)?,
            accounts: self.accounts.iter().map(|id| id.parse().map_err(Failure::value)).collect::<Result<_, _>>()?,
        })
    }
}

fn moment(text: &str) -> Result<Timestamp, Failure> {
    let hint = "use a datetime with a time zone, such as datetime.now(timezone.utc)";
    text.parse().map_err(|_| Failure::value(format!("generated_at {text:?} is no moment in time; {hint}")))
}

fn time_zone(name: &str) -> Result<TimeZone, Failure> {
    let hint = "use a name of the IANA database, such as \"Asia/Tokyo\"";
    TimeZone::get(name).map_err(|_| Failure::value(format!("{name:?} is not a time zone; {hint}")))
}

fn renderer(format: &str) -> Result<Box<dyn ReportRenderer>, Failure> {
    let renderers: [Box<dyn ReportRenderer>; 3] =
        [Box::new(XlsxRenderer::new()), Box::new(CsvRenderer::new()), Box::new(JsonlRenderer::new())];
    let known = renderers.into_iter().find(|renderer| renderer.format().extension == format);
    known.ok_or_else(|| {
        Failure::value(format!("{format:?} is not a format of the reports; use \"xlsx\", \"csv\" or \"jsonl\""))
    })
}

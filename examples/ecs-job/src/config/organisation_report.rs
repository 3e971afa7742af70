//! Options for the report about all projects that a run makes.

use findings_core::history::Sla;

use super::NotifyConfig;
use super::history::sla;
use super::reader::{Reader, given};
use crate::options::Options;

/// The files of the report, and the target times that it counts by.
#[derive(Clone, Debug)]
pub(crate) struct OrganisationReportConfig {
    /// Empty if no report is made.
    pub(crate) formats: Vec<OrganisationFormat>,
    pub(crate) sla: Sla,
}

/// A format of the report about all projects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OrganisationFormat {
    Html,
    Xlsx,
}

impl OrganisationFormat {
    pub(crate) const ALL: [Self; 2] = [Self::Html, Self::Xlsx];

    /// The format of a file with this name; `None` if it has another extension.
    pub(crate) fn of_file(name: &str) -> Option<Self> {
        let (_, extension) = name.rsplit_once('.')?;
        Self::ALL.into_iter().find(|format| format.as_str() == extension)
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Xlsx => "xlsx",
        }
    }
}

impl OrganisationReportConfig {
    pub(super) fn resolve(options: &Options, notify: &NotifyConfig, reader: &mut Reader) -> Self {
        let text = options.organisation_report.as_deref();
        let config = Self {
            formats: reader.read("organisation-report", text, OrganisationFormat::ALL.to_vec(), formats),
            sla: reader.read("sla", options.sla.as_deref(), Sla::default(), sla),
        };
        if config.formats.is_empty() && !notify.executives.is_empty() {
            reader.fail("executives", "there is no report to tell them of, because --organisation-report is none");
        }
        config
    }
}

fn formats(text: &str) -> Result<Vec<OrganisationFormat>, String> {
    if given(Some(text)) == Some("none") {
        return Ok(Vec::new());
    }
    let mut formats = Vec::new();
    for name in text.split(',').map(str::trim) {
        let known = OrganisationFormat::ALL.into_iter().find(|format| format.as_str() == name);
        let format = known.ok_or_else(|| {
            format!(
                "\"{name}\" is not a format of this report; expected html, xlsx, both separated by a comma, or none"
            )
        })?;
        if formats.contains(&format) {
            return Err(format!("{name} is given twice"));
        }
        formats.push(format);
    }
    Ok(formats)
}

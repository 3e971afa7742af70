//! `ecs-job guidance new`: drafts for controls.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::{ErrorKind as IoKind, Write as _};
use std::path::Path;

use findings_core::aws::SecurityHubControls;
use findings_core::guidance::{ControlCatalogue, ControlDefinition, skeleton};
use findings_core::history::ListProjects;
use findings_core::{Error, ErrorKind, Result, csv_text};
use jiff::{SignedDuration, Timestamp};
use tempfile::NamedTempFile;

use crate::aws::{Aws, need};
use crate::config::NewConfig;
use crate::wiring::HistoryDatabase;
use crate::{COULD_NOT_START, ending, history, settings};

/// Where the catalogue is kept unless an option says otherwise.
pub(super) const CATALOGUE: &str = "out/controls.json";
/// How long a catalogue is used before Security Hub is asked again.
const FRESH: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Writes the drafts and returns the exit code: 0, 1 if a file was there already, or 2 if nothing could be written.
pub(crate) async fn new(config: &NewConfig) -> u8 {
    match write(config).await {
        Ok(0) => 0,
        Ok(_) => 1,
        Err(error) => {
            ending::print_errors("the drafts could not be written", &[settings::failure(&error)]);
            COULD_NOT_START
        }
    }
}

/// Writes the drafts and says so. Returns the number of those that were there already.
async fn write(config: &NewConfig) -> Result<usize> {
    let known = definitions(config).await?;
    std::fs::create_dir_all(&config.dir).map_err(|error| unwritten(&config.dir, error))?;
    let mut present = 0;
    for control in &config.controls {
        let Some(definition) = known.get(&control.to_ascii_uppercase()) else { continue };
        let path = config.dir.join(format!("{}.{}.md", definition.id, config.locale.as_str()));
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(mut file) => {
                let text = skeleton(definition, config.locale);
                file.write_all(text.as_bytes()).map_err(|error| unwritten(&path, error))?;
                ending::print_line(&format!("{}: written", path.display()));
            }
            Err(error) if error.kind() == IoKind::AlreadyExists => {
                present += 1;
                ending::print_line(&format!("{}: it is there already and stays as it is", path.display()));
            }
            Err(error) => return Err(unwritten(&path, error)),
        }
    }
    Ok(present)
}

/// What is known of each control, by its ID in upper case: from the catalogue, from Security Hub, or from the history.
async fn definitions(config: &NewConfig) -> Result<BTreeMap<String, ControlDefinition>> {
    let path = config.catalogue.as_deref().unwrap_or_else(|| Path::new(CATALOGUE));
    let kept = read_catalogue(path)?;
    let aws = Aws::load(config.aws()).await?;
    let catalogue = match &config.region {
        Some(region) if !kept.as_ref().is_some_and(|kept| is_enough(kept, &config.controls)) => {
            let controls = SecurityHubControls::new(need(aws.as_ref())?.security_hub(region));
            let fetched = controls.catalogue(Timestamp::now(), &config.controls).await?;
            store(path, &fetched)?;
            Some(fetched)
        }
        _ => kept,
    };
    let titles = if catalogue.is_some() { BTreeMap::new() } else { titles(config, aws.as_ref()).await };
    let mut known = BTreeMap::new();
    for control in &config.controls {
        let key = control.to_ascii_uppercase();
        let defined = catalogue.as_ref().and_then(|catalogue| catalogue.get(control)).cloned();
        if catalogue.is_some() && defined.is_none() {
            tracing::warn!(control, "Security Hub has no such control; check the ID");
        }
        let fallback = || titles.get(&key).cloned().unwrap_or_else(|| ControlDefinition::new(control, control));
        known.insert(key.clone(), defined.unwrap_or_else(fallback));
    }
    Ok(known)
}

/// Whether a catalogue is recent and has the details of all these controls that exist.
fn is_enough(catalogue: &ControlCatalogue, controls: &[String]) -> bool {
    let is_known = |control: &String| catalogue.get(control).is_none_or(|known| known.is_detailed);
    Timestamp::now().duration_since(catalogue.fetched_at) < FRESH && controls.iter().all(is_known)
}

/// Titles of controls from the history. Without one, the drafts begin without titles.
async fn titles(config: &NewConfig, aws: Option<&Aws>) -> BTreeMap<String, ControlDefinition> {
    match read_titles(config, aws).await {
        Ok(titles) => titles,
        Err(error) => {
            tracing::warn!(error = %settings::report(&error), "the history was not read, and Security Hub was not asked; fill in the titles, or give --source securityhub:REGION");
            BTreeMap::new()
        }
    }
}

async fn read_titles(config: &NewConfig, aws: Option<&Aws>) -> Result<BTreeMap<String, ControlDefinition>> {
    history::check_file(&config.history.history)?;
    let reader = HistoryDatabase::open(&config.history.history, aws)?.reader;
    let mut titles = BTreeMap::new();
    for name in reader.projects(&ListProjects::new()).await? {
        for issue in history::recall(&reader, &name).await?.issues {
            if let Some(control) = issue.control_id {
                let definition = ControlDefinition::new(control.to_string(), issue.title.to_string());
                titles.entry(control.to_ascii_uppercase()).or_insert(definition);
            }
        }
    }
    Ok(titles)
}

/// Reads a catalogue; `None` if there is no such file.
pub(super) fn read_catalogue(path: &Path) -> Result<Option<ControlCatalogue>> {
    let of_path = |error: Error| error.with_subject(path.display().to_string());
    match csv_text::read_file(path, csv_text::MAX_BYTES) {
        Ok(bytes) => ControlCatalogue::from_json(&bytes).map(Some).map_err(of_path),
        Err(error) if error.kind() == IoKind::NotFound => Ok(None),
        Err(error) => Err(of_path(Error::new(ErrorKind::Storage, "read the catalogue of controls").with_source(error))),
    }
}

/// Replaces the catalogue at once.
fn store(path: &Path, catalogue: &ControlCatalogue) -> Result<()> {
    let text = catalogue.to_json()?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    let replace = || {
        std::fs::create_dir_all(folder)?;
        let mut file = NamedTempFile::new_in(folder)?;
        file.write_all(text.as_bytes())?;
        file.persist(path).map(drop).map_err(|error| error.error)
    };
    replace().map_err(|error| unwritten(path, error))
}

fn unwritten(path: &Path, error: std::io::Error) -> Error {
    Error::new(ErrorKind::Storage, "write the guidance").with_subject(path.display().to_string()).with_source(error)
}

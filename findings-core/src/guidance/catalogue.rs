//! The controls that Security Hub has.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Error, ErrorKind, Result};

/// The controls that Security Hub has, as it said at some time. It is kept in a file, so that not every question asks it.
///
/// ```
/// use findings_core::guidance::{ControlCatalogue, ControlDefinition};
/// let mut catalogue = ControlCatalogue::new("2026-11-23T00:00:00Z".parse()?);
/// catalogue.controls.push(ControlDefinition::new("S3.8", "Buckets should block public access"));
/// let read = ControlCatalogue::from_json(catalogue.to_json()?.as_bytes())?;
/// assert_eq!(read.get("s3.8").unwrap().title, "Buckets should block public access");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ControlCatalogue {
    /// When it was fetched, UTC.
    pub fetched_at: Timestamp,
    /// All controls, in any order.
    pub controls: Vec<ControlDefinition>,
}

/// What Security Hub says about a control.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ControlDefinition {
    /// Its ID, such as `S3.8`.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What is checked.
    pub description: Option<String>,
    /// Its severity, such as `HIGH`.
    pub severity: Option<String>,
    /// The page that says how to fix it.
    pub remediation_url: Option<String>,
    /// Its parameters.
    #[serde(default)]
    pub parameters: Vec<ControlParameter>,
    /// Requirements of standards that it belongs to. Empty if nobody asked.
    #[serde(default)]
    pub requirements: Vec<String>,
    /// Whether its parameters and requirements were asked for.
    #[serde(default)]
    pub is_detailed: bool,
}

/// A parameter of a control.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ControlParameter {
    /// Its name.
    pub name: String,
    /// What it does.
    pub description: Option<String>,
    /// Its value in the account and Region that were asked; `None` if it has its default.
    pub value: Option<String>,
}

impl ControlDefinition {
    /// A control of which nothing else is known.
    pub fn new(id: impl Into<String>, title: impl Into<String>) -> Self {
        Self { id: id.into(), title: title.into(), ..Self::default() }
    }
}

impl ControlParameter {
    /// A parameter with this name.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }
}

impl ControlCatalogue {
    /// A catalogue of this time without controls.
    pub fn new(fetched_at: Timestamp) -> Self {
        Self { fetched_at, controls: Vec::new() }
    }

    /// Finds a control by its ID, in any case.
    pub fn get(&self, id: &str) -> Option<&ControlDefinition> {
        self.controls.iter().find(|control| control.id.eq_ignore_ascii_case(id))
    }

    /// Reads what [`to_json`](Self::to_json) wrote.
    ///
    /// # Errors
    /// [`InvalidInput`](ErrorKind::InvalidInput) if it is not a catalogue.
    pub fn from_json(bytes: &[u8]) -> Result<Self> {
        serde_json::from_slice(bytes).map_err(|error| {
            Error::new(ErrorKind::InvalidInput, "read the catalogue of controls")
                .with_message("it is not a catalogue; delete it, and it is fetched again")
                .with_source(error)
        })
    }

    /// Writes it as JSON.
    ///
    /// # Errors
    /// None is known.
    pub fn to_json(&self) -> Result<String> {
        serde_json::to_string_pretty(self)
            .map_err(|error| Error::new(ErrorKind::Other, "write the catalogue of controls").with_source(error))
    }
}

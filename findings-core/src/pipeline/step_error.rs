//! An error with the step that failed.

use super::outcome::Step;
use crate::{Error, Result};

/// An error with the step that failed.
#[derive(Debug)]
pub(super) struct StepError {
    pub(super) step: Step,
    pub(super) error: Error,
}

/// Adds the step to the error of a result.
pub(super) trait StepExt<T> {
    fn during(self, step: Step) -> Result<T, StepError>;
}

impl<T> StepExt<T> for Result<T> {
    fn during(self, step: Step) -> Result<T, StepError> {
        self.map_err(|error| StepError { step, error })
    }
}

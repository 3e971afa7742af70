//! An error with the step it happened in.

use super::outcome::Step;
use crate::{Error, Result};

/// An error with the step it happened in.
#[derive(Debug)]
pub(super) struct StepError {
    pub(super) step: Step,
    pub(super) error: Error,
}

/// Names the step of an error.
pub(super) trait StepExt<T> {
    fn during(self, step: Step) -> Result<T, StepError>;
}

impl<T> StepExt<T> for Result<T> {
    fn during(self, step: Step) -> Result<T, StepError> {
        self.map_err(|error| StepError { step, error })
    }
}

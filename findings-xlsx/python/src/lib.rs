//! The compiled part of the Python package `findings_xlsx`: from a file of findings to the bytes of a report.
//!
//! The package itself is written in Python (`python/findings_xlsx`): it turns what a script has into a file and writes the
//! result. What a file holds, and what a report says, is left to `findings-core` and `findings-xlsx`.

mod error;
mod options;
mod outcome;
mod report;

use pyo3::prelude::*;

/// The module `findings_xlsx._native`.
#[pymodule(name = "_native")]
mod native {
    use std::path::PathBuf;

    use pyo3::prelude::*;

    use crate::error::Failure;
    use crate::options::Options;
    use crate::outcome::Outcome;

    /// Reads the findings at the path and renders their report. Python goes on with its other threads meanwhile.
    #[pyfunction]
    fn render(py: Python<'_>, path: PathBuf, options: Options) -> Result<Outcome, Failure> {
        let settings = options.settings()?;
        py.detach(|| crate::report::render(path, &settings))
    }
}

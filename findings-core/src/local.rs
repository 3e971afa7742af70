//! Implementations that need no AWS: files, directories and SQLite. The job uses them by default.
//!
//! [`AsffFileSource`] alone needs the feature `files` and no more.

mod asff_file_source;
#[cfg(feature = "local")]
mod dir_store;
#[cfg(feature = "local")]
mod file_coverage;
#[cfg(feature = "local")]
mod file_registry;
#[cfg(feature = "local")]
mod sqlite;

pub use asff_file_source::AsffFileSource;
#[cfg(feature = "local")]
pub use dir_store::DirStore;
#[cfg(feature = "local")]
pub use file_coverage::FileCoverage;
#[cfg(feature = "local")]
pub use file_registry::FileRegistry;
#[cfg(feature = "local")]
pub use sqlite::SqliteDatabase;

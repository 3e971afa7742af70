//! Implementations that need no AWS: files, directories and SQLite. The job uses them by default.

mod asff_file_source;
mod dir_store;
mod file_coverage;
mod file_registry;
mod sqlite;

pub use asff_file_source::AsffFileSource;
pub use dir_store::DirStore;
pub use file_coverage::FileCoverage;
pub use file_registry::FileRegistry;
pub use sqlite::SqliteDatabase;

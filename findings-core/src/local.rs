//! Files, directories and SQLite in place of AWS: the embedded defaults of the job.

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

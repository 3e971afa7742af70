//! Reads JSON from files, whatever it is wrapped in, with little memory.
//!
//! Three layers, each in files of its own, take off what is around the records:
//!
//! 1. [`list`] finds the files of a folder or pattern.
//! 2. [`unpack`] takes the text out of gzip, zstd, zip and UTF-16. Plain text stays where it is.
//! 3. [`records`] walks through lists, pages and events; [`envelope`] takes findings out of messages of SNS and SQS, and
//!    says of other JSON what it is.
//!
//! [`format`] tells ASFF and OCSF apart, record by record. [`FindingFiles`] indexes the findings and answers queries. Sources for a place, such as a folder or a bucket, only
//! bring the files there.

mod envelope;
mod finding_files;
mod foreign;
mod format;
mod index;
#[cfg(feature = "local")]
mod json_values;
mod list;
mod records;
mod scan;
mod spool;
mod steampipe;
mod texts;
mod unpack;
mod zstd_frames;

pub(crate) use finding_files::{FindingFiles, InputFile};
#[cfg(feature = "local")]
pub(crate) use json_values::{ValuesError, read_values};
pub(crate) use list::{ListError, list};

#[cfg(test)]
mod tests;

//! In what form subcommands print tables.

use clap::ValueEnum;

/// Form of what is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// For people
    #[default]
    Table,
    /// For spreadsheets
    Csv,
    /// For scripts
    Json,
}

//! The formats in which subcommands print tables.

use clap::ValueEnum;

/// An output format.
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

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

/// What a run prints at its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum RunOutput {
    /// A table on a terminal, else the summary
    #[default]
    Auto,
    /// The summary
    Json,
}

/// Number of items of a list that are shown. Lists of an organisation can have thousands, and log services cut long lines.
pub(crate) const SHOWN: usize = 20;

/// Returns the first items of a list, and the number of those that are left out.
pub(crate) fn first(items: &[String]) -> Vec<String> {
    let hidden = items.len().saturating_sub(SHOWN);
    let more = (hidden > 0).then(|| format!("and {hidden} more"));
    items.iter().take(SHOWN).cloned().chain(more).collect()
}

/// A text without control characters, which a terminal would obey.
pub(crate) fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_are_cut() {
        let items = |n: usize| (0..n).map(|n| n.to_string()).collect::<Vec<_>>();
        assert_eq!(first(&items(20)), items(20));
        let cut = first(&items(420));
        assert_eq!((cut.len(), cut[19].as_str(), cut[20].as_str()), (21, "19", "and 400 more"));
    }
}

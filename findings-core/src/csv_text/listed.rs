//! How many problems of a file are listed: whoever corrects a file starts with the first ones.

/// Number of problems of a file that are listed.
pub(crate) const LISTED: usize = 100;

/// Cuts a list of problems off after `limit`. Returns those that are left out.
pub(crate) fn cut<T>(problems: &mut Vec<T>, limit: usize) -> Vec<T> {
    if problems.len() > limit { problems.split_off(limit) } else { Vec::new() }
}

/// Says how many problems are left out.
pub(crate) fn and_more(hidden: usize) -> String {
    format!("and {hidden} more problems from this line on; correct those that are listed first")
}

//! The sheets, one file each.

pub(crate) mod about;
pub(crate) mod findings;
mod page;
pub(crate) mod summary;

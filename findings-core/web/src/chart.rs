//! Charts of weeks as SVG: columns, and the small line of a project.
//!
//! They are written here and not by charts-rs, which was tried: it has no hatched columns, so an incomplete week would
//! look like a good one; it styles by `style` elements and attributes, which the policy of the page forbids; and it
//! brings a font of its own, with which it measures texts wrongly.
//!
//! Charts carry dates and numbers only. Colours are classes of the style, so that both themes and print have theirs.

mod columns;
mod spark;

pub(crate) use columns::{Chart, Column, Part};
pub(crate) use spark::spark;

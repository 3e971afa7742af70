//! What every sheet depends on, whatever its workbook is about.

use jiff::tz::TimeZone;

use crate::lang::Texts;

/// What a sheet depends on besides its contents.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting<'a> {
    pub(crate) texts: &'static Texts,
    /// The time zone of the reader.
    pub(crate) time_zone: &'a TimeZone,
    /// What the workbook is about, in the header of printed pages.
    pub(crate) subject: &'a str,
    /// An alarm in the header of printed pages; empty if nothing is missing.
    pub(crate) alarm: &'static str,
}

//! What every sheet depends on, whatever its workbook is about.

use findings_core::rendering;
use jiff::Timestamp;
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
    /// Until when decisions are taken; `None` if nobody reads them.
    pub(crate) until: Option<Timestamp>,
}

impl Setting<'_> {
    /// What to do with the columns that people fill in: a sentence or two.
    pub(crate) fn how_to_return(&self) -> Option<String> {
        let (until, say) = (self.until?, self.texts.wording);
        let zone = rendering::zone_name(self.time_zone, until);
        Some(say.how_to_return(&format!("{} ({zone})", say.moment(until, self.time_zone))))
    }
}

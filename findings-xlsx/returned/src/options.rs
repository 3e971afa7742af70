//! Which report a file is, and how much of it is read.

use findings_core::decision::{MAX_COMMENT, MAX_OWNER, SheetSource, TokenKey};
use jiff::Timestamp;

/// How much of a file is read. Whoever can send a file can send a large one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Size of the file, in bytes.
    pub bytes: u64,
    /// Size of everything in a workbook once it is unpacked, in bytes.
    pub unpacked: u64,
    /// XML elements of everything in a workbook.
    pub elements: u64,
    /// Parts of a workbook.
    pub parts: usize,
    /// Sheets of a workbook.
    pub sheets: usize,
    /// Rows of all sheets together that are not empty.
    pub rows: u64,
    /// Columns of a sheet; what is to the right of them is not read.
    pub columns: u32,
    /// Rows with an entry, and rows that cannot be read.
    pub entries: usize,
    /// Characters of an owner.
    pub owner: usize,
    /// Characters of a comment.
    pub comment: usize,
}

/// A workbook with 10,000 findings has 17 MB when it is unpacked.
impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 32 << 20,
            unpacked: 384 << 20,
            elements: 20_000_000,
            parts: 2_000,
            sheets: 200,
            rows: 200_000,
            columns: 1_000,
            entries: 100_000,
            owner: MAX_OWNER,
            comment: MAX_COMMENT,
        }
    }
}

/// How a file is read.
///
/// ```
/// use findings_core::Secret;
/// use findings_core::decision::{SheetSource, TokenKey};
/// use findings_returned::ReadOptions;
/// let key = TokenKey::new(Secret::new("0123456789abcdef0123456789abcdef".to_owned()))?;
/// // the mark in the file says which report it is
/// let sent_in = ReadOptions::verified(key, "2026-11-24T00:00:00Z".parse()?);
/// // an operator says which report it is
/// let source = SheetSource::new("Payments", "2026-11-23".parse()?, "2027-02-21T00:00:00Z".parse()?);
/// let by_hand = ReadOptions::told(source);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct ReadOptions {
    pub(crate) key: Option<(TokenKey, Timestamp)>,
    pub(crate) told: Option<SheetSource>,
    pub(crate) limits: Limits,
}

impl ReadOptions {
    /// The mark in the file says which report it is. The key verifies it, and the current time whether it is too old.
    pub fn verified(key: TokenKey, now: Timestamp) -> Self {
        Self { key: Some((key, now)), told: None, limits: Limits::default() }
    }

    /// Somebody who may say so says which report it is. Marks in the file count for nothing.
    pub fn told(source: SheetSource) -> Self {
        Self { key: None, told: Some(source), limits: Limits::default() }
    }

    /// Sets which report a file is in which no mark survived. A mark that is there must be good, and of this report.
    #[must_use]
    pub fn or_told(mut self, source: SheetSource) -> Self {
        self.told = Some(source);
        self
    }

    /// Sets how much is read.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }
}

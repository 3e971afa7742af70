//! Pads findings to realistic sizes without storing the padding.

/// All entries have the same length, so that any number of them is a prefix of one text.
const ENTRY: &str = r#"{"Key":"padding","Value":"0123456789abcdef0123456789abcdef"}"#;
const FIELD: &str = r#","SimulatorPadding":["#;

/// Pads findings up to a size with a field that is not in ASFF. It consists of small nested objects, which cost a
/// decoder as much as real data.
#[derive(Debug, Default)]
pub(super) struct Padding {
    size: usize,
    entries: String,
}

impl Padding {
    pub(super) fn up_to(size: usize) -> Self {
        let count = size / ENTRY.len() + 1;
        Self { size, entries: vec![ENTRY; count].join(",") }
    }

    /// Appends the finding `raw` to `page`.
    pub(super) fn write(&self, raw: &str, page: &mut Vec<u8>) {
        let raw = raw.trim_end();
        let room = self.size.saturating_sub(raw.len() + FIELD.len() + 1);
        let count = room / (ENTRY.len() + 1);
        let open = raw.strip_suffix('}').filter(|open| count > 0 && open.trim() != "{");
        let Some(open) = open else {
            page.extend_from_slice(raw.as_bytes());
            return;
        };
        let length = count * (ENTRY.len() + 1) - 1;
        page.extend_from_slice(open.as_bytes());
        page.extend_from_slice(FIELD.as_bytes());
        page.extend_from_slice(&self.entries.as_bytes()[..length]);
        page.extend_from_slice(b"]}");
    }
}

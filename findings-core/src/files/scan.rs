//! Finds the end of a JSON value, or the list of findings in it, byte by byte and without recursion.

use std::ops::Range;

/// Keys of lists with findings, or with what findings are in: pages, messages, rows of tables.
const LISTS: [&str; 5] = ["Records", "Messages", "rows", "events", "logEvents"];

/// Returns whether a member of this name holds a list of findings, or of what findings are in.
pub(super) fn is_list_key(key: &[u8]) -> bool {
    key.eq_ignore_ascii_case(b"findings") || LISTS.iter().any(|list| list.as_bytes() == key)
}

/// How the scan of a value ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum End {
    Complete,
    /// A number, true, false or null ended before this byte, which belongs to what is around it.
    Before,
    /// The value is an object with a list of findings; the scan stopped after the bracket that opens it. `objects`: the
    /// number of objects around the list.
    List {
        objects: usize,
    },
}

/// The position in a value.
#[derive(Debug, Default)]
pub(super) struct Scan {
    depth: u32,
    in_string: bool,
    escaped: bool,
    string_start: usize,
    /// The range of the last string in the outermost object, and of the last one in an object in it. It is a key if a
    /// colon follows.
    keys: [Option<Range<usize>>; 2],
}

impl Scan {
    /// Scans a part of a value. Appends to `buffer` what belongs to the value. Returns the number of bytes that were
    /// used up, and how the value ended if it did. With `opens_lists`, stops at the first list of findings.
    pub(super) fn feed(&mut self, part: &[u8], buffer: &mut Vec<u8>, opens_lists: bool) -> (usize, Option<End>) {
        let before = buffer.len();
        for (n, byte) in part.iter().copied().enumerate() {
            if self.in_string {
                self.in_string(byte, before + n);
                if !self.in_string && self.depth == 0 {
                    buffer.extend_from_slice(part.get(buffer.len() - before..=n).unwrap_or_default());
                    return (n + 1, Some(End::Complete));
                }
                continue;
            }
            let end = match byte {
                b'"' => {
                    (self.in_string, self.string_start) = (true, before + n + 1);
                    continue;
                }
                b'[' | b'{' => {
                    if opens_lists && byte == b'[' && matches!(self.depth, 1 | 2) {
                        buffer.extend_from_slice(part.get(buffer.len() - before..=n).unwrap_or_default());
                        if let Some(objects) = self.objects_around_list(buffer) {
                            return (n + 1, Some(End::List { objects }));
                        }
                    }
                    self.depth += 1;
                    if self.depth == 2 {
                        self.keys[1] = None;
                    }
                    continue;
                }
                // numbers, true, false and null have no end mark of their own
                b',' | b']' | b'}' if self.depth == 0 && before + n > 0 => End::Before,
                b']' | b'}' => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth > 0 {
                        continue;
                    }
                    End::Complete
                }
                _ => continue,
            };
            let used = n + usize::from(end == End::Complete);
            buffer.extend_from_slice(part.get(buffer.len() - before..used).unwrap_or_default());
            return (used, Some(end));
        }
        buffer.extend_from_slice(part.get(buffer.len() - before..).unwrap_or_default());
        (part.len(), None)
    }

    /// Goes to the end of the value without keeping it. Returns the number of bytes that were used up, and whether the
    /// value ended.
    pub(super) fn skip(&mut self, part: &[u8]) -> (usize, bool) {
        for (n, byte) in part.iter().copied().enumerate() {
            match byte {
                _ if self.in_string => {
                    self.in_string(byte, 0);
                    if !self.in_string && self.depth == 0 {
                        return (n + 1, true);
                    }
                }
                b'"' => self.in_string = true,
                b'[' | b'{' => self.depth += 1,
                b']' | b'}' => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth == 0 {
                        return (n + 1, true);
                    }
                }
                _ => {}
            }
        }
        (part.len(), false)
    }

    /// The scan of the rest of a value after the bracket that opens a list in it.
    pub(super) fn after_list(objects: usize) -> Self {
        Self { depth: u32::try_from(objects).unwrap_or(u32::MAX).saturating_add(1), ..Self::default() }
    }

    fn in_string(&mut self, byte: u8, at: usize) {
        (self.in_string, self.escaped) = (self.escaped || byte != b'"', !self.escaped && byte == b'\\');
        if !self.in_string
            && let Some(key) = self.depth.checked_sub(1).and_then(|level| self.keys.get_mut(level as usize))
        {
            *key = Some(self.string_start..at);
        }
    }

    /// Returns the number of objects around the list that the bracket at the end of `buffer` opens; `None` if it is not
    /// a list of findings: `"Findings": [` in the outermost object, or `"findings": [` in its member `detail`, as in
    /// events.
    fn objects_around_list(&self, buffer: &[u8]) -> Option<usize> {
        let key = |level: usize| self.keys.get(level).cloned().flatten();
        if self.depth == 1 {
            let key = key(0)?;
            let is_key = buffer.get(key.end + 1..buffer.len() - 1)?.trim_ascii() == b":";
            return (is_key && is_list_key(buffer.get(key)?)).then_some(1);
        }
        let (outer, inner) = (key(0)?, key(1)?);
        let is_key = buffer.get(inner.end + 1..buffer.len() - 1)?.trim_ascii() == b":";
        let is_event = buffer.get(outer)? == b"detail" && buffer.get(inner)?.eq_ignore_ascii_case(b"findings");
        (is_key && is_event).then_some(2)
    }
}

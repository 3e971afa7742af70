//! Splits a text into JSON records without loading all of it.
//!
//! The scanner examines only brackets, strings and the keys of the outer objects. The decoder checks whether a record is
//! valid JSON.

use std::io::{BufRead, Result, Seek, SeekFrom};

use super::scan::{End, Scan, is_list_key};

/// The size limit of a record, in bytes: far above the 240 KB that Security Hub allows for a finding.
const MAX_RECORD: usize = 16 << 20;

/// The number of bytes after which the size of a record is looked at.
const PART: usize = 1 << 20;

/// The largest number of lists and objects around a record.
const MAX_AROUND: usize = 16;

/// The result of one scan step.
#[derive(Debug, PartialEq)]
pub(super) enum Scanned<'a> {
    /// The beginning of a list.
    Container,
    /// A complete record: its position in the text, the line it starts on, and its bytes.
    Record { offset: u64, line: u64, json: &'a [u8] },
    /// Input that is not a record, with the line it starts on.
    Broken { line: u64, message: String },
}

/// What the scanner is in.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Around {
    List,
    /// An object with a list of records, such as a page. Its other members are skipped.
    Object,
}

/// How reading a value ended.
enum Value {
    Complete,
    List { objects: usize },
    TooLarge(Scan),
    CutOff,
}

/// A reader that returns the records of a text one by one, from its start.
#[derive(Debug)]
pub(super) struct JsonRecords<R> {
    reader: R,
    around: Vec<Around>,
    /// Whether nothing after this position can be read.
    is_over: bool,
    offset: u64,
    line: u64,
    buffer: Vec<u8>,
    /// Whether the last object around records has a `NextToken`, so that another page follows.
    has_next_token: bool,
    /// The key of the member that is being read, of an object around records, and whether its colon was read.
    member: (Option<String>, bool),
    /// What the text is, for the message about its beginning if that is no JSON.
    name: Option<String>,
}

impl<R: BufRead + Seek> JsonRecords<R> {
    pub(super) fn new(reader: R) -> Self {
        Self {
            reader,
            around: Vec::new(),
            is_over: false,
            offset: 0,
            line: 1,
            buffer: Vec::new(),
            has_next_token: false,
            member: (None, false),
            name: None,
        }
    }

    /// Sets what the text is, if it is known to be no JSON.
    pub(super) fn named(mut self, name: Option<String>) -> Self {
        self.name = name;
        self
    }

    /// Returns whether the last object around records that was read so far has a `NextToken`.
    pub(super) fn has_next_token(&self) -> bool {
        self.has_next_token
    }

    /// Returns the next record, or `None` at the end of the text.
    pub(super) fn next_record(&mut self) -> Result<Option<Scanned<'_>>> {
        loop {
            let Some(byte) = self.skip_blanks()? else { return Ok(self.end_of_text()) };
            match (self.around.last(), byte) {
                _ if self.is_over => return Ok(None),
                (None | Some(Around::List), b'[') if self.around.len() < MAX_AROUND => {
                    self.bump(byte);
                    self.around.push(Around::List);
                    return Ok(Some(Scanned::Container));
                }
                (Some(Around::List), b'[') => return self.too_deep(Scan::default()).map(Some),
                (None, b'{') => return self.value().map(Some),
                (None, _) => return self.garbage().map(Some),
                (Some(Around::List), b']') | (Some(Around::Object), b'}') => {
                    self.bump(byte);
                    self.around.pop();
                    self.member = (None, false);
                }
                (Some(Around::List), _) => return self.value().map(Some),
                (Some(Around::Object), _) => {
                    if self.member(byte)? {
                        return Ok(Some(Scanned::Container));
                    }
                }
            }
        }
    }

    /// Reads a piece of a member of an object around records. Returns whether a further list of records begins.
    fn member(&mut self, byte: u8) -> Result<bool> {
        let is_value = self.member.1;
        match byte {
            b'[' if is_value && self.member.0.as_ref().is_some_and(|key| is_list_key(key.as_bytes())) => {
                self.bump(byte);
                self.around.push(Around::List);
                return Ok(true);
            }
            b'{' | b'[' => {
                self.skip(&mut Scan::default())?;
                self.member = (None, false);
            }
            b'"' => {
                if let Value::TooLarge(mut scan) = self.scan(false)? {
                    self.skip(&mut scan)?;
                    self.member = (None, false);
                    return Ok(false);
                }
                let text = serde_json::from_slice::<String>(&self.buffer).ok();
                if is_value {
                    let is_token = self.member.0.as_deref().is_some_and(is_next_token);
                    self.has_next_token |= is_token && text.is_some_and(|token| !token.is_empty());
                    self.member = (None, false);
                } else {
                    self.member = (text, false);
                }
            }
            _ => {
                self.bump(byte);
                self.member.1 = byte == b':';
            }
        }
        Ok(false)
    }

    /// Returns whether the object around the list has a `NextToken` before it. The buffer ends with the bracket of the
    /// list.
    fn has_token_before_list(&self) -> bool {
        let mut start = self.buffer.clone();
        start.pop();
        start.extend_from_slice(b"null}");
        let members = serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(&start).unwrap_or_default();
        members.iter().any(|(key, value)| is_next_token(key) && value.as_str().is_some_and(|token| !token.is_empty()))
    }

    /// Reads the value that begins at the current position.
    fn value(&mut self) -> Result<Scanned<'_>> {
        let (offset, line, is_top) = (self.offset, self.line, self.around.is_empty());
        let message = match self.scan(true)? {
            Value::List { objects } if self.around.len() + objects >= MAX_AROUND => {
                return self.too_deep(Scan::after_list(objects));
            }
            Value::List { objects } => {
                self.has_next_token = objects == 1 && self.has_token_before_list();
                self.around.extend(std::iter::repeat_n(Around::Object, objects));
                self.around.push(Around::List);
                self.member = (None, false);
                return Ok(Scanned::Container);
            }
            // only a value of several lines can have swallowed a record; parsing all of them here would double the work
            Value::Complete if is_top && self.buffer.contains(&b'\n') && !is_json(&self.buffer) => {
                "not JSON: its brackets or quotes do not match"
            }
            Value::Complete => return Ok(Scanned::Record { offset, line, json: &self.buffer }),
            Value::TooLarge(mut scan) => {
                // in a list, the next record can be found only behind this one
                if !is_top && self.skip(&mut scan)? {
                    let message = "more than 16 MiB, larger than any finding; it was left out".to_owned();
                    return Ok(Scanned::Broken { line, message });
                }
                "larger than any finding; its brackets or quotes do not match"
            }
            Value::CutOff => "the file ends in the middle of a record; was it written or copied completely?",
        };
        if is_top {
            // JSON Lines: an unclosed bracket makes the scan swallow later lines, so it resumes at the next one
            self.resume_after_line(offset, line)?;
        } else {
            self.is_over = true;
        }
        let rest = if is_top { "" } else { " (nothing after it could be read)" };
        Ok(Scanned::Broken { line, message: format!("{message}{rest}") })
    }

    /// Skips a value in which records are deeper than anybody writes them.
    fn too_deep(&mut self, mut scan: Scan) -> Result<Scanned<'static>> {
        let line = self.line;
        self.skip(&mut scan)?;
        let message = format!("its records are in more than {MAX_AROUND} lists and objects; it was left out");
        Ok(Scanned::Broken { line, message })
    }

    /// Reports an unfinished list once, when the text ends inside of it.
    fn end_of_text(&mut self) -> Option<Scanned<'static>> {
        let is_complete = self.around.is_empty() || self.is_over;
        self.is_over = true;
        let message = "the file ends before its list does; was it written or copied completely?".to_owned();
        (!is_complete).then_some(Scanned::Broken { line: self.line, message })
    }

    /// Skips input that cannot start a record, up to the next line that can.
    fn garbage(&mut self) -> Result<Scanned<'static>> {
        let line = self.line;
        loop {
            self.skip_line()?;
            match self.reader.fill_buf()?.first() {
                None | Some(b'{' | b'[') => break,
                Some(_) => {}
            }
        }
        // the name says what the text begins with, and is not right for what follows
        Ok(Scanned::Broken { line, message: self.name.take().unwrap_or_else(|| "not JSON".to_owned()) })
    }

    fn resume_after_line(&mut self, offset: u64, line: u64) -> Result<()> {
        self.reader.seek(SeekFrom::Start(offset))?;
        (self.offset, self.line) = (offset, line);
        self.skip_line()
    }

    fn skip_line(&mut self) -> Result<()> {
        loop {
            let part = self.reader.fill_buf()?;
            let end = part.iter().position(|byte| *byte == b'\n');
            let used = end.map_or(part.len(), |end| end + 1);
            self.consume(used, u64::from(end.is_some()));
            if end.is_some() || used == 0 {
                return Ok(());
            }
        }
    }

    /// Reads one value into the buffer. With `opens_lists`, stops in the first list of findings.
    fn scan(&mut self, opens_lists: bool) -> Result<Value> {
        self.buffer.clear();
        let mut scan = Scan::default();
        loop {
            let part = self.reader.fill_buf()?;
            if part.is_empty() {
                return Ok(Value::CutOff);
            }
            // in small parts, so that the limit is kept with any reader
            let part = part.get(..PART).unwrap_or(part);
            let (used, end) = scan.feed(part, &mut self.buffer, opens_lists);
            let lines = line_ends(part.get(..used).unwrap_or_default());
            self.consume(used, lines);
            match end {
                Some(End::Complete | End::Before) => return Ok(Value::Complete),
                Some(End::List { objects }) => return Ok(Value::List { objects }),
                None if self.buffer.len() >= MAX_RECORD => return Ok(Value::TooLarge(scan)),
                None => {}
            }
        }
    }

    /// Goes to the end of a value. Returns whether there is one.
    fn skip(&mut self, scan: &mut Scan) -> Result<bool> {
        loop {
            let part = self.reader.fill_buf()?;
            if part.is_empty() {
                return Ok(false);
            }
            let (used, is_complete) = scan.skip(part);
            let lines = line_ends(part.get(..used).unwrap_or_default());
            self.consume(used, lines);
            if is_complete {
                return Ok(true);
            }
        }
    }

    /// Skips white space, commas and a byte order mark. Returns the next byte without consuming it.
    fn skip_blanks(&mut self) -> Result<Option<u8>> {
        while let Some(byte) = self.reader.fill_buf()?.first().copied() {
            let blank =
                byte.is_ascii_whitespace() || byte == b',' || (self.offset < 3 && b"\xEF\xBB\xBF".contains(&byte));
            if !blank {
                return Ok(Some(byte));
            }
            self.bump(byte);
        }
        Ok(None)
    }

    fn bump(&mut self, byte: u8) {
        self.consume(1, u64::from(byte == b'\n'));
    }

    fn consume(&mut self, bytes: usize, lines: u64) {
        self.reader.consume(bytes);
        self.offset += bytes as u64;
        self.line += lines;
    }
}

fn line_ends(part: &[u8]) -> u64 {
    part.iter().map(|byte| u64::from(*byte == b'\n')).sum()
}

fn is_next_token(key: &str) -> bool {
    key.eq_ignore_ascii_case("nexttoken")
}

fn is_json(bytes: &[u8]) -> bool {
    serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok()
}

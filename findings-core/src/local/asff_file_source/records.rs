//! Splits a file into JSON records without loading all of it.
//!
//! The scanner examines only brackets, strings and the keys of the outermost object. The decoder checks whether a
//! record is valid JSON.

use std::io::{BufRead, Result, Seek, SeekFrom};

/// The size limit of a record, in bytes: far above the 240 KB that Security Hub allows for a finding.
const MAX_RECORD: usize = 16 << 20;

/// The result of one scan step.
#[derive(Debug, PartialEq)]
pub(super) enum Scanned<'a> {
    /// The beginning of an array or of an object with findings in it.
    Container,
    /// A complete record: its position in the file, the line it starts on, and its bytes.
    Record { offset: u64, line: u64, json: &'a [u8] },
    /// Input that is not a record, with the line it starts on.
    Broken { line: u64, message: String },
}

/// The position of the scanner in the structure of the file.
#[derive(Clone, Copy, Debug, PartialEq)]
enum ScanState {
    /// Between the outermost values of the file.
    Top,
    /// In an array of findings. `wrapped`: the array is a member of an object.
    Array { wrapped: bool },
    /// In the object around the array of findings, after the array.
    Wrapper,
    /// After the last record that can be read.
    End,
}

/// A reader that returns the records of a file one by one, from its start.
#[derive(Debug)]
pub(super) struct JsonRecords<R> {
    reader: R,
    state: ScanState,
    offset: u64,
    line: u64,
    buffer: Vec<u8>,
    /// Whether the last object around findings has a `NextToken`, so that another page follows.
    has_next_token: bool,
    /// The key of the member that is being read, of the object around the findings: whether it is `NextToken`, and
    /// whether its colon was read.
    member: (bool, bool),
}

/// How the scan of a value ended.
enum Value {
    Complete,
    /// The value is an object with an array of findings; the scan stopped at the first finding.
    Wrapper,
    TooLarge,
    CutOff,
}

impl<R: BufRead + Seek> JsonRecords<R> {
    pub(super) fn new(reader: R) -> Self {
        Self {
            reader,
            state: ScanState::Top,
            offset: 0,
            line: 1,
            buffer: Vec::new(),
            has_next_token: false,
            member: (false, false),
        }
    }

    /// Returns whether the last object around findings that was read so far has a `NextToken`.
    pub(super) fn has_next_token(&self) -> bool {
        self.has_next_token
    }

    /// Returns the next record, or `None` at the end of the file.
    pub(super) fn next_record(&mut self) -> Result<Option<Scanned<'_>>> {
        loop {
            let Some(byte) = self.skip_blanks()? else { return Ok(self.end_of_file()) };
            match (self.state, byte) {
                (ScanState::End, _) => return Ok(None),
                (ScanState::Top, b'[') => {
                    self.bump(byte);
                    self.state = ScanState::Array { wrapped: false };
                    return Ok(Some(Scanned::Container));
                }
                (ScanState::Top, b'{') => return self.value().map(Some),
                (ScanState::Top, _) => return self.garbage().map(Some),
                (ScanState::Array { wrapped }, b']') => {
                    self.bump(byte);
                    self.state = if wrapped { ScanState::Wrapper } else { ScanState::Top };
                }
                (ScanState::Array { .. }, _) => return self.value().map(Some),
                (ScanState::Wrapper, b'}') => {
                    self.bump(byte);
                    self.state = ScanState::Top;
                }
                // skips the other members of the object around the findings
                (ScanState::Wrapper, b'{' | b'[' | b'"') => {
                    if let Value::CutOff = self.scan(false)? {
                        return Ok(self.end_of_file());
                    }
                    self.read_member();
                }
                (ScanState::Wrapper, _) => {
                    self.bump(byte);
                    self.member.1 = byte == b':';
                }
            }
        }
    }

    /// Takes the text, array or object in the buffer as a key or a value of the object around the findings.
    fn read_member(&mut self) {
        let text = serde_json::from_slice::<String>(&self.buffer).ok();
        let (is_token, is_value) = self.member;
        if !is_value {
            self.member = (text.is_some_and(|key| is_next_token(&key)), false);
            return;
        }
        self.has_next_token |= is_token && text.is_some_and(|token| !token.is_empty());
        self.member = (false, false);
    }

    /// Returns whether the object around the findings has a `NextToken` before them. The buffer ends with the bracket
    /// of the findings.
    fn has_token_before_findings(&self) -> bool {
        let mut start = self.buffer.clone();
        start.pop();
        start.extend_from_slice(b"null}");
        let members = serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(&start).unwrap_or_default();
        members.iter().any(|(key, value)| is_next_token(key) && value.as_str().is_some_and(|token| !token.is_empty()))
    }

    /// Scans the value that begins at the current position.
    fn value(&mut self) -> Result<Scanned<'_>> {
        let (offset, line, top) = (self.offset, self.line, self.state == ScanState::Top);
        let message = match self.scan(top)? {
            Value::Wrapper => {
                self.state = ScanState::Array { wrapped: true };
                self.has_next_token = self.has_token_before_findings();
                self.member = (false, false);
                return Ok(Scanned::Container);
            }
            // only a value of several lines can have swallowed a record; parsing all of them here would double the work
            Value::Complete if top && self.buffer.contains(&b'\n') && !is_json(&self.buffer) => {
                "not JSON: its brackets or quotes do not match"
            }
            Value::Complete => return Ok(Scanned::Record { offset, line, json: &self.buffer }),
            Value::TooLarge => "larger than any finding; its brackets or quotes do not match",
            Value::CutOff => "the file ends in the middle of a record; was it written or copied completely?",
        };
        if top {
            // JSON Lines: an unclosed bracket makes the scan swallow later lines, so it resumes at the next one
            self.resume_after_line(offset, line)?;
        } else {
            self.state = ScanState::End;
        }
        let rest = if top { "" } else { " (nothing after it could be read)" };
        Ok(Scanned::Broken { line, message: format!("{message}{rest}") })
    }

    /// Reports an unfinished list once, when the file ends inside of it.
    fn end_of_file(&mut self) -> Option<Scanned<'static>> {
        let complete = matches!(self.state, ScanState::Top | ScanState::End);
        self.state = ScanState::End;
        let message = "the file ends before its list does; was it written or copied completely?".to_owned();
        (!complete).then_some(Scanned::Broken { line: self.line, message })
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
        Ok(Scanned::Broken { line, message: "not JSON".to_owned() })
    }

    fn resume_after_line(&mut self, offset: u64, line: u64) -> Result<()> {
        self.reader.seek(SeekFrom::Start(offset))?;
        (self.offset, self.line) = (offset, line);
        self.skip_line()
    }

    fn skip_line(&mut self) -> Result<()> {
        while let Some(byte) = self.peek()? {
            self.bump(byte);
            if byte == b'\n' {
                break;
            }
        }
        Ok(())
    }

    /// Reads one value into the buffer. With `unwrap`, stops after the `[` of the key `Findings` in the outermost
    /// object.
    fn scan(&mut self, unwrap: bool) -> Result<Value> {
        self.buffer.clear();
        let (mut depth, mut in_string, mut escaped) = (0_u32, false, false);
        // the range of the last string in the outermost object: it is a key if a colon follows
        let (mut string_start, mut key) = (0, None);
        while let Some(byte) = self.peek()? {
            // numbers, true, false and null have no end mark of their own
            let scalar_ends = depth == 0 && !in_string && matches!(byte, b',' | b']' | b'}') && !self.buffer.is_empty();
            if scalar_ends {
                return Ok(Value::Complete);
            }
            if self.buffer.len() >= MAX_RECORD {
                return Ok(Value::TooLarge);
            }
            self.bump(byte);
            self.buffer.push(byte);
            if in_string {
                (in_string, escaped) = (escaped || byte != b'"', !escaped && byte == b'\\');
                if !in_string && depth == 1 {
                    key = Some(string_start..self.buffer.len() - 1);
                }
            } else {
                match byte {
                    b'"' => (in_string, string_start) = (true, self.buffer.len()),
                    b'[' if unwrap && depth == 1 && self.is_findings_key(key.clone()) => return Ok(Value::Wrapper),
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' => depth = depth.saturating_sub(1),
                    _ => {}
                }
            }
            if depth == 0 && !in_string && matches!(byte, b'}' | b']' | b'"') {
                return Ok(Value::Complete);
            }
        }
        Ok(Value::CutOff)
    }

    /// Returns whether the text before the bracket that was just read is `"Findings" :`, in any case.
    fn is_findings_key(&self, key: Option<std::ops::Range<usize>>) -> bool {
        let Some(key) = key else { return false };
        let between = self.buffer.get(key.end + 1..self.buffer.len() - 1).unwrap_or_default();
        let colon = between.trim_ascii() == b":";
        colon && self.buffer.get(key).is_some_and(|k| k.eq_ignore_ascii_case(b"findings"))
    }

    /// Skips white space, commas and a byte order mark. Returns the next byte without consuming it.
    fn skip_blanks(&mut self) -> Result<Option<u8>> {
        while let Some(byte) = self.peek()? {
            let blank =
                byte.is_ascii_whitespace() || byte == b',' || (self.offset < 3 && b"\xEF\xBB\xBF".contains(&byte));
            if !blank {
                return Ok(Some(byte));
            }
            self.bump(byte);
        }
        Ok(None)
    }

    fn peek(&mut self) -> Result<Option<u8>> {
        Ok(self.reader.fill_buf()?.first().copied())
    }

    fn bump(&mut self, byte: u8) {
        self.reader.consume(1);
        self.offset += 1;
        self.line += u64::from(byte == b'\n');
    }
}

fn is_next_token(key: &str) -> bool {
    key.eq_ignore_ascii_case("nexttoken")
}

fn is_json(bytes: &[u8]) -> bool {
    serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok()
}

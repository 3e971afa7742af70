//! Cuts a file into JSON records without reading it as a whole.
//!
//! Only brackets, strings and the keys of the outermost object are looked at; whether a record is JSON is the decoder's business.

use std::io::{BufRead, Result, Seek, SeekFrom};

/// Larger records are not findings: AWS allows 240 KB.
const MAX_RECORD: usize = 16 << 20;

/// What was found.
#[derive(Debug, PartialEq)]
pub(super) enum Scanned<'a> {
    /// The beginning of an array or of an object with findings in it.
    Container,
    /// A record.
    Record { offset: u64, line: u64, json: &'a [u8] },
    /// Something that is no record.
    Broken { line: u64, message: String },
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    /// Between the values of the file.
    Top,
    /// In an array of findings; `wrapped` if an object is around it.
    Array {
        wrapped: bool,
    },
    /// Behind the findings in the object around them.
    Wrapper,
    End,
}

/// Reads records from the start of `reader`.
#[derive(Debug)]
pub(super) struct JsonRecords<R> {
    reader: R,
    place: Place,
    offset: u64,
    line: u64,
    buffer: Vec<u8>,
}

/// How the scan of a value ended.
enum Value {
    Complete,
    /// It turned out to be an object around an array of findings.
    Wrapper,
    TooLarge,
    CutOff,
}

impl<R: BufRead + Seek> JsonRecords<R> {
    pub(super) fn new(reader: R) -> Self {
        Self { reader, place: Place::Top, offset: 0, line: 1, buffer: Vec::new() }
    }

    /// The next record, or `None` at the end.
    pub(super) fn next_record(&mut self) -> Result<Option<Scanned<'_>>> {
        loop {
            let Some(byte) = self.skip_blanks()? else { return Ok(self.end_of_file()) };
            match (self.place, byte) {
                (Place::End, _) => return Ok(None),
                (Place::Top, b'[') => {
                    self.bump(byte);
                    self.place = Place::Array { wrapped: false };
                    return Ok(Some(Scanned::Container));
                }
                (Place::Top, b'{') => return self.value().map(Some),
                (Place::Top, _) => return self.garbage().map(Some),
                (Place::Array { wrapped }, b']') => {
                    self.bump(byte);
                    self.place = if wrapped { Place::Wrapper } else { Place::Top };
                }
                (Place::Array { .. }, _) => return self.value().map(Some),
                (Place::Wrapper, b'}') => {
                    self.bump(byte);
                    self.place = Place::Top;
                }
                // further keys and values of the object around the findings, such as NextToken
                (Place::Wrapper, b'{' | b'[' | b'"') => {
                    if let Value::CutOff = self.scan(false)? {
                        return Ok(self.end_of_file());
                    }
                }
                (Place::Wrapper, _) => self.bump(byte),
            }
        }
    }

    /// Scans a value that begins here.
    fn value(&mut self) -> Result<Scanned<'_>> {
        let (offset, line, top) = (self.offset, self.line, self.place == Place::Top);
        let message = match self.scan(top)? {
            Value::Wrapper => {
                self.place = Place::Array { wrapped: true };
                return Ok(Scanned::Container);
            }
            Value::Complete if top && self.buffer.contains(&b'\n') && !is_json(&self.buffer) => {
                "not JSON: its brackets or quotes do not match"
            }
            Value::Complete => return Ok(Scanned::Record { offset, line, json: &self.buffer }),
            Value::TooLarge => "larger than any finding; its brackets or quotes do not match",
            Value::CutOff => "the file ends in the middle of a record; was it written or copied completely?",
        };
        if top {
            // a broken line of JSON Lines must not swallow the lines after it
            self.resume_after_line(offset, line)?;
        } else {
            self.place = Place::End;
        }
        let rest = if top { "" } else { " (nothing after it could be read)" };
        Ok(Scanned::Broken { line, message: format!("{message}{rest}") })
    }

    fn end_of_file(&mut self) -> Option<Scanned<'static>> {
        let complete = matches!(self.place, Place::Top | Place::End);
        self.place = Place::End;
        let message = "the file ends before its list does; was it written or copied completely?".to_owned();
        (!complete).then_some(Scanned::Broken { line: self.line, message })
    }

    /// Something that no record begins with: skips to the next line that may hold one.
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

    /// Reads one value into the buffer. With `unwrap`, stops behind the `[` of a key `Findings` of the outermost object.
    fn scan(&mut self, unwrap: bool) -> Result<Value> {
        self.buffer.clear();
        let (mut depth, mut in_string, mut escaped) = (0_u32, false, false);
        // where the last string of the outermost object began and ended: the key, if a colon follows
        let (mut string_start, mut key) = (0, None);
        while let Some(byte) = self.peek()? {
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

    /// Whether what stands before the bracket just read is `"Findings" :`, in any case.
    fn is_findings_key(&self, key: Option<std::ops::Range<usize>>) -> bool {
        let Some(key) = key else { return false };
        let between = self.buffer.get(key.end + 1..self.buffer.len() - 1).unwrap_or_default();
        let colon = between.trim_ascii() == b":";
        colon && self.buffer.get(key).is_some_and(|k| k.eq_ignore_ascii_case(b"findings"))
    }

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

fn is_json(bytes: &[u8]) -> bool {
    serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok()
}

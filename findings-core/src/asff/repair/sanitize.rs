//! Makes JSON out of texts that are almost JSON.

use std::fmt::Write as _;

/// Replaces what no JSON parser takes inside of values: half surrogates and broken escapes, control characters, and
/// numbers that are none, such as `NaN` or `1e999`, which become texts. Brackets and quotes stay as they are.
///
/// `keeps_halves`: half surrogates stay, because a parser that only skips texts takes them.
pub(in crate::asff) fn sanitize(json: &str, keeps_halves: bool) -> String {
    let mut out = String::with_capacity(json.len() + 64);
    let mut rest = json;
    while let Some(first) = rest.chars().next() {
        let len = match first {
            '"' => string(rest, keeps_halves, &mut out),
            '{' | '}' | '[' | ']' | ',' | ':' => verbatim(rest, 1, &mut out),
            c if c.is_whitespace() => verbatim(rest, c.len_utf8(), &mut out),
            _ => scalar(rest, &mut out),
        };
        rest = rest.get(len..).unwrap_or_default();
    }
    out
}

fn verbatim(text: &str, len: usize, out: &mut String) -> usize {
    out.push_str(text.get(..len).unwrap_or_default());
    len
}

/// Copies a number, true, false or null. Anything else becomes a text. Returns its length.
fn scalar(text: &str, out: &mut String) -> usize {
    let ends = |c: char| c.is_whitespace() || "{}[],:\"".contains(c);
    let len = text.find(ends).unwrap_or(text.len());
    let scalar = text.get(..len).unwrap_or_default();
    if matches!(scalar, "true" | "false" | "null") || serde_json::from_str::<f64>(scalar).is_ok() {
        out.push_str(scalar);
    } else {
        out.push_str(&serde_json::Value::from(scalar).to_string());
    }
    len
}

/// Copies a text with its quotes. Returns its length.
fn string(text: &str, keeps_halves: bool, out: &mut String) -> usize {
    out.push('"');
    let mut at = 1;
    while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
        at += match c {
            '"' => {
                out.push('"');
                return at + 1;
            }
            '\\' => escape(text.get(at..).unwrap_or_default(), keeps_halves, out),
            '\0'..='\x1f' => {
                // writing to a String cannot fail
                let _ = write!(out, "\\u{:04x}", u32::from(c));
                1
            }
            c => {
                out.push(c);
                c.len_utf8()
            }
        };
    }
    at
}

/// Copies an escape. Returns its length.
fn escape(text: &str, keeps_halves: bool, out: &mut String) -> usize {
    match text.as_bytes().get(1) {
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => verbatim(text, 2, out),
        Some(b'u') => match (code_unit(text), text.get(6..).and_then(code_unit)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => verbatim(text, 12, out),
            (Some(0xD800..=0xDFFF), _) if !keeps_halves => {
                out.push(char::REPLACEMENT_CHARACTER);
                6
            }
            (None, _) => {
                out.push(char::REPLACEMENT_CHARACTER);
                2
            }
            (Some(_), _) => verbatim(text, 6, out),
        },
        // the backslash itself, which the writer did not escape
        _ => {
            out.push_str("\\\\");
            1
        }
    }
}

/// Returns the UTF-16 code unit of an escape such as `\ud83d` at the start of the text.
fn code_unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    u16::from_str_radix(digits, 16).ok().filter(|_| digits.bytes().all(|b| b.is_ascii_hexdigit()))
}

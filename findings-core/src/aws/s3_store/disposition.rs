//! Formats the `Content-Disposition` header of a download (RFC 6266), which contains the file name for the browser.

/// Returns the header for the object itself: an ASCII name for every program, and the full name for programs that
/// support RFC 8187.
pub(super) fn attachment(name: &str) -> String {
    disposition("attachment", name)
}

/// Returns the header for an object that browsers show.
pub(super) fn inline(name: &str) -> String {
    disposition("inline", name)
}

fn disposition(kind: &str, name: &str) -> String {
    let name = clean(name);
    let fallback = format!("{kind}; filename=\"{}\"", ascii(&name));
    if is_plain(&name) { fallback } else { format!("{fallback}; filename*=UTF-8''{}", encoded(&name)) }
}

/// Returns the header for a link, with one form of the name only.
///
/// A link should be short and its characters are escaped once more. All current browsers support `filename*`.
pub(super) fn short_attachment(name: &str) -> String {
    let name = clean(name);
    if is_plain(&name) {
        format!("attachment; filename=\"{name}\"")
    } else {
        format!("attachment; filename*=UTF-8''{}", encoded(&name))
    }
}

/// Returns the name without characters that are unsafe in a header or misleading in a file name.
fn clean(name: &str) -> String {
    // characters that change the text direction can hide the real extension
    let is_mark = |c: char| matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    let name: String = name.chars().filter(|c| !is_mark(*c)).map(|c| if c.is_control() { '_' } else { c }).collect();
    let name = name.trim();
    if name.is_empty() { "report".to_owned() } else { name.to_owned() }
}

/// Returns whether the name needs no escaping or encoding. `%` needs it: some browsers decode `%41` in quoted names.
fn is_plain(name: &str) -> bool {
    name.chars().all(|c| (c.is_ascii_graphic() || c == ' ') && !matches!(c, '"' | '\\' | '%'))
}

fn ascii(name: &str) -> String {
    name.chars().map(|c| if is_plain(c.encode_utf8(&mut [0; 4])) { c } else { '_' }).collect()
}

/// Returns the name percent-encoded as in the `ext-value` of RFC 8187.
fn encoded(name: &str) -> String {
    let mut text = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push('%');
            text.push_str(&hex::encode_upper([byte]));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_keep_names_and_are_safe() {
        for (name, whole, short) in [
            ("Shop 2026.xlsx", "filename=\"Shop 2026.xlsx\"", "filename=\"Shop 2026.xlsx\""),
            (
                "決済 a.xlsx",
                "filename=\"__ a.xlsx\"; filename*=UTF-8''%E6%B1%BA%E6%B8%88%20a.xlsx",
                "filename*=UTF-8''%E6%B1%BA%E6%B8%88%20a.xlsx",
            ),
            (
                "a\"b\\%41.x",
                "filename=\"a_b__41.x\"; filename*=UTF-8''a%22b%5C%2541.x",
                "filename*=UTF-8''a%22b%5C%2541.x",
            ),
            ("a\r\nX: y", "filename=\"a__X: y\"", "filename=\"a__X: y\""),
            ("a\u{202E}xslx.exe", "filename=\"axslx.exe\"", "filename=\"axslx.exe\""),
            (" \u{202E} ", "filename=\"report\"", "filename=\"report\""),
        ] {
            assert_eq!(attachment(name), format!("attachment; {whole}"));
            assert_eq!(short_attachment(name), format!("attachment; {short}"));
        }
    }
}

//! Removes secrets from the texts of peers: relays, webhooks and services. A peer knows what was sent to it, and some
//! quote it. Every text of a peer passes [`Secrets::answer`] before it becomes part of an error, a log or a summary.

use percent_encoding::percent_decode_str;

#[cfg(any(feature = "ses", feature = "smtp"))]
use crate::Mail;

/// Shortest secret, in characters. Shorter texts occur by chance, and hiding them would hide the message.
const MIN_LENGTH: usize = 6;

/// Words that stand in every URL of a service and are no secrets.
const PUBLIC: [&str; 7] = ["services", "workflows", "triggers", "manual", "invoke", "webhook", "IncomingWebhook"];

/// Stands for a secret until the text is clean: a character that no peer uses. "[secret]" itself contains a word that can
/// be a secret.
const MARK: char = '\u{F8FF}';

/// The secrets that one peer knows, in all forms in which it could quote them.
#[derive(Clone, Default)]
pub(crate) struct Secrets {
    /// The longest first, because one can contain another.
    forms: Vec<String>,
}

impl Secrets {
    /// Returns the secrets of a URL that is itself one: user, password, path segments and values of the query.
    #[cfg(feature = "chat")]
    pub(crate) fn of_url(url: &str) -> Self {
        let mut secrets = Self::default();
        let (base, query) = split_query(url);
        let rest = base.split_once("://").map_or(base, |(_, rest)| rest);
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        if let Some((login, _)) = authority.rsplit_once('@') {
            let (user, password) = login.split_once(':').unwrap_or((login, ""));
            secrets.add_encoded(user);
            secrets.add_encoded(password);
        }
        path.split('/').for_each(|segment| secrets.add_encoded(segment));
        secrets.add_query(query);
        secrets.finish()
    }

    /// Returns the secrets of a login, each as it stands in a URL.
    #[cfg(feature = "smtp")]
    pub(crate) fn of_login(user: &str, password: &str) -> Self {
        let mut secrets = Self::default();
        secrets.add_encoded(user);
        secrets.add_encoded(password);
        secrets.finish()
    }

    /// Returns the secrets of a mail: its links.
    #[cfg(feature = "ses")]
    pub(crate) fn of_mail(mail: &Mail) -> Self {
        Self::default().with_mail(mail)
    }

    /// Adds the links of a mail.
    #[cfg(any(feature = "ses", feature = "smtp"))]
    pub(crate) fn with_mail(mut self, mail: &Mail) -> Self {
        let words = mail.text.split_whitespace();
        words.filter(|word| word.contains("://")).for_each(|link| self.add_link(link));
        self.finish()
    }

    /// Adds the part of a link that grants access: the values of the query or, if there is none, the last segment
    /// of the path. The other segments are names.
    #[cfg(any(feature = "ses", feature = "smtp"))]
    fn add_link(&mut self, link: &str) {
        // a link to a page can carry a second link behind the `#`, encoded
        if let Some((_, fragment)) = link.split_once('#') {
            let inner = percent_decode_str(fragment).decode_utf8_lossy();
            self.add_query(split_query(&inner).1);
        }
        match split_query(link) {
            (path, "") => self.add_encoded(path.rsplit('/').next().unwrap_or_default()),
            (_, query) => self.add_query(query),
        }
    }

    fn add_query(&mut self, query: &str) {
        query.split('&').filter_map(|pair| pair.split_once('=')).for_each(|(_, value)| self.add_encoded(value));
    }

    /// Adds a part of a URL as it stands there, and decoded.
    fn add_encoded(&mut self, part: &str) {
        self.add(part);
        let decoded = percent_decode_str(part).decode_utf8_lossy();
        if decoded != part {
            self.add(&decoded);
        }
    }

    fn add(&mut self, secret: &str) {
        if secret.chars().count() < MIN_LENGTH || PUBLIC.contains(&secret) {
            return;
        }
        self.forms.push(secret.to_owned());
        self.forms.extend([json_escaped(secret), html_escaped(secret)]);
        self.forms.extend((0..3).flat_map(|offset| {
            let standard = base64_at(offset, secret.as_bytes());
            [standard.replace('+', "-").replace('/', "_"), standard]
        }));
    }

    fn finish(mut self) -> Self {
        self.forms.sort_unstable_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        self.forms.dedup();
        self
    }

    /// Returns the text of a peer as one line of at most 500 characters, without these secrets and without links.
    pub(crate) fn answer(&self, text: &str) -> String {
        let hidden = self.forms.iter().fold(text.to_owned(), |text, form| hide(&text, form));
        let plain: String = hidden.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let words = plain.split(' ').filter(|word| !word.is_empty()).map(|word| {
            let lower = word.to_ascii_lowercase();
            // content filters quote links that they block
            if lower.contains("://") || lower.contains("x-amz-") { "[link]" } else { word }
        });
        let clean = words.collect::<Vec<_>>().join(" ").replace(MARK, "[secret]");
        // shortened last, because half a link may not look like one
        clean.chars().take(500).collect()
    }
}

fn split_query(url: &str) -> (&str, &str) {
    let url = url.split_once('#').map_or(url, |(url, _)| url);
    url.split_once('?').unwrap_or((url, ""))
}

/// Replaces every occurrence of `form`, in upper or lower case, by the mark.
fn hide(text: &str, form: &str) -> String {
    let (lower, form) = (text.to_ascii_lowercase(), form.to_ascii_lowercase());
    let (mut result, mut rest) = (String::new(), 0);
    // lower case in ASCII keeps all positions
    for (at, _) in lower.match_indices(&form) {
        result.push_str(&text[rest..at]);
        result.push(MARK);
        rest = at + form.len();
    }
    result + &text[rest..]
}

fn json_escaped(text: &str) -> String {
    serde_json::Value::from(text).to_string().trim_matches('"').to_owned()
}

fn html_escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Returns the digits in base64 that depend on `bytes` alone if they stand at this offset from a multiple of three, as
/// the password does behind the user in AUTH PLAIN. Without padding.
fn base64_at(offset: usize, bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bits = |digit: usize| {
        (digit * 6..digit * 6 + 6).fold(0, |value, bit| {
            let byte = bytes[bit / 8 - offset];
            value << 1 | usize::from(byte >> (7 - bit % 8) & 1)
        })
    };
    let (first, end) = ((offset * 8).div_ceil(6), (offset + bytes.len()) * 8 / 6);
    (first..end).map(|digit| char::from(DIGITS[bits(digit)])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answer_contains_no_links() {
        let said = "5.7.1 Blocked:\r\n<HTTPS://example.com/?X-Amz-Signature=1> see  &X-Amz-Date=2";
        assert_eq!(Secrets::default().answer(said), "5.7.1 Blocked: [link] see [link]");
    }

    #[test]
    #[cfg(any(feature = "ses", feature = "smtp"))]
    fn answer_contains_nothing_of_a_link_behind_a_link() {
        let mut secrets = Secrets::default();
        secrets.add_link("https://b.example/k?X-Amz-Signature=a1b2c3d4e5#put=https%3A//b.example/i%3FX-Amz-Signature%3Df6a7b8c9d0%26X-Amz-Security-Token%3DAAAA%252FBBBB");
        let secrets = secrets.finish();
        let said = "bad: a1b2c3d4e5 f6a7b8c9d0 AAAA/BBBB AAAA%2FBBBB";
        assert_eq!(secrets.answer(said), "bad: [secret] [secret] [secret] [secret]");
    }

    #[test]
    #[cfg(feature = "chat")]
    fn answer_contains_no_secret_in_any_form() {
        let secrets = Secrets::of_url("https://user12:p%40ss%22word@h.example/services/T0/geheim0?sig=abc%2Fdef&v=1.0");
        for (said, want) in [
            ("no /services/T0/geheim0", "no /services/T0/[secret]"),
            ("GEHEIM0 geheim0geheim0", "[secret] [secret][secret]"),
            ("sig abc%2fdef or abc/def", "sig [secret] or [secret]"),
            (r#"{"p":"p@ss\"word"}"#, r#"{"p":"[secret]"}"#),
            ("<p>p@ss&quot;word", "<p>[secret]"),
            // "geheim0" alone, padded, and in the safe alphabet; "user12" likewise
            ("Z2VoZWltMA== dXNlcjEy", "[secret]A== [secret]"),
            ("nothing here, T0 v=1.0", "nothing here, T0 v=1.0"),
        ] {
            assert_eq!(secrets.answer(said), want);
        }
        // AUTH PLAIN: a zero byte, the user, a zero byte, the password
        let plain = secrets.answer("535 AHVzZXIxMgBwQHNzIndvcmQ=");
        assert!(plain.starts_with("535 A") && plain.matches("[secret]").count() == 2, "{plain}");
        assert!(!plain.contains("NzIndvcm"), "{plain}");
    }

    #[test]
    fn secret_may_be_part_of_its_replacement() {
        let mut secrets = Secrets::default();
        secrets.add("secret");
        secrets.add("a secret word");
        assert_eq!(secrets.finish().answer("this is a secret word, Secret"), "this is [secret], [secret]");
    }

    #[test]
    fn base64_is_known_at_every_offset() {
        // "user12" behind nothing, "x" and "xy"
        for (offset, whole) in [(0, "dXNlcjEy"), (1, "eHVzZXIxMg=="), (2, "eHl1c2VyMTI=")] {
            let digits = base64_at(offset, b"user12");
            assert!(whole.contains(&digits) && digits.len() >= 7, "{digits} in {whole}");
        }
    }
}

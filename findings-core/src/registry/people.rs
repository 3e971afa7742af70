//! Parsing of the cells that name people: recipients and leads. Each error message says what to do.

use super::cells::{SEPARATORS, list};
use crate::csv_text::trim;
use crate::recipient::Recipient;

/// Returns the entries of a list like [`list`], but keeps a name in double quotes together: `"Sato; Taro"
/// <sato@example.com>` is one entry. A quote that is not closed is none.
pub(super) fn entries(cell: &str) -> impl Iterator<Item = &str> {
    let mut rest = cell;
    std::iter::from_fn(move || {
        let quoted = rest.trim_start().strip_prefix('"').and_then(|text| text.find('"').map(|end| &text[end + 1..]));
        let searched = quoted.unwrap_or(rest);
        let begin = rest.len() - searched.len();
        let (entry, next) = match searched.find(SEPARATORS) {
            Some(at) => {
                let width = searched[at..].chars().next().map_or(1, char::len_utf8);
                (&rest[..begin + at], &searched[at + width..])
            }
            None => (rest, ""),
        };
        let is_end = rest.is_empty();
        rest = next;
        (!is_end).then_some(entry)
    })
    .flat_map(|entry| if is_named(entry) { vec![trim(entry)] } else { list(entry).collect() })
}

/// Whether an entry ends with an address in angle brackets, and perhaps a choice.
fn is_named(entry: &str) -> bool {
    bracketed(trim(choice(entry).0)).is_some()
}

/// What separates a recipient from their choice: the bar, and the full-width one.
const BARS: [char; 2] = ['|', '｜'];

/// Splits an entry of recipients: `sato@example.com|critical` is a recipient and their choice. A bar before the `@` is part
/// of the address, and one in a name part of that.
pub(super) fn choice(entry: &str) -> (&str, Option<&str>) {
    let split = entry.rsplit_once(BARS).filter(|(_, choice)| !choice.contains(['@', '<', '>', '"']));
    let Some((recipient, last)) = split else { return (entry, None) };
    match choice(trim(recipient)) {
        // two choices are none that counts, and the recipient is told all the same
        (recipient, Some(_)) => (recipient, Some(entry)),
        (recipient, None) => (recipient, Some(trim(last))),
    }
}

/// The name and the address of `name <address>`, as mail programs write it.
fn bracketed(entry: &str) -> Option<(&str, &str)> {
    entry.strip_suffix('>')?.rsplit_once('<')
}

/// Reads a recipient: `sato@example.com`, or with a name before it, which is dropped: `佐藤 <sato@example.com>`.
pub(super) fn recipient(entry: &str) -> Result<Recipient, String> {
    let (name, address) = bracketed(entry).unwrap_or(("", entry));
    let recipient: Recipient = trim(address).parse().map_err(|error| format!("{error}"))?;
    // mail programs repeat an address that has no name
    let name = name.trim_matches(|c: char| c.is_whitespace() || c == '"' || c == '\'');
    // the name is not shown, because it may hold the URL of a webhook, which is a secret
    if name.contains(['@', '＠', ':', '<', '>']) && !name.eq_ignore_ascii_case(trim(address)) {
        return Err(format!(
            "another address or channel stands before <{recipient}>, so nobody of this entry is told; separate the entries with ';', and write names without '@', ':', '<' and '>'"
        ));
    }
    Ok(recipient)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_before_addresses_are_dropped() {
        for (entry, want) in [
            ("sato@example.com", "sato@example.com"),
            ("佐藤 <sato@example.com>", "sato@example.com"),
            ("佐藤　太郎<sato@example.com>", "sato@example.com"),
            ("\"Sato, Taro\" <sato@example.com>", "sato@example.com"),
            ("\"Sato \\\"T\\\" Taro\" <sato@example.com>", "sato@example.com"),
            ("Sato, Taro < sato@example.com >", "sato@example.com"),
            ("担当：佐藤 <sato@例え.jp>", "sato@xn--r8jz45g.jp"),
            ("'Sato@example.com' <sato@example.com>", "sato@example.com"),
            ("sato@例え.jp <sato@例え.jp>", "sato@xn--r8jz45g.jp"),
            ("<sato@example.com>", "sato@example.com"),
            ("Payments <slack:payments>", "slack:payments"),
        ] {
            assert_eq!(recipient(entry).unwrap().as_str(), want, "{entry}");
        }
    }

    #[test]
    fn an_entry_that_may_mean_several_is_refused() {
        for (entry, want) in [
            ("a@example.com <b@example.com>", "before <b@example.com>"),
            ("\"a@example.com\" <b@example.com>", "before <b@example.com>"),
            ("a＠example.com <b@example.com>", "before <b@example.com>"),
            ("a@example.com, Taro <b@example.com>", "before <b@example.com>"),
            ("Sato <a@example.com>, Suzuki <b@example.com>", "separate the entries with ';'"),
            ("slack:x Taro <b@example.com>", "before <b@example.com>"),
            ("https://hooks.slack.com/geheim <b@example.com>", "before <b@example.com>"),
            ("Ops <https://hooks.slack.com/geheim>", "not a channel"),
            ("佐藤 <佐藤@example.com>", "before the '@'"),
            ("佐藤 <>", "not a mail address"),
            ("佐藤 <sato>", "not a mail address"),
            ("Sato <sato@example.com> x", "not a mail address"),
            ("佐藤 sato@example.com>", "outside ASCII"),
            ("a@example.com\r\nBcc: b <c@example.com>", "before <c@example.com>"),
        ] {
            let error = recipient(entry).unwrap_err();
            assert!(error.contains(want) && !error.contains("geheim"), "{entry}: {error}");
        }
    }

    #[test]
    fn choices_stand_behind_the_recipient() {
        for (entry, want) in [
            ("a@x.jp", ("a@x.jp", None)),
            ("a@x.jp|critical", ("a@x.jp", Some("critical"))),
            ("佐藤 <a@x.jp> ｜ critical ", ("佐藤 <a@x.jp>", Some("critical"))),
            ("slack:payments|never", ("slack:payments", Some("never"))),
            ("a@x.jp|", ("a@x.jp", Some(""))),
            ("a@x.jp|critical|overdue", ("a@x.jp", Some("a@x.jp|critical|overdue"))),
            ("a|b@x.jp", ("a|b@x.jp", None)),
            ("a|b@x.jp|changes", ("a|b@x.jp", Some("changes"))),
            ("\"S|T\" <a@x.jp>", ("\"S|T\" <a@x.jp>", None)),
        ] {
            assert_eq!(choice(entry), want, "{entry}");
        }
        let cell = "\"S; T\" <a@x.jp>|critical; b@x.jp|never";
        assert_eq!(entries(cell).collect::<Vec<_>>(), ["\"S; T\" <a@x.jp>|critical", "b@x.jp|never"]);
    }

    #[test]
    fn names_in_quotes_hold_separators() {
        for (cell, want) in [
            ("a@x.jp; b@x.jp；c@x.jp;;", vec!["a@x.jp", "b@x.jp", "c@x.jp"]),
            ("\"S; T\" <a@x.jp>；\"U；V\" <b@x.jp>", vec!["\"S; T\" <a@x.jp>", "\"U；V\" <b@x.jp>"]),
            (" \"S;evil@x.jp;T\" <a@x.jp>", vec!["\"S;evil@x.jp;T\" <a@x.jp>"]),
            ("佐藤 <a@x.jp>;\"S\" <b@x.jp>;c@x.jp", vec!["佐藤 <a@x.jp>", "\"S\" <b@x.jp>", "c@x.jp"]),
            // not closed, or no name
            ("\"S; a@x.jp", vec!["\"S", "a@x.jp"]),
            ("\"a@x.jp\";\"b@x.jp; c@x.jp\"", vec!["\"a@x.jp\"", "\"b@x.jp", "c@x.jp\""]),
            ("", vec![]),
            (" ;；", vec![]),
        ] {
            assert_eq!(entries(cell).collect::<Vec<_>>(), want, "{cell}");
        }
    }
}

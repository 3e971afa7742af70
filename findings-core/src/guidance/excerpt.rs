//! The first sentence of a Markdown text, without markup.

/// The most characters of an excerpt.
const LONGEST: usize = 200;

/// Returns the first sentence of a text, at most 200 characters; `None` if it has none outside of headings and code.
pub(super) fn first_sentence(markdown: &str) -> Option<String> {
    let paragraph = first_paragraph(markdown)?;
    let end = sentence_end(&paragraph).unwrap_or(paragraph.len());
    let sentence = paragraph[..end].trim();
    if sentence.chars().count() <= LONGEST {
        return Some(sentence.to_owned());
    }
    let cut: String = sentence.chars().take(LONGEST - 1).collect();
    Some(format!("{}…", cut.trim_end()))
}

/// Returns the whole text without the marks of headings, emphasis, links and code.
pub(super) fn plain(markdown: &str) -> String {
    let mut is_code = false;
    let mut lines: Vec<String> = Vec::new();
    for line in markdown.lines() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
            continue;
        }
        let is_heading = line.starts_with('#') && line.trim_start_matches('#').starts_with(' ');
        let is_second_blank = line.trim().is_empty() && lines.last().is_none_or(String::is_empty);
        if is_code {
            lines.push(line.to_owned());
        } else if is_heading {
            lines.push(without_markup(line.trim_start_matches('#').trim()));
        } else if !is_second_blank {
            lines.push(without_markup(&without_brackets(line.trim_end())));
        }
    }
    lines.join("\n").trim().to_owned()
}

/// `<https://…>` → `https://…`
fn without_brackets(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find("<http") {
        let Some(end) = rest[at..].find('>') else { break };
        text.push_str(&rest[..at]);
        text.push_str(&rest[at + 1..at + end]);
        rest = &rest[at + end + 1..];
    }
    text + rest
}

/// The first paragraph or item of a list, in one line.
fn first_paragraph(markdown: &str) -> Option<String> {
    let mut paragraph = String::new();
    let mut is_code = false;
    for line in markdown.lines().map(str::trim) {
        let is_fence = line.starts_with("```");
        is_code ^= is_fence;
        let is_text = !(is_fence || is_code || line.is_empty() || line.starts_with('#') || line.starts_with('|'));
        let item = if is_text { item(line) } else { None };
        if !paragraph.is_empty() && (!is_text || item.is_some()) {
            break;
        }
        if is_text {
            join(&mut paragraph, &without_markup(item.unwrap_or(line)));
        }
    }
    Some(paragraph).filter(|text| !text.is_empty())
}

/// The text of an item of a list or of a quotation.
fn item(line: &str) -> Option<&str> {
    let bullet = ["- ", "* ", "+ ", "> "].into_iter().find_map(|mark| line.strip_prefix(mark));
    bullet.or_else(|| {
        let (number, rest) = line.split_once(['.', ')'])?;
        let is_number = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
        rest.strip_prefix(' ').filter(|_| is_number)
    })
}

/// Japanese lines are joined without a blank.
fn join(paragraph: &mut String, line: &str) {
    let is_wide = |c: Option<char>| c.is_some_and(|c| c >= '\u{3000}');
    let has_blank = !paragraph.is_empty() && !is_wide(paragraph.chars().last()) && !is_wide(line.chars().next());
    if has_blank {
        paragraph.push(' ');
    }
    paragraph.push_str(line);
}

/// `**Turn on** [it](https://…) with \`x\`` → Turn on it with x
fn without_markup(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut rest = line.replace("**", "").replace(['`'], "");
    while let Some((before, label, after)) = link(&rest) {
        text.push_str(before);
        text.push_str(label);
        rest = after.to_owned();
    }
    text.push_str(&rest);
    text
}

/// The first link of a text: what stands before it, its label, and what stands after it.
fn link(text: &str) -> Option<(&str, &str, &str)> {
    let middle = text.find("](")?;
    let start = text[..middle].rfind('[')?;
    let end = middle + text[middle..].find(')')?;
    Some((&text[..start], &text[start + 1..middle], &text[end + 1..]))
}

/// Where the first sentence ends, behind its last character.
fn sentence_end(text: &str) -> Option<usize> {
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map(|(_, next)| *next);
        let ends = match c {
            '。' | '！' | '？' => true,
            // "S3.8", "e.g." and version numbers end nothing
            '.' | '!' | '?' => next.is_none_or(char::is_whitespace) && !text[..at].ends_with("e.g"),
            _ => false,
        };
        if ends {
            return Some(at + c.len_utf8());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_sentence_has_no_markup_and_leaves_headings_and_code_out() {
        for (markdown, want) in [
            ("Turn on **Block Public Access**. Then wait.", "Turn on Block Public Access."),
            ("### Console\n\n```\ncode.\n```\n\n1. Open [S3](https://x.example/a(b).\n2. Next", "Open S3."),
            ("See S3.8 and v1.2 first\nand then\nthe rest! More", "See S3.8 and v1.2 first and then the rest!"),
            ("公開を止めます。\n次に確認します。", "公開を止めます。"),
            ("公開を\n止める", "公開を止める"),
            ("- one\n- two", "one"),
            ("no end", "no end"),
        ] {
            assert_eq!(first_sentence(markdown).as_deref(), Some(want), "{markdown}");
        }
        let whole = "### Console\n\n\nOpen **S3**, see <https://x.example/a> or [this](https://y.example).\n\n```sh\n  aws `x`\n```\n1. end\n";
        let want = "Console\n\nOpen S3, see https://x.example/a or this.\n\n  aws `x`\n1. end";
        assert_eq!(plain(whole), want);
        assert_eq!(first_sentence("## Heading\n\n```\ncode\n```\n"), None);
        let long = first_sentence(&"あ".repeat(500)).unwrap();
        assert_eq!((long.chars().count(), long.ends_with('…')), (LONGEST, true));
    }
}

//! Markdown of people as HTML: raw HTML stays text, and only links that are safe to click are links.

use pulldown_cmark::{CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

/// Renders a section. `page_of` returns the file of a control's page, for links between files such as `S3.8.md`.
pub(super) fn html_of(markdown: &str, page_of: &dyn Fn(&str) -> Option<String>) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    // one entry for each open link: whether it is one on the page
    let mut links = Vec::new();
    let events = Parser::new_ext(markdown, options).filter_map(|event| safe(event, &mut links, page_of));
    let mut out = String::with_capacity(markdown.len() * 2);
    html::push_html(&mut out, events);
    // the tags are ours alone, because all other text is escaped
    out.replace("<pre>", "<pre tabindex=\"0\">")
        .replace("<table>", "<div class=\"tables\"><table>")
        .replace("</table>", "</table></div>")
        .replace("<a href=\"http", "<a rel=\"noopener noreferrer\" href=\"http")
}

fn safe<'a>(event: Event<'a>, links: &mut Vec<bool>, page_of: &dyn Fn(&str) -> Option<String>) -> Option<Event<'a>> {
    Some(match event {
        Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
        Event::Start(Tag::HtmlBlock) => Event::Start(Tag::Paragraph),
        Event::End(TagEnd::HtmlBlock) => Event::End(TagEnd::Paragraph),
        Event::Start(Tag::Heading { level, .. }) => {
            Event::Start(Tag::Heading { level: below(level), id: None, classes: Vec::new(), attrs: Vec::new() })
        }
        Event::End(TagEnd::Heading(level)) => Event::End(TagEnd::Heading(below(level))),
        Event::Start(Tag::Link { link_type, dest_url, id, .. }) => {
            let url = target(&dest_url, page_of);
            // an address between angle brackets gets its scheme from the renderer
            let url =
                if matches!(link_type, pulldown_cmark::LinkType::Email) { Some(dest_url.to_string()) } else { url };
            links.push(url.is_some());
            let dest_url: CowStr<'a> = url?.into();
            Event::Start(Tag::Link { link_type, dest_url, title: "".into(), id })
        }
        Event::End(TagEnd::Link) if links.pop() != Some(true) => return None,
        // no picture is loaded from anywhere: its description stays as text
        Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => return None,
        other => other,
    })
}

/// Headings of the page itself are of levels 1 and 2.
fn below(level: HeadingLevel) -> HeadingLevel {
    level.max(HeadingLevel::H3)
}

/// Where a link leads; `None` if it is not safe, or leads nowhere.
fn target(url: &str, page_of: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    if findings_core::console::linkable(url).is_some() || url.starts_with("mailto:") {
        return Some(url.to_owned());
    }
    let name = url.strip_prefix("./").unwrap_or(url);
    let stem = name.strip_suffix(".md").or_else(|| name.strip_suffix(".html"))?;
    let stem = stem.strip_suffix(".ja").or_else(|| stem.strip_suffix(".en")).unwrap_or(stem);
    page_of(stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(markdown: &str) -> String {
        html_of(markdown, &|control| (control == "S3.8").then(|| "S3.8.html".to_owned()))
    }

    #[test]
    fn html_and_scripts_stay_text() {
        for hostile in [
            "<script>alert(1)</script>",
            "text <img src=x onerror=alert(1)> more",
            "<div onclick=\"x\">\n\n</div>",
            "<style>body{display:none}</style>",
            "<!-- comment -->",
            "<iframe src=\"https://x.example\"></iframe>",
            "`<b>` and <b>bold</b>",
        ] {
            let html = html(hostile);
            let tags: Vec<&str> = html.split('<').skip(1).map(|tag| tag.split(['>', ' ']).next().unwrap()).collect();
            let own = ["p", "/p", "code", "/code"];
            assert!(tags.iter().all(|tag| own.contains(tag)), "{hostile} → {html}");
        }
        assert!(html("<script>alert(1)</script>").contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    }

    #[test]
    fn only_safe_links_are_links() {
        for (markdown, want) in [
            (
                "[a](https://x.example/?q=1&r)",
                "<a rel=\"noopener noreferrer\" href=\"https://x.example/?q=1&amp;r\">a</a>",
            ),
            ("<https://x.example>", "<a rel=\"noopener noreferrer\" href=\"https://x.example\">https://x.example</a>"),
            ("<a@example.com>", "<a href=\"mailto:a@example.com\">a@example.com</a>"),
            ("[see](S3.8.md) [ja](./S3.8.ja.md)", "<a href=\"S3.8.html\">see</a> <a href=\"S3.8.html\">ja</a>"),
            ("[a](javascript:alert(1))", "a"),
            ("[a](data:text/html,x)", "a"),
            ("[a](EC2.1.md)", "a"),
            ("[a](/etc/passwd) [b](//x.example)", "a b"),
            ("![a picture](https://x.example/a.png)", "a picture"),
        ] {
            assert_eq!(html(markdown), format!("<p>{want}</p>\n"), "{markdown}");
        }
    }

    #[test]
    fn headings_are_below_those_of_the_page_and_code_can_be_reached_by_keyboard() {
        let html = html("# A\n\n## B\n\n#### C\n\n```sh\na <b> & c\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n");
        for want in [
            "<h3>A</h3>",
            "<h3>B</h3>",
            "<h4>C</h4>",
            "<pre tabindex=\"0\"><code class=\"language-sh\">a &lt;b&gt; &amp; c",
        ] {
            assert!(html.contains(want), "{want}: {html}");
        }
        assert!(html.contains("<div class=\"tables\"><table>") && html.contains("</table></div>"));
    }
}

//! Tests that texts from findings and registries have no effect as headers, HTML or template syntax.

use findings_core::Locale;

use crate::{incomplete, read};

const HOSTILE: &str = "a\r\nBcc: eve@example.com\u{2028}b\u{85}c\u{0}\u{202e}<script>alert('x')</script>\
                       \"><img src=x onerror=alert(1)>{{ 7*191 }}{% include 'layout.html' %}{# note #}&lt;";

#[test]
fn mail_shows_markup_as_text() {
    for locale in Locale::ALL {
        let mut n = incomplete(locale);
        HOSTILE.clone_into(&mut n.project);
        n.contact = Some(HOSTILE.to_owned());
        n.certainty.problems[1].detail = HOSTILE.to_owned();
        n.certainty.problems[0].region = Some(HOSTILE.to_owned());
        let mail = read(&n);
        let names: Vec<_> = mail.headers.iter().map(|(name, _)| name.as_str()).collect();
        let expected = [
            "From",
            "To",
            "Subject",
            "Date",
            "Message-ID",
            "Auto-Submitted",
            "X-Auto-Response-Suppress",
            "Content-Language",
            "List-Id",
            "MIME-Version",
            "Content-Type",
        ];
        assert_eq!(names, expected, "no header was added");
        // project, contact (twice), detail and Region, and the project once more in the HTML title
        let text = "a Bcc: eve@example.com b c <script>alert('x')</script>\"><img src=x onerror=alert(1)>{{ 7*191 }}";
        assert_eq!(mail.text.matches(text).count(), 5, "{}", mail.text);
        assert!(mail.subject().contains("a Bcc: eve@example.com b c <script"), "{}", mail.subject());
        for evil in ["<script", "<img", "1337"] {
            assert!(!mail.html.contains(evil), "{evil} in {}", mail.html);
        }
        let escaped = "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot;&gt;&lt;img src=x";
        assert_eq!(mail.html.matches(escaped).count(), 6, "{}", mail.html);
        assert!(mail.html.contains("{% include &#39;layout.html&#39; %}{# note #}&amp;lt;"), "{}", mail.html);
    }
}

#[test]
fn link_is_escaped_in_attribute() {
    let mut n = incomplete(Locale::En);
    let link = n.link.as_mut().unwrap();
    link.url = findings_core::Secret::new("https://example.com/?a=1&b=\"><script>alert(1)</script>".to_owned());
    let html = read(&n).html;
    assert!(!html.contains("<script>"));
    assert!(html.contains("href=\"https://example.com/?a=1&amp;b=&quot;&gt;&lt;script"), "{html}");
}

#[test]
fn long_name_is_cut_in_subject_only() {
    let mut n = incomplete(Locale::En);
    n.project = "p".repeat(250);
    let mail = read(&n);
    assert!(
        mail.subject().starts_with(&format!("[Security Hub] {}…: INCOMPLETE", "p".repeat(59))),
        "{}",
        mail.subject()
    );
    assert!(mail.text.contains(&n.project));
}

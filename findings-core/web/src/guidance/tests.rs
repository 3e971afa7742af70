use findings_core::desk::Contacts;

use super::*;

const HOSTILE: &str = "</script><script>alert(1)</script> <img src=x onerror=alert(2)> \u{202e}x {{ 7*7 }}";

fn guidance(files: &[(&str, String)]) -> Guidance {
    Guidance::from_markdown(files.iter().map(|(name, text)| ((*name).to_owned(), text.clone().into_bytes()))).unwrap()
}

fn page<'a>(pages: &'a [GuidancePage], name: &str) -> &'a str {
    &pages.iter().find(|page| page.name == name).unwrap().html
}

#[test]
fn each_control_has_a_page_with_its_languages_and_sections() {
    let guidance = guidance(&[
        (
            "S3.8.en.md",
            "---\ntitle: Private buckets\nreviewed: 2026-11-01\n---\n## Fix\nSee [keys](KMS.4.md).\n".into(),
        ),
        ("S3.8.ja.md", "---\ntitle: 非公開\nreviewed: 2026-10-01\n---\n## 対処手順\n有効にします。\n".into()),
        ("KMS.4.md", "## Meaning\nKeys\n## Contact\n#keys\n".into()),
        ("EC2.2.md", "---\ndraft: true\n---\n## Meaning\nsecret draft\n".into()),
    ]);
    let pages =
        GuidancePages::new(Locale::Ja).with_contacts(Contacts::from("desk@example.com")).render(&guidance).unwrap();
    let names: Vec<&str> = pages.iter().map(|page| page.name.as_str()).collect();
    assert_eq!(names, ["index.html", "KMS.4.html", "S3.8.html"]);
    let buckets = page(&pages, "S3.8.html");
    assert!(buckets.contains("<html lang=\"ja\">") && buckets.contains("<title>S3.8 非公開</title>"));
    for want in [
        "<article id=\"en\" lang=\"en\">",
        "<article id=\"ja\" lang=\"ja\">",
        "<h2 id=\"ja-fix\">対処手順</h2>",
        "<a href=\"KMS.4.html\">keys</a>",
        "Reviewed on 2026-10-01",
        "desk@example.com",
    ] {
        assert!(buckets.contains(want), "{want}: {buckets}");
    }
    let keys = page(&pages, "KMS.4.html");
    assert_eq!(keys.matches("<article").count(), 1, "a text for all languages stands there once");
    assert!(keys.contains("#keys") && !keys.contains("desk@example.com"), "the control's own contact");
    let index = page(&pages, "index.html");
    assert!(index.contains("<a href=\"S3.8.html\">S3.8</a>") && index.contains("有効にします。"));
    assert!(pages.iter().all(|page| !page.html.contains("secret draft")));
}

#[test]
fn texts_of_people_are_never_markup() {
    let text = format!("---\ntitle: {HOSTILE}\n---\n## Fix\n{HOSTILE}\n\n```\n{HOSTILE}\n```\n## Contact\n{HOSTILE}\n");
    let pages =
        GuidancePages::new(Locale::En).with_contacts(Contacts::from(HOSTILE)).render(&guidance(&[("S3.8.md", text)]));
    for page in pages.unwrap() {
        assert_eq!(page.html.matches("<script").count(), 3, "data, texts and the page's own: {}", page.name);
        assert_eq!(page.html.matches("</script>").count(), 3, "{}", page.name);
        assert!(!page.html.contains("<img") && !page.html.contains('\u{202e}'), "{}", page.name);
        assert!(page.html.contains("default-src 'none'; style-src 'sha256-"), "{}", page.name);
        assert!(!page.html.contains(" style=") && !page.html.contains("onclick="), "{}", page.name);
    }
}

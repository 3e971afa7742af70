use super::*;

fn problems(read: Result<Guidance>) -> String {
    let error = read.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    error.report()
}

fn files(files: &[(&str, &str)]) -> Result<Guidance> {
    Guidance::from_markdown(files.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())))
}

#[test]
fn text_in_the_readers_language_takes_precedence() {
    let csv = "\u{feff}Control,locale,meaning,contact\nS3.8,,Public buckets,#cloud\ns3.8,ja,\"公開\nバケット\",\nIAM.4,ja,鍵,\n";
    let guidance = Guidance::from_csv(csv.as_bytes()).unwrap();
    assert_eq!(guidance.controls(), 2);
    assert_eq!(guidance.part("S3.8", GuidancePart::Meaning, Locale::Ja), Some("公開\nバケット"));
    assert_eq!(guidance.part("S3.8", GuidancePart::Meaning, Locale::En), Some("Public buckets"));
    assert_eq!(
        guidance.part("S3.8", GuidancePart::Contact, Locale::Ja),
        Some("#cloud"),
        "a text for all languages is for Japanese too"
    );
    assert_eq!(
        guidance.part("IAM.4", GuidancePart::Meaning, Locale::En),
        Some("鍵"),
        "another language is better than none"
    );
    assert_eq!(guidance.part("S3.8", GuidancePart::Fix, Locale::En), None);
    assert_eq!(guidance.part("EC2.1", GuidancePart::Fix, Locale::En), None);
}

#[test]
fn csv_error_lists_all_mistakes_with_their_lines() {
    let csv = "control,fix,locale\nS3.8,a,\nS3.8,b,\n,c,\nEC2.1,,\nEC2.2,x,fr\nEC2.3,x,ja,y\nEC2.4,\"x\n";
    let text = problems(Guidance::from_csv(csv.as_bytes()));
    for want in [
        "line 3: S3.8 was there already (line 2)",
        "line 4: \"\" is not a control",
        "line 5: nothing is said about EC2.1",
        "line 6: \"fr\" is not a language",
        "line 7: the row has more fields",
    ] {
        assert!(text.contains(want), "{want}: {text}");
    }
    for (csv, want) in [
        ("", "it is empty"),
        ("control,fix\n", "it says nothing about any control"),
        ("controls,fix\nS3.8,a\n", "line 1: the column \"controls\" is not known"),
        ("fix\na\n", "line 1: there is no column \"control\""),
        ("control,fix,fix\nS3.8,a,b\n", "line 1: the column \"fix\" is there twice"),
        ("PK\u{3}\u{4}", "Excel workbook"),
    ] {
        let text = problems(Guidance::from_csv(csv.as_bytes()));
        assert!(text.contains(want), "{want}: {text}");
    }
}

#[test]
fn csv_may_be_shift_jis() {
    let (shift_jis, _, _) = encoding_rs::SHIFT_JIS.encode("control,fix\nS3.8,公開を止める\n");
    let guidance = Guidance::from_csv(&shift_jis).unwrap();
    assert_eq!(guidance.part("S3.8", GuidancePart::Fix, Locale::Ja), Some("公開を止める"));
}

#[test]
fn markdown_sections_are_parts() {
    let page = "# S3.8 in our organisation\n\n## Meaning\nAnybody can read.\n\n## How to fix it here\n```\n## not a heading\n```\n### Steps\n1. x\n## Whom to ask\n#cloud\n";
    let guidance =
        files(&[("S3.8.md", page), ("S3.8.ja.md", "## 対処手順\n止める\n"), ("README.md", "x"), ("a.txt", "x")]);
    let guidance = guidance.unwrap();
    let part = |part, locale| guidance.part("S3.8", part, locale);
    assert_eq!(part(GuidancePart::Meaning, Locale::En), Some("Anybody can read."));
    assert_eq!(part(GuidancePart::Fix, Locale::En), Some("```\n## not a heading\n```\n### Steps\n1. x"));
    assert_eq!(part(GuidancePart::Fix, Locale::Ja), Some("止める"));
    assert_eq!(part(GuidancePart::Contact, Locale::Ja), Some("#cloud"));
}

#[test]
fn markdown_error_lists_all_mistakes_with_file_and_line() {
    let text = problems(files(&[
        ("S3.8.md", "text\n## Meanning\n## Fix\na\n## Fix\nb\n"),
        ("notes.md", "## Fix\na\n"),
        ("EC2.1.md", "## Fix\n\n"),
    ]));
    for want in [
        "S3.8.md, line 1: this text stands in no section",
        "S3.8.md, line 2: \"Meanning\" is not a section",
        "S3.8.md, line 5: this section is there twice",
        "notes.md: \"notes\" is not a control",
        "EC2.1.md: nothing is said about EC2.1",
    ] {
        assert!(text.contains(want), "{want}: {text}");
    }
}

#[test]
fn front_matter_names_title_and_review_and_keeps_drafts_from_readers() {
    let page = "---\ntitle: \"Private buckets\"\nreviewed: 2026-11-01\n---\n# S3.8\n## Fix\nTurn it **on**. Wait.\n";
    let guidance = files(&[
        ("S3.8.md", page),
        ("S3.8.ja.md", "---\nreviewed: 2026-10-01\n---\n## 対処手順\n有効にします。待ちます。\n"),
        ("EC2.2.md", "---\ndraft: true\n---\n## Meaning\nto write\n"),
        ("KMS.4.md", "## Fires\nDaily.\n"),
    ])
    .unwrap();
    assert_eq!(guidance.title("s3.8", Locale::En), Some("Private buckets"));
    assert_eq!(guidance.reviewed("S3.8"), Some("2026-10-01".parse().unwrap()), "the language that was not looked at");
    assert_eq!(guidance.reviewed("KMS.4"), None);
    assert_eq!((guidance.controls(), guidance.drafts().collect::<Vec<_>>()), (2, vec!["EC2.2"]));
    assert_eq!(guidance.part("EC2.2", GuidancePart::Meaning, Locale::En), None, "a draft is shown to nobody");
    let sentence = |control, locale| guidance.first_sentence(control, locale);
    assert_eq!(sentence("S3.8", Locale::En).as_deref(), Some("Turn it on."));
    assert_eq!(sentence("S3.8", Locale::Ja).as_deref(), Some("有効にします。"));
    assert_eq!(sentence("KMS.4", Locale::En).as_deref(), Some("Daily."));
    assert!(guidance.has(GuidancePart::Fires) && !guidance.has(GuidancePart::Sources));
    assert_eq!(guidance.names().collect::<Vec<_>>(), ["KMS.4", "S3.8"]);
    assert_eq!(files(&[("EC2.2.md", "---\ndraft: true\n---\n## Meaning\nx\n")]).unwrap().controls(), 0);
}

#[test]
fn mistakes_in_front_matter_are_named_with_file_and_line() {
    let text = problems(files(&[
        ("S3.8.md", "---\ntitel: x\nreviewed: soon\n\ndraft: maybe\njust text\ntitle: a\ntitle: b\n---\n## Fix\na\n"),
        ("EC2.1.md", "---\ntitle: never ends\n## Fix\na\n"),
    ]));
    for want in [
        "S3.8.md, line 2: \"titel\" is not a field of the front matter",
        "S3.8.md, line 3: \"soon\" is not a date",
        "S3.8.md, line 5: \"maybe\" is neither true nor false",
        "S3.8.md, line 6: \"just text\" is no line of a front matter",
        "S3.8.md, line 8: the field \"title\" is there twice",
        "EC2.1.md, line 1: the front matter has no end",
    ] {
        assert!(text.contains(want), "{want}: {text}");
    }
    let text = problems(Guidance::from_csv("control,fix,reviewed\nS3.8,a,soon\n".as_bytes()));
    assert!(text.contains("line 2: \"soon\" is not a date"), "{text}");
}

#[test]
fn a_text_in_another_language_says_so_and_pages_have_links() {
    let guidance = files(&[("CloudFront.1.ja.md", "## 対処手順\n設定します。\n"), ("S3.8.md", "## Fix\na\n")]).unwrap();
    let fix = |control, locale| guidance.told(control, GuidancePart::Fix, locale).unwrap().into_owned();
    assert_eq!(fix("CloudFront.1", Locale::En), "設定します。 (Japanese only)");
    assert_eq!((fix("CloudFront.1", Locale::Ja), fix("S3.8", Locale::Ja)), ("設定します。".into(), "a".into()));
    assert_eq!(
        (guidance.languages("cloudfront.1"), guidance.languages("S3.8")),
        (vec![Locale::Ja], Locale::ALL.to_vec())
    );
    assert_eq!(guidance.link("S3.8", Locale::En), None, "it is published nowhere");
    let guidance = guidance.with_site(Some("https://wiki.example.com/aws/".parse().unwrap()));
    let link = guidance.link("CLOUDFRONT.1", Locale::Ja);
    assert_eq!(link.as_deref(), Some("https://wiki.example.com/aws/CloudFront.1.html#ja"), "as the file spells it");
    assert_eq!(guidance.link("EC2.2", Locale::En), None, "there is no such page");
    for bad in ["wiki.example.com", "https://", "https://a b", "https://x.example/?q=1", "https://u@x.example"] {
        assert!(bad.parse::<GuidanceSite>().is_err(), "{bad}");
    }
}

#[test]
fn missing_file_is_named_in_the_error() {
    let error = Guidance::read(Path::new("/nonexistent/guidance.csv")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.report().contains("/nonexistent/guidance.csv"), "{}", error.report());
}

#[test]
fn guidance_has_a_limit() {
    let folder = tempfile::tempdir().unwrap();
    let refusal = |path: &Path| {
        let error = Guidance::read(path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
        error.to_string()
    };
    let file = folder.path().join("guidance.csv");
    std::fs::File::create(&file).unwrap().set_len(csv_text::MAX_BYTES as u64 + 1).unwrap();
    assert!(refusal(&file).contains("it has more than 64 MiB; check"));
    // together
    for name in ["S3.1.md", "S3.2.md"] {
        std::fs::File::create(folder.path().join(name)).unwrap().set_len(csv_text::MAX_BYTES as u64 / 2 + 1).unwrap();
    }
    assert!(refusal(folder.path()).contains("more than 10,000 Markdown files or 64 MiB of them"));
    let many = tempfile::tempdir().unwrap();
    let write = |n: usize| std::fs::write(many.path().join(format!("S3.{n}.md")), "## Fix\nx\n").unwrap();
    (1..=Guidance::MAX_FILES).for_each(write);
    assert_eq!(Guidance::read(many.path()).unwrap().controls(), Guidance::MAX_FILES);
    write(Guidance::MAX_FILES + 1);
    assert!(refusal(many.path()).contains("more than 10,000 Markdown files"));
}

//! Writes the guidance of a folder as a site, and prints its size and how long it took.
//!
//! ```text
//! cargo run -p findings-web --all-features --example guidance_site -- OUT GUIDANCE [LANGUAGE]
//! ```
//!
//! GUIDANCE is a folder of Markdown files, or `hostile`.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Instant;

use findings_core::Locale;
use findings_core::guidance::Guidance;
use findings_web::GuidancePages;

/// A text that breaks pages which do not escape, and layouts that do not wrap.
const HOSTILE: &str =
    "</script><script>alert(1)</script><img src=x onerror=alert(2)> \u{202e}gpj.exe {{ 7*7 }} [a](javascript:alert(3))";

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let out: PathBuf = arguments.next().ok_or("give the folder of the site")?.into();
    let folder = arguments.next().ok_or("give the folder of the guidance")?;
    let locale: Locale = arguments.next().as_deref().unwrap_or("en").parse()?;
    let guidance = if folder == "hostile" { hostile()? } else { Guidance::read(Path::new(&folder))? };
    let start = Instant::now();
    let pages = GuidancePages::new(locale).with_contacts("Cloud desk <desk@example.com>".into()).render(&guidance)?;
    let bytes: usize = pages.iter().map(|page| page.html.len()).sum();
    println!("{}: {} pages, {bytes} bytes, {:?}", out.display(), pages.len(), start.elapsed());
    std::fs::create_dir_all(&out)?;
    for page in pages {
        std::fs::write(out.join(page.name), page.html)?;
    }
    Ok(())
}

fn hostile() -> findings_core::Result<Guidance> {
    let text = HOSTILE.repeat(5);
    let file = format!(
        "---\ntitle: {text}\n---\n## Fix\n{text}\n\n```\n{text}\n```\n\n| a | b |\n|---|---|\n| {HOSTILE} | x |\n"
    );
    Guidance::from_markdown([("S3.8.md".to_owned(), file.into_bytes())])
}

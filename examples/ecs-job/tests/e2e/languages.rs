//! What readers are told stands in the folders of the languages, and nothing else knows a language.

use std::path::Path;

use findings_core::Locale;

use crate::support::{files, workspace};

/// Where a language may be named: its own folder, tests, and samples.
const FREE: [&str; 9] = [
    "/languages/",
    "/tests/",
    "/tests.rs",
    "/testing/",
    "/browser/",
    "/examples/",
    "/fixtures/",
    "/sample.rs",
    "/node_modules/",
];

/// The sources that are searched, with the kinds of their files.
const SOURCES: [(&str, &[&str]); 8] = [
    ("findings-core/src", &["rs"]),
    ("findings-core/enrollment/src", &["rs"]),
    ("findings-core/web/src", &["rs"]),
    ("findings-core/web/script", &["js"]),
    ("findings-core/web/templates", &["html"]),
    ("findings-notify", &["rs", "html", "txt"]),
    ("findings-xlsx", &["rs"]),
    ("examples/ecs-job/src", &["rs", "html"]),
];

/// Returns the places in a file that name a language. Comments, examples of documentation and tests may.
fn named(path: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap();
    let code = text.split("#[cfg(test)]").next().unwrap();
    let is_code = |line: &str| !["//", "#[doc"].iter().any(|start| line.trim_start().starts_with(start));
    let names: Vec<String> = Locale::ALL
        .iter()
        .flat_map(|locale| [format!("Locale::{locale:?}"), format!("\"{locale}\""), format!("'{locale}'")])
        .collect();
    let lines = code.lines().enumerate().filter(|(_, line)| is_code(line));
    let bad = lines.filter(|(_, line)| names.iter().any(|name| line.contains(name.as_str())));
    bad.map(|(number, line)| format!("{}, line {}: {}", path.display(), number + 1, line.trim())).collect()
}

#[test]
fn no_code_outside_of_the_folders_knows_a_language() {
    let root = workspace();
    let mut searched = 0;
    let mut bad = Vec::new();
    for (folder, extensions) in SOURCES {
        for path in extensions.iter().flat_map(|extension| files(&root.join(folder), extension)) {
            // in the folder `examples`, the job itself is no sample
            let shown = path.strip_prefix(&root).unwrap().to_string_lossy().replace("examples/ecs-job/", "ecs-job/");
            if !FREE.iter().any(|free| format!("/{shown}").contains(free)) {
                searched += 1;
                bad.extend(named(&path));
            }
        }
    }
    assert!(searched > 400, "{searched}");
    assert!(bad.is_empty(), "move it into core/languages:\n{}", bad.join("\n"));
}

/// A page that the gateway itself returns cannot be made by the job.
#[test]
fn pages_of_the_gateway_are_in_every_language() {
    let template = std::fs::read_to_string(workspace().join("examples/ecs-job/deploy/links.yaml")).unwrap();
    for locale in Locale::ALL {
        assert_eq!(template.matches(&format!("<section lang=\"{locale}\"")).count(), 4, "{locale}");
    }
}

/// The options and columns that take a language name all of them.
#[test]
fn documents_name_every_language() {
    for page in ["docs/operate.md", "docs/ja/README.md", "README.md"] {
        let text = std::fs::read_to_string(workspace().join(page)).unwrap();
        for locale in Locale::ALL {
            assert!(text.contains(&format!("`{locale}`")), "{page}: {locale}");
        }
    }
    let codes = |between: &str| Locale::ALL.map(Locale::as_str).join(between);
    for (file, listed) in [("src/options.rs", codes(" | ")), ("deploy/template.yaml", format!("[{}]", codes(", ")))] {
        let text = std::fs::read_to_string(workspace().join("examples/ecs-job").join(file)).unwrap();
        assert!(text.contains(&listed), "{file}: {listed}");
    }
}

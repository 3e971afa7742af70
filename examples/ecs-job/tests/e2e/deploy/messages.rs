//! `docs/messages.md` lists every message that the programs can print. The texts are read from the source, so source
//! and tables cannot diverge.
//! `docs/ja/messages.md` has the same rows.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::support::{files, workspace};

/// Sources without messages: texts of workbooks, mails and drafts of guidance, the help, the output of `plan` and `organisation`, and texts
/// that only tests and embedding programs see.
const LEFT_OUT: [&str; 14] = [
    "/languages/",
    "/memory",
    "/sample.rs",
    "/testing/",
    "/tests/",
    "/wording",
    "/words.rs",
    "ecs-job/src/options.rs",
    "ecs-job/src/organisation/",
    "ecs-job/src/plan",
    "ecs-job/src/progress.rs",
    "findings-core/web/src/policy.rs",
    "guidance/skeleton.rs",
    "rendering/advice.rs",
];

/// Minimum number of words of a message. Shorter texts mean nothing without their context.
const WORDS: usize = 4;

/// A statement or a part of one: its code without string literals, and the literals.
#[derive(Default)]
struct Statement {
    code: String,
    texts: Vec<String>,
}

/// A minimal lexer that separates string literals from code.
struct Lexer<'a> {
    rest: &'a str,
}

impl<'a> Lexer<'a> {
    fn take(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(bytes);
        self.rest = rest;
        taken
    }

    /// Takes everything up to and including `end`, or the rest if it is missing.
    fn take_to(&mut self, end: &str) -> &'a str {
        let bytes = self.rest.find(end).map_or(self.rest.len(), |at| at + end.len());
        self.take(bytes)
    }

    /// Returns whether a raw string such as `r#"…"#` is next, and not an identifier such as `r#type`.
    fn is_raw_text(&self) -> bool {
        self.rest.strip_prefix('r').is_some_and(|after| after.trim_start_matches('#').starts_with('"'))
    }

    fn raw_text(&mut self) -> String {
        let hashes = self.rest[1..].chars().take_while(|c| *c == '#').count();
        let end = format!("\"{}", "#".repeat(hashes));
        self.take(hashes + 2);
        let text = self.take_to(&end);
        text[..text.len() - end.len()].to_owned()
    }

    fn text(&mut self) -> String {
        self.take(1);
        let mut text = String::new();
        loop {
            let bytes = self.rest.find(['"', '\\']).expect("the text ends");
            text.push_str(self.take(bytes));
            if self.take(1) == "\"" {
                return text;
            }
            match self.take(1) {
                "n" => text.push('\n'),
                // an escaped line break continues the literal
                "\n" => {
                    let blanks = self.rest.len() - self.rest.trim_start().len();
                    self.take(blanks);
                }
                other => text.push_str(other),
            }
        }
    }

    /// Takes a character literal, or the tick of a lifetime.
    fn letter(&mut self) {
        let mut after = self.rest.char_indices().skip(1);
        match (after.next(), after.next()) {
            (Some((_, '\\')), _) => {
                self.take(3);
                self.take_to("'")
            }
            (_, Some((at, '\''))) => self.take(at + 1),
            _ => self.take(1),
        };
    }

    fn statement(&mut self) -> Option<Statement> {
        let mut found = Statement::default();
        while let Some(next) = self.rest.chars().next() {
            if self.rest.starts_with("//") {
                self.take_to("\n");
            } else if self.is_raw_text() {
                let text = self.raw_text();
                found.add(text);
            } else if next == '"' {
                let text = self.text();
                found.add(text);
            } else if next == '\'' {
                self.letter();
            } else {
                self.take(next.len_utf8());
                if matches!(next, ';' | '{' | '}') {
                    return Some(found);
                }
                found.code.push(if next.is_whitespace() { ' ' } else { next });
            }
        }
        (!found.texts.is_empty()).then_some(found)
    }
}

impl Statement {
    fn add(&mut self, text: String) {
        let code = self.code.trim_end();
        if !["reason =", "ignore =", "value_name ="].iter().any(|attribute| code.ends_with(attribute)) {
            self.texts.push(text);
        }
        self.code.push_str("\"\"");
    }

    /// Returns whether the texts are messages. Logs are full sentences, and errors that they quote are listed on their
    /// own.
    fn is_printed(&self) -> bool {
        let macros = ["info!", "warn!", "debug!", "trace!", "error!", "println!"];
        !macros.iter().any(|name| self.code.contains(name))
    }
}

/// Replaces placeholders by `…` and runs of white space by one blank.
fn normal(text: &str) -> String {
    let text = text.replace("{{", "\u{1}").replace("}}", "\u{2}");
    let filled = without_braces(&text).replace('\u{1}', "{").replace('\u{2}', "}");
    without_braces(&filled).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn without_braces(text: &str) -> String {
    let mut parts = text.split('{');
    let mut result = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once('}') {
            Some((_, after)) => result.extend(["…", after]),
            None => result.extend(["{", part]),
        }
    }
    result
}

/// Returns whether the text is an expression of SQL or DynamoDB, or a part of a workbook.
fn is_code(text: &str) -> bool {
    let verbs = ["SELECT ", "INSERT ", "UPDATE ", "DELETE ", "PRAGMA ", "SET ", "attribute_not_exists"];
    text.starts_with('<') || text.contains(" = :") || verbs.iter().any(|verb| text.starts_with(verb))
}

fn texts_of(path: &Path) -> BTreeSet<String> {
    let source = std::fs::read_to_string(path).unwrap();
    let code = source.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let mut lexer = Lexer { rest: code };
    let mut found = BTreeSet::new();
    while let Some(statement) = lexer.statement() {
        if statement.is_printed() {
            found.extend(statement.texts.iter().map(|text| normal(text)).filter(|text| !is_code(text)));
        }
    }
    found
}

/// Returns all messages of the programs.
fn texts() -> BTreeSet<String> {
    let root = workspace();
    let crates = [
        "findings-core",
        "findings-core/enrollment",
        "findings-core/web",
        "findings-notify",
        "findings-xlsx",
        "findings-xlsx/returned",
        "examples/ecs-job",
    ];
    let sources = crates.iter().flat_map(|name| files(&root.join(name).join("src"), "rs"));
    let is_left_out = |path: &PathBuf| {
        let path = path.to_str().unwrap();
        path.ends_with("/tests.rs") || LEFT_OUT.iter().any(|part| path.contains(part))
    };
    sources.filter(|path| !is_left_out(path)).flat_map(|path| texts_of(&path)).collect()
}

fn page(name: &str) -> String {
    std::fs::read_to_string(workspace().join(name)).unwrap()
}

/// Returns the first cell of each table row, and the number of its cells.
fn rows(page: &str) -> Vec<(&str, usize)> {
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `").map(|_| &line[2..]));
    rows.map(|row| (row.split(" | ").next().unwrap(), row.split(" | ").count())).collect()
}

/// Returns the messages in the first column of the tables.
fn told() -> BTreeSet<String> {
    let page = page("docs/messages.md");
    let messages = rows(&page).into_iter().flat_map(|(cell, _)| cell.split("<br>"));
    messages.map(|message| normal(message.trim_matches('`'))).collect()
}

#[test]
fn tables_list_every_message() {
    let (texts, told) = (texts(), told());
    let is_message = |text: &&String| {
        text.split(' ').count() >= WORDS && text.as_bytes().windows(2).any(|two| two.iter().all(u8::is_ascii_lowercase))
    };
    let missing: Vec<_> = texts.iter().filter(is_message).filter(|text| !told.contains(*text)).collect();
    assert!(
        missing.is_empty(),
        "messages missing in docs/messages.md; add each with its cause and its cure: {missing:#?}"
    );
    let stale: Vec<_> = told.difference(&texts).collect();
    assert!(stale.is_empty(), "messages in docs/messages.md that nothing prints; remove them: {stale:#?}");
    assert!(told.len() > 300, "the tables were not read: {}", told.len());
}

#[test]
fn japanese_tables_have_same_rows() {
    let [english, japanese] = ["docs/messages.md", "docs/ja/messages.md"].map(page);
    let (english, japanese) = (rows(&english), rows(&japanese));
    for row in &english {
        assert!(
            japanese.contains(row),
            "docs/ja/messages.md lacks this row of docs/messages.md; copy its first cell, and say cause and cure in Japanese: {}",
            row.0
        );
    }
    for row in &japanese {
        assert!(
            english.contains(row),
            "docs/ja/messages.md has a row that docs/messages.md does not have; change or remove it: {}",
            row.0
        );
    }
    assert_eq!(
        english, japanese,
        "the rows stand in another order; bring docs/ja/messages.md into that of docs/messages.md"
    );
}

//! The guides in both languages have the same commands, the same ten steps, and the costs that the script computes.

use std::process::Command;

use super::python;
use super::template::{TEMPLATES, Template};
use crate::support::{files, workspace};

/// Returns a page in English and in Japanese.
fn both(name: &str) -> [String; 2] {
    ["docs", "docs/ja"].map(|folder| std::fs::read_to_string(workspace().join(folder).join(name)).unwrap())
}

fn pages() -> [String; 2] {
    both("deploy.md")
}

/// Returns the fenced code blocks with their languages.
fn blocks(page: &str) -> Vec<&str> {
    let parts: Vec<&str> = page.split("\n```").collect();
    assert_eq!(parts.len() % 2, 1, "a block is not closed");
    parts.into_iter().skip(1).step_by(2).collect()
}

#[test]
fn guides_have_same_code_blocks() {
    for name in ["deploy.md", "enroll.md", "recover.md"] {
        let [english, japanese] = both(name);
        assert_eq!(blocks(&english), blocks(&japanese), "docs/ja/{name} differs from docs/{name}");
    }
    for page in pages() {
        let steps = (1..=11).take_while(|n| page.contains(&format!("\n**{n}. "))).count();
        assert_eq!(steps, 10);
    }
}

/// Returns what a script of the deployment prints.
fn printed(script: &str, args: &[&str]) -> String {
    let script = workspace().join("examples/ecs-job/deploy").join(script);
    let done = Command::new("python3").arg(script).args(args).output().expect("python3");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

#[test]
fn guide_costs_match_script() {
    let table = printed("costs.py", &["10", "100", "1000"]);
    assert_eq!(table.lines().count(), 5);
    assert!(table.contains("| links |"), "the stack of the links costs something, too");
    for page in pages() {
        assert!(page.contains(&table), "paste this:\n{table}");
    }
}

#[test]
fn costs_of_sources_match_script() {
    let sizes = ["10000:100", "1000000:2000", "100000000:10000"];
    let printed = printed("sources.py", &sizes);
    assert_eq!(printed.lines().count(), 2 + 3 * 4 + 2);
    for page in both("sources.md") {
        assert!(page.contains(&format!("sources.py {}", sizes.join(" "))));
        assert!(page.contains(&printed), "paste this:\n{printed}");
    }
}

#[test]
fn costs_of_stages_match_script() {
    let sizes = ["1000000:2000:4", "5000000:5000:20", "100000000:10000:100"];
    let printed = printed("scale.py", &sizes);
    assert_eq!(printed.lines().count(), 2 + 3 * 2);
    let page = std::fs::read_to_string(workspace().join("docs/scale.md")).unwrap();
    assert!(page.contains(&format!("scale.py {}", sizes.join(" "))));
    assert!(page.contains(&printed), "paste this:\n{printed}");
}

#[test]
#[ignore = "needs the emulators: .ci/test"]
fn aws_commands_match_apis_and_template() {
    let script = workspace().join("examples/ecs-job/tests/e2e/deploy/commands.py");
    let mut args = vec![script];
    args.extend(TEMPLATES.map(Template::path_of));
    args.push(workspace().join("README.md"));
    args.extend(files(&workspace().join("docs"), "md"));
    let args: Vec<&str> = args.iter().map(|path| path.to_str().unwrap()).collect();
    let done = python("python", &args);
    let [faults, seen] = [done.stdout, done.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    assert!(done.status.success() && faults.is_empty(), "{faults}{seen}");
    let seen: usize = seen.trim().trim_end_matches(" commands").parse().unwrap();
    assert!(seen > 60, "the pages were not read: {seen} commands");
}

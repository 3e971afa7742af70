//! The script that makes a release, in a repository of its own.

use std::path::Path;
use std::process::{Command, Output};

use crate::support::workspace;

const CHANGELOG: &str =
    "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- A thing.\n\n## [0.1.0] - 2026-01-01\n\n- The first.\n";

fn git(dir: &Path, args: &[&str]) -> String {
    let who = ["-c", "user.name=A", "-c", "user.email=a@example.com"];
    let done = Command::new("git").current_dir(dir).args(who).args(args).output().unwrap();
    assert!(done.status.success(), "{args:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

/// Returns a repository with a workspace of two crates, and a package for Python.
fn repository() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write(
        "Cargo.toml",
        "[workspace]\nmembers = [\"a\", \"b\"]\nresolver = \"3\"\n\n[workspace.package]\nversion = \"0.1.0\"\n\n\
         [workspace.dependencies]\na = { path = \"a\", version = \"0.1.0\" }\n",
    );
    for (name, dependencies) in [("a", ""), ("b", "\n[dependencies]\na.workspace = true\n")] {
        let package = format!("[package]\nname = \"{name}\"\nversion.workspace = true\nedition = \"2024\"\n");
        write(&format!("{name}/Cargo.toml"), &format!("{package}{dependencies}"));
        write(&format!("{name}/src/lib.rs"), "");
    }
    let named = |name: &str, version: &str| format!("[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n");
    write(
        "findings-xlsx/python/Cargo.toml",
        &format!("{}\n[workspace]\n", named("p", "0.1.0").replace("[[package]]", "[package]")),
    );
    write("findings-xlsx/python/Cargo.lock", &(named("findings-core", "0.1.0") + &named("other", "0.1.0")));
    write("CHANGELOG.md", CHANGELOG);
    let made = Command::new("cargo").current_dir(dir.path()).args(["generate-lockfile", "--offline"]).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    git(dir.path(), &["init", "--quiet", "--initial-branch=main"]);
    git(dir.path(), &["add", "--all"]);
    git(dir.path(), &["commit", "--quiet", "--message", "start"]);
    dir
}

fn release(dir: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(workspace().join(".ci/release"));
    command.current_dir(dir).args(args).env("RELEASE_DATE", "2026-11-23");
    for (name, value) in [("NAME", "A"), ("EMAIL", "a@example.com")] {
        command.env(format!("GIT_AUTHOR_{name}"), value).env(format!("GIT_COMMITTER_{name}"), value);
    }
    command.output().unwrap()
}

fn refused(dir: &Path, args: &[&str]) -> String {
    let done = release(dir, args);
    assert_eq!(done.status.code(), Some(2), "{args:?}");
    String::from_utf8(done.stderr).unwrap()
}

#[test]
fn release_is_shown_and_then_made() {
    let dir = repository();
    let shown = release(dir.path(), &["0.2.0"]);
    let text = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert!(shown.status.success(), "{}", String::from_utf8_lossy(&shown.stderr));
    assert!(text.contains("+## [0.2.0] - 2026-11-23") && text.contains("nothing was changed"), "{text}");
    assert!(git(dir.path(), &["status", "--porcelain"]).is_empty() && git(dir.path(), &["tag"]).is_empty());

    let made = release(dir.path(), &["0.2.0", "--apply"]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let read = |name: &str| std::fs::read_to_string(dir.path().join(name)).unwrap();
    assert_eq!(read("CHANGELOG.md"), CHANGELOG.replace("ed]\n", "ed]\n\n## [0.2.0] - 2026-11-23\n"));
    assert_eq!((read("Cargo.toml").matches("0.2.0").count(), read("Cargo.toml").matches("0.1.0").count()), (2, 0));
    assert_eq!(read("Cargo.lock").matches("version = \"0.2.0\"").count(), 2);
    let versions = |name: &str| ["0.2.0", "0.1.0"].map(|version| read(name).matches(version).count());
    assert_eq!(versions("findings-xlsx/python/Cargo.toml"), [1, 0]);
    assert_eq!(versions("findings-xlsx/python/Cargo.lock"), [1, 1], "a crate of another's keeps its version");
    assert_eq!(git(dir.path(), &["log", "-1", "--format=%s"]), "workspace: version 0.2.0\n");
    let tag = git(dir.path(), &["tag", "--list", "--format=%(contents)", "v0.2.0"]);
    assert!(tag.contains("### Added") && tag.contains("A thing.") && !tag.contains("The first."), "{tag}");
    assert!(git(dir.path(), &["status", "--porcelain"]).is_empty());
    assert!(refused(dir.path(), &["0.3.0"]).contains("says nothing of this release"));
}

#[test]
fn release_that_makes_no_sense_is_refused() {
    let dir = repository();
    for (args, wanted) in [
        (&[][..], "name the version"),
        (&["v0.2.0"], "name the version"),
        (&["0.2.0", "--force"], "unknown option"),
        (&["0.0.9"], "is older than 0.1.0"),
        (&["0.1.0"], "a section 0.1.0 already"),
    ] {
        let said = refused(dir.path(), args);
        assert!(said.contains(wanted), "{args:?}: {said}");
    }
    git(dir.path(), &["tag", "v0.2.0"]);
    assert!(refused(dir.path(), &["0.2.0"]).contains("is there already"));
    std::fs::write(dir.path().join("new"), "").unwrap();
    assert!(refused(dir.path(), &["0.3.0"]).contains("not committed"));
}

//! The container image: built by the script, unpacked like a container engine does, and run as the container's user on
//! a read-only root.
//!
//! `FINDINGS_TEST_IMAGE` is the path of the released image that `image.sh` wrote. Without it, the same script packs the
//! binary of the tests with documents about two crates, and the shared libraries that it needs are copied to the unpacked
//! image.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use asff_fixtures::{Findings, Organisation};
use jiff::Timestamp;
use security_hub_simulator::{Aggregator, Simulator};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::template::Template;
use crate::support::{Done, project_reports, workspace};

const OWN: &str = env!("CARGO_BIN_EXE_ecs-job");

/// Runs a program and returns its stdout.
#[track_caller]
fn sh(program: impl AsRef<Path>, args: &[&Path]) -> String {
    let program = program.as_ref();
    let done = Command::new(program).args(args).output().unwrap_or_else(|e| panic!("{}: {e}", program.display()));
    assert!(done.status.success(), "{}: {}", program.display(), String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

fn script() -> PathBuf {
    workspace().join("examples/ecs-job/deploy/image.sh")
}

fn pack(binary: &Path, documents: &Path, output: &Path) -> String {
    let [dynamic, given, about, to] = ["--dynamic", "--binary", "--documents", "--output"].map(Path::new);
    sh(script(), &[dynamic, given, binary, about, documents, to, output])
}

/// Returns the version of a crate in Cargo.lock.
fn locked(name: &str) -> String {
    let lock = std::fs::read_to_string(workspace().join("Cargo.lock")).unwrap();
    let after = lock.split(&format!("name = \"{name}\"\nversion = \"")).nth(1).unwrap_or_else(|| panic!("{name}"));
    after.split('"').next().unwrap().to_owned()
}

/// Writes documents as those of a build, about two crates and one that only builds them.
fn write_documents(dir: &Path) {
    let component = |name: &str| json!({"type": "library", "bom-ref": name, "name": name, "version": locked(name)});
    let mut built = component("cc");
    built["properties"] = json!([{"name": "cdx:rustc:dependency_kind", "value": "build"}]);
    let components: Vec<String> =
        [component("aws-sdk-securityhub"), built, component("rusqlite")].iter().map(in_order).collect();
    let sbom = format!(r#"{{"bomFormat":"CycloneDX","specVersion":"1.3","components":[{}]}}"#, components.join(","));
    std::fs::create_dir_all(dir).unwrap();
    std::fs::write(dir.join("sbom.cdx.json"), sbom).unwrap();
    let crates = ["aws-sdk-securityhub", "rusqlite"].map(|name| format!("crate: {name} {}\n", locked(name)));
    std::fs::write(dir.join("third-party-notices.txt"), format!("{}\nPermission is hereby\n", crates.concat()))
        .unwrap();
}

/// Returns a component with its members in the order of auditable2cdx, on which the script relies.
fn in_order(component: &Value) -> String {
    let members = ["type", "bom-ref", "name", "version", "properties"].into_iter();
    let known = members.filter_map(|name| component.get(name).map(|value| format!("\"{name}\":{value}")));
    format!("{{{}}}", known.collect::<Vec<_>>().join(","))
}

/// Returns the file of a descriptor, after its digest was checked.
fn blob(layout: &Path, descriptor: &Value) -> PathBuf {
    let digest = descriptor["digest"].as_str().unwrap().strip_prefix("sha256:").unwrap();
    let path = layout.join("blobs/sha256").join(digest);
    assert!(sh("sha256sum", &[&path]).starts_with(digest));
    assert_eq!(descriptor["size"], std::fs::metadata(&path).unwrap().len());
    path
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// An unpacked image, and the volume of its scratch folder.
struct Container {
    dir: TempDir,
    config: Value,
    /// Mode, owner and name of each entry.
    listing: Vec<String>,
}

/// Returns the image, built once for all tests, and whether it holds the binary of the tests.
fn image() -> (&'static Path, bool) {
    static PACKED: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    static GIVEN: OnceLock<Option<PathBuf>> = OnceLock::new();
    if let Some(given) = GIVEN.get_or_init(|| std::env::var_os("FINDINGS_TEST_IMAGE").map(PathBuf::from)) {
        return (given, false);
    }
    let (_, image) = PACKED.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        let (binary, image) = (dir.path().join("ecs-job"), dir.path().join("image"));
        // without debug information, which takes a minute to compress
        sh("strip", &["-o".as_ref(), &binary, OWN.as_ref()]);
        let documents = dir.path().join("documents");
        write_documents(&documents);
        pack(&binary, &documents, &image);
        (dir, image)
    });
    (image, true)
}

impl Container {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (image, needs_libraries) = image();
        let layout = image.join("oci");
        let manifest = json(&blob(&layout, &json(&layout.join("index.json"))["manifests"][0]));
        let layer = blob(&layout, &manifest["layers"][0]);
        let container = Self { config: json(&blob(&layout, &manifest["config"])), listing: listing(&layer), dir };
        std::fs::create_dir(container.root()).unwrap();
        sh("tar", &["--no-same-owner".as_ref(), "-xpzf".as_ref(), &layer, "-C".as_ref(), &container.root()]);
        if needs_libraries {
            container.add_libraries();
        }
        std::fs::create_dir(container.volume()).unwrap();
        std::fs::set_permissions(container.volume(), PermissionsExt::from_mode(0o1777)).unwrap();
        container
    }

    fn root(&self) -> PathBuf {
        self.dir.path().join("root")
    }

    /// Returns the folder that is mounted at `/tmp`.
    fn volume(&self) -> PathBuf {
        self.dir.path().join("volume")
    }

    fn add_libraries(&self) {
        let needed = sh("ldd", &[OWN.as_ref()]);
        for library in needed.split_whitespace().filter(|word| word.starts_with('/')) {
            let to = self.root().join(&library[1..]);
            std::fs::create_dir_all(to.parent().unwrap()).unwrap();
            std::fs::copy(library, to).unwrap();
        }
    }

    /// Starts the entry point as Fargate does: the image's user and environment, a read-only root, `/tmp` writable.
    fn run(&self, args: &[&str], env: &BTreeMap<&str, String>) -> Done {
        let script = "mount --bind \"$1\" \"$1\" && mount --bind \"$2\" \"$1/tmp\" && mount -o remount,bind,ro \"$1\" && root=$1 user=$3 group=$4 \
                      && shift 4 && exec unshare --map-user=\"$user\" --map-group=\"$group\" --root=\"$root\" --wd=/tmp \"$@\"";
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let config = &self.config["config"];
        let user = text(&config["User"]);
        let (user, group) = user.split_once(':').unwrap();
        let mut command = Command::new("unshare");
        command.args(["--map-root-user", "--mount", "sh", "-c", script, "sh"]);
        command.arg(self.root()).arg(self.volume()).args([user, group]);
        command.args(config["Entrypoint"].as_array().unwrap().iter().map(text)).args(args);
        command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").env("AWS_EC2_METADATA_DISABLED", "true");
        for variable in config["Env"].as_array().unwrap() {
            let variable = text(variable);
            let (name, value) = variable.split_once('=').unwrap();
            command.env(name, value);
        }
        command.envs(env).output().unwrap().into()
    }
}

/// Returns lines such as `drwxr-xr-x 0/0 etc/`, without sizes and times.
fn listing(layer: &Path) -> Vec<String> {
    let columns = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        format!("{} {} {}", words[0], words[1], words[5])
    };
    let all = sh("tar", &["--numeric-owner".as_ref(), "-tvzf".as_ref(), layer]);
    all.lines().map(columns).collect()
}

#[test]
#[ignore = "needs user namespaces: .ci/test"]
fn image_holds_program_roots_scratch_folder_and_documents() {
    let container = Container::new();
    assert_eq!(
        container.listing,
        [
            "-rwxr-xr-x 0/0 ecs-job",
            "drwxr-xr-x 0/0 etc/",
            "drwxr-xr-x 0/0 etc/ssl/",
            "drwxr-xr-x 0/0 etc/ssl/certs/",
            "-rw-r--r-- 0/0 etc/ssl/certs/ca-certificates.crt",
            "drwxrwxrwt 0/0 tmp/",
            "drwxr-xr-x 0/0 usr/",
            "drwxr-xr-x 0/0 usr/share/",
            "drwxr-xr-x 0/0 usr/share/doc/",
            "drwxr-xr-x 0/0 usr/share/doc/ecs-job/",
            "-rw-r--r-- 0/0 usr/share/doc/ecs-job/LICENSE-APACHE",
            "-rw-r--r-- 0/0 usr/share/doc/ecs-job/LICENSE-MIT",
            "-rw-r--r-- 0/0 usr/share/doc/ecs-job/sbom.cdx.json",
            "-rw-r--r-- 0/0 usr/share/doc/ecs-job/third-party-notices.txt",
        ]
    );
    let config = &container.config["config"];
    assert_eq!(config["User"], "65532:65532");
    assert_eq!(config["Entrypoint"], json!(["/ecs-job"]));
    assert_eq!(config["Volumes"], json!({"/tmp": {}}));
    let roots = "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt";
    assert_eq!(config["Env"], json!([roots]));
    let file = workspace().join("examples/ecs-job/deploy/Dockerfile");
    let file = std::fs::read_to_string(file).unwrap();
    for line in [r#"ENTRYPOINT ["/ecs-job"]"#, r#"VOLUME ["/tmp"]"#, "USER 65532:65532", &format!("ENV {roots}")] {
        assert!(file.lines().any(|l| l == line), "the Dockerfile does not contain: {line}");
    }
}

#[test]
fn image_says_which_crates_are_in_it_and_under_which_licences() {
    let container = Container::new();
    let about = container.root().join("usr/share/doc/ecs-job");
    let read = |name: &str| std::fs::read_to_string(about.join(name)).unwrap();
    let (sbom, notices) = (json(&about.join("sbom.cdx.json")), read("third-party-notices.txt"));
    assert_eq!((&sbom["bomFormat"], &sbom["specVersion"]), (&json!("CycloneDX"), &json!("1.3")));
    // the same program must give the same image
    assert!(sbom.get("serialNumber").is_none() && sbom["metadata"].get("timestamp").is_none(), "{}", sbom["metadata"]);
    let components = sbom["components"].as_array().unwrap();
    let version = |name: &str| components.iter().find(|c| c["name"] == name).map(|c| c["version"].as_str().unwrap());
    assert_eq!(version("aws-sdk-securityhub"), Some(&*locked("aws-sdk-securityhub")));
    assert_eq!((version("mockall"), version("criterion")), (None, None), "only tests and benches need them");
    for component in components.iter().filter(|c| c["properties"][0]["value"] != "build") {
        let [name, version] = ["name", "version"].map(|member| component[member].as_str().unwrap());
        assert!(notices.lines().any(|line| line == format!("crate: {name} {version}")), "{name} {version}");
    }
    assert!(notices.contains("Permission is hereby"), "the texts of the licences are there");
    let machine = workspace().display().to_string();
    assert!(!sbom.to_string().contains(&machine) && !notices.contains(&machine));
    for name in ["LICENSE-APACHE", "LICENSE-MIT"] {
        assert_eq!(read(name), std::fs::read_to_string(workspace().join(name)).unwrap());
    }
}

/// What the build writes into the program, and the bill of materials is made of.
#[test]
fn list_of_crates_is_that_of_the_program_and_not_of_its_tests() {
    let list = |target: &str| {
        let script =
            "root=$1 target_dir=$1/target; . \"$root/examples/ecs-job/deploy/documents.sh\"; list_crates \"$2\"";
        let root = workspace();
        let args: [&Path; 5] = ["-euc".as_ref(), script.as_ref(), "bash".as_ref(), &root, target.as_ref()];
        serde_json::from_str::<Value>(&sh("bash", &args)).unwrap()
    };
    let crates = list("x86_64-unknown-linux-gnu");
    assert_eq!(crates, list("x86_64-unknown-linux-gnu"), "the same every time");
    let crates = crates["crates"].as_array().unwrap();
    let find = |name: &str| {
        let named = |id: &Value| id.as_str().unwrap().split('#').nth(1).unwrap().starts_with(&format!("{name}@"));
        crates.iter().position(|one| named(&one["id"]))
    };
    let sdk = format!("aws-sdk-securityhub@{}", locked("aws-sdk-securityhub"));
    assert!(crates[find("aws-sdk-securityhub").unwrap()]["id"].as_str().unwrap().ends_with(&sdk));
    for absent in ["mockall", "criterion", "asff-fixtures", "security-hub-simulator", "mailparse"] {
        assert_eq!(find(absent), None, "{absent}");
    }
    let kinds = |name: &str| {
        let number = find(name).unwrap();
        let needed = crates.iter().flat_map(|one| one["dependencies"].as_array().unwrap());
        needed.filter(|d| d["index"] == number).map(|d| d["kind"].as_str().unwrap()).collect::<BTreeSet<_>>()
    };
    assert_eq!(kinds("findings-core"), BTreeSet::from(["normal"]));
    // a macro, and what compiles SQLite
    assert_eq!((kinds("serde_derive"), kinds("cc")), (BTreeSet::from(["build"]), BTreeSet::from(["build"])));
    assert!(!json!(crates).to_string().contains(&workspace().display().to_string()));
}

#[test]
fn image_script_refuses_documents_that_do_not_fit() {
    let dir = tempfile::tempdir().unwrap();
    let [sbom, notices] = ["sbom.cdx.json", "third-party-notices.txt"].map(|name| dir.path().join("about").join(name));
    let refused = |change: &dyn Fn()| {
        write_documents(&dir.path().join("about"));
        change();
        let mut command = Command::new(script());
        command.args(["--dynamic", "--binary", "/bin/sh", "--documents"]).arg(dir.path().join("about"));
        let done = command.arg("--output").arg(dir.path().join("image")).output().unwrap();
        (done.status.code(), String::from_utf8(done.stderr).unwrap())
    };
    let replace = |path: &Path, from: &str, to: &str| {
        let text = std::fs::read_to_string(path).unwrap();
        assert!(text.contains(from), "{text}");
        std::fs::write(path, text.replace(from, to)).unwrap();
    };
    assert_eq!(refused(&|| ()), (Some(0), String::new()));
    let machine = format!("{}/src", workspace().display());
    let cases: [(&dyn Fn(), &str); 6] = [
        (&|| std::fs::remove_file(&sbom).unwrap(), "must have sbom.cdx.json"),
        (&|| replace(&sbom, "library", "file"), "names no crate"),
        (&|| replace(&notices, "crate: rusqlite", "rusqlite"), "lacks the notices of: rusqlite"),
        (&|| replace(&notices, "crate: rusqlite", "crate: mockall 1\ncrate: rusqlite"), "names what is not in"),
        (&|| replace(&sbom, "\"CycloneDX\"", &format!("\"{machine}\"")), "of this machine"),
        (&|| replace(&notices, "hereby", &machine), "of this machine"),
    ];
    for (change, wanted) in cases {
        let (code, said) = refused(change);
        assert!(code == Some(2) && said.contains(wanted), "{wanted}: {code:?} {said}");
    }
}

#[test]
fn image_without_documents_is_announced() {
    let dir = tempfile::tempdir().unwrap();
    let done = Command::new(script())
        .args(["--dynamic", "--binary", "/bin/sh", "--root"])
        .arg(dir.path().join("root"))
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    assert!(String::from_utf8_lossy(&done.stderr).contains("does not say which crates are in it"));
    assert!(dir.path().join("root/usr/share/doc/ecs-job/LICENSE-MIT").exists());
}

#[test]
#[ignore = "needs user namespaces: .ci/test"]
fn image_plans_and_runs_sample() {
    let container = Container::new();
    let data = container.volume().join("examples/data");
    std::fs::create_dir_all(&data).unwrap();
    crate::embedded::copy_sample(&data);
    // the image has no time zone files, so the program must contain this zone
    let zone = BTreeMap::from([("FINDINGS_TIME_ZONE", "Asia/Kathmandu".to_owned())]);
    container.run(&["plan"], &zone).expect(0);
    let summary = container.run(&["--run-id", "first"], &zone).expect(0).summary();
    assert_eq!(summary["status"], "ok", "{summary}");
    assert_eq!(
        project_reports(&container.volume().join("out/reports"), "xlsx").len(),
        // one owner has an address, and gets a copy with the own part first
        summary["projects"].as_array().unwrap().len() + 1
    );
    assert!(container.volume().join("out/history.db").exists());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs user namespaces: .ci/test"]
async fn image_resolves_host_names() {
    let container = Container::new();
    let hub = Simulator::builder()
        .findings(Findings::sample().values())
        .covered(Organisation::sample().accounts.iter().map(|a| &a.id), "ap-northeast-1", Timestamp::now())
        .covered(Organisation::sample().accounts.iter().map(|a| &a.id), "us-east-1", Timestamp::now())
        .aggregator(Aggregator::all_regions("ap-northeast-1"))
        .spawn_thread()
        .unwrap();
    // ECS mounts this file; the same function resolves the names of AWS
    std::fs::write(container.root().join("etc/hosts"), "127.0.0.1 hub.example\n").unwrap();
    let port = hub.url().rsplit(':').next().unwrap().trim_end_matches('/');
    let mut registry = Vec::new();
    Organisation::sample().write_registry(&mut registry).unwrap();
    std::fs::write(container.volume().join("projects.csv"), registry).unwrap();
    let env = BTreeMap::from([
        ("AWS_ACCESS_KEY_ID", "test".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
        ("AWS_REGION", "ap-northeast-1".to_owned()),
        ("AWS_ENDPOINT_URL_SECURITYHUB", format!("http://hub.example:{port}")),
        ("FINDINGS_PROJECTS", "projects.csv".to_owned()),
        ("FINDINGS_SOURCE", "securityhub:ap-northeast-1".to_owned()),
        ("FINDINGS_REPORTS", "reports".to_owned()),
        ("FINDINGS_NOTIFY", "outbox:outbox".to_owned()),
        ("FINDINGS_HISTORY", "sqlite:history.db".to_owned()),
    ]);
    let summary = container.run(&["run"], &env).expect(0).summary();
    assert_ne!(summary["api"]["get_findings"]["findings"], 0, "{summary}");
}

#[test]
fn image_is_reproducible() {
    let dir = tempfile::tempdir().unwrap();
    let packed = |name: &str| {
        let copy = dir.path().join(name);
        // file name and modification time must not affect the image
        std::fs::copy("/bin/sh", &copy).unwrap();
        let documents = dir.path().join(format!("{name}-documents"));
        write_documents(&documents);
        let printed = pack(&copy, &documents, &dir.path().join(format!("{name}-image")));
        let archive = std::fs::read(dir.path().join(format!("{name}-image/ecs-job.tar"))).unwrap();
        (printed.lines().find(|line| line.starts_with("manifest")).unwrap().to_owned(), archive)
    };
    let (first, second) = (packed("first"), packed("second"));
    assert_eq!(first.0, second.0);
    // what the guide deploys is what is pushed
    let digest = std::fs::read_to_string(dir.path().join("first-image/digest")).unwrap();
    assert!(first.0.ends_with(digest.trim()), "{digest}");
    let beside = json(&dir.path().join("first-image/sbom.cdx.json"));
    assert_eq!(beside["bomFormat"], "CycloneDX");
    assert!(first.1 == second.1, "the archives differ");
}

#[test]
fn toolchain_is_one_everywhere() {
    let read = |name: &str| std::fs::read_to_string(workspace().join(name)).unwrap();
    let value = |text: &str, key: &str| {
        let line =
            text.lines().find_map(|line| line.strip_prefix(&format!("{key} = \""))).unwrap_or_else(|| panic!("{key}"));
        line.trim_end_matches('"').to_owned()
    };
    let version = value(&read("rust-toolchain.toml"), "channel");
    // the crates may be built by other patch releases
    assert_eq!(version.rsplit_once('.').unwrap().0, value(&read("Cargo.toml"), "rust-version"));
    let file = read("examples/ecs-job/deploy/Dockerfile");
    for line in [format!("FROM rust:{version}-alpine AS build"), format!("ENV RUSTUP_TOOLCHAIN={version}")] {
        assert!(file.lines().any(|l| l == line), "the Dockerfile does not contain: {line}");
    }
}

#[test]
fn image_script_finds_paths_of_the_machine() {
    let check = |file: &Path| Command::new(script()).arg("--check").arg(file).output().unwrap();
    let clean = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&clean, b"\0/src/main.rs\0/crates/clap/lib.rs\0").unwrap();
    assert!(check(clean.path()).status.success());
    let path = format!("\0{}/findings-core/src/lib.rs\0", workspace().display());
    std::fs::write(&clean, path).unwrap();
    let refused = check(clean.path());
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("of this machine"));
}

#[test]
fn task_runs_image_by_digest_if_there_is_one() {
    let image = |parameters: &[(&str, &str)]| {
        let task = Template::with(parameters).properties("TaskDefinition");
        task["ContainerDefinitions"][0]["Image"].as_str().unwrap().to_owned()
    };
    let digest = format!("sha256:{}", "0a".repeat(32));
    assert!(image(&[("ImageTag", "4f2a")]).ends_with(":4f2a"));
    assert!(image(&[("ImageTag", "4f2a"), ("ImageDigest", &digest)]).ends_with(&format!("@{digest}")));
}

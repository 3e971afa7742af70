//! The container image: built by the script, unpacked like a container engine does, and run as the container's user on
//! a read-only root.
//!
//! `FINDINGS_TEST_IMAGE` is the path of the released image that `image.sh` wrote. Without it, the same script packs the
//! binary of the tests, and the shared libraries that it needs are copied to the unpacked image.

use std::collections::BTreeMap;
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
use crate::support::{Done, files, workspace};

const OWN: &str = env!("CARGO_BIN_EXE_ecs-job");

/// Runs a program and returns its stdout.
#[track_caller]
fn sh(program: impl AsRef<Path>, args: &[&Path]) -> String {
    let program = program.as_ref();
    let done = Command::new(program).args(args).output().unwrap_or_else(|e| panic!("{}: {e}", program.display()));
    assert!(done.status.success(), "{}: {}", program.display(), String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

fn pack(binary: &Path, output: &Path) -> String {
    let script = workspace().join("examples/ecs-job/deploy/image.sh");
    sh(script, &["--dynamic".as_ref(), "--binary".as_ref(), binary, "--output".as_ref(), output])
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
        pack(&binary, &image);
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
fn image_holds_program_roots_and_scratch_folder() {
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
#[ignore = "needs user namespaces: .ci/test"]
fn image_plans_and_runs_sample() {
    let container = Container::new();
    let data = container.volume().join("examples/data");
    std::fs::create_dir_all(&data).unwrap();
    for name in ["projects.csv", "findings.json"] {
        std::fs::copy(workspace().join("examples/data").join(name), data.join(name)).unwrap();
    }
    // the image has no time zone files, so the program must contain this zone
    let zone = BTreeMap::from([("FINDINGS_TIME_ZONE", "Asia/Kathmandu".to_owned())]);
    container.run(&["plan"], &zone).expect(0);
    let summary = container.run(&[], &zone).expect(0).summary();
    assert_eq!(summary["status"], "ok", "{summary}");
    assert_eq!(
        files(&container.volume().join("out/reports"), "xlsx").len(),
        summary["projects"].as_array().unwrap().len()
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
        let printed = pack(&copy, &dir.path().join(format!("{name}-image")));
        let archive = std::fs::read(dir.path().join(format!("{name}-image/ecs-job.tar"))).unwrap();
        (printed.lines().find(|line| line.starts_with("manifest")).unwrap().to_owned(), archive)
    };
    let (first, second) = (packed("first"), packed("second"));
    assert_eq!(first.0, second.0);
    // what the guide deploys is what is pushed
    let digest = std::fs::read_to_string(dir.path().join("first-image/digest")).unwrap();
    assert!(first.0.ends_with(digest.trim()), "{digest}");
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
    let script = workspace().join("examples/ecs-job/deploy/image.sh");
    let check = |file: &Path| Command::new(&script).arg("--check").arg(file).output().unwrap();
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

use std::time::Duration;

use jiff::Timestamp;

use super::*;

fn artifact(key: &str, body: &'static str) -> PutArtifact {
    PutArtifact::new(key.parse().unwrap(), body.into(), "text/plain")
}

#[tokio::test]
async fn put_leaves_no_temporary_files() {
    let folder = tempfile::tempdir().unwrap();
    let store = DirStore::new(folder.path().join("new/reports"));
    store.put(&artifact("runs/1/a.txt", "one")).await.unwrap();
    let stored = store.put(&artifact("runs/1/a.txt", "two")).await.unwrap();
    assert_eq!(fs::read_to_string(&stored.location).unwrap(), "two");
    assert_eq!(fs::read_dir(folder.path().join("new/reports/runs/1")).unwrap().count(), 1);
}

#[cfg(unix)]
#[tokio::test]
async fn new_files_and_folders_are_private() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let store = DirStore::new(folder.path().join("new/reports"));
    let stored = store.put(&artifact("a/b.xlsx", "x")).await.unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let file = Path::new(&stored.location);
    assert_eq!(mode(file), 0o600);
    let above: Vec<u32> = file.ancestors().skip(1).take(4).map(mode).collect();
    assert_eq!(above, [0o700, 0o700, 0o700, 0o755], "new folders are private, and the existing one is as it was");
}

#[tokio::test]
async fn directory_that_cannot_be_created_is_not_found() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "x").unwrap();
    for root in [file.clone(), file.join("below")] {
        let store = DirStore::new(&root);
        for error in [
            store.check().await.unwrap_err(),
            store.setup().await.unwrap_err(),
            store.put(&artifact("a.txt", "x")).await.unwrap_err(),
        ] {
            assert_eq!(error.kind(), ErrorKind::NotFound, "{}", error.report());
            assert_eq!(error.setting(), Some(Setting::Reports), "{error}");
        }
    }
}

#[tokio::test]
async fn check_changes_nothing_and_setup_creates_directory() {
    let folder = tempfile::tempdir().unwrap();
    let store = DirStore::new(folder.path().join("a/b"));
    assert!(store.check().await.unwrap().summary.ends_with("made when the first report is stored"));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    for _ in 0..2 {
        let report = store.setup().await.unwrap();
        assert!(report.summary.ends_with("a/b"), "{}", report.summary);
    }
    assert_eq!(fs::read_dir(folder.path().join("a/b")).unwrap().count(), 0);
}

#[tokio::test]
async fn link_is_absolute_and_escaped() {
    let store = DirStore::new("out/決済 50%#1");
    let request = LinkRequest::new("runs/1/a+b.txt".parse().unwrap(), Duration::from_secs(1), Timestamp::UNIX_EPOCH);
    let link = store.link(&request).await.unwrap();
    let url = link.url.expose();
    assert!(url.starts_with("file:///"), "{url}");
    assert!(url.ends_with("/out/%E6%B1%BA%E6%B8%88%2050%25%231/runs/1/a%2Bb.txt"), "{url}");
    assert_eq!((link.expires_at, link.limited_by), (None, LinkLimit::None));
}

#[cfg(feature = "testing")]
mod conformance {
    use bytes::Bytes;
    use tempfile::TempDir;

    use super::*;
    use crate::testing::conformance::store::StoreProbe;

    struct Probe {
        folder: TempDir,
        store: DirStore,
    }

    impl Probe {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            // a name with characters that a URL must escape
            let store = DirStore::new(folder.path().join("決済 #1"));
            Self { folder, store }
        }
    }

    /// Returns the path of a URL, decoded as RFC 3986 says.
    fn path_in(url: &str) -> PathBuf {
        let mut bytes = Vec::new();
        let mut rest = url.strip_prefix("file://").unwrap().bytes();
        while let Some(byte) = rest.next() {
            bytes.push(match byte {
                b'%' => {
                    let digits = [rest.next().unwrap(), rest.next().unwrap()];
                    u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
                }
                byte => byte,
            });
        }
        String::from_utf8(bytes).unwrap().into()
    }

    #[async_trait]
    impl StoreProbe for Probe {
        fn store(&self) -> &dyn ArtifactStore {
            &self.store
        }

        fn root(&self) -> String {
            self.store.root.display().to_string()
        }

        async fn fetch(&self, link: &ArtifactLink) -> Result<Bytes> {
            let body = fs::read(path_in(link.url.expose()));
            body.map(Bytes::from).map_err(|e| Error::new(ErrorKind::NotFound, "open a link").with_source(e))
        }

        async fn without_place(&self) -> Option<Box<dyn ArtifactStore>> {
            let file = self.folder.path().join("file");
            fs::write(&file, "in the way").unwrap();
            Some(Box::new(DirStore::new(file.join("reports"))))
        }
    }

    crate::store_conformance!(async { Probe::new() });
}

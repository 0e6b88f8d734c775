//! The store in a folder.

use std::fs;
use std::path::PathBuf;

use ecr_sweep_aws::store::{FolderStore, PutIf, PutNew, RunStore as _, Version};
use ecr_sweep_core::wording::with_causes;
use tempfile::TempDir;

crate::contract::contract!(store);

#[expect(clippy::unused_async, reason = "the stores of the contract are made by calls")]
async fn store() -> (TempDir, FolderStore) {
    let folder = tempfile::tempdir().unwrap();
    let store = FolderStore::new(folder.path().join("not/yet/there"));
    (folder, store)
}

#[tokio::test]
async fn an_error_names_the_document_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    let store = FolderStore::new(folder.path().join("file"));
    let error = store.put("a/b", Vec::new()).await.unwrap_err();
    assert!(error.to_string().contains("write") && error.to_string().contains("a/b"), "{error}");
    assert!(error.next_step().unwrap().to_string().contains("permissions"));
    assert_eq!(store.address("a/b"), folder.path().join("file/a/b").display().to_string());
}

async fn keys(store: &FolderStore) -> Vec<String> {
    store.list("").await.unwrap()
}

/// Every name that ECR allows.
#[tokio::test]
async fn no_two_repositories_share_a_file_and_no_name_is_too_long() {
    let (_folder, store) = store().await;
    let long = "a".repeat(256);
    let names = [
        "team/app",
        "team/app.json",
        "team/app.json/web",
        "team/app.json/web.json",
        "team/app.json.json",
        &long[..250],
        &long[..251],
        &long,
        &format!("{}/app", &long[..252]),
        &format!("{}.json/app", &long[..246]),
        &format!("{}.json", &long[..251]),
    ];
    let mut written = Vec::new();
    for name in names {
        for key in [
            format!("cache/reads/1/eu/{name}.json"),
            format!("cache/reads/1/eu/{name}/@deletion.json"),
        ] {
            assert!(
                matches!(
                    store.put_new(&key, key.clone().into_bytes()).await.unwrap(),
                    PutNew::Written(_)
                ),
                "{key}"
            );
            written.push(key);
        }
    }
    for key in &written {
        let stored = store.get(key).await.unwrap().unwrap();
        assert_eq!(stored.bytes, key.as_bytes());
        assert_eq!(store.list(key).await.unwrap().first(), Some(key));
    }
    written.sort();
    assert_eq!(keys(&store).await, written);
    let folders = store.folders("cache/reads/1/eu/team").await.unwrap();
    assert_eq!(folders, ["app", "app.json", "app.json.json"]);
}

#[tokio::test]
async fn what_an_earlier_version_wrote_is_read_and_written_where_it_was() {
    let (_folder, store) = store().await;
    let key = "plans/team/app.json/web.json";
    let plain = PathBuf::from(store.address("plans")).join("team/app.json/web.json");
    fs::create_dir_all(plain.parent().unwrap()).unwrap();
    fs::write(&plain, "before").unwrap();
    let before = store.get(key).await.unwrap().unwrap();
    assert_eq!(before.bytes, b"before");
    assert_eq!(keys(&store).await, [key]);
    assert_eq!(store.put_new(key, Vec::new()).await.unwrap(), PutNew::Exists);
    let put = store.put_if(key, b"now".to_vec(), &before.version).await.unwrap();
    assert!(matches!(put, PutIf::Written(_)));
    assert_eq!(store.get(key).await.unwrap().unwrap().bytes, b"now");
    assert_eq!(keys(&store).await, [key]);
}

#[cfg(unix)]
mod of_others {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
    use std::path::Path;
    use std::time::Duration;

    use super::*;

    fn set_mode(path: impl AsRef<Path>, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    fn modes(folder: &Path, into: &mut Vec<(bool, u32)>) {
        let found = fs::symlink_metadata(folder).unwrap();
        into.push((found.is_dir(), found.mode() & 0o777));
        if found.is_dir() {
            for entry in fs::read_dir(folder).unwrap() {
                modes(&entry.unwrap().path(), into);
            }
        }
    }

    fn pipe(path: impl AsRef<Path>) {
        let made = std::process::Command::new("mkfifo").arg(path.as_ref()).status().unwrap();
        assert!(made.success());
    }

    #[tokio::test]
    async fn what_is_made_is_the_owners_alone() {
        let (folder, store) = store().await;
        store.put("sweeps/a/b.json", Vec::new()).await.unwrap();
        store.put_unsynced("lock.json", Vec::new()).await.unwrap();
        store.sync().await.unwrap();
        let mut all = Vec::new();
        modes(&folder.path().join("not"), &mut all);
        assert!(all.len() > 8);
        for (is_folder, mode) in all {
            assert_eq!(mode, if is_folder { 0o700 } else { 0o600 });
        }
    }

    /// What may be done with a store at all, each by itself.
    async fn is_refused(store: &FolderStore, problem: &str) {
        let version = Version::new("sha256:0");
        let errors = [
            store.get("sweeps/a.json").await.map(drop),
            store.put("sweeps/a.json", Vec::new()).await.map(drop),
            store.put_unsynced("sweeps/a.json", Vec::new()).await.map(drop),
            store.put_new("sweeps/a.json", Vec::new()).await.map(drop),
            store.put_if("sweeps/a.json", Vec::new(), &version).await.map(drop),
        ];
        for error in errors {
            let error = error.unwrap_err();
            assert!(with_causes(&error).contains(problem), "{error:?}");
            assert!(error.next_step().unwrap().to_string().contains("who can write"), "{error}");
        }
    }

    #[tokio::test]
    async fn a_store_that_others_can_write_is_refused() {
        for what in ["", "sweeps", "sweeps/a.json", ".store"] {
            let (_folder, store) = store().await;
            store.put("sweeps/a.json", Vec::new()).await.unwrap();
            let root = PathBuf::from(store.address("sweeps")).parent().unwrap().to_owned();
            for mode in [0o770, 0o707, 0o722] {
                set_mode(root.join(what), mode);
                if what == ".store" {
                    assert!(store.put("b", Vec::new()).await.is_err());
                } else {
                    is_refused(&store, "others can write it").await;
                }
            }
            set_mode(root.join(what), 0o755);
            store.put("sweeps/a.json", Vec::new()).await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_store_of_somebody_else_is_refused() {
        for what in ["", "sweeps", "sweeps/a.json"] {
            let (_folder, store) = store().await;
            store.put("sweeps/a.json", Vec::new()).await.unwrap();
            let root = PathBuf::from(store.address("sweeps")).parent().unwrap().to_owned();
            // Who may not give files away cannot be given any here.
            if chown(root.join(what), Some(12_345), None).is_err() {
                return;
            }
            is_refused(&store, "it belongs to somebody else").await;
        }
    }

    #[tokio::test]
    async fn links_and_pipes_are_neither_followed_nor_waited_for_nor_emptied() {
        let elsewhere = tempfile::tempdir().unwrap();
        let precious = elsewhere.path().join("precious");
        let works = async |make: &dyn Fn(&Path)| {
            let (_folder, store) = store().await;
            store.put("sweeps/a.json", Vec::new()).await.unwrap();
            let path = PathBuf::from(store.address("sweeps/a.json"));
            fs::remove_file(&path).unwrap();
            make(&path);
            let refused = is_refused(&store, "a link, a pipe or a device");
            tokio::time::timeout(Duration::from_mins(1), refused).await.unwrap();
            assert_eq!(keys(&store).await, ["sweeps/a.json"], "it is not taken for absent");
        };
        fs::write(&precious, "precious").unwrap();
        works(&|path| symlink(&precious, path).unwrap()).await;
        works(&|path| symlink("/dev/zero", path).unwrap()).await;
        works(&|path| symlink("nowhere", path).unwrap()).await;
        works(&|path| pipe(path)).await;
        assert_eq!(fs::read_to_string(&precious).unwrap(), "precious");
    }

    #[tokio::test]
    async fn a_link_in_the_place_of_what_the_store_keeps_for_itself_empties_nothing() {
        let elsewhere = tempfile::tempdir().unwrap();
        let precious = elsewhere.path().join("precious");
        for own in [".store", ".store/lock", ".store/locks", "sweeps"] {
            fs::write(&precious, "precious").unwrap();
            let (_folder, store) = store().await;
            store.put("sweeps/a.json", Vec::new()).await.unwrap();
            let path = PathBuf::from(store.address("sweeps")).parent().unwrap().join(own);
            let is_folder = path.is_dir();
            if is_folder {
                fs::remove_dir_all(&path).unwrap();
            } else {
                fs::remove_file(&path).unwrap();
            }
            let target = if is_folder { elsewhere.path() } else { &precious };
            symlink(target, &path).unwrap();
            let error = store.put("sweeps/a.json", Vec::new()).await.unwrap_err();
            assert!(with_causes(&error).contains("a link"), "{own}: {error:?}");
            assert_eq!(fs::read_to_string(&precious).unwrap(), "precious", "{own}");
            assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 1, "{own}");
        }
    }

    #[tokio::test]
    async fn the_folder_itself_may_be_a_link() {
        let (folder, at) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let link = at.path().join("link");
        symlink(folder.path(), &link).unwrap();
        let store = FolderStore::new(link);
        store.put("a/b", b"1".to_vec()).await.unwrap();
        assert_eq!(fs::read(folder.path().join("a/b")).unwrap(), b"1");
    }
}

//! The store as the API server would behave, and what a folder can do to it.

use super::*;
use k8s_openapi::api::core::v1::{ConfigMap, Namespace};
use kube::core::ObjectMeta;
use std::collections::BTreeMap;
use std::path::PathBuf;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap()
}

fn map(namespace: &str, name: &str, value: &str) -> ConfigMap {
    ConfigMap {
        metadata: ObjectMeta {
            namespace: Some(namespace.into()),
            name: Some(name.into()),
            ..ObjectMeta::default()
        },
        data: Some(BTreeMap::from([("v".to_string(), value.to_string())])),
        ..ConfigMap::default()
    }
}

fn version(object: &ConfigMap) -> String {
    object.metadata.resource_version.clone().unwrap()
}

fn value(object: &ConfigMap) -> &str {
    &object.data.as_ref().unwrap()["v"]
}

async fn store() -> (tempfile::TempDir, Directory) {
    let folder = tempfile::tempdir().unwrap();
    let store = Directory::open(&folder.path().join("a/store")).await.unwrap();
    (folder, store)
}

fn path(folder: &tempfile::TempDir, rest: &str) -> PathBuf {
    folder.path().join("a/store").join(rest)
}

#[tokio::test]
async fn an_object_lives_as_on_the_api_server() {
    let (folder, store) = store().await;
    let made = store.create(&map("shop", "a", "off"), now()).await.unwrap();
    assert_eq!(made.metadata.generation, Some(1));
    assert_eq!(made.metadata.creation_timestamp.as_ref().unwrap().0.as_second(), 1_790_000_000);
    assert_eq!(store.get::<ConfigMap>(Some("shop"), "a").await.unwrap().unwrap(), made);
    assert!(path(&folder, "configmaps/shop/a.yaml").is_file());
    let again = store.create(&map("shop", "a", "2"), now()).await;
    assert!(matches!(again, Err(StoreError::Exists { object }) if object == "ConfigMap shop/a"));

    let mut changed = made.clone();
    changed.data = Some(BTreeMap::from([("v".to_string(), "on".to_string())]));
    changed.metadata.creation_timestamp = None;
    let stored = store.replace(&changed, &version(&made)).await.unwrap();
    assert_eq!((value(&stored), &stored.metadata.uid), ("on", &made.metadata.uid));
    assert_eq!(stored.metadata.creation_timestamp, made.metadata.creation_timestamp);
    let stale = store.replace(&changed, &version(&made)).await;
    assert!(matches!(stale, Err(StoreError::Conflict { .. })));
    let same = store.replace(&stored, &version(&stored)).await.unwrap();
    assert_eq!(version(&same), version(&stored), "nothing changed, nothing is written");

    let stale = Precondition { resource_version: Some(version(&made)), uid: None };
    let deleted = store.delete::<ConfigMap>(Some("shop"), "a", stale).await;
    assert!(matches!(deleted, Err(StoreError::Conflict { .. })));
    let right = Precondition { resource_version: Some(version(&stored)), uid: made.metadata.uid.clone() };
    store.delete::<ConfigMap>(Some("shop"), "a", right).await.unwrap();
    assert!(store.get::<ConfigMap>(Some("shop"), "a").await.unwrap().is_none());
    let gone = store.delete::<ConfigMap>(Some("shop"), "a", Precondition::default()).await;
    assert!(matches!(gone, Err(StoreError::NotFound { .. })));
    assert!(matches!(store.replace(&stored, &version(&stored)).await, Err(StoreError::NotFound { .. })));

    // The same name again is another object: old versions and uids do not reach it.
    let reborn = store.create(&map("shop", "a", "on"), now()).await.unwrap();
    assert_ne!(reborn.metadata.uid, made.metadata.uid);
    assert!(matches!(store.replace(&stored, &version(&stored)).await, Err(StoreError::Conflict { .. })));
    assert!(matches!(store.replace(&stored, &version(&reborn)).await, Err(StoreError::Conflict { .. })));
    let former = Precondition { uid: made.metadata.uid, resource_version: None };
    assert!(store.delete::<ConfigMap>(Some("shop"), "a", former).await.is_err());
}

#[tokio::test]
async fn the_generation_counts_changes_of_spec() {
    let (_folder, store) = store().await;
    let namespace = Namespace {
        metadata: ObjectMeta { name: Some("shop".into()), ..ObjectMeta::default() },
        ..Namespace::default()
    };
    let made = store.create(&namespace, now()).await.unwrap();
    let mut next = made.clone();
    next.metadata.labels = Some(BTreeMap::from([("a".to_string(), "b".to_string())]));
    let labelled = store.replace(&next, made.metadata.resource_version.as_ref().unwrap()).await.unwrap();
    assert_eq!(labelled.metadata.generation, Some(1));
    let mut next = labelled.clone();
    next.spec = Some(k8s_openapi::api::core::v1::NamespaceSpec { finalizers: Some(vec!["x".into()]) });
    let changed = store.replace(&next, labelled.metadata.resource_version.as_ref().unwrap()).await.unwrap();
    assert_eq!(changed.metadata.generation, Some(2));
}

#[tokio::test]
async fn of_writers_with_the_same_version_exactly_one_wins() {
    let (_folder, store) = store().await;
    let made = store.create(&map("shop", "a", "0"), now()).await.unwrap();
    let versions = version(&made);
    let writers = (1..9).map(|i| {
        let (store, versions) = (store.clone(), versions.clone());
        async move { store.replace(&map("shop", "a", &i.to_string()), &versions).await }
    });
    let done = futures::future::join_all(writers).await;
    assert_eq!(done.iter().filter(|one| one.is_ok()).count(), 1);
    assert_eq!(done.iter().filter(|one| matches!(one, Err(StoreError::Conflict { .. }))).count(), 7);
    let twin = map("shop", "b", "0");
    let creators = (0..4).map(|_| store.create(&twin, now()));
    let created = futures::future::join_all(creators).await;
    assert_eq!(created.iter().filter(|one| one.is_ok()).count(), 1);
}

#[tokio::test]
async fn an_edit_by_hand_is_a_conflict_and_stays() {
    let (folder, store) = store().await;
    let made = store.create(&map("shop", "a", "machine"), now()).await.unwrap();
    let file = path(&folder, "configmaps/shop/a.yaml");
    let edited = format!("# mine\n{}", std::fs::read_to_string(&file).unwrap().replace("machine", "person"));
    std::fs::write(&file, &edited).unwrap();
    assert!(matches!(store.replace(&made, &version(&made)).await, Err(StoreError::Conflict { .. })));
    let seen = store.get::<ConfigMap>(Some("shop"), "a").await.unwrap().unwrap();
    assert_eq!(value(&seen), "person");
    let same = store.replace(&seen, &version(&seen)).await.unwrap();
    assert_eq!(same, seen);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), edited, "the comment is still there");
}

#[tokio::test]
async fn one_bad_file_does_not_hide_the_others() {
    let (folder, store) = store().await;
    assert!(store.list::<ConfigMap>().await.unwrap().objects.is_empty());
    for (namespace, name) in [("till", "b"), ("shop", "z"), ("shop", "a")] {
        store.create(&map(namespace, name, "1"), now()).await.unwrap();
    }
    let text = std::fs::read_to_string(path(&folder, "configmaps/shop/a.yaml")).unwrap();
    let shop = |name: &str| path(&folder, "configmaps/shop").join(name);
    std::fs::write(shop("corrupt.yaml"), "a: [").unwrap();
    std::fs::write(shop("empty.yaml"), "").unwrap();
    std::fs::write(shop("other.yaml"), text.replace("name: a", "name: else")).unwrap();
    std::fs::write(shop("kind.yaml"), text.replace("name: a", "name: kind").replace("ConfigMap", "Secret"))
        .unwrap();
    std::fs::write(
        shop("typed.yaml"),
        text.replace("name: a", "name: typed").replace("data:", "data: 3\nx:"),
    )
    .unwrap();
    std::fs::write(shop("binary.yaml"), b"\xff\xfe").unwrap();
    std::fs::write(shop("README.md"), "notes").unwrap();
    std::fs::write(shop("UPPER.yaml"), "x").unwrap();
    std::fs::File::create(shop("huge.yaml")).unwrap().set_len(OBJECT_MAX + 1).unwrap();
    std::fs::create_dir(shop("folder.yaml")).unwrap();
    std::os::unix::fs::symlink("nothing", shop("dangling.yaml")).unwrap();
    std::fs::write(path(&folder, "configmaps/stray.yaml"), text).unwrap();
    std::fs::write(shop(".a.yaml.swp"), "an editor's").unwrap();

    let Listing { objects, problems } = store.list::<ConfigMap>().await.unwrap();
    let names: Vec<_> = objects.iter().map(|o| o.metadata.name.clone().unwrap()).collect();
    assert_eq!(names, ["a", "z", "b"]);
    let said: Vec<String> = problems.iter().map(ToString::to_string).collect();
    for name in [
        "corrupt",
        "empty",
        "other",
        "kind",
        "typed",
        "binary",
        "README.md",
        "UPPER",
        "huge",
        "folder",
        "dangling",
        "stray",
    ] {
        assert_eq!(
            said.iter().filter(|line| line.contains(&format!("/{name}"))).count(),
            1,
            "{name}: {said:#?}"
        );
    }
    assert_eq!(said.len(), 12, "{said:#?}");
    // What cannot be read is not overwritten, either.
    assert!(store.create(&map("shop", "corrupt", "1"), now()).await.is_err());
    assert!(store.get::<ConfigMap>(Some("shop"), "corrupt").await.is_err());
}

#[tokio::test]
async fn a_folder_belongs_to_one_governor() {
    let (folder, first) = store().await;
    let root = folder.path().join("a/store");
    let second = Directory::open(&root).await;
    assert!(matches!(second, Err(StoreError::Locked { .. })));
    assert!(second.unwrap_err().to_string().contains("in use by another governor"));
    let clone = first.clone();
    drop(first);
    assert!(Directory::open(&root).await.is_err(), "a clone still has it");
    drop(clone);
    Directory::open(&root).await.unwrap();
}

#[tokio::test]
async fn what_a_crash_left_is_cleared_at_the_start() {
    let (folder, first) = store().await;
    let made = first.create(&map("shop", "a", "1"), now()).await.unwrap();
    drop(first);
    for rest in ["", "configmaps", "configmaps/shop"] {
        std::fs::write(path(&folder, rest).join(".flyball-0a.draft"), "half a").unwrap();
    }
    let store = Directory::open(&folder.path().join("a/store")).await.unwrap();
    for rest in ["", "configmaps", "configmaps/shop"] {
        assert!(!path(&folder, rest).join(".flyball-0a.draft").exists());
    }
    let listing = store.list::<ConfigMap>().await.unwrap();
    assert_eq!((listing.objects, listing.problems.len()), (vec![made], 0));
}

#[tokio::test]
async fn a_folder_that_cannot_be_used_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    for root in [file.clone(), file.join("below"), PathBuf::from("/proc/flyball")] {
        let error = Directory::open(&root).await.unwrap_err();
        assert!(error.to_string().contains("create the folder"), "{error}");
    }
    let store = Directory::open(&folder.path().join("store")).await.unwrap();
    std::fs::create_dir(folder.path().join("store/configmaps")).unwrap();
    std::fs::write(folder.path().join("store/configmaps/shop"), "in the way").unwrap();
    assert!(matches!(store.create(&map("shop", "a", "1"), now()).await, Err(StoreError::File(_))));
    store.create(&map("till", "a", "1"), now()).await.unwrap();
    std::fs::write(folder.path().join("store/namespaces"), "in the way").unwrap();
    assert!(store.list::<Namespace>().await.is_err(), "an unreadable kind is not an empty one");
}

#[tokio::test]
async fn names_and_sizes_are_checked_before_anything_is_written() {
    let (folder, store) = store().await;
    for (namespace, name) in [("..", "a"), ("shop", "../../a"), ("shop", ""), ("", "a"), ("shop", "A")] {
        assert!(matches!(
            store.create(&map(namespace, name, "1"), now()).await,
            Err(StoreError::Name { .. })
        ));
        let got = store.get::<ConfigMap>(Some(namespace), name).await;
        assert!(matches!(got, Err(StoreError::Name { .. })), "{namespace}/{name}");
    }
    let huge = map("shop", "a", &"x".repeat(OBJECT_MAX as usize));
    assert!(matches!(store.create(&huge, now()).await, Err(StoreError::Unwritable { .. })));
    assert!(!path(&folder, "configmaps").exists());
}

#[tokio::test]
async fn text_that_yaml_could_misread_comes_back_as_it_was() {
    let (_folder, store) = store().await;
    for (index, text) in
        ["off", "1e3", "0777", "~", "2026-11-10", "a: b", "\u{feff}x", " x\n\ny\t", "", "- 1", "é\u{85}"]
            .into_iter()
            .enumerate()
    {
        let name = format!("o{index}");
        let made = store.create(&map("shop", &name, text), now()).await.unwrap();
        assert_eq!(value(&made), text);
    }
}

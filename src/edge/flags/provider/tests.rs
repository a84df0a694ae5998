//! Providers as the loop uses them: on real files, and in memory.

use super::*;
use crate::domain::model::flag::Standing;
use crate::domain::model::id::ServiceKey;
use crate::domain::model::provider::{Access, Capabilities};
use crate::domain::model::reason::Code;
use crate::edge::flags::file::{self, Declared};
use std::path::{Path, PathBuf};
use std::time::Duration;

const DOCUMENT: &str = r#"{
  "flags": {
    "check": {
      "state": "ENABLED",
      "variants": { "on": true, "off": false },
      "defaultVariant": "on"
    },
    "other": {"state":"ENABLED","variants":{"on":true},"defaultVariant":"on"}
  }
}
"#;

struct Rig {
    folder: tempfile::TempDir,
    path: PathBuf,
    provider: Provider,
}

impl Rig {
    async fn new(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("flags");
        std::fs::write(&path, text).unwrap();
        let provider = open(&path).await.unwrap();
        Self { folder, path, provider }
    }

    fn text(&self) -> String {
        std::fs::read_to_string(&self.path).unwrap()
    }

    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path()).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }
}

async fn open(path: &Path) -> Result<Provider, FlagError> {
    let declared = Declared {
        name: "flags".into(),
        path: path.into(),
        format: None,
        access: Access::Everyone,
        propagation: Duration::ZERO,
    };
    FlagFile::open(declared, "here").await.map(Provider::File)
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap()
}

fn shop() -> ServiceKey {
    ServiceKey::new("shop", "inventory")
}

fn memory(text: &str) -> Memory {
    let facts = ProviderFacts {
        name: "flags".into(),
        store: "memory".into(),
        endpoint: String::new(),
        project: None,
        object: None,
        base: None,
        capabilities: Capabilities { precondition: true, history: false, self_ending: true },
        fallbacks: Vec::new(),
        access: Access::Everyone,
        propagation: Duration::ZERO,
    };
    Memory::new(facts, text, "here")
}

async fn see(provider: &Provider, hold: Option<&FlagHold>) -> FlagState {
    match provider.read(&provider.facts().target(&shop(), "check"), "off", hold, now()).await {
        FlagView::Seen(state) => state,
        other => panic!("{other:?}"),
    }
}

async fn hold(provider: &Provider) -> FlagHold {
    FlagHold {
        target: provider.facts().target(&shop(), "check"),
        installation: "here".into(),
        pre_image: see(provider, None).await.document,
        uid: None,
        fallback: "off".into(),
        deadline: Some(now() + chrono::TimeDelta::hours(1)),
        claims: Vec::new(),
        created: None,
    }
}

/// Cuts and restores, checking each step and that repeating it writes nothing.
async fn round_trip(provider: &Provider, text: impl Fn() -> String) {
    let before = text();
    let held = hold(provider).await;
    assert_eq!(see(provider, None).await.standing, Standing::Free);
    for _ in 0..2 {
        provider.cut(&held, &held.pre_image).await.unwrap();
        assert!(matches!(see(provider, Some(&held)).await.standing, Standing::Cut { .. }));
    }
    let document = see(provider, Some(&held)).await.document;
    assert_eq!(provider.original(&held, &document).unwrap(), held.pre_image);
    for _ in 0..2 {
        provider.restore(&held, &document).await.unwrap();
        assert_eq!(see(provider, Some(&held)).await.standing, Standing::Free);
    }
    assert_eq!(text(), before);
}

#[tokio::test]
async fn a_flag_is_cut_and_given_back_in_every_store() {
    for text in [DOCUMENT, "# flags\r\ncheck = on\r\nother=on", "check=on\n"] {
        let rig = Rig::new(text).await;
        round_trip(&rig.provider, || rig.text()).await;
        assert_eq!(rig.names(), ["flags"]);
    }
    let store = memory(DOCUMENT);
    let provider = Provider::Memory(store.clone());
    round_trip(&provider, || store.text().unwrap()).await;
    assert_eq!(store.writes(), 2, "what is true already is not written");
}

#[tokio::test]
async fn plain_values_are_cut_in_their_line_alone() {
    let rig = Rig::new("\u{feff}# check=off\r\n\r\n  check =  yes please \r\nchecks=on\r\nempty=\r\n").await;
    assert!(!rig.provider.facts().capabilities.self_ending);
    let held = hold(&rig.provider).await;
    assert_eq!(held.pre_image, "yes please");
    rig.provider.cut(&held, "yes please").await.unwrap();
    assert_eq!(rig.text(), "\u{feff}# check=off\r\n\r\n  check =  off \r\nchecks=on\r\nempty=\r\n");
    let cut = see(&rig.provider, Some(&held)).await;
    assert_eq!(cut.standing, Standing::Cut { fallback: "off".into(), until: None });
    assert_eq!(see(&rig.provider, None).await.standing, Standing::AtFallback);

    std::fs::write(&rig.path, "check=maybe\n").unwrap();
    assert!(matches!(see(&rig.provider, Some(&held)).await.standing, Standing::Foreign(_)));
    for written in [rig.provider.cut(&held, "maybe").await, rig.provider.restore(&held, "maybe").await] {
        assert!(matches!(written, Err(FlagError::Conflict { .. })));
    }
    assert_eq!(rig.text(), "check=maybe\n");
    // A carriage return within a line is part of the value, whatever follows it.
    for text in ["check=\r\u{a1}\r\n", "check= \rx\n"] {
        std::fs::write(&rig.path, text).unwrap();
        let held = hold(&rig.provider).await;
        rig.provider.cut(&held, &held.pre_image).await.unwrap();
        rig.provider.restore(&held, "off").await.unwrap();
        assert_eq!(rig.text(), text);
    }
    for (text, key, why) in [("a=1\na=2\n", "a", "twice"), ("a\nb=1\n", "a", "without a value")] {
        std::fs::write(&rig.path, text).unwrap();
        let view = rig.provider.read(&rig.provider.facts().target(&shop(), key), "off", None, now()).await;
        assert!(matches!(view, FlagView::Unreadable(reason) if reason.message.contains(why)));
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_unreadable_and_never_gone() {
    let rig = Rig::new(DOCUMENT).await;
    let target = rig.provider.facts().target(&shop(), "none");
    assert_eq!(rig.provider.read(&target, "off", None, now()).await, FlagView::Gone { since: now() });
    let held = hold(&rig.provider).await;
    type Break = fn(&Path);
    let breaks: [(Break, &str); 6] = [
        (|path| std::fs::write(path, "").unwrap(), "empty"),
        (|path| std::fs::write(path, "{\"flags\":").unwrap(), "not JSON"),
        (|path| std::fs::write(path, b"\xff").unwrap(), "not UTF-8 at byte 0"),
        (|path| std::fs::File::create(path).unwrap().set_len(file::FILE_MAX + 1).unwrap(), "larger than"),
        (|path| std::fs::remove_file(path).unwrap(), "does not exist"),
        (|path| std::fs::create_dir(path).unwrap(), "a folder"),
    ];
    for (break_it, why) in breaks {
        break_it(&rig.path);
        let FlagView::Unreadable(reason) = rig.provider.read(&held.target, "off", Some(&held), now()).await
        else {
            panic!("{why}")
        };
        assert_eq!(reason.code, Code::ProviderUnavailable);
        assert!(reason.message.contains(why) && reason.message.contains("flags"), "{reason}");
        let error = rig.provider.cut(&held, &held.pre_image).await.unwrap_err();
        assert!(error.reason().message.contains(why), "{error}");
    }
}

#[tokio::test]
async fn a_provider_does_not_open_what_it_cannot_understand() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("flags");
    assert!(matches!(open(&path).await, Err(FlagError::Unavailable { .. })));
    for (text, why) in [("", "it is empty"), ("{}", "no `flags`"), ("flags:", "neither")] {
        std::fs::write(&path, text).unwrap();
        let error = open(&path).await.unwrap_err();
        assert!(error.to_string().contains(why) && error.to_string().contains("provider flags"), "{error}");
    }
}

#[tokio::test]
async fn an_edit_between_reading_and_writing_wins() {
    let rig = Rig::new(DOCUMENT).await;
    let held = hold(&rig.provider).await;
    let edited = DOCUMENT.replace("{ \"on\": true,", "{ \"on\": 1,");
    std::fs::write(&rig.path, &edited).unwrap();
    assert!(matches!(rig.provider.cut(&held, &held.pre_image).await, Err(FlagError::Conflict { .. })));
    assert_eq!(rig.text(), edited);

    // Even one that falls between our own reading and our rename.
    std::fs::write(&rig.path, DOCUMENT).unwrap();
    let Provider::File(file) = &rig.provider else { panic!() };
    let (path, late) = (rig.path.clone(), edited.clone());
    let raced = file.edit("check", move |text| {
        std::fs::write(&path, &late).unwrap();
        Ok(Some(text.replace("ENABLED", "DISABLED")))
    });
    assert!(matches!(raced.await, Err(FlagError::Conflict { .. })));
    assert_eq!(rig.text(), edited);
    assert_eq!(rig.names(), ["flags"]);

    // An edit of another flag is no conflict, and stays.
    let elsewhere = DOCUMENT.replace("\"other\"", "\"another\"");
    std::fs::write(&rig.path, &elsewhere).unwrap();
    rig.provider.cut(&held, &held.pre_image).await.unwrap();
    rig.provider.restore(&held, &see(&rig.provider, Some(&held)).await.document).await.unwrap();
    assert_eq!(rig.text(), elsewhere);
}

#[tokio::test]
async fn writes_to_different_flags_at_once_all_take_place() {
    let flags: Vec<String> = (0..20)
        .map(|i| {
            format!(r#""f{i}":{{"state":"ENABLED","variants":{{"on":1,"off":0}},"defaultVariant":"on"}}"#)
        })
        .collect();
    let text = format!("{{\"flags\":{{{}}}}}", flags.join(","));
    let rig = Rig::new(&text).await;
    let mut holds = Vec::new();
    for i in 0..20 {
        let target = rig.provider.facts().target(&shop(), &format!("f{i}"));
        let FlagView::Seen(state) = rig.provider.read(&target, "off", None, now()).await else { panic!() };
        holds.push(FlagHold { target, pre_image: state.document, ..hold_of(&rig.provider) });
    }
    let cuts = holds.iter().map(|held| rig.provider.cut(held, &held.pre_image));
    assert!(futures::future::join_all(cuts).await.iter().all(Result::is_ok));
    assert_eq!(rig.provider.orphans(&BTreeSet::new()).await.unwrap().holds.len(), 20);
    let known = holds.iter().take(19).map(|held| held.target.hold_name()).collect();
    let [orphan] = rig.provider.orphans(&known).await.unwrap().holds.try_into().unwrap();
    assert_eq!(orphan, holds[19]);
}

fn hold_of(provider: &Provider) -> FlagHold {
    FlagHold {
        target: provider.facts().target(&shop(), ""),
        installation: "here".into(),
        pre_image: String::new(),
        uid: None,
        fallback: "off".into(),
        deadline: Some(now()),
        claims: Vec::new(),
        created: None,
    }
}

#[tokio::test]
async fn a_hold_of_another_store_is_not_applied_here() {
    let rig = Rig::new(DOCUMENT).await;
    let mut held = hold(&rig.provider).await;
    held.target.endpoint = "/elsewhere.json".into();
    let error = rig.provider.cut(&held, &held.pre_image).await.unwrap_err();
    assert!(matches!(error, FlagError::Elsewhere { .. }));
    assert_eq!(error.reason().code, Code::ProviderChanged);
    assert!(error.to_string().contains("file /elsewhere.json"), "{error}");
    let view = rig.provider.read(&held.target, "off", Some(&held), now()).await;
    assert!(matches!(view, FlagView::Unreadable(reason) if reason.code == Code::ProviderChanged));
    assert_eq!(rig.text(), DOCUMENT);
}

#[tokio::test]
async fn what_a_crash_left_beside_the_file_goes_with_the_next_write() {
    let rig = Rig::new(DOCUMENT).await;
    let stray = rig.folder.path().join(".flyball-00.draft");
    std::fs::write(&stray, "half").unwrap();
    let held = hold(&rig.provider).await;
    rig.provider.cut(&held, &held.pre_image).await.unwrap();
    assert_eq!(rig.names(), ["flags"]);
}

#[tokio::test]
async fn a_store_in_memory_fails_when_told_to() {
    let store = memory(DOCUMENT);
    let provider = Provider::Memory(store.clone());
    let held = hold(&provider).await;
    store.fail(true);
    let view = provider.read(&held.target, "off", None, now()).await;
    assert!(matches!(view, FlagView::Unreadable(reason) if reason.code == Code::ProviderUnavailable));
    assert!(provider.cut(&held, &held.pre_image).await.is_err());
    assert!(provider.orphans(&BTreeSet::new()).await.is_err());
    store.fail(false);
    assert_eq!(store.text().unwrap(), DOCUMENT);
    store.put("{\"flags\":{}}");
    assert_eq!(provider.read(&held.target, "off", Some(&held), now()).await, FlagView::Gone { since: now() });
    assert!(matches!(provider.restore(&held, "").await, Err(FlagError::NotFound(_))));
}

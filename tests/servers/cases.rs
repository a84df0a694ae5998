//! The cases, the same for every store.

use super::front::Fault;
use super::lost;
use super::stand::{Provided, Stand, declared_so, provider};
use super::wire::{self, Reply};
use crate::live::wait::until_true;
use flyball::domain::model::flag::{FlagView, Standing};
use flyball::domain::model::reason::Code;
use flyball::edge::flags::error::FlagError;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

type Case = fn(&'static dyn Stand);

/// Every case by its name in the table.
pub const ALL: &[(&str, Case)] = &[
    ("cut, and read back", cut),
    ("restore, to the very original", restore),
    ("a person's edit ends the hold and stays", foreign_edit),
    ("a missing flag, and one made anew where the store tells", missing),
    ("others write before each of our writes", storm),
    ("the answer to a write is lost", lost::answer),
    ("a write is lost", lost::write),
    ("killed between write and record", lost::killed),
    ("credentials are not taken", unauthorized),
    ("the limit on calls is reached", rate_limited),
    ("a redirect is not followed", redirected),
    ("an answer without end or sense", oversized),
    ("the secret is rotated", rotated),
    ("a guarded address", guarded),
];

pub fn is_cut(standing: &Standing) -> bool {
    matches!(standing, Standing::Cut { .. })
}

fn cut(stand: &'static dyn Stand) {
    let store = Provided::open(stand);
    stand.create("cut");
    let original = stand.content("cut");
    assert_eq!(store.see("cut", None).standing, Standing::Free);
    let hold = store.hold("cut");
    store.front.set(Fault::None);
    for _ in 0..2 {
        store.cut(&hold).expect("it can be cut");
        assert!(is_cut(&store.see("cut", Some(&hold)).standing));
    }
    assert!(store.front.writes() > 0);
    let written = store.front.writes();
    store.cut(&hold).expect("it is cut");
    assert_eq!(store.front.writes(), written, "what is so already is not written");
    assert_ne!(stand.content("cut"), original);
    assert_eq!(store.see("cut", None).standing, Standing::AtFallback, "without its hold it is simply so");
}

fn restore(stand: &'static dyn Stand) {
    let store = Provided::open(stand);
    stand.create("restore");
    let original = stand.content("restore");
    let hold = store.hold("restore");
    store.cut(&hold).expect("it can be cut");
    for _ in 0..2 {
        store.restore(&hold).expect("it can be given back");
        assert_eq!(store.see("restore", Some(&hold)).standing, Standing::Free);
    }
    assert_eq!(stand.content("restore"), original);
    // And once more, as after a probe.
    store.cut(&hold).expect("it can be cut again");
    store.restore(&hold).expect("it can be given back again");
    assert_eq!(stand.content("restore"), original);
}

fn foreign_edit(stand: &'static dyn Stand) {
    let store = Provided::open(stand);
    stand.create("edited");
    let hold = store.hold("edited");
    store.cut(&hold).expect("it can be cut");
    let cut = store.see("edited", Some(&hold)).document;
    stand.edit("edited");
    let edited = stand.content("edited");
    let state = store.see("edited", Some(&hold));
    assert!(matches!(state.standing, Standing::Foreign(_)), "{state:?}");
    assert_eq!(state.editor.is_some(), store.provider.facts().capabilities.history, "{state:?}");
    for written in
        [store.restore_from(&hold, &cut), store.restore_from(&hold, &state.document), store.cut(&hold)]
    {
        assert!(matches!(written, Err(FlagError::Foreign { .. })), "{written:?}");
    }
    assert_eq!(stand.content("edited"), edited);
}

fn missing(stand: &'static dyn Stand) {
    let store = Provided::open(stand);
    assert!(matches!(store.view("none", None), FlagView::Gone { .. }));
    stand.create("gone");
    let hold = store.hold("gone");
    store.cut(&hold).expect("it can be cut");
    stand.delete("gone");
    assert!(matches!(store.view("gone", Some(&hold)), FlagView::Gone { .. }));
    assert!(matches!(store.restore_from(&hold, ""), Err(FlagError::NotFound(_))));
    assert!(matches!(store.cut(&hold), Err(FlagError::NotFound(_))));
    if hold.uid.is_some() {
        stand.create("gone");
        let fresh = stand.content("gone");
        assert_ne!(store.see("gone", Some(&hold)).uid, hold.uid);
        for written in [store.cut(&hold), store.restore(&hold)] {
            assert!(matches!(written, Err(FlagError::Conflict { .. })), "{written:?}");
        }
        assert_eq!(stand.content("gone"), fresh);
    }
    if stand.name() != "http" {
        // What stands before a store says 404, too, and that says nothing of a flag.
        store.front.set(Fault::Answer(Reply::new(404, "<html>no such backend</html>")));
        assert_eq!(store.unreadable("gone", Some(&hold)).code, Code::ProviderUnavailable);
    }
    for key in ["..", "a/../b", "%2e%2e"] {
        // Either the store knows no such flag, or the key is refused: another path is never asked.
        store.front.set(Fault::None);
        assert!(!matches!(store.view(key, None), FlagView::Seen(_)), "{key}");
        let seen = store.front.seen();
        assert!(seen.iter().all(|line| !line.contains("/../")), "{seen:?}");
    }
}

/// Before a write of ours is passed on, a person edits the flag: the edit stands, and nothing of ours.
fn storm(stand: &'static dyn Stand) {
    let store = Provided::open(stand);
    for i in 0..6 {
        let key = format!("storm{i}");
        stand.create(&key);
        let hold = store.hold(&key);
        if i % 2 == 1 {
            store.cut(&hold).expect("it can be cut");
        }
        let before = store.see(&key, Some(&hold)).document;
        let (first, name) = (AtomicBool::new(true), key.clone());
        store.front.set(Fault::BeforeWrite(Arc::new(move || {
            if first.swap(false, Ordering::SeqCst) {
                stand.edit(&name);
            }
        })));
        let written = if i % 2 == 0 { store.cut(&hold) } else { store.restore_from(&hold, &before) };
        store.front.set(Fault::None);
        let told = matches!(written, Err(FlagError::Conflict { .. } | FlagError::Foreign { .. }));
        assert!(told, "{} {key}: {written:?}", stand.name());
        let twin = format!("storm{i}-twin");
        stand.create(&twin);
        if i % 2 == 1 {
            store.cut(&store.hold(&twin)).expect("it can be cut");
        }
        stand.edit(&twin);
        assert_eq!(stand.content(&key), stand.content(&twin), "the edit stands as if we had not been there");
        let state = store.see(&key, Some(&hold));
        assert!(matches!(state.standing, Standing::Foreign(_)), "{} {key}: {state:?}", stand.name());
    }
}

fn unauthorized(stand: &'static dyn Stand) {
    let store = Provided::open(stand);
    stand.create("secret");
    let hold = store.hold("secret");
    let before = stand.content("secret");
    let token = format!("wrong-{}", super::stand::CANARY);
    let stranger = Provided { provider: provider(stand, &store.front.url(), &token), ..store.anew() };
    let reason = stranger.unreadable("secret", Some(&hold));
    assert_eq!(reason.code, Code::ProviderRefused);
    assert!(reason.message.contains("Secret that the provider names"), "{reason}");
    assert!(matches!(stranger.cut(&hold), Err(FlagError::Unauthorized { .. })));
    assert_eq!(stand.content("secret"), before);
}

fn rate_limited(stand: &'static dyn Stand) {
    let store = Provided::open(stand);
    stand.create("limit");
    let hold = store.hold("limit");
    let before = stand.content("limit");
    store.front.set(Fault::Answer(Reply::new(429, "slow down").with("Retry-After", "1")));
    assert!(matches!(store.cut(&hold), Err(FlagError::RateLimited { .. })));
    assert_eq!(store.front.seen().len(), 1, "{:?}", store.front.seen());
    store.front.set(Fault::None);
    let reason = store.unreadable("limit", Some(&hold));
    assert_eq!((reason.code, store.front.seen().len()), (Code::ProviderUnavailable, 0), "the pause is kept");
    assert_eq!(stand.content("limit"), before);
    until_true("the pause is over", 20, || store.cut(&hold).is_ok());
}

fn redirected(stand: &'static dyn Stand) {
    let store = Provided::open(stand);
    stand.create("elsewhere");
    let hold = store.hold("elsewhere");
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = asked.clone();
    let other = wire::serve(move |_| {
        counted.fetch_add(1, Ordering::SeqCst);
        Some(Reply::new(200, "{}"))
    });
    let location = format!("http://{other}/");
    store.front.set(Fault::Answer(Reply::new(307, "").with("Location", &location)));
    let reason = store.unreadable("elsewhere", Some(&hold));
    assert!(reason.message.contains("redirect (307)"), "{reason}");
    assert!(matches!(store.cut(&hold), Err(FlagError::Unavailable { .. })));
    assert_eq!(asked.load(Ordering::SeqCst), 0);
}

fn oversized(stand: &'static dyn Stand) {
    let store = Provided::open(stand);
    stand.create("large");
    let hold = store.hold("large");
    let before = stand.content("large");
    for (body, part) in [
        (vec![b'['; 5 << 20], "larger than"),
        (b"<html>canary7f3a".to_vec(), "the answer"),
        (Vec::new(), "the answer"),
    ] {
        store.front.set(Fault::Answer(Reply::new(200, body)));
        let reason = store.unreadable("large", Some(&hold));
        assert!(reason.message.contains(part), "{reason}");
        assert!(store.cut(&hold).is_err());
        assert_eq!(store.front.writes(), 0);
    }
    assert_eq!(stand.content("large"), before);
}

/// The new secret may have another name at the store: our own cut is known as ours all the same.
fn rotated(stand: &'static dyn Stand) {
    let store = Provided::open(stand);
    stand.create("rotated");
    let original = stand.content("rotated");
    let hold = store.hold("rotated");
    store.cut(&hold).expect("it can be cut");
    let cut = store.see("rotated", Some(&hold)).document;
    stand.rotate();
    assert!(matches!(store.restore_from(&hold, &cut), Err(FlagError::Unauthorized { .. })));
    let renewed = store.anew();
    renewed.provider.succeed(&store.provider);
    assert!(is_cut(&renewed.see("rotated", Some(&hold)).standing));
    renewed.restore(&hold).expect("it can be given back");
    assert_eq!(stand.content("rotated"), original);
}

fn guarded(stand: &'static dyn Stand) {
    let store = Provided::open(stand);
    let mut spec = stand.spec(&store.front.url());
    let kind = spec.as_object().expect("a spec").keys().next().expect("one store").clone();
    spec[&kind]["endpoint"].as_object_mut().expect("an endpoint").remove("allowAddresses");
    let fenced = Provided { provider: declared_so(stand, spec, &stand.token()), ..store };
    let reason = fenced.unreadable("guarded", None);
    assert!(reason.message.contains("add Loopback to the endpoint's allowAddresses"), "{reason}");
    assert_eq!(fenced.front.seen().len(), 0);
}

//! What every store of flags inside Kubernetes must do, on the real API server.
//!
//! One list of cases for all kinds. The governor's own account is used, so its rights are tested,
//! too; edits are a person's.

use crate::kubernetes::address;
use crate::kubernetes::control_plane::ControlPlane;
use crate::kubernetes::store::{INSTALLATION, KINDS, Kind, Store, now, provider};
use crate::live::wait::until;
use flyball::domain::model::flag::{FlagView, Standing};
use flyball::domain::model::reason::Code;
use flyball::edge::flags::error::FlagError;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, Ordering};

/// One case, in a namespace of its own for every kind.
fn for_every_kind(plane: &ControlPlane, case: &str, test: impl Fn(&Store)) {
    for kind in KINDS {
        let namespace = format!("{case}-{}", format!("{kind:?}").to_lowercase());
        println!("{namespace}");
        test(&Store::open(plane, kind, &namespace));
    }
}

fn is_cut(standing: &Standing) -> bool {
    matches!(standing, Standing::Cut { fallback, .. } if fallback == "off")
}

/// Cut, read back, cut again without a write, given back to every digit.
pub fn cut_and_give_back(plane: &ControlPlane) {
    for_every_kind(plane, "round", |store| {
        let before = store.content();
        let hold = store.hold();
        for _ in 0..2 {
            store.cut(&hold).expect("it can be cut");
            assert!(is_cut(&store.see(Some(&hold)).standing), "{:?}", store.see(Some(&hold)));
        }
        let cut = store.content();
        assert_ne!(cut, before);
        assert!(cut.contains(INSTALLATION), "the cut carries no mark: {cut}");
        for _ in 0..2 {
            store.restore(&hold).expect("it can be given back");
            assert_eq!(store.see(Some(&hold)).standing, Standing::Free);
        }
        assert_eq!(store.content(), before, "{:?}", store.kind);
    });
}

/// A change of anything but our flag is no foreign edit, and stays.
pub fn edits_elsewhere_stay(plane: &ControlPlane) {
    for_every_kind(plane, "elsewhere", |store| {
        let hold = store.hold();
        store.cut(&hold).expect("it can be cut");
        let other = if store.kind == Kind::Values { "maybe" } else { r#"{"variants": {"on": 2}}"# };
        store.edit(&store.change("other", other));
        store.edit(&json!({"metadata": {"labels": {"team": "b"}}}));
        let state = store.see(Some(&hold));
        assert!(is_cut(&state.standing), "{state:?}");
        let edited = store.content();
        assert!(edited.contains("\"team\":\"b\""), "{edited}");
        store.restore(&hold).expect("it can be given back");
        assert_eq!(store.see(Some(&hold)).standing, Standing::Free);
        let FlagView::Seen(kept) = store.view("other", None) else { panic!("the other flag is there") };
        assert!(kept.document.contains(['2', 'm']), "the edit was lost: {}", kept.document);
    });
}

/// A person's edit of our flag wins and stays, and its manager is named.
pub fn edits_of_our_flag_win(plane: &ControlPlane) {
    for_every_kind(plane, "edited", |store| {
        let hold = store.hold();
        store.cut(&hold).expect("it can be cut");
        until("a second has begun in which nobody else wrote", 10, || {
            let begun = hold.created.is_some_and(|created| now().timestamp() > created.timestamp());
            if begun { Ok(()) } else { Err("it is the same".to_string()) }
        });
        let edit = if store.kind == Kind::Values { "maybe" } else { r#"{"defaultVariant": "third"}"# };
        store.edit(&store.change("check", edit));
        let state = store.see(Some(&hold));
        let editor = state.editor.clone().expect("managedFields show who it was");
        assert_eq!(editor.name, "kubectl-edit");
        match (store.kind, &state.standing) {
            (Kind::Values, Standing::Foreign(_)) => {
                let error = store.restore(&hold).expect_err("it is not ours any more");
                assert!(matches!(error, FlagError::Conflict { .. }), "{error}");
                assert!(store.content().contains("\"check\":\"maybe\""), "{}", store.content());
            }
            (_, Standing::CutAndEdited(what)) => {
                assert!(what.contains("defaultVariant"), "{what}");
                store.restore(&hold).expect("the wrapper comes off");
                let state = store.see(None);
                assert!(state.document.contains("third"), "the edit was lost: {}", state.document);
                assert!(!state.document.contains("$flagd.timestamp"), "{}", state.document);
            }
            (kind, other) => panic!("{kind:?} {other:?}"),
        }
    });
}

/// An edit inside the wrapper is no end of the hold, and is kept.
pub fn edits_inside_stay(plane: &ControlPlane) {
    for kind in [Kind::FeatureFlag, Kind::Document] {
        let store = Store::open(plane, kind, &format!("inside-{}", format!("{kind:?}").to_lowercase()));
        let hold = store.hold();
        store.cut(&hold).expect("it can be cut");
        let document: Value = serde_json::from_str(&store.see(Some(&hold)).document).expect("a flag is JSON");
        let mut targeting = document["targeting"].clone();
        targeting["if"][2] = json!({"if": [true, "third"]});
        store.edit(&store.change("check", &json!({ "targeting": targeting }).to_string()));
        assert!(is_cut(&store.see(Some(&hold)).standing), "{:?}", store.see(Some(&hold)));
        let hold = store.restore(&hold).expect("it can be given back");
        let state = store.see(Some(&hold));
        assert_eq!(state.standing, Standing::Free);
        let flag: Value = serde_json::from_str(&state.document).expect("a flag is JSON");
        assert_eq!(flag["targeting"], json!({"if": [true, "third"]}));
    }
}

/// Gone is what is not there; an object made anew is another one and not touched.
pub fn gone_and_made_anew(plane: &ControlPlane) {
    for_every_kind(plane, "anew", |store| {
        assert!(matches!(store.view("none", None), FlagView::Gone { .. }));
        let hold = store.hold();
        store.cut(&hold).expect("it can be cut");
        store.delete();
        assert!(matches!(store.view("check", Some(&hold)), FlagView::Gone { .. }));
        store.create();
        let fresh = store.content();
        let state = store.see(Some(&hold));
        assert_ne!(state.uid, hold.uid);
        for written in [store.cut(&hold), store.restore(&hold).map(drop)] {
            assert!(matches!(written, Err(FlagError::Conflict { .. })), "{written:?}");
        }
        assert_eq!(store.content(), fresh, "{:?}", store.kind);
    });
}

/// While somebody writes the same object without pause, every cut and restore is done or refused
/// as a conflict, and nobody's write is lost.
pub fn a_storm_of_writes_loses_nothing(plane: &ControlPlane) {
    for_every_kind(plane, "storm", |store| {
        let (hold, over) = (store.hold(), AtomicBool::new(false));
        let written = std::thread::scope(|scope| {
            let storm = scope.spawn(|| {
                let mut written = 0;
                while !over.load(Ordering::Relaxed) {
                    written += 1;
                    let label = json!({"metadata": {"labels": {"count": written.to_string()}}});
                    store.edit(&label);
                }
                written
            });
            let mut conflicts = 0;
            let mut insist = |what: &dyn Fn() -> Result<(), FlagError>| {
                until("a write gets through", 60, || {
                    what().map_err(|error| {
                        assert!(matches!(error, FlagError::Conflict { .. }), "{error}");
                        conflicts += 1;
                        error.to_string()
                    })
                });
            };
            for _ in 0..3 {
                insist(&|| store.cut(&hold));
                insist(&|| store.restore(&hold).map(drop));
            }
            over.store(true, Ordering::Relaxed);
            let written = storm.join().expect("the storm ends");
            println!("{:?}: {written} writes beside six of ours, {conflicts} conflicts told", store.kind);
            written
        });
        assert_eq!(store.see(Some(&hold)).standing, Standing::Free);
        assert!(store.content().contains(&format!("\"count\":\"{written}\"")), "{}", store.content());
    });
}

/// A cut whose FlagHold is lost is found by its mark, and given back from it alone.
pub fn a_lost_hold_is_found_by_the_mark(plane: &ControlPlane) {
    for_every_kind(plane, "orphan", |store| {
        let before = store.content();
        let hold = store.hold();
        store.cut(&hold).expect("it can be cut");
        let refused = store.see(None).standing;
        let Standing::Refused(reason) = refused else { panic!("{refused:?}") };
        assert!(reason.message.contains("no FlagHold remembers it"), "{reason}");
        let [orphan] = store.orphans().holds.try_into().expect("it is the only one");
        assert_eq!((&orphan.target, &orphan.uid), (&hold.target, &hold.uid));
        let given_back = store.restore(&orphan).expect("it can be given back");
        assert_eq!(store.see(Some(&hold)).standing, Standing::Free, "it has its original");
        if store.kind == Kind::Document {
            // How the text was laid out went with the hold.
            assert!(!store.content().contains(INSTALLATION), "{}", given_back.pre_image);
        } else {
            assert_eq!(store.content(), before);
        }
        assert_eq!(store.orphans().holds, []);
    });
}

/// Who may not read or write is told so, and nothing else follows.
pub fn without_rights_nothing_follows(plane: &ControlPlane) {
    for_every_kind(plane, "rights", |store| {
        let hold = store.hold();
        let before = store.content();
        let text = std::fs::read_to_string(plane.governor_kubeconfig()).expect("the kubeconfig is there");
        let mut config: Value = serde_json::from_str(&text).expect("it is JSON");
        config["users"][0]["user"] = json!({"token": "nobody"});
        let file = plane.folder.join("nobody.kubeconfig");
        std::fs::write(&file, config.to_string()).expect("a file can be written");
        let stranger =
            Store { provider: provider(store.kind, &file), namespace: store.namespace.clone(), ..*store };
        let FlagView::Unreadable(reason) = stranger.view("check", Some(&hold)) else { panic!("it was read") };
        assert_eq!(reason.code, Code::ProviderRefused);
        let runtime = crate::kubernetes::api::runtime();
        let error =
            runtime.block_on(stranger.provider.cut(&hold, &hold.pre_image)).expect_err("it is refused");
        assert!(matches!(error, FlagError::Forbidden { .. }), "{error}");
        assert!(!error.to_string().contains("nobody"), "the token is told: {error}");
        assert_eq!(store.content(), before);
    });
}

/// Only a ConfigMap with the label is cut; one that lost it is given back all the same.
pub fn only_labelled_config_maps_are_cut(plane: &ControlPlane) {
    for kind in [Kind::Document, Kind::Values] {
        let store = Store::open(plane, kind, &format!("label-{}", format!("{kind:?}").to_lowercase()));
        let label = |value: Value| store.edit(&json!({"metadata": {"labels": {"flyball.dev/flags": value}}}));
        let hold = store.hold();
        label(json!("false"));
        let closed = store.content();
        let Standing::Refused(reason) = store.see(None).standing else { panic!("{kind:?} is open") };
        let fix =
            format!("kubectl label configmap -n {} service-flags flyball.dev/flags=true", store.namespace);
        assert!(reason.message.contains(&fix), "{reason}");
        assert!(matches!(store.cut(&hold), Err(FlagError::Refused { .. })));
        assert_eq!(store.content(), closed);
        label(json!("true"));
        store.cut(&hold).expect("it is open again");
        label(Value::Null);
        store.restore(&hold).expect("giving back asks for no label");
        assert_eq!(store.see(Some(&hold)).standing, Standing::Free);
    }
}

/// Before March 2026 the operator's definition of FeatureFlag dropped the `metadata` of flags, and
/// our marks with it: the cut is known as ours all the same, and found by its note.
pub fn older_definitions_lose_no_cut(plane: &ControlPlane) {
    let path = address::one("CustomResourceDefinition", "", "featureflags.core.openfeature.dev");
    let definition = plane.admin.get(&path).expect("the definition is there");
    let versions = definition["spec"]["versions"].clone();
    let mut older = versions.clone();
    older[0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]["flagSpec"] = older_flag_spec();
    plane.admin.merge(&path, &json!({"spec": {"versions": older}})).expect("the definition can be changed");
    let store = Store::open(plane, Kind::FeatureFlag, "older-featureflag");
    until("metadata of flags is dropped", 60, || {
        store.edit(&store.change("check", r#"{"metadata": {"team": "a"}}"#));
        let content = store.content();
        if content.contains("metadata") { Err(content) } else { Ok(()) }
    });
    let before = store.content();
    let hold = store.hold();
    store.cut(&hold).expect("it can be cut");
    assert!(!store.content().contains("\"metadata\""), "the marks are dropped: {}", store.content());
    assert!(is_cut(&store.see(Some(&hold)).standing), "{:?}", store.see(Some(&hold)));
    let [orphan] = store.orphans().holds.try_into().expect("it is known by its note");
    assert_eq!(orphan.target, hold.target);
    store.restore(&hold).expect("it can be given back");
    assert_eq!(store.content(), before);
    plane
        .admin
        .merge(&path, &json!({"spec": {"versions": versions}}))
        .expect("the definition can be changed");
    until("metadata of flags is kept again", 60, || {
        store.edit(&store.change("check", r#"{"metadata": {"team": "a"}}"#));
        let content = store.content();
        if content.contains("metadata") { Ok(()) } else { Err(content) }
    });
}

/// What the operator's definition said of flags then, as far as it matters here.
fn older_flag_spec() -> Value {
    let open = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
    json!({"type": "object", "required": ["flags"], "properties": {
        "$evaluators": open,
        "flags": {"type": "object", "additionalProperties": {
            "type": "object", "required": ["defaultVariant", "state", "variants"],
            "properties": {
                "defaultVariant": {"type": "string"}, "state": {"type": "string", "enum": ["ENABLED", "DISABLED"]},
                "targeting": open, "variants": open,
            },
        }},
    }})
}

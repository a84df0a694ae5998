//! Two objects, one that others keep and one of our own: what a cut and a restore make of ours.

use super::body::Body;
use super::overlay::{self, Change};
use super::patch::Op;
use super::shape::{Shape, There};
use crate::domain::model::flag::{FlagState, FlagTarget, ObjectName, Standing};
use crate::domain::model::hold::FlagHold;
use crate::edge::flags::asked::Asked;
use crate::edge::flags::error::Fault;
use chrono::{DateTime, Utc};
use proptest::prelude::*;
use serde_json::{Value, json};

const END: i64 = 1_800_000_000;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

fn name(name: &str) -> ObjectName {
    ObjectName { namespace: "shop".into(), name: name.into() }
}

fn target() -> FlagTarget {
    FlagTarget {
        provider: "flags".into(),
        store: "openFeature".into(),
        endpoint: String::new(),
        project: Some("shop/flags".into()),
        object: Some(name("flags-cut")),
        key: "check".into(),
    }
}

fn flag() -> Value {
    json!({"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "on",
        "targeting": {"if": [{"$ref": "beta"}, "off"]}})
}

fn theirs(flag: &Value) -> Value {
    let rules = json!({"beta": {"==": [{"var": "tier"}, "beta"]}});
    json!({"metadata": {"name": "flags", "namespace": "shop", "uid": "b", "resourceVersion": "3",
            "annotations": {"argocd.argoproj.io/tracking-id": "shop:flags"}},
        "spec": {"flagSpec": {"$evaluators": rules, "flags": {"other": {"x": 1}, "check": flag}}}})
}

fn hold(deadline: Option<i64>) -> FlagHold {
    FlagHold {
        target: target(),
        installation: "here".into(),
        pre_image: flag().to_string(),
        uid: None,
        fallback: "off".into(),
        deadline: deadline.map(at),
        claims: Vec::new(),
        created: Some(at(1_790_000_000)),
    }
}

/// The two objects as an API server would keep them.
#[derive(Debug, Clone, PartialEq)]
struct Pair {
    theirs: Option<Value>,
    ours: Option<Value>,
}

impl Pair {
    fn new(flag: &Value) -> Self {
        Self { theirs: Some(theirs(flag)), ours: None }
    }

    fn there(&self) -> There {
        let body = |object: &Option<Value>| object.as_ref().map(|it| Body::read(it.to_string()).unwrap());
        There { own: body(&self.ours), base: body(&self.theirs) }
    }

    fn look(&self, hold: Option<&FlagHold>) -> Option<FlagState> {
        let asked =
            Asked { key: "check", fallback: "off", hold, installation: "here", now: at(1_790_000_000) };
        Shape::Overlay.look(&self.there(), &target(), &asked).unwrap()
    }

    fn see(&self, hold: Option<&FlagHold>) -> FlagState {
        self.look(hold).expect("the flag is there")
    }

    /// Writes until there is nothing more to write; gives the number of writes.
    fn bring(
        &mut self,
        change: impl Fn(&There, &str) -> Result<Option<Change>, Fault>,
        hold: &FlagHold,
    ) -> usize {
        for written in 0..3 {
            match change(&self.there(), &self.see(Some(hold)).document).unwrap() {
                None => return written,
                Some(Change::Make) => {
                    let mut made = overlay::empty(&name("flags-cut"));
                    made["metadata"]["uid"] = json!("o");
                    made["metadata"]["resourceVersion"] = json!("1");
                    assert!(self.ours.replace(made).is_none(), "it was there");
                }
                Some(Change::Patch(ops)) => patch(self.ours.as_mut().unwrap(), &ops),
            }
        }
        panic!("it does not come to rest: {self:?}");
    }

    fn cut(&mut self, hold: &FlagHold) -> usize {
        self.bring(|there, expected| Shape::Overlay.cut(there, hold, expected), hold)
    }

    fn restore(&mut self, hold: &FlagHold) -> usize {
        self.bring(|there, expected| Shape::Overlay.restore(there, hold, expected), hold)
    }

    /// The copy of the flag in our object.
    fn copy(&mut self) -> &mut Value {
        self.ours.as_mut().unwrap().pointer_mut("/spec/flagSpec/flags/check").unwrap()
    }

    fn orphans(&self) -> (Vec<FlagHold>, Vec<String>) {
        let own = self.there().own.unwrap();
        Shape::Overlay.orphans(&own, "here", |_| FlagTarget { project: None, ..target() }).unwrap()
    }
}

fn patch(object: &mut Value, ops: &[Op]) {
    for op in ops {
        let (path, value) = match op {
            Op::Add { path, value } | Op::Replace { path, value } => (path, Some(value)),
            Op::Remove { path } => (path, None),
            Op::Test { .. } => panic!("tests are added by the store"),
        };
        let (parent, name) = path.rsplit_once('/').unwrap();
        let name = name.replace("~1", "/").replace("~0", "~");
        let members = object.pointer_mut(parent).unwrap().as_object_mut().unwrap();
        assert!(matches!(op, Op::Add { .. }) || members.contains_key(&name), "{path} is not there");
        match value {
            Some(value) => drop(members.insert(name, serde_json::from_str(value.get()).unwrap())),
            None => drop(members.remove(&name)),
        }
    }
}

fn end(state: &FlagState) -> Option<i64> {
    match &state.standing {
        Standing::Cut { fallback, until } if fallback == "off" => until.map(|until| until.timestamp()),
        other => panic!("{other:?}"),
    }
}

fn foreign(state: &FlagState) -> &str {
    match &state.standing {
        Standing::Foreign(what) => what,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_cut_is_made_in_our_object_and_nothing_is_written_to_theirs() {
    let mut pair = Pair::new(&flag());
    let free = pair.see(None);
    assert_eq!((free.standing, free.uid, free.owner), (Standing::Free, None, None));
    let before = pair.theirs.clone();
    assert_eq!(pair.cut(&hold(Some(END))), 2, "it is made, then written");
    assert_eq!(end(&pair.see(Some(&hold(Some(END))))), Some(END));
    let rule = json!({"if": [{"<": [{"var": "$flagd.timestamp"}, END]}, "off",
        {"if": [{"==": [{"var": "tier"}, "beta"]}, "off"]}]});
    assert_eq!(pair.copy()["targeting"], rule, "what the rule names is put into it");
    assert_eq!(pair.ours.as_ref().unwrap()["metadata"]["labels"], json!({"flyball.dev/overlay": "true"}));
    assert_eq!(pair.cut(&hold(Some(END + 60))), 1, "a later end is written");
    assert_eq!(end(&pair.see(Some(&hold(Some(END + 60))))), Some(END + 60));
    assert_eq!(pair.restore(&hold(Some(END + 60))), 1);
    assert_eq!(pair.see(Some(&hold(None))).standing, Standing::Free);
    assert_eq!(pair.ours.as_ref().unwrap()["spec"]["flagSpec"]["flags"], json!({}));
    assert_eq!(pair.ours.as_ref().unwrap()["metadata"]["annotations"], json!({}));
    assert_eq!(pair.theirs, before);
    assert_eq!(pair.cut(&hold(None)), 1, "the empty object is used again");
    assert_eq!(end(&pair.see(Some(&hold(None)))), None);
}

#[test]
fn what_others_write_into_theirs_ends_no_cut_and_comes_into_the_copy() {
    let (mut pair, held) = (Pair::new(&flag()), hold(Some(END)));
    pair.cut(&held);
    pair.theirs = Some(theirs(&flag()));
    assert_eq!(pair.cut(&held), 0, "a tool that writes the same again changes nothing");
    let mut edited = flag();
    edited["targeting"] = json!({"if": [true, "on"]});
    edited["variants"]["off"] = json!("no");
    pair.theirs = Some(theirs(&edited));
    assert_ne!(end(&pair.see(Some(&held))), Some(END), "an end that no hold has is written anew");
    assert_eq!(pair.cut(&held), 1);
    assert_eq!(end(&pair.see(Some(&held))), Some(END));
    assert_eq!(pair.copy()["targeting"]["if"][2], json!({"if": [true, "on"]}));
    assert_eq!(pair.copy()["variants"]["off"], json!("no"));

    for gone in [Some(theirs(&json!(null))), None] {
        let mut pair = Pair { theirs: gone, ..pair.clone() };
        assert_eq!(end(&pair.see(Some(&held))), Some(END), "the cut holds without theirs");
        assert_eq!(pair.restore(&held), 1);
    }
}

#[test]
fn who_edits_the_copy_ends_the_cut_and_the_edit_stays() {
    let edits: [fn(&mut Pair); 6] = [
        |pair| pair.copy()["defaultVariant"] = json!("off"),
        |pair| pair.copy()["targeting"]["if"][2] = json!({"if": [true, "on"]}),
        |pair| pair.copy()["targeting"]["if"][0]["<"][1] = json!(END + 1),
        |pair| drop(pair.copy().as_object_mut().unwrap().remove("targeting")),
        |pair| *pair.copy() = json!("no flag"),
        |pair| drop(pair.ours.as_mut().unwrap()["metadata"].as_object_mut().unwrap().remove("annotations")),
    ];
    for edit in edits {
        let (mut pair, held) = (Pair::new(&flag()), hold(Some(END)));
        pair.cut(&held);
        edit(&mut pair);
        let before = pair.clone();
        let state = pair.see(Some(&held));
        assert!(foreign(&state).contains("ours alone"), "{state:?}");
        for change in [
            Shape::Overlay.cut(&pair.there(), &held, &state.document),
            Shape::Overlay.restore(&pair.there(), &held, &state.document),
        ] {
            assert!(matches!(change, Err(Fault::Conflict(_))), "{change:?}");
        }
        assert_eq!(pair.orphans().0, [], "the sweep leaves it");
        assert_eq!(pair, before);
    }
    let (mut pair, held) = (Pair::new(&flag()), hold(Some(END)));
    pair.cut(&held);
    pair.copy()["defaultVariant"] = json!("off");
    assert!(pair.orphans().1[0].contains("key check") && pair.orphans().1[0].contains("take it out"));
    pair.ours = None;
    assert_eq!(pair.see(Some(&held)).standing, Standing::Free, "who takes our object away takes the cut off");
}

#[test]
fn a_key_in_our_object_that_is_none_of_ours_keeps_the_flag_from_being_cut() {
    let mut pair = Pair::new(&flag());
    let mut ours = overlay::empty(&name("flags-cut"));
    ours["spec"]["flagSpec"]["flags"] = json!({"check": flag()});
    pair.ours = Some(ours);
    let Standing::Refused(reason) = pair.see(None).standing else { panic!("it can be cut") };
    assert!(
        reason.message.contains("shop/flags-cut") && reason.message.contains("take the key out"),
        "{reason}"
    );
    let change = Shape::Overlay.cut(&pair.there(), &hold(None), &flag().to_string());
    assert!(matches!(change, Err(Fault::Conflict(_))), "{change:?}");
}

#[test]
fn a_cut_whose_hold_is_lost_is_found_by_its_note_and_taken_out() {
    let mut pair = Pair::new(&flag());
    pair.cut(&hold(Some(END)));
    let Standing::Refused(reason) = pair.see(None).standing else { panic!("it can be cut") };
    assert!(reason.message.contains("no FlagHold remembers it"), "{reason}");
    let (holds, lost) = pair.orphans();
    assert_eq!((holds.len(), lost), (1, Vec::new()));
    assert_eq!((&holds[0].target, holds[0].deadline), (&target(), Some(at(END))));
    let own = pair.there().own.unwrap();
    let plain = Shape::FeatureFlag.orphans(&own, "here", |_| target()).unwrap();
    assert_eq!(plain, (vec![], vec![]), "it is no cut in an object of others");
    assert_eq!(pair.restore(&holds[0]), 1);
    assert_eq!(pair.orphans(), (vec![], vec![]));
    let elsewhere = Shape::Overlay.orphans(&own, "elsewhere", |_| target()).unwrap();
    assert_eq!(elsewhere, (vec![], vec![]));
}

#[test]
fn what_cannot_stand_alone_is_refused_and_what_is_nowhere_is_absent() {
    let mut lost = flag();
    lost["targeting"] = json!({"if": [{"$ref": "nothing"}, "off"]});
    let pair = Pair::new(&lost);
    let Standing::Refused(reason) = pair.see(None).standing else { panic!("it can be cut") };
    assert!(reason.message.contains("which $evaluators lacks"), "{reason}");
    let change = Shape::Overlay.cut(&pair.there(), &hold(None), &lost.to_string());
    assert!(matches!(change, Err(Fault::Refused(_))), "{change:?}");
    for nowhere in
        [Pair { theirs: None, ours: None }, Pair { theirs: None, ours: Some(overlay::empty(&name("x"))) }]
    {
        assert_eq!(nowhere.look(None), None);
        let change = Shape::Overlay.cut(&nowhere.there(), &hold(None), "");
        assert!(matches!(change, Err(Fault::Absent)), "{change:?}");
    }
    let disabled = json!({"state": "DISABLED", "variants": {"off": 1}});
    assert!(matches!(Pair::new(&disabled).see(None).standing, Standing::Refused(_)));
}

fn rule() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!("on")),
        Just(json!("off")),
        Just(json!({"$ref": "beta"})),
        Just(json!({"fractional": [["on", 50], ["off", 50]]})),
        any::<i32>().prop_map(Value::from),
        "\\PC{0,6}".prop_map(Value::from),
    ];
    let any = leaf.prop_recursive(3, 12, 3, |inner| {
        prop::collection::vec(inner, 1..4).prop_map(|parts| json!({ "if": parts }))
    });
    any.prop_filter("a rule is an object", Value::is_object)
}

fn any_flag() -> impl Strategy<Value = Value> {
    let metadata = prop::option::of(prop::collection::btree_map("[a-z]{1,3}", any::<i32>(), 0..3));
    (prop::option::of(rule()), metadata, any::<i32>()).prop_map(|(rule, metadata, on)| {
        let mut flag =
            json!({"state": "ENABLED", "variants": {"off": false, "on": on}, "defaultVariant": "on"});
        if let Some(rule) = rule {
            flag["targeting"] = rule;
        }
        if let Some(metadata) = metadata {
            flag["metadata"] = json!(metadata);
        }
        flag
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn whatever_others_write_the_cut_stands_and_comes_out_whole(
        flags in prop::collection::vec(any_flag(), 1..4), ends in prop::collection::vec(prop::option::of(1i64..4_000_000_000), 1..4), older in any::<bool>()
    ) {
        // Older definitions drop the metadata of flags.
        let kept = |flag: &Value| {
            let mut flag = flag.clone();
            if older {
                flag.as_object_mut().unwrap().remove("metadata");
            }
            flag
        };
        let mut pair = Pair::new(&kept(&flags[0]));
        prop_assert_eq!(pair.see(None).standing, Standing::Free);
        let mut held = hold(ends[0]);
        held.pre_image = pair.see(None).document;
        for (i, flag) in flags.iter().enumerate() {
            pair.theirs = Some(theirs(&kept(flag)));
            held.deadline = ends[i % ends.len()].map(at);
            pair.cut(&held);
            *pair.copy() = kept(&pair.copy().clone());
            prop_assert_eq!(end(&pair.see(Some(&held))), held.deadline.map(|end| end.timestamp()));
            prop_assert_eq!(pair.cut(&held), 0);
            let (orphans, lost) = pair.orphans();
            prop_assert_eq!((orphans.len(), lost.len()), (1, 0));
        }
        pair.restore(&held);
        prop_assert_eq!(&pair.ours.as_ref().unwrap()["spec"]["flagSpec"]["flags"], &json!({}));
        prop_assert_eq!(pair.see(None).standing, Standing::Free);
    }
}

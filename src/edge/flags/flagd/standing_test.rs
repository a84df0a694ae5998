//! How flagd flags stand, and what cutting and restoring does to the text around them.

use super::*;
use crate::domain::model::flag::FlagTarget;
use crate::domain::model::hold::Claim;
use crate::domain::model::id::{PolicyKey, ServiceKey, TierKey};
use chrono::{DateTime, TimeDelta, Utc};

const FLAG: &str = r#"{"state":"ENABLED","variants":{"on":true,"off":false},"defaultVariant":"on"}"#;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

fn hold(pre_image: &str) -> FlagHold {
    let target = FlagTarget {
        provider: "flags".into(),
        store: "file".into(),
        endpoint: "/flags.json".into(),
        project: None,
        object: None,
        key: "check".into(),
    };
    let key = TierKey {
        policy: PolicyKey { namespace: Some("shop".into()), name: "p".into() },
        service: ServiceKey::new("shop", "inventory"),
        tier: "cut".into(),
    };
    let claim = |decision: &str| Claim {
        decision: decision.into(),
        key: key.clone(),
        deadline: at(1_800_000_000),
        keep: false,
        cut: true,
    };
    FlagHold {
        target,
        installation: "here".into(),
        pre_image: pre_image.into(),
        uid: None,
        fallback: "off".into(),
        deadline: Some(at(1_800_000_000)),
        claims: vec![claim("first"), claim("second")],
        created: None,
    }
}

fn asked(hold: Option<&FlagHold>) -> Asked<'_> {
    Asked { key: "check", fallback: "off", hold, installation: "here", now: at(1_790_000_000) }
}

fn standing(text: &str, hold: Option<&FlagHold>) -> Standing {
    look(text, &asked(hold)).unwrap().unwrap().standing
}

fn document(flag: &str) -> String {
    format!("{{\"flags\":{{\"other\":{{\"x\": 1}},\"check\":{flag}}}}}\n")
}

fn node(text: &str) -> &str {
    &text[document::find(text, "check").unwrap().unwrap()]
}

fn cut_of(flag: &str) -> (String, FlagHold) {
    let hold = hold(flag);
    let text = document(flag);
    (cut(&text, &hold, flag).unwrap().unwrap(), hold)
}

#[test]
fn a_cut_is_the_wrapper_and_the_marks() {
    let (text, hold) = cut_of(FLAG);
    let expected = format!(
        r#"{{"state":"ENABLED","variants":{{"on":true,"off":false}},"defaultVariant":"on","targeting":{{"if":[{{"<":[{{"var":"$flagd.timestamp"}},1800000000]}},"off"]}},"metadata":{{"flyball.dev/installation":"here","flyball.dev/hold":"{}","flyball.dev/decision":"first","flyball.dev/expires":"2027-01-15T08:00:00Z"}}}}"#,
        hold.target.hold_name()
    );
    assert_eq!(text, document(&expected));
    let until = Some(at(1_800_000_000));
    assert_eq!(standing(&text, Some(&hold)), Standing::Cut { fallback: "off".into(), until });
    assert_eq!(cut(&text, &hold, "anything").unwrap(), None, "a cut that is there is not written again");
    assert_eq!(restore(&text, &hold, node(&text)).unwrap().unwrap(), document(FLAG));
    assert_eq!(restore(&document(FLAG), &hold, "anything").unwrap(), None);
}

#[test]
fn targeting_goes_inside_and_a_kept_cut_has_no_end() {
    let flag =
        r#"{"state":"ENABLED","variants":{"on":1.0,"off":0},"defaultVariant":"on","targeting":{"var":"x"}}"#;
    let hold = FlagHold { deadline: None, ..hold(flag) };
    let text = cut(&document(flag), &hold, flag).unwrap().unwrap();
    assert!(text.contains(r#""targeting":{"if":[true,"off",{"var":"x"}]}"#), "{text}");
    assert!(text.contains(r#""on":1.0"#), "numbers keep their text");
    assert_eq!(standing(&text, Some(&hold)), Standing::Cut { fallback: "off".into(), until: None });
    assert_eq!(restore(&text, &hold, node(&text)).unwrap().unwrap(), document(flag));
}

#[test]
fn a_later_deadline_changes_the_number_and_its_mark_alone() {
    let (text, hold) = cut_of(FLAG);
    let longer = FlagHold { deadline: hold.deadline.map(|d| d + TimeDelta::milliseconds(1)), ..hold };
    let extended = cut(&text, &longer, node(&text)).unwrap().unwrap();
    let by_hand = text.replace("1800000000", "1800000001").replace("08:00:00Z", "08:00:01Z");
    assert_eq!(extended, by_hand);
    let kept = FlagHold { deadline: None, ..longer };
    let kept_text = cut(&extended, &kept, node(&extended)).unwrap().unwrap();
    assert_eq!(standing(&kept_text, Some(&kept)), Standing::Cut { fallback: "off".into(), until: None });
    assert_eq!(restore(&kept_text, &kept, node(&kept_text)).unwrap().unwrap(), document(FLAG));
}

#[test]
fn void_targeting_and_metadata_come_back_as_they_were() {
    for members in [
        "",
        r#","targeting":{}"#,
        r#","targeting":null"#,
        r#","metadata":{}"#,
        r#","metadata":null,"targeting":{}"#,
        r#","metadata":{"team":"shop"}"#,
        r#","metadata":{"flyball.dev/hold":"stale","flyball.dev/installation":"there"}"#,
    ] {
        let flag = FLAG.replace('}', "}}").replacen("}}", "}", 1).replace("}}", &format!("{members}}}"));
        let (text, hold) = cut_of(&flag);
        assert_eq!(standing(&document(&flag), Some(&hold)), Standing::Free);
        assert_eq!(restore(&text, &hold, node(&text)).unwrap().unwrap(), document(&flag), "{members}");
        // A person's edit beside the cut is kept, and what was void is void again.
        let edited = text.replace(r#""defaultVariant":"on""#, r#""defaultVariant":"off""#);
        let restored = restore(&edited, &hold, node(&edited)).unwrap().unwrap();
        let bare = |flag: &str| wrapper::strip(&Tree::parse(flag).unwrap());
        let expected = flag.replace(r#""defaultVariant":"on""#, r#""defaultVariant":"off""#);
        assert!(bare(node(&restored)).same(&bare(&expected)), "{restored}");
    }
}

#[test]
fn a_flag_without_a_hold_is_free_at_its_fallback_or_refused() {
    let off = FLAG.replace(r#""defaultVariant":"on""#, r#""defaultVariant":"off""#);
    let targeted = off.replace("\"off\"}", r#""off","targeting":{"var":"x"}}"#);
    for (flag, expected) in [
        (FLAG.to_string(), Ok(Standing::Free)),
        (off.clone(), Ok(Standing::AtFallback)),
        (off.replace("\"off\"}", r#""off","targeting":{}}"#), Ok(Standing::AtFallback)),
        (targeted, Ok(Standing::Free)),
        (FLAG.replace(r#","defaultVariant":"on""#, ""), Ok(Standing::Free)),
        (FLAG.replace("ENABLED", "DISABLED"), Err("DISABLED")),
        (FLAG.replace("ENABLED", "enabled"), Err("neither ENABLED nor DISABLED")),
        (FLAG.replace(r#""state":"ENABLED","#, ""), Err("neither")),
        (FLAG.replace(r#","off":false"#, ""), Err("variants has no \"off\"")),
        (FLAG.replace(r#"{"on":true,"off":false}"#, "[]"), Err("variants is not an object")),
        (FLAG.replace(r#":"on"}"#, r#":"none"}"#), Err("defaultVariant \"none\"")),
        (FLAG.replace(r#":"on"}"#, ":true}"), Err("defaultVariant is not a string")),
        (FLAG.replace(r#":"on"}"#, r#":"on","targeting":"off"}"#), Err("targeting is not an object")),
        (FLAG.replace(r#":"on"}"#, r#":"on","targeting":{"if":[{"a":1,"b":2}]}}"#), Err("members a, b")),
        (FLAG.replace(r#":"on"}"#, r#":"on","metadata":[]}"#), Err("metadata is not an object")),
        (FLAG.replace(r#":"on"}"#, r#":"on","state":"ENABLED"}"#), Err("\"state\" twice")),
        ("[]".to_string(), Err("not an object")),
        ("true".to_string(), Err("not an object")),
        (FLAG.replace("true", &format!("\"{}\"", "x".repeat(PRE_IMAGE_MAX))), Err("shorten it")),
        (FLAG.replace("true", &format!("{}{}", "[".repeat(95), "]".repeat(95))), Err("nests deeper")),
    ] {
        match (standing(&document(&flag), None), expected) {
            (Standing::Refused(reason), Err(why)) => {
                assert!(reason.message.contains(why), "{flag}: {reason}");
                let hold = hold(&flag);
                if reason.code != Code::PreImageTooLarge && Tree::parse(&flag).is_ok() {
                    let refused = cut(&document(&flag), &hold, &flag);
                    assert!(matches!(refused, Err(Fault::Refused(_))), "{flag}: {refused:?}");
                }
            }
            (found, Ok(expected)) => assert_eq!(found, expected, "{flag}"),
            (found, Err(why)) => panic!("{flag}: {found:?}, not {why}"),
        }
    }
}

#[test]
fn a_persons_edit_decides_how_a_cut_stands() {
    let flag = FLAG.replace(":\"on\"}", r#":"on","targeting":{"var":"x"},"metadata":{"team":"shop"}}"#);
    let (text, hold) = cut_of(&flag);
    enum Is {
        Cut,
        Edited(&'static str),
        Foreign(&'static str),
    }
    for (from, to, expected) in [
        (r#"{"var":"x"}"#, r#"{"var":"y"}"#, Is::Cut),
        (r#","off",{"var":"x"}]"#, r#","off"]"#, Is::Cut),
        ("ENABLED", "DISABLED", Is::Edited("state was changed from \"ENABLED\" to \"DISABLED\"")),
        (r#""defaultVariant":"on""#, r#""defaultVariant":"off""#, Is::Edited("defaultVariant was changed")),
        (r#""on":true"#, r#""on":1"#, Is::Edited("variants was changed")),
        (r#","off":false"#, "", Is::Edited("variants was changed")),
        (r#""team":"shop""#, r#""team":"till""#, Is::Edited("metadata was changed")),
        (r#""state""#, r#""note":1,"state""#, Is::Edited("note was added")),
        (r#""state":"ENABLED","#, "", Is::Edited("state was removed")),
        (r#""flyball.dev/installation":"here","#, "", Is::Edited("our marks")),
        ("2027-01-15", "2030-01-15", Is::Edited("our marks")),
        ("1800000000", "1900000000", Is::Foreign("the end of the cut was changed to 2030-03-17")),
        (r#"},"off",{"var"#, r#"},"on",{"var"#, Is::Foreign("serves \"on\" instead of \"off\"")),
        (r#":"here""#, r#":"there""#, Is::Foreign("installation there")),
        (r#"{"if":[{"<""#, r#"{"if":[{"<=""#, Is::Foreign("the cut is not on it")),
        (r#"{"if":"#, r#"{"or":"#, Is::Foreign("targeting is not the original")),
        (r#""state":"ENABLED""#, r#""state":"ENABLED","state":"ENABLED""#, Is::Foreign("no flag any more")),
    ] {
        let edited = text.replace(from, to);
        assert_ne!(edited, text, "{from}");
        let restored = restore(&edited, &hold, node(&edited));
        match (standing(&edited, Some(&hold)), expected) {
            (Standing::Cut { .. }, Is::Cut) => {}
            (Standing::CutAndEdited(what), Is::Edited(why)) => {
                assert!(what.contains(why), "{what} / {why}");
                let again = cut(&edited, &hold, node(&edited));
                assert!(matches!(again, Err(Fault::Conflict(_))), "{from}: {again:?}");
            }
            (Standing::Foreign(what), Is::Foreign(why)) => {
                assert!(what.contains(why), "{what} / {why}");
                assert!(matches!(restored, Err(Fault::Conflict(_))), "{from}: {restored:?}");
                assert!(matches!(cut(&edited, &hold, node(&edited)), Err(Fault::Conflict(_))));
                continue;
            }
            (found, _) => panic!("{from} -> {to}: {found:?}"),
        }
        // The edit is still there, everything of ours is gone.
        let restored = restored.unwrap().unwrap();
        assert!(!restored.contains("flyball.dev") && !restored.contains("$flagd"), "{restored}");
        if !to.is_empty() && !to.contains("2030") && to != r#","off"]"# {
            assert!(restored.contains(to), "{restored} / {to}");
        }
    }
}

#[test]
fn the_original_told_before_is_the_original_found_after() {
    let flag = FLAG.replace(":\"on\"}", r#":"on","targeting":{"var":"x"}}"#);
    let (text, hold) = cut_of(&flag);
    assert_eq!(original(node(&text), &hold).unwrap(), flag);
    let edited = text.replace(r#"{"var":"x"}"#, r#"{"var":"y"}"#);
    let told = original(node(&edited), &hold).unwrap();
    assert_eq!(told, flag.replace(r#"{"var":"x"}"#, r#"{"var":"y"}"#));
    let hold = FlagHold { pre_image: told, ..hold };
    assert!(matches!(standing(&edited, Some(&hold)), Standing::Cut { .. }), "the cut is still ours");
    let restored = restore(&edited, &hold, node(&edited)).unwrap().unwrap();
    assert_eq!(standing(&restored, Some(&hold)), Standing::Free);
    assert!(original(node(&restored.replace("ENABLED", "DISABLED")), &hold).is_err());
}

#[test]
fn cuts_without_a_hold_are_named_and_found() {
    let (text, held) = cut_of(FLAG);
    let Standing::Refused(ours) = standing(&text, None) else { panic!() };
    assert!(ours.message.contains("an earlier cut of ours"), "{ours}");
    assert!(ours.message.contains("it ends by itself at 2027-01-15T08:00:00Z"), "{ours}");
    let later = Asked { now: at(1_900_000_000), ..asked(None) };
    let Standing::Refused(ended) = look(&text, &later).unwrap().unwrap().standing else { panic!() };
    assert!(ended.message.contains("it ended at 2027-01-15T08:00:00Z"), "{ended}");
    let other = Asked { installation: "there", ..asked(None) };
    let Standing::Refused(theirs) = look(&text, &other).unwrap().unwrap().standing else { panic!() };
    assert!(theirs.message.contains("installation here has cut it"), "{theirs}");

    let target = |key: &str| FlagTarget { key: key.into(), ..held.target.clone() };
    assert!(orphans(&text, "there", target).unwrap().is_empty());
    let [orphan] = orphans(&text, "here", target).unwrap().try_into().unwrap();
    assert_eq!(orphan, FlagHold { claims: Vec::new(), ..held });
    assert_eq!(restore(&text, &orphan, node(&text)).unwrap().unwrap(), document(FLAG));
}

#[test]
fn a_rule_that_looks_like_a_cut_but_is_a_persons_own_is_left_as_it_is() {
    let flag = FLAG.replace(
        ":\"on\"}",
        r#":"on","targeting":{"if":[{"<":[{"var":"$flagd.timestamp"},1800000000]},"off"]}}"#,
    );
    let (text, hold) = cut_of(&flag);
    assert_eq!(standing(&document(&flag), None), Standing::Free);
    assert_eq!(restore(&text, &hold, node(&text)).unwrap().unwrap(), document(&flag));
    // During a probe the person changes something else: their own rule is not taken off.
    let edited = document(&flag).replace(r#""on":true"#, r#""on":1"#);
    assert!(matches!(standing(&edited, Some(&hold)), Standing::Foreign(_)));
}

#[test]
fn a_hold_whose_original_is_lost_still_takes_the_cut_off() {
    let (text, hold) = cut_of(FLAG);
    let hold = FlagHold { pre_image: "not json".into(), ..hold };
    assert!(matches!(standing(&text, Some(&hold)), Standing::CutAndEdited(_)));
    let restored = restore(&text, &hold, node(&text)).unwrap().unwrap();
    assert!(Tree::parse(node(&restored)).unwrap().same(&Tree::parse(FLAG).unwrap()));
    assert!(matches!(standing(&restored, Some(&hold)), Standing::Foreign(_)));
}

#[test]
fn a_flag_that_changed_since_it_was_read_is_not_written() {
    let hold = hold(FLAG);
    let (cut_text, _) = cut_of(FLAG);
    for stale in [FLAG.replace("true", "1"), String::new(), "{".into()] {
        assert!(matches!(cut(&document(FLAG), &hold, &stale), Err(Fault::Conflict(_))));
        assert!(matches!(restore(&cut_text, &hold, &stale), Err(Fault::Conflict(_))));
    }
    assert_eq!(cut("{\"flags\":{}}", &hold, FLAG), Err(Fault::Absent));
    assert_eq!(restore("{\"flags\":{}}", &hold, FLAG), Err(Fault::Absent));
    assert!(matches!(cut("", &hold, FLAG), Err(Fault::Malformed(_))));
    let spaced = FLAG.replace(',', " , ");
    assert!(cut(&document(FLAG), &hold, &spaced).unwrap().is_some(), "white space is no change");
}

#[test]
fn only_the_flag_changes_and_it_is_laid_out_as_the_rest() {
    let before = "\u{feff}{\r\n\t\"$schema\" : \"x\",\r\n\t\"flags\": {\r\n\t\t\"check\": {\r\n\t\t\t\"state\": \"ENABLED\",\r\n\t\t\t\"variants\": { \"on\": true, \"off\": false },\r\n\t\t\t\"defaultVariant\": \"on\"\r\n\t\t},\r\n\t\t\"z\":{ }\r\n\t}\r\n}";
    let pre_image = node(before).to_string();
    let hold = hold(&pre_image);
    let text = cut(before, &hold, &pre_image).unwrap().unwrap();
    let expected = "{\r\n\t\t\t\"state\": \"ENABLED\",\r\n\t\t\t\"variants\": {\r\n\t\t\t\t\"on\": true,\r\n\t\t\t\t\"off\": false\r\n\t\t\t},\r\n\t\t\t\"defaultVariant\": \"on\",\r\n\t\t\t\"targeting\": {\r\n\t\t\t\t\"if\": [\r\n";
    assert!(node(&text).starts_with(expected), "{text}");
    assert_eq!(text.replace(node(&text), &pre_image), before);
    assert_eq!(restore(&text, &hold, node(&text)).unwrap().unwrap(), before);
}

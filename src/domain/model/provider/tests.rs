//! Who may have which flag cut, and where it lives.

use super::*;
use crate::domain::model::selector::{NAME_LABEL, Requirement, Test};

fn facts() -> ProviderFacts {
    ProviderFacts {
        name: "flags".into(),
        store: "file".into(),
        endpoint: "/etc/flags.json".into(),
        project: None,
        object: None,
        base: None,
        capabilities: Capabilities { precondition: false, history: false, self_ending: true },
        fallbacks: Vec::new(),
        access: Access::Unsaid,
        propagation: Duration::ZERO,
    }
}

fn inside(name: &str, namespace: Option<&str>) -> ProviderFacts {
    let object = ObjectTemplate {
        name: Template::parse(name).unwrap(),
        namespace: namespace.map(|text| Template::parse(text).unwrap()),
    };
    ProviderFacts { store: "openFeature".into(), endpoint: String::new(), object: Some(object), ..facts() }
}

fn shop() -> ServiceKey {
    ServiceKey::new("shop", "inventory")
}

fn plea(facts: &ProviderFacts, namespaced: bool, service: &ServiceKey) -> Result<(), String> {
    let policy = PolicyKey { namespace: namespaced.then(|| service.namespace.clone()), name: "p".into() };
    let plea = Plea {
        policy: &policy,
        service,
        labels: None,
        key: "inventory-check",
        fallback: "off",
        demands: &[],
    };
    facts.permits(&plea).map_err(|reason| reason.message)
}

#[test]
fn holds_of_different_flags_have_different_names() {
    let facts = facts();
    let hold = facts.target(&shop(), "a").hold_name();
    assert_ne!(hold, facts.target(&shop(), "b").hold_name());
    let elsewhere = ProviderFacts { endpoint: "/tmp/flags.json".into(), ..facts.clone() };
    assert_ne!(hold, elsewhere.target(&shop(), "a").hold_name());
    let renamed = ProviderFacts { name: "other".into(), ..facts };
    assert_eq!(
        hold,
        renamed.target(&shop(), "a").hold_name(),
        "the hold is the flag's, not the provider object's"
    );
}

#[test]
fn one_key_in_two_objects_is_two_flags() {
    let pay = ServiceKey::new("pay", "inventory");
    let own = inside("{{service}}-flags", None);
    let target = own.target(&shop(), "check");
    assert_eq!(target.object, Some(ObjectName { namespace: "shop".into(), name: "inventory-flags".into() }));
    assert_ne!(target.hold_name(), own.target(&pay, "check").hold_name());
    let common = inside("flags", Some("platform"));
    assert_eq!(common.target(&shop(), "check"), common.target(&pay, "check"));
}

#[test]
fn a_held_flag_is_at_home_in_its_store_whatever_object_is_named_now() {
    let target = inside("old", None).target(&shop(), "check");
    assert!(inside("new", Some("platform")).is_home_of(&target));
    assert!(!facts().is_home_of(&target));
    let elsewhere = ProviderFacts { store: "configMap".into(), ..inside("old", None) };
    assert!(!elsewhere.is_home_of(&target));
}

#[test]
fn without_allow_a_store_inside_serves_its_own_namespace_and_one_outside_no_namespaced_policy() {
    assert_eq!(plea(&inside("flags", None), true, &shop()), Ok(()));
    assert_eq!(plea(&inside("flags", Some("{{namespace}}")), true, &shop()), Ok(()));
    let refused = plea(&inside("flags", Some("platform")), true, &shop()).unwrap_err();
    assert!(refused.contains("in namespace platform") && refused.contains("spec.allow"), "{refused}");
    assert_eq!(plea(&facts(), false, &shop()), Ok(()));
    let refused = plea(&facts(), true, &shop()).unwrap_err();
    assert!(refused.contains("add namespace shop to its spec.allow"), "{refused}");
    let open = ProviderFacts { access: Access::Everyone, ..facts() };
    assert_eq!(plea(&open, true, &shop()), Ok(()));
}

#[test]
fn a_store_that_cannot_do_what_is_demanded_is_refused_with_what_it_can() {
    let open = ProviderFacts { access: Access::Everyone, ..facts() };
    let (service, policy) = (shop(), PolicyKey { namespace: None, name: "p".into() });
    let ask = |demands: &[Capability]| {
        let (service, policy) = (&service, &policy);
        let plea = Plea { policy, service, labels: None, key: "check", fallback: "off", demands };
        open.permits(&plea).map_err(|reason| reason.message)
    };
    assert_eq!(ask(&[Capability::SelfEnding]), Ok(()));
    let refused = ask(&Capability::ALL).unwrap_err();
    assert!(refused.contains("has Precondition and History, which FlagProvider flags lacks"), "{refused}");
    assert!(refused.contains("it has SelfEnding;"), "{refused}");
}

#[test]
fn a_fallback_that_the_store_cannot_serve_is_refused_with_the_ones_it_can() {
    let open = ProviderFacts { access: Access::Everyone, ..facts() };
    let named = |fallbacks: &[&str]| ProviderFacts {
        fallbacks: fallbacks.iter().map(ToString::to_string).collect(),
        ..open.clone()
    };
    assert_eq!(plea(&named(&["off", "on"]), true, &shop()), Ok(()));
    let refused = plea(&named(&["no", "yes"]), true, &shop()).unwrap_err();
    assert!(
        refused.contains("flag.fallback \"off\"") && refused.contains("write \"no\" or \"yes\""),
        "{refused}"
    );
}

#[test]
fn every_kind_of_object_is_asked_for_in_the_same_way() {
    let (service, policy) = (shop(), PolicyKey { namespace: Some("shop".into()), name: "p".into() });
    let ask = |access: &Access, item| {
        let (kind, name) = ("IssueTracker", "code");
        let asked = Request { kind, name, policy: &policy, service: &service, labels: None, item };
        access.permits(&asked).map_err(|reason| reason.message)
    };
    let namespaces = Selector::default();
    let keys = vec![Template::parse("shop/{{service}}").unwrap()];
    let rules = Access::Rules(vec![AllowRule { namespaces, keys }]);
    assert_eq!(ask(&rules, Some(("repository", "shop/inventory"))), Ok(()));
    assert_eq!(ask(&rules, None), Ok(()), "the keys say nothing of the whole");
    let refused = ask(&rules, Some(("repository", "shop/pay"))).unwrap_err();
    assert!(refused.starts_with("IssueTracker code does not allow repository shop/pay"), "{refused}");
    assert!(ask(&Access::Unsaid, None).unwrap_err().contains("serves ClusterHealthPolicies only"));
    assert!(ask(&Access::Rules(Vec::new()), None).unwrap_err().contains("does not allow namespace shop"));
}

#[test]
fn a_rule_allows_its_namespaces_and_keys_alone() {
    let named = |name: &str| Selector {
        requirements: vec![Requirement { key: NAME_LABEL.into(), test: Test::In(vec![name.into()]) }],
    };
    let rule = |namespace: &str, keys: &[&str]| AllowRule {
        namespaces: named(namespace),
        keys: keys.iter().map(|key| Template::parse(key).unwrap()).collect(),
    };
    let allow = |rules: Vec<AllowRule>| ProviderFacts { access: Access::Rules(rules), ..facts() };
    for (rules, refused) in [
        (vec![], Some("does not allow namespace shop")),
        (vec![rule("pay", &[])], Some("does not allow namespace shop")),
        (vec![rule("shop", &[])], None),
        (vec![rule("shop", &["{{service}}-*"])], None),
        (vec![rule("shop", &["{{namespace}}-*"])], Some("does not allow key inventory-check")),
        (vec![rule("pay", &["*"]), rule("shop", &["x"])], Some("does not allow key inventory-check")),
        (vec![rule("shop", &["x"]), rule("shop", &["*-check"])], None),
    ] {
        let answer = plea(&allow(rules.clone()), true, &shop());
        match refused {
            None => assert_eq!(answer, Ok(()), "{rules:?}"),
            Some(why) => {
                let message = answer.unwrap_err();
                assert!(message.contains(why) && message.contains("spec.allow"), "{message}");
            }
        }
    }
}

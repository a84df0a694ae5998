//! FlagProviders: which store, and who may have which of its flags cut.

use super::allow::access;
use super::problems::Problems;
use super::server::{self, Server};
use crate::domain::model::problem::Problem;
use crate::domain::model::provider::{Access, Capabilities, ObjectTemplate};
use crate::domain::model::template::Template;
use crate::edge::crd::field::endpoint::Endpoint;
use crate::edge::crd::kind::flag_provider::{self as kind, FlagFormat, FlagProviderSpec};
use std::time::Duration;

/// How long the kubelet may take until pods see what a ConfigMap says.
const MOUNTED: Duration = Duration::from_secs(90);

/// An accepted FlagProvider.
#[derive(Debug, Clone, PartialEq)]
pub struct Accepted {
    pub place: Place,
    pub access: Access,
    /// How long after a write clients serve it.
    pub propagation: Duration,
    /// Who is asked what clients are served.
    pub clients: Option<Clients>,
}

/// A server that knows what clients are served.
#[derive(Debug, Clone, PartialEq)]
pub struct Clients {
    pub endpoint: Endpoint,
    /// Where in the manifest it stands: `spec.openFeature.served.ofrep`.
    pub field: &'static str,
    pub by: ClientsBy,
}

/// How it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientsBy {
    Ofrep,
    Unleash,
}

/// Where the flags are.
#[derive(Debug, Clone, PartialEq)]
pub enum Place {
    File {
        path: String,
        format: FlagFormat,
    },
    /// A flagd document under `key` of a ConfigMap.
    Document {
        object: ObjectTemplate,
        key: String,
    },
    /// ConfigMaps with a key for each flag.
    Values {
        object: ObjectTemplate,
    },
    /// FeatureFlags of OpenFeature.
    FeatureFlags {
        object: ObjectTemplate,
        /// The one that others keep, where `object` is ours alone.
        base: Option<ObjectTemplate>,
    },
    Server(Box<Server>),
}

impl Place {
    /// What such a store can do.
    pub fn capabilities(&self) -> Capabilities {
        let can = |precondition, history, self_ending| Capabilities { precondition, history, self_ending };
        match self {
            Self::File { format, .. } => can(false, false, *format == FlagFormat::Flagd),
            Self::Values { .. } => can(true, true, false),
            Self::Document { .. } | Self::FeatureFlags { .. } => can(true, true, true),
            Self::Server(server) => server.store.capabilities(),
        }
    }

    /// What a flag in such a store may be cut to; empty: anything.
    pub fn fallbacks(&self) -> Vec<String> {
        match self {
            Self::Server(server) => server.store.fallbacks().iter().map(ToString::to_string).collect(),
            _ => Vec::new(),
        }
    }
}

/// Accepts a FlagProvider.
///
/// # Errors
/// Every problem found.
pub fn flag_provider(spec: &FlagProviderSpec) -> Result<Accepted, Vec<Problem>> {
    let mut problems = Problems::default();
    let place = place(&mut problems, spec);
    let usual = match &place {
        Some(Place::Document { .. } | Place::Values { .. }) => MOUNTED,
        Some(Place::Server(server)) => server.store.propagation(),
        _ => Duration::ZERO,
    };
    let propagation = problems.duration("spec.propagation", spec.propagation.as_ref(), usual);
    let access = access(&mut problems, spec.allow.as_deref());
    let clients = clients(&mut problems, spec);
    problems.finish(place.map(|place| Accepted { place, access, propagation, clients }))
}

fn clients(problems: &mut Problems, spec: &FlagProviderSpec) -> Option<Clients> {
    let others = [("launchDarkly", &spec.launch_darkly), ("flipt", &spec.flipt)];
    for (name, store) in others {
        if store.as_ref().is_some_and(|store| store.served.is_some()) {
            let message = "only the client API of Unleash can be asked";
            problems.add(Problem::new(format!("spec.{name}.served"), "", message, "leave it out"));
        }
    }
    let ofrep = spec.open_feature.as_ref().and_then(|store| store.served.as_ref()).map(|it| Clients {
        endpoint: it.ofrep.clone(),
        field: "spec.openFeature.served.ofrep",
        by: ClientsBy::Ofrep,
    });
    let unleash = spec.unleash.as_ref().and_then(|store| store.served.as_ref()).map(|it| Clients {
        endpoint: it.client.clone(),
        field: "spec.unleash.served.client",
        by: ClientsBy::Unleash,
    });
    ofrep.or(unleash)
}

fn place(problems: &mut Problems, spec: &FlagProviderSpec) -> Option<Place> {
    let stores = [
        ("file", spec.file.is_some()),
        ("configMap", spec.config_map.is_some()),
        ("openFeature", spec.open_feature.is_some()),
        ("unleash", spec.unleash.is_some()),
        ("launchDarkly", spec.launch_darkly.is_some()),
        ("flipt", spec.flipt.is_some()),
        ("http", spec.http.is_some()),
    ];
    let named: Vec<&str> = stores.iter().filter(|(_, is)| *is).map(|(name, _)| *name).collect();
    let outer = |server: Option<Server>| server.map(Box::new).map(Place::Server);
    match (named.as_slice(), spec) {
        (["file"], FlagProviderSpec { file: Some(file), .. }) => {
            Some(Place::File { path: file.path.clone(), format: file.format.unwrap_or_default() })
        }
        (["configMap"], FlagProviderSpec { config_map: Some(map), .. }) => config_map(problems, map),
        (["openFeature"], FlagProviderSpec { open_feature: Some(store), .. }) => {
            open_feature(problems, store)
        }
        (["unleash"], FlagProviderSpec { unleash: Some(store), .. }) => {
            outer(server::unleash(problems, store))
        }
        (["http"], FlagProviderSpec { http: Some(store), .. }) => outer(server::http(problems, store)),
        (["launchDarkly"], FlagProviderSpec { launch_darkly: Some(store), .. }) => {
            outer(server::launch_darkly(problems, store))
        }
        (["flipt"], FlagProviderSpec { flipt: Some(store), .. }) => outer(Some(server::flipt(store))),
        (named, _) => {
            let fix =
                "write exactly one of file, configMap, openFeature, unleash, launchDarkly, flipt and http";
            problems.add(Problem::new("spec", named.join(", "), "it does not name exactly one store", fix));
            None
        }
    }
}

fn open_feature(problems: &mut Problems, store: &kind::OpenFeatureStore) -> Option<Place> {
    let own = object(problems, "spec.openFeature.object", &store.object);
    let field = "spec.openFeature.base";
    let base = match (store.overlay.unwrap_or(false), &store.base) {
        (false, None) => None,
        (true, Some(base)) => Some(object(problems, field, base)?),
        (true, None) => {
            let fix =
                "name the FeatureFlag that the flags are in; `object` is the one that we make beside it";
            problems.add(Problem::new(field, "", "with overlay: true, flags are copied from it", fix));
            return None;
        }
        (false, Some(base)) => {
            let fix = "write overlay: true, or leave it out";
            problems.add(Problem::new(field, &base.name, "without overlay, nothing is copied", fix));
            return None;
        }
    };
    let object = own?;
    if base.as_ref() == Some(&object) {
        let fix = "name another one, which need not exist";
        let message = "it is the very object that others keep, and ours must be another one";
        problems.add(Problem::new("spec.openFeature.object.name", &store.object.name, message, fix));
        return None;
    }
    Some(Place::FeatureFlags { object, base })
}

fn config_map(problems: &mut Problems, map: &kind::ConfigMapStore) -> Option<Place> {
    let object = object(problems, "spec.configMap.object", &map.object);
    let field = "spec.configMap.key";
    match (map.format.unwrap_or_default(), &map.key) {
        (FlagFormat::Flagd, Some(key)) => Some(Place::Document { object: object?, key: key.clone() }),
        (FlagFormat::KeyValue, None) => Some(Place::Values { object: object? }),
        (FlagFormat::Flagd, None) => {
            let fix = "name the key under which the document stands, such as flags.json, or write format: \
                       KeyValue";
            problems.add(Problem::new(field, "", "a flagd document has no place without it", fix));
            None
        }
        (FlagFormat::KeyValue, Some(key)) => {
            let fix = "leave it out, or write format: Flagd";
            let message = "with format KeyValue each flag is a key of its own";
            problems.add(Problem::new(field, key, message, fix));
            None
        }
    }
}

fn object(problems: &mut Problems, field: &str, object: &kind::ObjectTemplate) -> Option<ObjectTemplate> {
    let mut template =
        |name: &str, text: &str| problems.take(&format!("{field}.{name}"), text, Template::parse(text));
    let name = template("name", &object.name);
    let namespace = object.namespace.as_ref().map(|text| template("namespace", text));
    let namespace = match namespace {
        None => None,
        Some(read) => Some(read?),
    };
    let names_service = namespace.as_ref().is_some_and(Template::names_service);
    if names_service {
        let text = object.namespace.as_deref().unwrap_or_default();
        let fix = "write a name or {{namespace}}";
        let message = "a namespace does not follow from a service's name";
        problems.add(Problem::new(format!("{field}.namespace"), text, message, fix));
        return None;
    }
    Some(ObjectTemplate { name: name?, namespace })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn accepted(spec: Value) -> Result<Accepted, Vec<String>> {
        let spec: FlagProviderSpec = serde_json::from_value(spec).unwrap();
        flag_provider(&spec).map_err(|problems| problems.iter().map(ToString::to_string).collect())
    }

    fn template(name: &str, namespace: Option<&str>) -> ObjectTemplate {
        ObjectTemplate {
            name: Template::parse(name).unwrap(),
            namespace: namespace.map(|text| Template::parse(text).unwrap()),
        }
    }

    #[test]
    fn each_kind_of_store_is_read_with_its_defaults() {
        let flags = json!({"openFeature": {"object": {"name": "{{service}}-flags"}}});
        let found = accepted(flags).unwrap();
        let object = template("{{service}}-flags", None);
        assert_eq!(found.place, Place::FeatureFlags { object: object.clone(), base: None });
        let beside = json!({"openFeature": {"object": {"name": "{{service}}-flags"}, "overlay": true,
            "base": {"name": "flags", "namespace": "{{namespace}}"}}});
        let base = Some(template("flags", Some("{{namespace}}")));
        assert_eq!(accepted(beside).unwrap().place, Place::FeatureFlags { object, base });
        assert_eq!((found.access, found.propagation), (Access::Unsaid, Duration::ZERO));

        let map =
            json!({"configMap": {"object": {"name": "flags", "namespace": "platform"}, "key": "f.json"}});
        let object = template("flags", Some("platform"));
        let found = accepted(map).unwrap();
        assert_eq!(found.place, Place::Document { object: object.clone(), key: "f.json".into() });
        assert_eq!(found.propagation, MOUNTED);

        let values = json!({"configMap": {"object": {"name": "flags", "namespace": "platform"},
            "format": "KeyValue"}, "propagation": "5s"});
        let found = accepted(values).unwrap();
        assert_eq!((found.place, found.propagation), (Place::Values { object }, Duration::from_secs(5)));

        let file = json!({"file": {"path": "/etc/flags.json"}});
        let path = "/etc/flags.json".to_string();
        assert_eq!(accepted(file).unwrap().place, Place::File { path, format: FlagFormat::Flagd });
    }

    #[test]
    fn what_is_wrong_names_field_value_and_fix() {
        let named = json!({"name": "f"});
        for (spec, parts) in [
            (json!({}), ["spec", "exactly one", "write exactly one of"]),
            (
                json!({"file": {"path": "x"}, "openFeature": {"object": named}}),
                ["\"file, openFeature\"", "exactly one store", "configMap"],
            ),
            (
                json!({"unleash": {"endpoint": {"url": "https://x"}}}),
                ["spec.unleash.environment", "none is named", "such as production"],
            ),
            (
                json!({"unleash": {"endpoint": {"url": "https://x"}, "environment": "e"}}),
                ["spec.unleash.endpoint.auth", "takes a token", "auth.bearer.secretRef"],
            ),
            (
                json!({"launchDarkly": {"endpoint": {"url": "https://x"}}}),
                ["spec.launchDarkly.environment", "none is named", "such as production"],
            ),
            (json!({"configMap": {"object": named}}), ["spec.configMap.key", "no place", "flags.json"]),
            (
                json!({"configMap": {"object": named, "key": "k", "format": "KeyValue"}}),
                ["spec.configMap.key: \"k\"", "a key of its own", "format: Flagd"],
            ),
            (
                json!({"openFeature": {"object": {"name": "{{pod}}"}}}),
                ["spec.openFeature.object.name: \"{{pod}}\"", "not known", "{{service}}"],
            ),
            (
                json!({"openFeature": {"object": {"name": "f", "namespace": "{{service}}"}}}),
                ["spec.openFeature.object.namespace", "does not follow", "{{namespace}}"],
            ),
            (
                json!({"openFeature": {"object": named, "overlay": true}}),
                ["spec.openFeature.base", "copied from it", "name the FeatureFlag"],
            ),
            (
                json!({"openFeature": {"object": named, "base": {"name": "b"}}}),
                ["spec.openFeature.base: \"b\"", "nothing is copied", "overlay: true"],
            ),
            (
                json!({"openFeature": {"object": named, "overlay": true, "base": named}}),
                ["spec.openFeature.object.name: \"f\"", "others keep", "name another one"],
            ),
            (
                json!({"file": {"path": "x"}, "allow": [{"namespaceSelector": {}, "keys": ["a", "{{x}}"]}]}),
                ["spec.allow[0].keys[1]: \"{{x}}\"", "not known", "{{service}}"],
            ),
        ] {
            let problems = accepted(spec.clone()).unwrap_err();
            assert_eq!(problems.len(), 1, "{spec} {problems:?}");
            parts.iter().for_each(|part| assert!(problems[0].contains(part), "{} / {part}", problems[0]));
        }
    }

    #[test]
    fn rules_keep_the_meaning_of_their_selectors() {
        let spec = json!({"file": {"path": "x"}, "allow": [{
            "namespaceSelector": {"matchLabels": {"team": "a"},
                "matchExpressions": [{"key": "env", "operator": "NotIn", "values": ["prod"]}]},
            "keys": ["{{namespace}}-*"],
        }]});
        let Access::Rules(rules) = accepted(spec).unwrap().access else { panic!("rules were written") };
        let labels = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect()
        };
        let chooses = |pairs| rules[0].namespaces.chooses("shop", Some(&labels(pairs)));
        assert!(chooses(&[("team", "a")]));
        assert!(chooses(&[("team", "a"), ("env", "test")]));
        assert!(!chooses(&[("team", "a"), ("env", "prod")]));
        assert!(!chooses(&[]));
        assert_eq!(rules[0].keys, [Template::parse("{{namespace}}-*").unwrap()]);
    }
}

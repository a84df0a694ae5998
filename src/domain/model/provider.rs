//! FlagProviders as the governor sees them: which store they name, and who may use it for what.
//!
//! Owns where a key of a provider lives, and the rules of `allow`. What is in the store right now
//! is not known here.

use super::capability::Capability;
use super::flag::{FlagTarget, ObjectName};
use super::id::{PolicyKey, ServiceKey};
use super::reason::{Code, Reason};
use super::selector::{Labels, Selector};
use super::template::Template;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

/// The kind of object that declares a store.
pub const KIND: &str = "FlagProvider";

/// What a store can do. A policy may demand it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Capabilities {
    /// Writes are refused if the flag changed since it was read; without it, `BestEffort`.
    pub precondition: bool,
    /// The store tells who changed a flag.
    pub history: bool,
    /// A cut ends by itself at its deadline, even if the governor is gone.
    pub self_ending: bool,
}

impl Capabilities {
    /// Whether the store can do it.
    pub fn has(self, capability: Capability) -> bool {
        match capability {
            Capability::Precondition => self.precondition,
            Capability::History => self.history,
            Capability::SelfEnding => self.self_ending,
        }
    }
}

/// What may be said of a store without asking it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProviderFacts {
    pub name: String,
    pub store: String,
    pub endpoint: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// Which object holds a flag, for stores inside Kubernetes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<ObjectTemplate>,
    /// The object that others keep, where the one that holds our cuts lies beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<ObjectTemplate>,
    pub capabilities: Capabilities,
    /// What a flag may be cut to; empty: anything.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fallbacks: Vec<String>,
    pub access: Access,
    /// How long after a write clients serve it.
    #[serde(default)]
    pub propagation: Duration,
}

/// Name and namespace of the object that holds a service's flags.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectTemplate {
    pub name: Template,
    /// None: the service's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<Template>,
}

/// Who may have which flags of a store cut.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Access {
    /// Nobody said: a store inside Kubernetes serves flags of the service's own namespace, any
    /// other store serves ClusterHealthPolicies only.
    #[default]
    Unsaid,
    /// Every policy and every key.
    Everyone,
    /// Whom one of the rules allows.
    Rules(Vec<AllowRule>),
}

/// One rule of `allow`: namespaces, and patterns of keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllowRule {
    pub namespaces: Selector,
    /// With variables and `*`; empty is every key.
    #[serde(default)]
    pub keys: Vec<Template>,
}

/// Who asks to use which declared object, and for what in it.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Kind of the declared object, such as `FlagProvider`.
    pub kind: &'static str,
    pub name: &'a str,
    pub policy: &'a PolicyKey,
    pub service: &'a ServiceKey,
    /// Labels of the service's namespace; None where they are not known.
    pub labels: Option<&'a Labels>,
    /// What in it, by the word for such a thing: a key, a repository. None: the whole of it.
    pub item: Option<(&'static str, &'a str)>,
}

/// Who wants which flag cut.
#[derive(Debug, Clone, Copy)]
pub struct Plea<'a> {
    pub policy: &'a PolicyKey,
    pub service: &'a ServiceKey,
    /// Labels of the service's namespace; None where they are not known.
    pub labels: Option<&'a Labels>,
    pub key: &'a str,
    /// What the flag is to be cut to.
    pub fallback: &'a str,
    /// What the store must be able to do.
    pub demands: &'a [Capability],
}

impl ObjectTemplate {
    /// The object of one service.
    pub fn render(&self, service: &ServiceKey) -> ObjectName {
        let own = || service.namespace.clone();
        ObjectName {
            namespace: self.namespace.as_ref().map_or_else(own, |template| template.render(service)),
            name: self.name.render(service),
        }
    }
}

impl ProviderFacts {
    /// The flag that `key` names for `service` in this store.
    pub fn target(&self, service: &ServiceKey, key: &str) -> FlagTarget {
        FlagTarget {
            provider: self.name.clone(),
            store: self.store.clone(),
            endpoint: self.endpoint.clone(),
            project: self.base.as_ref().map(|base| base.render(service).to_string()).or(self.project.clone()),
            object: self.object.as_ref().map(|object| object.render(service)),
            key: key.to_string(),
        }
    }

    /// Whether `target` lies in this very store. Which object of the cluster, and what in it, is
    /// not asked: a flag that is held stays where it is, whatever the provider names for new ones.
    pub fn is_home_of(&self, target: &FlagTarget) -> bool {
        let inside = self.object.is_some();
        self.store == target.store
            && self.endpoint == target.endpoint
            && inside == target.object.is_some()
            && (inside || self.project == target.project)
    }

    /// Whether the flag may be cut. Asked before every new effect, never before a restore.
    ///
    /// # Errors
    /// Why not, and who can change that.
    pub fn permits(&self, plea: &Plea<'_>) -> Result<(), Reason> {
        let Plea { policy, service, labels, key, .. } = *plea;
        self.serves(plea)?;
        self.meets(plea)?;
        let (Access::Unsaid, Some(template)) = (&self.access, &self.object) else {
            let (name, item) = (self.name.as_str(), Some(("key", key)));
            return self.access.permits(&Request { kind: KIND, name, policy, service, labels, item });
        };
        let namespace = &service.namespace;
        let places = [Some(template), self.base.as_ref()].into_iter().flatten();
        let Some(object) = places.map(|it| it.render(service)).find(|object| object.namespace != *namespace)
        else {
            return Ok(());
        };
        let message = format!(
            "{KIND} {} keeps {key} in namespace {}; without `allow` it serves only flags in the service's own \
             namespace; add {namespace} to its spec.allow",
            self.name, object.namespace
        );
        Err(Reason::new(Code::ProviderRefused, message))
    }

    /// Whether the store can do what the policy demands.
    fn meets(&self, Plea { key, demands, .. }: &Plea<'_>) -> Result<(), Reason> {
        let can = |capability: &Capability| self.capabilities.has(*capability);
        let lacks: Vec<&str> = demands.iter().filter(|it| !can(it)).map(|it| it.as_str()).collect();
        if lacks.is_empty() {
            return Ok(());
        }
        let has: Vec<&str> = Capability::ALL.iter().filter(|it| can(it)).map(|it| it.as_str()).collect();
        let has = if has.is_empty() { "none of them".to_string() } else { has.join(" and ") };
        let message = format!(
            "flag.demands of the action on {key} has {}, which {KIND} {} lacks; it has {has}; demand no more, or \
             keep the flag in a store that has it",
            lacks.join(" and "),
            self.name
        );
        Err(Reason::new(Code::ProviderRefused, message))
    }

    /// Whether the store can serve the fallback at all.
    fn serves(&self, Plea { key, fallback, .. }: &Plea<'_>) -> Result<(), Reason> {
        if self.fallbacks.is_empty() || self.fallbacks.iter().any(|known| known == fallback) {
            return Ok(());
        }
        let message = format!(
            "flag.fallback {fallback:?} of the action on {key} is not known to FlagProvider {}, whose flags \
             are cut as a whole and by no variant; write {}",
            self.name,
            self.fallbacks.iter().map(|known| format!("{known:?}")).collect::<Vec<_>>().join(" or ")
        );
        Err(Reason::new(Code::ProviderRefused, message))
    }
}

impl Access {
    /// Whether what is asked for may be used; where nobody said, by ClusterHealthPolicies only.
    ///
    /// # Errors
    /// Why not, and who can change that.
    pub fn permits(&self, asked: &Request<'_>) -> Result<(), Reason> {
        let Request { kind, name, service, .. } = asked;
        let namespace = &service.namespace;
        let message = match self {
            Self::Everyone => return Ok(()),
            Self::Rules(rules) => return by_rules(rules, asked),
            Self::Unsaid if asked.policy.namespace.is_none() => return Ok(()),
            Self::Unsaid => format!(
                "{kind} {name} says no `allow`, so it serves ClusterHealthPolicies only; add namespace \
                 {namespace} to its spec.allow"
            ),
        };
        Err(Reason::new(Code::ProviderRefused, message))
    }
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everyone => write!(f, "every policy may use it"),
            Self::Unsaid => write!(f, "without spec.allow, only ClusterHealthPolicies may use it"),
            Self::Rules(rules) if rules.is_empty() => write!(f, "nobody may use it: spec.allow is empty"),
            Self::Rules(rules) => write!(f, "{} rules of spec.allow say who may use it", rules.len()),
        }
    }
}

fn by_rules(rules: &[AllowRule], asked: &Request<'_>) -> Result<(), Reason> {
    let Request { kind, name, service, labels, item, .. } = *asked;
    let namespace = &service.namespace;
    let here: Vec<&AllowRule> =
        rules.iter().filter(|rule| rule.namespaces.chooses(namespace, labels)).collect();
    let allows = |item: &str| here.iter().any(|rule| rule.allows_key(service, item));
    let message = match (here.is_empty(), item) {
        (true, _) => format!(
            "{kind} {name} does not allow namespace {namespace}; add a rule that selects it to its spec.allow"
        ),
        (false, None) => return Ok(()),
        (false, Some((_, item))) if allows(item) => return Ok(()),
        (false, Some((word, item))) => format!(
            "{kind} {name} does not allow {word} {item} to namespace {namespace}; add the {word} to its \
             spec.allow, or use one that it allows"
        ),
    };
    Err(Reason::new(Code::ProviderRefused, message))
}

/// What is said where something that is named is not declared, or not accepted.
pub fn undeclared(kind: &str, name: &str) -> Reason {
    let message = format!("{kind} {name} is not declared, or not accepted; create it, or name another");
    Reason::new(Code::ProviderRefused, message)
}

impl AllowRule {
    fn allows_key(&self, service: &ServiceKey, key: &str) -> bool {
        self.keys.is_empty() || self.keys.iter().any(|pattern| pattern.matches(service, key))
    }
}

#[cfg(test)]
mod tests;

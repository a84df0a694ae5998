//! Flags in objects, read from and written to the API server.
//!
//! Owns the order of steps: read the object, compute, patch it if it is still this very one. An
//! object that changed meanwhile is read again, a bounded number of times; whether our flag
//! changed is for the pure part to say. An uncertain write is never repeated unread.

use super::body::Body;
use super::overlay::{self, Change};
use super::patch::{self, Op};
use super::shape::{Shape, There};
use crate::domain::model::flag::{FlagState, FlagTarget, ObjectName};
use crate::domain::model::hold::FlagHold;
use crate::domain::model::provider::{Access, Capabilities, ObjectTemplate, ProviderFacts};
use crate::domain::model::reason::{Code, Reason};
use crate::edge::flags::asked::Asked;
use crate::edge::flags::error::{Fault, FlagError, Subject};
use crate::edge::flags::served::Served;
use crate::edge::http::retry;
use crate::edge::kube::client::{Kube, Part, PatchForm};
use crate::edge::kube::error::KubeError;
use crate::edge::kube::realm::Realm;
use serde_json::Value;
use serde_json::value::RawValue;
use std::time::Duration;

/// Most writes that are tried of one edit while others write the same object.
const TRIES: u32 = 10;

/// What a provider says of its objects.
#[derive(Debug, Clone)]
pub struct Declared {
    /// Name of the FlagProvider.
    pub name: String,
    pub shape: Shape,
    pub object: ObjectTemplate,
    /// The object that others keep, where ours lies beside it.
    pub base: Option<ObjectTemplate>,
    pub access: Access,
    /// How long after a write clients serve it.
    pub propagation: Duration,
}

/// Objects of one form. Clones share the client.
#[derive(Debug, Clone)]
pub struct FlagObjects {
    facts: ProviderFacts,
    shape: Shape,
    kube: Kube,
    installation: String,
    realm: Realm,
    served: Option<Box<Served>>,
}

/// An object as it was read, and what a write was answered.
enum Written {
    Done,
    /// The object is there now, and is to be written.
    Made,
    /// The object has changed since, or may have.
    Again(KubeError),
}

impl FlagObjects {
    /// Takes up what is declared; nothing is read.
    pub fn new(declared: Declared, kube: Kube, installation: &str) -> Self {
        let Declared { name, shape, object, base, access, propagation } = declared;
        let facts = ProviderFacts {
            name,
            store: shape.store().to_string(),
            endpoint: String::new(),
            project: shape.project(),
            object: Some(object),
            base,
            capabilities: Capabilities {
                precondition: true,
                history: true,
                self_ending: shape.self_ending(),
            },
            fallbacks: Vec::new(),
            access,
            propagation,
        };
        let installation = installation.to_string();
        Self { facts, shape, kube, installation, realm: Realm::Cluster, served: None }
    }

    /// The same, whose cuts lie in the realm.
    #[must_use]
    pub fn within(self, realm: Realm) -> Self {
        Self { realm, ..self }
    }

    /// The same, whose clients' side can be asked.
    #[must_use]
    pub fn asking(self, served: Served) -> Self {
        Self { served: Some(Box::new(served)), ..self }
    }

    /// Who can be asked what clients are served.
    pub fn served(&self) -> Option<&Served> {
        self.served.as_deref()
    }

    /// What may be said of it without asking.
    pub fn facts(&self) -> &ProviderFacts {
        &self.facts
    }

    /// Id of the installation whose marks are ours.
    pub fn installation(&self) -> &str {
        &self.installation
    }

    /// How a flag stands; None if it, or its object, is not there.
    ///
    /// # Errors
    /// Unavailable, forbidden, malformed; refused where the object can have no such name.
    pub async fn look(&self, target: &FlagTarget, asked: &Asked<'_>) -> Result<Option<FlagState>, FlagError> {
        let there = self.there(target).await?;
        let found = self.shape_of(target).look(&there, target, asked);
        found.map_err(|fault| self.fault(target, fault))
    }

    /// Cuts the flag of `hold`, which was last read as `expected`.
    ///
    /// # Errors
    /// Those of the pure part; conflict, forbidden, unavailable.
    pub async fn cut(&self, hold: &FlagHold, expected: &str) -> Result<(), FlagError> {
        let shape = self.shape_of(&hold.target);
        self.edit(hold, |there| shape.cut(there, hold, expected)).await
    }

    /// Gives the flag of `hold` its original.
    ///
    /// # Errors
    /// As [`FlagObjects::cut`].
    pub async fn restore(&self, hold: &FlagHold, expected: &str) -> Result<(), FlagError> {
        let shape = self.shape_of(&hold.target);
        self.edit(hold, |there| shape.restore(there, hold, expected)).await
    }

    /// What the flag that reads `document` will be without its cut.
    ///
    /// # Errors
    /// As [`Shape::original`].
    pub fn original(&self, document: &str, hold: &FlagHold) -> Result<String, Fault> {
        self.shape_of(&hold.target).original(document, hold)
    }

    /// Every cut of ours in objects of this form, and sentences about those that cannot be given
    /// back. An object that cannot be understood stops no other.
    ///
    /// # Errors
    /// The objects cannot be listed.
    pub async fn orphans(&self) -> Result<(Vec<FlagHold>, Vec<String>), FlagError> {
        let subject = Subject { provider: self.facts.name.clone(), key: None };
        let (mut holds, mut lost, mut names) = (Vec::new(), Vec::new(), Vec::new());
        for part in self.realm.parts() {
            match self.kube.list(&self.shape.place(part.as_deref()), false).await {
                Ok(listed) => names.extend(listed.items.iter().filter_map(name_of)),
                Err(error @ KubeError::Forbidden { .. }) if part.is_some() => lost.push(error.to_string()),
                Err(error) => return Err(reached(subject, error)),
            }
        }
        for name in names {
            // Lists are decoded for people's eyes; what is to be written is read to the letter.
            let target = |key: &str| self.target(&name, key);
            let Some(body) = self.get(&target("")).await? else { continue };
            let place = format!("{}/{}", name.namespace, name.name);
            match self.shape.orphans(&body, &self.installation, target) {
                Ok((found, unknown)) => {
                    holds.extend(found);
                    lost.extend(unknown.into_iter().map(|what| format!("{place}: {what}")));
                }
                Err(Fault::Malformed(why)) => lost.push(format!("{place}: {why}")),
                Err(_) => {}
            }
        }
        Ok((holds, lost))
    }

    fn target(&self, object: &ObjectName, key: &str) -> FlagTarget {
        FlagTarget {
            provider: self.facts.name.clone(),
            store: self.facts.store.clone(),
            endpoint: self.facts.endpoint.clone(),
            project: self.facts.project.clone(),
            object: Some(object.clone()),
            key: key.to_string(),
        }
    }

    /// Writes what `edit` makes of the object, if it makes anything of it.
    async fn edit<E>(&self, hold: &FlagHold, edit: E) -> Result<(), FlagError>
    where
        E: Fn(&There) -> Result<Option<Change>, Fault>,
    {
        let target = &hold.target;
        let fail = |fault| Err(self.fault(target, fault));
        let mut answer: Option<(String, KubeError)> = None;
        for tried in 1..=TRIES {
            let there = self.there(target).await?;
            let (uid, version) = there.own.as_ref().map_or(("", ""), |body| (body.uid(), body.version()));
            if !uid.is_empty() && hold.uid.as_deref().is_some_and(|known| known != uid) {
                return fail(Fault::Conflict("its object was deleted and made anew".to_string()));
            }
            if let Some((_, error)) = answer.take_if(|(known, _)| known == version) {
                return Err(self.wrote(target, error));
            }
            let written = match edit(&there) {
                Ok(None) => return Ok(()),
                Ok(Some(Change::Make)) => self.make(target).await?,
                Ok(Some(Change::Patch(ops))) => self.patch(target, (uid, version), ops).await?,
                Err(fault) => return fail(fault),
            };
            match written {
                Written::Done => return Ok(()),
                Written::Made => continue,
                Written::Again(error) => answer = Some((version.to_string(), error)),
            }
            // Who writes without pause is not outwaited, only met at another moment.
            tokio::time::sleep(retry::pause(tried.min(2)) / 8).await;
        }
        fail(Fault::Conflict(format!("its object was changed by others before each of {TRIES} writes")))
    }

    /// Makes our own object, empty.
    async fn make(&self, target: &FlagTarget) -> Result<Written, FlagError> {
        let (place, _) = self.place(target)?;
        let Some(object) = &target.object else { return Err(self.fault(target, Fault::Absent)) };
        match self.kube.create::<Value>(&place, &overlay::empty(object)).await {
            // Whoever made it just now, it is there, and is looked at.
            Ok(_) | Err(KubeError::Exists { .. }) => Ok(Written::Made),
            Err(error) => Err(self.wrote(target, error)),
        }
    }

    async fn patch(
        &self,
        target: &FlagTarget,
        (uid, version): (&str, &str),
        ops: Vec<Op>,
    ) -> Result<Written, FlagError> {
        let (place, name) = self.place(target)?;
        let ops = patch::guarded(uid, version, ops);
        let done = self.kube.patch::<Box<RawValue>>(&place, (&name, Part::Main), PatchForm::Json, &ops).await;
        match done {
            Ok(_) => Ok(Written::Done),
            // A failed `test` is Invalid, too: the next look at the version tells which it was.
            Err(error @ (KubeError::Conflict { .. } | KubeError::Invalid { .. })) => {
                Ok(Written::Again(error))
            }
            Err(error) => Err(self.wrote(target, error)),
        }
    }

    /// The objects of a flag.
    async fn there(&self, target: &FlagTarget) -> Result<There, FlagError> {
        let base = match overlay::base(target).filter(|_| self.shape_of(target) == Shape::Overlay) {
            Some(base) => {
                self.get(&FlagTarget { object: Some(base), project: None, ..target.clone() }).await?
            }
            None => None,
        };
        Ok(There { own: self.get(target).await?, base })
    }

    async fn get(&self, target: &FlagTarget) -> Result<Option<Body>, FlagError> {
        let (place, name) = self.place(target)?;
        match self.kube.get::<Box<RawValue>>(&place, &name).await {
            Ok(text) => {
                Body::read(text.get().to_string()).map(Some).map_err(|fault| self.fault(target, fault))
            }
            Err(KubeError::NotFound { .. } | KubeError::NoNamespace { .. }) => Ok(None),
            Err(error) => Err(reached(self.subject(target), error)),
        }
    }

    /// Where the object of a flag is. Templates are filled with what metrics say, so the names
    /// are checked before they become part of a path.
    fn place(&self, target: &FlagTarget) -> Result<(crate::edge::kube::place::Place, String), FlagError> {
        let refuse = |what: &str, name: &str| {
            let message = format!("{what} {name:?} is no name that Kubernetes allows; correct `object`");
            self.fault(target, Fault::Refused(Reason::new(Code::FlagRefused, message)))
        };
        let Some(ObjectName { namespace, name }) = &target.object else {
            return Err(refuse("object", ""));
        };
        if namespace.contains('.') || !is_name(namespace, 63) {
            return Err(refuse("namespace", namespace));
        }
        if !is_name(name, 253) {
            return Err(refuse("object", name));
        }
        Ok((self.shape_of(target).place(Some(namespace)), name.clone()))
    }

    /// A held flag keeps the form in which it was held.
    fn shape_of(&self, target: &FlagTarget) -> Shape {
        Shape::of(target).unwrap_or_else(|| self.shape.clone())
    }

    fn wrote(&self, target: &FlagTarget, error: KubeError) -> FlagError {
        match error {
            KubeError::Conflict { message, .. } => self.fault(target, Fault::Conflict(message)),
            KubeError::Invalid { message, .. } => {
                FlagError::Forbidden { subject: self.subject(target), message }
            }
            error => reached(self.subject(target), error),
        }
    }

    fn fault(&self, target: &FlagTarget, fault: Fault) -> FlagError {
        let place = target.object.as_ref().map(|o| format!("{}/{}: ", o.namespace, o.name));
        let fault = match fault {
            Fault::Malformed(why) => Fault::Malformed(place.unwrap_or_default() + &why),
            other => other,
        };
        FlagError::of(self.subject(target), fault)
    }

    fn subject(&self, target: &FlagTarget) -> Subject {
        Subject { provider: self.facts.name.clone(), key: Some(target.key.clone()) }
    }
}

fn reached(subject: Subject, error: KubeError) -> FlagError {
    match error {
        KubeError::Forbidden { message, .. } => FlagError::Forbidden { subject, message },
        error => FlagError::Unavailable { subject, source: Box::new(error) },
    }
}

fn name_of(item: &Value) -> Option<ObjectName> {
    let said = |field: &str| item["metadata"][field].as_str().map(str::to_string);
    Some(ObjectName { namespace: said("namespace")?, name: said("name")? })
}

/// Whether `name` is a DNS subdomain of at most `length` characters.
fn is_name(name: &str, length: usize) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let part = |part: &str| {
        !part.is_empty() && part.chars().all(inner) && !part.starts_with('-') && !part.ends_with('-')
    };
    name.len() <= length && name.split('.').all(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_kubernetes_become_part_of_a_path() {
        for (name, expected) in [
            ("flags", true),
            ("order-api.flags-2", true),
            ("", false),
            ("..", false),
            ("a/b", false),
            ("a?b", false),
            ("Flags", false),
            ("-a", false),
            ("a.", false),
            ("%2e", false),
            (&"a".repeat(254), false),
        ] {
            assert_eq!(is_name(name, 253), expected, "{name}");
        }
    }
}

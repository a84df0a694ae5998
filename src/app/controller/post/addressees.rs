//! To whom news goes: whom a policy names and may, else whom the Governor names.

use crate::app::controller::declare::declared::Declared;
use crate::app::controller::declare::notifiers::KIND;
use crate::domain::model::id::{PolicyKey, ServiceKey};
use crate::domain::model::news::{Event, Notice};
use crate::domain::model::provider::{Request, undeclared};
use crate::domain::model::reason::Reason;
use crate::domain::policy::spec::Policy;
use std::collections::BTreeMap;

/// What the Governor says.
pub fn governors(declared: &Declared) -> &[Notice] {
    let governing = declared.governor.as_ref().and_then(|governor| governor.as_ref().ok());
    governing.map(|governing| governing.notices.as_slice()).unwrap_or_default()
}

/// Who is to be told of a service under a policy: whom the policy names and may, else whom the
/// Governor names.
pub fn notices(
    declared: &Declared,
    policy: Option<&Policy>,
    service: &ServiceKey,
    governors: &[Notice],
) -> Vec<Notice> {
    match policy {
        None => Vec::new(),
        Some(policy) if policy.notices.is_empty() => governors.to_vec(),
        Some(policy) => {
            let allowed = policy.notices.iter().filter(|it| permits(declared, policy, service, it).is_ok());
            allowed.cloned().collect()
        }
    }
}

/// Who is to be told of the fleet: whom the Governor names, and policies that ask for it.
pub fn fleet_notices(
    declared: &Declared,
    governors: &[Notice],
    policies: &BTreeMap<&PolicyKey, &Policy>,
) -> Vec<Notice> {
    let asks = |notice: &&Notice| notice.events.iter().any(|event| Event::FLEET.contains(event));
    let mut all = governors.to_vec();
    for (key, policy) in policies {
        let own = ServiceKey::new(key.namespace.clone().unwrap_or_default(), "");
        let theirs = policy.notices.iter().filter(asks);
        all.extend(theirs.filter(|notice| permits(declared, policy, &own, notice).is_ok()).cloned());
    }
    all
}

/// Whether a policy may have a receiver told of a service.
///
/// # Errors
/// Why not, and who can change that.
pub fn permits(
    declared: &Declared,
    policy: &Policy,
    service: &ServiceKey,
    notice: &Notice,
) -> Result<(), Reason> {
    let known = declared.notifiers.all().get(&notice.notifier);
    let mailbox = known.and_then(|known| known.verdict.as_ref().ok());
    let mailbox = mailbox.ok_or_else(|| undeclared(KIND, &notice.notifier))?;
    let labels = declared.namespaces.get(&service.namespace);
    let name = notice.notifier.as_str();
    let asked = Request { kind: KIND, name, policy: &policy.key, service, labels, item: None };
    mailbox.access.permits(&asked)
}

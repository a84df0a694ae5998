//! Notifiers: how one is opened, tried without a message, and what may be expected of it.

use super::opened::Opened;
use super::outside::{Outside, Trial};
use super::vault::{Credentials, Vault, Wanted};
use crate::app::apply::effect::chain;
use crate::domain::model::news::Language;
use crate::domain::model::problem::Problem;
use crate::domain::model::provider::Access;
use crate::domain::model::reason::{Code, Reason};
use crate::edge::crd::accept::notifier::{Accepted, Address, Place, notifier};
use crate::edge::crd::field::condition::ConfigStatus;
use crate::edge::crd::field::reference::KeyRef;
use crate::edge::crd::kind::notifier::Notifier;
use crate::edge::flags::declared::Home;
use crate::edge::kube::client::{Kube, TIMEOUT};
use crate::edge::notify::declared::{self, Keys};
use crate::edge::notify::error::NotifyError;
use crate::edge::notify::receiver::sign::Secret;
use crate::edge::notify::receiver::who::Receiver;

/// Every Notifier that exists.
pub type Notifiers = Opened<Mailbox>;

/// A receiver that can be told, and its terms.
#[derive(Debug, Clone)]
pub struct Mailbox {
    pub receiver: Receiver,
    pub language: Language,
    pub per_minute: u32,
    pub access: Access,
}

/// The word for the kind.
pub const KIND: &str = "Notifier";

/// (word, usual key) of the secrets that are no headers.
const URL: (&str, &str) = ("url", "url");
const TOKEN: (&str, &str) = ("token", "token");
const SIGN: (&str, &str) = ("sign", "secret");

impl Outside for Mailbox {
    type Object = Notifier;
    type Accepted = Accepted;

    const KIND: &'static str = KIND;
    const WITHOUT: &'static str = "nobody is told";
    const MARKS: bool = false;

    fn accept(object: &Notifier) -> Result<Accepted, Vec<Problem>> {
        notifier(&object.spec)
    }

    fn status(object: &Notifier) -> Option<ConfigStatus> {
        object.status.clone()
    }

    async fn credentials(accepted: &Accepted, vault: &Vault) -> Option<Result<Credentials, Vec<Problem>>> {
        let place = &accepted.place;
        let named = named(place);
        (!named.is_empty() || place.auth.is_some() || place.ca.is_some()).then_some(())?;
        let read = vault.read(&Wanted::at(place.field, place.auth.as_ref(), place.ca.as_ref())).await;
        let mut credentials = match read {
            Ok(credentials) => credentials,
            Err(problems) => return Some(Err(problems)),
        };
        let mut problems = Vec::new();
        for (part, secret, reference) in named {
            let field = format!("{}.{part}", place.field);
            problems.extend(vault.keep(&field, reference, secret, &mut credentials).await.err());
        }
        Some(if problems.is_empty() { Ok(credentials) } else { Err(problems) })
    }

    async fn open(
        _name: &str,
        accepted: &Accepted,
        home: &Home,
        credentials: Credentials,
    ) -> Result<Self, Vec<Problem>> {
        let secret = |(word, _): (&str, &str)| credentials.secret(word).map(Secret::new);
        let (url, token, sign) = (secret(URL), secret(TOKEN), secret(SIGN));
        let keys = Keys { url, token, sign, headers: credentials.headers, ca: credentials.ca };
        let hosts: Vec<String> = home.kube.iter().map(|kube| kube.host().to_string()).collect();
        let within = home.kube.as_ref().map_or(TIMEOUT, Kube::timeout);
        let receiver = declared::open(accepted, keys, &hosts, within).map_err(|error| match error {
            NotifyError::Declared(problem) => vec![*problem],
            error => vec![Problem::new("spec", "", chain(&error), "declare it as the receiver is")],
        })?;
        let Accepted { language, per_minute, access, .. } = accepted.clone();
        Ok(Self { receiver, language, per_minute, access })
    }

    async fn answer(&self, _: &Trial) -> Result<(), Reason> {
        self.receiver.look().await.map(drop).map_err(|error| match &error {
            NotifyError::Unauthorized(_) => Reason::new(Code::ProviderRefused, error.to_string()),
            error => Reason::new(Code::ProviderUnavailable, chain(error)),
        })
    }

    fn words(&self) -> Vec<String> {
        let tried = match self.receiver.can_be_tried() {
            true => "it answered and took our credentials; whether it takes a message is not tried",
            false => "whether it takes a message is not tried: only one would tell",
        };
        let pace = format!("it is told {} messages a minute at most", self.per_minute);
        let access = match &self.access {
            Access::Unsaid => {
                "without spec.allow, only ClusterHealthPolicies and the Governor may use it".to_string()
            }
            access => access.to_string(),
        };
        vec![tried.to_string(), pace, access]
    }
}

/// The Secrets that are no headers: field, word and usual key, reference.
fn named(place: &Place) -> Vec<(&'static str, (&'static str, &'static str), &KeyRef)> {
    let url = match &place.url {
        Address::Secret(reference) => Some(("urlSecretRef", URL, reference)),
        Address::Written(_) => None,
    };
    let token = place.token.as_ref().map(|reference| ("tokenSecretRef", TOKEN, reference));
    let sign = place.sign.as_ref().map(|reference| ("signSecretRef", SIGN, reference));
    [url, token, sign].into_iter().flatten().collect()
}

//! FlagProviders: how one is opened, tried, and what may be expected of it.

use super::opened::Opened;
use super::outside::{Outside, Trial};
use super::vault::{Credentials, Vault, Wanted};
use crate::app::apply::effect::chain;
use crate::domain::model::capability::Capability;
use crate::domain::model::flag::FlagView;
use crate::domain::model::id::ServiceKey;
use crate::domain::model::problem::Problem;
use crate::domain::model::provider::{Access, KIND};
use crate::domain::model::reason::Reason;
use crate::edge::crd::accept::flag_provider::{Accepted, Clients, ClientsBy, Place, flag_provider};
use crate::edge::crd::field::condition::ConfigStatus;
use crate::edge::crd::kind::flag_provider::FlagProvider;
use crate::edge::flags::declared::{self, Home};
use crate::edge::flags::error::FlagError;
use crate::edge::flags::provider::Provider;
use crate::edge::http::line::Keys;

/// Every FlagProvider that exists.
pub type Providers = Opened<Provider>;

/// A key that no flag has: a store that says so has taken our credentials.
const NOBODY: &str = "flyball-check-no-such-flag";

impl Outside for Provider {
    type Object = FlagProvider;
    type Accepted = Accepted;

    const KIND: &'static str = KIND;
    const WITHOUT: &'static str = "nothing can be cut";
    const MARKS: bool = true;

    fn accept(object: &FlagProvider) -> Result<Accepted, Vec<Problem>> {
        flag_provider(&object.spec)
    }

    fn status(object: &FlagProvider) -> Option<ConfigStatus> {
        object.status.clone()
    }

    async fn credentials(accepted: &Accepted, vault: &Vault) -> Option<Result<Credentials, Vec<Problem>>> {
        let mut read = match &accepted.place {
            Place::Server(server) => {
                let bare = server.store.sends_bare_tokens();
                Some(vault.read(&Wanted::of(&server.field, &server.endpoint, bare)).await)
            }
            _ => None,
        };
        if let Some(Clients { endpoint, field, by }) = &accepted.clients {
            let beside = vault.read(&Wanted::of(field, endpoint, *by == ClientsBy::Unleash)).await;
            let own = read.unwrap_or_else(|| Ok(Credentials::default()));
            read = Some(own.and_then(|mut own| {
                own.beside = Some(Box::new(beside?));
                Ok(own)
            }));
        }
        read
    }

    async fn open(
        name: &str,
        accepted: &Accepted,
        home: &Home,
        credentials: Credentials,
    ) -> Result<Self, Vec<Problem>> {
        let keys = Keys { headers: credentials.headers, ca: credentials.ca };
        let beside = credentials.beside.map(|it| Keys { headers: it.headers, ca: it.ca });
        let opened = declared::open(name, accepted, home, keys).await;
        let asks = |it| declared::with_clients(it, accepted, home, beside.unwrap_or_default());
        let opened = opened.and_then(asks);
        opened.map_err(|error| match error {
            FlagError::Declared(problem) => vec![*problem],
            error => {
                let fix = "make the store reachable as it is declared, or declare it as it is";
                vec![Problem::new("spec", "", chain(&error), fix)]
            }
        })
    }

    fn succeed(&self, former: &Self) {
        Self::succeed(self, former);
    }

    async fn answer(&self, trial: &Trial) -> Result<(), Reason> {
        let nobody = ServiceKey::new(&trial.namespace, "flyball-check");
        match self.read(&self.facts().target(&nobody, NOBODY), "off", None, trial.now).await {
            FlagView::Gone { .. } | FlagView::Seen(_) => {}
            FlagView::Unreadable(reason) => return Err(reason),
        }
        match self.served() {
            Some(served) => served.serves(NOBODY, "off").await.map(drop).map_err(|error| error.reason()),
            None => Ok(()),
        }
    }

    fn words(&self) -> Vec<String> {
        let facts = self.facts();
        let (can, inside) = (facts.capabilities, facts.object.is_some());
        let demands: Vec<&str> =
            Capability::ALL.into_iter().filter(|it| can.has(*it)).map(Capability::as_str).collect();
        let demands = match demands.as_slice() {
            [] => "a policy may demand nothing of it".to_string(),
            demands => format!("a policy may demand {}", demands.join(", ")),
        };
        let read = match inside {
            true => "it could be read; whether it may be written is not tried",
            false => "it answered and could be read; whether it may be written is not tried",
        };
        let writes = match can.precondition {
            true => "a write is refused if somebody changed the flag meanwhile",
            false => "BestEffort: a change of somebody else in the same moment is seen only afterwards",
        };
        let ends = match can.self_ending {
            true => "a cut ends by itself at its deadline",
            false => "a cut lasts until the governor gives it back",
        };
        let history =
            if can.history { "who changed a flag is told" } else { "who changed a flag is not known" };
        let access = match &facts.access {
            Access::Unsaid if inside => {
                "without spec.allow, each service's own namespace may use it".to_string()
            }
            access => access.to_string(),
        };
        [read, writes, ends, history, &demands, &access].map(str::to_string).to_vec()
    }
}

//! IssueTrackers: how one is opened, tried, and what may be expected of it.

use super::opened::Opened;
use super::outside::{Outside, Trial};
use super::vault::{Credentials, Vault, Wanted};
use crate::app::apply::effect::chain;
use crate::domain::model::problem::Problem;
use crate::domain::model::reason::Reason;
use crate::domain::model::tracker::KIND;
use crate::edge::crd::accept::issue_tracker::{Accepted, issue_tracker};
use crate::edge::crd::field::condition::ConfigStatus;
use crate::edge::crd::kind::issue_tracker::IssueTracker;
use crate::edge::flags::declared::Home;
use crate::edge::http::line::Keys;
use crate::edge::issues::declared;
use crate::edge::issues::error::IssueError;
use crate::edge::issues::tracker::Tracker;

/// Every IssueTracker that exists.
pub type Trackers = Opened<Tracker>;

impl Outside for Tracker {
    type Object = IssueTracker;
    type Accepted = Accepted;

    const KIND: &'static str = KIND;
    const WITHOUT: &'static str = "no issue can be opened";
    const MARKS: bool = false;

    fn accept(object: &IssueTracker) -> Result<Accepted, Vec<Problem>> {
        issue_tracker(&object.spec)
    }

    fn status(object: &IssueTracker) -> Option<ConfigStatus> {
        object.status.clone()
    }

    async fn credentials(accepted: &Accepted, vault: &Vault) -> Option<Result<Credentials, Vec<Problem>>> {
        Some(vault.read(&Wanted::of(&accepted.field, &accepted.endpoint, false)).await)
    }

    async fn open(
        name: &str,
        accepted: &Accepted,
        home: &Home,
        credentials: Credentials,
    ) -> Result<Self, Vec<Problem>> {
        let keys = Keys { headers: credentials.headers, ca: credentials.ca };
        let hosts: Vec<String> = home.kube.iter().map(|kube| kube.host().to_string()).collect();
        declared::open(name, accepted, keys, &hosts).map_err(|error| match error {
            IssueError::Declared(problem) => vec![*problem],
            error => vec![Problem::new("spec", "", chain(&error), "declare it as it can be reached")],
        })
    }

    fn succeed(&self, former: &Self) {
        Self::succeed(self, former);
    }

    async fn answer(&self, _: &Trial) -> Result<(), Reason> {
        self.whoami().await.map_err(|error| error.reason())
    }

    fn words(&self) -> Vec<String> {
        let facts = self.facts();
        vec![
            "it takes our credentials; whether they may write in a repository is not tried".to_string(),
            "one issue for each service and tier, found again by its label".to_string(),
            facts.access.to_string(),
        ]
    }
}

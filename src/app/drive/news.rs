//! What a tick did and saw, for whoever shows it.

use super::served::Propagated;
use crate::app::apply::{desk, effect};
use crate::app::observe::observer::Look;
use crate::domain::model::episode::Episode;
use crate::domain::model::id::PolicyKey;
use crate::domain::model::plan::Refusal;
use crate::domain::model::reason::Reason;

/// What a tick did and saw.
#[derive(Debug, Default)]
pub struct Tick {
    /// What was stored and done, in order.
    pub news: Vec<News>,
    /// Wanted and refused without a Decision, as the last round had it.
    pub refusals: Vec<Refusal>,
    /// Signals that gave no trustworthy answer, with the reason.
    pub blind: Vec<(PolicyKey, String, String)>,
    /// Many engagements were refused together.
    pub storm: Option<Reason>,
    pub looks: Vec<Look>,
    pub troubles: Vec<String>,
    /// Cuts that clients were served since the tick before.
    pub propagated: Vec<Propagated>,
}

/// One thing that a tick did.
#[derive(Debug)]
pub enum News {
    Stored(Box<Episode>),
    Done(effect::Done),
    Looked(desk::Done),
}

impl Tick {
    /// Decisions stored, in order.
    pub fn stored(&self) -> impl Iterator<Item = &Episode> {
        self.news.iter().filter_map(|news| match news {
            News::Stored(episode) => Some(&**episode),
            News::Done(_) | News::Looked(_) => None,
        })
    }

    /// Writes to flags that were tried, in order.
    pub fn effects(&self) -> impl Iterator<Item = &effect::Done> {
        self.news.iter().filter_map(|news| match news {
            News::Done(done) => Some(done),
            News::Stored(_) | News::Looked(_) => None,
        })
    }

    /// Looks at issues that were made, in order.
    pub fn looked(&self) -> impl Iterator<Item = &desk::Done> {
        self.news.iter().filter_map(|news| match news {
            News::Looked(done) => Some(done),
            News::Stored(_) | News::Done(_) => None,
        })
    }
}

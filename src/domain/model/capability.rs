//! What a store of flags may be able to do, by the words that policies demand it by.

use serde::{Deserialize, Serialize};

/// One thing that a store can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Capability {
    Precondition,
    History,
    SelfEnding,
}

impl Capability {
    /// Every one, in the order in which they are told.
    pub const ALL: [Self; 3] = [Self::Precondition, Self::History, Self::SelfEnding];

    /// The word that a policy demands it by.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Precondition => "Precondition",
            Self::History => "History",
            Self::SelfEnding => "SelfEnding",
        }
    }
}

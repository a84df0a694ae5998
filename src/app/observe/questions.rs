//! What a policy asks: a value and perhaps an activity per signal, and how old each is.

use crate::domain::policy::signal::Signal;

/// The questions of one signal, as texts to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Questions {
    pub value: String,
    /// One per distinct selector of the value.
    pub ages: Vec<String>,
    /// The activity and the ages of its selectors.
    pub activity: Option<(String, Vec<String>)>,
}

impl Questions {
    /// What `signal` asks.
    pub fn of(signal: &Signal) -> Self {
        let labels = signal.identity.labels();
        let activity = signal
            .activity
            .as_ref()
            .map(|activity| (activity.query.text().to_string(), activity.query.age_queries(&labels)));
        Self { value: signal.query.text().to_string(), ages: signal.query.age_queries(&labels), activity }
    }

    /// All of them.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        let activity = self.activity.iter().flat_map(|(value, ages)| std::iter::once(value).chain(ages));
        std::iter::once(&self.value).chain(&self.ages).chain(activity).map(String::as_str)
    }
}

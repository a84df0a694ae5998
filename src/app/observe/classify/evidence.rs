//! All that was answered for one signal, ready to be read at any instant that was asked.

use super::rows::{Answer, Rows};
use crate::app::observe::questions::Questions;
use crate::domain::model::series::Matrix;
use crate::domain::policy::signal::Signal;

/// The answers to a signal's questions.
pub struct Evidence<'m> {
    value: Rows<'m>,
    ages: Vec<Rows<'m>>,
    activity: Option<(Rows<'m>, Vec<Rows<'m>>)>,
}

/// What they say at one instant.
pub struct Instant<'r> {
    pub value: Answer<'r>,
    pub ages: Vec<Answer<'r>>,
    pub activity: Option<(Answer<'r>, Vec<Answer<'r>>)>,
}

impl<'m> Evidence<'m> {
    /// Looks up the answers to `questions`; `answer` gives None for one that failed.
    pub fn new(signal: &Signal, questions: &Questions, answer: &impl Fn(&str) -> Option<&'m Matrix>) -> Self {
        let rows = |text: &String| Rows::new(answer(text), &signal.identity);
        let all = |texts: &[String]| texts.iter().map(rows).collect();
        let activity = questions.activity.as_ref().map(|(value, ages)| (rows(value), all(ages)));
        Self { value: rows(&questions.value), ages: all(&questions.ages), activity }
    }

    /// What they say at `millis`.
    pub fn at(&self, millis: i64) -> Instant<'_> {
        Instant {
            value: self.value.at(millis),
            ages: each_at(&self.ages, millis),
            activity: self.activity.as_ref().map(|(value, ages)| (value.at(millis), each_at(ages, millis))),
        }
    }
}

fn each_at<'r>(rows: &'r [Rows<'_>], millis: i64) -> Vec<Answer<'r>> {
    rows.iter().map(|rows| rows.at(millis)).collect()
}

//! Collecting every problem of an object while reading on.

use crate::domain::model::problem::Problem;
use crate::edge::crd::field::duration::Duration as Text;
use std::time::Duration;

/// What was found so far.
#[derive(Debug, Default)]
pub struct Problems {
    found: Vec<Problem>,
}

impl Problems {
    /// Adds one.
    pub fn add(&mut self, problem: Problem) {
        self.found.push(problem);
    }

    /// A duration, or `default` where it is not given or cannot be read.
    pub fn duration(&mut self, field: &str, text: Option<&Text>, default: Duration) -> Duration {
        let Some(text) = text else { return default };
        text.read().unwrap_or_else(|fix| {
            self.add(Problem::new(field, &text.0, "it is not a duration", fix));
            default
        })
    }

    /// What `result` holds; its sentence becomes a problem of `field`.
    pub fn take<T>(&mut self, field: &str, value: &str, result: Result<T, String>) -> Option<T> {
        result.map_err(|why| self.add(Problem::new(field, value, why, ""))).ok()
    }

    /// The object, if nothing was wrong with it.
    ///
    /// # Errors
    /// Everything that was found.
    pub fn finish<T>(self, object: Option<T>) -> Result<T, Vec<Problem>> {
        match object {
            Some(object) if self.found.is_empty() => Ok(object),
            _ => Err(self.found),
        }
    }
}

//! What is asked of every declared object before its meaning is: that it can be read, and asks for
//! nothing that does nothing yet.

use crate::domain::model::problem::Problem;
use crate::edge::cluster::mirror::Seen;
use crate::edge::crd::inert;
use serde::Serialize;
use std::sync::Arc;

/// The object, unless it cannot be read or asks for what does nothing yet.
///
/// # Errors
/// Every problem found.
pub fn sound<T: Serialize>(kind: &str, seen: &Seen<T>) -> Result<Arc<T>, Vec<Problem>> {
    let object = seen.object.clone().map_err(|why| {
        let fix = "correct the field that the message names, or run a version that knows it";
        vec![Problem::new("", "", format!("it cannot be read: {why}"), fix)]
    })?;
    let document = serde_json::to_value(&*object).unwrap_or_default();
    match inert::problems(kind, &document) {
        idle if idle.is_empty() => Ok(object),
        idle => Err(idle),
    }
}

use crate::domain::model::problem::Problem;
pub fn problems(_kind: &str, _document: &serde_json::Value) -> Vec<Problem> { Vec::new() }

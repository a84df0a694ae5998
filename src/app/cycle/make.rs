//! The model that ships, and the kind of function that makes one.
//!
//! Owns the choice: everything that runs a cycle takes the same, unless a test asks for another.

use crate::domain::baseline::model::Baseline;
use crate::domain::baseline::seasonal::SeasonalModel;
use crate::domain::model::baseline::BaselineSpec;

/// Makes the model of one signal.
pub type MakeBaseline = fn(&BaselineSpec) -> Box<dyn Baseline>;

/// The model that ships.
pub fn seasonal() -> MakeBaseline {
    |spec| Box::new(SeasonalModel::new(spec))
}

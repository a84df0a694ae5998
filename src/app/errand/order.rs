//! The order to give everything back: where it is written, whether it was read, and how it is taken back.
//!
//! A governor of the whole cluster is told by the Governor, whose generations say what was read. One of
//! single namespaces shares that with others, so it is told by its own notebook.

use crate::edge::cluster::notebook::{NAME, OBEYED, RELEASE_ALL, UNTIL_INSTALLED};
use crate::edge::crd::kind::governor::Governor;
use crate::edge::kube::client::{Kube, Part, PatchForm};
use crate::edge::kube::error::KubeError;
use crate::edge::kube::place::Place;
use crate::edge::kube::realm::Realm;
use k8s_openapi::api::core::v1::ConfigMap;
use serde_json::{Value, json};

/// Annotation of a Governor whose `releaseAll` an uninstall set: the generation that this made.
pub const ORDERED_AT: &str = "flyball.dev/release-ordered-at";
/// Tries of the order while others write the same object, too.
const TRIES: u32 = 10;

/// An order that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    /// In the Governor since this generation.
    Governor(i64),
    /// In the notebook of this namespace.
    Notebook(String),
    /// There is no Governor: then every hold is given back as it is.
    Needless,
}

/// Where Governors are.
pub fn governors() -> Place {
    Place::of::<Governor>(None)
}

fn notebooks(home: &str) -> Place {
    Place::of::<ConfigMap>(Some(home))
}

/// Gives the order; `until_installed`: the next `ensure` takes it back.
///
/// # Errors
/// It cannot be written.
pub async fn give(
    kube: &Kube,
    (home, realm): (&str, &Realm),
    until_installed: bool,
) -> Result<Order, KubeError> {
    let mut tried = 0;
    loop {
        tried += 1;
        let given = match realm {
            Realm::Cluster => in_governor(kube, until_installed).await,
            Realm::Namespaces(_) => in_notebook(kube, home, until_installed).await,
        };
        match given {
            Err(error) if error.is_conflict() && tried < TRIES => {}
            Err(error) if error.is_not_found() || matches!(error, KubeError::NotServed { .. }) => {
                return Ok(Order::Needless);
            }
            done => return done,
        }
    }
}

async fn in_governor(kube: &Kube, until_installed: bool) -> Result<Order, KubeError> {
    let governor: Value = kube.get(&governors(), "default").await?;
    let metadata = &governor["metadata"];
    let generation = metadata["generation"].as_i64().unwrap_or_default();
    if governor["spec"]["releaseAll"] == true {
        return Ok(Order::Governor(generation));
    }
    let mut patch = json!({
        "metadata": {"resourceVersion": metadata["resourceVersion"]},
        "spec": {"releaseAll": true},
    });
    if until_installed {
        patch["metadata"]["annotations"] = json!({ORDERED_AT: (generation + 1).to_string()});
    }
    let stored = kube.patch::<Value>(&governors(), ("default", Part::Main), PatchForm::Merge, &patch).await?;
    Ok(Order::Governor(stored["metadata"]["generation"].as_i64().unwrap_or(generation + 1)))
}

async fn in_notebook(kube: &Kube, home: &str, until_installed: bool) -> Result<Order, KubeError> {
    let place = notebooks(home);
    let word = if until_installed { UNTIL_INSTALLED } else { "true" };
    let order = json!({"data": {RELEASE_ALL: word}});
    match kube.get::<Value>(&place, NAME).await {
        Ok(book) if book["data"][RELEASE_ALL].is_string() => {}
        Ok(_) => {
            kube.patch::<Value>(&place, (NAME, Part::Main), PatchForm::Merge, &order).await?;
        }
        Err(error) if error.is_not_found() => {
            let mut book = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": NAME, "namespace": home}});
            book["data"] = order["data"].clone();
            kube.create::<Value>(&place, &book).await?;
        }
        Err(error) => return Err(error),
    }
    Ok(Order::Notebook(home.to_string()))
}

impl Order {
    /// Whether a governor knows of it, so that nothing follows what it holds by now.
    ///
    /// # Errors
    /// Nothing is known.
    pub async fn is_read(&self, kube: &Kube) -> Result<bool, KubeError> {
        let read = match self {
            Self::Needless => return Ok(true),
            Self::Governor(ordered) => {
                let governor = kube.get::<Value>(&governors(), "default").await;
                governor.map(|it| it["status"]["observedGeneration"].as_i64() >= Some(*ordered))
            }
            Self::Notebook(home) => {
                let book = kube.get::<Value>(&notebooks(home), NAME).await;
                book.map(|it| it["data"][OBEYED].is_string() && it["data"][OBEYED] == it["data"][RELEASE_ALL])
            }
        };
        match (read, self) {
            // Without it nothing is engaged; a notebook that is gone has lost the order.
            (Err(error), Self::Governor(_)) if error.is_not_found() => Ok(true),
            (read, _) => read,
        }
    }

    /// What was done, for people.
    pub fn words(&self) -> &'static str {
        match self {
            Self::Governor(_) => "releaseAll is ordered",
            Self::Notebook(_) => "everything that this installation holds is ordered back",
            Self::Needless => "there is no Governor",
        }
    }

    /// How a person takes it back.
    pub fn undo(&self) -> String {
        match self {
            Self::Governor(_) => {
                "kubectl patch gov default --type merge -p '{\"spec\":{\"releaseAll\":null}}'".to_string()
            }
            Self::Notebook(home) => {
                format!(
                    "kubectl patch cm {NAME} -n {home} --type merge -p '{{\"data\":{{\"{RELEASE_ALL}\":null}}}}'"
                )
            }
            Self::Needless => "create the Governor".to_string(),
        }
    }
}

/// Takes an uninstall's order to the Governor back, if it is the last word on it; whether it was.
///
/// # Errors
/// It cannot be read or written.
pub async fn take_back(kube: &Kube) -> Result<bool, KubeError> {
    let governor: Value = kube.get(&governors(), "default").await?;
    if !is_last_word(&governor) {
        return Ok(false);
    }
    let patch = json!({
        "metadata": {
            "annotations": {ORDERED_AT: null},
            "resourceVersion": governor["metadata"]["resourceVersion"],
        },
        "spec": {"releaseAll": null},
    });
    kube.patch::<Value>(&governors(), ("default", Part::Main), PatchForm::Merge, &patch).await?;
    Ok(true)
}

/// The same of an order in a notebook.
///
/// # Errors
/// It cannot be read or written.
pub async fn take_back_in(kube: &Kube, home: &str) -> Result<bool, KubeError> {
    let book = match kube.get::<Value>(&notebooks(home), NAME).await {
        Err(error) if error.is_not_found() => return Ok(false),
        book => book?,
    };
    if book["data"][RELEASE_ALL] != UNTIL_INSTALLED {
        return Ok(false);
    }
    let version = &book["metadata"]["resourceVersion"];
    let patch = json!({"metadata": {"resourceVersion": version}, "data": {RELEASE_ALL: null}});
    kube.patch::<Value>(&notebooks(home), (NAME, Part::Main), PatchForm::Merge, &patch).await?;
    Ok(true)
}

/// Whether nobody has edited the spec since an uninstall did.
fn is_last_word(governor: &Value) -> bool {
    let metadata = &governor["metadata"];
    let ordered: Option<i64> = metadata["annotations"][ORDERED_AT].as_str().and_then(|at| at.parse().ok());
    ordered.is_some_and(|at| metadata["generation"].as_i64() == Some(at))
        && governor["spec"]["releaseAll"] == true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_order_that_nobody_edited_since_is_taken_back() {
        let governor = |generation: i64, at: &str, release: bool| {
            json!({"metadata": {"generation": generation, "annotations": {ORDERED_AT: at}},
                "spec": {"releaseAll": release}})
        };
        assert!(is_last_word(&governor(4, "4", true)));
        assert!(!is_last_word(&governor(5, "4", true)), "a person wrote the spec afterwards");
        assert!(!is_last_word(&governor(4, "4", false)));
        assert!(!is_last_word(&json!({"metadata": {"generation": 4}, "spec": {"releaseAll": true}})));
    }

    #[test]
    fn how_an_order_is_taken_back_can_be_typed_as_it_stands() {
        let undo = Order::Notebook("team-a".to_string()).undo();
        assert!(undo.ends_with(r#"-n team-a --type merge -p '{"data":{"releaseAll":null}}'"#), "{undo}");
        assert!(Order::Governor(1).undo().ends_with(r#"-p '{"spec":{"releaseAll":null}}'"#));
    }
}

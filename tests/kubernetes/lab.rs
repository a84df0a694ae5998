//! A namespace under watch: its FeatureFlag, its policy, and what the governor writes about it.
//!
//! Reads objects by their documented fields, as any tool would; must not use the program's types.

use super::address;
use super::control_plane::ControlPlane;
use super::rig::FLAGS;
use crate::live::flags::{self, Cut};
use crate::live::policy::Terms;
use crate::live::stored::Decision;
use crate::live::wait::until;
use serde_json::{Value, json};

/// One namespace, and the flag that its policy cuts.
pub struct Lab<'a> {
    pub plane: &'a ControlPlane,
    pub namespace: &'static str,
    pub key: &'static str,
    /// What the flags were when it opened.
    pub document: Value,
}

impl<'a> Lab<'a> {
    /// Makes the namespace, its flags and its policy.
    pub fn open(plane: &'a ControlPlane, namespace: &'static str, terms: &Terms) -> Self {
        plane.open_shop(namespace);
        Self::of(plane, namespace, terms)
    }

    /// A namespace that has its flags: makes its policy.
    pub fn of(plane: &'a ControlPlane, namespace: &'static str, terms: &Terms) -> Self {
        plane.apply(&Terms { namespace, ..terms.clone() }.yaml());
        Self::on(plane, namespace)
    }

    /// A namespace that has its flags and its policy.
    pub fn on(plane: &'a ControlPlane, namespace: &'static str) -> Self {
        let lab = Self { plane, namespace, key: flags::CATALOG, document: Value::Null };
        Self { document: lab.flags(), ..lab }
    }

    /// Deletes the Decisions of episodes that are over, so that the next one is the only one.
    pub fn forget(&self) {
        for decision in self.decisions().expect("the server answers") {
            assert_eq!(decision.phase(), "Ended", "only ended Decisions may be forgotten");
            let name = decision.0["metadata"]["name"].as_str().expect("it has a name");
            let path = address::one("Decision", self.namespace, name);
            self.plane.admin.delete(&path).expect("a Decision can be deleted");
        }
    }

    /// Deletes its policy, so that a later incident concerns nobody.
    pub fn close(&self) {
        self.plane.admin.delete(&self.policy()).expect("the policy can be deleted");
    }

    /// The path of its policy.
    pub fn policy(&self) -> String {
        address::one("HealthPolicy", self.namespace, Terms::default().name)
    }

    /// The path of its FeatureFlag.
    pub fn flags_path(&self) -> String {
        address::one("FeatureFlag", self.namespace, FLAGS)
    }

    /// The FeatureFlag without what the server notes about it.
    pub fn flags(&self) -> Value {
        let object = self.object();
        json!({"labels": object["metadata"]["labels"], "annotations": object["metadata"]["annotations"], "spec": object["spec"]})
    }

    /// The FeatureFlag.
    pub fn object(&self) -> Value {
        let what = format!("the FeatureFlag of {} can be read", self.namespace);
        until(&what, 30, || self.plane.admin.get(&self.flags_path()))
    }

    /// What changes when anybody writes the FeatureFlag.
    pub fn version(&self) -> String {
        self.object()["metadata"]["resourceVersion"].to_string()
    }

    /// The flag.
    pub fn flag(&self) -> Value {
        self.object()["spec"]["flagSpec"]["flags"][self.key].clone()
    }

    /// The self-ending cut on the flag, if it is on it.
    ///
    /// # Errors
    /// How the flag stands instead.
    pub fn cut(&self) -> Result<Cut, String> {
        flags::cut_of(&self.flag())
    }

    /// Changes the flag as `kubectl edit` does: what was read is replaced, or read again.
    pub fn edit(&self, change: impl Fn(&mut Value)) {
        until("a person's edit goes through", 30, || {
            let mut object = self.plane.admin.get(&self.flags_path())?;
            change(&mut object["spec"]["flagSpec"]["flags"][self.key]);
            self.plane.admin.replace(&self.flags_path(), &object).map(|_| ())
        });
    }

    /// All Decisions of the namespace.
    ///
    /// # Errors
    /// The server does not answer.
    pub fn decisions(&self) -> Result<Vec<Decision>, String> {
        let all = self.plane.admin.list(&address::all("Decision", self.namespace))?;
        Ok(all.into_iter().map(Decision).collect())
    }

    /// The only Decision.
    ///
    /// # Errors
    /// There is none, or more than one.
    pub fn decision(&self) -> Result<Decision, String> {
        let mut all = self.decisions()?;
        match all.len() {
            1 => Ok(all.remove(0)),
            n => Err(format!("there are {n} Decisions: {all:?}")),
        }
    }

    /// The holds on its flags.
    ///
    /// # Errors
    /// The server does not answer.
    pub fn holds(&self) -> Result<Vec<Value>, String> {
        let mut all = self.plane.admin.list(&address::all("FlagHold", ""))?;
        all.retain(|hold| hold["spec"]["target"]["object"]["namespace"] == self.namespace);
        Ok(all)
    }

    /// Its only ServiceHealth.
    ///
    /// # Errors
    /// There is none.
    pub fn health(&self) -> Result<Value, String> {
        let all = self.plane.admin.list(&address::all("ServiceHealth", self.namespace))?;
        all.into_iter().next().ok_or("there is no ServiceHealth".to_string())
    }

    /// Waits until the policy has a condition of this type and status, and returns it.
    pub fn await_condition(&self, name: &str, status: &str) -> Value {
        until(&format!("the policy of {} has {name}={status}", self.namespace), 90, || {
            let policy = self.plane.admin.get(&self.policy())?;
            let conditions = policy["status"]["conditions"].as_array().cloned().unwrap_or_default();
            let found = conditions.iter().find(|one| one["type"] == name && one["status"] == status);
            found.cloned().ok_or(format!("{conditions:?}"))
        })
    }

    /// Waits until its only Decision stands so: `Holding/`, `Ended/Restored`.
    pub fn await_decision(&self, standing: &str) -> Decision {
        until(&format!("the Decision of {} is {standing}", self.namespace), 120, || {
            let decision = self.decision()?;
            match decision.standing() == standing {
                true => Ok(decision),
                false => Err(format!("it is {}: {}", decision.standing(), decision.text())),
            }
        })
    }

    /// Waits until the flag is cut and the Decision says so.
    pub fn await_cut(&self) -> Cut {
        let cut = until(&format!("the flag of {} is cut", self.namespace), 90, || self.cut());
        self.await_decision("Holding/");
        cut
    }

    /// Waits until nothing holds its flags.
    pub fn await_no_hold(&self) {
        until(&format!("no hold of {} is left", self.namespace), 60, || match self.holds()? {
            holds if holds.is_empty() => Ok(()),
            holds => Err(format!("{holds:?}")),
        });
    }

    /// Waits until the flags are what they were when it opened.
    pub fn await_document(&self) {
        until(&format!("the flags of {} are what they were", self.namespace), 120, || match self.flags() {
            flags if flags == self.document => Ok(()),
            flags => Err(flags.to_string()),
        });
    }

    /// The end of an episode as it should be: restored by way of a probe, no hold left, the
    /// flags as they were.
    pub fn await_restored(&self) -> Decision {
        let decision = self.await_decision("Ended/Restored");
        assert!(decision.life().contains(&"Probing"), "Probing was skipped: {:?}", decision.life());
        self.await_no_hold();
        assert_eq!(self.flags(), self.document, "the flags of {} are not what they were", self.namespace);
        decision
    }
}

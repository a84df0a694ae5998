//! Admission refuses the governor's writes, as the OpenFeature operator's webhook does while it is
//! down: the Decision says so, and goes on as soon as it may.

use crate::kubernetes::address;
use crate::kubernetes::lab::Lab;
use crate::kubernetes::rig::Rig;
use crate::live::policy::Terms;
use crate::live::stage::Part;
use crate::live::wait::until;
use serde_json::json;

/// What the one who refuses says.
const WORDS: &str = "frozen by the release team";

/// Neither the cut nor the giving back gets through at first.
pub fn refuses(rig: &Rig, part: &Part) {
    let lab = Lab::open(rig.plane, "frozen", &Terms::default());
    freeze(&lab);
    let version = lab.version();
    part.incident_begins();
    says_so(&lab, "Acting/");
    assert_eq!(lab.version(), version, "a frozen flag was written");
    thaw(&lab);
    lab.await_cut();
    freeze(&lab);
    part.incident_ends();
    says_so(&lab, "Probing/");
    thaw(&lab);
    lab.await_restored();
}

fn says_so(lab: &Lab, standing: &str) {
    until(&format!("the Decision of {} tells who refuses", lab.namespace), 110, || {
        let decision = lab.decision()?;
        let told = format!("{decision:?}");
        match decision.standing() == standing && told.contains(WORDS) && told.contains("ProviderRefused") {
            true => Ok(()),
            false => Err(format!("{}: {told}", decision.standing())),
        }
    });
}

/// Nobody may change FeatureFlags of the namespace, from when on a person's change is refused.
fn freeze(lab: &Lab) {
    lab.plane.apply(&POLICY.replace("NAMESPACE", lab.namespace));
    until("a person's change is refused", 60, || {
        let change = json!({"metadata": {"labels": {"frozen": "no"}}});
        match lab.plane.admin.merge(&format!("{}?dryRun=All", lab.flags_path()), &change) {
            Err(refusal) if refusal.contains(WORDS) => Ok(()),
            other => Err(format!("{other:?}")),
        }
    });
}

fn thaw(lab: &Lab) {
    let binding = address::one("ValidatingAdmissionPolicyBinding", "", &format!("frozen-{}", lab.namespace));
    lab.plane.admin.delete(&binding).expect("the binding can be deleted");
}

const POLICY: &str = r#"apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: frozen-NAMESPACE}
spec:
  matchConstraints:
    namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: NAMESPACE}}
    resourceRules:
    - {apiGroups: [core.openfeature.dev], apiVersions: ["*"], operations: [UPDATE], resources: [featureflags]}
  validations: [{expression: "false", message: frozen by the release team}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: frozen-NAMESPACE}
spec: {policyName: frozen-NAMESPACE, validationActions: [Deny]}
"#;

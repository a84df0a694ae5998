//! An Optimize tier and a real Gitea: one issue, whatever becomes of the governor between the write and its
//! record, closed once the service is well again. Beside it, in mode Approve, one that a person grants and one that
//! a person denies; and what becomes of an open issue whose policy is deleted.
//!
//! The judge is Gitea itself, asked as a person asks it.

use crate::forges::gitea::Server;
use crate::forges::stand::Stand;
use crate::kubernetes::lab::Lab;
use crate::kubernetes::rig::Rig;
use crate::live::stage::Scene;
use crate::live::wait::{until, until_true};
use crate::servers::front::{Fault, Front};
use serde_json::{Value, json};

const NAMESPACE: &str = "issues";
/// Where a person is asked first: one says yes, one says no.
const YES: &str = "issues-yes";
const NO: &str = "issues-no";
const KEY: &str = "catalog-strong-check";

pub fn run(rig: &Rig) {
    rig.ungoverned();
    let (plane, gitea) = (rig.plane, Server::start());
    let front = Front::before(gitea.address());
    let repository = gitea.repository("catalog");
    let [granted, denied] = [YES, NO].map(|name| gitea.repository(&format!("{name}-catalog")));
    [NAMESPACE, YES, NO].into_iter().for_each(|name| plane.make_namespace(name));
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "gitea", "namespace": "flyball"},
        "stringData": {"token": gitea.token()}});
    plane.apply(&secret.to_string());
    declare(rig, &front, false);
    let mut governor = rig.replica(NAMESPACE).up();
    plane.apply(&policy(NAMESPACE, "Enforce", "anna/{{service}}"));
    let at = |namespace: &'static str| Lab { plane, namespace, key: KEY, document: Value::Null };
    let (lab, yes, no) = (at(NAMESPACE), at(YES), at(NO));

    // Without `allow`, no policy of a namespace may use it.
    until("the policy says that it may not use it", 90, || {
        let policy = plane.admin.get(&lab.policy())?;
        let said = policy["status"]["conditions"].to_string();
        if said.contains("ProviderRefused") && said.contains("IssueTracker code says no `allow`") {
            Ok(())
        } else {
            Err(said)
        }
    });
    declare(rig, &front, true);
    lab.await_condition("Ready", "True");
    for name in [YES, NO] {
        plane.apply(&policy(name, "Approve", &format!("anna/{name}-{{{{service}}}}")));
    }

    // It dies after Gitea made the issue, and before it hears of that.
    front.set(Fault::HoldAnswerTo("/issues"));
    rig.incident(true);
    until_true("the issue is being made", 120, || front.held());
    governor.kill();
    assert_eq!(gitea.issues(&repository).len(), 1, "Gitea has made it");
    let claimed = lab.decision().expect("the intent is stored before the issue is made");
    let issues = &claimed.0["status"]["issues"];
    assert_eq!((&issues[0]["state"], &issues[0]["number"]), (&json!("Wanted"), &Value::Null), "{issues}");
    front.set(Fault::None);
    governor.start();
    governor.await_ready();
    let decision = until("the Decision shows the issue", 120, || {
        let decision = lab.decision()?;
        if decision.text().contains("/catalog/issues/1") { Ok(decision) } else { Err(decision.text()) }
    });
    assert!(decision.standing().starts_with("Open/"), "{}", decision.text());
    let all = gitea.issues(&repository);
    assert_eq!(all.len(), 1, "{all:?}");
    assert!(all[0].open && all[0].body.contains("reject-rate"), "{all:?}");
    a_person_is_asked_first((&yes, &no), &gitea, (&granted, &denied));
    what_nobody_watches_says_so(&yes, &gitea, &granted);

    // Well again for long enough: it is closed, long after its episode has ended.
    rig.incident(false);
    until("the issue is closed", 240, || match gitea.issues(&repository).remove(0) {
        issue if !issue.open => Ok(()),
        issue => Err(format!(
            "{issue:?}; {}",
            lab.health().map(|health| health["status"].to_string()).unwrap_or_default()
        )),
    });
    lab.await_decision("Ended/Passed");
    assert!(gitea.issues(&repository)[0].body.contains("Closed by Flyball"));
    assert!(gitea.issues(&denied).is_empty(), "a no is a no, however long it lasts");
    [&lab, &no].into_iter().for_each(Lab::close);
    governor.kill();
}

/// Nothing is opened before an answer; one after a yes, none after a no.
fn a_person_is_asked_first((yes, no): (&Lab, &Lab), gitea: &Server, (granted, denied): (&str, &str)) {
    let asked = [yes, no].map(|lab| lab.await_decision("AwaitingApproval/"));
    for repository in [granted, denied] {
        assert!(gitea.issues(repository).is_empty(), "{:?}", gitea.issues(repository));
    }
    for (decision, verdict) in asked.iter().zip(["Approve", "Deny"]) {
        let metadata = &decision.0["metadata"];
        let approval = json!({"apiVersion": "flyball.dev/v1alpha1", "kind": "DecisionApproval",
            "metadata": {"name": "answer", "namespace": metadata["namespace"]},
            "spec": {"decisionRef": {"name": metadata["name"]}, "proposalHash": decision.0["status"]["proposalHash"],
                "verdict": verdict, "by": "anna"}});
        yes.plane.apply(&approval.to_string());
    }
    no.await_decision("Ended/Denied");
    until("the issue that was granted is open", 120, || {
        let decision = yes.decision()?;
        if decision.text().contains("/issues-yes-catalog/issues/1") { Ok(()) } else { Err(decision.text()) }
    });
    let all = gitea.issues(granted);
    assert!(all.len() == 1 && all[0].open, "{all:?}");
}

/// Its policy is deleted: the issue stays open, and says that nobody watches it.
fn what_nobody_watches_says_so(lab: &Lab, gitea: &Server, repository: &str) {
    lab.close();
    until("the issue says that it was left", 120, || match gitea.issues(repository).remove(0) {
        issue if issue.open && issue.body.contains("Left by Flyball") => Ok(()),
        issue => Err(format!("{issue:?}")),
    });
    let issue = gitea.issues(repository).remove(0);
    assert!(issue.body.contains("is gone, so nobody watches this") && issue.comments == 0, "{issue:?}");
}

fn declare(rig: &Rig, front: &Front, allowed: bool) {
    let endpoint = json!({"url": front.url(), "allowAddresses": ["Loopback"],
        "auth": {"bearer": {"secretRef": {"name": "gitea"}}}});
    let mut spec = json!({"gitea": endpoint, "closeAfter": "10s"});
    if allowed {
        let names =
            json!({"key": "kubernetes.io/metadata.name", "operator": "In", "values": [NAMESPACE, YES, NO]});
        let chosen = json!({"matchExpressions": [names]});
        spec["allow"] = json!([{"namespaceSelector": chosen, "keys": ["anna/*{{service}}"]}]);
    }
    let object = json!({"apiVersion": "flyball.dev/v1alpha1", "kind": "IssueTracker",
        "metadata": {"name": "code"}, "spec": spec});
    rig.plane.apply(&object.to_string());
}

/// The policy of the suite, its tier asking for an issue in the place of a cut.
fn policy(namespace: &'static str, mode: &'static str, repository: &str) -> String {
    let terms = crate::live::policy::Terms { namespace, mode, recover: "4s", ..Default::default() };
    let yaml = terms.yaml().replace("level: Fuse", "level: Optimize");
    let (head, rest) = yaml.split_once("    actions: ").expect("the tier has actions");
    let (_, tail) = rest.split_once('\n').expect("it goes on");
    let issue = format!(
        r#"    actions: [{{name: ask, issue: {{trackerRef: {{name: code}}, repository: "{repository}", template: hot-lock}}}}]"#
    );
    format!("{head}{issue}\n{tail}")
}

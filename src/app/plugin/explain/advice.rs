//! Who can change what a reason says, and with which command.
//!
//! Owns the advice by the reason's code. A code without advice needs nobody: time or evidence changes it.

use crate::app::plugin::plain::plain;
use crate::app::plugin::told::Order;
use crate::domain::model::id::PolicyKey;
use crate::domain::model::reason::Code;
use chrono::{DateTime, Utc};

/// Who owns policies.
pub const POLICY: &str = "the policy's owners, in Git if it lives there";
/// Who owns the fleet's objects.
pub const FLEET: &str = "the platform team";
/// Who answers for a service.
pub const SERVICE: &str = "who may change objects in its namespace";
/// Who owns flags.
pub const FLAGS: &str = "the flag's owners";

/// What a reason speaks of.
#[derive(Debug, Clone)]
pub struct About<'a> {
    pub now: DateTime<Utc>,
    pub namespace: &'a str,
    pub policy: &'a PolicyKey,
    pub tier: &'a str,
    /// The first flag of the tier, and its provider.
    pub flag: Option<(String, String)>,
    /// Name of the live Decision.
    pub decision: Option<&'a str>,
}

/// What people can do about a reason of this code.
pub fn orders(code: &str, about: &About) -> Vec<Order> {
    let Some(code) = Code::ALL.iter().copied().find(|known| known.as_str() == code) else {
        return Vec::new();
    };
    let found = of_policy(code, about).or_else(|| of_fleet(code, about)).or_else(|| of_flag(code, about));
    match code {
        Code::ApprovalAwaited | Code::ApprovalVoid => answers(about),
        _ => found.into_iter().collect(),
    }
}

/// Something that a person can do, safe to print.
pub fn order(what: impl AsRef<str>, who: &'static str, command: impl AsRef<str>) -> Option<Order> {
    Some(Order { what: plain(what.as_ref()), who, command: plain(command.as_ref()) })
}

/// What people can do about a condition of a policy that has this reason.
pub fn of_condition(reason: &str, policy: &PolicyKey, source: &str) -> Option<Order> {
    match reason {
        "Unanswered" => order(
            "see whether its source can be asked",
            FLEET,
            format!("kubectl describe metricsource {source}"),
        ),
        "NoData" => order(
            "see which metrics and labels there are, and correct `query` or `identity`",
            POLICY,
            "kubectl flyball init --prometheus URL",
        ),
        "RowsRejected" => {
            order("give each service one row: add labels to `by (...)`, or `activity`", POLICY, edit(policy))
        }
        "ProviderRefused" | "ProviderMissing" => {
            order("see what is declared and what it allows", FLEET, "kubectl get flagproviders -o yaml")
        }
        "NotifierRefused" => {
            order("see what is declared and what it allows", FLEET, "kubectl get notifiers -o yaml")
        }
        _ => None,
    }
}

fn of_policy(code: Code, about: &About) -> Option<Order> {
    let edit = edit(about.policy);
    match code {
        Code::NotUserFacing => order(
            format!("let tier {} act without it: `requires: Any`, or `facing: User` on a signal", about.tier),
            POLICY,
            edit,
        ),
        Code::Observing => order(
            "let it ask first: `mode: Approve` (or `Enforce`), tried by `kubectl flyball simulate`",
            POLICY,
            mode(about.policy),
        ),
        Code::LockedOut | Code::TooManyRelapses => unlatch(about),
        Code::ClaimConflict => order("agree on one fallback for the flag", POLICY, edit),
        Code::NotShared => {
            order("write `shared: true` on the action, or `{{service}}` into its key", POLICY, edit)
        }
        Code::NoActWindow => order("end or move the window", POLICY, edit),
        Code::ConditionUnknown | Code::Blind => order(
            "see which readings are missing or still learn, and why",
            POLICY,
            format!(
                "kubectl describe {} {}{}",
                about.policy.kind().to_lowercase(),
                about.policy.name,
                within(about.policy)
            ),
        ),
        Code::Ineffective => order("look for another cause, and reconsider what the tier cuts", POLICY, edit),
        _ => None,
    }
}

fn of_fleet(code: Code, about: &About) -> Option<Order> {
    match code {
        Code::NoGovernor => order(
            "create the Governor (policies/governor.yaml is one to start from)",
            FLEET,
            "kubectl apply -f governor.yaml",
        ),
        Code::ReleaseAll => order("end it", FLEET, "kubectl flyball resume --all"),
        Code::BudgetExceeded | Code::BudgetMissing => {
            order("raise the budget in spec.budgets", FLEET, "kubectl edit governor default")
        }
        Code::BreakerOpen => order(
            "see who breaches or is not known, and what they share (maxBreachingPercent, if that many are meant)",
            FLEET,
            "kubectl flyball top -A",
        ),
        Code::NewerVersion => order(
            "run the version again that wrote it",
            FLEET,
            "kubectl get deploy -A -l app.kubernetes.io/name=flyball -o wide",
        ),
        Code::ClockWentBack => order(
            "confirm that the clock is right now",
            FLEET,
            format!(
                "kubectl patch governor default --type merge -p '{{\"spec\":{{\"confirmTime\":\"{}\"}}}}'",
                about.now.format("%FT%TZ")
            ),
        ),
        _ => None,
    }
}

fn of_flag(code: Code, about: &About) -> Option<Order> {
    let (provider, key) = about.flag.clone().unwrap_or_default();
    match code {
        Code::ProviderUnavailable | Code::ActionFailed => {
            order("see what the store says", FLEET, "flyball check")
        }
        Code::ProviderRefused if provider.is_empty() => None,
        Code::ProviderRefused | Code::ProviderChanged => {
            order("mend the FlagProvider", FLEET, format!("kubectl edit flagprovider {provider}"))
        }
        Code::FlagMissing => order(format!("create flag {key} in its store"), FLAGS, "flyball check"),
        Code::FlagRefused | Code::PreImageTooLarge => {
            order(format!("mend flag {key} in its store"), FLAGS, "flyball check")
        }
        Code::OwnedElsewhere => {
            order("leave the flag to one of the two", FLAGS, format!("kubectl edit flagprovider {provider}"))
        }
        _ => None,
    }
}

fn answers(about: &About) -> Vec<Order> {
    let Some(decision) = about.decision else { return Vec::new() };
    let answer = |what: &str, word: &str| {
        order(
            what,
            "who may create DecisionApprovals in its namespace",
            format!("kubectl flyball {word} {decision} -n {}", about.namespace),
        )
    };
    answer("say yes", "approve").into_iter().chain(answer("say no", "deny")).collect()
}

/// Gives the flags of a live Decision back, or ends its record.
pub fn release(about: &About, what: &str) -> Option<Order> {
    let decision = about.decision?;
    let who = "who may delete Decisions in its namespace";
    order(what, who, format!("kubectl flyball release {decision} -n {}", about.namespace))
}

/// Lifts a latch or a lock-out.
pub fn unlatch(about: &About) -> Option<Order> {
    let policy = reference(about.policy);
    let what = format!("lift it, for every service of tier {}", about.tier);
    order(
        what,
        POLICY,
        format!("kubectl flyball unlatch {policy} --tier {}{}", about.tier, within(about.policy)),
    )
}

/// Ends a pause that an object carries.
pub fn resume(object: &str, namespace: &str) -> Option<Order> {
    let within = if object.starts_with("namespace/") { String::new() } else { format!(" -n {namespace}") };
    order("end the pause", SERVICE, format!("kubectl flyball resume {object}{within}"))
}

/// `policy/NAME` or `clusterpolicy/NAME`.
pub fn reference(policy: &PolicyKey) -> String {
    let kind = if policy.namespace.is_some() { "policy" } else { "clusterpolicy" };
    format!("{kind}/{}", policy.name)
}

/// `kubectl edit` of a policy.
pub fn edit(policy: &PolicyKey) -> String {
    format!("kubectl edit {} {}{}", policy.kind().to_lowercase(), policy.name, within(policy))
}

fn mode(policy: &PolicyKey) -> String {
    let kind = policy.kind().to_lowercase();
    let patch = r#"'{"spec":{"mode":"Approve"}}'"#;
    format!("kubectl patch {kind} {}{} --type merge -p {patch}", policy.name, within(policy))
}

/// ` -n NAMESPACE` for a policy that has one.
pub fn within(policy: &PolicyKey) -> String {
    policy.namespace.as_ref().map(|namespace| format!(" -n {namespace}")).unwrap_or_default()
}

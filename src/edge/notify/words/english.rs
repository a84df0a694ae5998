//! English.

use super::tongue::{Heading, Tongue, View};
use crate::domain::model::effect::EffectVerdict;
use crate::domain::model::message::Labels;
use crate::domain::model::news::Event;
use crate::domain::model::reason::Reason;

/// English.
pub struct English;

impl Tongue for English {
    fn title(&self, view: &View) -> String {
        let what = match (view.event, view.closes) {
            (Event::WouldAct, _) => "Would act",
            (Event::Blocked, _) => "Not allowed to act",
            (Event::AwaitingApproval, _) => "Approval needed",
            (Event::Acted, _) if !view.cut => "People are asked",
            (Event::Acted, _) => acted(&view.level),
            (Event::Latched, _) => "Stays cut until a person decides",
            (Event::Ineffective, false) => "Cut, and no better",
            (Event::Ineffective, true) => "Undone, it did not help",
            (Event::Blind, _) => "Cut, and blind",
            (Event::Restored, _) if !view.cut => "Well again",
            (Event::Restored, _) => "Restored",
            (Event::Expired, _) => "Time is up, given back",
            (Event::Superseded, _) => "Somebody else changed the flag",
            (Event::FlagGone, _) => "The flag is gone",
            (Event::Released, _) => "Released",
            (Event::Denied, _) => "Not approved",
            (Event::Failed, _) => "Could not act",
            (Event::Passed, _) => "Passed by itself",
            (Event::BreakerOpen | Event::ReleaseAll | Event::Storm, closes) => {
                return self.fleet(view.event, closes).0;
            }
        };
        match view.services.as_slice() {
            [one] => format!("{what}: {one}, tier {}", view.tier),
            many => format!("{what}: {} services, tier {} of {}", many.len(), view.tier, view.policy),
        }
    }

    fn sentences(&self, view: &View) -> Vec<String> {
        let mut said = vec![sentence(view)];
        let (namespace, decision) = (&view.namespace, &view.decision);
        match view.event {
            _ if view.closes || view.is_group() => {}
            Event::AwaitingApproval => said.push(format!(
                "To answer, create a DecisionApproval in namespace {namespace} with decisionRef {decision} and \
                 proposalHash {}.",
                view.hash.as_deref().unwrap_or("of its status")
            )),
            Event::Latched => said.push(format!(
                "To give it back: kubectl annotate {} flyball.dev/unlatch={}",
                view.policy_place, view.tier_word
            )),
            Event::Acted | Event::Blind | Event::Ineffective if view.cut => {
                said.push(format!("To give it back now: kubectl -n {namespace} delete decision {decision}"));
            }
            _ => {}
        }
        said
    }

    fn fleet(&self, event: Event, closes: bool) -> (String, String) {
        let (title, sentence) = match (event, closes) {
            (Event::ReleaseAll, false) => (
                "Release all: every held flag is given back",
                "The Governor's releaseAll is set: flags get their originals, and nothing is cut until it is taken back.",
            ),
            (Event::ReleaseAll, true) => {
                ("Release all is over", "The Governor's releaseAll is taken back: policies act again.")
            }
            (Event::Storm, false) => (
                "Storm: many actions were refused together",
                "More was wanted at once than may be done. Look for one cause behind many services.",
            ),
            (Event::Storm, true) => ("The storm is over", "Actions are not refused in numbers any more."),
            (_, false) => (
                "Breaker open: too many services are ill at once",
                "While it is open nothing is cut and nothing is tried out; what is cut stays so, deadlines hold. \
                 Look for a cause that the services share.",
            ),
            (_, true) => ("Breaker closed", "Policies act again."),
        };
        (title.to_string(), sentence.to_string())
    }

    fn reason(&self, reason: &Reason) -> String {
        reason.message.clone()
    }

    fn effect(&self, verdict: EffectVerdict, message: &str) -> String {
        match message {
            "" => verdict.as_str().to_string(),
            message => format!("{}: {message}", verdict.as_str()),
        }
    }

    fn sentence(&self, message: &str) -> String {
        message.to_string()
    }

    fn duration(&self, seconds: u64) -> String {
        let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        match (hours, minutes) {
            (0, 0) => format!("{rest} s"),
            (0, _) => format!("{minutes} min {rest} s"),
            _ => format!("{hours} h {minutes} min"),
        }
    }

    fn tier(&self, tier: &str, level: &str) -> String {
        format!("{tier} ({level})")
    }

    fn names(&self, names: &[String], more: usize) -> String {
        let names = names.join(", ");
        if more == 0 { names } else { format!("{names} and {more} more") }
    }

    fn original(&self) -> &'static str {
        "original"
    }

    fn heading(&self, heading: Heading) -> &'static str {
        match heading {
            Heading::Service => "Service",
            Heading::Services => "Services",
            Heading::Policy => "Policy",
            Heading::Tier => "Tier",
            Heading::Time => "Time",
            Heading::Deadline => "Ends by",
            Heading::Held => "Was cut for",
            Heading::Effect => "Effect",
            Heading::Decision => "Decision",
        }
    }

    fn labels(&self) -> Labels {
        Labels { why: "Why", change: "Flag", more: "More", traces: "Trace", evidence: "Evidence" }
    }
}

fn acted(level: &str) -> &'static str {
    match level {
        "Fuse" => "Fused",
        "Degrade" => "Degraded",
        _ => "Acted",
    }
}

fn sentence(view: &View) -> String {
    let (set, keys) = (set(view), keys(view));
    let by = view.deadline.as_ref().map_or(String::new(), |at| format!(", {at} at the latest"));
    match (view.event, view.closes) {
        (Event::WouldAct, _) => {
            format!("In another mode it would {set}. It only observes: nothing is changed.")
        }
        (Event::Blocked, _) => {
            format!("It wants to {set}, and may not. It is tried again for as long as the conditions hold.")
        }
        (Event::AwaitingApproval, _) => {
            format!("It asks to {set}. Nothing is changed until a person says yes.")
        }
        (Event::Acted, _) if !view.cut => "Nothing is cut. A lasting fix is wanted.".to_string(),
        (Event::Acted, _) => format!("It has {set}. The original returns once the signals are well{by}."),
        (Event::Latched, _) => match &view.deadline {
            Some(at) => format!("{keys} stays cut: it is not given back by itself before {at}."),
            None => format!("{keys} stays cut: it is not given back by itself."),
        },
        (Event::Ineffective, false) => {
            format!("It has {set}, and the signal that it was to help is no better. A person should look.")
        }
        (Event::Ineffective, true) => {
            format!(
                "It did not help, so {keys} has its original again. It is not cut again until the signals were well."
            )
        }
        (Event::Blind, _) => {
            let since = &view.at;
            format!(
                "It has {set}, and since {since} nothing is known of the signals. Nothing is given back blindly{by}."
            )
        }
        (Event::Restored, _) if !view.cut => "The signals are well.".to_string(),
        (Event::Restored, _) => format!("The signals are well, and {keys} has its original again."),
        (Event::Expired, _) => {
            format!(
                "The longest time for a cut is over: {keys} has its original again. It is not cut again until the signals were well."
            )
        }
        (Event::Superseded, _) => {
            format!("Somebody else changed {keys}: their change stays, and the cut is over.")
        }
        (Event::FlagGone, _) => format!("{keys} was deleted or made anew: there is nothing to give back."),
        (Event::Released, _) if !view.cut => "It is over by order.".to_string(),
        (Event::Released, _) => {
            format!("It is over by order, or what asked for it is gone: {keys} has its original again.")
        }
        (Event::Denied, _) => "A person said no. Nothing was changed.".to_string(),
        (Event::Failed, _) => "It could not be done. Nothing stays changed.".to_string(),
        (Event::Passed, _) => "The reason has passed. Nothing was changed.".to_string(),
        (Event::BreakerOpen | Event::ReleaseAll | Event::Storm, closes) => {
            English.fleet(view.event, closes).1
        }
    }
}

/// What is done; the participle is the same word.
fn set(view: &View) -> String {
    let all: Vec<String> = view.flags.iter().map(|(key, to)| format!("set {key} to {to}")).collect();
    match (all.is_empty(), view.is_group()) {
        (false, _) => all.join(" and "),
        (true, true) => "set the flags of these services to their fallbacks".to_string(),
        (true, false) => "ask people".to_string(),
    }
}

fn keys(view: &View) -> String {
    let keys: Vec<&str> = view.flags.iter().map(|(key, _)| key.as_str()).collect();
    match keys.as_slice() {
        [] => "each flag".to_string(),
        keys => keys.join(" and "),
    }
}

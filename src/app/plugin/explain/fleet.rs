//! What stops or limits actions right now, whoever wants them: the governor, pauses, the breaker, windows,
//! budgets. Said before anything refuses, since "why did it not" is often asked beforehand.

use super::advice::{self, FLEET};
use super::time::{instant, span, when};
use crate::app::plugin::plain::plain;
use crate::app::plugin::scene::Scene;
use crate::app::plugin::told::{Order, Said};
use crate::domain::model::id::PolicyKey;
use crate::domain::model::reason::Code;
use crate::domain::policy::window::{Opening, Window};
use crate::edge::crd::accept::governor::{Governing, governor as accept};
use crate::edge::crd::kind::governor::{Governor, GovernorStatus};
use chrono::TimeDelta;
use chrono_tz::Tz;
use std::collections::{BTreeMap, BTreeSet};

/// What a ledger may lie ahead of the clock without a doubt.
const TOLERANCE: TimeDelta = TimeDelta::seconds(10);
/// How far ahead of its opening a window is told of.
const SOON: TimeDelta = TimeDelta::hours(24);
/// Holds that are named where they use a budget up.
const NAMED: usize = 5;

/// Everything that holds for all policies of the service.
pub fn told(scene: &Scene) -> Vec<Said> {
    let mut said: Vec<Said> = alive(scene).into_iter().collect();
    match &scene.governor {
        None if scene.unread.contains_key("Governor") => {}
        None => said.push(coded(
            Code::NoGovernor,
            "there is no Governor named default, so nothing is engaged and whatever is held is given back",
            orders(Code::NoGovernor, scene),
        )),
        Some(governor) => said.extend(of_governor(scene, governor)),
    }
    said.extend(scene.pauses.iter().filter(|(_, pause)| pause.act || pause.restore).map(
        |(object, pause)| {
            let message =
                format!("flyball.dev/paused on {} {}", plain(object), effect(pause.act, pause.restore));
            coded(Code::Paused, message, advice::resume(object, &scene.service.namespace))
        },
    ));
    said
}

fn coded(code: Code, message: impl Into<String>, orders: impl IntoIterator<Item = Order>) -> Said {
    Said {
        message: message.into(),
        code: Some(code.as_str().to_string()),
        you_can: orders.into_iter().collect(),
    }
}

fn orders(code: Code, scene: &Scene) -> Vec<Order> {
    let nobody = PolicyKey { namespace: None, name: String::new() };
    let namespace = &scene.service.namespace;
    let about =
        advice::About { now: scene.now, namespace, policy: &nobody, tier: "", flag: None, decision: None };
    advice::orders(code.as_str(), &about)
}

/// What a pause of either direction does.
pub fn effect(act: bool, restore: bool) -> &'static str {
    match (act, restore) {
        (true, true) => "stops acting and restoring (deadlines still hold)",
        (true, false) => "stops acting: nothing is engaged, tried or cut again",
        (false, true) => "stops restoring: no trial and no return on recovery (deadlines still hold)",
        (false, false) => "stops nothing",
    }
}

/// Whether somebody governs at all.
fn alive(scene: &Scene) -> Option<Said> {
    if scene.unread.contains_key("Lease") {
        return None;
    }
    let see = advice::order("see why it does not run", FLEET, "kubectl get pods,leases -A | grep flyball");
    let see: Vec<Order> = see.into_iter().collect();
    let Some(lease) = &scene.lease else {
        let message =
            "no governor is running: its Lease does not exist; what follows is what was stored last";
        return Some(Said { you_can: see, ..Said::just(message) });
    };
    let late = scene.now - lease.renewed;
    let lasts = TimeDelta::from_std(lease.lasts).unwrap_or(TimeDelta::MAX);
    (late > lasts).then(|| {
        let message = format!(
            "no governor is running: {} renewed its Lease last at {}; what follows is what was stored last. \
             Cuts in flagd end by themselves at their deadlines",
            plain(&lease.holder),
            when(lease.renewed, scene.now)
        );
        Said { you_can: see, ..Said::just(message) }
    })
}

fn of_governor(scene: &Scene, governor: &Governor) -> Vec<Said> {
    let mut said = Vec::new();
    if governor.spec.release_all == Some(true) {
        let message = "the Governor's releaseAll is set: every held flag is given back, nothing is engaged";
        said.push(coded(Code::ReleaseAll, message, orders(Code::ReleaseAll, scene)));
    }
    let paused = governor.spec.paused.clone().unwrap_or_default();
    let (act, restore) = (paused.act.unwrap_or(false), paused.restore.unwrap_or(false));
    if act || restore {
        let resume = advice::order("end the pause", FLEET, "kubectl flyball resume --all");
        said.push(coded(Code::Paused, format!("the Governor's `paused` {}", effect(act, restore)), resume));
    }
    let status = governor.status.clone().unwrap_or_default();
    said.extend(clock(scene, &status));
    said.extend(breaker(scene, &status));
    match accept(&governor.spec) {
        Ok(governing) => {
            said.extend(windows(scene, &governing.windows, "the Governor"));
            said.extend(budgets(scene, &governing, &status));
        }
        Err(problems) => {
            let all: Vec<String> = problems.iter().map(|problem| plain(&problem.to_string())).collect();
            said.push(Said::just(format!("the Governor is not accepted: {}", all.join("; "))));
        }
    }
    said
}

fn clock(scene: &Scene, status: &GovernorStatus) -> Option<Said> {
    let latest = status.ledger.iter().map(|line| line.at.0).max()?;
    (latest > scene.now + TOLERANCE).then(|| {
        let message = format!(
            "the ledger of engagements lies in the future ({}): nothing is engaged until a person confirms the time",
            instant(latest, scene.now)
        );
        coded(Code::ClockWentBack, message, orders(Code::ClockWentBack, scene))
    })
}

fn breaker(scene: &Scene, status: &GovernorStatus) -> Option<Said> {
    let breaker = status.breaker.as_ref().filter(|breaker| breaker.open)?;
    let until = breaker.until.map(|until| format!("; at the earliest at {}", when(until.0, scene.now)));
    let message = format!("the breaker is open: {}{}", plain(&breaker.message), until.unwrap_or_default());
    Some(coded(Code::BreakerOpen, message, orders(Code::BreakerOpen, scene)))
}

/// The NoAct windows of `whose` that are open, or open within a day.
pub fn windows(scene: &Scene, windows: &[Window], whose: &str) -> Vec<Said> {
    let wanted = windows.iter().filter(|window| window.no_act);
    wanted.filter_map(|window| self::window(scene, window, whose)).collect()
}

fn window(scene: &Scene, window: &Window, whose: &str) -> Option<Said> {
    let now = scene.now;
    let name = format!("window {} of {whose}", plain(&window.name));
    let there = |at| match &window.span {
        Opening::Again { zone, .. } if *zone != Tz::UTC => {
            format!("{}, {} in {zone}", when(at, now), at.with_timezone(zone).format("%H:%M"))
        }
        _ => when(at, now),
    };
    if window.is_open(now) {
        let until = window.closes(now).map(|end| format!(" until {}", there(end))).unwrap_or_default();
        let message = format!("{name} is open{until}: nothing is engaged or tried");
        return Some(coded(Code::NoActWindow, message, []));
    }
    let next = window.opens(now, SOON)?;
    Some(Said::just(format!("{name} is closed now: it opens at {}", there(next))))
}

/// The budgets that one more hold of the service would meet.
fn budgets(scene: &Scene, governing: &Governing, status: &GovernorStatus) -> Option<Said> {
    if scene.unread.contains_key("FlagHold") {
        return None;
    }
    let budgets = &governing.governor.budgets;
    let live = |wanted: &dyn Fn(&str, &str) -> bool| {
        let claims = scene.holds.iter().flat_map(|hold| &hold.spec.claims);
        let wanted = claims.filter(|claim| wanted(&claim.service.namespace, &claim.service.name));
        wanted.map(|claim| claim.decision.as_str()).collect::<BTreeSet<_>>().len()
    };
    let service = &scene.service;
    let since = budgets.per_window.and_then(|(_, length)| TimeDelta::from_std(length).ok());
    let since = since.and_then(|length| scene.now.checked_sub_signed(length));
    let recent = status.ledger.iter().filter(|line| since.is_some_and(|since| line.at.0 > since)).count();
    let window =
        budgets.per_window.map(|(count, length)| (count, format!("engagements within {}", span(length))));
    let used = [
        (
            live(&|ns, name| ns == service.namespace && name == service.service),
            budgets.per_service,
            "holds of this service",
        ),
        (live(&|ns, _| ns == service.namespace), budgets.per_namespace, "holds in its namespace"),
        (live(&|_, _| true), budgets.per_cluster, "holds in the cluster"),
        (
            recent,
            window.as_ref().map(|(count, _)| *count),
            window.as_ref().map_or("engagements", |(_, text)| text),
        ),
    ];
    let full =
        |(used, limit, _): &&(usize, Option<u32>, &str)| limit.is_none_or(|limit| *used >= limit as usize);
    let words = |(used, limit, what): &(usize, Option<u32>, &str)| match limit {
        Some(limit) => format!("{used} of {limit} {what}"),
        None => format!("no budget for {what} is declared, so it refuses"),
    };
    let spent: Vec<String> = used.iter().filter(full).map(words).collect();
    (!spent.is_empty()).then(|| {
        let code = if used.iter().any(|(_, limit, _)| limit.is_none()) {
            Code::BudgetMissing
        } else {
            Code::BudgetExceeded
        };
        let message = format!(
            "a budget is used up, one more hold of this service would be refused: {}{}",
            spent.join("; "),
            holders(scene)
        );
        coded(code, message, orders(code, scene))
    })
}

/// Who holds, those of the service and its namespace first.
fn holders(scene: &Scene) -> String {
    let claims = scene.holds.iter().flat_map(|hold| &hold.spec.claims);
    let far = |namespace: &str, name: &str| match namespace == scene.service.namespace {
        true => u8::from(name != scene.service.service),
        false => 2,
    };
    let named = claims.map(|claim| {
        let (namespace, name) = (&claim.service.namespace, &claim.service.name);
        ((far(namespace, name), format!("{namespace}/{name}"), &claim.decision), &claim.tier)
    });
    let all: BTreeMap<(u8, String, &String), &String> = named.collect();
    if all.is_empty() {
        return String::new();
    }
    let one = |((_, service, decision), tier): (&(u8, String, &String), &&String)| {
        format!("{} ({}, tier {})", plain(decision), plain(service), plain(tier))
    };
    let shown: Vec<String> = all.iter().take(NAMED).map(one).collect();
    let more = all.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("; held now: {}{more}", shown.join(", "))
}

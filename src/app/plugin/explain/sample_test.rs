//! The samples of docs/plugin.md, which are what the code says of one made-up night.
//!
//! FLYBALL_GOLDEN=write writes them anew.

use super::active_test::ACTIVE;
use super::case_test::*;
use super::service::explain;
use crate::app::plugin::history::{self, Wish};
use crate::app::plugin::scene::Scene;
use crate::app::plugin::show::style::Style;
use crate::app::plugin::show::text;
use crate::app::plugin::top::{self, Fleet};
use crate::edge::crd::kind::service_health::ServiceHealth;
use serde_json::json;

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/plugin.md");

/// The night in which the cut of inventory is held.
fn night() -> Scene {
    let (_, scene) = ACTIVE.iter().find(|(name, _)| *name == "holds").unwrap();
    let mut scene = scene();
    let mut former = serde_json::to_value(&scene.decisions[0]).unwrap();
    former["metadata"]["name"] = json!("inventory-strong-check-77f0a1c2b3");
    former["spec"]["started"] = json!("2026-11-23T11:40:02Z");
    let status = &mut former["status"];
    (status["phase"], status["outcome"]) = (json!("Ended"), json!("Restored"));
    status["since"] = json!("2026-11-23T11:48:52Z");
    scene.decisions.push(serde_json::from_value(former).unwrap());
    scene
}

fn well(service: &str, score: f64) -> ServiceHealth {
    let mut value = health();
    value["metadata"]["name"] = json!(service);
    value["spec"]["service"] = json!(service);
    value["status"]["score"] = json!(score);
    value["status"]["observedAt"] = json!(at("01:21:17"));
    serde_json::from_value(value).unwrap()
}

/// The block of the document that begins with `first` is `told`.
fn is_shown(first: &str, told: &str) {
    let text = std::fs::read_to_string(DOCUMENT).unwrap();
    let begin = format!("```\n{first}");
    let (before, rest) = text.split_once(&begin).unwrap_or_else(|| panic!("no block begins with {first}"));
    let (shown, after) = rest.split_once("\n```").unwrap();
    if std::env::var("FLYBALL_GOLDEN").as_deref() == Ok("write") {
        let told = told.trim_end();
        return std::fs::write(DOCUMENT, format!("{before}```\n{told}\n```{after}")).unwrap();
    }
    assert_eq!(format!("{first}{shown}"), told.trim_end(), "FLYBALL_GOLDEN=write writes docs/plugin.md");
}

#[test]
fn the_samples_of_the_document_are_what_is_said() {
    let scene = night();
    is_shown("shop/inventory is Breaching", &text::told(&explain(&scene), Style::PLAIN));

    let healths = [well("cart", 98.0), scene.health.clone().unwrap(), well("search", 100.0)];
    let fleet = Fleet { governor: scene.governor.clone(), lease: scene.lease.clone(), unread: Vec::new() };
    let top = top::text(now(), &top::top(now(), &healths, &fleet), true, Style::PLAIN);
    let asked = "$ kubectl flyball top -A --once";
    is_shown(asked, &format!("{asked}\n{top}"));

    let wish = Wish { namespaces: false, wide: false };
    let lines = history::lines(now(), &scene.decisions, wish, Style::PLAIN);
    let asked = "$ kubectl flyball history inventory -n shop";
    is_shown(asked, &format!("{asked}\n{lines}"));
}

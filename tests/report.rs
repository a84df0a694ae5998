//! The report in a real browser: headless Chromium, no network, with hands on the page.
//!
//! Needs what `tests/tools/install chromium` installs. A probe is put behind the page's own script;
//! it presses keys, searches, chooses, zooms and prints, and says what it saw.

mod report {
    pub mod browser;
    pub mod pages;
}

use report::browser::Browser;
use report::pages;
use serde_json::Value;

/// What the probe saw on a page.
fn probed(page: &str) -> Option<Value> {
    let browser = Browser::find()?;
    let seen = browser.probe(page);
    assert_eq!(seen["errors"].as_array().map(Vec::len), Some(0), "{seen}");
    Some(seen)
}

#[test]
fn the_demo_can_be_read_searched_and_walked_through() {
    let Some(seen) = probed(&pages::demo()) else { return };
    assert_eq!(
        (&seen["ready"], &seen["listed"], &seen["cards"]),
        (&Value::from("true"), &2.into(), &2.into()),
        "{seen}"
    );
    assert!(seen["assumed"].as_str().unwrap().contains("do not answer to a cut"), "{seen}");
    // j chooses the first decision, looks closely at it and says every step of it.
    let chosen = seen["chosen"].as_str().unwrap();
    for word in ["strong-check", "Acting", "ConditionTrue", "Holding", "Probing", "RestoreVerified"] {
        assert!(chosen.contains(word), "{word} is not in {chosen}");
    }
    assert!(seen["closer"].as_f64().unwrap() < 0.2 * seen["whole"].as_f64().unwrap(), "{seen}");
    assert_eq!((&seen["searched"], &seen["searchedCards"]), (&1.into(), &1.into()), "{seen}");
    assert_eq!(&seen["closed"], &Value::Bool(true), "Esc closes the panel: {seen}");
    let tip = seen["tip"].as_str().unwrap();
    assert!(tip.contains("usual") && tip.contains("lock-wait-p99"), "{tip}");
}

#[test]
fn charts_are_drawn_in_light_dark_and_on_paper() {
    let Some(seen) = probed(&pages::demo()) else { return };
    for theme in ["light", "dark", "paper"] {
        let colours = seen[theme]["colours"].as_u64().unwrap();
        assert!(colours > 6, "{theme}: {colours} colours on the first chart: {seen}");
    }
    assert_ne!(seen["light"]["ground"], seen["dark"]["ground"]);
    assert_eq!(seen["light"]["ground"], seen["paper"]["ground"], "paper is light");
    let printed = seen["paper"]["text"].as_str().unwrap();
    assert!(printed.contains("strong-check") && printed.contains("CutVerified"), "{printed}");
}

#[test]
fn nothing_is_wider_than_a_narrow_screen() {
    let Some(browser) = Browser::find() else { return };
    let seen = browser.narrow().probe(&pages::demo());
    assert!(seen["overflow"].as_f64().unwrap() <= 1.0, "{seen}");
}

#[test]
fn a_thousand_decisions_in_thirty_days_are_listed_and_found() {
    let page = pages::large();
    assert!(page.len() < 40 << 20, "{} bytes", page.len());
    let Some(seen) = probed(&page) else { return };
    assert_eq!((&seen["listed"], &seen["cards"]), (&1_000.into(), &pages::SERVICES.into()), "{seen}");
    assert_eq!(&seen["extreme"], &Value::from("true"), "the one wild reading is drawn: {seen}");
}

#[test]
fn what_policies_and_sources_say_cannot_become_a_part_of_the_page() {
    let Some(seen) = probed(&pages::hostile()) else { return };
    assert_eq!((&seen["ready"], &seen["hacked"]), (&Value::from("true"), &Value::Bool(false)), "{seen}");
    assert!(seen["chosen"].as_str().unwrap().contains("</script><img src=x onerror"), "{seen}");
}

#[test]
fn a_replay_without_any_service_says_so() {
    let Some(seen) = probed(&pages::empty()) else { return };
    assert_eq!(&seen["listed"], &Value::from(0));
    assert!(seen["text"].as_str().unwrap().contains("No service was seen"), "{seen}");
}

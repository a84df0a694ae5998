//! A bot's messages: one for each Decision, changed as it goes on.

use super::stand::{Provided, Stand};
use crate::letters::lives;
use flyball::domain::model::news::Event;
use flyball::edge::notify::letter::Letter;
use serde_json::Value;

/// The example whose name begins so.
fn example(name: &str) -> Vec<Letter> {
    let found = lives::all().into_iter().find(|(known, _)| known.starts_with(name));
    found.unwrap_or_else(|| panic!("no example {name}")).1
}

/// (method, stamp, thread) of what was sent since `before`.
fn sent(stand: &dyn Stand, before: usize) -> Vec<(String, String, String)> {
    let text = |body: &Value, field: &str| body[field].as_str().unwrap_or_default().to_string();
    let all = stand.taken().split_off(before).into_iter().map(|(path, body)| {
        let body: Value = serde_json::from_str(&body).expect("it is JSON");
        (path.trim_start_matches("/api/").to_string(), text(&body, "ts"), text(&body, "thread_ts"))
    });
    all.collect()
}

pub fn one_message_for_one_decision(stand: &'static dyn Stand) {
    let provided = Provided::open(stand);
    let before = stand.taken().len();
    let handle = provided.tell(&lives::cut()).expect("it is taken").expect("it can be changed");
    let stamp = handle.split(' ').nth(1).expect("it names the message").to_string();
    for name in ["Latched", "Restored"] {
        let kept = provided.tell_again(&example(name), Some(&handle)).expect("it is taken");
        assert_eq!(kept.as_deref(), Some(handle.as_str()), "{name}");
    }
    let nothing = String::new;
    let expected = [
        ("chat.postMessage".to_string(), nothing(), nothing()),
        // What a person must see at once is an answer in the thread; the end takes the message's place.
        ("chat.postMessage".to_string(), nothing(), stamp.clone()),
        ("chat.update".to_string(), stamp, nothing()),
    ];
    assert_eq!(sent(stand, before), expected);
}

pub fn what_many_share_is_answered(stand: &'static dyn Stand) {
    let provided = Provided::open(stand);
    let handle = provided.tell(&lives::many(3)).expect("it is taken").expect("it can be answered");
    let before = stand.taken().len();
    let mut end = example("Restored");
    let Letter::Life(life) = &mut end[0] else { panic!("it is of one Decision") };
    life.told.events.insert(Event::Acted);
    provided.tell_again(&end, Some(&handle)).expect("it is taken");
    let (method, stamp, thread) = sent(stand, before).remove(0);
    assert_eq!((method.as_str(), stamp.as_str()), ("chat.postMessage", ""));
    assert_eq!(Some(thread.as_str()), handle.split(' ').nth(1), "what is told of the others stays");
}

pub fn a_message_that_was_taken_away_is_written_anew(stand: &'static dyn Stand) {
    let provided = Provided::open(stand);
    let gone = format!("C0 {}", super::chats::GONE);
    let before = stand.taken().len();
    let handle = provided.tell_again(&example("Restored"), Some(&gone)).expect("it is taken");
    let last = sent(stand, before).pop().expect("it arrived");
    assert_eq!(last.0, "chat.postMessage");
    assert!(handle.is_some_and(|handle| handle != gone), "it is elsewhere now");
}

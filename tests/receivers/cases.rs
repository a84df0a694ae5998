//! The cases, the same for every receiver.

use super::stand::{CANARY, Provided, Stand, deliver, message, receiver};
use crate::letters::lives;
use crate::servers::front::Fault;
use crate::servers::wire::Reply;
use flyball::edge::notify::error::{Advice, NotifyError};
use std::time::Duration;

type Case = fn(&'static dyn Stand);

/// Every case by its name in the table.
pub const ALL: &[(&str, Case)] = &[
    ("delivered, as people read it", delivered),
    ("a refusal in the body of a success", judged_by_its_body),
    ("told too much, and when to come back", rate_limited),
    ("an error of the server", failing),
    ("no answer", silent),
    ("the answer is lost: told again", answer_lost),
    ("credentials are not taken", unauthorized),
    ("the secret is rotated", rotated),
    ("a redirect is not followed", redirected),
    ("an answer without end or sense", oversized),
    ("a guarded address", guarded),
    ("500 services at once, and texts without end", large),
];

fn advice(outcome: &Result<Option<String>, NotifyError>) -> Option<Advice> {
    outcome.as_ref().err().map(NotifyError::advice)
}

fn delivered(stand: &'static dyn Stand) {
    let provided = Provided::open(stand);
    provided.tell(&lives::cut()).expect("it is taken");
    let (_, body) = stand.taken().pop().expect("it arrived");
    for words in ["shop/inventory", "strong-check", "inventory-strong-check", "0.52 ratio"] {
        assert!(body.replace("&#95;", "_").contains(words), "{words} is not in {body}");
    }
}

fn judged_by_its_body(stand: &'static dyn Stand) {
    let Some(refusal) = stand.no_in_the_body() else { return };
    let provided = Provided::open(stand);
    let before = stand.taken().len();
    provided.front.set(Fault::Answer(refusal));
    let outcome = provided.tell(&lives::cut());
    assert!(outcome.is_err(), "{} believes the status: {outcome:?}", stand.name());
    assert_eq!(stand.taken().len(), before);
}

fn rate_limited(stand: &'static dyn Stand) {
    let provided = Provided::open(stand);
    let (reply, pause) = stand.too_much();
    provided.front.set(Fault::Answer(reply));
    match advice(&provided.tell(&lives::cut())) {
        Some(Advice::Again(Some(after))) => assert_eq!(after, pause, "{}", stand.name()),
        other => panic!("{}: {other:?}", stand.name()),
    }
    provided.front.set(Fault::None);
    provided.tell(&lives::cut()).expect("it is taken again");
}

fn failing(stand: &'static dyn Stand) {
    let provided = Provided::open(stand);
    for status in [500, 502, 503] {
        provided.front.set(Fault::Answer(Reply::new(status, format!("<html>{CANARY}</html>"))));
        let outcome = provided.tell(&lives::cut());
        assert_eq!(advice(&outcome), Some(Advice::Again(None)), "{} {status}: {outcome:?}", stand.name());
        assert_eq!(
            provided.front.writes(),
            1,
            "one call is one request: who tries again is not the receiver"
        );
    }
}

fn silent(stand: &'static dyn Stand) {
    let provided = Provided::open(stand);
    provided.front.set(Fault::HoldWrite);
    let outcome = provided.tell(&lives::cut());
    assert!(matches!(outcome, Err(NotifyError::Unavailable(_))), "{outcome:?}");
    assert_eq!(advice(&outcome), Some(Advice::Again(None)));
    provided.front.set(Fault::None);
}

fn answer_lost(stand: &'static dyn Stand) {
    let provided = Provided::open(stand);
    let before = stand.taken().len();
    provided.front.set(Fault::LostAnswer);
    let outcome = provided.tell(&lives::cut());
    assert_eq!(advice(&outcome), Some(Advice::Again(None)), "{outcome:?}");
    let arrived = if stand.merges() { before } else { before + 1 };
    assert_eq!(stand.taken().len(), arrived, "it has arrived, and nobody knows");
    provided.front.set(Fault::None);
    provided.tell(&lives::cut()).expect("it is taken");
    let key = message(&lives::cut()).key;
    assert_eq!(key, "shop/inventory-strong-check-0123456789/Acted", "the second has the key of the first");
}

fn unauthorized(stand: &'static dyn Stand) {
    if !stand.has_secrets() {
        return;
    }
    let provided = Provided::open(stand);
    let before = stand.taken().len();
    let stranger = receiver(stand, &provided.front.url(), stand.strange_keys(&provided.front.url()), true);
    let outcome = deliver(&stranger, &message(&lives::cut()), None);
    assert!(matches!(outcome, Err(NotifyError::Unauthorized(_))), "{}: {outcome:?}", stand.name());
    assert_eq!(advice(&outcome), Some(Advice::Again(None)), "a person may correct the Secret");
    assert_eq!(stand.taken().len(), before);
}

fn rotated(stand: &'static dyn Stand) {
    if !stand.has_secrets() {
        return;
    }
    let before = Provided::open(stand);
    stand.rotate();
    let outcome = before.tell(&lives::cut());
    assert!(matches!(outcome, Err(NotifyError::Unauthorized(_))), "{}: {outcome:?}", stand.name());
    Provided::open(stand).tell(&lives::cut()).expect("the new one opens it");
}

fn redirected(stand: &'static dyn Stand) {
    let provided = Provided::open(stand);
    let elsewhere = Provided::open(stand);
    let reply = Reply::new(307, "").with("Location", &format!("{}/x", elsewhere.front.url()));
    provided.front.set(Fault::Answer(reply));
    let outcome = provided.tell(&lives::cut());
    assert!(matches!(outcome, Err(NotifyError::Unavailable(_))), "{outcome:?}");
    assert_eq!(elsewhere.front.seen(), [""; 0], "nothing goes elsewhere");
}

fn oversized(stand: &'static dyn Stand) {
    let provided = Provided::open(stand);
    let deep = format!("{{\"code\": {}0}}", "[".repeat(10_000));
    let body_counts = stand.no_in_the_body().is_some();
    for (reply, refused) in [
        (Reply::new(200, vec![b'x'; 2 << 20]), true),
        (Reply::new(200, deep), body_counts),
        (Reply::new(500, "\u{0}\u{1}"), true),
    ] {
        let size = reply.body.len();
        provided.front.set(Fault::Answer(reply));
        let outcome = provided.tell(&lives::cut());
        assert_eq!(outcome.is_err(), refused, "{}, an answer of {size} bytes: {outcome:?}", stand.name());
    }
}

fn guarded(stand: &'static dyn Stand) {
    let provided = Provided::open(stand);
    let base = provided.front.url();
    let inside = receiver(stand, &base, stand.keys(&base), false);
    let outcome = deliver(&inside, &message(&lives::cut()), None);
    let said = format!("{outcome:?}");
    assert!(said.contains("Guarded") && said.contains("Loopback"), "{said}");
    assert_eq!(provided.front.seen(), [""; 0], "nothing was sent");
}

fn large(stand: &'static dyn Stand) {
    let provided = Provided::open(stand);
    let begun = std::time::Instant::now();
    provided.tell(&lives::many(500)).expect("many at once are taken");
    provided.tell(&lives::written_by_outsiders(&"库<存&*_`".repeat(20_000))).expect("a long one is taken");
    let (_, body) = stand.taken().pop().expect("it arrived");
    assert!(body.len() <= 40_000, "{} bytes in {:?}", body.len(), begun.elapsed());
    assert!(begun.elapsed() < Duration::from_secs(60));
}

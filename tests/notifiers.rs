//! What every receiver of messages must do: one list of cases for all of them.
//!
//! Alertmanager is the real one, which tests/tools/install unpacks; a webhook is a server of these
//! tests; the chats are stubs that answer as their documentation says. Faults are made by a server in
//! front of each. The table in docs/notifications.md says what each was seen on; the tests fail on drift.

// The clock of the program has one place; a test beside it reads the machine's.
#![allow(clippy::disallowed_methods)]

// Shared with the live suite, which uses the rest.
#[allow(dead_code)]
mod live {
    pub mod process;
    pub mod tools;
    pub mod wait;
}

// Shared with the suite of the stores, which uses the rest.
#[allow(dead_code)]
mod servers {
    pub mod front;
    pub mod wire;
}

// Shared with the examples of messages, which use the rest.
#[allow(dead_code)]
mod letters {
    pub mod lives;
}

mod receivers {
    pub mod alertmanager;
    pub mod carried;
    pub mod cases;
    pub mod chats;
    pub mod signed;
    pub mod stand;
    pub mod table;
    pub mod threads;
    pub mod webhook;
}

use receivers::chats::{Chat, Like};
use receivers::stand::Stand;
use receivers::{alertmanager, carried, cases, signed, table, threads, webhook};

/// Plays every case, and holds the table's column against them.
fn conforms(stand: impl Stand + 'static) -> &'static dyn Stand {
    // It lives as long as the tests do, as what stands in front of it does.
    let stand: &'static dyn Stand = Box::leak(Box::new(stand));
    for (name, case) in cases::ALL {
        println!("{}: {name}", stand.name());
        case(stand);
    }
    table::holds(stand);
    stand
}

#[test]
fn alertmanager_conforms_and_its_alerts_reach_people_and_resolve() {
    let server = alertmanager::Server::start();
    let reached = server.reached();
    let stand = conforms(server);
    alertmanager::an_alert_fires_and_resolves(stand, &reached);
    alertmanager::an_alert_that_is_not_sent_again_resolves_itself(stand, &reached);
    alertmanager::a_bad_end_is_an_alert_of_its_own(stand);
}

#[test]
fn a_webhook_conforms_and_its_signature_holds() {
    let stand = conforms(webhook::House::start());
    signed::holds(stand);
}

#[test]
fn feishu_conforms_to_its_description() {
    let stand = conforms(Chat::start(Like::Feishu));
    signed::holds(stand);
}

#[test]
fn ding_talk_conforms_to_its_description() {
    let stand = conforms(Chat::start(Like::DingTalk));
    signed::holds(stand);
}

#[test]
fn slack_webhooks_conform_to_their_description() {
    conforms(Chat::start(Like::SlackWebhook));
}

#[test]
fn slack_bots_conform_to_their_description_and_change_their_message_in_place() {
    let stand = conforms(Chat::start(Like::SlackBot));
    threads::one_message_for_one_decision(stand);
    threads::what_many_share_is_answered(stand);
    threads::a_message_that_was_taken_away_is_written_anew(stand);
}

#[test]
fn a_carrier_keeps_order_and_pace_and_tells_each_piece_of_news_once() {
    let stand: &'static dyn Stand = Box::leak(Box::new(webhook::House::start()));
    carried::once_although_it_failed(stand);
    carried::what_gathers_is_told_together(stand);
    carried::what_is_refused_is_given_up(stand);
    carried::nothing_is_sent_without_the_lease(stand);
}

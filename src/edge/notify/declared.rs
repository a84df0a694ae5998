//! From an accepted Notifier, and the secrets that it names, to a receiver that can be told.

use super::error::NotifyError;
use super::receiver::alertmanager::Alertmanager;
use super::receiver::ding_talk::DingTalk;
use super::receiver::feishu::Feishu;
use super::receiver::reach::{Reach, address};
use super::receiver::sign::Secret;
use super::receiver::slack::Slack;
use super::receiver::webhook::Webhook;
use super::receiver::who::Receiver;
use crate::domain::model::problem::Problem;
use crate::edge::crd::accept::notifier::{Accepted, Address, Form};
use crate::edge::http::client::{Client, Limits};
use crate::edge::http::guard::Guard;
use crate::edge::http::header::Header;
use std::time::Duration;

/// Largest answer, in bytes.
const ANSWER_MAX: usize = 256 << 10;
/// Longest that one call may take.
pub const CALL: Duration = Duration::from_secs(10);

/// What a receiver is opened with, read from where its Notifier names it.
#[derive(Debug, Clone, Default)]
pub struct Keys {
    /// The URL, where that is a secret.
    pub url: Option<Secret>,
    /// A bot's token.
    pub token: Option<Secret>,
    /// What messages are signed with.
    pub sign: Option<Secret>,
    /// What `auth` says.
    pub headers: Vec<Header>,
    /// PEM certificates that are trusted instead of the public ones.
    pub ca: Option<Vec<u8>>,
}

/// Opens a receiver; nothing is sent. `api_server` are the hosts of the API server, which are guarded;
/// `within`: longest that a call may take.
///
/// # Errors
/// What of it cannot be used as it is declared.
pub fn open(
    accepted: &Accepted,
    keys: Keys,
    api_server: &[String],
    within: Duration,
) -> Result<Receiver, NotifyError> {
    let declared = |problem: Problem| NotifyError::Declared(Box::new(problem));
    let place = &accepted.place;
    let url = match (&place.url, &keys.url) {
        (Address::Written(url), None) => address(&format!("{}.url", place.field), url),
        (_, Some(url)) => address(&format!("{}.urlSecretRef", place.field), url.expose()),
        (Address::Secret(reference), None) => {
            let field = format!("{}.urlSecretRef.name", place.field);
            Err(Problem::new(field, &reference.name, "its Secret was not read", "it is tried again"))
        }
    };
    let url = url.map_err(declared)?;
    let limits = Limits { timeout: CALL.min(within), max_bytes: ANSWER_MAX };
    let allowed: Vec<&str> = place.allow_addresses.iter().map(|address| address.as_str()).collect();
    let client = Client::guarded(limits, keys.ca.as_deref(), Guard::allowing(&allowed, api_server));
    let client = client.map_err(|problem| declared(problem.under(place.field)))?;
    let mut headers = keys.headers;
    if let Some(token) = &keys.token {
        let field = format!("{}.tokenSecretRef", place.field);
        let value = format!("Bearer {}", token.expose());
        headers.push(Header::new(&field, "Authorization", &value).map_err(declared)?);
    }
    let reach = Reach::new(client, url, headers);
    Ok(match &accepted.form {
        Form::SlackBot { channel } => Receiver::Slack(Slack::new(reach, Some(channel.clone()))),
        Form::SlackWebhook => Receiver::Slack(Slack::new(reach, None)),
        Form::Feishu => Receiver::Feishu(Feishu::new(reach, keys.sign)),
        Form::DingTalk => Receiver::DingTalk(DingTalk::new(reach, keys.sign)),
        Form::Webhook => Receiver::Webhook(Webhook::new(reach, keys.sign)),
        Form::Alertmanager => Receiver::Alertmanager(Alertmanager::new(reach)),
    })
}

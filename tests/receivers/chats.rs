//! Stubs: they answer as the chats' own documentation says, and prove no more than that.
//!
//! Feishu: "Custom bot usage guide" (signature in the body, `code`). DingTalk: "Custom robots"
//! (signature in the query, `errcode`). Slack: "Sending messages using incoming webhooks" (`ok` in plain
//! text), `chat.postMessage`, `chat.update` and "Rate limits".

use super::stand::{CANARY, Signature, Stand};
use crate::servers::wire::{self, Reply, Request};
use flyball::edge::notify::declared::Keys;
use flyball::edge::notify::receiver::sign::{self, Secret};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The stamp of a bot's message that somebody has deleted.
pub const GONE: &str = "1600000000.000001";

/// Which chat is meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Like {
    Feishu,
    DingTalk,
    SlackWebhook,
    SlackBot,
}

#[derive(Default)]
struct Inner {
    taken: Vec<(String, String)>,
    rotations: u32,
    /// Messages of bots so far.
    posted: u32,
}

/// The stub.
pub struct Chat {
    like: Like,
    address: SocketAddr,
    inner: Arc<Mutex<Inner>>,
}

fn token(rotations: u32) -> String {
    format!("{CANARY}-{rotations}")
}

impl Chat {
    pub fn start(like: Like) -> Self {
        let inner = Arc::new(Mutex::new(Inner::default()));
        let shared = inner.clone();
        let address = wire::serve(move |request| {
            let mut inner = shared.lock().expect("no panics");
            let reply = answer(like, &mut inner, request);
            Some(reply)
        });
        Self { like, address, inner }
    }
}

fn answer(like: Like, inner: &mut Inner, request: &Request) -> Reply {
    let text = String::from_utf8_lossy(&request.body).into_owned();
    let body: Value = serde_json::from_str(&text).unwrap_or_default();
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    let token = token(inner.rotations);
    let reply = match like {
        Like::Feishu => feishu(&token, path, &body),
        Like::DingTalk => ding_talk(&token, query, &body),
        Like::SlackWebhook => match path == format!("/services/T0/B0/{token}") {
            false => Reply::new(403, "invalid_token"),
            true if body["text"].as_str().is_none() => Reply::new(400, "no_text"),
            true => Reply::new(200, "ok"),
        },
        Like::SlackBot => slack(inner, &token, request, &body),
    };
    if is_taken(like, &reply) && path != "/api/auth.test" {
        inner.taken.push((request.path.clone(), text));
    }
    reply
}

fn is_taken(like: Like, reply: &Reply) -> bool {
    let body = reply.json();
    match like {
        Like::Feishu => body["code"] == json!(0),
        Like::DingTalk => body["errcode"] == json!(0),
        Like::SlackWebhook => reply.body == b"ok",
        Like::SlackBot => body["ok"] == json!(true),
    }
}

fn feishu(token: &str, path: &str, body: &Value) -> Reply {
    let no =
        |code: i64, msg: &str| Reply::new(200, json!({"code": code, "msg": msg, "data": {}}).to_string());
    if path != format!("/open-apis/bot/v2/hook/{token}") {
        return no(19_001, "param invalid: incoming webhook access token invalid");
    }
    let timestamp = body["timestamp"].as_str().and_then(|text| text.parse().ok()).unwrap_or_default();
    let expected = sign::feishu(&Secret::new(&format!("{token}-sign")), timestamp);
    if body["sign"] != json!(expected) {
        return no(19_021, "sign match fail or timestamp is not within one hour from current time");
    }
    let card = &body["card"];
    if body["msg_type"] != "interactive" || !card["header"]["title"]["content"].is_string() {
        return no(9_499, "Bad Request");
    }
    if body.to_string().len() > 20 * 1024 {
        return no(9_499, "request body exceeds 20 KB");
    }
    no(0, "success")
}

fn of_query(query: &str, name: &str) -> String {
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs.find(|(key, _)| key == name).map_or(String::new(), |(_, value)| value.into_owned())
}

fn ding_talk(token: &str, query: &str, body: &Value) -> Reply {
    let no = |code: i64, text: &str| Reply::new(200, json!({"errcode": code, "errmsg": text}).to_string());
    let given = |name: &str| of_query(query, name);
    if given("access_token") != token {
        return no(300_005, "token is not exist");
    }
    let timestamp = given("timestamp").parse().unwrap_or_default();
    if given("sign") != sign::ding_talk(&Secret::new(&format!("{token}-sign")), timestamp) {
        return no(310_000, "sign not match");
    }
    match body["msgtype"] == "markdown"
        && body["markdown"]["title"].is_string()
        && body["markdown"]["text"].is_string()
    {
        true => no(0, "ok"),
        false => no(40_035, "missing parameter"),
    }
}

fn slack(inner: &mut Inner, token: &str, request: &Request, body: &Value) -> Reply {
    let no = |error: &str| Reply::new(200, json!({"ok": false, "error": error}).to_string());
    if request.header("authorization") != format!("Bearer {token}") {
        return no("invalid_auth");
    }
    let stamp = |n: u32| format!("1700000000.{n:06}");
    match request.path.as_str() {
        "/api/auth.test" => Reply::new(200, json!({"ok": true, "user": "flyball"}).to_string()),
        "/api/chat.postMessage" if body["channel"] == "oncall" || body["channel"] == "C0" => {
            inner.posted += 1;
            let ts = stamp(inner.posted);
            Reply::new(200, json!({"ok": true, "channel": "C0", "ts": ts}).to_string())
        }
        "/api/chat.update" if body["ts"] == GONE => no("message_not_found"),
        "/api/chat.update" if body["channel"] == "C0" => {
            Reply::new(200, json!({"ok": true, "channel": "C0", "ts": body["ts"]}).to_string())
        }
        _ => no("channel_not_found"),
    }
}

impl Stand for Chat {
    fn name(&self) -> &'static str {
        match self.like {
            Like::Feishu => "`feishu`",
            Like::DingTalk => "`dingTalk`",
            Like::SlackWebhook => "`slack`, webhook",
            Like::SlackBot => "`slack`, bot",
        }
    }

    fn proved(&self) -> &'static str {
        "stub"
    }

    fn address(&self) -> SocketAddr {
        self.address
    }

    fn spec(&self, _: &str) -> Value {
        let secret = json!({"name": "room"});
        match self.like {
            Like::Feishu => json!({"feishu": {"urlSecretRef": secret, "signSecretRef": secret}}),
            Like::DingTalk => json!({"dingTalk": {"urlSecretRef": secret, "signSecretRef": secret}}),
            Like::SlackWebhook => json!({"slack": {"urlSecretRef": secret}}),
            Like::SlackBot => {
                json!({"slack": {"urlSecretRef": secret, "tokenSecretRef": secret, "channel": "oncall"}})
            }
        }
    }

    fn keys(&self, base: &str) -> Keys {
        keys(self.like, base, &token(self.inner.lock().expect("no panics").rotations))
    }

    fn strange_keys(&self, base: &str) -> Keys {
        keys(self.like, base, &format!("{CANARY}-strange"))
    }

    fn rotate(&self) {
        self.inner.lock().expect("no panics").rotations += 1;
    }

    fn taken(&self) -> Vec<(String, String)> {
        self.inner.lock().expect("no panics").taken.clone()
    }

    fn signature(&self) -> Option<Signature> {
        let secret = format!("{}-sign", token(self.inner.lock().expect("no panics").rotations));
        let (path, body) = self.taken().pop()?;
        let form = "base64";
        match self.like {
            Like::Feishu => {
                let body: Value = serde_json::from_str(&body).ok()?;
                let key = format!("{}\n{secret}", body["timestamp"].as_str()?);
                Some(Signature {
                    key,
                    signed: String::new(),
                    form,
                    given: body["sign"].as_str()?.to_string(),
                })
            }
            Like::DingTalk => {
                let (_, query) = path.split_once('?')?;
                let signed = format!("{}\n{secret}", of_query(query, "timestamp"));
                Some(Signature { key: secret, signed, form, given: of_query(query, "sign") })
            }
            Like::SlackWebhook | Like::SlackBot => None,
        }
    }

    fn no_in_the_body(&self) -> Option<Reply> {
        Some(match self.like {
            Like::Feishu => Reply::new(200, r#"{"code":19024,"msg":"Key Words Not Found","data":{}}"#),
            Like::DingTalk => Reply::new(200, r#"{"errcode":310000,"errmsg":"keywords not in content"}"#),
            Like::SlackWebhook => Reply::new(200, "invalid_blocks"),
            Like::SlackBot => Reply::new(200, r#"{"ok":false,"error":"invalid_blocks"}"#),
        })
    }

    fn too_much(&self) -> (Reply, Duration) {
        match self.like {
            Like::Feishu => {
                (Reply::new(200, r#"{"code":11232,"msg":"frequency limited"}"#), Duration::from_secs(60))
            }
            Like::DingTalk => {
                (Reply::new(200, r#"{"errcode":130101,"errmsg":"send too fast"}"#), Duration::from_secs(600))
            }
            Like::SlackWebhook | Like::SlackBot => {
                (Reply::new(429, "ratelimited").with("Retry-After", "30"), Duration::from_secs(30))
            }
        }
    }
}

fn keys(like: Like, base: &str, token: &str) -> Keys {
    let url = match like {
        Like::Feishu => format!("{base}/open-apis/bot/v2/hook/{token}"),
        Like::DingTalk => format!("{base}/robot/send?access_token={token}"),
        Like::SlackWebhook => format!("{base}/services/T0/B0/{token}"),
        Like::SlackBot => format!("{base}/api"),
    };
    let signs = matches!(like, Like::Feishu | Like::DingTalk);
    Keys {
        url: Some(Secret::new(&url)),
        token: (like == Like::SlackBot).then(|| Secret::new(token)),
        sign: signs.then(|| Secret::new(&format!("{token}-sign"))),
        ..Keys::default()
    }
}

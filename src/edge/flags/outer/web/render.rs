//! Requests with their variables filled in, each in the encoding of its place.

use crate::domain::model::reason::{Code, Reason};
use crate::edge::crd::accept::request::{Body, Node, Path, Read, Write};
use crate::edge::crd::accept::slots::Slots;
use crate::edge::crd::kind::flag_server::WriteMethod;
use crate::edge::flags::error::FlagError;
use crate::edge::flags::outer::reach::Reach;
use crate::edge::http::call::{Call, JSON};
use crate::edge::http::header::Header;
use reqwest::Method;
use serde_json::{Map, Value};
use url::Url;
use url::form_urlencoded::Serializer;

const FORM: &str = "application/x-www-form-urlencoded";
const TEXT: &str = "text/plain; charset=utf-8";

/// What the variables stand for.
#[derive(Debug, Clone, Copy)]
pub struct Filling<'a> {
    pub key: &'a str,
    pub project: &'a str,
    pub environment: &'a str,
    pub value: &'a str,
    pub before: &'a str,
    pub version: &'a str,
    /// Values are JSON texts.
    pub json: bool,
}

impl<'a> Filling<'a> {
    /// The text with its variables filled in.
    pub fn fill(&self, slots: &Slots) -> String {
        slots.fill(|name| self.of(name))
    }

    fn of(&self, name: &str) -> &'a str {
        match name {
            "key" => self.key,
            "project" => self.project,
            "environment" => self.environment,
            "value" => self.value,
            "before" => self.before,
            _ => self.version,
        }
    }

    fn json_of(&self, node: &Node) -> Value {
        match node {
            Node::Text(slots) => {
                let whole = ["value", "before"].into_iter().find(|name| self.json && slots.is_only(name));
                let parsed = whole.and_then(|name| serde_json::from_str(self.of(name)).ok());
                parsed.unwrap_or_else(|| Value::String(self.fill(slots)))
            }
            Node::Other(value) => value.clone(),
            Node::List(nodes) => nodes.iter().map(|node| self.json_of(node)).collect(),
            Node::Object(members) => {
                let each = members.iter().map(|(name, node)| (self.fill(name), self.json_of(node)));
                Value::Object(each.collect::<Map<_, _>>())
            }
        }
    }

    fn form_of(&self, pairs: &[(String, Slots)]) -> String {
        let mut form = Serializer::new(String::new());
        for (name, slots) in pairs {
            form.append_pair(name, &self.fill(slots));
        }
        form.finish()
    }
}

/// The call that reads.
///
/// # Errors
/// Refused: the key cannot stand in the path.
pub fn read(read: &Read, filling: &Filling<'_>, reach: &Reach) -> Result<Call, FlagError> {
    Ok(Call::get(url(&read.path, filling, reach)?))
}

/// The call that writes.
///
/// # Errors
/// Refused: a value cannot stand where it is declared to.
pub fn write(write: &Write, filling: &Filling<'_>, reach: &Reach) -> Result<Call, FlagError> {
    let method = match write.method {
        WriteMethod::Put => Method::PUT,
        WriteMethod::Post => Method::POST,
        WriteMethod::Patch => Method::PATCH,
        WriteMethod::Delete => Method::DELETE,
    };
    let mut call = Call::write(method, url(&write.path, filling, reach)?);
    for (name, slots) in &write.headers {
        let header = Header::new("spec.http", name, &filling.fill(slots)).map_err(|problem| {
            let reason = Reason::new(Code::FlagRefused, problem.to_string());
            FlagError::Refused { subject: reach.subject(filling.key), reason }
        })?;
        call = call.with(header);
    }
    Ok(match &write.body {
        None => call,
        Some(Body::Json(node)) => call.body(JSON, filling.json_of(node).to_string()),
        Some(Body::Form(pairs)) => call.body(FORM, filling.form_of(pairs)),
        Some(Body::Text(slots)) => call.body(TEXT, filling.fill(slots)),
    })
}

fn url(path: &Path, filling: &Filling<'_>, reach: &Reach) -> Result<Url, FlagError> {
    let segments: Vec<String> = path.segments.iter().map(|slots| filling.fill(slots)).collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let mut url = reach.url(filling.key, &segments)?;
    if !path.query.is_empty() {
        url.set_query(Some(&filling.form_of(&path.query)));
    }
    Ok(url)
}

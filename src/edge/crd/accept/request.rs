//! Requests of a server of somebody's own: texts become parts that are filled in and encoded.
//!
//! Owns which variables may stand where. Filling in cannot change the form of a request: paths are
//! split and JSON is read before anything is filled in.

use super::problems::Problems;
use super::slots::Slots;
use crate::domain::model::id::digest;
use crate::domain::model::problem::Problem;
use crate::edge::crd::kind::flag_server::{
    BodyForm, HttpRead, HttpStore, HttpWrite, TokenForm, ValueForm, WriteMethod,
};
use serde_json::Value;

/// How flags are read and written.
#[derive(Debug, Clone, PartialEq)]
pub struct Requests {
    /// Changes with the paths that are read: a flag held under one is not looked for under another.
    pub identity: String,
    pub project: String,
    pub environment: String,
    pub token: TokenForm,
    pub values: ValueForm,
    pub read: Vec<Read>,
    pub cut: Vec<Write>,
    pub restore: Vec<Write>,
}

/// A request that reads.
#[derive(Debug, Clone, PartialEq)]
pub struct Read {
    pub path: Path,
    /// JSON pointer; None: the whole answer.
    pub value: Option<Vec<Slots>>,
    pub version: Option<VersionAt>,
}

/// Where a version stands.
#[derive(Debug, Clone, PartialEq)]
pub enum VersionAt {
    Pointer(Vec<Slots>),
    Header(String),
}

/// A request that writes.
#[derive(Debug, Clone, PartialEq)]
pub struct Write {
    pub method: WriteMethod,
    pub path: Path,
    pub headers: Vec<(String, Slots)>,
    pub body: Option<Body>,
}

/// Segments of a path, and the pairs of a query.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    pub segments: Vec<Slots>,
    pub query: Vec<(String, Slots)>,
}

/// A body.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    Json(Node),
    Form(Vec<(String, Slots)>),
    Text(Slots),
}

/// JSON whose strings have variables.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    Text(Slots),
    Other(Value),
    List(Vec<Node>),
    Object(Vec<(Slots, Node)>),
}

const READING: [&str; 3] = ["key", "project", "environment"];
const WRITING: [&str; 6] = ["key", "project", "environment", "value", "before", "version"];
/// Headers that only `auth` sets, or that are the client's own.
const RESERVED: [&str; 6] =
    ["authorization", "cookie", "host", "content-length", "transfer-encoding", "content-type"];

impl Requests {
    /// Whether every write is refused by the server if the flag changed since it was read, as far as
    /// the requests ask for that.
    pub fn has_precondition(&self) -> bool {
        let first =
            |writes: &[Write]| writes.first().is_some_and(|write| write.names(&["before", "version"]));
        first(&self.cut) && first(&self.restore)
    }
}

impl Write {
    /// Whether one of the variables `names` stands anywhere in it.
    pub fn names(&self, names: &[&str]) -> bool {
        let pairs = |pairs: &[(String, Slots)]| pairs.iter().any(|(_, slots)| slots.names(names));
        self.path.segments.iter().any(|slots| slots.names(names))
            || pairs(&self.path.query)
            || pairs(&self.headers)
            || match &self.body {
                None => false,
                Some(Body::Json(node)) => node.names(names),
                Some(Body::Form(form)) => pairs(form),
                Some(Body::Text(text)) => text.names(names),
            }
    }
}

impl Node {
    fn names(&self, names: &[&str]) -> bool {
        match self {
            Self::Text(slots) => slots.names(names),
            Self::Other(_) => false,
            Self::List(nodes) => nodes.iter().any(|node| node.names(names)),
            Self::Object(members) => {
                members.iter().any(|(name, node)| name.names(names) || node.names(names))
            }
        }
    }
}

/// Accepts the requests of a store.
pub fn requests(problems: &mut Problems, store: &HttpStore) -> Option<Requests> {
    for (field, missing, fix) in [
        ("spec.http.read", store.read.is_empty(), "write the request that reads a flag: [{path: ...}]"),
        (
            "spec.http.cut",
            store.cut.is_empty(),
            "write the request that sets a flag: [{path: ..., body: ...}]",
        ),
    ] {
        if missing {
            problems.add(Problem::new(field, "", "without it nothing of a flag is known or done", fix));
        }
    }
    let versioned = store.read.iter().any(|read| read.version.is_some());
    let read: Vec<Option<Read>> =
        (0..).zip(&store.read).map(|(i, read)| self::read(problems, i, read)).collect();
    let mut writes = |name: &str, list: &[HttpWrite]| -> Option<Vec<Write>> {
        let each: Vec<Option<Write>> = (0..)
            .zip(list)
            .map(|(i, declared)| write(problems, &format!("spec.http.{name}[{i}]"), declared, versioned))
            .collect();
        let written: Option<Vec<Write>> = each.into_iter().collect();
        let written = written?;
        if !written.is_empty() && !written.iter().any(|write| write.names(&["value"])) {
            let fix = "write {{value}} where the value goes";
            let message = "no request says the value, so cutting and giving back would be the same";
            problems.add(Problem::new(format!("spec.http.{name}"), "", message, fix));
            return None;
        }
        Some(written)
    };
    let cut = writes("cut", &store.cut)?;
    let restore = if store.restore.is_empty() { cut.clone() } else { writes("restore", &store.restore)? };
    let read: Option<Vec<Read>> = read.into_iter().collect();
    let paths: Vec<&str> = store.read.iter().map(|read| read.path.as_str()).collect();
    Some(Requests {
        identity: digest(&paths, 8),
        project: store.project.clone().unwrap_or_default(),
        environment: store.environment.clone().unwrap_or_default(),
        token: store.token.unwrap_or_default(),
        values: store.values.unwrap_or_default(),
        read: read?,
        cut,
        restore,
    })
}

fn read(problems: &mut Problems, i: usize, declared: &HttpRead) -> Option<Read> {
    let at = format!("spec.http.read[{i}]");
    let path = path(problems, &format!("{at}.path"), &declared.path, &READING);
    let mut pointed = |name: &str, text: &str| pointer(problems, &format!("{at}.{name}"), text);
    let value = declared.value.as_deref().map(|text| pointed("value", text));
    let version = declared.version.as_deref().map(|text| match text.starts_with('/') {
        true => pointed("version", text).map(VersionAt::Pointer),
        false => Some(VersionAt::Header(text.to_string())),
    });
    Some(Read {
        path: path?,
        value: match value {
            Some(value) => Some(value?),
            None => None,
        },
        version: match version {
            Some(version) => Some(version?),
            None => None,
        },
    })
}

fn pointer(problems: &mut Problems, field: &str, text: &str) -> Option<Vec<Slots>> {
    let Some(rest) = text.strip_prefix('/') else {
        let fix = "begin it with /, such as /configurations/{{key}}";
        problems.add(Problem::new(field, text, "it is no JSON pointer", fix));
        return None;
    };
    let unescaped = |part: &str| part.replace("~1", "/").replace("~0", "~");
    let parts: Vec<Option<Slots>> = rest
        .split('/')
        .map(|part| problems.take(field, text, Slots::parse(&unescaped(part), &READING)))
        .collect();
    parts.into_iter().collect()
}

fn write(problems: &mut Problems, at: &str, declared: &HttpWrite, versioned: bool) -> Option<Write> {
    let path = path(problems, &format!("{at}.path"), &declared.path, &WRITING);
    let mut headers = Vec::new();
    for (name, text) in &declared.headers {
        let field = format!("{at}.headers.{name}");
        if RESERVED.contains(&name.to_lowercase().as_str()) {
            let fix = "leave it out: credentials belong into endpoint.auth, the media type follows bodyForm";
            problems.add(Problem::new(field, "", "this header is not yours to set", fix));
            return None;
        }
        headers.push((name.clone(), problems.take(&field, text, Slots::parse(text, &WRITING))?));
    }
    let body = declared
        .body
        .as_deref()
        .map(|text| body(problems, &format!("{at}.body"), text, declared.body_form.unwrap_or_default()));
    let body = match body {
        Some(body) => Some(body?),
        None => None,
    };
    let write = Write { method: declared.method.unwrap_or_default(), path: path?, headers, body };
    if write.names(&["version"]) && !versioned {
        let fix = "say in read where the version stands: version: ETag, or a JSON pointer";
        problems.add(Problem::new(at, "{{version}}", "no request of read finds a version", fix));
        return None;
    }
    Some(write)
}

fn path(problems: &mut Problems, field: &str, text: &str, known: &[&str]) -> Option<Path> {
    let (path, query) = text.split_once('?').unwrap_or((text, ""));
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    if parts.is_empty() || text.contains('#') || parts.iter().any(|part| matches!(*part, "." | "..")) {
        let fix = "write it like /flags/{{key}}?env={{environment}}";
        problems.add(Problem::new(field, text, "it is no path under the endpoint", fix));
        return None;
    }
    let segments: Vec<Option<Slots>> =
        parts.iter().map(|part| problems.take(field, text, Slots::parse(part, known))).collect();
    let query = pairs(problems, field, query, known)?;
    let segments: Option<Vec<Slots>> = segments.into_iter().collect();
    Some(Path { segments: segments?, query })
}

fn pairs(problems: &mut Problems, field: &str, text: &str, known: &[&str]) -> Option<Vec<(String, Slots)>> {
    let each = text.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        Some((name.to_string(), problems.take(field, text, Slots::parse(value, known))?))
    });
    let each: Vec<Option<(String, Slots)>> = each.collect();
    each.into_iter().collect()
}

fn body(problems: &mut Problems, field: &str, text: &str, form: BodyForm) -> Option<Body> {
    match form {
        BodyForm::Text => problems.take(field, text, Slots::parse(text, &WRITING)).map(Body::Text),
        BodyForm::Form => pairs(problems, field, text, &WRITING).map(Body::Form),
        BodyForm::Json => match serde_json::from_str(text) {
            Ok(value) => problems.take(field, text, node(value)).map(Body::Json),
            Err(error) => {
                let fix = "quote variables, \"{{value}}\", or write bodyForm: Text";
                problems.add(Problem::new(field, text, format!("it is no JSON: {error}"), fix));
                None
            }
        },
    }
}

fn node(value: Value) -> Result<Node, String> {
    Ok(match value {
        Value::String(text) => Node::Text(Slots::parse(&text, &WRITING)?),
        Value::Array(items) => Node::List(items.into_iter().map(node).collect::<Result<_, _>>()?),
        Value::Object(members) => {
            let each =
                members.into_iter().map(|(name, value)| Ok((Slots::parse(&name, &WRITING)?, node(value)?)));
            Node::Object(each.collect::<Result<_, String>>()?)
        }
        other => Node::Other(other),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn accepted(store: Value) -> Result<Requests, Vec<String>> {
        let mut problems = Problems::default();
        let mut whole = json!({"endpoint": {"url": "https://flags"}});
        whole.as_object_mut().unwrap().extend(store.as_object().unwrap().clone());
        let found = requests(&mut problems, &serde_json::from_value(whole).unwrap());
        problems.finish(found).map_err(|all| all.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn giving_back_is_cutting_to_another_value_unless_it_is_said() {
        let store = json!({
            "read": [{"path": "/f/{{key}}", "version": "ETag"}],
            "cut": [{"path": "/f/{{key}}", "headers": {"If-Match": "{{version}}"}, "body": "\"{{value}}\""}],
        });
        let found = accepted(store.clone()).unwrap();
        assert_eq!(found.cut, found.restore);
        assert!(found.has_precondition());
        let mut other = store.clone();
        other["restore"] =
            json!([{"method": "POST", "path": "/f/{{key}}/back", "body": "{{value}}", "bodyForm": "Text"}]);
        let found = accepted(other).unwrap();
        assert!(found.cut != found.restore && !found.has_precondition(), "giving back names no version");
        let mut elsewhere = store;
        elsewhere["read"][0]["path"] = json!("/g/{{key}}");
        assert_ne!(accepted(elsewhere).unwrap().identity, found.identity);
    }

    #[test]
    fn what_is_wrong_names_field_value_and_fix() {
        let read = json!([{"path": "/f/{{key}}"}]);
        let cut = json!([{"path": "/f/{{key}}", "body": "\"{{value}}\""}]);
        let with = |change: Value| {
            let mut store = json!({"read": read.clone(), "cut": cut.clone()});
            store.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            store
        };
        for (store, parts) in [
            (
                with(json!({"read": []})),
                ["spec.http.read", "nothing of a flag is known", "write the request"],
            ),
            (with(json!({"cut": []})), ["spec.http.cut", "nothing of a flag is known", "write the request"]),
            (
                with(json!({"read": [{"path": "/f/{{value}}"}]})),
                ["spec.http.read[0].path", "`{{value}}` is not known here", "use {{key}}"],
            ),
            (
                with(json!({"read": [{"path": "/../admin"}]})),
                ["spec.http.read[0].path", "no path under the endpoint", "/flags/{{key}}"],
            ),
            (
                with(json!({"read": [{"path": "/f", "value": "data"}]})),
                ["spec.http.read[0].value", "no JSON pointer", "begin it with /"],
            ),
            (
                with(json!({"cut": [{"path": "/f/{{key}}"}]})),
                ["spec.http.cut", "no request says the value", "{{value}}"],
            ),
            (
                with(json!({"cut": [{"path": "/f", "body": "{{value}}"}]})),
                ["spec.http.cut[0].body", "no JSON", "quote variables"],
            ),
            (
                with(json!({"cut": [{"path": "/f/{{value}}", "headers": {"Authorization": "x"}}]})),
                ["spec.http.cut[0].headers.Authorization", "not yours to set", "endpoint.auth"],
            ),
            (
                with(json!({"restore": [{"path": "/f/{{value}}?v={{version}}"}]})),
                ["spec.http.restore[0]", "no request of read finds a version", "version: ETag"],
            ),
        ] {
            let problems = accepted(store.clone()).unwrap_err();
            assert_eq!(problems.len(), 1, "{store} {problems:?}");
            parts.iter().for_each(|part| assert!(problems[0].contains(part), "{} / {part}", problems[0]));
        }
    }
}

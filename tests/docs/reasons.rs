//! docs/reasons.md against the code, both ways: a word without an entry fails, and so does an
//! entry without a word.

use flyball::app::controller::say::events;
use flyball::app::drive::news::{News, Tick};
use flyball::domain::model::episode::{Episode, Outcome, Phase};
use flyball::domain::model::reason::Code;
use flyball::edge::crd::schema::KINDS;
use proc_macro2::{TokenStream, TokenTree};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use syn::visit::{self, Visit};

const REASONS: &str = include_str!("../../docs/reasons.md");

/// Where conditions and Events get their reasons.
const SPEAKERS: [&str; 4] = [
    "src/app/controller/say",
    "src/app/controller/declare",
    "src/app/controller/post",
    "src/edge/crd/stored/decision.rs",
];

/// Words in those files that are no reasons: types of conditions, actions of Events, levels.
const OTHER_WORDS: [&str; 12] = [
    "SignalsHealthy",
    "BaselineMature",
    "Engaged",
    "Verified",
    "NeedsPerson",
    "Accept",
    "Govern",
    "Notify",
    "Fuse",
    "Degrade",
    "Optimize",
    "Authorization",
];

/// The tables of the section headed `## heading`, without their heads.
fn rows(heading: &str) -> Vec<Vec<String>> {
    let (_, after) = REASONS.split_once(&format!("\n## {heading}\n")).expect("the section is there");
    let section = after.split("\n## ").next().unwrap_or_default();
    let lines: Vec<&str> = section.lines().collect();
    let is_rule = |line: &str| line.starts_with("|---");
    let mut rows = Vec::new();
    for (i, line) in lines.iter().enumerate().filter(|(_, line)| line.starts_with('|')) {
        let heads = lines.get(i + 1).is_some_and(|next| is_rule(next));
        if !heads && !is_rule(line) {
            let cells = line.trim_start_matches('|').trim_end_matches('|').split('|');
            rows.push(cells.map(|cell| cell.trim().to_string()).collect());
        }
    }
    assert!(!rows.is_empty(), "nothing in section {heading}");
    rows
}

fn column(rows: &[Vec<String>], index: usize) -> BTreeSet<String> {
    rows.iter().map(|row| row[index].clone()).collect()
}

fn words() -> BTreeSet<String> {
    let phases = Phase::ALL.map(Phase::as_str).into_iter();
    phases.chain(Outcome::ALL.map(Outcome::as_str)).map(str::to_string).collect()
}

#[test]
fn every_code_of_a_reason_is_explained_and_nothing_else() {
    let rows = rows("In Decisions and ServiceHealths");
    let codes: BTreeSet<String> = Code::ALL.iter().map(|code| code.as_str().to_string()).collect();
    assert_eq!(column(&rows, 0), codes, "left: docs/reasons.md, right: the code");
    assert_eq!(rows.len(), codes.len(), "a code is explained twice");
    for row in &rows {
        assert!(row.len() == 3 && row.iter().all(|cell| !cell.is_empty()), "an empty cell: {row:?}");
    }
}

#[test]
fn every_reason_of_a_condition_is_explained_and_nothing_else() {
    let documented = column(&rows("In conditions"), 1);
    let events = column(&rows("In Events"), 0);
    let said: BTreeSet<String> =
        said().into_iter().filter(|word| !OTHER_WORDS.contains(&word.as_str())).collect();
    let known = words();
    let explained =
        |word: &&String| documented.contains(*word) || events.contains(*word) || known.contains(*word);
    let missing: Vec<&String> = said.iter().filter(|word| !explained(word)).collect();
    assert!(
        missing.is_empty(),
        "without an entry in docs/reasons.md (or no reasons, see OTHER_WORDS): {missing:?}"
    );
    // What is tried says what came of it by the codes of reasons.
    let codes: BTreeSet<String> = Code::ALL.iter().map(|code| code.as_str().to_string()).collect();
    let stale: Vec<&String> = documented.difference(&said).filter(|word| !codes.contains(*word)).collect();
    assert!(stale.is_empty(), "explained in docs/reasons.md, and said nowhere: {stale:?}");
}

#[test]
fn every_reason_of_an_event_is_explained_with_its_type_and_nothing_else() {
    let rows = rows("In Events");
    let documented: BTreeMap<String, String> =
        rows.iter().map(|row| (row[0].clone(), row[1].clone())).collect();
    let mut told = BTreeMap::from([("NotAccepted".to_string(), "Warning".to_string())]);
    for phase in Phase::ALL {
        let outcomes: Vec<Option<Outcome>> = match phase {
            Phase::Ended => Outcome::ALL.map(Some).to_vec(),
            _ => vec![None],
        };
        for outcome in outcomes {
            let tick =
                Tick { news: vec![News::Stored(Box::new(episode(phase, outcome)))], ..Tick::default() };
            for event in events::of(&tick, |_| Some("uid".to_string())) {
                told.insert(event.reason, if event.warning { "Warning" } else { "Normal" }.to_string());
            }
        }
    }
    let others = said();
    let beside = documented.keys().filter(|word| !told.contains_key(*word) && !others.contains(*word));
    assert_eq!(beside.collect::<Vec<_>>(), Vec::<&String>::new(), "explained, and told nowhere");
    for (word, kind) in told {
        assert_eq!(documented.get(&word), Some(&kind), "{word} in docs/reasons.md");
    }
}

fn episode(phase: Phase, outcome: Option<Outcome>) -> Episode {
    let at = "2026-11-28T10:00:00Z";
    let episode = json!({
        "name": "cart-cut-1", "policyUid": "uid", "ordinal": 1, "level": "Fuse", "started": at,
        "key": {"policy": {"namespace": "shop", "name": "p"}, "service": {"namespace": "shop", "service": "cart"}, "tier": "cut"},
        "phase": phase, "since": at, "outcome": outcome, "flags": [], "reasons": [], "transitions": [],
    });
    serde_json::from_value(episode).expect("an episode")
}

/// Every word in the files that speak, tests left aside.
fn said() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut words = Words::default();
    for file in SPEAKERS.iter().flat_map(|place| sources(&root.join(place))) {
        let text = std::fs::read_to_string(&file).expect("a source file can be read");
        let parsed = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        words.visit_file(&parsed);
    }
    assert!(words.0.len() > 20, "the files were found: {:?}", words.0);
    let kinds: Vec<&String> = KINDS.iter().map(|kind| &kind.name).collect();
    words.0.into_iter().filter(|word| !kinds.contains(&word)).collect()
}

fn sources(place: &Path) -> Vec<PathBuf> {
    if place.is_file() {
        return vec![place.to_path_buf()];
    }
    let entries = std::fs::read_dir(place).unwrap_or_else(|error| panic!("{}: {error}", place.display()));
    let all = entries.map(|entry| entry.expect("an entry can be read").path());
    let is_test = |path: &Path| path.file_name().is_some_and(|name| name == "tests.rs");
    let speaks = |path: &PathBuf| path.extension().is_none_or(|end| end == "rs") && !is_test(path);
    all.filter(speaks).flat_map(|path| sources(&path)).collect()
}

/// Literals that are one word in camel case.
#[derive(Default)]
struct Words(BTreeSet<String>);

impl<'ast> Visit<'ast> for Words {
    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if module.ident != "tests" {
            visit::visit_item_mod(self, module);
        }
    }

    /// What is inside `vec![...]` and the like is not parsed.
    fn visit_macro(&mut self, called: &'ast syn::Macro) {
        self.of_tokens(called.tokens.clone());
    }

    fn visit_lit_str(&mut self, literal: &'ast syn::LitStr) {
        self.add(literal.value());
    }
}

impl Words {
    fn of_tokens(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => self.of_tokens(group.stream()),
                TokenTree::Literal(literal) => self.add(literal.to_string().trim_matches('"').to_string()),
                TokenTree::Ident(_) | TokenTree::Punct(_) => {}
            }
        }
    }

    fn add(&mut self, text: String) {
        let camel = text.chars().next().is_some_and(|c| c.is_ascii_uppercase())
            && text.chars().all(|c| c.is_ascii_alphanumeric())
            && text.chars().any(|c| c.is_ascii_lowercase());
        if camel {
            self.0.insert(text);
        }
    }
}

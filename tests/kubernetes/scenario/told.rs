//! What `kubectl describe` tells a person on call, held against golden files: every sentence, with
//! figures, times and names that change from run to run replaced by words.
//!
//! FLYBALL_GOLDEN=write writes the files anew.

use crate::kubernetes::lab::Lab;
use crate::kubernetes::rig::Rig;
use crate::live::policy::Terms;
use crate::live::stage::Part;
use crate::live::tools::repository;
use crate::live::wait::until;
use flyball::app::drive::show::story;
use regex::Regex;
use serde_json::Value;

/// What changes from run to run, and the word for it.
const CHANGING: [(&str, &str); 10] = [
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "TIME"),
    (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "UID"),
    (r"-([0-9a-f]{10}|[0-9a-f]{24})\b", "-HASH"),
    (r"\(-?[0-9.e-]+ ratio\)", "(N ratio)"),
    (r"(?m)^( +Chart: +).*$", "${1}BARS"),
    (r"(?m)^( +Summary: +).*$", "${1}N ratio; WHAT IS USUAL"),
    (r"(?m)^( +(Lower|Upper|Values): +)\S+ .*$", "${1}NUMBERS"),
    (r"(?m)(: +)-?[0-9.]+(e-?\d+|m\d+s)?$", "${1}N"),
    (r"(?m)^(  (Normal|Warning) +\w+) .*? (flyball)", "${1}  AGE  ${3}"),
    (r"[ \t]+\n", "\n"),
];

pub fn run(rig: &Rig, part: &Part) {
    let lab = Lab::open(rig.plane, "described", &Terms::default());
    part.incident_begins();
    lab.await_cut();
    let shown = |object: &Value, verdict: &str| match &object["status"] {
        status if status["tier"] == "strong-check" && status[verdict] == "Breaching" => Ok(()),
        status => Err(status.to_string()),
    };
    until("the ServiceHealth shows the tier that holds", 600, || {
        // It is written once a minute at most, and may have been while the flag was being cut.
        let health = lab.health()?;
        let said = health["status"]["policies"][0]["tiers"][0].to_string();
        let holds = said.contains("\"Holding\"") && said.contains("NotRecovered");
        if holds { shown(&health, "verdict") } else { Err(said) }
    });
    until("the policy shows it, too", 600, || shown(&rig.plane.admin.get(&lab.policy())?, "worst"));
    let mut unlike = Vec::new();
    unlike.extend(golden(rig, "service-health-holding", &["svh"]));
    unlike.extend(golden(rig, "policy-holding", &["hpol", "rejects"]));
    part.incident_ends();
    lab.await_restored();
    unlike.extend(golden(rig, "decision-restored", &["dec"]));
    assert!(unlike.is_empty(), "{}", unlike.join("\n\n"));
}

/// Events come in any order, and their columns are as wide as their ages.
fn in_order(told: &str) -> String {
    let (head, events) = told.split_once("\nEvents:").expect("describe ends with Events");
    let one_space = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut lines: Vec<String> = events.lines().map(one_space).collect();
    let fixed = lines.len().min(3); // what follows `Events:`, and the two lines of the table's head
    lines[fixed..].sort();
    format!("{head}\nEvents:{}\n", lines.join("\n"))
}

/// How what kubectl describes differs from the golden file, if it does.
fn golden(rig: &Rig, name: &str, what: &[&str]) -> Option<String> {
    let arguments = [&["describe", "-n", "described"], what].concat();
    let told = rig.plane.kubectl(&arguments).unwrap_or_else(|refusal| panic!("{refusal}"));
    let told = CHANGING.iter().fold(told, |text, (pattern, word)| {
        Regex::new(pattern).expect("the pattern is one").replace_all(&text, *word).into_owned()
    });
    let told = in_order(&told);
    let file = repository().join("tests/data/describe").join(format!("{name}.txt"));
    if std::env::var("FLYBALL_GOLDEN").as_deref() == Ok("write") {
        std::fs::write(&file, &told).expect("a golden file can be written");
    }
    let expected = std::fs::read_to_string(&file).unwrap_or_default();
    (told != expected).then(|| format!("{name}:\n{}", story::diff(&expected, &told, "expected", "told")))
}

//! Stories: `tests/scenarios/*.yaml`, each a policy, what its signals showed, what people and stores
//! did at which time, and every step that its Decisions must take. Adding a case is adding a file.

#[path = "scenarios/told.rs"]
mod told;
#[allow(dead_code)]
mod world;

use std::path::{Path, PathBuf};

fn stories() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let files = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let mut all: Vec<PathBuf> =
        files.filter(|file| file.extension().is_some_and(|end| end == "yaml")).collect();
    all.sort();
    all
}

#[test]
fn every_story_goes_as_it_is_told() {
    let only = std::env::var("STORY").unwrap_or_default();
    let mut wrong = Vec::new();
    for file in stories() {
        let name = file.file_stem().unwrap().to_string_lossy().to_string();
        if !name.contains(&only) {
            continue;
        }
        let text = std::fs::read_to_string(&file).unwrap();
        let outcome = std::panic::catch_unwind(|| told::tell(&text));
        match outcome {
            Ok(differences) if differences.is_empty() => {}
            Ok(differences) => wrong.push(format!("{name}:\n{}", differences.join("\n"))),
            Err(panic) => {
                let why =
                    panic.downcast_ref::<String>().cloned().unwrap_or_else(|| "it panicked".to_string());
                wrong.push(format!("{name}: {why}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} stories went otherwise\n\n{}", wrong.len(), wrong.join("\n\n"));
}

#[test]
fn there_are_stories_enough() {
    assert!(stories().len() >= 60, "{}", stories().len());
}

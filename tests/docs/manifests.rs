//! Manifests that stand in documents are ones that can be applied.

use flyball::app::lint::judge::{Verdict, all};
use std::path::{Path, PathBuf};

/// Every document, by path, the README among them.
fn documents() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![root.join("docs")];
    let mut paths = vec![root.join("README.md")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false if path.extension().is_some_and(|ext| ext == "md") => paths.push(path),
                false => {}
            }
        }
    }
    paths.sort();
    let read = |path: &PathBuf| std::fs::read_to_string(path).unwrap();
    paths.iter().map(|path| (path.display().to_string(), read(path))).collect()
}

/// The code blocks of a document in that language, each with the line it begins at.
fn blocks(text: &str, language: &str) -> Vec<(usize, String)> {
    let mut found: Vec<(usize, String)> = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let Some(opened) = line.strip_prefix("```") else { continue };
        let body: Vec<&str> =
            lines.by_ref().map(|(_, line)| line).take_while(|line| !line.starts_with("```")).collect();
        if opened == language {
            found.push((number + 2, body.join("\n")));
        }
    }
    found
}

#[test]
fn every_manifest_in_the_documents_is_sound() {
    let mut seen = 0;
    for (path, text) in documents() {
        for (line, block) in blocks(&text, "yaml") {
            if !block.contains("apiVersion: flyball.dev/") {
                continue;
            }
            for verdict in all(&[(format!("{path}:{line}"), Ok(block.clone()))]) {
                let sound = matches!(verdict, Verdict::Sound { .. } | Verdict::Foreign { .. });
                assert!(sound, "{path}:{line}: {verdict:?}\n{block}");
                seen += 1;
            }
        }
    }
    assert!(seen > 20, "{seen} manifests were found");
}

//! The CustomResourceDefinitions as files: what `flyball crd` writes and `crds/` holds.

use super::schema;
use crate::edge::yaml;

/// The CustomResourceDefinitions as they are committed under `crds/`: file name and YAML text.
pub fn files() -> Vec<(String, String)> {
    let file = |kind: &schema::Kind| (format!("flyball.dev_{}.yaml", kind.plural), text(kind));
    schema::KINDS.iter().map(file).collect()
}

fn text(kind: &schema::Kind) -> String {
    let body = yaml::to_string(&kind.definition).expect("a definition is JSON, whose keys are strings");
    format!("# Generated from src/edge/crd/kind; the tests fail if the two differ.\n{body}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    /// Where they are committed: for kubectl, and inside the chart.
    const FOLDERS: [&str; 2] = ["crds", "charts/flyball/files/crds"];

    #[test]
    fn the_committed_definitions_are_these() {
        for folder in FOLDERS {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
            if std::env::var_os("FLYBALL_WRITE_CRDS").is_some() {
                std::fs::create_dir_all(&folder).unwrap();
                files().iter().for_each(|(name, text)| std::fs::write(folder.join(name), text).unwrap());
            }
            let mut committed: Vec<String> = std::fs::read_dir(&folder)
                .unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect();
            committed.sort();
            let mut expected: Vec<String> = files().into_iter().map(|(name, _)| name).collect();
            expected.sort();
            assert_eq!(committed, expected, "run this test with FLYBALL_WRITE_CRDS=1");
            for (name, text) in files() {
                let found = std::fs::read_to_string(folder.join(&name)).unwrap();
                let path = folder.display();
                assert!(found == text, "{path}/{name} differs: run this test with FLYBALL_WRITE_CRDS=1");
            }
        }
    }

    #[test]
    fn a_committed_definition_is_read_back_as_it_was() {
        for (kind, (name, text)) in schema::KINDS.iter().zip(files()) {
            let documents = yaml::read(&text).unwrap();
            assert_eq!(documents[0].value.as_ref(), Ok(&kind.definition), "{name}");
        }
    }
}

//! Completion as shells ask for it: the scripts that the plugin prints, run by a real bash.

use std::process::Command;

/// What TAB offers after these words, the last one unfinished.
fn offered(words: &[&str]) -> String {
    let line = words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(" ");
    let asked = format!(
        "source <(\"$FLYBALL\" kubectl completion bash); \
         registered=$(complete -p kubectl-flyball) || exit 1; \
         ask=${{registered##*-F }}; COMP_WORDS=(kubectl-flyball {line}); COMP_CWORD={}; \
         \"${{ask%% *}}\" kubectl-flyball '{}' \"${{COMP_WORDS[COMP_CWORD-1]}}\"; echo \"${{COMPREPLY[*]}}\"",
        words.len(),
        words.last().expect("a word is asked about")
    );
    let output = Command::new("bash")
        .args(["--norc", "-c", &asked])
        .env("FLYBALL", env!("CARGO_BIN_EXE_flyball"))
        .output()
        .expect("bash is there");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_string();
    assert!(output.status.success(), "{words:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

#[test]
fn commands_options_and_values_are_completed_in_bash() {
    assert_eq!(offered(&["expl"]), "explain");
    assert_eq!(offered(&["explain", "--prom"]), "--prometheus --prometheus-service");
    assert_eq!(offered(&["top", "-o", ""]), "text json yaml");
    assert_eq!(offered(&["completion", "z"]), "zsh");
}

#[test]
fn kubectl_completes_the_plugin_by_the_program_that_it_looks_for() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/krew/kubectl_complete-flyball");
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("kubectl-flyball");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_flyball"), link).unwrap();
    let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap());
    for (words, expected) in [
        (&["hist"][..], "history\n:4\n"),
        (&["explain", "--prometheus-s"], "--prometheus-service\n:4\n"),
        (&["nothing", "like-it"], ":4\n"),
    ] {
        let output = Command::new(script).args(words).env("PATH", &path).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout), expected, "{words:?}: {output:?}");
    }
}

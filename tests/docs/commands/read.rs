//! The commands that README and quick start tell people to type, read out of the documents themselves.
//!
//! A command is one of a block marked `sh`, or a piece of code in a sentence that begins with a program of
//! ours or of the cluster's. A block without a mark that follows shows what its last command prints.

use std::path::Path;

/// In the order in which a newcomer meets them.
pub const DOCUMENTS: [&str; 3] = ["docs/quickstart.md", "README.md", "README.zh-CN.md"];
/// What makes a piece of code in a sentence a command.
const PROGRAMS: [&str; 9] = [
    "kubectl ",
    "helm ",
    "flyball ",
    "cargo ",
    "ln ",
    "tests/run",
    "tests/cluster",
    "tests/node",
    "tests/recording/make",
];

/// One command of a document.
#[derive(Debug, Clone)]
pub struct Command {
    pub document: &'static str,
    pub line: usize,
    /// As it is typed: lines joined where they are continued, what explains it taken off.
    pub text: String,
    /// What the document shows as its output.
    pub shown: Vec<String>,
}

/// Every command of one document, in order.
pub fn commands(document: &'static str) -> Vec<Command> {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(document));
    of(document, &text.expect("the document is there"))
}

/// The first block of a document in that language.
pub fn block(document: &str, language: &str) -> String {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(document));
    let text = text.expect("the document is there");
    let (_, rest) = text.split_once(&format!("```{language}\n")).expect("it has such a block");
    rest.split_once("```").expect("the block ends").0.to_string()
}

fn of(document: &'static str, text: &str) -> Vec<Command> {
    let mut found: Vec<Command> = Vec::new();
    let mut prose: Vec<&str> = Vec::new();
    // A block of output belongs to the commands right before it.
    let mut open = false;
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let Some(language) = line.strip_prefix("```") else {
            prose.push(line);
            open &= line.trim().is_empty();
            continue;
        };
        let begun = number + 1 - prose.len();
        found.extend(spoken(document, begun, &std::mem::take(&mut prose)));
        let body: Vec<&str> =
            lines.by_ref().map(|(_, line)| line).take_while(|line| !line.starts_with("```")).collect();
        match (language, found.last_mut()) {
            ("sh", _) => found.extend(typed(document, number + 2, &body)),
            ("", Some(last)) if open => last.shown = body.iter().map(ToString::to_string).collect(),
            _ => {}
        }
        open = language == "sh";
    }
    let begun = text.lines().count() + 1 - prose.len();
    found.extend(spoken(document, begun, &prose));
    found
}

/// The commands of a block.
fn typed(document: &'static str, first: usize, body: &[&str]) -> Vec<Command> {
    let mut found = Vec::new();
    let mut lines = body.iter().enumerate();
    while let Some((number, line)) = lines.next() {
        let mut text = without_comment(line).to_string();
        while let Some(head) = text.strip_suffix('\\') {
            let next = lines.next().expect("a line that is continued is followed by one").1;
            text = format!("{} {}", head.trim_end(), without_comment(next).trim_start());
        }
        if text.contains("<<'END'") {
            for (_, line) in lines.by_ref() {
                text = format!("{text}\n{line}");
                if *line == "END" {
                    break;
                }
            }
        }
        if !text.is_empty() {
            found.push(Command { document, line: first + number, text, shown: Vec::new() });
        }
    }
    found
}

fn without_comment(line: &str) -> &str {
    let end = if line.starts_with('#') { Some(0) } else { line.find(" # ") };
    line[..end.unwrap_or(line.len())].trim_end()
}

/// The commands in sentences; code may be broken over two lines.
fn spoken(document: &'static str, first: usize, lines: &[&str]) -> Vec<Command> {
    let whole = lines.join("\n");
    let mut found = Vec::new();
    let mut at = 0;
    for (index, piece) in whole.split('`').enumerate() {
        let text = piece.replace('\n', " ");
        if index % 2 == 1 && PROGRAMS.iter().any(|program| text.starts_with(program)) {
            let line = first + whole[..at].matches('\n').count();
            found.push(Command { document, line, text, shown: Vec::new() });
        }
        at += piece.len() + 1;
    }
    found
}

#[test]
fn blocks_sentences_and_what_is_shown_are_read() {
    let text = "Try `helm list`, or `spec`.\n\n```sh\nkubectl get \\\n    pods  # all\ncat > f <<'END'\na # b\nEND\n```\n\n```\nshown\n```\n\n```\nnot shown by it\n```\n";
    let found = of("README.md", text);
    let texts: Vec<&str> = found.iter().map(|command| command.text.as_str()).collect();
    assert_eq!(texts, ["helm list", "kubectl get pods", "cat > f <<'END'\na # b\nEND"]);
    assert_eq!(found.iter().map(|command| command.line).collect::<Vec<_>>(), [1, 4, 6]);
    assert_eq!(found[2].shown, ["shown"]);
}

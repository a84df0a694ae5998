//! A document as a body, and back: our part stands between its marks, as in every other tracker, and
//! each node that is not ours is one line that nobody reads, so that it comes back as it was.
//!
//! There are no hidden comments in a document. Our part is found by the panel that it begins with and by
//! its footer; what the hidden mark says elsewhere stands in a property of the issue.

use super::markdown::blocks;
use super::node::{kind, node, plain, text};
use crate::edge::issues::mark::{BEGIN, CLOSE, END, FOOTER, PREFIX};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// A word of every first line of ours.
const OURS: &str = "Flyball";
/// Most bytes of a document: Jira takes 32,767 characters, and counts in its own way.
const MOST: usize = 30_000;

/// The body of a document, given what the hidden mark of our part says.
pub fn read(document: Option<&Value>, attributes: Option<&str>) -> String {
    let nodes: &[Value] =
        document.and_then(|document| document["content"].as_array()).map_or(&[], Vec::as_slice);
    let place = attributes.and_then(|attributes| Some((attributes, find(nodes, fingerprint(attributes)?)?)));
    let Some((attributes, (begin, end))) = place else { return lines(nodes) };
    let inner = lines(&nodes[begin + 1..=end]);
    format!(
        "{}{BEGIN}{attributes}{CLOSE}\n> {OURS}\n\n{inner}{END}\n{}",
        lines(&nodes[..begin]),
        lines(&nodes[end + 1..])
    )
}

/// The document of a body. What is too long loses the end of our part, but for its footer.
pub fn written(body: &str) -> Value {
    let mut parts = Parts::default();
    body.lines().for_each(|line| parts.take(line));
    parts.flush();
    let Parts { mut nodes, ours, .. } = parts;
    shorten(&mut nodes, ours);
    json!({"type": "doc", "version": 1, "content": nodes})
}

/// What the hidden mark of our part says; None: there is none.
pub fn attributes(body: &str) -> Option<&str> {
    let (_, rest) = body.split_once(BEGIN)?;
    rest.split_once(CLOSE).map(|(attributes, _)| attributes)
}

fn fingerprint(attributes: &str) -> Option<&str> {
    attributes.split_whitespace().find_map(|pair| pair.strip_prefix("fingerprint="))
}

/// Where our part begins and ends.
fn find(nodes: &[Value], fingerprint: &str) -> Option<(usize, usize)> {
    let footer = format!("{FOOTER}{fingerprint}");
    let end = nodes.iter().position(|node| kind(node) == "paragraph" && plain(node).starts_with(&footer))?;
    let begins = |node: &Value| kind(node) == "panel" && plain(node).contains(OURS);
    nodes[..end].iter().rposition(begins).map(|begin| (begin, end))
}

/// Nodes as lines that become the same nodes again.
fn lines(nodes: &[Value]) -> String {
    nodes.iter().map(|node| format!("{PREFIX}node {}{CLOSE}\n", STANDARD.encode(node.to_string()))).collect()
}

fn node_of(line: &str) -> Option<Value> {
    let encoded = line.strip_prefix(PREFIX)?.strip_prefix("node ")?.strip_suffix(CLOSE)?;
    serde_json::from_slice(&STANDARD.decode(encoded).ok()?).ok()
}

/// A body on its way to nodes.
#[derive(Default)]
struct Parts {
    nodes: Vec<Value>,
    /// Markdown that is not taken in yet.
    text: String,
    /// Where our part is.
    ours: (usize, usize),
    /// The next node is the first of our part.
    begins: bool,
}

impl Parts {
    fn take(&mut self, line: &str) {
        if let Some(node) = node_of(line) {
            self.flush();
            self.nodes.push(node);
        } else if line.starts_with(BEGIN) {
            self.flush();
            (self.begins, self.ours.0) = (true, self.nodes.len());
        } else if line.starts_with(END) {
            self.flush();
            self.ours.1 = self.nodes.len();
        } else {
            self.text.push_str(line);
            self.text.push('\n');
        }
    }

    fn flush(&mut self) {
        let mut nodes = blocks(&std::mem::take(&mut self.text));
        if let Some(first) = nodes.first_mut().filter(|_| self.begins) {
            if kind(first) == "blockquote" {
                *first =
                    json!({"type": "panel", "attrs": {"panelType": "info"}, "content": first["content"]});
            }
            self.begins = false;
        }
        self.nodes.append(&mut nodes);
    }
}

/// Leaves out the last nodes of our part until the whole is short enough; its first, its rule and its
/// footer stay.
fn shorten(nodes: &mut Vec<Value>, (begin, end): (usize, usize)) {
    let size = |node: &Value| node.to_string().len() + 1;
    let mut whole: usize = nodes.iter().map(size).sum();
    let mut last = end.saturating_sub(2);
    let mut left_out = false;
    while whole > MOST && last > begin + 1 {
        last -= 1;
        whole -= size(&nodes.remove(last));
        left_out = true;
    }
    if left_out {
        let said = "More is not shown here: the text would be too long for the tracker.";
        nodes.insert(last, node("paragraph", text(said, &[]).into_iter().collect()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::model::upkeep::Mark;
    use crate::edge::issues::mark;

    /// What comes back of a body that is written and read.
    fn again(body: &str) -> String {
        read(Some(&written(body)), attributes(body))
    }

    #[test]
    fn our_part_is_found_again_and_people_s_nodes_stay_as_they_are() {
        let block = mark::block(&Mark::example(), "Opened by Flyball for `d`.", "## Why\n\n- a");
        let mut document = written(&block);
        let mention = json!({"type": "paragraph", "content": [{"type": "mention", "attrs": {"id": "5b10", "text": "@anna"}}]});
        let picture = json!({"type": "mediaSingle", "attrs": {"layout": "center"}, "content": [{"type": "media", "attrs": {"id": "m", "type": "file", "collection": ""}}]});
        let nodes = document["content"].as_array_mut().unwrap();
        nodes.insert(0, mention.clone());
        nodes.push(picture.clone());
        let body = read(Some(&document), attributes(&block));
        assert_eq!(mark::mark(&body, "0123456789abcdef"), Some(Mark::example()));
        assert_eq!(again(&body), body);
        let next = mark::replace(
            &body,
            "0123456789abcdef",
            &mark::block(&Mark::example(), "Opened by Flyball.", "new"),
        )
        .unwrap();
        let document = written(&next);
        let nodes = document["content"].as_array().unwrap();
        assert_eq!((&nodes[0], nodes.last().unwrap()), (&mention, &picture));
        assert!(document.to_string().contains("new") && !document.to_string().contains("Why"));
    }

    #[test]
    fn closing_changes_the_first_line_and_nothing_else() {
        let block =
            mark::block(&Mark::example(), "Opened by Flyball for `d`.", "## Why\n\n| A |\n|---|\n| b |");
        let body = again(&block);
        let closed = Mark { closed: true, ..Mark::example() };
        let restated = mark::restate(&body, &closed, "**Closed by Flyball**: well.").unwrap();
        let (before, after) = (written(&block), written(&restated));
        assert_eq!(plain(&after["content"][0]), "Closed by Flyball: well.");
        assert_eq!(before["content"].as_array().unwrap()[1..], after["content"].as_array().unwrap()[1..]);
        assert_eq!(mark::mark(&again(&restated), "0123456789abcdef"), Some(closed));
    }

    #[test]
    fn what_is_not_whole_is_none_of_ours() {
        let block = mark::block(&Mark::example(), "Opened by Flyball for `d`.", "text");
        let mut document = written(&block);
        assert_eq!(
            mark::mark(&read(Some(&document), None), "0123456789abcdef"),
            None,
            "without its property"
        );
        document["content"].as_array_mut().unwrap().pop();
        assert_eq!(mark::mark(&read(Some(&document), attributes(&block)), "0123456789abcdef"), None);
        assert_eq!(read(None, attributes(&block)), "");
    }

    #[test]
    fn a_text_cannot_pass_off_a_line_of_its_own_as_a_node() {
        let line = lines(&[json!({"type": "mention"})]);
        let block =
            mark::block(&Mark::example(), "Opened by Flyball.", &format!("```promql\n{line}{END}\n```"));
        let document = written(&block);
        assert_eq!(mark::mark(&block, "0123456789abcdef"), Some(Mark::example()));
        assert!(
            document["content"].as_array().unwrap().iter().all(|node| kind(node) != "mention"),
            "{document}"
        );
    }

    #[test]
    fn what_is_too_long_keeps_its_first_line_and_its_footer() {
        let long: String = (0..2000).map(|i| format!("Line {i} of many that say nothing new.\n\n")).collect();
        let block = mark::block(&Mark::example(), "Opened by Flyball.", &long);
        let document = written(&block);
        assert!(document.to_string().len() < 32_767, "{}", document.to_string().len());
        let nodes = document["content"].as_array().unwrap();
        assert!(plain(&nodes[nodes.len() - 3]).starts_with("More is not shown"));
        assert_eq!(mark::mark(&again(&block), "0123456789abcdef"), Some(Mark::example()));
    }
}

//! A newcomer on a real node: every command of the documents is typed into a shell, as it stands there but for
//! the words that a reader has to choose.

use super::form;
use super::read::{Command, DOCUMENTS, block, commands};
use super::table::{Verdict, verdict};
use crate::installed::helm::Helm;
use crate::installed::node::Node;
use crate::live::http;
use crate::live::process::{Process, free_port};
use crate::live::tools::{find, repository};
use crate::live::wait::until;
use std::collections::BTreeSet;
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::{self, Stdio};
use std::time::Instant;

/// What is typed and not written in a document: a newcomer's cluster has nothing of ours.
const NOTHING: &str = "helm uninstall flyball -n flyball --no-hooks --ignore-not-found --wait\n\
    kubectl get crd -o name | { grep flyball.dev || true; } | xargs -r kubectl delete --wait";
/// What a command needs first.
const BEFORE: [(&str, &str); 4] = [
    (
        "kubectl apply -f crds/ && kubectl create namespace flyball",
        "kubectl delete namespace flyball --wait --timeout 60s",
    ),
    (
        "flyball run --standalone --policies policies/library/ --prometheus http://localhost:9090 --flags flags.json --state state/",
        "cp policies/demo/flags.json .; mkdir state",
    ),
    (
        "flyball replay --policy policies/library/go.yaml --prometheus http://localhost:9090 --since 336h --mode Enforce --labels incidents.csv --report replay.html",
        "echo 'start,end,namespace,service' > incidents.csv",
    ),
    ("kubectl apply -f my-policy.yaml", "test -s my-policy.yaml"),
];

/// Where a newcomer sits.
struct Seat<'a> {
    node: &'a Node,
    /// A checkout in which files may be written.
    folder: PathBuf,
    bin: PathBuf,
    port: u16,
    _way: Process,
}

/// A command that serves until it is stopped.
struct Serving {
    process: Process,
    place: String,
    port: u16,
}

/// What a command said, on both of its outputs.
struct Said {
    well: bool,
    text: String,
}

/// Types all of them.
pub fn through_the_documents(helm: &Helm, node: &Node) {
    let seat = Seat::take(helm, node);
    seat.must(NOTHING);
    let begun = Instant::now();
    let mut known: BTreeSet<String> = BTreeSet::new();
    for document in DOCUMENTS {
        let all = commands(document);
        let mut serving: Vec<Serving> = Vec::new();
        for command in all.iter().filter(|command| !known.contains(&command.text)) {
            let begun = Instant::now();
            serving.extend(seat.types(command));
            println!(
                "  {:5.1} s  {}",
                begun.elapsed().as_secs_f64(),
                command.text.lines().next().expect("a line")
            );
        }
        // What serves gets ready while the rest is typed.
        serving.into_iter().for_each(Serving::ends_well);
        known.extend(all.into_iter().map(|command| command.text));
    }
    println!("README and quick start were typed in {:.0} s", begun.elapsed().as_secs_f64());
}

impl<'a> Seat<'a> {
    fn take(helm: &Helm, node: &'a Node) -> Self {
        let (folder, bin) = (node.folder.join("newcomer"), node.folder.join("newcomer-bin"));
        for folder in [&folder, &bin] {
            std::fs::create_dir_all(folder).expect("a folder can be made");
        }
        for entry in std::fs::read_dir(repository()).expect("the checkout can be read") {
            let entry = entry.expect("the checkout can be read");
            symlink(entry.path(), folder.join(entry.file_name())).expect("a link can be made");
        }
        let kubectl = find("FLYBALL_KUBECTL").expect("the node has one");
        for (program, name) in
            [(&node.tools.flyball, "flyball"), (&kubectl, "kubectl"), (&helm.program, "helm")]
        {
            let program = std::path::absolute(program).expect("the program's path");
            symlink(program, bin.join(name)).expect("a link can be made");
        }
        std::fs::write(folder.join("my-policy.yaml"), block("README.md", "yaml"))
            .expect("a file can be written");
        let port = free_port();
        let mut way = process::Command::new(&kubectl);
        way.args(["port-forward", "--namespace", "monitoring", "svc/prometheus", &format!("{port}:9090")]);
        way.env("KUBECONFIG", node.kubeconfig());
        let way = Process::start("port-forward", &node.folder.join("port-forward-prometheus.log"), &mut way);
        until("Prometheus is reached", 60, || http::get(port, "/-/ready")?.ok());
        Self { node, folder, bin, port, _way: way }
    }

    /// Types one; gives back what goes on serving.
    fn types(&self, command: &Command) -> Option<Serving> {
        let Command { document, line, text, shown } = command;
        let place = format!("{document}:{line}: {text}");
        if let Some((_, first)) = BEFORE.iter().find(|(known, _)| known == text) {
            self.must(first);
        }
        let typed = self.chosen(text);
        match verdict(text).unwrap_or_else(|none| panic!("{place}: {none}")) {
            Verdict::Elsewhere(..) => {}
            Verdict::Says(parts) => {
                let said = self.run(&typed);
                assert!(said.well, "{place}:\n{}", said.text);
                for part in parts {
                    assert!(said.text.contains(part), "{place}: {part} is not in\n{}", said.text);
                }
            }
            Verdict::Shows => {
                let sample: Vec<String> = shown.iter().map(|line| self.chosen(line)).collect();
                until(&place, 120, || match self.run(&typed) {
                    Said { well: true, text } => form::has(&text, &sample),
                    Said { text, .. } => Err(text),
                });
            }
            Verdict::Asks(part) => {
                let asked = format!("script --quiet --return --command {} /dev/null", quoted(&typed));
                let said = self.answer(&asked, "y\n");
                assert!(said.well && said.text.contains(part), "{place}:\n{}", said.text);
                assert!(said.text.contains("[y/N]"), "{place} asked nobody:\n{}", said.text);
            }
            Verdict::Serves => return Some(self.serves(&typed, place)),
        }
        None
    }

    /// The words that a reader chooses, as they are here.
    fn chosen(&self, text: &str) -> String {
        let (prometheus, link) =
            (format!("http://localhost:{}", self.port), format!("{}/kubectl-flyball", self.bin.display()));
        let words = [
            (
                "image.registry=YOUR.REGISTRY",
                "image.registry=flyball.test,image.repository=flyball,image.tag=here,image.pullPolicy=Never",
            ),
            ("prometheus-server", "prometheus"),
            ("http://localhost:9090", prometheus.as_str()),
            ("/usr/local/bin/kubectl-flyball", link.as_str()),
            ("cargo run --release --", "flyball"),
            ("verify-history FILE", "verify-history $(ls history-*.jsonl | head -n 1)"),
        ];
        words.iter().fold(text.to_string(), |text, (word, here)| text.replace(word, here))
    }

    fn serves(&self, typed: &str, place: String) -> Serving {
        let port = free_port();
        let typed = format!("exec {typed} --listen 127.0.0.1:{port} --history history-{port}.jsonl");
        let mut command = self.shell(&typed, "900");
        let log = self.folder.join(format!("served-{port}.log"));
        Serving { process: Process::start(&place, &log, &mut command), place, port }
    }

    fn must(&self, text: &str) {
        let said = self.run(text);
        assert!(said.well, "{text}:\n{}", said.text);
    }

    fn run(&self, text: &str) -> Said {
        self.answer(text, "")
    }

    fn answer(&self, text: &str, answer: &str) -> Said {
        let mut command = self.shell(text, "150");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("bash is there");
        let mut keyboard = child.stdin.take().expect("it was asked for");
        keyboard.write_all(answer.as_bytes()).expect("the shell listens");
        drop(keyboard);
        let output = child.wait_with_output().expect("our own child can be waited for");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Said {
            well: output.status.success(),
            text: format!("{}{}", text(&output.stdout), text(&output.stderr)),
        }
    }

    /// A shell that types it, for so many seconds at most: ten times what it takes.
    fn shell(&self, text: &str, seconds: &str) -> process::Command {
        let mut command = process::Command::new("timeout");
        command.args(["--foreground", seconds, "bash", "-euo", "pipefail", "-c", text]);
        let path = std::env::var("PATH").unwrap_or_default();
        command.current_dir(&self.folder).env("PATH", format!("{}:{path}", self.bin.display()));
        command.env("KUBECONFIG", self.node.kubeconfig()).env("TERM", "xterm");
        for cache in ["XDG_CACHE_HOME", "KUBECACHEDIR", "HELM_CACHE_HOME"] {
            command.env(cache, self.folder.join("cache"));
        }
        command
    }
}

impl Serving {
    /// It gets ready, and ends well when it is asked to.
    fn ends_well(mut self) {
        let Self { process, place, port } = &mut self;
        until(&format!("{place} is ready"), 150, || {
            if let Some(status) = process.ended() {
                panic!("{place} ended ({status}):\n{}", process.last_words());
            }
            http::get(*port, "/readyz")?.ok()
        });
        process.signal("TERM");
        let status = until(&format!("{place} ends"), 60, || process.ended().ok_or("it runs".to_string()));
        assert!(status.success(), "{place}: {status}\n{}", process.last_words());
    }
}

/// As one word of the shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

//! One verdict for each command of README and quick start: how it is typed in the test, or why it cannot be
//! here and what is looked at instead.

use super::read::{DOCUMENTS, commands};
use std::collections::BTreeSet;
use std::path::Path;

/// What becomes of a command.
#[derive(Debug, Clone, Copy)]
pub enum Verdict {
    /// It is typed, succeeds, and says all of this.
    Says(&'static [&'static str]),
    /// It is typed again and again until it says what the document shows.
    Shows,
    /// It is typed at a terminal, where its question is answered with yes; then it says this.
    Asks(&'static str),
    /// It serves until it is stopped: it gets ready, and ends well.
    Serves,
    /// It cannot be typed here: why not, and where (file, text) the same is done.
    Elsewhere(&'static str, &'static [(&'static str, &'static str)]),
}

use Verdict::{Asks, Elsewhere, Says, Serves, Shows};

/// Every command, with its verdict.
pub const TABLE: &[(&str, Verdict)] = &[
    // The quick start.
    (
        "cargo install --path . --locked",
        Elsewhere(
            "it compiles what the suite has compiled already",
            &[("charts/image/build", "cargo rustc --locked --offline --release --bin flyball")],
        ),
    ),
    ("ln -s \"$(command -v flyball)\" /usr/local/bin/kubectl-flyball", Says(&[])),
    (
        "helm install flyball charts/flyball --namespace flyball --create-namespace --set image.registry=YOUR.REGISTRY --set metricSource.spec.url=http://prometheus-server.monitoring.svc:9090",
        Says(&["STATUS: deployed", "kubectl get hpol,svh,dec -A"]),
    ),
    ("kubectl -n flyball rollout status deploy/flyball", Says(&["successfully rolled out"])),
    ("kubectl get msrc", Shows),
    ("kubectl describe msrc default", Says(&["it can be used"])),
    (
        "cat > goroutines.yaml <<'END'\napiVersion: flyball.dev/v1alpha1\nkind: HealthPolicy\nmetadata: {name: goroutines, namespace: shop}\nspec:\n  signals: [{name: goroutines, query: \"sum by (namespace, service) (go_goroutines)\"}]\nEND",
        Says(&[]),
    ),
    ("kubectl flyball lint -f goroutines.yaml", Says(&["1 sound, 0 problems"])),
    ("kubectl apply -f goroutines.yaml", Says(&["healthpolicy.flyball.dev/goroutines"])),
    ("kubectl get svh -n shop", Shows),
    ("kubectl flyball explain inventory -n shop", Shows),
    (
        "kubectl flyball init --prometheus-service monitoring/prometheus-server:9090",
        Says(&["kind: MetricSource", "url: http://prometheus", "kind: ClusterHealthPolicy"]),
    ),
    ("kubectl describe hpol goroutines -n shop", Says(&["it is understood", "SignalsHealthy"])),
    (
        "cat >> goroutines.yaml <<'END'\n  tiers:\n  - name: fewer\n    level: Degrade\n    when: {any: [{signal: goroutines, anomalous: {}}]}\nEND",
        Says(&[]),
    ),
    (
        "kubectl flyball simulate -f goroutines.yaml --prometheus-service monitoring/prometheus-server:9090 --since 168h",
        Says(&["Replay of Prometheus", "shop/goroutines", "fewer"]),
    ),
    ("kubectl get dec -n shop", Says(&["No resources found"])),
    ("kubectl get fprov", Says(&["No resources found"])),
    ("kubectl get gov default -o yaml", Says(&["perCluster: 20", "perService: 1"])),
    (
        "kubectl flyball approve DECISION",
        Elsewhere(
            "it takes an incident: the plugin's scenario approves one",
            &[("tests/kubernetes/scenario/plugin.rs", "\"approve\", name")],
        ),
    ),
    ("kubectl flyball pause --all", Says(&["acting and restoring are paused"])),
    ("kubectl flyball release --all", Asks("every held flag is being given back")),
    ("kubectl flyball resume --all", Says(&["pauses this no more"])),
    ("helm uninstall flyball -n flyball", Says(&["uninstalled"])),
    // README.md.
    ("cargo run --release -- demo", Says(&["byte for byte", "strong-check"])),
    (
        "tests/run",
        Elsewhere("it is what runs this", &[("tests/run", "step_chart"), ("tests/run", "--test chart")]),
    ),
    (
        "tests/run SUITE...",
        Elsewhere("it is what runs this", &[("tests/run", "all_suites=(lint shop ofrep unit arch demo")]),
    ),
    (
        "tests/recording/make",
        Elsewhere(
            "it loads the shop for 72 minutes; its result is played by `demo`",
            &[("tests/demo.rs", "recording.jsonl.gz")],
        ),
    ),
    ("kubectl apply -f my-policy.yaml", Says(&["healthpolicy.flyball.dev/goroutines"])),
    ("kubectl get hpol,svh,dec -A", Says(&["goroutines"])),
    (
        "helm uninstall",
        Elsewhere("the quick start has it whole", &[("docs/quickstart.md", "`helm uninstall flyball")]),
    ),
    ("flyball --help", Says(&["replay", "lint", "demo"])),
    ("flyball lint -f policies/library/", Says(&["0 problems"])),
    (
        "flyball run --standalone --policies policies/library/ --prometheus http://localhost:9090 --flags flags.json --state state/",
        Serves,
    ),
    (
        "flyball replay --policy policies/library/go.yaml --prometheus http://localhost:9090 --since 336h --mode Enforce --labels incidents.csv --report replay.html",
        Says(&["Replay of Prometheus", "No budget was hit"]),
    ),
    (
        "flyball replay --policy policies/demo --recording policies/demo/recording.jsonl.gz",
        Says(&["strong-check", "Restored"]),
    ),
    (
        "kubectl apply -f crds/ && kubectl create namespace flyball",
        Says(&["healthpolicies.flyball.dev", "namespace/flyball created"]),
    ),
    ("flyball run", Serves),
    (
        "flyball check",
        Elsewhere(
            "sources are reached from pods only: it is the release's own test",
            &[("tests/installed/release.rs", "\"test\", \"flyball\"")],
        ),
    ),
    (
        "flyball release --all",
        Elsewhere(
            "the Job of an uninstall runs it",
            &[("charts/flyball/templates/hooks.yaml", "\"release\" \"--all\"")],
        ),
    ),
    ("flyball verify-history FILE", Says(&["none missing or changed"])),
    (
        "tests/cluster up",
        Elsewhere(
            "the cluster suite starts its own by it",
            &[("tests/kubernetes/control_plane.rs", "\"up\", &PARTS")],
        ),
    ),
    (
        "tests/cluster incident on",
        Elsewhere(
            "the suites make their shops ill by the same call",
            &[("tests/cluster", "latency=150ms"), ("tests/live/shop.rs", "const SLOW: &str = \"150ms\"")],
        ),
    ),
    (
        "tests/cluster down",
        Elsewhere(
            "the cluster suite ends its own by it",
            &[("tests/kubernetes/control_plane.rs", "\"down\"")],
        ),
    ),
    (
        "kubectl flyball",
        Elsewhere("it names the plugin; its commands follow", &[("README.md", "**`kubectl flyball`**")]),
    ),
    // README.zh-CN.md, what it has besides.
    ("kubectl describe dec -n shop", Says(&[])),
];

/// The verdict of a command.
///
/// # Errors
/// There is none.
pub fn verdict(text: &str) -> Result<Verdict, String> {
    let found = TABLE.iter().find(|(known, _)| *known == text);
    found
        .map(|(_, verdict)| *verdict)
        .ok_or(format!("{text}: tests/docs/commands/table.rs has no verdict on it"))
}

/// Every command has a verdict, every verdict a command, and what is done elsewhere is done there.
pub fn is_whole() {
    let all: Vec<_> = DOCUMENTS.into_iter().flat_map(commands).collect();
    for command in &all {
        let found = verdict(&command.text);
        let verdict = found.unwrap_or_else(|none| panic!("{}:{}: {none}", command.document, command.line));
        assert!(
            command.shown.is_empty() || matches!(verdict, Shows),
            "{}:{}: what is shown of {} is held by nothing: its verdict must be Shows",
            command.document,
            command.line,
            command.text
        );
    }
    let typed: BTreeSet<&str> = all.iter().map(|command| command.text.as_str()).collect();
    for (text, verdict) in TABLE {
        assert!(typed.contains(text), "no document has {text} any more");
        let Elsewhere(_, places) = verdict else { continue };
        for (file, part) in *places {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
            let there = std::fs::read_to_string(path).expect("the file is there");
            assert!(there.contains(part), "{text}: {file} does not have {part}");
        }
    }
}

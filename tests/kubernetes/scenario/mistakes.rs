//! Mistakes in manifests, and what the API server's refusal of each must contain.
//!
//! Owns the tables alone. In a policy's spec SIGNALS stands for one sound signal, TIER for the head of a
//! sound tier with one action, WHEN for a sound condition.

/// A spec, and parts of the refusal: the field, the value or the object's name, and the fix.
pub type Mistake = (&'static str, &'static [&'static str]);

/// In policies of both kinds.
pub const POLICIES: &[Mistake] = &[
    ("interval: 500ms, SIGNALS", &["spec.interval", "500ms", "write such as 30s"]),
    ("interval: 2h, SIGNALS", &["spec.interval", "2h", "write such as 30s"]),
    ("interval: 7d, SIGNALS", &["spec.interval", "7d", "write 168h"]),
    ("interval: 2w, SIGNALS", &["spec.interval", "2w", "write 336h"]),
    ("interval: 90, SIGNALS", &["spec.interval", "\"integer\"", "of type string"]),
    ("interval: 1.5h, SIGNALS", &["spec.interval", "1.5h", "(h|m|s|ms)"]),
    ("mode: Enforced, SIGNALS", &["spec.mode", "Enforced", "\"Observe\", \"Approve\", \"Enforce\""]),
    ("mode: on, SIGNALS", &["spec.mode", "\"boolean\"", "of type string"]),
    ("intervall: 30s, SIGNALS", &["unknown field", "spec.intervall"]),
    ("services: {include: inventory}, SIGNALS", &["spec.services.include", "\"string\"", "of type array"]),
    ("services: {forgetAfter: 3d}, SIGNALS", &["spec.services.forgetAfter", "3d", "write 72h"]),
    ("sourceRef: default, SIGNALS", &["spec.sourceRef", "\"string\"", "of type object"]),
    ("sourceRef: {name: My_Source}, SIGNALS", &["spec.sourceRef.name", "My_Source", "a-z0-9"]),
    ("signals: []", &["spec.signals", "should have at least 1 items"]),
    ("signals: [{name: a}]", &["spec.signals[0].query", "Required value"]),
    ("signals: [{query: x}]", &["spec.signals[0].name", "Required value"]),
    ("signals: [{name: a, query: \"\"}]", &["spec.signals[0].query", "at least 1 chars"]),
    ("signals: [{name: a, query: x}, {name: a, query: z}]", &["spec.signals[1]", "Duplicate value", "a"]),
    ("signals: [{name: Bad_Name, query: x}]", &["spec.signals[0].name", "Bad_Name"]),
    ("signals: [{name: a, query: x, onMissing: Zero}]", &["spec.signals[0]", "signal a", "add activity"]),
    ("signals: [{name: a, query: x, onMissing: Ignore}]", &["onMissing", "Ignore", "\"Unknown\", \"Zero\""]),
    ("signals: [{name: a, query: x, worse: Up}]", &["worse", "Up", "\"Higher\", \"Lower\", \"Either\""]),
    ("signals: [{name: a, query: x, facing: Users}]", &["facing", "Users", "\"Internal\", \"User\""]),
    ("signals: [{name: a, query: x, limit: \"100\"}]", &["spec.signals[0].limit", "\"string\"", "number"]),
    ("signals: [{name: a, query: x, maxAge: 1d}]", &["spec.signals[0].maxAge", "1d", "write 24h"]),
    (
        "signals: [{name: a, query: x, weight: -1}]",
        &["spec.signals[0].weight", "-1", "greater than or equal to"],
    ),
    (
        "signals: [{name: a, query: x, activity: {query: y}}]",
        &["spec.signals[0].activity.min", "Required value"],
    ),
    (
        "signals: [{name: a, query: x, baseline: {season: Month}}]",
        &["baseline.season", "Month", "\"None\", \"Day\", \"Week\""],
    ),
    (
        "signals: [{name: a, query: x, baseline: {confidencePercent: 100}}]",
        &["baseline.confidencePercent", "100", "less than or equal to 99"],
    ),
    ("signals: [{name: a, query: x, baseline: {warmup: 1d}}]", &["baseline.warmup", "1d", "write 24h"]),
    (
        "signals: [{name: a, query: x, identity: {fromLabel: cluster_name}}]",
        &["spec.signals[0].identity", "fromLabel without pattern"],
    ),
    (
        "signals: [{name: a, query: x, identity: {fromLabel: l, pattern: p, serviceLabel: s}}]",
        &["spec.signals[0].identity", "fromLabel l", "pattern gives both"],
    ),
    (
        "signals: [{name: a, query: x, identity: {namespaceLabel: ns, namespace: shop}}]",
        &["spec.signals[0].identity", "both namespaceLabel and namespace", "remove one"],
    ),
    (
        "signals: [{name: a, query: x, identity: {serviceLabel: pod-name}}]",
        &["identity.serviceLabel", "pod-name", "a-zA-Z_"],
    ),
    ("score: {passing: 60}, SIGNALS", &["spec.score", "raise passing"]),
    ("score: {warning: 90}, SIGNALS", &["spec.score", "lower warning"]),
    ("score: {passing: 120}, SIGNALS", &["spec.score.passing", "120", "less than or equal to 100"]),
    (
        "SIGNALS, overrides: [{services: [s], signals: [{name: b, limit: 1}]}]",
        &["spec.overrides", "spec.signals does not have", "declare it"],
    ),
    (
        "SIGNALS, windows: [{name: w, start: \"2026-01-02T00:00:00Z\", effects: [NoAct]}]",
        &["spec.windows[0]", "window w", "start with end"],
    ),
    (
        "SIGNALS, windows: [{name: w, start: \"2026-01-02T00:00:00Z\", end: \"2026-01-01T00:00:00Z\", effects: [NoAct]}]",
        &["spec.windows[0]", "window w", "put end after start"],
    ),
    (
        "SIGNALS, windows: [{name: w, schedule: \"0 1 * * *\", duration: 8h, effects: [NoActing]}]",
        &["spec.windows[0].effects[0]", "NoActing", "\"NoLearn\", \"NoAct\""],
    ),
    (
        "SIGNALS, windows: [{name: w, schedule: \"0 1 * * *\", duration: 1d, effects: [NoAct]}]",
        &["spec.windows[0].duration", "1d", "write 24h"],
    ),
    (
        "SIGNALS, notifications: [{notifierRef: {name: n}, events: [Acting]}]",
        &["events[0]", "Acting", "\"Acted\""],
    ),
    (
        "SIGNALS, tiers: [{TIER, when: {any: [{signal: b, anomalous: {}}]}}]",
        &["spec.tiers", "tier t", "declare it"],
    ),
    (
        "SIGNALS, tiers: [{TIER, when: {any: [{any: [{signal: b, anomalous: {}}]}]}}]",
        &["spec.tiers", "tier t", "declare it"],
    ),
    (
        "SIGNALS, tiers: [{TIER, when: {any: [{signal: a, beyondLimit: {for: 1m}}]}}]",
        &["spec.tiers", "tier t", "give the signal a limit"],
    ),
    (
        "SIGNALS, tiers: [{TIER, when: {}}]",
        &["spec.tiers[0].when", "neither all nor any", "write such as any:"],
    ),
    (
        "SIGNALS, tiers: [{TIER, when: {all: [{score: {below: 60}}], any: [{score: {below: 60}}]}}]",
        &["spec.tiers[0].when", "both all and any", "nest one group"],
    ),
    (
        "SIGNALS, tiers: [{TIER, when: {any: [{signal: a}]}}]",
        &["spec.tiers[0].when.any[0]", "signal a", "write one test per check"],
    ),
    (
        "SIGNALS, tiers: [{TIER, when: {any: [{signal: a, above: {value: 1}, anomalous: {}}]}}]",
        &["spec.tiers[0].when.any[0]", "signal a", "write one test per check"],
    ),
    (
        "SIGNALS, tiers: [{TIER, when: {any: [{above: {value: 1}}]}}]",
        &["spec.tiers[0].when.any[0]", "need a signal", "add signal"],
    ),
    (
        "SIGNALS, tiers: [{TIER, when: {any: [{signal: a, score: {below: 60}}]}}]",
        &["spec.tiers[0].when.any[0]", "signal a", "remove signal"],
    ),
    (
        "SIGNALS, tiers: [{TIER, when: {any: [{score: {below: 160}}]}}]",
        &["when.any[0].score.below", "160", "less than or equal to 100"],
    ),
    (
        "SIGNALS, tiers: [{TIER, when: {any: [{signal: a, above: {value: 1, times: 3}}]}}]",
        &["when.any[0].above", "times and within come together", "add within"],
    ),
    (
        "SIGNALS, tiers: [{TIER, when: {any: [{signal: a, above: {value: 1, for: 1m, times: 3, within: 5m}}]}}]",
        &["when.any[0].above", "for 1m", "keep one"],
    ),
    (
        "SIGNALS, tiers: [{TIER, when: {any: [{signal: a, above: {value: 1, times: 9, within: 1m}}]}}]",
        &["spec.tiers", "tier t", "ask for fewer"],
    ),
    (
        "SIGNALS, tiers: [{TIER, when: {any: [{signal: a, anomalous: {periods: 0}}]}}]",
        &["anomalous.periods", "0", "greater than or equal to 1"],
    ),
    (
        "SIGNALS, tiers: [{TIER, WHEN, maxDuration: 48h}]",
        &["spec.tiers[0].maxDuration", "48h", "at most 24h", "write such as 1h"],
    ),
    ("SIGNALS, tiers: [{TIER, WHEN, maxDuration: 1d}]", &["spec.tiers[0].maxDuration", "1d", "write 24h"]),
    (
        "SIGNALS, tiers: [{TIER, WHEN, recover: {marginPercent: 150}}]",
        &["recover.marginPercent", "150", "less than or equal to 100"],
    ),
    ("SIGNALS, tiers: [{TIER, WHEN, onDeadline: Leave}]", &["onDeadline", "Leave", "\"Restore\", \"Keep\""]),
    ("SIGNALS, tiers: [{TIER, WHEN, requires: Users}]", &["requires", "Users", "\"UserFacing\", \"Any\""]),
    ("SIGNALS, tiers: [{TIER, WHEN, latchAfter: 0}]", &["latchAfter", "0", "greater than or equal to 1"]),
    (
        "SIGNALS, tiers: [{TIER, WHEN, approval: {onTimeout: Deny}}]",
        &["approval.onTimeout", "Deny", "\"Skip\", \"Act\""],
    ),
    ("SIGNALS, tiers: [{TIER, WHEN}, {TIER, WHEN}]", &["spec.tiers[1]", "Duplicate value", "t"]),
    (
        "SIGNALS, tiers: [{name: t, level: Cut, WHEN}]",
        &["spec.tiers[0].level", "Cut", "\"Fuse\", \"Degrade\", \"Optimize\""],
    ),
    ("SIGNALS, tiers: [{name: t, WHEN}]", &["spec.tiers[0].level", "Required value"]),
    ("SIGNALS, tiers: [{name: t, level: Fuse}]", &["spec.tiers[0].when", "Required value"]),
    (
        "SIGNALS, tiers: [{name: t, level: Fuse, WHEN, actions: [{name: cut}]}]",
        &["spec.tiers[0].actions[0]", "action cut", "exactly one of flag and issue"],
    ),
    (
        "SIGNALS, tiers: [{name: t, level: Fuse, WHEN, actions: [{name: cut, flag: {providerRef: {name: f}, key: k, fallback: off}}]}]",
        &["spec.tiers[0].actions[0].flag.fallback", "\"boolean\"", "of type string"],
    ),
    (
        "SIGNALS, tiers: [{name: t, level: Fuse, WHEN, actions: [{name: cut, flag: {key: k, fallback: \"off\"}}]}]",
        &["spec.tiers[0].actions[0].flag.providerRef", "Required value"],
    ),
    (
        "SIGNALS, tiers: [{TIER, WHEN, verify: {signal: b}}]",
        &["spec.tiers", "verify.signal of tier t", "declare it there"],
    ),
    (
        "SIGNALS, tiers: [{TIER, WHEN, verify: {onIneffective: Restore}}]",
        &["verify.onIneffective", "Restore", "\"Tell\", \"Undo\""],
    ),
];

/// A kind, a name, a mistake.
pub type Other = (&'static str, &'static str, &'static str, &'static [&'static str]);

/// In other kinds.
pub const OTHERS: &[Other] = &[
    ("Governor", "mine", "{}", &["mine", "name it default"]),
    (
        "Governor",
        "default",
        "{budgets: {perWindow: {count: 3, window: 5s}}}",
        &["perWindow.window", "5s", "write such as 1h"],
    ),
    (
        "Governor",
        "default",
        "{budgets: {perWindow: {count: 300, window: 1h}}}",
        &["perWindow.count", "300", "less than or equal to 256"],
    ),
    ("Governor", "default", "{budgets: {perService: -1}}", &["budgets.perService", "-1", "greater than"]),
    (
        "Governor",
        "default",
        "{breaker: {maxBreachingPercent: 0}}",
        &["breaker.maxBreachingPercent", "0", "greater than or equal to 1"],
    ),
    ("Governor", "default", "{startupObservation: 1d}", &["spec.startupObservation", "1d", "write 24h"]),
    ("Governor", "default", "{paused: true}", &["spec.paused", "\"boolean\"", "of type object"]),
    ("Governor", "default", "{releaseAll: \"yes\"}", &["spec.releaseAll", "\"string\"", "of type boolean"]),
    ("ClusterHealthPolicy", "no-namespaces", "{signals: [{name: a, query: x}]}", &["spec.namespaceSelector"]),
    (
        "FlagProvider",
        "both",
        "{file: {path: /f}, openFeature: {object: {name: f}}}",
        &["spec", "exactly one of", "file openFeature"],
    ),
    ("FlagProvider", "none", "{}", &["spec", "exactly one of file, configMap, openFeature"]),
    ("FlagProvider", "unnamed", "{openFeature: {object: {}}}", &["openFeature.object.name", "Required"]),
    (
        "FlagProvider",
        "open",
        "{openFeature: {object: {name: f}}, allow: [{keys: [a]}]}",
        &["spec.allow[0].namespaceSelector", "Required value"],
    ),
    (
        "FlagProvider",
        "nowhere",
        "{unleash: {endpoint: {url: \"unleash:4242\"}}}",
        &["spec.unleash.endpoint.url", "unleash:4242", "https?://"],
    ),
    ("MetricSource", "bare", "{url: prometheus}", &["spec.url", "prometheus"]),
    ("MetricSource", "silent", "{}", &["spec.url", "Required value"]),
    (
        "MetricSource",
        "shy",
        "{url: \"http://p:9090\", auth: {}}",
        &["spec.auth", "exactly one of bearer and basic", "add one"],
    ),
    (
        "MetricSource",
        "trusting",
        "{url: \"https://p\", ca: {secretRef: {name: a}, configMapRef: {name: b}}}",
        &["spec.ca", "exactly one of secretRef and configMapRef", "has both"],
    ),
    (
        "MetricSource",
        "near",
        "{url: \"http://p:9090\", allowAddresses: [Metadata]}",
        &["allowAddresses[0]", "Metadata", "\"Loopback\", \"LinkLocal\", \"ApiServer\""],
    ),
    (
        "MetricSource",
        "slow",
        "{url: \"http://p:9090\", limits: {timeout: 1d}}",
        &["spec.limits.timeout", "1d", "write 24h"],
    ),
    ("IssueTracker", "none", "{}", &["an IssueTracker has exactly one of github"]),
    (
        "IssueTracker",
        "spaced",
        "{jira: {endpoint: {url: \"https://x.atlassian.net\"}}, labels: [\"from flyball\"]}",
        &["labels in Jira have no spaces", "from flyball", "write hyphens"],
    ),
    ("Notifier", "none", "{}", &["a Notifier has exactly one of slack"]),
];

//! The floors: who may name whom, as section 5 of the design has it.
//!
//! Owns the table and the list of pure crates. A module that is not in the table is a finding, so
//! that a new folder is placed on a floor before it is written.

/// One floor: its modules and what all of them may name.
pub struct Floor {
    pub name: &'static str,
    pub modules: &'static [&'static str],
    /// Floors whose modules it may name; siblings never name each other.
    pub may: &'static [&'static str],
}

pub const FLOORS: &[Floor] = &[
    Floor { name: "0", modules: &["domain::model"], may: &[] },
    Floor { name: "1", modules: &["domain::policy", "domain::baseline", "domain::diagnose"], may: &["0"] },
    Floor { name: "2", modules: &["domain::score"], may: &["0", "1"] },
    Floor { name: "3", modules: &["domain::decide"], may: &["0", "1", "2"] },
    Floor { name: "4", modules: &["domain::govern"], may: &["0", "1", "2", "3"] },
    Floor {
        name: "5a",
        modules: &["edge::http", "edge::crd", "edge::kube", "edge::file", "edge::yaml"],
        may: &["0"],
    },
    Floor {
        name: "5b",
        modules: &[
            "edge::prometheus",
            "edge::recording",
            "edge::cluster",
            "edge::flags",
            "edge::issues",
            "edge::notify",
            "edge::store",
            "edge::dumps",
        ],
        may: &["0", "5a"],
    },
    Floor {
        name: "6",
        modules: &["app::observe", "app::clock", "app::telemetry"],
        may: &["0", "1", "2", "3", "4", "5a", "5b"],
    },
    Floor {
        name: "7",
        modules: &["app::cycle", "app::apply"],
        may: &["0", "1", "2", "3", "4", "5a", "5b", "6"],
    },
    Floor { name: "8a", modules: &["app::drive"], may: &["0", "1", "2", "3", "4", "5a", "5b", "6", "7"] },
    Floor {
        name: "8b",
        modules: &[
            "app::controller",
            "app::errand",
            "app::standalone",
            "app::replay",
            "app::gate",
            "app::record",
            "app::lint",
            "app::baseline",
            "app::plugin",
        ],
        may: &["0", "1", "2", "3", "4", "5a", "5b", "6", "7", "8a"],
    },
    Floor {
        name: "9",
        modules: &["app::cli", "main"],
        may: &["0", "1", "2", "3", "4", "5a", "5b", "6", "7", "8a", "8b", "9"],
    },
];

/// What single modules may name beyond their floor.
pub const ALSO: &[(&str, &[&str])] =
    &[("edge::crd", &["domain::policy", "edge::yaml"]), ("edge::store", &["domain::baseline"])];

/// What single modules never name although their floor may.
pub const NEVER: &[(&str, &[&str])] = &[
    ("app::cycle", &["edge::cluster", "edge::flags", "edge::issues", "edge::notify"]),
    ("app::replay", DRY),
    ("app::gate", DRY),
];

/// What a dry run must not be able to reach.
const DRY: &[&str] =
    &["app::drive", "app::apply", "edge::cluster", "edge::flags", "edge::issues", "edge::notify"];

/// The layers, the folders directly under `src`.
pub const LAYERS: [&str; 3] = ["domain", "edge", "app"];

/// The crates that floors 0 to 4 may use, besides the pure part of `std`: each gives the same
/// answer to the same arguments.
pub const PURE_CRATES: &[&str] =
    &["chrono", "chrono_tz", "serde", "serde_json", "sha2", "thiserror", "regex", "promql_parser"];

/// Parts of other crates, `std` among them, that are not pure: the outside world, threads, tasks
/// and the clock. `std::time::Duration` is a value and stays.
pub const IMPURE: &[&str] = &[
    "std::fs",
    "std::net",
    "std::process",
    "std::io",
    "std::env",
    "std::thread",
    "std::os",
    "std::future",
    "std::task",
    "std::sync::mpsc",
    "std::sync::Mutex",
    "std::sync::RwLock",
    "std::sync::Condvar",
    "std::sync::Barrier",
    "std::sync::atomic",
    "std::time::SystemTime",
    "std::time::Instant",
    "core::sync::atomic",
    "core::future",
    "core::task",
    "chrono::Local",
    "chrono::offset::Local",
];

/// Types whose `now` reads a clock.
pub const CLOCKS: [&str; 4] = ["SystemTime", "Instant", "Utc", "Local"];

/// The floor of a module of the table.
pub fn floor_of(module: &str) -> Option<&'static Floor> {
    FLOORS.iter().find(|floor| floor.modules.contains(&module))
}

/// Whether `from` may name `to`, both modules of the table and not the same.
pub fn may_name(from: &str, to: &str) -> bool {
    let (Some(here), Some(there)) = (floor_of(from), floor_of(to)) else { return false };
    let listed = |list: &[(&str, &[&str])]| list.iter().any(|(who, whom)| *who == from && whom.contains(&to));
    (here.may.contains(&there.name) || listed(ALSO)) && !listed(NEVER)
}

/// What `from` may name, for people.
pub fn allowance(from: &str) -> String {
    let Some(floor) = floor_of(from) else { return "nothing".to_string() };
    let mut text = match floor.may {
        [] => "nothing else of ours".to_string(),
        floors => format!("floors {}", floors.join(", ")),
    };
    for (list, word) in [(ALSO, ", also "), (NEVER, ", never ")] {
        if let Some((_, modules)) = list.iter().find(|(who, _)| *who == from) {
            text.push_str(word);
            text.push_str(&modules.join(", "));
        }
    }
    text
}

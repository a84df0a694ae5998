//! The texts that ship, one for each kind of trouble that the library of policies finds.

/// A text and its title.
pub struct BuiltIn {
    pub name: &'static str,
    pub title: &'static str,
    pub body: &'static str,
}

/// All of them.
pub const ALL: &[BuiltIn] = &[
    BuiltIn { name: "default", title: "{{subject}}: {{tier}}", body: include_str!("built_in/default.md") },
    BuiltIn {
        name: "hot-lock",
        title: "{{subject}}: a hot lock limits throughput",
        body: include_str!("built_in/hot-lock.md"),
    },
    BuiltIn {
        name: "pool-saturation",
        title: "{{subject}}: a pool is saturated",
        body: include_str!("built_in/pool-saturation.md"),
    },
    BuiltIn {
        name: "goroutine-leak",
        title: "{{subject}}: goroutines pile up",
        body: include_str!("built_in/goroutine-leak.md"),
    },
    BuiltIn {
        name: "missing-timeout",
        title: "{{subject}}: calls wait without a timeout",
        body: include_str!("built_in/missing-timeout.md"),
    },
    BuiltIn {
        name: "gc-pressure",
        title: "{{subject}}: garbage collection takes the time",
        body: include_str!("built_in/gc-pressure.md"),
    },
];

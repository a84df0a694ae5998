//! What the rules found: where, what, and which rule says no.

use std::fmt;

/// The rules, each with the sentence that explains it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// An arrow that the table of floors does not have.
    Floor,
    /// A module that the table does not know.
    Table,
    Parent,
    Circle,
    ReExport,
    Glob,
    Hidden,
    Async,
    Impure,
    PureCrates,
    Logging,
    Clock,
    Yaml,
    Panic,
    Length,
    Head,
    Main,
}

impl Rule {
    /// What the rule asks for.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Floor => "a module names only what its floor may",
            Self::Table => "every module stands on a floor of tests/architecture/table.rs",
            Self::Parent => {
                "a child never imports from its parent's mod.rs; what they share goes a floor down"
            }
            Self::Circle => "files of one folder do not name each other in a circle",
            Self::ReExport => "no re-exports from outside the own folder, and none in lib.rs",
            Self::Glob => "a glob over a whole layer hides the arrows in it",
            Self::Hidden => "code that is brought in past the module tree is not seen by this test",
            Self::Async => "the domain is not async",
            Self::Impure => "the domain does no I/O, starts no threads and shares no state",
            Self::PureCrates => "floors 0 to 4 use only the pure crates of tests/architecture/table.rs",
            Self::Logging => "the domain returns reasons, it does not log or print",
            Self::Clock => "only app::clock reads the clock; take `now` as an argument",
            Self::Yaml => "only edge/yaml.rs knows the YAML library",
            Self::Panic => "no panic on any input; return an error, or expect() with why it cannot happen",
            Self::Length => "a file has at most 400 lines before its tests; split it by idea",
            Self::Head => "a file opens with //! lines: what it owns and what it must not do",
            Self::Main => "main.rs has at most 30 lines",
        }
    }
}

/// One breach of a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    pub file: String,
    pub line: usize,
    /// The arrow `from -> to`, or what was found.
    pub what: String,
    pub rule: Rule,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {} ({:?}: {})", self.file, self.line, self.what, self.rule, self.rule.sentence())
    }
}

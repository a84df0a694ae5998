//! The source tree as the rules see it: files, their modules, and the crates they may name.
//!
//! Owns reading and the mapping between files and module paths. Knows no rule.

use super::reader::{self, Content};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// One file of the crate.
pub struct File {
    /// As people name it: `src/domain/model/id.rs`.
    pub path: String,
    /// Its module: `["domain", "model", "id"]`; `["main"]` for the binary, empty for `lib.rs`.
    pub module: Vec<String>,
    pub text: String,
    pub content: Content,
    /// The whole file is compiled for tests only.
    pub test_only: bool,
}

/// All files, and which names are crates.
pub struct Tree {
    pub files: Vec<File>,
    /// Module path to index in `files`.
    pub modules: BTreeMap<Vec<String>, usize>,
}

impl Tree {
    /// Reads `src` below `root`, and the crates from its `Cargo.toml`.
    pub fn read(root: &Path) -> Result<Self, String> {
        let mut sources = Vec::new();
        collect(&root.join("src"), "src", &mut sources)?;
        let manifest = fs::read_to_string(root.join("Cargo.toml")).map_err(|error| error.to_string())?;
        Self::parse(sources, &crates(&manifest))
    }

    /// Parses files given as (path, text). `crates` are the names of dependencies.
    pub fn parse(mut sources: Vec<(String, String)>, crates: &BTreeSet<String>) -> Result<Self, String> {
        sources.sort();
        let paths: BTreeSet<_> = sources.iter().map(|(path, _)| module_of(path)).collect();
        let mut files = Vec::new();
        for (path, text) in sources {
            let syntax = syn::parse_file(&text)
                .map_err(|error| format!("{path}:{}: {error}", error.span().start().line))?;
            let module = module_of(&path);
            let content = reader::read(&syntax, &module, &paths, crates);
            files.push(File { path, module, text, content, test_only: false });
        }
        let modules = files.iter().enumerate().map(|(index, file)| (file.module.clone(), index)).collect();
        let mut tree = Self { files, modules };
        tree.mark_test_files();
        Ok(tree)
    }

    /// Files that a parent declares under `#[cfg(test)]`, and everything below them.
    fn mark_test_files(&mut self) {
        let roots: Vec<_> = self.files.iter().flat_map(|file| file.content.test_modules.clone()).collect();
        for file in &mut self.files {
            file.test_only = roots.iter().any(|root| file.module.starts_with(root));
        }
    }

    /// The module whose tests `file` holds; its own unless it is for tests only.
    pub fn tested_by<'a>(&self, file: &'a File) -> &'a [String] {
        let for_tests =
            |module: &[String]| self.modules.get(module).is_some_and(|i| self.files[*i].test_only);
        let mut module = file.module.as_slice();
        while for_tests(module) {
            module = &module[..module.len() - 1];
        }
        module
    }

    /// The file in which `path` (a module or an item) lives, and what is left of the path.
    pub fn locate<'a>(&self, path: &'a [String]) -> Option<(&File, &'a [String])> {
        (1..=path.len()).rev().find_map(|length| {
            let index = self.modules.get(&path[..length])?;
            Some((&self.files[*index], &path[length..]))
        })
    }
}

fn collect(folder: &Path, shown: &str, sources: &mut Vec<(String, String)>) -> Result<(), String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{shown}: {error}"))?;
    for entry in entries {
        let path = entry.map_err(|error| format!("{shown}: {error}"))?.path();
        let shown = format!("{shown}/{}", path.file_name().unwrap_or_default().to_string_lossy());
        if path.is_dir() {
            collect(&path, &shown, sources)?;
        } else if shown.ends_with(".rs") {
            let text = fs::read_to_string(&path).map_err(|error| format!("{shown}: {error}"))?;
            sources.push((shown, text));
        }
    }
    Ok(())
}

/// The module path of a file.
fn module_of(path: &str) -> Vec<String> {
    let inner = path.trim_start_matches("src/").trim_end_matches(".rs");
    if inner == "lib" {
        return Vec::new();
    }
    let mut parts: Vec<_> = inner.split('/').map(str::to_string).collect();
    if parts.last().is_some_and(|last| last == "mod") {
        parts.pop();
    }
    parts
}

/// Names of all dependencies in a manifest, as Rust writes them, and the built-in crates.
fn crates(manifest: &str) -> BTreeSet<String> {
    let mut inside = false;
    let mut names = builtin_crates();
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside = line.contains("dependencies");
        } else if let (true, Some((name, _))) = (inside, line.split_once('=')) {
            names.insert(name.trim().replace('-', "_"));
        }
    }
    names
}

/// Crates that need no dependency.
pub fn builtin_crates() -> BTreeSet<String> {
    ["std", "core", "alloc"].map(str::to_string).into()
}

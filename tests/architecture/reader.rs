//! Reads one file: every path it names, resolved, and everything in it that a rule may forbid.
//!
//! Owns name resolution as far as arrows need it: `use` trees with renames and globs, `crate`,
//! `self` and `super` chains, children, names brought in by `use`, and the tokens of macros and
//! attributes. Where it cannot know, it reports the arrow rather than miss it. Knows no rule.

use super::names::{Kind, Names, Scope};
use super::tokens::{self, Token};
use proc_macro2::Span;
use std::collections::BTreeSet;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, Visibility};

/// A path that a file names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    pub kind: Kind,
    pub line: usize,
    /// Inside `#[cfg(test)]` or `#[test]`.
    pub test: bool,
    pub via: Via,
}

/// How a path is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Via {
    Code,
    Use,
    /// `use path::*`
    Glob,
    /// `pub use`, with any visibility.
    ReExport,
}

/// Something that a rule may forbid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    Async,
    /// A macro call, by the last part of its name.
    Macro(String),
    Unwrap,
    /// `#[path]`, `include!` or `extern crate`: code or names that this test would not see.
    Hidden(&'static str),
}

/// What a file contains.
#[derive(Debug, Default)]
pub struct Content {
    pub named: Vec<Named>,
    /// (what, line, inside tests)
    pub facts: Vec<(Fact, usize, bool)>,
    /// Modules declared for tests only.
    pub test_modules: Vec<Vec<String>>,
    /// Line where the first module of tests begins.
    pub tests_begin: Option<usize>,
}

/// Reads `file`, which is `module`. `modules` are all modules that are files.
pub fn read(
    file: &syn::File,
    module: &[String],
    modules: &BTreeSet<Vec<String>>,
    crates: &BTreeSet<String>,
) -> Content {
    let names = Names::of(file, module, modules, crates);
    let mut reader = Reader { names, inline: Vec::new(), test: 0, content: Content::default() };
    reader.visit_file(file);
    reader.content
}

struct Reader<'a> {
    names: Names<'a>,
    /// The inline modules that we are in.
    inline: Vec<String>,
    /// How many test items we are in.
    test: usize,
    content: Content,
}

impl Reader<'_> {
    fn name(&mut self, path: &[String], span: Span, via: Via) {
        let scope = Scope { inline: &self.inline };
        for kind in self.names.resolve(path, &scope) {
            let named = Named { kind, line: span.start().line, test: self.test > 0, via };
            if !self.content.named.contains(&named) {
                self.content.named.push(named);
            }
        }
    }

    fn fact(&mut self, fact: Fact, span: Span) {
        self.content.facts.push((fact, span.start().line, self.test > 0));
    }

    fn tokens(&mut self, tokens: proc_macro2::TokenStream) {
        for (token, span) in tokens::scan(tokens) {
            match token {
                Token::Path(path) => self.name(&path, span, Via::Code),
                Token::Macro(name) => self.called(&name, span),
                Token::Async => self.fact(Fact::Async, span),
                Token::Unwrap => self.fact(Fact::Unwrap, span),
            }
        }
    }

    fn called(&mut self, name: &str, span: Span) {
        if name == "include" {
            self.fact(Fact::Hidden("include!"), span);
        }
        self.fact(Fact::Macro(name.to_string()), span);
    }

    /// Runs `walk` inside tests if `attributes` say so.
    fn under(&mut self, attributes: &[Attribute], walk: impl FnOnce(&mut Self)) {
        let test = attributes.iter().any(is_test);
        self.test += usize::from(test);
        walk(self);
        self.test -= usize::from(test);
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        self.under(attributes(item), |reader| visit::visit_item(reader, item));
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.under(&item.attrs, |reader| visit::visit_impl_item_fn(reader, item));
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let name = item.ident.to_string();
        if self.test > 0 && self.inline.is_empty() {
            let line = item.attrs.first().map_or(item.span(), |attribute| attribute.span()).start().line;
            self.content.tests_begin.get_or_insert(line);
        }
        if self.test > 0 && item.content.is_none() {
            let test_module = [self.names.module(), &self.inline, std::slice::from_ref(&name)].concat();
            self.content.test_modules.push(test_module);
        }
        self.inline.push(name);
        visit::visit_item_mod(self, item);
        self.inline.pop();
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let public = !matches!(item.vis, Visibility::Inherited);
        for leaf in tokens::leaves(item) {
            let via = match (public, leaf.glob) {
                (true, _) => Via::ReExport,
                (false, true) => Via::Glob,
                (false, false) => Via::Use,
            };
            self.name(&leaf.path, leaf.span, via);
        }
    }

    fn visit_item_extern_crate(&mut self, item: &'ast syn::ItemExternCrate) {
        self.fact(Fact::Hidden("extern crate"), item.span());
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.segments.len() > 1 {
            let mut parts: Vec<_> = path.segments.iter().map(|part| part.ident.to_string()).collect();
            if path.leading_colon.is_some() {
                parts.insert(0, String::new());
            }
            self.name(&parts, path.span(), Via::Code);
        }
        visit::visit_path(self, path);
    }

    /// `<Utc>::now()` names `Utc::now`, too.
    fn visit_expr_path(&mut self, path: &'ast syn::ExprPath) {
        if let Some(syn::Type::Path(inner)) = path.qself.as_ref().map(|qself| &*qself.ty) {
            let parts = inner.path.segments.iter().chain(path.path.segments.last());
            let parts: Vec<_> = parts.map(|part| part.ident.to_string()).collect();
            self.name(&parts, path.span(), Via::Code);
        }
        let last = path.path.segments.last();
        if path.path.segments.len() > 1 && last.is_some_and(|part| part.ident == "unwrap") {
            self.fact(Fact::Unwrap, path.span());
        }
        visit::visit_expr_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        if let Some(last) = call.path.segments.last() {
            self.called(&last.ident.to_string(), call.span());
        }
        self.visit_path(&call.path);
        self.tokens(call.tokens.clone());
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        let path = attribute.path();
        if path.is_ident("doc") {
            return;
        }
        if path.is_ident("path") {
            self.fact(Fact::Hidden("#[path]"), attribute.span());
        }
        self.visit_path(path);
        match &attribute.meta {
            syn::Meta::List(list) => self.tokens(tokens::with_quoted_paths(list.tokens.clone())),
            syn::Meta::NameValue(pair) => self.visit_expr(&pair.value),
            syn::Meta::Path(_) => {}
        }
    }

    fn visit_signature(&mut self, signature: &'ast syn::Signature) {
        if let Some(token) = &signature.asyncness {
            self.fact(Fact::Async, token.span());
        }
        visit::visit_signature(self, signature);
    }

    fn visit_expr_async(&mut self, block: &'ast syn::ExprAsync) {
        self.fact(Fact::Async, block.span());
        visit::visit_expr_async(self, block);
    }

    fn visit_expr_await(&mut self, wait: &'ast syn::ExprAwait) {
        self.fact(Fact::Async, wait.await_token.span());
        visit::visit_expr_await(self, wait);
    }

    fn visit_expr_closure(&mut self, closure: &'ast syn::ExprClosure) {
        if let Some(token) = &closure.asyncness {
            self.fact(Fact::Async, token.span());
        }
        visit::visit_expr_closure(self, closure);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        if call.method == "unwrap" || call.method == "unwrap_err" {
            self.fact(Fact::Unwrap, call.method.span());
        }
        visit::visit_expr_method_call(self, call);
    }
}

/// `#[test]`, `#[tokio::test]` or a `cfg` that asks for tests and does not negate it.
fn is_test(attribute: &Attribute) -> bool {
    let last = attribute.path().segments.last().map(|part| part.ident.to_string());
    let asks = |tokens: String| {
        let words: Vec<_> = tokens.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
        words.contains(&"test") && !words.contains(&"not")
    };
    match (last.as_deref(), &attribute.meta) {
        (Some("test"), _) => true,
        (Some("cfg"), syn::Meta::List(list)) => asks(list.tokens.to_string()),
        _ => false,
    }
}

fn attributes(item: &syn::Item) -> &[Attribute] {
    match item {
        syn::Item::Const(item) => &item.attrs,
        syn::Item::Enum(item) => &item.attrs,
        syn::Item::Fn(item) => &item.attrs,
        syn::Item::Impl(item) => &item.attrs,
        syn::Item::Macro(item) => &item.attrs,
        syn::Item::Mod(item) => &item.attrs,
        syn::Item::Static(item) => &item.attrs,
        syn::Item::Struct(item) => &item.attrs,
        syn::Item::Trait(item) => &item.attrs,
        syn::Item::Type(item) => &item.attrs,
        syn::Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

//! What can be told from tokens alone: `use` trees, and the insides of macros and attributes.
//!
//! Owns flattening and scanning. A macro's tokens need not be Rust, so every `a::b` in them
//! counts as a path, also the members of `a::{b, c::d}`. Knows no rule.

use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};
use syn::{ItemUse, UseTree};

/// One end of a `use` tree.
pub struct Leaf {
    pub path: Vec<String>,
    /// The name it brings into scope; None for `*` and `as _`.
    pub name: Option<String>,
    pub glob: bool,
    pub span: Span,
}

/// The ends of a `use` tree. An empty first part stands for a leading `::`.
pub fn leaves(item: &ItemUse) -> Vec<Leaf> {
    let mut found = Vec::new();
    let mut prefix: Vec<_> = item.leading_colon.map(|_| String::new()).into_iter().collect();
    flatten(&item.tree, &mut prefix, &mut found);
    found
}

fn flatten(tree: &UseTree, prefix: &mut Vec<String>, found: &mut Vec<Leaf>) {
    match tree {
        UseTree::Path(path) => {
            prefix.push(path.ident.to_string());
            flatten(&path.tree, prefix, found);
            prefix.pop();
        }
        UseTree::Group(group) => group.items.iter().for_each(|item| flatten(item, prefix, found)),
        UseTree::Glob(glob) => {
            let span = glob.star_token.spans[0];
            found.push(Leaf { path: prefix.clone(), name: None, glob: true, span });
        }
        UseTree::Name(name) => found.push(leaf(prefix, &name.ident, &name.ident)),
        UseTree::Rename(rename) => found.push(leaf(prefix, &rename.ident, &rename.rename)),
    }
}

fn leaf(prefix: &[String], ident: &Ident, name: &Ident) -> Leaf {
    let mut path = prefix.to_vec();
    if ident != "self" || path.is_empty() {
        path.push(ident.to_string());
    }
    let name = if name == "self" { path.last().cloned() } else { Some(name.to_string()) };
    Leaf { path, name: name.filter(|name| name != "_"), glob: false, span: ident.span() }
}

/// Something found among tokens.
#[derive(Debug, PartialEq, Eq)]
pub enum Token {
    /// A path of two parts or more.
    Path(Vec<String>),
    /// A macro call by its last name.
    Macro(String),
    Async,
    Unwrap,
}

/// Everything that `tokens` and the groups in them show.
pub fn scan(tokens: TokenStream) -> Vec<(Token, Span)> {
    let mut found = Vec::new();
    walk(&tokens.into_iter().collect::<Vec<_>>(), &[], &mut found);
    found
}

/// `prefix` is the path before a brace group, as in `a::{b}`.
fn walk(tokens: &[TokenTree], prefix: &[String], found: &mut Vec<(Token, Span)>) {
    let mut at = 0;
    while at < tokens.len() {
        match &tokens[at] {
            TokenTree::Ident(ident) => at = chain(tokens, at, ident, prefix, found),
            TokenTree::Group(group) => {
                walk(&group.stream().into_iter().collect::<Vec<_>>(), &[], found);
                at += 1;
            }
            _ => at += 1,
        }
    }
}

/// Reads `a::b::c` from `at` on; returns where it ends.
fn chain(
    tokens: &[TokenTree],
    mut at: usize,
    first: &Ident,
    prefix: &[String],
    found: &mut Vec<(Token, Span)>,
) -> usize {
    let span = first.span();
    let after_dot = at > 0 && is_punct(tokens.get(at - 1), '.');
    let mut path = prefix.to_vec();
    path.push(first.to_string());
    at += 1;
    while is_punct(tokens.get(at), ':') && is_punct(tokens.get(at + 1), ':') {
        match tokens.get(at + 2) {
            Some(TokenTree::Ident(next)) => {
                path.push(next.to_string());
                at += 3;
            }
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                walk(&group.stream().into_iter().collect::<Vec<_>>(), &path, found);
                return at + 3;
            }
            _ => break,
        }
    }
    note(&path, after_dot, tokens.get(at).zip(tokens.get(at + 1)), span, found);
    at
}

fn note(
    path: &[String],
    after_dot: bool,
    next: Option<(&TokenTree, &TokenTree)>,
    span: Span,
    found: &mut Vec<(Token, Span)>,
) {
    let last = path.last().map_or("", String::as_str);
    if matches!(next, Some((bang, TokenTree::Group(_))) if is_punct(Some(bang), '!')) {
        found.push((Token::Macro(last.to_string()), span));
    }
    if path.len() > 1 {
        found.push((Token::Path(path.to_vec()), span));
    }
    match last {
        "async" | "await" => found.push((Token::Async, span)),
        "unwrap" | "unwrap_err" if after_dot || path.len() > 1 => found.push((Token::Unwrap, span)),
        _ => {}
    }
}

fn is_punct(token: Option<&TokenTree>, wanted: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == wanted)
}

/// `tokens`, and the paths that stand in them as strings: `with = "crate::edge::x"`.
pub fn with_quoted_paths(tokens: TokenStream) -> TokenStream {
    let mut out = tokens.clone();
    for token in tokens {
        if let TokenTree::Literal(literal) = token
            && let Ok(text) = syn::parse_str::<syn::LitStr>(&literal.to_string())
            && let Ok(path) = text.parse::<syn::Path>()
            && path.segments.len() > 1
        {
            out.extend(path.segments.iter().enumerate().flat_map(|(index, part)| {
                let mut ident = part.ident.clone();
                ident.set_span(literal.span());
                let colons = if index == 0 { "," } else { "::" };
                let colons: TokenStream = colons.parse().unwrap_or_default();
                colons.into_iter().chain([TokenTree::Ident(ident)])
            }));
        }
    }
    out
}

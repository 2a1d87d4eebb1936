//! Rules about functions and calls, over the syntax tree.

use super::{FUNCTION_WALL, Source};
use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, Block, ExprMethodCall, ImplItemFn, ItemFn, ItemMod, Macro, TraitItemFn, Visibility};

/// The lengths of a file's functions, and those over the wall.
#[derive(Debug, Default)]
pub(crate) struct Functions {
    /// Lines of each function, signature and braces included, comments above it not.
    pub(crate) lengths: Vec<usize>,
    /// Complaints.
    pub(crate) too_long: Vec<String>,
}

/// Measures every function of a file.
pub(crate) fn functions(source: &Source) -> Functions {
    let walk = walk(source);
    let too_long = walk.functions.iter().filter(|function| function.lines > FUNCTION_WALL);
    let complaint = |function: &Function| {
        format!(
            "{}:{}: {} has {} lines, at most {FUNCTION_WALL}",
            source.path, function.line, function.name, function.lines
        )
    };
    Functions {
        lengths: walk.functions.iter().map(|function| function.lines).collect(),
        too_long: too_long.map(complaint).collect(),
    }
}

/// Calls of `unwrap()` outside of unit tests.
pub(crate) fn unwraps(source: &Source) -> Vec<String> {
    walk(source)
        .unwraps
        .iter()
        .map(|line| format!("{}:{line}: unwrap(); an expect says the invariant", source.path))
        .collect()
}

/// `todo!`, `dbg!`, `#[ignore]`, and doc code that is not compiled.
pub(crate) fn leftovers(source: &Source) -> Vec<String> {
    let walk = walk(source);
    let mut complaints: Vec<String> =
        walk.leftovers.iter().map(|(line, what)| format!("{}:{line}: {what}", source.path)).collect();
    for (at, line) in source.text.lines().enumerate() {
        let comment = line.trim_start().strip_prefix("//!").or_else(|| line.trim_start().strip_prefix("///"));
        if comment.is_some_and(|text| text.trim_start().starts_with("```") && text.contains("ignore")) {
            complaints.push(format!("{}:{}: doc code is run or deleted, not ignored", source.path, at + 1));
        }
    }
    complaints
}

/// How many public functions have a doc comment, of how many, and those that have none.
pub(crate) fn pub_docs(source: &Source) -> (usize, usize, Vec<String>) {
    let walk = walk(source);
    let public: Vec<&Function> = walk.functions.iter().filter(|function| function.public).collect();
    let bare = public.iter().filter(|function| !function.documented);
    let bare: Vec<String> =
        bare.map(|function| format!("{}:{}: {}", source.path, function.line, function.name)).collect();
    (public.len() - bare.len(), public.len(), bare)
}

struct Function {
    name: String,
    line: usize,
    lines: usize,
    public: bool,
    documented: bool,
}

#[derive(Default)]
struct Walk {
    functions: Vec<Function>,
    unwraps: Vec<usize>,
    leftovers: Vec<(usize, &'static str)>,
    in_tests: bool,
}

fn walk(source: &Source) -> Walk {
    let mut walk = Walk::default();
    match syn::parse_file(&source.text) {
        Ok(file) => walk.visit_file(&file),
        Err(error) => panic!("{} is no Rust: {error}", source.path),
    }
    walk
}

fn line(span: Span) -> usize {
    span.start().line
}

fn has(attributes: &[Attribute], name: &str) -> bool {
    attributes.iter().any(|attribute| attribute.path().is_ident(name))
}

impl Walk {
    fn function(&mut self, name: &str, start: Span, block: &Block, public: bool, attributes: &[Attribute]) {
        let lines = block.span().end().line - line(start) + 1;
        let documented = has(attributes, "doc");
        self.functions.push(Function { name: name.to_owned(), line: line(start), lines, public, documented });
        if has(attributes, "ignore") {
            self.leftovers.push((line(start), "a test that is not run"));
        }
    }
}

impl<'ast> Visit<'ast> for Walk {
    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        let before = self.in_tests;
        let test = |attribute: &Attribute| {
            attribute.path().is_ident("cfg")
                && attribute.meta.require_list().is_ok_and(|list| list.tokens.to_string() == "test")
        };
        self.in_tests |= item.attrs.iter().any(test);
        visit::visit_item_mod(self, item);
        self.in_tests = before;
    }

    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        let public = matches!(item.vis, Visibility::Public(_));
        self.function(&item.sig.ident.to_string(), item.sig.span(), &item.block, public, &item.attrs);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        let public = matches!(item.vis, Visibility::Public(_));
        self.function(&item.sig.ident.to_string(), item.sig.span(), &item.block, public, &item.attrs);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast TraitItemFn) {
        if let Some(block) = &item.default {
            self.function(&item.sig.ident.to_string(), item.sig.span(), block, true, &item.attrs);
        }
        visit::visit_trait_item_fn(self, item);
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        if call.method == "unwrap" && call.args.is_empty() && !self.in_tests {
            self.unwraps.push(line(call.method.span()));
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        if call.path.is_ident("todo") || call.path.is_ident("dbg") {
            self.leftovers.push((line(call.path.span()), "todo! or dbg!"));
        }
        visit::visit_macro(self, call);
    }
}

//! Warnings about what can be evaluated, but cannot be meant.

use cel::common::ast::IdedExpr;
use springtide_core::expr::{Arithmetic, Comparison, Expr};

use super::lower::Lowering;
use super::types::{self, Type};
use super::{Remark, field};
use crate::near::did_you_mean;

const NEVER: &str = "always an error, so never true";

impl Lowering<'_> {
    fn type_of(&self, expr: &Expr) -> Type {
        types::of(expr, self.scope.kind())
    }

    fn warn(&mut self, node: &IdedExpr, message: String, hint: Option<String>) {
        let at = self.start(node);
        self.warnings.push(Remark::new(at, message, hint));
    }

    /// An operand that has to be of a type.
    pub(super) fn wants(&mut self, what: &str, wanted: &[Type], expr: &Expr, node: &IdedExpr) {
        let found = self.type_of(expr);
        if !wanted.iter().any(|wanted| found.may_be(*wanted)) {
            let mut names: Vec<&str> = wanted.iter().map(|wanted| wanted.name()).collect();
            names.dedup();
            let message = format!("{what} wants {}, not {}: {NEVER}", names.join(" or "), found.name());
            self.warn(node, message, None);
        }
    }

    pub(super) fn check_comparison(&mut self, op: Comparison, a: &Expr, b: &Expr, node: &IdedExpr) {
        let (left, right) = (self.type_of(a), self.type_of(b));
        let equality = matches!(op, Comparison::Equal | Comparison::NotEqual);
        let ordered =
            [left, right].iter().all(|ty| matches!(ty, Type::Number | Type::Text | Type::Bool | Type::Any));
        if left == Type::Time || right == Type::Time {
            let hint = "times enter through `days_since` alone".to_owned();
            self.warn(node, format!("`{op}` does not compare times: {NEVER}"), Some(hint));
        } else if !(equality || ordered && left.may_be(right)) {
            self.warn(
                node,
                format!("`{op}` cannot order {} and {}: {NEVER}", left.name(), right.name()),
                None,
            );
        } else if equality && !left.may_be(right) {
            let outcome = if op == Comparison::Equal { "never" } else { "always" };
            self.warn(
                node,
                format!("`{op}` between {} and {}: {outcome} true", left.name(), right.name()),
                None,
            );
        }
        if equality {
            self.check_word(a, b, node);
            self.check_word(b, a, node);
        }
    }

    /// A word that a field cannot hold.
    fn check_word(&mut self, of: &Expr, word: &Expr, node: &IdedExpr) {
        let (Expr::Text(word), Some(words)) = (word, field::words(of, self.scope)) else {
            return;
        };
        if !words.contains(&&**word) {
            let hint = did_you_mean(word, words.iter().copied())
                .unwrap_or_else(|| format!("it is one of {}", words.join(", ")));
            self.warn(node, format!("`{of}` is never {word:?}"), Some(hint));
        }
    }

    pub(super) fn check_membership(&mut self, needle: &Expr, hay: &Expr, nodes: [&IdedExpr; 2]) {
        self.wants("`in`", &[Type::List, Type::Numbers, Type::Names], hay, nodes[1]);
        if let Expr::List(items) = hay {
            items.iter().for_each(|item| self.check_word(needle, item, nodes[1]));
        }
    }

    pub(super) fn check_arithmetic(&mut self, op: Arithmetic, parts: [&Expr; 2], nodes: [&IdedExpr; 2]) {
        let [left, right] = parts.map(|part| self.type_of(part));
        let joins = op == Arithmetic::Add
            && [Type::Text, Type::List].iter().any(|ty| left.may_be(*ty) && right.may_be(*ty));
        if !joins {
            for (part, node) in parts.into_iter().zip(nodes) {
                self.wants("arithmetic", &[Type::Number], part, node);
            }
        }
    }
}

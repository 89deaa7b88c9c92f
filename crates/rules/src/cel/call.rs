//! The functions that an expression may call.

use cel::common::ast::{CallExpr, IdedExpr};
use regex::RegexBuilder;
use springtide_core::expr::{Expr, TextTest};

use super::Remark;
use super::lower::{Lowering, boxed};
use super::types::{self, Type};
use crate::near::did_you_mean;

const FUNCTIONS: [&str; 4] = ["days_since", "double", "has", "size"];
const METHODS: [&str; 5] = ["contains", "endsWith", "matches", "size", "startsWith"];

/// A compiled pattern's largest size in memory: patterns come from people, but slips happen.
const MAX_PATTERN_BYTES: usize = 1 << 20;

impl Lowering<'_> {
    pub(super) fn call(&mut self, call: &CallExpr, node: &IdedExpr) -> Option<Expr> {
        match &call.target {
            Some(target) => self.method(target, call, node),
            None => self.function(call, node),
        }
    }

    fn function(&mut self, call: &CallExpr, node: &IdedExpr) -> Option<Expr> {
        let name = call.func_name.as_str();
        match name {
            "days_since" | "double" | "size" => {}
            _ => return self.unknown_function(name, node),
        }
        let [arg] = call.args.as_slice() else {
            return self.refuse(node, format!("`{name}` takes one argument, not {}", call.args.len()), None);
        };
        let mut of = self.lower(arg)?;
        match name {
            "days_since" if !types::of(&of, self.scope.kind()).may_be(Type::Time) => {
                self.refuse(arg, "`days_since` wants a time, such as `profile.renewal_at`", None)
            }
            "days_since" => Some(Expr::DaysSince(boxed(&mut of))),
            "double" => {
                self.wants("`double`", &[Type::Number], &of, arg);
                Some(Expr::Double(boxed(&mut of)))
            }
            _ => {
                self.wants("`size`", &[Type::Text, Type::List, Type::Numbers, Type::Names], &of, arg);
                Some(Expr::Size(boxed(&mut of)))
            }
        }
    }

    fn unknown_function(&mut self, name: &str, node: &IdedExpr) -> Option<Expr> {
        let hint = match name {
            "timestamp" | "duration" | "now" => Some("times enter through `days_since` alone".to_owned()),
            "int" | "uint" => Some("every number is a double".to_owned()),
            "has" => Some("it takes one field, as in `has(profile.plan)`".to_owned()),
            _ if METHODS.contains(&name) => {
                Some(format!("it is called on a text, as in `profile.plan.{name}(\"…\")`"))
            }
            _ => did_you_mean(name, FUNCTIONS),
        };
        self.refuse(node, format!("unknown function `{name}`"), hint)
    }

    fn method(&mut self, target: &IdedExpr, call: &CallExpr, node: &IdedExpr) -> Option<Expr> {
        let name = call.func_name.as_str();
        let test = match name {
            "startsWith" => Some(TextTest::StartsWith),
            "endsWith" => Some(TextTest::EndsWith),
            "contains" => Some(TextTest::Contains),
            "matches" | "size" => None,
            _ => {
                let hint = did_you_mean(name, METHODS);
                let at = self.own_start(node).saturating_sub(name.chars().count());
                self.faults.push(Remark::new(at, format!("unknown function `{name}`"), hint));
                return None;
            }
        };
        let of = self.lower(target);
        match (name, test, call.args.as_slice()) {
            ("size", _, []) => {
                let of = of?;
                self.wants("`size`", &[Type::Text, Type::List, Type::Numbers, Type::Names], &of, target);
                Some(Expr::Size(Box::new(of)))
            }
            (_, Some(test), [arg]) => {
                let (of, other) = (of, self.lower(arg));
                let (of, other) = (of?, other?);
                self.wants(&format!("`{name}`"), &[Type::Text], &of, target);
                self.wants(&format!("`{name}`"), &[Type::Text], &other, arg);
                Some(Expr::TextTest(test, Box::new(of), Box::new(other)))
            }
            ("matches", _, [arg]) => self.matches(of, target, arg),
            (_, _, args) => {
                let wanted = if name == "size" { "no" } else { "one" };
                self.refuse(node, format!("`{name}` takes {wanted} argument, not {}", args.len()), None)
            }
        }
    }

    fn matches(&mut self, of: Option<Expr>, target: &IdedExpr, arg: &IdedExpr) -> Option<Expr> {
        let Expr::Text(pattern) = self.lower(arg)? else {
            return self.refuse(arg, "the pattern of `matches` has to be written out as a text", None);
        };
        let pattern = match RegexBuilder::new(&pattern).size_limit(MAX_PATTERN_BYTES).nest_limit(50).build() {
            Ok(pattern) => pattern,
            Err(error) => {
                let reason = error.to_string();
                let last = reason.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
                return self.refuse(arg, format!("bad pattern: {last}"), None);
            }
        };
        let of = of?;
        self.wants("`matches`", &[Type::Text], &of, target);
        Some(Expr::Matches(Box::new(of), pattern))
    }
}

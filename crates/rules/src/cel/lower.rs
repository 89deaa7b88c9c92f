//! From the parser's tree to the core's.

use cel::common::ast::operators as op;
use cel::common::ast::{CallExpr, Expr as Ast, IdedExpr, LiteralValue, SelectExpr, SourceInfo};
use springtide_core::expr::{Arithmetic, Comparison, Expr};

use super::types::Type;
use super::{Remark, Scope, field};
use crate::near::did_you_mean;

/// Lowers one expression, collecting all that is wrong with it.
pub(super) struct Lowering<'a> {
    info: &'a SourceInfo,
    pub(super) scope: Scope,
    pub(super) faults: Vec<Remark>,
    pub(super) warnings: Vec<Remark>,
}

impl<'a> Lowering<'a> {
    pub(super) fn new(info: &'a SourceInfo, scope: Scope) -> Lowering<'a> {
        Lowering { info, scope, faults: Vec::new(), warnings: Vec::new() }
    }

    /// The character of a node's own token: an operator's sign, a function's bracket.
    pub(super) fn own_start(&self, node: &IdedExpr) -> usize {
        let bytes = self.info.offset_for(node.id).map_or(0, |(start, _)| start as usize);
        self.info.source.char_indices().take_while(|(at, _)| *at < bytes).count()
    }

    /// The character at which a node's text begins.
    pub(super) fn start(&self, node: &IdedExpr) -> usize {
        let own = || self.own_start(node);
        match &node.expr {
            Ast::Select(select) => self.start(&select.operand),
            Ast::Call(CallExpr { target: Some(target), .. }) => self.start(target),
            Ast::Call(call) => match (call.func_name.as_str(), call.args.first()) {
                (op::LOGICAL_NOT | op::NEGATE, _) => own(),
                // An operator stands after its first operand, a function's name before its bracket.
                (name, Some(first)) if name.starts_with(['_', '@']) => self.start(first),
                (name, _) => own().saturating_sub(name.chars().count()),
            },
            Ast::Comprehension(list) => self.start(&list.iter_range),
            _ => own(),
        }
    }

    pub(super) fn refuse<T>(
        &mut self,
        node: &IdedExpr,
        message: impl Into<String>,
        hint: impl Into<Option<String>>,
    ) -> Option<T> {
        let at = self.start(node);
        self.faults.push(Remark::new(at, message, hint));
        None
    }

    pub(super) fn lower(&mut self, node: &IdedExpr) -> Option<Expr> {
        match &node.expr {
            Ast::Literal(literal) => self.literal(literal, node),
            Ast::Ident(name) => self.name(name, node),
            Ast::Select(select) if select.test => self.has(select, node),
            Ast::Select(select) => self.select(select, node),
            Ast::List(list) => self.all(&list.elements).map(Expr::List),
            Ast::Call(call) if call.target.is_none() && call.func_name.starts_with(['_', '!', '-', '@']) => {
                self.operator(call, node)
            }
            Ast::Call(call) => self.call(call, node),
            Ast::Comprehension(_) => {
                let hint = "`in` looks for a value in a list".to_owned();
                self.refuse(
                    node,
                    "`all`, `exists`, `exists_one`, `map` and `filter` are not known here",
                    hint,
                )
            }
            Ast::Map(_) | Ast::Struct(_) => {
                self.refuse(node, "maps and messages cannot be written here", None)
            }
            Ast::Unspecified => self.refuse(node, "not an expression", None),
        }
    }

    /// Lowers each, so that every one's mistakes are told.
    pub(super) fn all(&mut self, nodes: &[IdedExpr]) -> Option<Vec<Expr>> {
        let lowered: Vec<Option<Expr>> = nodes.iter().map(|node| self.lower(node)).collect();
        lowered.into_iter().collect()
    }

    fn literal(&mut self, literal: &LiteralValue, node: &IdedExpr) -> Option<Expr> {
        match literal {
            LiteralValue::Boolean(value) => Some(Expr::Bool(*value.inner())),
            LiteralValue::Int(value) => Some(Expr::Number(*value.inner() as f64)),
            LiteralValue::Double(value) => Some(Expr::Number(*value.inner())),
            LiteralValue::String(value) => Some(Expr::Text(value.inner().into())),
            LiteralValue::UInt(_) => {
                self.refuse(node, "every number is a double", "leave out the `u`".to_owned())
            }
            LiteralValue::Null => {
                self.refuse(node, "there is no null: a null field is absent", "`has(…)` tells".to_owned())
            }
            LiteralValue::Bytes(_) => self.refuse(node, "bytes are not known here", None),
        }
    }

    fn name(&mut self, name: &str, node: &IdedExpr) -> Option<Expr> {
        match name {
            "event" | "profile" => {
                self.refuse(node, format!("`{name}` alone is no value"), format!("name a field: `{name}.…`"))
            }
            _ => {
                let hint = did_you_mean(name, ["event", "profile"])
                    .unwrap_or_else(|| format!("a field is `profile.{name}`, a text \"{name}\""));
                self.refuse(node, format!("unknown name `{name}`"), hint)
            }
        }
    }

    fn select(&mut self, select: &SelectExpr, node: &IdedExpr) -> Option<Expr> {
        match (&select.operand.expr, self.scope) {
            (Ast::Ident(root), Scope::Where(kind)) if root == "event" => {
                let at = self.start(node);
                Some(field::event(kind, &select.field, at, &mut self.warnings))
            }
            (Ast::Ident(root), _) if root == "event" => {
                self.refuse(node, "`event` is known in a detector's `where` only", None)
            }
            (Ast::Ident(root), _) if root == "profile" => {
                let at = self.start(node);
                Some(field::profile(&select.field, at, &mut self.warnings))
            }
            _ => {
                let map = self.lower(&select.operand)?;
                self.wants(&format!("`.{}`", select.field), &[Type::Numbers, Type::Names], &map, node);
                Some(Expr::Member(Box::new(map), select.field.as_str().into()))
            }
        }
    }

    fn has(&mut self, select: &SelectExpr, node: &IdedExpr) -> Option<Expr> {
        let plain = SelectExpr { test: false, ..select.clone() };
        let field = self.select(&plain, node)?;
        match &field {
            // An absent map would be an error, not a `false`; the profile's maps are never absent.
            Expr::Member(map, _) if !matches!(**map, Expr::Profile(_)) => {
                self.refuse(node, "`has` wants a field of `event`, of `profile` or of one of its maps", None)
            }
            _ => Some(Expr::Has(Box::new(field))),
        }
    }

    fn operator(&mut self, call: &CallExpr, node: &IdedExpr) -> Option<Expr> {
        let arithmetic = |op| Some(Operator::Arithmetic(op));
        let compare = |op| Some(Operator::Compare(op));
        let found = match call.func_name.as_str() {
            op::ADD => arithmetic(Arithmetic::Add),
            op::SUBSTRACT => arithmetic(Arithmetic::Subtract),
            op::MULTIPLY => arithmetic(Arithmetic::Multiply),
            op::DIVIDE => arithmetic(Arithmetic::Divide),
            op::EQUALS => compare(Comparison::Equal),
            op::NOT_EQUALS => compare(Comparison::NotEqual),
            op::LESS => compare(Comparison::Less),
            op::LESS_EQUALS => compare(Comparison::AtMost),
            op::GREATER => compare(Comparison::Greater),
            op::GREATER_EQUALS => compare(Comparison::AtLeast),
            op::LOGICAL_AND | op::LOGICAL_OR => return self.junction(call),
            _ => None,
        };
        match (found, call.args.as_slice()) {
            (Some(operator), [left, right]) => self.infix(operator, left, right, node),
            (None, args) => self.other_operator(call, args, node),
            _ => self.refuse(node, "not an expression", None),
        }
    }

    fn infix(
        &mut self,
        operator: Operator,
        left: &IdedExpr,
        right: &IdedExpr,
        node: &IdedExpr,
    ) -> Option<Expr> {
        let (a, b) = (self.lower(left), self.lower(right));
        let (a, b) = (a?, b?);
        match operator {
            Operator::Compare(op) => {
                self.check_comparison(op, &a, &b, node);
                Some(Expr::Compare(op, Box::new(a), Box::new(b)))
            }
            Operator::Arithmetic(op) => {
                self.check_arithmetic(op, [&a, &b], [left, right]);
                Some(Expr::Arithmetic(op, Box::new(a), Box::new(b)))
            }
        }
    }

    fn other_operator(&mut self, call: &CallExpr, args: &[IdedExpr], node: &IdedExpr) -> Option<Expr> {
        let mut lowered = self.all(args)?;
        match (call.func_name.as_str(), lowered.as_mut_slice(), args) {
            (op::LOGICAL_NOT, [of], [arg]) => {
                self.wants("`!`", &[Type::Bool], of, arg);
                Some(Expr::Not(boxed(of)))
            }
            (op::NEGATE, [of], [arg]) => {
                self.wants("`-`", &[Type::Number], of, arg);
                Some(Expr::Negate(boxed(of)))
            }
            (op::IN, [needle, hay], [left, right]) => {
                self.check_membership(needle, hay, [left, right]);
                Some(Expr::In(boxed(needle), boxed(hay)))
            }
            (op::INDEX, [within, at], [left, _]) => {
                self.wants("`[…]`", &[Type::List, Type::Numbers, Type::Names], within, left);
                Some(Expr::Index(boxed(within), boxed(at)))
            }
            (op::CONDITIONAL, [condition, yes, no], [first, ..]) => {
                self.wants("`? :`", &[Type::Bool], condition, first);
                Some(Expr::Choose(boxed(condition), boxed(yes), boxed(no)))
            }
            (op::MODULO, ..) => self.refuse(node, "`%` is not known here: every number is a double", None),
            (name, ..) => {
                self.refuse(node, format!("the operator `{}` is not known here", name.replace('_', "")), None)
            }
        }
    }

    /// `a && b && …` as one: the parser makes a balanced tree of it.
    fn junction(&mut self, call: &CallExpr) -> Option<Expr> {
        let and = call.func_name == op::LOGICAL_AND;
        let what = if and { "`&&`" } else { "`||`" };
        let lowered = self.all(&call.args)?;
        let mut parts = Vec::new();
        for (part, node) in lowered.into_iter().zip(&call.args) {
            match part {
                Expr::And(inner) if and => parts.extend(inner),
                Expr::Or(inner) if !and => parts.extend(inner),
                part => {
                    self.wants(what, &[Type::Bool], &part, node);
                    parts.push(part);
                }
            }
        }
        Some(if and { Expr::And(parts) } else { Expr::Or(parts) })
    }
}

enum Operator {
    Compare(Comparison),
    Arithmetic(Arithmetic),
}

/// Takes an operand out of the list it was lowered into.
pub(super) fn boxed(expr: &mut Expr) -> Box<Expr> {
    Box::new(std::mem::replace(expr, Expr::Bool(false)))
}

//! CEL text to the core's expressions: guard, parse, lower, check.
//!
//! The grammar is that of the `cel` crate; what Springtide does not know of CEL (SPEC 4.1) is refused by name.
//! What can be evaluated, but always ends in an error, is a warning.

mod call;
mod check;
mod field;
mod guard;
mod lower;
mod syntax;
mod types;

use springtide_core::event::Kind;
use springtide_core::expr::Expr;

use crate::mistake::{Log, Mistakes, Place};
use lower::Lowering;
use types::Type;

/// Where an expression stands, which decides what it may read and what it has to come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// A detector's `where`: `event`, of one type, and `profile`; a boolean.
    Where(Kind),
    /// A gate: `profile`; a boolean.
    Gate,
    /// A play's `value`: `profile`; a number.
    Value,
}

impl Scope {
    fn kind(self) -> Option<Kind> {
        match self {
            Scope::Where(kind) => Some(kind),
            Scope::Gate | Scope::Value => None,
        }
    }

    fn wanted(self) -> Type {
        match self {
            Scope::Where(_) | Scope::Gate => Type::Bool,
            Scope::Value => Type::Number,
        }
    }
}

/// Something about an expression, at a character of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Remark {
    /// Which character, from 0.
    pub at: usize,
    pub message: String,
    pub hint: Option<String>,
}

impl Remark {
    fn new(at: usize, message: impl Into<String>, hint: impl Into<Option<String>>) -> Remark {
        Remark { at, message: message.into(), hint: hint.into() }
    }
}

/// What came of an expression.
pub(crate) struct Compiled {
    /// `None` where there are faults.
    pub expr: Option<Expr>,
    pub faults: Vec<Remark>,
    pub warnings: Vec<Remark>,
}

pub(crate) fn compile(text: &str, scope: Scope) -> Compiled {
    let parsed = guard::check(text).and_then(|()| syntax::parse(text));
    let (ast, info) = match parsed {
        Ok(parsed) => parsed,
        Err(fault) => {
            return Compiled { expr: None, faults: vec![fault], warnings: Vec::new() };
        }
    };
    let mut lowering = Lowering::new(&info, scope);
    let expr = lowering.lower(&ast);
    if let Some(expr) = &expr {
        let (found, wanted) = (types::of(expr, scope.kind()), scope.wanted());
        if found != Type::Any && found != wanted {
            let message = format!("the expression comes to {}, not to {}", found.name(), wanted.name());
            lowering.faults.push(Remark::new(lowering.start(&ast), message, None));
        }
    }
    let Lowering { faults, warnings, .. } = lowering;
    Compiled { expr: expr.filter(|_| faults.is_empty()), faults, warnings }
}

/// Compiles one expression by itself; mistakes count lines and columns in its text and call the file
/// `expression`.
///
/// ```
/// use springtide_core::event::Kind;
/// use springtide_rules::{Scope, expression};
/// let rich = expression("profile.mrr * 12 >= 10000", Scope::Gate).unwrap();
/// assert_eq!(rich.to_string(), "profile.mrr * 12 >= 10000");
/// let slip = expression("event.score >", Scope::Where(Kind::IntentSurge)).unwrap_err();
/// assert_eq!(slip.to_string(), "expression:1:14: the expression ends too early");
/// ```
///
/// # Errors
/// All that is wrong with it.
pub fn expression(text: &str, scope: Scope) -> Result<Expr, Mistakes> {
    let mut log = Log::new(vec!["expression".to_owned()]);
    let Compiled { expr, faults, warnings } = compile(text, scope);
    let place = |at: usize| {
        let before = text.chars().take(at);
        let (line, column) = before.fold((1, 1), |(line, column), c| match c {
            '\n' => (line + 1, 1),
            _ => (line, column + 1),
        });
        Place { file: 0, line, column }
    };
    for Remark { at, message, hint } in faults {
        log.mistake(place(at), message, hint);
    }
    for Remark { at, message, hint } in warnings {
        log.warning(place(at), message, hint);
    }
    match (log.finish(), expr) {
        (Ok(_), Some(expr)) => Ok(expr),
        (Ok((warnings, hints)), None) => Err(Mistakes { mistakes: Vec::new(), warnings, hints }),
        (Err(mistakes), _) => Err(mistakes),
    }
}

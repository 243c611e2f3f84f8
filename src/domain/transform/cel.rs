//! The step `cel`: an expression of the Common Expression Language over the record. Interpreters of the language have
//! no budget, so this one refuses on save what could take long, and counts every step and byte while it evaluates. It
//! counts instead of measuring time, so a record has the same outcome however busy the machine is. The tests read the
//! same expressions with the crate `cel`, and both must agree on their meaning.

mod check;
mod eval;
mod lex;
mod node;
mod syntax;

use {
    self::{check::Checker, node::Node},
    super::{Failure, parse::Params},
    crate::domain::record::SourceRecord,
    serde_json::Value,
};

/// Longest expression, in bytes.
pub(super) const SOURCE_MAX: usize = 2_048;
/// Most nodes of the syntax tree.
const NODES_MAX: usize = 500;
/// Deepest nesting that is read.
const DEPTH_MAX: u16 = 32;
/// Longest list that a loop visits.
const LIST_MAX: usize = 1_000;
/// Steps of an evaluation: one for each node, and one more for every 64 bytes that are copied or read. They take well
/// below 50 ms.
const STEPS_MAX: usize = 50_000;

/// An expression that was checked.
#[derive(Debug, Clone)]
pub(super) struct Expression {
    root: Node,
    fields: Vec<String>,
    reads_input: bool,
}

impl Expression {
    pub(super) fn parse(params: &mut Params) -> Result<Self, String> {
        let wrong = |reason: String| format!("cel: 'expr' {reason}");
        let source = params.text("expr")?;
        let expression = compile(&source).map_err(wrong)?;
        if let Some(declared) = params.texts("vars")?
            && let Some(field) = expression.fields.iter().find(|field| !declared.contains(field))
        {
            return Err(wrong(format!("reads {field}, which 'vars' does not list")));
        }
        Ok(expression)
    }

    pub(super) fn sources(&self) -> Vec<&str> {
        self.fields.iter().map(String::as_str).collect()
    }

    /// True if the expression reads the value of the chain so far.
    pub(super) const fn reads_input(&self) -> bool {
        self.reads_input
    }

    pub(super) fn apply(&self, value: &Value, record: &SourceRecord) -> Result<Value, Failure> {
        eval::run(&self.root, value, record)
    }
}

fn compile(source: &str) -> Result<Expression, String> {
    let written =
        syntax::parse(source).map_err(|reason| format!("is not a valid expression: {reason}"))?;
    let mut checker = Checker::default();
    let root = checker.convert(&written)?;
    let cost = root.cost();
    if cost > STEPS_MAX {
        return Err(format!("may take {cost} steps; at most {STEPS_MAX} are allowed"));
    }
    let reads_input = checker.reads_input();
    Ok(Expression { root, fields: checker.into_fields(), reads_input })
}

#[cfg(test)]
#[path = "../../../tests/fuzz/expression.rs"]
mod fuzz;

#[cfg(test)]
mod tests;

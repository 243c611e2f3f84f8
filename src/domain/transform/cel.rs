//! The step `cel`: an expression of the Common Expression Language over the record. The language's own interpreter has
//! no budget, so this one reads its syntax tree, refuses on save what could take long, and counts every step and byte
//! while it evaluates. A count, not a clock: the same record has the same outcome however busy the machine is.

mod eval;
mod node;

use {
    self::node::{Checker, Node},
    super::{Failure, parse::Params},
    crate::domain::record::SourceRecord,
    ::cel::parser::Parser,
    serde_json::Value,
    std::panic::{AssertUnwindSafe, catch_unwind},
};

/// Longest expression, in bytes.
pub(super) const SOURCE_MAX: usize = 2_048;
/// Most nodes of the syntax tree.
const NODES_MAX: usize = 500;
/// Deepest nesting that is read.
const DEPTH_MAX: u16 = 32;
/// Longest list that is walked.
const LIST_MAX: usize = 1_000;
/// Steps of an evaluation: each node once, each 64 bytes that are copied or looked at once more. They take well below
/// 50 ms.
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

    /// True when it looks at the value of the chain so far.
    pub(super) const fn reads_input(&self) -> bool {
        self.reads_input
    }

    pub(super) fn apply(&self, value: &Value, record: &SourceRecord) -> Result<Value, Failure> {
        eval::run(&self.root, value, record)
    }
}

fn compile(source: &str) -> Result<Expression, String> {
    if !is_shallow(source) {
        return Err(format!("is nested deeper than {DEPTH_MAX}"));
    }
    // The parser is another's: should it panic on some text, that text is no expression.
    let parsed = catch_unwind(AssertUnwindSafe(|| {
        Parser::new().max_recursion_depth(DEPTH_MAX).parse(source)
    }));
    let Ok(parsed) = parsed else { return Err("is no expression".into()) };
    let tree = parsed.map_err(|errors| {
        let first = errors.errors.first();
        let reason = first.map(|error| super::shown(&error.msg)).unwrap_or_default();
        format!("is no expression: {reason}")
    })?;
    let mut checker = Checker::default();
    let root = checker.convert(&tree.expr)?;
    let cost = root.cost();
    if cost > STEPS_MAX {
        return Err(format!("may take {cost} steps; at most {STEPS_MAX} are allowed"));
    }
    let reads_input = checker.reads_input();
    Ok(Expression { root, fields: checker.into_fields(), reads_input })
}

/// Counts brackets, so that the parser's own depth is never the first line of defence. A bracket in a text counts too.
fn is_shallow(source: &str) -> bool {
    let mut depth = 0_u16;
    for byte in source.bytes() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEPTH_MAX {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests;

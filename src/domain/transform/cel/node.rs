//! The syntax tree of an expression as it is evaluated, and the check on the way there: names, functions, loops, size.

use {
    super::{LIST_MAX, NODES_MAX},
    crate::domain::transform::pattern::Bounded,
    ::cel::common::ast::{CallExpr, ComprehensionExpr, EntryExpr, Expr, LiteralValue, operators},
    serde_json::{Number, Value},
};

/// Deepest syntax tree.
const TREE_DEPTH_MAX: usize = 64;
/// Name that the parser's macros give to what a loop gathers; nobody can write it.
const GATHERED: &str = "@result";

#[derive(Debug, Clone)]
pub(super) enum Node {
    Literal(Value),
    /// The value of the chain so far.
    Input,
    /// A field of the record; an empty one is null.
    Field(String),
    /// Whether a field of the record holds something.
    HasField(String),
    /// The element that a loop is at.
    Item,
    /// What a loop has gathered.
    Gathered,
    Member(Box<Node>, String),
    HasMember(Box<Node>, String),
    Index(Box<Node>, Box<Node>),
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
    If(Box<[Node; 3]>),
    And(Box<[Node; 2]>),
    Or(Box<[Node; 2]>),
    Not(Box<Node>),
    Negate(Box<Node>),
    /// False only where the operand is false: an error goes on.
    NotFalse(Box<Node>),
    Binary(Operator, Box<[Node; 2]>),
    Matches(Box<Node>, Bounded),
    Call(Function, Vec<Node>),
    Loop(Box<Loop>),
}

/// A macro over a list or the keys of a map.
#[derive(Debug, Clone)]
pub(super) struct Loop {
    pub(super) over: Node,
    pub(super) start: Node,
    pub(super) go_on: Node,
    pub(super) step: Node,
    pub(super) result: Node,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    In,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
    Size,
    Contains,
    StartsWith,
    EndsWith,
    Int,
    Double,
    Text,
    Trim,
    Lower,
    Upper,
    Replace,
    Split,
    Join,
    Substring,
}

/// Name, function, fewest and most operands; the one before the dot counts.
const FUNCTIONS: [(&str, Function, usize, usize); 14] = [
    ("size", Function::Size, 1, 1),
    ("contains", Function::Contains, 2, 2),
    ("startsWith", Function::StartsWith, 2, 2),
    ("endsWith", Function::EndsWith, 2, 2),
    ("int", Function::Int, 1, 1),
    ("double", Function::Double, 1, 1),
    ("string", Function::Text, 1, 1),
    ("trim", Function::Trim, 1, 1),
    ("lowerAscii", Function::Lower, 1, 1),
    ("upperAscii", Function::Upper, 1, 1),
    ("replace", Function::Replace, 3, 3),
    ("split", Function::Split, 2, 2),
    ("join", Function::Join, 1, 2),
    ("substring", Function::Substring, 2, 3),
];

const OPERATORS: [(&str, Operator); 12] = [
    (operators::ADD, Operator::Add),
    (operators::SUBSTRACT, Operator::Subtract),
    (operators::MULTIPLY, Operator::Multiply),
    (operators::DIVIDE, Operator::Divide),
    (operators::MODULO, Operator::Modulo),
    (operators::EQUALS, Operator::Equal),
    (operators::NOT_EQUALS, Operator::NotEqual),
    (operators::LESS, Operator::Less),
    (operators::LESS_EQUALS, Operator::LessEqual),
    (operators::GREATER, Operator::Greater),
    (operators::GREATER_EQUALS, Operator::GreaterEqual),
    (operators::IN, Operator::In),
];

impl Node {
    /// The most steps that an evaluation can take, but for the lengths of texts, which are counted as they come.
    pub(super) fn cost(&self) -> usize {
        let sum = |nodes: &[Node]| nodes.iter().map(Self::cost).fold(0, usize::saturating_add);
        let inner = match self {
            Self::Literal(_)
            | Self::Input
            | Self::Field(_)
            | Self::HasField(_)
            | Self::Item
            | Self::Gathered => 0,
            Self::Member(of, _)
            | Self::HasMember(of, _)
            | Self::Not(of)
            | Self::Negate(of)
            | Self::NotFalse(of)
            | Self::Matches(of, _) => of.cost(),
            Self::Index(of, at) => of.cost().saturating_add(at.cost()),
            Self::List(nodes) | Self::Call(_, nodes) => sum(nodes),
            Self::Map(entries) => entries
                .iter()
                .map(|(key, value)| key.cost().saturating_add(value.cost()))
                .fold(0, usize::saturating_add),
            Self::If(nodes) => sum(nodes.as_slice()),
            Self::And(nodes) | Self::Or(nodes) | Self::Binary(_, nodes) => sum(nodes.as_slice()),
            Self::Loop(one) => {
                let rounds = if let Self::List(items) = &one.over { items.len() } else { LIST_MAX };
                let round = one.go_on.cost().saturating_add(one.step.cost());
                let outside = [one.over.cost(), one.start.cost(), one.result.cost()];
                outside.into_iter().fold(round.saturating_mul(rounds), usize::saturating_add)
            }
        };
        inner.saturating_add(1)
    }
}

/// Turns the parser's tree into ours and collects the fields that it reads.
#[derive(Debug, Default)]
pub(super) struct Checker {
    nodes: usize,
    depth: usize,
    /// The name of the element, inside a loop.
    item: Option<String>,
    fields: Vec<String>,
    reads_input: bool,
}

impl Checker {
    /// True when the tree looks at the value of the chain so far.
    pub(super) const fn reads_input(&self) -> bool {
        self.reads_input
    }

    pub(super) fn into_fields(self) -> Vec<String> {
        self.fields
    }

    fn field(&mut self, name: &str) -> String {
        if !self.fields.iter().any(|known| known == name) {
            self.fields.push(name.to_owned());
        }
        name.to_owned()
    }

    fn boxed(&mut self, expr: &Expr) -> Result<Box<Node>, String> {
        self.convert(expr).map(Box::new)
    }

    pub(super) fn convert(&mut self, expr: &Expr) -> Result<Node, String> {
        self.nodes += 1;
        if self.nodes > NODES_MAX {
            return Err(format!("has more than {NODES_MAX} nodes"));
        }
        // Evaluation goes as deep as the tree, which a chain of + makes deeper than the source is nested.
        if self.depth >= TREE_DEPTH_MAX {
            return Err(format!("is nested deeper than {TREE_DEPTH_MAX}"));
        }
        self.depth += 1;
        let converted = self.inner(expr);
        self.depth -= 1;
        converted
    }

    fn inner(&mut self, expr: &Expr) -> Result<Node, String> {
        match expr {
            Expr::Literal(literal) => convert_literal(literal).map(Node::Literal),
            Expr::Ident(name) => self.name(name),
            Expr::Select(select) if is_record(&select.operand.expr) => {
                let name = self.field(&select.field);
                Ok(if select.test { Node::HasField(name) } else { Node::Field(name) })
            }
            Expr::Select(select) => {
                let of = self.boxed(&select.operand.expr)?;
                let name = select.field.clone();
                Ok(if select.test { Node::HasMember(of, name) } else { Node::Member(of, name) })
            }
            Expr::List(list) if list.optional_indices.is_empty() => {
                let items = list.elements.iter().map(|item| self.convert(&item.expr));
                items.collect::<Result<_, _>>().map(Node::List)
            }
            Expr::Map(map) => {
                let mut entries = Vec::new();
                for entry in &map.entries {
                    let EntryExpr::MapEntry(entry) = &entry.expr else {
                        return Err("holds an entry that is not supported".into());
                    };
                    let key = self.convert(&entry.key.expr)?;
                    entries.push((key, self.convert(&entry.value.expr)?));
                }
                Ok(Node::Map(entries))
            }
            Expr::Call(call) => self.call(call),
            Expr::Comprehension(one) => self.comprehension(one),
            Expr::List(_) | Expr::Struct(_) | Expr::Unspecified => {
                Err("holds something that is not supported".into())
            }
        }
    }

    fn name(&mut self, name: &str) -> Result<Node, String> {
        match name {
            GATHERED if self.item.is_some() => Ok(Node::Gathered),
            "value" => {
                self.reads_input = true;
                Ok(Node::Input)
            }
            "r" => Err("must name a field of r, such as r.First_Name".into()),
            _ if self.item.as_deref() == Some(name) => Ok(Node::Item),
            _ => {
                let shown = crate::domain::transform::shown(name);
                Err(format!("knows no name '{shown}'; r is the record, value the value so far"))
            }
        }
    }

    fn comprehension(&mut self, one: &ComprehensionExpr) -> Result<Node, String> {
        if self.item.is_some() {
            return Err("has a loop inside a loop, which could take too long".into());
        }
        if one.iter_var2.is_some() || one.accu_var != GATHERED {
            return Err("holds a loop that is not supported".into());
        }
        if ["r", "value"].contains(&one.iter_var.as_str()) {
            return Err(format!("cannot call a loop's element '{}'", one.iter_var));
        }
        let over = self.convert(&one.iter_range.expr)?;
        let start = self.convert(&one.accu_init.expr)?;
        self.item = Some(one.iter_var.clone());
        let inside = (|| {
            let go_on = self.convert(&one.loop_cond.expr)?;
            let step = self.convert(&one.loop_step.expr)?;
            Ok::<_, String>((go_on, step, self.convert(&one.result.expr)?))
        })();
        self.item = None;
        let (go_on, step, result) = inside?;
        Ok(Node::Loop(Box::new(Loop { over, start, go_on, step, result })))
    }

    fn call(&mut self, call: &CallExpr) -> Result<Node, String> {
        let name = call.func_name.as_str();
        let args: Vec<&Expr> = call
            .target
            .iter()
            .map(|of| &of.expr)
            .chain(call.args.iter().map(|a| &a.expr))
            .collect();
        if let (operators::INDEX, [of, Expr::Literal(LiteralValue::String(field))]) =
            (name, args.as_slice())
            && is_record(of)
        {
            return Ok(Node::Field(self.field(field)));
        }
        if name == "matches" {
            let [of, Expr::Literal(LiteralValue::String(pattern))] = args.as_slice() else {
                return Err("needs a text in quotes as the pattern of matches".into());
            };
            let pattern = Bounded::compile(pattern)
                .map_err(|reason| format!("has a pattern that {reason}"))?;
            return Ok(Node::Matches(self.boxed(of)?, pattern));
        }
        let mut nodes = args.iter().map(|arg| self.convert(arg)).collect::<Result<Vec<_>, _>>()?;
        if let Some((_, operator)) = OPERATORS.iter().find(|(known, _)| *known == name) {
            let pair: Result<Box<[Node; 2]>, _> = nodes.into_boxed_slice().try_into();
            return pair.map(|pair| Node::Binary(*operator, pair)).map_err(|_| operands(name));
        }
        if let Some((_, function, least, most)) =
            FUNCTIONS.iter().find(|(known, ..)| *known == name)
        {
            if !(*least..=*most).contains(&nodes.len()) {
                return Err(operands(name));
            }
            return Ok(Node::Call(*function, nodes));
        }
        match (name, nodes.len()) {
            (operators::CONDITIONAL, 3) => {
                let three: Result<Box<[Node; 3]>, _> = nodes.into_boxed_slice().try_into();
                three.map(Node::If).map_err(|_| operands(name))
            }
            (operators::LOGICAL_AND | operators::LOGICAL_OR, 2) => {
                let pair: Result<Box<[Node; 2]>, _> = nodes.into_boxed_slice().try_into();
                let is_and = name == operators::LOGICAL_AND;
                pair.map(|pair| if is_and { Node::And(pair) } else { Node::Or(pair) })
                    .map_err(|_| operands(name))
            }
            (operators::INDEX, 2) => match (nodes.pop(), nodes.pop()) {
                (Some(at), Some(of)) => Ok(Node::Index(Box::new(of), Box::new(at))),
                _ => Err(operands(name)),
            },
            (operators::LOGICAL_NOT | operators::NEGATE | operators::NOT_STRICTLY_FALSE, 1) => {
                let one = nodes.pop().map(Box::new).ok_or_else(|| operands(name))?;
                Ok(match name {
                    operators::LOGICAL_NOT => Node::Not(one),
                    operators::NEGATE => Node::Negate(one),
                    _ => Node::NotFalse(one),
                })
            }
            _ => {
                let known: Vec<&str> = FUNCTIONS.iter().map(|(known, ..)| *known).collect();
                let shown = crate::domain::transform::shown(name);
                Err(format!("knows no function '{shown}'; known are matches, {}", known.join(", ")))
            }
        }
    }
}

/// True for the record's own name; no element of a loop can have it.
fn is_record(expr: &Expr) -> bool {
    matches!(expr, Expr::Ident(name) if name == "r")
}

fn operands(name: &str) -> String {
    format!("gives '{}' a wrong number of operands", crate::domain::transform::shown(name))
}

fn convert_literal(literal: &LiteralValue) -> Result<Value, String> {
    Ok(match literal {
        LiteralValue::Boolean(flag) => Value::Bool(**flag),
        LiteralValue::Double(number) => {
            Number::from_f64(**number).map(Value::Number).ok_or("holds a number that is none")?
        }
        LiteralValue::Int(number) => Value::from(**number),
        LiteralValue::UInt(number) => match i64::try_from(**number) {
            Ok(number) => Value::from(number),
            Err(_) => return Err("holds a number that is too large".into()),
        },
        LiteralValue::Null => Value::Null,
        LiteralValue::String(text) => Value::String(text.to_string()),
        LiteralValue::Bytes(_) => return Err("holds bytes, which are not supported".into()),
    })
}

//! An expression as it is evaluated, and the most steps that it can take.

use {super::LIST_MAX, crate::domain::transform::pattern::Bounded, serde_json::Value};

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
    /// The list that a loop has gathered.
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
    /// False only if the operand is false: an error continues.
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

impl Node {
    /// The greatest number of steps of an evaluation, apart from the lengths of texts, which are counted as they
    /// come.
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

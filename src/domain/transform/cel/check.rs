//! Turns the syntax tree into what is evaluated: the names, functions and loops that exist, and how large an
//! expression may become.

use {
    super::{
        NODES_MAX,
        node::{Function, Loop, Node, Operator},
        syntax::Syntax,
    },
    crate::domain::transform::{pattern::Bounded, shown},
    serde_json::Value,
};

/// Deepest tree that is evaluated.
const TREE_DEPTH_MAX: usize = 64;
/// How much deeper a loop's body lies than the loop itself.
const LOOP_DEPTH: usize = 3;

/// Name, function, fewest and most operands, including the one before the dot.
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

/// A macro over a list or the keys of a map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Macro {
    All,
    Exists,
    ExistsOne,
    Filter,
    Map,
}

impl Macro {
    /// Returns the macro with this name and number of operands, not counting the one before the dot.
    fn of(name: &str, operands: usize) -> Option<Self> {
        match (name, operands) {
            ("all", 2) => Some(Self::All),
            ("exists", 2) => Some(Self::Exists),
            ("exists_one" | "existsOne", 2) => Some(Self::ExistsOne),
            ("filter", 2) => Some(Self::Filter),
            ("map", 2 | 3) => Some(Self::Map),
            _ => None,
        }
    }
}

/// Turns the syntax tree into what is evaluated and collects the fields that it reads.
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
    /// True if the expression reads the value of the chain so far.
    pub(super) const fn reads_input(&self) -> bool {
        self.reads_input
    }

    /// The fields of the record that the expression reads.
    pub(super) fn into_fields(self) -> Vec<String> {
        self.fields
    }

    /// Checks an expression and everything in it.
    ///
    /// # Errors
    ///
    /// What of it is not known, not supported or too much.
    pub(super) fn convert(&mut self, syntax: &Syntax) -> Result<Node, String> {
        self.count()?;
        // Evaluation is as deep as the tree, and a chain of + makes the tree deeper than the nesting of the source.
        if self.depth >= TREE_DEPTH_MAX {
            return Err(format!("is nested deeper than {TREE_DEPTH_MAX}"));
        }
        self.depth += 1;
        let converted = self.inner(syntax);
        self.depth -= 1;
        converted
    }

    fn count(&mut self) -> Result<(), String> {
        self.nodes += 1;
        if self.nodes > NODES_MAX {
            return Err(format!("has more than {NODES_MAX} nodes"));
        }
        Ok(())
    }

    fn made(&mut self, node: Node) -> Result<Node, String> {
        self.count()?;
        Ok(node)
    }

    fn field(&mut self, name: &str) -> String {
        if !self.fields.iter().any(|known| known == name) {
            self.fields.push(name.to_owned());
        }
        name.to_owned()
    }

    fn boxed(&mut self, syntax: &Syntax) -> Result<Box<Node>, String> {
        self.convert(syntax).map(Box::new)
    }

    fn pair(&mut self, pair: &[Syntax; 2]) -> Result<Box<[Node; 2]>, String> {
        let [one, other] = pair;
        Ok(Box::new([self.convert(one)?, self.convert(other)?]))
    }

    fn inner(&mut self, syntax: &Syntax) -> Result<Node, String> {
        Ok(match syntax {
            Syntax::Literal(value) => Node::Literal(value.clone()),
            Syntax::Name(name) => self.name(name)?,
            Syntax::Select(of, name) if is_record(of) => Node::Field(self.field(name)),
            Syntax::Select(of, name) => Node::Member(self.boxed(of)?, name.clone()),
            Syntax::Index(of, at) => match at.as_ref() {
                Syntax::Literal(Value::String(name)) if is_record(of) => {
                    Node::Field(self.field(name))
                }
                _ => Node::Index(self.boxed(of)?, self.boxed(at)?),
            },
            Syntax::Call(name, of, operands) => self.call(name, of.as_deref(), operands)?,
            Syntax::List(items) => {
                Node::List(items.iter().map(|item| self.convert(item)).collect::<Result<_, _>>()?)
            }
            Syntax::Map(entries) => {
                let entries = entries
                    .iter()
                    .map(|(key, value)| Ok((self.convert(key)?, self.convert(value)?)));
                Node::Map(entries.collect::<Result<_, String>>()?)
            }
            Syntax::If(three) => {
                let [test, yes, no] = three.as_ref();
                Node::If(Box::new([self.convert(test)?, self.convert(yes)?, self.convert(no)?]))
            }
            Syntax::And(pair) => Node::And(self.pair(pair)?),
            Syntax::Or(pair) => Node::Or(self.pair(pair)?),
            Syntax::Not(of) => Node::Not(self.boxed(of)?),
            Syntax::Negate(of) => Node::Negate(self.boxed(of)?),
            Syntax::Binary(operator, pair) => Node::Binary(*operator, self.pair(pair)?),
        })
    }

    fn name(&mut self, name: &str) -> Result<Node, String> {
        match name {
            "value" => {
                self.reads_input = true;
                Ok(Node::Input)
            }
            "r" => Err("must name a field of r, such as r.First_Name".into()),
            _ if self.item.as_deref() == Some(name) => Ok(Node::Item),
            _ => Err(format!(
                "uses the unknown name '{}'; r is the record, and value is the value so far",
                shown(name)
            )),
        }
    }

    fn call(
        &mut self,
        name: &str,
        of: Option<&Syntax>,
        operands: &[Syntax],
    ) -> Result<Node, String> {
        match (name, of, operands) {
            ("has", None, [Syntax::Select(of, name)]) if is_record(of) => {
                return Ok(Node::HasField(self.field(name)));
            }
            ("has", None, [Syntax::Select(of, name)]) => {
                return Ok(Node::HasMember(self.boxed(of)?, name.clone()));
            }
            ("has", None, [_]) => return Err("needs a field in has, such as has(r.Name)".into()),
            (_, Some(of), [Syntax::Name(item), bodies @ ..]) => {
                if let Some(one) = Macro::of(name, operands.len()) {
                    return self.repeat(one, of, item, bodies);
                }
            }
            (_, Some(_), _) if Macro::of(name, operands.len()).is_some() => {
                return Err(format!("needs the name of the element first in '{name}'"));
            }
            _ => {}
        }
        let all: Vec<&Syntax> = of.into_iter().chain(operands).collect();
        if name == "matches" {
            let [of, Syntax::Literal(Value::String(pattern))] = all.as_slice() else {
                return Err("needs a text in quotes as the pattern of matches".into());
            };
            let pattern = Bounded::compile(pattern)
                .map_err(|reason| format!("has a pattern that {reason}"))?;
            return Ok(Node::Matches(self.boxed(of)?, pattern));
        }
        let Some((_, function, least, most)) = FUNCTIONS.iter().find(|(known, ..)| *known == name)
        else {
            let known: Vec<&str> = FUNCTIONS.iter().map(|(known, ..)| *known).collect();
            let (shown, known) = (shown(name), known.join(", "));
            return Err(format!("uses the unknown function '{shown}'; known are matches, {known}"));
        };
        if !(*least..=*most).contains(&all.len()) {
            return Err(format!("gives '{name}' a wrong number of operands"));
        }
        let nodes = all.into_iter().map(|operand| self.convert(operand));
        Ok(Node::Call(*function, nodes.collect::<Result<_, _>>()?))
    }

    fn repeat(
        &mut self,
        one: Macro,
        of: &Syntax,
        item: &str,
        bodies: &[Syntax],
    ) -> Result<Node, String> {
        if self.item.is_some() {
            return Err("has a loop inside a loop, which could take too long".into());
        }
        if ["r", "value"].contains(&item) {
            return Err(format!("cannot call a loop's element '{item}'"));
        }
        let over = self.convert(of)?;
        self.item = Some(item.to_owned());
        self.depth += LOOP_DEPTH;
        let bodies = bodies.iter().map(|body| self.convert(body)).collect::<Result<Vec<_>, _>>();
        self.depth -= LOOP_DEPTH;
        self.item = None;
        let [start, go_on, step, result] = self.rounds(one, bodies?)?;
        Ok(Node::Loop(Box::new(Loop { over, start, go_on, step, result })))
    }

    /// The start value of a macro, its condition to continue, the work of a round, and the result.
    fn rounds(&mut self, one: Macro, bodies: Vec<Node>) -> Result<[Node; 4], String> {
        let literal = |value: Value| Node::Literal(value);
        let gathered = self.made(Node::Gathered)?;
        let mut bodies = bodies.into_iter();
        let (Some(first), second) = (bodies.next(), bodies.next()) else {
            return Err("has a loop without a body".into());
        };
        Ok(match one {
            Macro::All => {
                let go_on = self.made(Node::NotFalse(Box::new(Node::Gathered)))?;
                let step = self.made(Node::And(Box::new([Node::Gathered, first])))?;
                [self.made(literal(true.into()))?, go_on, step, gathered]
            }
            Macro::Exists => {
                let not_yet = self.made(Node::Not(Box::new(Node::Gathered)))?;
                let go_on = self.made(Node::NotFalse(Box::new(not_yet)))?;
                let step = self.made(Node::Or(Box::new([Node::Gathered, first])))?;
                [self.made(literal(false.into()))?, go_on, step, gathered]
            }
            Macro::ExistsOne => {
                let one = || literal(1.into());
                let more = Node::Binary(Operator::Add, Box::new([Node::Gathered, one()]));
                let more = self.made(more)?;
                let step = self.made(Node::If(Box::new([first, more, Node::Gathered])))?;
                let is_one = Node::Binary(Operator::Equal, Box::new([gathered, one()]));
                let result = self.made(is_one)?;
                [self.made(literal(0.into()))?, self.made(literal(true.into()))?, step, result]
            }
            Macro::Filter | Macro::Map => {
                let (test, element) = match (one, second) {
                    (Macro::Filter, _) => (Some(first), self.made(Node::Item)?),
                    (_, Some(second)) => (Some(first), second),
                    (_, None) => (None, first),
                };
                let element = self.made(Node::List(vec![element]))?;
                let more = Node::Binary(Operator::Add, Box::new([Node::Gathered, element]));
                let mut step = self.made(more)?;
                if let Some(test) = test {
                    step = self.made(Node::If(Box::new([test, step, Node::Gathered])))?;
                }
                let start = self.made(Node::List(Vec::new()))?;
                [start, self.made(literal(true.into()))?, step, gathered]
            }
        })
    }
}

/// True for the record's own name; no element of a loop can have it.
fn is_record(syntax: &Syntax) -> bool {
    matches!(syntax, Syntax::Name(name) if name == "r")
}

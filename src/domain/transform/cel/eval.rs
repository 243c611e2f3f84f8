//! Evaluates a checked expression. Every node, and every 64 bytes that are copied or read, is a step; the steps run
//! out before the time does.

use {
    super::{
        LIST_MAX, STEPS_MAX,
        node::{Function, Loop, Node, Operator},
    },
    crate::domain::{
        code,
        record::SourceRecord,
        transform::{Decimal, Failure, TEXT_MAX, is_empty, shown, text::field},
        tree,
    },
    serde_json::{Map, Number, Value},
    std::cmp::Ordering,
};

/// Bytes that count as one step.
const CHUNK: usize = 64;

pub(super) fn run(root: &Node, value: &Value, record: &SourceRecord) -> Result<Value, Failure> {
    let mut machine =
        Machine { record, value, item: Value::Null, gathered: Value::Null, left: STEPS_MAX };
    machine.eval(root)
}

struct Machine<'a> {
    record: &'a SourceRecord,
    value: &'a Value,
    item: Value,
    gathered: Value,
    left: usize,
}

/// Steps that it costs to copy or compare a value.
fn weight(value: &Value) -> usize {
    match value {
        Value::String(text) => 1 + text.len() / CHUNK,
        Value::Array(items) => items.iter().map(weight).fold(1, usize::saturating_add),
        Value::Object(members) => members
            .iter()
            .map(|(key, value)| 1 + key.len() / CHUNK + weight(value))
            .fold(1, usize::saturating_add),
        _ => 1,
    }
}

const fn name_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a bool",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a map",
    }
}

fn cannot(what: &str, values: &[&Value]) -> Failure {
    let names: Vec<&str> = values.iter().map(|value| name_of(value)).collect();
    Failure::new(format!("{what} cannot take {}", names.join(" and ")))
}

impl Machine<'_> {
    fn spend(&mut self, steps: usize) -> Result<(), Failure> {
        self.left = self.left.checked_sub(steps).ok_or_else(|| {
            Failure::budget(format!("the expression takes more than {STEPS_MAX} steps"))
        })?;
        Ok(())
    }

    fn copy(&mut self, value: &Value) -> Result<Value, Failure> {
        self.spend(weight(value))?;
        Ok(value.clone())
    }

    fn text(&mut self, text: String) -> Result<Value, Failure> {
        self.spend(text.len() / CHUNK)?;
        if text.len() > TEXT_MAX {
            return Err(Failure::budget(format!("a text is over {TEXT_MAX} bytes")));
        }
        Ok(Value::String(text))
    }

    fn list(items: Vec<Value>) -> Result<Value, Failure> {
        if items.len() > LIST_MAX {
            return Err(Failure::budget(format!("a list has more than {LIST_MAX} elements")));
        }
        Ok(Value::Array(items))
    }

    fn eval(&mut self, node: &Node) -> Result<Value, Failure> {
        self.spend(1)?;
        match node {
            Node::Literal(value) => self.copy(value),
            Node::Input => self.copy(self.value),
            Node::Item => {
                self.spend(weight(&self.item))?;
                Ok(self.item.clone())
            }
            // A round uses the gathered list and replaces it by the new one: taking it saves a copy in each round.
            Node::Gathered => Ok(match &mut self.gathered {
                list @ Value::Array(_) => list.take(),
                other => other.clone(),
            }),
            Node::Field(name) => {
                let value = field(self.record, name);
                if is_empty(&value) { Ok(Value::Null) } else { self.copy(&value) }
            }
            Node::HasField(name) => Ok(Value::Bool(!is_empty(&field(self.record, name)))),
            Node::Member(of, name) => match self.eval(of)? {
                Value::Object(mut members) => members
                    .shift_remove(name)
                    .ok_or_else(|| Failure::new(format!("there is no '{}'", shown(name)))),
                other => Err(cannot(&format!(".{}", shown(name)), &[&other])),
            },
            Node::HasMember(of, name) => match self.eval(of)? {
                Value::Object(members) => {
                    Ok(Value::Bool(members.get(name).is_some_and(|value| !is_empty(value))))
                }
                other => Err(cannot("has", &[&other])),
            },
            Node::Index(of, at) => {
                let (of, at) = (self.eval(of)?, self.eval(at)?);
                index(of, &at)
            }
            Node::List(nodes) => {
                let items = nodes.iter().map(|node| self.eval(node)).collect::<Result<_, _>>()?;
                Self::list(items)
            }
            Node::Map(entries) => {
                let mut members = Map::new();
                for (key, value) in entries {
                    let key = match self.eval(key)? {
                        Value::String(key) if tree::is_refused(&key) => {
                            return Err(Failure::new(tree::REFUSED));
                        }
                        Value::String(key) => key,
                        other => return Err(cannot("a key", &[&other])),
                    };
                    let value = self.eval(value)?;
                    members.insert(key, value);
                }
                Ok(Value::Object(members))
            }
            Node::If(nodes) => {
                let [test, yes, no] = nodes.as_ref();
                if self.truth(test, "?:")? { self.eval(yes) } else { self.eval(no) }
            }
            Node::And(pair) => self.either(pair, false, "&&"),
            Node::Or(pair) => self.either(pair, true, "||"),
            Node::Not(of) => Ok(Value::Bool(!self.truth(of, "!")?)),
            Node::NotFalse(of) => Ok(Value::Bool(self.truth(of, "a loop").unwrap_or(true))),
            Node::Negate(of) => match self.eval(of)? {
                Value::Number(number) => negate(&number),
                other => Err(cannot("-", &[&other])),
            },
            Node::Binary(operator, pair) => {
                let [one, other] = pair.as_ref();
                let (one, other) = (self.eval(one)?, self.eval(other)?);
                self.binary(*operator, one, other)
            }
            Node::Matches(of, pattern) => match self.eval(of)? {
                Value::String(text) => {
                    self.spend(pattern.steps(&text))?;
                    Ok(Value::Bool(pattern.check(&text)?.is_match(&text)))
                }
                other => Err(cannot("matches", &[&other])),
            },
            Node::Call(function, nodes) => {
                let values: Vec<Value> =
                    nodes.iter().map(|node| self.eval(node)).collect::<Result<_, _>>()?;
                self.call(*function, values)
            }
            Node::Loop(one) => self.repeat(one),
        }
    }

    fn truth(&mut self, node: &Node, what: &str) -> Result<bool, Failure> {
        match self.eval(node)? {
            Value::Bool(flag) => Ok(flag),
            other => Err(cannot(what, &[&other])),
        }
    }

    /// `&&` and `||`: one side that decides the result is enough, even if the other one fails.
    fn either(&mut self, pair: &[Node; 2], decides: bool, what: &str) -> Result<Value, Failure> {
        let [one, other] = pair;
        let first = self.truth(one, what);
        if matches!(first, Ok(flag) if flag == decides) {
            return Ok(Value::Bool(decides));
        }
        match (first, self.truth(other, what)) {
            // There is no budget left to continue with.
            (Err(failure), _) | (_, Err(failure)) if failure.code == code::TRANSFORM_BUDGET => {
                Err(failure)
            }
            (_, Ok(flag)) if flag == decides => Ok(Value::Bool(decides)),
            (Err(failure), _) | (Ok(_), Err(failure)) => Err(failure),
            (Ok(_), Ok(flag)) => Ok(Value::Bool(flag)),
        }
    }

    fn repeat(&mut self, one: &Loop) -> Result<Value, Failure> {
        let items = match self.eval(&one.over)? {
            Value::Array(items) => items,
            Value::Object(members) => members.into_iter().map(|(key, _)| key.into()).collect(),
            other => return Err(cannot("a loop", &[&other])),
        };
        if items.len() > LIST_MAX {
            return Err(Failure::budget(format!("a list has more than {LIST_MAX} elements")));
        }
        self.gathered = self.eval(&one.start)?;
        for item in items {
            self.item = item;
            if !self.truth(&one.go_on, "a loop")? {
                break;
            }
            self.gathered = self.eval(&one.step)?;
        }
        let result = self.eval(&one.result);
        self.item = Value::Null;
        result
    }

    fn binary(&mut self, operator: Operator, one: Value, other: Value) -> Result<Value, Failure> {
        use Operator as O;
        match operator {
            O::Add => self.add(one, other),
            O::Subtract | O::Multiply | O::Divide | O::Modulo => arithmetic(operator, &one, &other),
            O::Equal | O::NotEqual => {
                self.spend(weight(&one).min(weight(&other)))?;
                Ok(Value::Bool(equal(&one, &other) == (operator == O::Equal)))
            }
            O::In => match other {
                Value::Array(items) => {
                    self.spend(items.iter().map(weight).fold(0, usize::saturating_add))?;
                    Ok(Value::Bool(items.iter().any(|item| equal(item, &one))))
                }
                Value::Object(members) => {
                    Ok(Value::Bool(one.as_str().is_some_and(|key| members.contains_key(key))))
                }
                other => Err(cannot("in", &[&one, &other])),
            },
            O::Less | O::LessEqual | O::Greater | O::GreaterEqual => {
                self.spend(weight(&one).min(weight(&other)))?;
                let order =
                    compare(&one, &other).ok_or_else(|| cannot("a comparison", &[&one, &other]))?;
                Ok(Value::Bool(match operator {
                    O::Less => order == Ordering::Less,
                    O::LessEqual => order != Ordering::Greater,
                    O::Greater => order == Ordering::Greater,
                    _ => order != Ordering::Less,
                }))
            }
        }
    }

    fn add(&mut self, one: Value, other: Value) -> Result<Value, Failure> {
        match (one, other) {
            (Value::String(mut text), Value::String(more)) => {
                text.push_str(&more);
                self.text(text)
            }
            (Value::Array(mut items), Value::Array(more)) => {
                self.spend(more.len())?;
                items.extend(more);
                Self::list(items)
            }
            (one, other) => arithmetic(Operator::Add, &one, &other),
        }
    }

    fn call(&mut self, function: Function, values: Vec<Value>) -> Result<Value, Failure> {
        use Function as F;
        let bytes: usize =
            values.iter().filter_map(Value::as_str).map(|text| text.len() / CHUNK).sum();
        self.spend(bytes)?;
        match (function, values.as_slice()) {
            (F::Size, [Value::String(text)]) => Ok(Value::from(text.chars().count())),
            (F::Size, [Value::Array(items)]) => Ok(Value::from(items.len())),
            (F::Size, [Value::Object(members)]) => Ok(Value::from(members.len())),
            (F::Contains, [Value::String(text), Value::String(part)]) => {
                Ok(Value::Bool(text.contains(part)))
            }
            (F::StartsWith, [Value::String(text), Value::String(part)]) => {
                Ok(Value::Bool(text.starts_with(part)))
            }
            (F::EndsWith, [Value::String(text), Value::String(part)]) => {
                Ok(Value::Bool(text.ends_with(part)))
            }
            (F::Int, [value]) => to_int(value),
            (F::Double, [value]) => to_double(value),
            (F::Text, [value]) if !value.is_null() => {
                crate::domain::transform::text_of(value).map(Value::String)
            }
            (F::Trim, [Value::String(text)]) => Ok(Value::String(text.trim().to_owned())),
            (F::Lower, [Value::String(text)]) => Ok(Value::String(text.to_ascii_lowercase())),
            (F::Upper, [Value::String(text)]) => Ok(Value::String(text.to_ascii_uppercase())),
            (F::Replace, [Value::String(text), Value::String(from), Value::String(to)]) => {
                self.replace(text, from, to)
            }
            (F::Split, [Value::String(text), Value::String(on)]) if !on.is_empty() => {
                let parts: Vec<Value> =
                    text.split(on.as_str()).take(LIST_MAX + 1).map(Value::from).collect();
                self.spend(parts.len())?;
                Self::list(parts)
            }
            (F::Join, [Value::Array(items)]) => self.join(items, ""),
            (F::Join, [Value::Array(items), Value::String(between)]) => self.join(items, between),
            (F::Substring, [Value::String(text), from, rest @ ..]) => {
                substring(text, from, rest.first())
            }
            (_, values) => {
                let shown: Vec<&Value> = values.iter().collect();
                Err(cannot(&format!("{function:?}").to_lowercase(), &shown))
            }
        }
    }

    fn replace(&mut self, text: &str, from: &str, to: &str) -> Result<Value, Failure> {
        if from.is_empty() {
            return Err(Failure::new("replace needs something to look for"));
        }
        let found = text.matches(from).count();
        let size = text.len() + found.saturating_mul(to.len());
        if size > TEXT_MAX + found * from.len() {
            return Err(Failure::budget(format!("a text is over {TEXT_MAX} bytes")));
        }
        self.text(text.replace(from, to))
    }

    fn join(&mut self, items: &[Value], between: &str) -> Result<Value, Failure> {
        let mut out = String::new();
        for (index, item) in items.iter().enumerate() {
            let Value::String(text) = item else { return Err(cannot("join", &[item])) };
            if index > 0 {
                out.push_str(between);
            }
            out.push_str(text);
            if out.len() > TEXT_MAX {
                return Err(Failure::budget(format!("a text is over {TEXT_MAX} bytes")));
            }
        }
        self.text(out)
    }
}

fn index(of: Value, at: &Value) -> Result<Value, Failure> {
    match (of, at) {
        (Value::Array(mut items), Value::Number(number)) => {
            let at = number.as_u64().and_then(|at| usize::try_from(at).ok());
            match at.filter(|at| *at < items.len()) {
                Some(at) => Ok(items.swap_remove(at)),
                None => Err(Failure::new(format!("the list has no element {number}"))),
            }
        }
        (Value::Object(mut members), Value::String(key)) => members
            .shift_remove(key)
            .ok_or_else(|| Failure::new(format!("there is no '{}'", shown(key)))),
        (of, at) => Err(cannot("[]", &[&of, at])),
    }
}

fn substring(text: &str, from: &Value, to: Option<&Value>) -> Result<Value, Failure> {
    let length = text.chars().count();
    let place = |value: &Value| value.as_u64().and_then(|at| usize::try_from(at).ok());
    let range = place(from).zip(to.map_or(Some(length), place));
    let Some((from, to)) = range.filter(|(from, to)| from <= to && *to <= length) else {
        return Err(Failure::new("substring is beyond the text"));
    };
    Ok(Value::String(text.chars().skip(from).take(to - from).collect()))
}

fn double(number: f64) -> Result<Value, Failure> {
    let number = Number::from_f64(number).map(Value::Number);
    number.ok_or_else(|| Failure::new("the result is not a number"))
}

fn negate(number: &Number) -> Result<Value, Failure> {
    match (number.as_i64(), number.as_f64()) {
        (Some(number), _) => number.checked_neg().map(Value::from).ok_or_else(overflow),
        (None, Some(number)) => double(-number),
        (None, None) => Err(overflow()),
    }
}

fn overflow() -> Failure {
    Failure::new("the number is too large")
}

fn arithmetic(operator: Operator, one: &Value, other: &Value) -> Result<Value, Failure> {
    use Operator as O;
    let (sign, whole) = match operator {
        O::Add => ("+", i64::checked_add as fn(i64, i64) -> Option<i64>),
        O::Subtract => ("-", i64::checked_sub as fn(i64, i64) -> Option<i64>),
        O::Multiply => ("*", i64::checked_mul as fn(i64, i64) -> Option<i64>),
        O::Divide => ("/", i64::checked_div as fn(i64, i64) -> Option<i64>),
        _ => ("%", i64::checked_rem as fn(i64, i64) -> Option<i64>),
    };
    if let (Some(one), Some(other)) = (one.as_i64(), other.as_i64()) {
        if other == 0 && matches!(operator, O::Divide | O::Modulo) {
            return Err(Failure::new("division by zero"));
        }
        return whole(one, other).map(Value::from).ok_or_else(overflow);
    }
    // The language does not add an integer and a double: `double(r.Field)` says what is meant.
    match (one, other) {
        (Value::Number(a), Value::Number(b)) if a.is_f64() && b.is_f64() => {
            let (a, b) = (a.as_f64().unwrap_or_default(), b.as_f64().unwrap_or_default());
            match operator {
                O::Add => double(a + b),
                O::Subtract => double(a - b),
                O::Multiply => double(a * b),
                O::Divide => double(a / b),
                _ => Err(cannot(sign, &[one, other])),
            }
        }
        _ => Err(cannot(sign, &[one, other])),
    }
}

/// Equality by value: 1 and 1.0 are equal, 1 and "1" are not.
fn equal(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(_), Value::Number(_)) => compare(one, other) == Some(Ordering::Equal),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| equal(a, b)))
        }
        _ => one == other,
    }
}

fn compare(one: &Value, other: &Value) -> Option<Ordering> {
    match (one, other) {
        (Value::Number(_), Value::Number(_)) => match (one.as_i64(), other.as_i64()) {
            (Some(a), Some(b)) => Some(a.cmp(&b)),
            _ => one.as_f64()?.partial_cmp(&other.as_f64()?),
        },
        (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

fn to_int(value: &Value) -> Result<Value, Failure> {
    let number = match value {
        Value::Number(number) if number.is_f64() => {
            let number = number.as_f64().unwrap_or(f64::NAN).trunc();
            Decimal::parse(&format!("{number:.0}"))
        }
        other => Decimal::of(other),
    };
    let number = number.and_then(|number| number.to_i64());
    number.map(Value::from).ok_or_else(|| cannot("int", &[value]))
}

fn to_double(value: &Value) -> Result<Value, Failure> {
    let number = Decimal::of(value).and_then(|number| number.to_string().parse::<f64>().ok());
    number.map_or_else(|| Err(cannot("double", &[value])), double)
}

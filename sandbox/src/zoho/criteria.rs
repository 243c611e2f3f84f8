//! Conditions on records, as in COQL, bulk reads and searches: columns, comparisons, and the bounds
//! that save a look at every record.

use {
    super::{
        module::{Field, Module, module},
        parse_time,
        read::View,
    },
    serde_json::Value,
    std::cmp::Ordering,
};

/// Greatest number of look-ups in the path of a column.
const JOINS_MAX: usize = 2;

/// The columns that a query can name.
#[derive(Debug, Clone)]
pub(crate) enum Column {
    Id,
    Field(&'static Field),
    /// A column of the record that a look-up points to.
    Through(&'static Field, Box<Column>),
}

impl Column {
    /// Finds a column by its name, such as `Status` or `Program.Product_Name`.
    pub(crate) fn find(module: &'static Module, name: &str) -> Option<Self> {
        Self::find_within(module, name, JOINS_MAX)
    }

    fn find_within(owner: &'static Module, name: &str, joins: usize) -> Option<Self> {
        if name == "id" {
            return Some(Self::Id);
        }
        let Some((first, rest)) = name.split_once('.') else {
            return owner.field(name).filter(|field| !field.single_reads_only()).map(Self::Field);
        };
        let field = owner.field(first).filter(|field| field.kind == "lookup" && joins > 0)?;
        let target = module(field.lookup?)?;
        Some(Self::Through(field, Box::new(Self::find_within(target, rest, joins - 1)?)))
    }

    /// Returns the field of the value; `None` for an id.
    fn field(&self) -> Option<&'static Field> {
        match self {
            Self::Id => None,
            Self::Field(field) => Some(field),
            Self::Through(_, column) => column.field(),
        }
    }

    /// Returns the value as in an answer.
    pub(crate) fn answered(&self, view: View<'_>, index: u32) -> Value {
        match self {
            Self::Id => Value::from(view.table.id(index)),
            Self::Field(field) => view.value(index, field),
            Self::Through(field, column) => match view.through(index, field) {
                Some((other, index)) => column.answered(other, index),
                None => Value::Null,
            },
        }
    }

    /// Returns the stored value; a look-up is a plain id.
    pub(crate) fn stored(&self, view: View<'_>, index: u32) -> Value {
        match self {
            Self::Id => Value::from(view.table.id(index)),
            Self::Field(field) => view.stored(index, field),
            Self::Through(field, column) => match view.through(index, field) {
                Some((other, index)) => column.stored(other, index),
                None => Value::Null,
            },
        }
    }

    /// Returns the value for comparisons.
    pub(crate) fn scalar(&self, view: View<'_>, index: u32) -> Scalar {
        match self {
            Self::Field(field) if field.name == "Modified_Time" => {
                Scalar::Whole(view.table.modified(index))
            }
            Self::Through(field, column) => match view.through(index, field) {
                Some((other, index)) => column.scalar(other, index),
                None => Scalar::Null,
            },
            _ => self.literal(&self.stored(view, index)).unwrap_or(Scalar::Null),
        }
    }

    /// Reads a value of a query, or one that is stored, as one of this column's.
    pub(crate) fn literal(&self, value: &Value) -> Option<Scalar> {
        if value.is_null() {
            return Some(Scalar::Null);
        }
        let text = value.as_str();
        let kind = self.field().map_or("lookup", |field| field.kind);
        match kind {
            "lookup" | "ownerlookup" => {
                let id = value.as_i64().or_else(|| text?.parse().ok());
                id.map(Scalar::Whole)
            }
            "datetime" => parse_time(text?).map(Scalar::Whole),
            "integer" | "double" | "currency" => {
                let number = value.as_f64().or_else(|| text?.parse().ok());
                number.filter(|number| number.is_finite()).map(Scalar::Number)
            }
            "boolean" => {
                let flag = value.as_bool().or_else(|| text?.parse().ok());
                flag.map(Scalar::Flag)
            }
            _ => Some(Scalar::Text(text?.to_lowercase())),
        }
    }
}

/// A value for comparisons.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Scalar {
    Null,
    Whole(i64),
    Number(f64),
    Flag(bool),
    Text(String),
}

impl Scalar {
    /// Compares two values; values of different kinds, and null, have no order.
    pub(crate) fn order(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Whole(one), Self::Whole(two)) => Some(one.cmp(two)),
            (Self::Number(one), Self::Number(two)) => one.partial_cmp(two),
            (Self::Flag(one), Self::Flag(two)) => Some(one.cmp(two)),
            (Self::Text(one), Self::Text(two)) => Some(one.cmp(two)),
            _ => None,
        }
    }
}

/// The comparison operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    NotIn,
    Between,
    Like,
    IsNull,
    IsNotNull,
}

/// A condition.
#[derive(Debug, Clone)]
pub(crate) enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Test { column: Column, operator: Operator, values: Vec<Scalar> },
}

impl Condition {
    /// Returns whether a record meets the condition.
    pub(crate) fn holds(&self, view: View<'_>, index: u32) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(view, index)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(view, index)),
            Self::Test { column, operator, values } => {
                test(&column.scalar(view, index), *operator, values)
            }
        }
    }

    /// Counts the comparisons.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().map(Self::size).sum(),
            Self::Test { .. } => 1,
        }
    }

    /// Returns a value that the column exceeds in every record that meets the condition. It is used
    /// for the time of the last change and the id; both are whole numbers.
    pub(crate) fn floor(&self, wanted: fn(&Column) -> bool) -> Option<i64> {
        match self {
            Self::All(parts) => parts.iter().filter_map(|part| part.floor(wanted)).max(),
            Self::Any(parts) => {
                let floors: Option<Vec<i64>> =
                    parts.iter().map(|part| part.floor(wanted)).collect();
                floors?.into_iter().min()
            }
            Self::Test { column, operator, values } => match (operator, values.first()?) {
                (Operator::Greater, Scalar::Whole(bound)) if wanted(column) => Some(*bound),
                (
                    Operator::GreaterOrEqual | Operator::Equal | Operator::Between,
                    Scalar::Whole(bound),
                ) if wanted(column) => Some(bound.saturating_sub(1)),
                _ => None,
            },
        }
    }

    /// Returns a value that the column has at most in every record that meets the condition.
    pub(crate) fn ceiling(&self, wanted: fn(&Column) -> bool) -> Option<i64> {
        match self {
            Self::All(parts) => parts.iter().filter_map(|part| part.ceiling(wanted)).min(),
            Self::Any(parts) => {
                let ceilings: Option<Vec<i64>> =
                    parts.iter().map(|part| part.ceiling(wanted)).collect();
                ceilings?.into_iter().max()
            }
            Self::Test { column, operator, values } if wanted(column) => {
                let bound = match operator {
                    Operator::Less | Operator::LessOrEqual | Operator::Equal => values.first()?,
                    Operator::Between => values.get(1)?,
                    _ => return None,
                };
                match bound {
                    Scalar::Whole(bound) => Some(*bound),
                    _ => None,
                }
            }
            Self::Test { .. } => None,
        }
    }
}

fn test(own: &Scalar, operator: Operator, values: &[Scalar]) -> bool {
    let order = || own.order(values.first()?);
    let within = || values.iter().any(|value| own.order(value) == Some(Ordering::Equal));
    match operator {
        Operator::IsNull => *own == Scalar::Null,
        Operator::IsNotNull => *own != Scalar::Null,
        Operator::Equal | Operator::In => within(),
        Operator::NotEqual | Operator::NotIn => !within(),
        Operator::Less => order() == Some(Ordering::Less),
        Operator::LessOrEqual => order().is_some_and(Ordering::is_le),
        Operator::Greater => order() == Some(Ordering::Greater),
        Operator::GreaterOrEqual => order().is_some_and(Ordering::is_ge),
        Operator::Between => {
            let below = values.get(1).and_then(|value| own.order(value));
            order().is_some_and(Ordering::is_ge) && below.is_some_and(Ordering::is_le)
        }
        Operator::Like => match (own, values.first()) {
            (Scalar::Text(own), Some(Scalar::Text(pattern))) => like(own, pattern),
            _ => false,
        },
    }
}

/// Compares like `like`: `%` at either end means any text, and the case of letters does not matter.
fn like(text: &str, pattern: &str) -> bool {
    let (text, pattern) = (text.to_lowercase(), pattern.to_lowercase());
    let inner = pattern.trim_matches('%');
    match (pattern.starts_with('%'), pattern.len() > 1 && pattern.ends_with('%')) {
        (true, true) => text.contains(inner),
        (true, false) => text.ends_with(inner),
        (false, true) => text.starts_with(inner),
        (false, false) => text == inner,
    }
}

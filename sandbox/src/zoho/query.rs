//! The grammar of COQL: text to query. The meaning of the names is not known here.

use {
    super::criteria::{Column, Condition, Operator, Scalar},
    serde_json::{Number, Value, json},
};

/// Rows of a query without a limit.
const LIMIT_USUAL: usize = 200;
/// Greatest nesting of brackets.
const DEPTH_MAX: usize = 30;

/// Direction of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    Ascending,
    Descending,
}

/// Looks up a name and the values that it is compared with.
pub(crate) type Find<'f, E> =
    &'f dyn Fn(&str, Operator, &[Value]) -> Result<(Column, Vec<Scalar>), E>;

/// A condition whose names are not looked up yet.
#[derive(Debug)]
pub(crate) enum Clause {
    All(Vec<Clause>),
    Any(Vec<Clause>),
    Test(String, Operator, Vec<Value>),
}

impl Clause {
    /// Looks the names up.
    pub(crate) fn resolve<E>(&self, find: Find<'_, E>) -> Result<Condition, E> {
        let all = |parts: &[Clause]| -> Result<Vec<Condition>, E> {
            parts.iter().map(|part| part.resolve(find)).collect()
        };
        Ok(match self {
            Self::All(parts) => Condition::All(all(parts)?),
            Self::Any(parts) => Condition::Any(all(parts)?),
            Self::Test(name, operator, values) => {
                let (column, values) = find(name, *operator, values)?;
                Condition::Test { column, operator: *operator, values }
            }
        })
    }
}

/// A query.
#[derive(Debug)]
pub(crate) struct Query {
    /// Columns with their aliases.
    pub(crate) select: Vec<(String, Option<String>)>,
    pub(crate) module: String,
    pub(crate) condition: Clause,
    pub(crate) order: Vec<(String, Order)>,
    pub(crate) offset: usize,
    pub(crate) limit: usize,
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Number(Number),
    Sign(&'static str),
}

const SIGNS: [&str; 9] = ["!=", ">=", "<=", "=", ">", "<", "(", ")", ","];

fn tokens(text: &str) -> Result<Vec<Token>, Value> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let column = text.len() - rest.len() + 1;
        let wrong = |near: &str| json!({"line": 1, "column": column, "near": near});
        if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            tokens.push(Token::Sign(sign));
            rest = rest.get(sign.len()..).unwrap_or_default();
        } else if first == '\'' {
            let (value, after) = quoted(rest).ok_or_else(|| wrong("'"))?;
            tokens.push(Token::Text(value));
            rest = after;
        } else {
            let is_part = |c: char| c.is_alphanumeric() || "_.$-+:".contains(c);
            let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
            let (word, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
            if word.is_empty() {
                return Err(wrong(&first.to_string()));
            }
            // Ids are too long for any type but whole numbers.
            let whole = word.parse::<i64>().ok().map(Number::from);
            let number = whole.or_else(|| Number::from_f64(word.parse().ok()?));
            tokens.push(number.map_or_else(|| Token::Word(word.to_owned()), Token::Number));
            rest = after;
        }
        rest = rest.trim_start();
    }
    Ok(tokens)
}

/// Reads a quoted text; a quote inside it is doubled.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut rest = text.strip_prefix('\'')?;
    loop {
        let (part, after) = rest.split_once('\'')?;
        value.push_str(part);
        match after.strip_prefix('\'') {
            Some(further) => {
                value.push('\'');
                rest = further;
            }
            None => return Some((value, after)),
        }
    }
}

/// Reads a query.
///
/// # Errors
/// What the error's details say about the place.
pub(crate) fn parse(text: &str) -> Result<Query, Value> {
    let mut reader = Reader { tokens: tokens(text)?, at: 0 };
    reader.keyword("select")?;
    let select = reader.list(|reader| {
        let name = reader.word()?;
        let alias = reader.take_keyword("as").then(|| reader.word()).transpose()?;
        Ok((name, alias))
    })?;
    reader.keyword("from")?;
    let module = reader.word()?;
    reader.keyword("where")?;
    let condition = reader.condition(0)?;
    let mut order = Vec::new();
    if reader.take_keyword("order") {
        reader.keyword("by")?;
        order = reader.list(|reader| {
            let name = reader.word()?;
            let descending = reader.take_keyword("desc");
            if !descending {
                reader.take_keyword("asc");
            }
            Ok((name, if descending { Order::Descending } else { Order::Ascending }))
        })?;
    }
    let (mut offset, mut limit) = (0, LIMIT_USUAL);
    if reader.take_keyword("limit") {
        limit = reader.count()?;
        if reader.take_sign(",") {
            offset = limit;
            limit = reader.count()?;
        } else if reader.take_keyword("offset") {
            offset = reader.count()?;
        }
    }
    match reader.tokens.get(reader.at) {
        None => Ok(Query { select, module, condition, order, offset, limit }),
        Some(_) => Err(reader.wrong("end")),
    }
}

struct Reader {
    tokens: Vec<Token>,
    at: usize,
}

impl Reader {
    fn wrong(&self, clause: &str) -> Value {
        let near = match self.tokens.get(self.at) {
            None => String::new(),
            Some(Token::Word(text) | Token::Text(text)) => text.clone(),
            Some(Token::Number(number)) => number.to_string(),
            Some(Token::Sign(sign)) => (*sign).to_owned(),
        };
        json!({"clause": clause, "near": near})
    }

    fn take_keyword(&mut self, keyword: &str) -> bool {
        let found = matches!(
            self.tokens.get(self.at),
            Some(Token::Word(word)) if word.eq_ignore_ascii_case(keyword)
        );
        self.at += usize::from(found);
        found
    }

    fn keyword(&mut self, keyword: &str) -> Result<(), Value> {
        if self.take_keyword(keyword) { Ok(()) } else { Err(self.wrong(keyword)) }
    }

    fn take_sign(&mut self, sign: &str) -> bool {
        let found = matches!(self.tokens.get(self.at), Some(Token::Sign(own)) if *own == sign);
        self.at += usize::from(found);
        found
    }

    fn sign(&mut self, sign: &str) -> Result<(), Value> {
        if self.take_sign(sign) { Ok(()) } else { Err(self.wrong(sign)) }
    }

    fn word(&mut self) -> Result<String, Value> {
        match self.tokens.get(self.at) {
            Some(Token::Word(word)) => {
                let word = word.clone();
                self.at += 1;
                Ok(word)
            }
            _ => Err(self.wrong("name")),
        }
    }

    fn count(&mut self) -> Result<usize, Value> {
        match self.tokens.get(self.at) {
            Some(Token::Number(number)) => {
                let count = number.as_u64().filter(|count| *count <= 1_000_000);
                let count = count.and_then(|count| usize::try_from(count).ok());
                self.at += usize::from(count.is_some());
                count.ok_or_else(|| self.wrong("limit"))
            }
            _ => Err(self.wrong("limit")),
        }
    }

    fn value(&mut self) -> Result<Value, Value> {
        let value = match self.tokens.get(self.at) {
            Some(Token::Text(text)) => json!(text),
            Some(Token::Number(number)) => json!(number),
            Some(Token::Word(word)) if word.eq_ignore_ascii_case("true") => json!(true),
            Some(Token::Word(word)) if word.eq_ignore_ascii_case("false") => json!(false),
            Some(Token::Word(word)) if word.eq_ignore_ascii_case("null") => Value::Null,
            _ => return Err(self.wrong("value")),
        };
        self.at += 1;
        Ok(value)
    }

    fn list<T>(
        &mut self,
        mut item: impl FnMut(&mut Self) -> Result<T, Value>,
    ) -> Result<Vec<T>, Value> {
        let mut list = vec![item(self)?];
        while self.take_sign(",") {
            list.push(item(self)?);
        }
        Ok(list)
    }

    /// Reads one condition or a pair; a third one must be in brackets with one of the others.
    fn condition(&mut self, depth: usize) -> Result<Clause, Value> {
        let first = self.operand(depth)?;
        let and = self.take_keyword("and");
        if !and && !self.take_keyword("or") {
            return Ok(first);
        }
        let pair = vec![first, self.operand(depth)?];
        Ok(if and { Clause::All(pair) } else { Clause::Any(pair) })
    }

    fn operand(&mut self, depth: usize) -> Result<Clause, Value> {
        if depth > DEPTH_MAX {
            return Err(self.wrong("where"));
        }
        if self.take_sign("(") {
            let inside = self.condition(depth + 1)?;
            self.sign(")")?;
            return Ok(inside);
        }
        let name = self.word()?;
        let (operator, values) = self.comparison()?;
        Ok(Clause::Test(name, operator, values))
    }

    fn comparison(&mut self) -> Result<(Operator, Vec<Value>), Value> {
        const SIMPLE: [(&str, Operator); 6] = [
            ("=", Operator::Equal),
            ("!=", Operator::NotEqual),
            ("<=", Operator::LessOrEqual),
            (">=", Operator::GreaterOrEqual),
            ("<", Operator::Less),
            (">", Operator::Greater),
        ];
        for (sign, operator) in SIMPLE {
            if self.take_sign(sign) {
                return Ok((operator, vec![self.value()?]));
            }
        }
        if self.take_keyword("is") {
            let not = self.take_keyword("not");
            self.keyword("null")?;
            return Ok((if not { Operator::IsNotNull } else { Operator::IsNull }, Vec::new()));
        }
        if self.take_keyword("like") {
            return Ok((Operator::Like, vec![self.value()?]));
        }
        if self.take_keyword("between") {
            let low = self.value()?;
            self.keyword("and")?;
            return Ok((Operator::Between, vec![low, self.value()?]));
        }
        let not = self.take_keyword("not");
        self.keyword("in")?;
        self.sign("(")?;
        let values = self.list(Self::value)?;
        self.sign(")")?;
        Ok((if not { Operator::NotIn } else { Operator::In }, values))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_queries_are_read() {
        let query = parse(
            "SELECT id, Email, Program.Product_Name as P from BTEC_Students where \
             ((Modified_Time >= '2026-11-20T00:00:00+00:00') and (Name != 'O''Brien')) \
             order by Modified_Time asc, id desc limit 400, 200",
        );
        let Ok(query) = query else { unreachable!("{query:?}") };
        assert_eq!(query.select.last(), Some(&("Program.Product_Name".into(), Some("P".into()))));
        assert_eq!((query.offset, query.limit, query.order.len()), (400, 200, 2));
        let Clause::All(parts) = query.condition else { unreachable!() };
        assert!(matches!(&parts[1], Clause::Test(_, _, values) if values == &[json!("O'Brien")]));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, clause) in [
            ("", "select"),
            ("select id from X", "where"),
            ("select id from X where a = 1 and b = 2 and c = 3", "end"),
            ("select id from X where a = 1 limit x", "limit"),
            ("select id from X where (a = 1", ")"),
            ("select id from X where a ~ 1", ""),
            ("select id from X where a", "in"),
        ] {
            let details = parse(text).err().unwrap_or_default();
            assert_eq!(details["clause"].as_str().unwrap_or_default(), clause, "{text}: {details}");
        }
        assert!(parse("select id from X where a = 'open").is_err());
        assert!(parse("select id from X where ((a = 1 and b = 2) and c = 3)").is_ok());
        let deep = format!("select id from X where {}a = 1", "(".repeat(10_000));
        assert!(parse(&deep).is_err());
    }
}

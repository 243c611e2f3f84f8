//! The grammar of an expression: operators by precedence, members, calls, lists and maps, as the specification of the
//! Common Expression Language defines them. It knows neither names nor functions; `check.rs` does.

use {
    super::{
        DEPTH_MAX,
        lex::{Placed, Token, place, split},
        node::Operator,
    },
    serde_json::{Number, Value},
};

/// Names that the language reserves.
const RESERVED: [&str; 17] = [
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
];
/// Names that are literals or an operator.
const KEYWORDS: [&str; 4] = ["true", "false", "null", "in"];

/// The syntax tree.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Syntax {
    Literal(Value),
    Name(String),
    Select(Box<Syntax>, String),
    Index(Box<Syntax>, Box<Syntax>),
    /// A function's name, the operand before its dot if it has one, and the operands in its brackets.
    Call(String, Option<Box<Syntax>>, Vec<Syntax>),
    List(Vec<Syntax>),
    Map(Vec<(Syntax, Syntax)>),
    If(Box<[Syntax; 3]>),
    And(Box<[Syntax; 2]>),
    Or(Box<[Syntax; 2]>),
    Not(Box<Syntax>),
    Negate(Box<Syntax>),
    Binary(Operator, Box<[Syntax; 2]>),
}

/// Reads an expression.
///
/// # Errors
///
/// Why the text is not an expression, and where.
pub(super) fn parse(source: &str) -> Result<Syntax, String> {
    let mut parser = Parser { source, tokens: split(source)?, at: 0, depth: 0 };
    let root = parser.expression()?;
    match parser.peek() {
        None => Ok(root),
        Some(_) => Err(parser.expected("the end")),
    }
}

struct Parser<'a> {
    source: &'a str,
    tokens: Vec<Placed>,
    at: usize,
    depth: u16,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(token, _)| token)
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.peek().cloned();
        self.at += 1;
        token
    }

    fn sees(&self, mark: &str) -> bool {
        matches!(self.peek(), Some(Token::Mark(seen)) if *seen == mark)
    }

    fn skip(&mut self, mark: &str) -> bool {
        let found = self.sees(mark);
        self.at += usize::from(found);
        found
    }

    fn need(&mut self, mark: &str) -> Result<(), String> {
        if self.skip(mark) { Ok(()) } else { Err(self.expected(&format!("'{mark}'"))) }
    }

    fn expected(&self, what: &str) -> String {
        let at = self.tokens.get(self.at).map_or(self.source.len(), |(_, at)| *at);
        format!("{what} is expected {}", place(self.source, at))
    }

    fn expression(&mut self) -> Result<Syntax, String> {
        if self.depth > DEPTH_MAX {
            return Err(format!("it is nested deeper than {DEPTH_MAX}"));
        }
        self.depth += 1;
        let test = self.any()?;
        let whole = if self.skip("?") {
            let yes = self.any()?;
            self.need(":")?;
            Syntax::If(Box::new([test, yes, self.expression()?]))
        } else {
            test
        };
        self.depth -= 1;
        Ok(whole)
    }

    fn any(&mut self) -> Result<Syntax, String> {
        let mut terms = vec![self.all()?];
        while self.skip("||") {
            terms.push(self.all()?);
        }
        Ok(balanced(terms, Syntax::Or))
    }

    fn all(&mut self) -> Result<Syntax, String> {
        let mut terms = vec![self.relation()?];
        while self.skip("&&") {
            terms.push(self.relation()?);
        }
        Ok(balanced(terms, Syntax::And))
    }

    fn relation(&mut self) -> Result<Syntax, String> {
        self.chain(Self::sum, |token| match token {
            Token::Mark("==") => Some(Operator::Equal),
            Token::Mark("!=") => Some(Operator::NotEqual),
            Token::Mark("<") => Some(Operator::Less),
            Token::Mark("<=") => Some(Operator::LessEqual),
            Token::Mark(">") => Some(Operator::Greater),
            Token::Mark(">=") => Some(Operator::GreaterEqual),
            Token::Name(name) if name == "in" => Some(Operator::In),
            _ => None,
        })
    }

    fn sum(&mut self) -> Result<Syntax, String> {
        self.chain(Self::product, |token| match token {
            Token::Mark("+") => Some(Operator::Add),
            Token::Mark("-") => Some(Operator::Subtract),
            _ => None,
        })
    }

    fn product(&mut self) -> Result<Syntax, String> {
        self.chain(Self::unary, |token| match token {
            Token::Mark("*") => Some(Operator::Multiply),
            Token::Mark("/") => Some(Operator::Divide),
            Token::Mark("%") => Some(Operator::Modulo),
            _ => None,
        })
    }

    /// Operators of one precedence; the first one binds first.
    fn chain(
        &mut self,
        operand: fn(&mut Self) -> Result<Syntax, String>,
        operator: fn(&Token) -> Option<Operator>,
    ) -> Result<Syntax, String> {
        let mut left = operand(self)?;
        while let Some(operator) = self.peek().and_then(operator) {
            self.at += 1;
            left = Syntax::Binary(operator, Box::new([left, operand(self)?]));
        }
        Ok(left)
    }

    /// Consecutive signs cancel each other; one minus before a number is part of the number.
    fn unary(&mut self) -> Result<Syntax, String> {
        let start = self.at;
        for (mark, make) in [("!", Syntax::Not as fn(_) -> _), ("-", Syntax::Negate)] {
            while self.skip(mark) {}
            let signs = self.at - start;
            if signs == 0 {
                continue;
            }
            if mark == "-" && signs == 1 && self.sees_number() {
                self.at = start;
                break;
            }
            let operand = self.member()?;
            return Ok(if signs.is_multiple_of(2) { operand } else { make(Box::new(operand)) });
        }
        self.member()
    }

    fn sees_number(&self) -> bool {
        matches!(self.peek(), Some(Token::Int(_) | Token::Float(_)))
    }

    fn member(&mut self) -> Result<Syntax, String> {
        let mut of = self.primary()?;
        loop {
            if self.skip(".") {
                let name = self.name()?;
                of = if self.sees("(") {
                    Syntax::Call(name, Some(Box::new(of)), self.operands()?)
                } else {
                    Syntax::Select(Box::new(of), name)
                };
            } else if self.skip("[") {
                let at = self.expression()?;
                self.need("]")?;
                of = Syntax::Index(Box::new(of), Box::new(at));
            } else {
                return Ok(of);
            }
        }
    }

    /// A name after a dot: a keyword cannot be one, a reserved name can.
    fn name(&mut self) -> Result<String, String> {
        match self.peek() {
            Some(Token::Name(name)) if !KEYWORDS.contains(&name.as_str()) => {
                let name = name.clone();
                self.at += 1;
                Ok(name)
            }
            _ => Err(self.expected("a name")),
        }
    }

    fn primary(&mut self) -> Result<Syntax, String> {
        let start = self.at;
        let negative = self.skip("-");
        match self.next() {
            Some(Token::Int(digits)) => whole(&digits, negative).map(Syntax::Literal),
            Some(Token::Float(digits)) => fraction(&digits, negative).map(Syntax::Literal),
            _ if negative => {
                self.at = start + 1;
                Err(self.expected("a number"))
            }
            Some(Token::Unsigned(digits)) => whole(&digits, false).map(Syntax::Literal),
            Some(Token::Text(text)) => Ok(Syntax::Literal(Value::String(text))),
            Some(Token::Name(name)) => self.named(name, start),
            Some(Token::Mark("(")) => {
                let inner = self.expression()?;
                self.need(")")?;
                Ok(inner)
            }
            Some(Token::Mark("[")) => self.listed("]", Self::expression).map(Syntax::List),
            Some(Token::Mark("{")) => self
                .listed("}", |parser| {
                    let key = parser.expression()?;
                    parser.need(":")?;
                    Ok((key, parser.expression()?))
                })
                .map(Syntax::Map),
            _ => {
                self.at = start;
                Err(self.expected("a value"))
            }
        }
    }

    fn named(&mut self, name: String, start: usize) -> Result<Syntax, String> {
        match name.as_str() {
            "true" => return Ok(Syntax::Literal(Value::Bool(true))),
            "false" => return Ok(Syntax::Literal(Value::Bool(false))),
            "null" => return Ok(Syntax::Literal(Value::Null)),
            "in" => {
                self.at = start;
                return Err(self.expected("a value"));
            }
            _ => {}
        }
        if RESERVED.contains(&name.as_str()) {
            return Err(format!("'{name}' is a reserved name"));
        }
        if self.sees("(") {
            return Ok(Syntax::Call(name, None, self.operands()?));
        }
        Ok(Syntax::Name(name))
    }

    /// The operands of a call, with their brackets.
    fn operands(&mut self) -> Result<Vec<Syntax>, String> {
        self.need("(")?;
        let mut operands = Vec::new();
        if self.skip(")") {
            return Ok(operands);
        }
        loop {
            operands.push(self.expression()?);
            if !self.skip(",") {
                self.need(")")?;
                return Ok(operands);
            }
        }
    }

    /// Elements between commas, up to the closing bracket; a trailing comma is allowed.
    fn listed<T>(
        &mut self,
        close: &str,
        one: fn(&mut Self) -> Result<T, String>,
    ) -> Result<Vec<T>, String> {
        let mut items = Vec::new();
        loop {
            let comma = self.sees(",") && items.is_empty();
            if comma {
                self.at += 1;
            }
            if self.skip(close) {
                return Ok(items);
            }
            if comma {
                return Err(self.expected(&format!("'{close}'")));
            }
            items.push(one(self)?);
            if !self.skip(",") {
                self.need(close)?;
                return Ok(items);
            }
        }
    }
}

/// Joins operands of `&&` or `||` into a tree that is as flat as possible.
fn balanced(mut terms: Vec<Syntax>, join: fn(Box<[Syntax; 2]>) -> Syntax) -> Syntax {
    let right = terms.split_off(terms.len().div_ceil(2));
    match (terms.len(), right.is_empty()) {
        (1, true) => terms.swap_remove(0),
        _ => join(Box::new([balanced(terms, join), balanced(right, join)])),
    }
}

fn whole(digits: &str, negative: bool) -> Result<Value, String> {
    let (radix, digits) = digits.strip_prefix("0x").map_or((10, digits), |digits| (16, digits));
    let sign = if negative { "-" } else { "" };
    i64::from_str_radix(&format!("{sign}{digits}"), radix)
        .map(Value::from)
        .map_err(|_| "a whole number is out of range".into())
}

fn fraction(digits: &str, negative: bool) -> Result<Value, String> {
    let number = digits.parse::<f64>().ok().map(|number| if negative { -number } else { number });
    number
        .and_then(Number::from_f64)
        .map(Value::Number)
        .ok_or_else(|| "a number is out of range".into())
}

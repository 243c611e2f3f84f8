//! The crate `cel` as a reference: both parsers read the same tree from the same text, and refuse the same texts.

use {
    super::super::{
        node::Operator,
        syntax::{Syntax, parse},
    },
    ::cel::{
        common::ast::{CallExpr, EntryExpr, Expr, LiteralValue, operators},
        parser::Parser,
    },
    proptest::{collection::vec, prelude::*, sample::select},
    serde_json::Value,
    std::panic::catch_unwind,
};

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

/// The tree of the reference; `None` if it refuses the text, or the text holds what records never hold.
fn reference(source: &str) -> Option<Syntax> {
    let tree = catch_unwind(|| Parser::new().max_recursion_depth(32).parse(source).ok()).ok()??;
    from(&tree.expr)
}

fn from(expr: &Expr) -> Option<Syntax> {
    Some(match expr {
        Expr::Literal(literal) => Syntax::Literal(match literal {
            LiteralValue::Boolean(flag) => Value::Bool(**flag),
            LiteralValue::Double(number) => Value::from(**number),
            LiteralValue::Int(number) => Value::from(**number),
            LiteralValue::UInt(number) => Value::from(i64::try_from(**number).ok()?),
            LiteralValue::Null => Value::Null,
            LiteralValue::String(text) => Value::String(text.to_string()),
            LiteralValue::Bytes(_) => return None,
        }),
        Expr::Ident(name) if name.starts_with('.') => return None,
        Expr::Ident(name) => Syntax::Name(name.clone()),
        Expr::Select(select) => {
            let of = Box::new(from(&select.operand.expr)?);
            let field = Syntax::Select(of, select.field.clone());
            if select.test { Syntax::Call("has".into(), None, vec![field]) } else { field }
        }
        Expr::List(list) => {
            Syntax::List(list.elements.iter().map(|one| from(&one.expr)).collect::<Option<_>>()?)
        }
        Expr::Map(map) => {
            let entries = map.entries.iter().map(|entry| match &entry.expr {
                EntryExpr::MapEntry(entry) => {
                    Some((from(&entry.key.expr)?, from(&entry.value.expr)?))
                }
                EntryExpr::StructField(_) => None,
            });
            Syntax::Map(entries.collect::<Option<_>>()?)
        }
        Expr::Call(call) => called(call)?,
        Expr::Comprehension(_) | Expr::Struct(_) | Expr::Unspecified => return None,
    })
}

fn called(call: &CallExpr) -> Option<Syntax> {
    let mut operands =
        call.args.iter().map(|operand| from(&operand.expr)).collect::<Option<Vec<_>>>()?;
    let of = match &call.target {
        Some(of) => Some(Box::new(from(&of.expr)?)),
        None => None,
    };
    let name = call.func_name.as_str();
    if name.starts_with('.') {
        return None;
    }
    let pair =
        |operands: Vec<Syntax>| <Box<[Syntax; 2]>>::try_from(operands.into_boxed_slice()).ok();
    if let Some((_, operator)) = OPERATORS.iter().find(|(known, _)| *known == name) {
        return Some(Syntax::Binary(*operator, pair(operands)?));
    }
    Some(match name {
        operators::CONDITIONAL => Syntax::If(operands.into_boxed_slice().try_into().ok()?),
        operators::LOGICAL_AND => Syntax::And(pair(operands)?),
        operators::LOGICAL_OR => Syntax::Or(pair(operands)?),
        operators::LOGICAL_NOT => Syntax::Not(Box::new(operands.pop()?)),
        operators::NEGATE => Syntax::Negate(Box::new(operands.pop()?)),
        operators::INDEX => {
            let at = Box::new(operands.pop()?);
            Syntax::Index(Box::new(operands.pop()?), at)
        }
        _ => Syntax::Call(name.to_owned(), of, operands),
    })
}

/// Our tree. The reference refuses `has` of something that is not a field while it reads; this parser does so
/// afterwards.
fn ours(source: &str) -> Option<Syntax> {
    parse(source).ok().filter(asks_for_fields)
}

fn asks_for_fields(syntax: &Syntax) -> bool {
    let all = |several: &[Syntax]| several.iter().all(asks_for_fields);
    match syntax {
        Syntax::Literal(_) | Syntax::Name(_) => true,
        Syntax::Call(name, None, operands) if name == "has" && operands.len() == 1 => {
            matches!(&operands[..], [Syntax::Select(of, _)] if asks_for_fields(of))
        }
        Syntax::Call(_, of, operands) => of.as_deref().is_none_or(asks_for_fields) && all(operands),
        Syntax::Select(of, _) | Syntax::Not(of) | Syntax::Negate(of) => asks_for_fields(of),
        Syntax::Index(of, at) => asks_for_fields(of) && asks_for_fields(at),
        Syntax::List(items) => all(items),
        Syntax::Map(entries) => {
            entries.iter().all(|(key, value)| asks_for_fields(key) && asks_for_fields(value))
        }
        Syntax::If(three) => all(three.as_slice()),
        Syntax::And(pair) | Syntax::Or(pair) | Syntax::Binary(_, pair) => all(pair.as_slice()),
    }
}

/// Expressions with everything in the grammar except macros, which the reference expands while it reads.
fn expression() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("r.First".to_owned()),
        Just("value".to_owned()),
        "[a-z_]{1,3}[A-Z0-9]?",
        "-?[0-9]{1,20}u?",
        "-?0x[0-9a-fA-F]{1,17}u?",
        "-?[0-9]{0,3}\\.[0-9]{1,3}(e-?[0-9]{1,3})?",
        "'[a-z \"\u{627}-\u{62a}]{0,4}'",
        "\"(\\\\[abfnrtv\\\\'\"`?]|\\\\x[0-9a-f]{2}|\\\\u[0-9a-f]{4}|\\\\[0-4][0-8]{2}|[a-z])*\"",
        "r'[a-z\\\\]{0,4}'",
        "'''[a-z\n\r\"]{0,4}'''",
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just("false".to_owned()),
    ];
    leaf.prop_recursive(5, 40, 3, |inner| {
        let operator = select(vec![
            "+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", " in ", "&&", "||", " - ",
        ]);
        prop_oneof![
            (inner.clone(), operator, inner.clone()).prop_map(|(a, op, b)| format!("{a}{op}{b}")),
            (inner.clone(), inner.clone(), inner.clone())
                .prop_map(|(a, b, c)| format!("{a}?{b}:{c}")),
            inner.clone().prop_map(|a| format!("({a})")),
            ("[!-]{1,3}", inner.clone()).prop_map(|(signs, a)| format!("{signs}{a}")),
            (inner.clone(), "[a-z]{2,3}").prop_map(|(a, name)| format!("{a}.{name}")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a}[{b}]")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a}.size({b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("size({a}, {b})")),
            inner.clone().prop_map(|a| format!("has({a}.x)")),
            (vec(inner.clone(), 0..3), ",?")
                .prop_map(|(all, comma)| format!("[{}{comma}]", all.join(","))),
            (inner.clone(), inner).prop_map(|(a, b)| format!("{{ {a} : {b} }}")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn expressions_are_read_as_the_reference_reads_them(source in expression()) {
        prop_assert_eq!(ours(&source), reference(&source), "{}", source);
    }

    #[test]
    fn words_in_any_order_are_read_or_refused_as_by_the_reference(
        words in vec(
            select(vec![
                "r", ".", "a", "(", ")", "[", "]", "{", "}", ",", ":", "?", "+", "-", "!", "1", "0.5", "'t'", "==", "=",
                "in", "&&", "|", "has(r.a)", " ", "for", "//c\n", "\\", "\u{0}", "1u", "r'", "'", "&", "0x", ".5", "e1",
            ]),
            0..9,
        )
    ) {
        let source = words.concat();
        prop_assert_eq!(ours(&source), reference(&source), "{}", source);
    }
}

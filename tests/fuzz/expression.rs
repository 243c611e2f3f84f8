//! Transforms and expressions: whatever is saved gives, for any record, a value within its bounds or a failure with a
//! reason, and the same one each time.

use {
    super::{STEPS_MAX, compile},
    crate::{
        domain::{
            code,
            record::SourceRecord,
            transform::{Failure, ROWS, TEXT_MAX, Transform},
        },
        fuzz::{Dice, made, texts},
    },
    serde_json::{Map, Value, json},
};

fn record() -> SourceRecord {
    let Value::Object(fields) = json!({
        "First": "Sara", "Nick": null, "Age": 19, "Fee": 1500.5, "Tags": ["a", "bb", "ccc"],
        "Look": {"id": "53", "name": "A"}, "Big": "x".repeat(60_000), "Min": i64::MIN,
        "Thousand": (0..1_000).collect::<Vec<_>>(), "Date": "2026-02-28T23:59:59+03:00",
    }) else {
        panic!("an object")
    };
    SourceRecord::sample(fields)
}

/// Bytes of texts and number of values.
fn size(value: &Value) -> (usize, usize) {
    let sum =
        |(bytes, values): (usize, usize), own: (usize, usize)| (bytes + own.0, values + own.1);
    match value {
        Value::String(text) => (text.len(), 1),
        Value::Array(items) => items.iter().map(size).fold((0, 1), sum),
        Value::Object(members) => {
            members.iter().map(|(name, own)| sum((name.len(), 0), size(own))).fold((0, 1), sum)
        }
        _ => (0, 1),
    }
}

fn has_reason(failure: &Failure) {
    assert!([code::TRANSFORM_FAILED, code::TRANSFORM_BUDGET].contains(&failure.code));
    assert!(!failure.reason.is_empty() && failure.reason.len() < 1_000, "{}", failure.reason);
}

const WORDS: [&str; 40] = [
    "r.First",
    "r.Big",
    "r.Tags",
    "r.Thousand",
    "r.Min",
    "r.Fee",
    "r.Look",
    "r.Nick",
    "value",
    "null",
    "true",
    "1",
    "2.5",
    "'a'",
    "''",
    " + ",
    " - ",
    " * ",
    " / ",
    " % ",
    " == ",
    " < ",
    " in ",
    " && ",
    " || ",
    "!",
    " ? ",
    " : ",
    "(",
    ")",
    "[",
    "]",
    ".map(x, ",
    ".filter(x, ",
    ".exists(x, ",
    ".all(x, ",
    "x",
    ".replace(",
    ".matches('",
    ".split(",
];

#[test]
fn an_expression_stays_within_its_budget() {
    let (record, input) = (record(), json!("in"));
    let mut applied = 0;
    texts("cel", 4_000, &WORDS, |source| {
        let Ok(expression) = compile(source) else { return };
        applied += 1;
        let result = expression.apply(&input, &record);
        assert_eq!(result, expression.apply(&input, &record));
        match &result {
            // Each step is paid before it is taken: one for each value, and for each 64 bytes.
            Ok(value) => {
                let (bytes, values) = size(value);
                assert!(values <= STEPS_MAX && bytes / 64 <= STEPS_MAX, "{bytes} {values}");
            }
            Err(failure) => has_reason(failure),
        }
    });
    assert!(applied > 100, "only {applied} expressions were valid");
}

/// The rule of an example with other parameters, alone or in a chain.
fn rule(dice: &mut Dice) -> Map<String, Value> {
    let row = &ROWS[dice.below(ROWS.len())];
    let mut rule = row.example_rule();
    let names: Vec<&str> = row.parameters.iter().map(|parameter| parameter.name).collect();
    if let Some(Value::Object(params)) = rule.get_mut("params") {
        for _ in 0..dice.below(3) {
            let name = if names.is_empty() { "x" } else { dice.pick(&names) };
            params.insert(name.to_owned(), loose(dice));
        }
    }
    rule
}

fn loose(dice: &mut Dice) -> Value {
    const TEXTS: [&str; 14] = [
        "First",
        "Big",
        "{First}",
        "(a+)+$",
        "[",
        "%Y-%m-%d",
        "UTC",
        "Asia/Amman",
        ",",
        "-",
        "٣",
        "2026-02-30",
        "https://x.example",
        "0001-01-01",
    ];
    match dice.below(5) {
        0 => json!(dice.border()),
        1 => json!(dice.one_in(2)),
        2 => json!([dice.text(&TEXTS, 2), dice.text(&TEXTS, 2)]),
        3 => json!({ dice.text(&TEXTS, 1): dice.text(&TEXTS, 2) }),
        _ => json!(dice.text(&TEXTS, 3)),
    }
}

fn given(dice: &mut Dice) -> Value {
    let row = &ROWS[dice.below(ROWS.len())];
    match dice.below(6) {
        0 => json!(dice.border()),
        1 => json!(f64::from_bits(dice.number())),
        2 => loose(dice),
        3 => json!("7,".repeat(dice.below(40_000))),
        _ => serde_json::from_str(row.example.value).unwrap_or_default(),
    }
}

#[test]
fn a_transform_gives_a_value_or_a_reason() {
    let record = record();
    let make = |dice: &mut Dice| {
        let rule = if dice.one_in(3) {
            let steps: Vec<Value> = (0..1 + dice.below(4)).map(|_| rule(dice).into()).collect();
            let chain = json!({"type": "chain", "params": {"steps": steps}});
            chain.as_object().cloned().unwrap_or_default()
        } else {
            rule(dice)
        };
        (rule, given(dice))
    };
    let mut applied = 0;
    made("transform", 6_000, make, |(rule, value)| {
        let transform = match Transform::parse(rule) {
            Ok(Some(transform)) => transform,
            Ok(None) => return,
            Err(reason) => return assert!(!reason.is_empty()),
        };
        applied += 1;
        match transform.apply(value, &record) {
            Ok(Value::String(text)) => {
                assert!(text.len() <= TEXT_MAX || value.as_str() == Some(&text))
            }
            Ok(_) => {}
            Err((step, failure)) => {
                assert!(step >= 1);
                has_reason(&failure);
            }
        }
    });
    assert!(applied > 0, "no transform was valid");
}

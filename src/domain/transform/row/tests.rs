//! The rows and the parser agree: each example gives its result, and each limit holds.

use {
    super::*,
    crate::domain::{record::SourceRecord, transform::Transform},
};

fn rule(row: &Row, params: Map<String, Value>) -> Map<String, Value> {
    let mut rule = Map::new();
    rule.insert("type".into(), json!(row.name));
    rule.insert("params".into(), params.into());
    rule
}

fn params(row: &Row) -> Map<String, Value> {
    serde_json::from_str(row.example.params).expect("an object")
}

/// Applies a transform to the value of the row's example.
fn applied(row: &Row, params: Map<String, Value>) -> Result<Value, String> {
    let transform = Transform::parse(&rule(row, params))?.expect("a transform");
    let mut fields: Map<String, Value> =
        serde_json::from_str(row.example.record).expect("an object");
    let id = fields.remove("id").and_then(|id| Some(id.as_str()?.into()));
    let record = SourceRecord { id: id.unwrap_or_else(|| "1".into()), modified_at: None, fields };
    let value = serde_json::from_str(row.example.value).expect("JSON");
    transform.apply(&value, &record).map_err(|(_, failure)| failure.reason)
}

/// True if a refusal is about the value of the parameter.
fn names(row: &Row, parameter: &Parameter, refused: &str) -> bool {
    refused.starts_with(&format!("{}: '{}' must be", row.name, parameter.name))
}

#[test]
fn each_transform_has_one_row() {
    let names: std::collections::HashSet<&str> = ROWS.iter().map(|row| row.name).collect();
    assert_eq!(names.len(), ROWS.len());
    for (index, row) in ROWS.iter().enumerate() {
        assert_eq!(row.key as usize, index, "{}: in the order of the names", row.name);
        assert_eq!(Row::named(row.name).expect("a row").key, row.key);
        assert!(row.meaning.ends_with('.'), "{}", row.name);
    }
}

#[test]
fn each_example_gives_what_it_says() {
    for row in ROWS {
        let wanted: Value = serde_json::from_str(row.example.result).expect(row.name);
        assert_eq!(applied(row, params(row)), Ok(wanted), "{}", row.name);
    }
}

#[test]
fn what_a_row_does_not_name_is_refused() {
    for row in ROWS {
        let mut params = params(row);
        params.insert("never_there".into(), json!(1));
        let refused = applied(row, params).expect_err(row.name);
        assert_eq!(refused, format!("{}: unknown parameter 'never_there'", row.name));
    }
}

#[test]
fn each_parameter_is_read_and_held_to_its_limits() {
    for row in ROWS {
        for parameter in row.parameters {
            let with = |value: Value| {
                let mut params = params(row);
                params.insert(parameter.name.into(), value);
                applied(row, params)
            };
            let place = format!("{}.{}", row.name, parameter.name);
            let refused = with(json!({"never": "fits"})).expect_err(&place);
            // A map takes any word; everything else refuses such an object.
            let odd = matches!(parameter.accepts, Accepts::Map { .. });
            assert!(
                odd || names(row, parameter, &refused) || refused.contains("goes with"),
                "{place}: {refused}"
            );
            let refuses = |value: Value| {
                let refused = with(value.clone()).expect_err(&place);
                let goes_with = refused.contains("goes with");
                assert!(names(row, parameter, &refused) || goes_with, "{place} {value}: {refused}");
            };
            let takes = |value: Value| {
                if let Err(refused) = with(value.clone()) {
                    assert!(!names(row, parameter, &refused), "{place} {value}: {refused}");
                }
            };
            match parameter.accepts {
                Accepts::Flag => {
                    [json!(true), json!(false)].into_iter().for_each(takes);
                    refuses(json!("true"));
                }
                Accepts::Word(words) => {
                    words.iter().for_each(|word| takes(json!(word)));
                    refuses(json!("never"));
                }
                Accepts::Text { least, most } => {
                    refuses(json!("x".repeat(most + 1)));
                    takes(json!("x".repeat(most)));
                    if least > 0 {
                        refuses(json!(""));
                    }
                }
                Accepts::Whole { from, to } => {
                    [json!(to + 1), json!(-1), json!("1"), json!(1.5)]
                        .into_iter()
                        .for_each(refuses);
                    takes(json!(from));
                    // How many groups there are depends on the pattern.
                    if parameter.name != "group" {
                        takes(json!(to));
                    }
                    if from > 0 {
                        refuses(json!(from - 1));
                    }
                }
                Accepts::Number => {
                    takes(json!("-0.5"));
                    refuses(json!("many"));
                }
                Accepts::Texts { most } => {
                    refuses(json!([]));
                    refuses(json!([""]));
                    refuses(json!(vec!["x"; most + 1]));
                    takes(json!(vec!["x"; most]));
                }
                Accepts::Scalar => refuses(json!([1])),
                Accepts::Map { most } => {
                    let entries = |count: usize| -> Value {
                        (0..count).map(|n| (n.to_string(), json!(n))).collect::<Map<_, _>>().into()
                    };
                    refuses(entries(most + 1));
                    refuses(json!({"a": [1]}));
                    takes(entries(most));
                }
                Accepts::Steps { most } => {
                    refuses(json!([]));
                    refuses(json!(vec![json!({"type": "trim"}); most + 1]));
                    takes(json!(vec![json!({"type": "trim"}); most]));
                }
                Accepts::Other(_) => refuses(json!([{"never": "fits"}])),
            }
        }
    }
}

#[test]
fn a_parameter_that_is_left_out_has_the_value_that_its_row_tells() {
    for row in ROWS {
        let usual = applied(row, params(row));
        for parameter in row.parameters {
            let place = format!("{}.{}", row.name, parameter.name);
            let mut without = params(row);
            let given = without.remove(parameter.name).is_some();
            match parameter.default {
                None if parameter.required => {
                    let refused = applied(row, without).expect_err(&place);
                    assert!(names(row, parameter, &refused), "{place}: {refused}");
                }
                None => assert!(Transform::parse(&rule(row, without)).is_ok(), "{place}"),
                Some(default) => {
                    let default: Value = serde_json::from_str(default).expect(&place);
                    let mut with = without.clone();
                    with.insert(parameter.name.into(), default);
                    assert_eq!(applied(row, with), applied(row, without), "{place}");
                    assert!(given || usual.is_ok(), "{place}");
                }
            }
        }
    }
}

#[test]
fn a_scale_has_as_many_rows_as_its_row_says() {
    let row = Row::named("grade_letter").expect("a row");
    let scale = |rows: usize| {
        let rows: Vec<Value> = (0..rows).map(|at| json!({"at": at, "letter": "P"})).collect();
        let mut params = Map::new();
        params.insert("scale".into(), json!({"rows": rows}));
        applied(row, params)
    };
    assert!(row.parameters[1].meaning.contains("1 to 20 rows"));
    assert_eq!((scale(1).is_ok(), scale(20).is_ok()), (true, true));
    assert_eq!((scale(0).is_err(), scale(21).is_err()), (true, true));
}

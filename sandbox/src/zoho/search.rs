//! `GET /{module}/search`: by criteria, e-mail address, phone number or word. The index lags behind
//! the records, as a real one does.

use {
    super::{
        criteria::{Column, Condition, Operator, Scalar},
        error,
        left_out::{Place, strip},
        module::Module,
        read::{View, named},
        table::Sort,
    },
    crate::{
        answer::{Answer, Call, Refusal, ZOHO_JSON},
        world::Settings,
    },
    serde_json::{Value, json},
    std::collections::HashMap,
};

/// Greatest number of rows on a page.
const PAGE_MAX: usize = 200;
/// Greatest nesting of brackets.
const DEPTH_MAX: usize = 10;

/// Answers a search.
pub(crate) fn search(view: View<'_>, settings: &Settings, call: &Call, now: i64) -> Answer {
    found(view, settings, call, now).unwrap_or_else(|answer| *answer)
}

fn found(view: View<'_>, settings: &Settings, call: &Call, now: i64) -> Result<Answer, Refusal> {
    let parameters: HashMap<_, _> = call.parameters().into_iter().collect();
    let module = view.table.module().ok_or_else(error::bad_url)?;
    let condition = match ["criteria", "email", "phone", "word"]
        .into_iter()
        .find_map(|name| Some((name, parameters.get(name)?)))
    {
        Some(("criteria", text)) => {
            let read = criteria(module, text.trim(), 0);
            read.ok_or_else(|| error::bad_parameter("criteria"))?
        }
        Some((name, text)) => anywhere(module, name, text),
        None => {
            let details = json!({"param_name": "criteria"});
            let text = "One of the expected parameter is missing";
            return Err(error::flat(400, "REQUIRED_PARAM_MISSING", &details, text).into());
        }
    };
    let number = |name: &str, usual: usize| match parameters.get(name) {
        None => Ok(usual),
        Some(text) => {
            let number = text.parse().ok().filter(|number| (1..=PAGE_MAX).contains(number));
            number.ok_or_else(|| Refusal::from(error::bad_parameter(name)))
        }
    };
    let (page, per_page) = (number("page", 1)?, number("per_page", PAGE_MAX)?);
    let horizon = now - settings.search_lag_s;
    let sort = Sort { by_modified: false, descending: true };
    let seen =
        |index: &u32| view.table.modified(*index) <= horizon && condition.holds(view, *index);
    let all = view.table.scan(sort, None, None).filter(seen);
    let rows: Vec<u32> = all.skip((page - 1) * per_page).take(per_page + 1).collect();
    if rows.is_empty() {
        return Ok(Answer::empty(204, ""));
    }
    let fields = parameters.get("fields").map(|names| named(module, names)).transpose()?;
    let row = |index: &u32| match &fields {
        Some(fields) => view.record(*index, fields),
        None => view.whole(*index),
    };
    let row = |index: &u32| strip(settings, Place::Search, view.table, *index, row(index));
    let data: Vec<Value> = rows.iter().take(per_page).map(row).collect();
    let info = json!({
        "per_page": per_page,
        "count": data.len(),
        "page": page,
        "more_records": rows.len() > per_page,
    });
    Ok(Answer::json(200, ZOHO_JSON, &json!({"data": data, "info": info})))
}

/// Reads `(Field:comparator:value)`, or several of them in brackets, joined by `and` or `or`.
fn criteria(module: &'static Module, text: &str, depth: usize) -> Option<Condition> {
    let inner = text.strip_prefix('(')?.strip_suffix(')')?;
    if depth > DEPTH_MAX {
        return None;
    }
    if !inner.starts_with('(') {
        let mut parts = inner.splitn(3, ':');
        let (name, comparator, value) = (parts.next()?, parts.next()?, parts.next()?);
        let column = Column::find(module, name)?;
        let (operator, value) = match comparator {
            "equals" => (Operator::Equal, json!(value)),
            "starts_with" => (Operator::Like, json!(format!("{value}%"))),
            "in" => (Operator::In, json!(value)),
            "greater_than" => (Operator::Greater, json!(value)),
            "greater_equal" => (Operator::GreaterOrEqual, json!(value)),
            "less_than" => (Operator::Less, json!(value)),
            "less_equal" => (Operator::LessOrEqual, json!(value)),
            _ => return None,
        };
        let values: Option<Vec<Scalar>> = if operator == Operator::In {
            value.as_str()?.split(',').map(|one| column.literal(&json!(one))).collect()
        } else {
            Some(vec![column.literal(&value)?])
        };
        return Some(Condition::Test { column, operator, values: values? });
    }
    let mut parts = Vec::new();
    let mut any = false;
    let mut rest = inner;
    loop {
        let (part, after) = bracket(rest)?;
        parts.push(criteria(module, part, depth + 1)?);
        let word = after.trim_start().to_ascii_lowercase();
        rest = match word {
            _ if word.is_empty() => break,
            _ if word.starts_with("and") => after.trim_start().get(3..)?.trim_start(),
            _ if word.starts_with("or") => {
                any = true;
                after.trim_start().get(2..)?.trim_start()
            }
            _ => return None,
        };
    }
    Some(if any { Condition::Any(parts) } else { Condition::All(parts) })
}

/// Splits a text after the bracket that closes its first one.
fn bracket(text: &str) -> Option<(&str, &str)> {
    let mut open = 0_usize;
    for (at, sign) in text.char_indices() {
        match sign {
            '(' => open += 1,
            ')' if open == 1 => return text.split_at_checked(at + 1),
            ')' => open = open.checked_sub(1)?,
            _ if open == 0 => return None,
            _ => {}
        }
    }
    None
}

/// A word in any field of a kind.
fn anywhere(module: &'static Module, name: &str, text: &str) -> Condition {
    let fits = |kind: &str| match name {
        "email" => kind == "email",
        "phone" => kind == "phone",
        _ => ["text", "email", "phone", "autonumber"].contains(&kind),
    };
    let text = text.to_lowercase();
    let (operator, text) = match name {
        "word" => (Operator::Like, format!("%{text}%")),
        _ => (Operator::Equal, text),
    };
    let fields = module.fields.iter().filter(|field| fits(field.kind));
    let tests = fields.map(|field| Condition::Test {
        column: Column::Field(field),
        operator,
        values: vec![Scalar::Text(text.clone())],
    });
    Condition::Any(tests.collect())
}

#[cfg(test)]
mod tests {
    use {super::*, crate::zoho::module::module};

    #[test]
    fn criteria_are_read() {
        let Some(students) = module("BTEC_Students") else { unreachable!() };
        for (text, size) in [
            ("(Email:equals:a@x.example)", Some(1)),
            ("((Email:equals:x)AND(City:starts_with:Ir))", Some(2)),
            ("((Email:equals:x)or((City:equals:y) and (Name:equals:z)))", Some(3)),
            ("Email:equals:x", None),
            ("(Nothing:equals:x)", None),
            ("(Email:resembles:x)", None),
            ("((Email:equals:x)nor(City:equals:y))", None),
            ("((Email:equals:x)", None),
            ("()", None),
        ] {
            let read = criteria(students, text, 0);
            assert_eq!(read.map(|condition| condition.size()), size, "{text}");
        }
        let deep = format!("{}x{}", "(".repeat(10_000), ")".repeat(10_000));
        assert!(criteria(students, &deep, 0).is_none());
    }
}

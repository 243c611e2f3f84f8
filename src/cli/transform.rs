//! `transforms`: what a mapping row can do with a value. It needs no server: the table is part of the program.

use {
    super::{
        Failed, exit,
        output::{Reference, pretty, print, table},
        word,
    },
    crate::domain::transform::{Accepts, Parameter, ROWS, Row, page},
    clap::Args,
    serde_json::{Value, json},
    std::{fmt::Write as _, process::ExitCode},
};

#[derive(Debug, Args)]
pub(super) struct TransformsArgs {
    /// Name of a transform, to show its parameters and an example; all transforms without it
    #[arg(value_parser = word::lower)]
    name: Option<String>,
    /// Output format
    #[arg(short, long, value_enum, default_value_t = Reference::Table)]
    output: Reference,
}

pub(super) fn transforms(args: &TransformsArgs) -> Result<ExitCode, Failed> {
    let one = match &args.name {
        Some(name) => Some(Row::named(name).ok_or_else(|| {
            let message =
                format!("there is no transform '{name}'; list them with: sigma-sync transforms");
            Failed::new(exit::NOT_FOUND, message)
        })?),
        None => None,
    };
    let text = match (args.output, one) {
        (Reference::Markdown, _) => page(),
        (Reference::Json, Some(row)) => pretty(&document(row))?,
        (Reference::Json, None) => pretty(&ROWS.iter().map(document).collect::<Value>())?,
        (Reference::Table, Some(row)) => details(row),
        (Reference::Table, None) => list(),
    };
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}

/// Lists the transforms; optional parameters are in brackets.
fn list() -> String {
    let mut rows = vec![["NAME", "PARAMETERS", "WHAT IT DOES"].map(str::to_owned).to_vec()];
    for row in ROWS {
        let parameter = |parameter: &Parameter| {
            if parameter.required { parameter.name.into() } else { format!("[{}]", parameter.name) }
        };
        let parameters: Vec<String> = row.parameters.iter().map(parameter).collect();
        rows.push(vec![row.name.into(), parameters.join(" "), row.meaning.into()]);
    }
    table(&rows)
}

fn details(row: &Row) -> String {
    let mut out = format!("{}\n  {}\n", row.name, row.meaning);
    for parameter in row.parameters {
        let absent = match parameter.default {
            _ if parameter.required => "; required".to_owned(),
            Some(default) => format!("; {default} when it is left out"),
            None => String::new(),
        };
        let (name, accepts) = (parameter.name, parameter.accepts.words());
        let _never_fails =
            write!(out, "\n  {name}: {accepts}{absent}\n    {}\n", parameter.meaning);
    }
    let rule = Value::Object(row.example_rule());
    let _never_fails = write!(out, "\nexample\n  {rule}\n");
    let record = row.example_record();
    if !record.is_empty() {
        let _never_fails = writeln!(out, "  record: {}", Value::Object(record));
    }
    let _never_fails =
        write!(out, "  value:  {}\n  result: {}\n", row.example.value, row.example.result);
    out
}

/// Returns a transform in the form of the API.
fn document(row: &Row) -> Value {
    let parameter = |parameter: &Parameter| {
        let mut shown = json!({
            "name": parameter.name,
            "type": parameter.accepts.kind(),
            "accepts": parameter.accepts.words(),
            "words": match parameter.accepts {
                Accepts::Word(words) => words,
                _ => &[],
            },
            "required": parameter.required,
        });
        if let (Some(default), Value::Object(fields)) = (parameter.default, &mut shown) {
            fields.insert("default_value".into(), json!(default));
        }
        if let Value::Object(fields) = &mut shown {
            fields.insert("meaning".into(), json!(parameter.meaning));
        }
        shown
    };
    json!({
        "name": row.name,
        "meaning": row.meaning,
        "parameters": row.parameters.iter().map(parameter).collect::<Vec<_>>(),
        "example": {
            "transform_rules": row.example_rule(),
            "record": row.example_record(),
            "value": row.example.value,
            "result": row.example.result,
        },
    })
}

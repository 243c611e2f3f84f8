//! The output of `mappings`: lines for people, JSON for programs.

use {
    super::{Failed, call::to_json, client::message},
    crate::proto::{
        pb,
        sigma::internal::v1::{Array, Member, Object, Value as PbValue, value::Kind},
    },
    prost::Message,
    serde_json::{Map, Value},
    std::fmt::Write as _,
};

/// An answer as JSON with the names of the wire.
pub(super) fn json(name: &str, answer: &impl Message) -> Result<String, Failed> {
    to_json(&message(name)?, answer.encode_to_vec().into(), true)
}

/// Free JSON for a request, with its keys in order.
pub(super) fn object(members: &Map<String, Value>) -> Object {
    let member =
        |(key, value): (&String, &Value)| Member { key: key.clone(), value: Some(free(value)) };
    Object { members: members.iter().map(member).collect() }
}

fn free(value: &Value) -> PbValue {
    let kind = match value {
        Value::Null => Kind::NullValue(0),
        Value::Bool(flag) => Kind::BoolValue(*flag),
        Value::Number(number) => Kind::NumberValue(number.as_f64().unwrap_or_default()),
        Value::String(text) => Kind::StringValue(text.clone()),
        Value::Array(items) => Kind::ArrayValue(Array { values: items.iter().map(free).collect() }),
        Value::Object(members) => Kind::ObjectValue(object(members)),
    };
    PbValue { kind: Some(kind) }
}

/// Writes a line; writing into a text never fails.
macro_rules! line {
    ($out:expr, $($words:tt)*) => {{
        let _never_fails = writeln!($out, $($words)*);
    }};
}

/// The differences, module by module; nothing for modules that are equal.
pub(super) fn modules(modules: &[pb::ModuleMappings]) -> String {
    let mut out = String::new();
    for module in modules.iter().filter(|one| one.tests_changed || !one.changes.is_empty()) {
        line!(out, "{} (version {})", module.module_name, module.version);
        for change in &module.changes {
            let mark = match change.change.as_str() {
                "added" => '+',
                "removed" => '-',
                "moved" => '>',
                _ => '~',
            };
            line!(out, "  {mark} {}", change.canonical_field);
            let (old, new) = (change.old.as_ref().map(row), change.new.as_ref().map(row));
            if let Some(old) = old.filter(|_| mark != '>') {
                line!(out, "      was {old}");
            }
            if let Some(new) = new.filter(|_| mark != '>') {
                line!(out, "      is  {new}");
            }
        }
        if module.tests_changed {
            line!(out, "  ~ tests");
        }
    }
    out
}

fn row(mapping: &pb::Mapping) -> String {
    let mut out = format!("from {}", mapping.zoho_field_api_name);
    if mapping.required {
        out.push_str(", required");
    }
    if let Some(default) = &mapping.default_value {
        let _never_fails = write!(out, ", default \"{default}\"");
    }
    let rules = mapping.transform_rules.as_ref().filter(|rules| !rules.members.is_empty());
    if let Some(rules) = rules {
        let text: String = told(rules).to_string().chars().take(200).collect();
        let _never_fails = write!(out, ", {text}");
    }
    out
}

fn told(object: &Object) -> Value {
    let member =
        |member: &Member| (member.key.clone(), member.value.as_ref().map_or(Value::Null, one));
    Value::Object(object.members.iter().map(member).collect())
}

fn one(value: &PbValue) -> Value {
    match &value.kind {
        None | Some(Kind::NullValue(_)) => Value::Null,
        Some(Kind::BoolValue(flag)) => Value::Bool(*flag),
        Some(Kind::NumberValue(number)) => Value::from(*number),
        Some(Kind::StringValue(text)) => Value::String(text.clone()),
        Some(Kind::ArrayValue(list)) => Value::Array(list.values.iter().map(one).collect()),
        Some(Kind::ObjectValue(object)) => told(object),
    }
}

/// Findings and tests of the modules of a file.
pub(super) fn judged(modules: &[pb::ModuleMappings], findings: bool) -> String {
    let mut out = String::new();
    for module in modules {
        judgement(&mut out, &module.module_name, &module.findings, &module.tests, findings);
    }
    out
}

/// Findings and tests of a stored set.
pub(super) fn report(
    module: &str,
    answer: &pb::ValidateMappingsResponse,
    findings: bool,
) -> String {
    let mut out = String::new();
    judgement(&mut out, module, &answer.findings, &answer.tests, findings);
    if let (true, Some(reason)) = (findings, &answer.fields_missing) {
        line!(out, "  Zoho's fields could not be looked at: {reason}");
    }
    out
}

fn judgement(
    out: &mut String,
    module: &str,
    found: &[pb::MappingFinding],
    tests: &[pb::MappingTestOutcome],
    findings: bool,
) {
    let failed = tests.iter().filter(|test| !test.passed).count();
    line!(out, "{module}: {} of {} tests passed", tests.len() - failed, tests.len());
    for test in tests.iter().filter(|test| !test.passed) {
        let name = test.name.as_deref().unwrap_or_default();
        let message = test.message.as_deref().unwrap_or_default();
        line!(out, "  failed  tests[{}] {name}: {message}", test.index);
    }
    if findings {
        list_findings(out, found);
    }
}

fn list_findings(out: &mut String, found: &[pb::MappingFinding]) {
    for finding in found {
        line!(
            out,
            "  {:<8}{}: {} [{}]",
            finding.severity,
            finding.field,
            finding.message,
            finding.code
        );
        if let Some(suggestion) = &finding.suggestion {
            line!(out, "          perhaps {suggestion}");
        }
    }
}

/// The steps of a record through a mapping set.
pub(super) fn preview(answer: &pb::PreviewMappingsResponse) -> String {
    let mut out = String::new();
    for row in &answer.rows {
        line!(out, "{} <- {} {}", row.canonical_field, row.zoho_field_api_name, row.input);
        for (index, step) in row.steps.iter().enumerate() {
            line!(out, "  {} {:<12} {} ({})", index + 1, step.name, step.value, step.r#type);
        }
        match (&row.result, &row.failure) {
            (Some(result), _) => line!(out, "  = {result}"),
            (None, Some(failure)) => line!(out, "  ! {} [{}]", failure.message, failure.code),
            (None, None) => {
                line!(out, "  the record has no such field: what stands is left as it is")
            }
        }
    }
    if let Some(failure) = &answer.failure {
        line!(out, "the record fails: {} [{}]", failure.message, failure.code);
    }
    list_findings(&mut out, &answer.findings);
    out
}

/// Versions, newest first.
pub(super) fn versions(versions: &[pb::MappingVersion]) -> String {
    let mut out = String::new();
    for version in versions {
        let at = version.created_at.unwrap_or_default();
        let at = chrono::DateTime::from_timestamp(at.seconds, 0).unwrap_or_default();
        let hash: String = version.hash.chars().take(12).collect();
        let reason = version.reason.as_deref().unwrap_or_default();
        let at = at.format("%Y-%m-%d %H:%M:%SZ");
        line!(out, "{:>6}  {at}  {hash}  {}  {reason}", version.version, version.author);
    }
    out
}

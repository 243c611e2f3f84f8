//! Mapping sets as text: the YAML kind `MappingSet`. The writer is hand-written, so that the same set always gives
//! the same bytes; the reader is a parser with limits, because the text comes from outside.

mod fault;
mod write;

pub use write::to_yaml;

use {
    super::{FieldMapping, MappingTest, ModuleName},
    crate::domain::{
        code,
        fault::{FAULTS_MAX, Fault, FieldFault},
        tree::Tree,
    },
    serde_json::{Map, Value, json},
    serde_saphyr::{MergeKeyPolicy, Options, options::AliasLimits},
};

/// Longest text, in bytes.
const TEXT_MAX: usize = 3 * 1024 * 1024;
/// Bytes of all scalars, including those that aliases repeat: everything can be written without aliases.
const SCALARS_MAX: usize = TEXT_MAX;
/// Events that aliases may repeat, and that anchors may keep for repetition.
const REPEATED_MAX: usize = 5_000;
/// Rows and tests of a document that are read; a set with more than the limit is refused by its check.
const ROWS_MAX: usize = 2 * super::ROWS_MAX;
const TESTS_MAX: usize = 2 * super::case::TESTS_MAX;
/// Names of format and kind.
const API_VERSION: &str = "sigma.v1";
const KIND: &str = "MappingSet";

/// A set as read from a file.
#[derive(Debug, Clone, PartialEq)]
pub struct MappingFile {
    /// The module of the set.
    pub module: ModuleName,
    /// Its rows, in order.
    pub rows: Vec<FieldMapping>,
    /// Its tests, in order.
    pub tests: Vec<MappingTest>,
}

/// Reads one or several documents, each module at most once. The faults of all documents are reported together, at
/// most [`FAULTS_MAX`]; the first part of a path is the name of the module, or `document[0]` if that is missing.
pub fn from_yaml(text: &str) -> Result<Vec<MappingFile>, Vec<FieldFault>> {
    let whole = |reason: String| {
        vec![FieldFault::new("yaml", Fault::Coded { code: code::MAPPING_FILE_INVALID, reason })]
    };
    if text.len() > TEXT_MAX {
        return Err(whole(format!("at most {TEXT_MAX} bytes")));
    }
    let documents: Vec<Tree> = serde_saphyr::from_multiple_with_options(text, options())
        .map_err(|error| whole(fault::told(&error)))?;
    let documents = documents.into_iter().map(|Tree(document)| document);
    let documents: Vec<Value> = documents.filter(|one| !one.is_null()).collect();
    if documents.iter().any(holds_nul) {
        return Err(whole("NUL character is not allowed".into()));
    }
    if documents.is_empty() {
        return Err(whole(format!("holds no {KIND}")));
    }
    let (mut files, mut faults) = (Vec::<MappingFile>::new(), Vec::new());
    for (index, document) in documents.into_iter().enumerate() {
        let mut reader = Reader { place: format!("document[{index}]"), faults: Vec::new() };
        let file = reader.document(document);
        if let Some(file) = file {
            if files.iter().any(|known| known.module == file.module) {
                reader.fault("module", format!("module '{}' stands twice", file.module));
            }
            files.push(file);
        }
        faults.append(&mut reader.faults);
        faults.truncate(FAULTS_MAX);
    }
    if faults.is_empty() { Ok(files) } else { Err(faults) }
}

/// Returns the greatest number of bytes that the text of a file may take while it is read.
pub const fn weight(text: &str) -> usize {
    // The shortest value takes four bytes of text, and with an object around it 400 in memory; there are 200,000 at most.
    const MOST: usize = 48 * 1024 * 1024;
    let bytes = text.len().saturating_mul(100);
    if bytes < MOST { bytes } else { MOST }
}

fn options() -> Options {
    let mut alias_limits = AliasLimits::default();
    alias_limits.max_total_replayed_events = REPEATED_MAX;
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_documents: 16,
            max_depth: 24,
            max_nodes: 200_000,
            max_anchors: 100,
            max_aliases: 1_000,
            max_recorded_anchor_events: REPEATED_MAX,
            max_recorded_anchor_bytes: SCALARS_MAX,
            max_total_scalar_bytes: SCALARS_MAX,
        },
        alias_limits: alias_limits,
        merge_keys: MergeKeyPolicy::Error,
        strict_booleans: true,
    }
}

/// Returns whether a value holds NUL, which a text column cannot store.
fn holds_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(holds_nul),
        Value::Object(members) => {
            members.iter().any(|(key, value)| key.contains('\0') || holds_nul(value))
        }
        _ => false,
    }
}

/// Reads one document and collects its faults.
struct Reader {
    place: String,
    faults: Vec<FieldFault>,
}

impl Reader {
    fn fault(&mut self, field: &str, reason: impl Into<String>) {
        if self.faults.len() >= FAULTS_MAX {
            return;
        }
        let fault = Fault::Coded { code: code::MAPPING_FILE_INVALID, reason: reason.into() };
        self.faults.push(FieldFault::new(format!("{}.{field}", self.place), fault));
    }

    /// Takes a text out of an object.
    fn text(&mut self, from: &mut Map<String, Value>, at: &str, key: &str) -> Option<String> {
        match from.shift_remove(key) {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => Some(text),
            Some(_) => {
                self.fault(&format!("{at}{key}"), "must be a text");
                None
            }
        }
    }

    fn list(&mut self, from: &mut Map<String, Value>, key: &str, most: usize) -> Vec<Value> {
        match from.shift_remove(key) {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(items)) if items.len() > most => {
                self.fault(key, format!("at most {most} entries, not {}", items.len()));
                Vec::new()
            }
            Some(Value::Array(items)) => items,
            Some(_) => {
                self.fault(key, "must be a list");
                Vec::new()
            }
        }
    }

    fn object(&mut self, value: Value, at: &str) -> Map<String, Value> {
        match value {
            Value::Object(members) => members,
            _ => {
                self.fault(at, "must be an object");
                Map::new()
            }
        }
    }

    fn nothing_left(&mut self, rest: &Map<String, Value>, at: &str, known: &str) {
        for key in rest.keys().take(FAULTS_MAX) {
            let shown: String = key.chars().take(60).collect();
            self.fault(&format!("{at}{shown}"), format!("unknown key; known are {known}"));
        }
    }

    fn document(&mut self, document: Value) -> Option<MappingFile> {
        let Value::Object(mut document) = document else {
            self.fault("kind", format!("must be an object of kind {KIND}"));
            return None;
        };
        let module = self.text(&mut document, "", "module");
        let module = module.as_deref().and_then(ModuleName::parse);
        match module {
            Some(module) => self.place = module.to_string(),
            None => self.fault("module", "must name one of the eight modules"),
        }
        for (key, wanted) in [("apiVersion", API_VERSION), ("kind", KIND)] {
            let found = self.text(&mut document, "", key);
            if found.as_deref() != Some(wanted) {
                self.fault(key, format!("must be {wanted}"));
            }
        }
        let fields = self.list(&mut document, "fields", ROWS_MAX);
        let tests = self.list(&mut document, "tests", TESTS_MAX);
        self.nothing_left(&document, "", "apiVersion, kind, module, fields, tests");
        let rows = fields.into_iter().enumerate().map(|(at, row)| self.row(at, row)).collect();
        let tests = tests.into_iter().enumerate().map(|(at, test)| self.test(at, test)).collect();
        Some(MappingFile { module: module?, rows, tests })
    }

    fn row(&mut self, index: usize, row: Value) -> FieldMapping {
        let at = format!("fields[{index}].");
        let mut row = self.object(row, &format!("fields[{index}]"));
        let to = self.text(&mut row, &at, "to").unwrap_or_default();
        if to.is_empty() {
            self.fault(&format!("{at}to"), "must name a canonical field");
        }
        let from = self.text(&mut row, &at, "from").unwrap_or_default();
        if from.is_empty() {
            self.fault(&format!("{at}from"), "must name a source field");
        }
        let required = match row.shift_remove("required") {
            None | Some(Value::Null) => false,
            Some(Value::Bool(flag)) => flag,
            Some(_) => {
                self.fault(&format!("{at}required"), "must be true or false");
                false
            }
        };
        // A number or flag without quotes is meant as its text.
        let default = match row.shift_remove("default") {
            Some(Value::Number(number)) => Some(number.to_string()),
            Some(Value::Bool(flag)) => Some(flag.to_string()),
            Some(other) => {
                let mut again = Map::from_iter([("default".to_owned(), other)]);
                self.text(&mut again, &at, "default")
            }
            None => None,
        };
        let on_invalid = self.text(&mut row, &at, "on_invalid");
        let rules = self.rules(&mut row, &at);
        let known = "to, from, required, default, on_invalid, transforms, note, rules";
        self.nothing_left(&row, &at, known);
        FieldMapping {
            canonical_field: to,
            zoho_field_api_name: from,
            required,
            default_value: default,
            transform_rules: rules,
            on_invalid,
        }
    }

    fn rules(&mut self, row: &mut Map<String, Value>, at: &str) -> Map<String, Value> {
        let note = self.text(row, at, "note");
        let items = row.shift_remove("transforms").filter(|items| !items.is_null());
        let raw = row.shift_remove("rules").filter(|rules| !rules.is_null());
        match (items, raw) {
            (None, None) if note.is_none() => Map::new(),
            (None, Some(rules)) if note.is_none() => self.object(rules, &format!("{at}rules")),
            (Some(Value::Array(items)), None) => match long(items, note) {
                Ok(rules) => rules,
                Err((step, reason)) => {
                    self.fault(&format!("{at}transforms[{step}]"), reason);
                    Map::new()
                }
            },
            (Some(_), None) => {
                self.fault(&format!("{at}transforms"), "must be a list");
                Map::new()
            }
            _ => {
                self.fault(
                    &format!("{at}rules"),
                    "goes without transforms and note; note goes with transforms",
                );
                Map::new()
            }
        }
    }

    fn test(&mut self, index: usize, test: Value) -> MappingTest {
        let at = format!("tests[{index}].");
        let mut test = self.object(test, &format!("tests[{index}]"));
        let name = self.text(&mut test, &at, "name");
        let expect_error = self.text(&mut test, &at, "expect_error");
        let mut object = |key: &str| match test.shift_remove(key) {
            None | Some(Value::Null) => Map::new(),
            Some(value) => self.object(value, &format!("{at}{key}")),
        };
        let (given, expect) = (object("given"), object("expect"));
        self.nothing_left(&test, &at, "name, given, expect, expect_error");
        MappingTest { name, given, expect, expect_error }
    }
}

/// Turns the short form into `transform_rules`: a single step stands alone, several form a chain.
fn long(items: Vec<Value>, note: Option<String>) -> Result<Map<String, Value>, (usize, String)> {
    let step = |(index, item): (usize, Value)| match item {
        Value::String(name) => Ok(Map::from_iter([("type".to_owned(), Value::String(name))])),
        Value::Object(item) => match (item.len(), item.into_iter().next()) {
            (1, Some((name, params))) if params.is_object() => Ok(Map::from_iter([
                ("type".to_owned(), Value::String(name)),
                ("params".to_owned(), params),
            ])),
            _ => Err((index, "must be {name: {parameters}}".to_owned())),
        },
        _ => Err((index, "must be a transform's name, or {name: {parameters}}".to_owned())),
    };
    let mut steps: Vec<Map<String, Value>> =
        items.into_iter().enumerate().map(step).collect::<Result<_, _>>()?;
    let mut rules = match (steps.len(), steps.pop()) {
        (0, _) | (_, None) if note.is_none() => return Ok(Map::new()),
        (0, _) | (_, None) => return Err((0, "a note needs a transform".to_owned())),
        (1, Some(only)) => only,
        (_, Some(last)) => {
            steps.push(last);
            let params = json!({ "steps": steps });
            Map::from_iter([("type".to_owned(), json!("chain")), ("params".to_owned(), params)])
        }
    };
    if let Some(note) = note {
        rules.insert("description".to_owned(), Value::String(note));
    }
    Ok(rules)
}

/// Turns `transform_rules` into the short form and the note; `None` if the reverse would not give the same.
fn short(rules: &Map<String, Value>) -> Option<(Vec<Value>, Option<String>)> {
    let step = |rules: &Map<String, Value>| {
        let name = rules.get("type")?.as_str()?;
        Some(match rules.get("params") {
            None => Value::String(name.to_owned()),
            Some(params) => json!({ name: params.as_object()? }),
        })
    };
    let note = match rules.get("description") {
        None => None,
        Some(text) => Some(text.as_str()?.to_owned()),
    };
    let items = if rules.is_empty() {
        Vec::new()
    } else if rules.get("type")? == "chain" {
        let steps = rules.get("params")?.get("steps")?.as_array()?;
        steps.iter().map(|rules| step(rules.as_object()?)).collect::<Option<_>>()?
    } else {
        vec![step(rules)?]
    };
    let back = long(items.clone(), note.clone()).ok()?;
    // Compared as texts, because the order of keys counts too.
    let text = |rules: Map<String, Value>| Value::Object(rules).to_string();
    let (there, back) = (text(rules.clone()), text(back));
    (there == back).then_some((items, note))
}

#[cfg(test)]
#[path = "../../../tests/fuzz/mapping.rs"]
mod fuzz;

#[cfg(test)]
mod tests;

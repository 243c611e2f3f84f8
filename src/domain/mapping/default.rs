//! The rows that a new tenant begins with, read from the rows of the canonical fields (`domain/field.rs`): the field names
//! of one organisation, for the editor to change.

use {
    super::{FieldMapping, ModuleName},
    crate::domain::field::{self, DefaultRow, Field, Via},
    serde_json::{Map, Value, json},
};

/// Returns the rows of a new tenant's mapping. Those that the first clients know come first.
pub fn defaults(module: ModuleName) -> Vec<FieldMapping> {
    let fields = field::of(module).fields.iter();
    let mut rows: Vec<(&Field, DefaultRow)> =
        fields.filter_map(|field| Some((field, field.default?))).collect();
    rows.sort_by_key(|(_, row)| row.is_late);
    rows.into_iter().map(row).collect()
}

fn row((field, row): (&Field, DefaultRow)) -> FieldMapping {
    let rules = match row.via {
        Via::Plain => json!({}),
        Via::Step(name) => json!({ "type": name }),
        Via::Told(name, remark) => json!({ "type": name, "description": remark }),
        Via::Criteria => criteria(),
    };
    FieldMapping {
        canonical_field: field.name.to_owned(),
        zoho_field_api_name: row.source.to_owned(),
        required: field.required || row.required,
        default_value: row.value.map(str::to_owned),
        transform_rules: match rules {
            Value::Object(rules) => rules,
            _ => Map::new(),
        },
        on_invalid: None,
    }
}

/// The texts of ten pass, nine merit and six distinction criteria, without the empty ones.
fn criteria() -> Value {
    let levels = [('P', 10), ('M', 9), ('D', 6)];
    let names =
        levels.iter().flat_map(|(level, most)| (1..=*most).map(move |n| format!("{level}{n}")));
    let entries: Vec<String> = names
        .map(|name| format!("{{'shortname':'{name}','description':r.{name}_description}}"))
        .collect();
    let expr = format!("[{}].filter(c, c.description != null)", entries.join(","));
    json!({
        "type": "chain",
        "params": {"steps": [{"type": "cel", "params": {"expr": expr}}, {"type": "json"}]},
        "description": "The criteria's texts as a list of {shortname, description}",
    })
}

//! Records in answers: the value of each field, single reads. Lists are in `list.rs`.

use {
    super::{
        actor, error,
        left_out::{Place, strip},
        module::{FULL_NAME, Field, Module},
        shown::Shown,
        table::Table,
        time_text,
    },
    crate::{
        answer::{Answer, Call, Refusal, ZOHO_JSON},
        world::Settings,
    },
    serde_json::{Map, Value, json},
    std::collections::BTreeMap,
};

/// Most fields that one read may ask for.
pub(crate) const FIELDS_MAX: usize = 50;

/// A module's records among those of the others, for look-ups.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View<'o> {
    pub(crate) table: &'o Table,
    pub(crate) tables: &'o BTreeMap<String, Table>,
    /// Whether picklists return the displayed value, not the stored one.
    shown: bool,
}

impl<'o> View<'o> {
    /// Looks at a module.
    pub(crate) fn new(
        table: &'o Table,
        tables: &'o BTreeMap<String, Table>,
        settings: &Settings,
    ) -> Self {
        Self { table, tables, shown: settings.shown_picklists }
    }

    /// Returns the table that a field points into.
    pub(crate) fn target(&self, field: &Field) -> Option<&'o Table> {
        self.tables.get(field.lookup?)
    }

    /// Follows a look-up to the record that it points to.
    pub(crate) fn through(&self, index: u32, field: &Field) -> Option<(Self, u32)> {
        let table = self.target(field)?;
        let index = table.index(self.table.value(index, field.name).as_str()?)?;
        Some((Self { table, ..*self }, index))
    }

    /// Returns the stored value of a field, also of a system field; a look-up is a plain id.
    pub(crate) fn stored(&self, index: u32, field: &Field) -> Value {
        match field.name {
            "Created_Time" => json!(time_text(self.table.created(index))),
            "Modified_Time" => json!(time_text(self.table.modified(index))),
            "Owner" | "Created_By" | "Modified_By" => {
                actor().get("id").cloned().unwrap_or_default()
            }
            FULL_NAME => self.table.title(index),
            name => self.table.value(index, name),
        }
    }

    /// Returns the value of a field as in an answer.
    pub(crate) fn value(&self, index: u32, field: &Field) -> Value {
        match (field.kind, self.stored(index, field)) {
            ("ownerlookup", _) => {
                let mut who = actor();
                if let Some(members) = who.as_object_mut() {
                    members.insert("email".to_owned(), json!("admin@college.example"));
                }
                who
            }
            ("lookup", Value::String(id)) => self.look(field, id),
            ("multiselectlookup", Value::Array(ids)) => {
                let ids = ids.into_iter().filter_map(|id| match id {
                    Value::String(id) => Some(self.look(field, id)),
                    _ => None,
                });
                ids.collect()
            }
            ("subform", Value::Array(rows)) => {
                rows.into_iter().map(|row| self.subform_row(index, row)).collect()
            }
            ("picklist", Value::String(text)) if self.shown => {
                let shown = field.choices.iter().find(|(stored, _)| *stored == text);
                shown.map_or(Value::String(text), |(_, shown)| json!(shown))
            }
            (_, value) => value,
        }
    }

    fn look(&self, field: &Field, id: String) -> Value {
        let target = self.target(field);
        let name = target.and_then(|table| Some(table.title(table.index(&id)?)));
        json!({"name": name, "id": id})
    }

    fn subform_row(&self, index: u32, row: Value) -> Value {
        let mut all = Map::new();
        if let Value::Object(mut row) = row {
            all.insert("id".to_owned(), row.shift_remove("id").unwrap_or_default());
            let parent = json!({"name": self.table.title(index), "id": self.table.id(index)});
            all.insert("Parent_Id".to_owned(), parent);
            all.insert("Created_Time".to_owned(), json!(time_text(self.table.created(index))));
            all.insert("Modified_Time".to_owned(), json!(time_text(self.table.modified(index))));
            all.extend(row);
            all.insert("$in_merge".to_owned(), json!(false));
            all.insert("$field_states".to_owned(), Value::Null);
        }
        Value::Object(all)
    }

    /// Returns a record with the given fields; the id is always included.
    pub(crate) fn record(&self, index: u32, fields: &[&Field]) -> Value {
        let mut record = Map::with_capacity(fields.len() + 1);
        for field in fields {
            record.insert(field.name.to_owned(), self.value(index, field));
        }
        record.insert("id".to_owned(), Value::from(self.table.id(index)));
        Value::Object(record)
    }

    /// Returns a record with all its fields.
    pub(crate) fn whole(&self, index: u32) -> Value {
        let module = self.table.module();
        let fields: Vec<&Field> =
            module.map(|module| module.fields.iter().collect()).unwrap_or_default();
        self.record(index, &fields)
    }
}

/// Returns the fields of a comma-separated list that the module has; Zoho passes over the others in
/// silence.
///
/// # Errors
/// More fields than one read may ask for.
pub(crate) fn named<'m>(module: &'m Module, names: &str) -> Result<Vec<&'m Field>, Refusal> {
    let names: Vec<&str> =
        names.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    if names.len() > FIELDS_MAX {
        let details = json!({"limit": FIELDS_MAX, "param_name": "fields"});
        return Err(error::flat(400, "LIMIT_EXCEEDED", &details, "limit exceeded").into());
    }
    Ok(names.into_iter().filter_map(|name| module.field(name)).collect())
}

/// Answers `GET /{module}/{id}`; with the header `X-EXTERNAL` the id is that of another system.
pub(crate) fn one(view: View<'_>, settings: &Settings, call: &Call, id: &str) -> Answer {
    let table = view.table;
    let Some(module) = table.module() else {
        return error::bad_url();
    };
    let external = call.header("x-external").and_then(|text| text.split_once('.'));
    let index = match external {
        Some((_, field)) => table.find(field, id),
        None if !super::is_id(id) => {
            let details = json!({"resource_path_index": 1});
            let text = "the id given seems to be invalid";
            return error::flat(400, "INVALID_DATA", &details, text);
        }
        None => table.index(id),
    };
    let parameters = call.parameters();
    let get = |name: &str| {
        parameters.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_ref())
    };
    let shown = match Shown::read(settings, get) {
        Ok(shown) => shown,
        Err(answer) => return *answer,
    };
    let Some(index) = index.filter(|index| shown.has(table, *index)) else {
        return match settings.unknown_id_status {
            204 => Answer::empty(204, ""),
            status => {
                let text = "the id given seems to be invalid";
                error::flat(status, "INVALID_DATA", &json!({"id": id}), text)
            }
        };
    };
    let row = match get("fields") {
        Some(names) => match named(module, names) {
            Ok(fields) => view.record(index, &fields),
            Err(answer) => return *answer,
        },
        None => view.whole(index),
    };
    let row = strip(settings, Place::Single, table, index, row);
    Answer::json(200, ZOHO_JSON, &json!({"data": [row]}))
}

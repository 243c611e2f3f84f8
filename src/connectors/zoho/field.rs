//! The fields of Zoho's modules as Zoho describes them, remembered for an hour.

use {
    super::{
        answer::protocol,
        client::{Call, Client, module},
    },
    crate::ports::{ConnectorError, SourceField},
    serde_json::{Map, Value},
    std::{
        collections::HashMap,
        sync::{Arc, Mutex, MutexGuard, PoisonError},
        time::Duration,
    },
    tokio::time::Instant,
};

/// Greatest age of a description; a little under the promised hour.
const KEPT: Duration = Duration::from_secs(55 * 60);
/// Modules whose fields are remembered.
const MODULES: usize = 50;
/// Greatest number of fields of a module: Zoho allows some hundreds.
const FIELDS_MAX: usize = 5_000;
/// Types that come only when a record is read by itself (docs/src/zoho.md, "Fields of a module").
const SINGLE_READ_ONLY: [&str; 3] = ["subform", "multiselectlookup", "multiuserlookup"];

/// A field, and how JSON writes its values.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Field {
    pub(super) described: SourceField,
    /// `string`, `integer`, `double`, `boolean`, `jsonobject` or `jsonarray`.
    pub(super) json_type: String,
    /// True: formatted text, of which only bulk reads hold all.
    pub(super) rich: bool,
}

/// The fields of modules, and when they were read.
type Modules = HashMap<String, (Instant, Arc<Vec<Field>>)>;

/// The fields of modules.
#[derive(Debug, Default)]
pub(super) struct Fields(Mutex<Modules>);

impl Fields {
    /// Returns the fields of a module.
    pub(super) async fn of(
        &self,
        client: &Client,
        name: &str,
    ) -> Result<Arc<Vec<Field>>, ConnectorError> {
        let name = module(name)?;
        let now = Instant::now();
        if let Some((read_at, fields)) = self.modules().get(name)
            && now.duration_since(*read_at) < KEPT
        {
            return Ok(fields.clone());
        }
        let parameters = [("module", name)];
        let call = Call::read("/crm/v8/settings/fields".to_owned(), &parameters);
        let fields = match client.call(&call).await?.body {
            None => Vec::new(),
            Some(body) => fields(body)?,
        };
        let fields = Arc::new(fields);
        let mut modules = self.modules();
        if modules.len() >= MODULES {
            modules.clear();
        }
        modules.insert(name.to_owned(), (now, fields.clone()));
        Ok(fields)
    }

    /// Returns how long ago the fields of a module were read, if they are remembered.
    pub(super) fn age(&self, name: &str) -> Option<Duration> {
        let read_at = self.modules().get(name).map(|(read_at, _)| *read_at)?;
        Some(Instant::now().duration_since(read_at)).filter(|age| *age < KEPT)
    }

    /// Forgets the fields of a module.
    pub(super) fn forget(&self, name: &str) {
        self.modules().remove(name);
    }

    fn modules(&self) -> MutexGuard<'_, Modules> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) fn fields(mut body: Map<String, Value>) -> Result<Vec<Field>, ConnectorError> {
    let Some(Value::Array(rows)) = body.remove("fields") else {
        return Err(protocol("Zoho's description of a module lacks its fields"));
    };
    if rows.len() > FIELDS_MAX {
        return Err(protocol("Zoho's description of a module has too many fields"));
    }
    rows.iter().map(field).collect()
}

fn field(row: &Value) -> Result<Field, ConnectorError> {
    let text = |name: &str| row.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let name = text("api_name");
    if name.is_empty() {
        return Err(protocol("a field of a Zoho module has no API name"));
    }
    let data_type = text("data_type");
    let length = row.get("length").and_then(Value::as_u64).filter(|length| *length > 0);
    let choices = row.get("pick_list_values").and_then(Value::as_array);
    let choices = choices.into_iter().flatten().filter_map(choice).collect();
    // An empty object means that values may repeat.
    let unique = match row.get("unique") {
        Some(Value::Object(unique)) => !unique.is_empty(),
        Some(Value::Bool(unique)) => *unique,
        _ => false,
    };
    // A field counts as writable unless something says otherwise.
    let is = |object: Option<&Value>, name: &str| object.and_then(|one| one.get(name)?.as_bool());
    let may = |what: &str| is(row.get("operation_type"), what) != Some(false);
    let is_read_only =
        ["read_only", "field_read_only"].iter().any(|name| is(Some(row), name) == Some(true));
    let described = SourceField {
        label: text("field_label"),
        max_length: length.and_then(|length| u32::try_from(length).ok()),
        choices,
        single_read_only: SINGLE_READ_ONLY.contains(&data_type.as_str()),
        unique,
        writable: !is_read_only && may("api_create") && may("api_update"),
        required: is(Some(row), "system_mandatory") == Some(true),
        readable: is(Some(row), "visible") != Some(false),
        name,
        data_type,
    };
    let size = row.get("textarea").and_then(|size| size.get("type")).and_then(Value::as_str);
    Ok(Field { described, json_type: text("json_type"), rich: size == Some("rich_text") })
}

fn choice(row: &Value) -> Option<(String, String)> {
    let text = |name: &str| row.get(name).and_then(Value::as_str).map(str::to_owned);
    let stored = text("actual_value").or_else(|| text("display_value"))?;
    let shown = text("display_value").unwrap_or_else(|| stored.clone());
    Some((stored, shown))
}

//! `fields`: the canonical fields and where each goes. It needs no server: the table is part of the program.

use {
    super::{
        Failed, exit,
        output::{Reference, pretty, print, table},
        word,
    },
    crate::domain::{
        field::{self, Field, Goes, ModuleFields, page},
        layout::Form,
        module::ModuleName,
    },
    clap::Args,
    serde_json::{Map, Value, json},
    std::process::ExitCode,
};

#[derive(Debug, Args)]
pub(super) struct FieldsArgs {
    /// Name of a module; all modules without it
    #[arg(value_parser = word::lower)]
    module: Option<String>,
    /// Output format
    #[arg(short, long, value_enum, default_value_t = Reference::Table)]
    output: Reference,
}

pub(super) fn fields(args: &FieldsArgs) -> Result<ExitCode, Failed> {
    let modules: Vec<&ModuleFields> = match &args.module {
        Some(name) => {
            let module = ModuleName::parse(name).ok_or_else(|| {
                let message =
                    format!("there is no module '{name}'; list all with: sigma-sync fields");
                Failed::new(exit::NOT_FOUND, message)
            })?;
            vec![field::of(module)]
        }
        None => field::all().iter().collect(),
    };
    let text = match args.output {
        Reference::Markdown => page(),
        Reference::Json => pretty(&modules.into_iter().flat_map(documents).collect::<Value>())?,
        Reference::Table => list(&modules),
    };
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}

/// Lists fields, with one more line for each form in which the field goes elsewhere.
fn list(modules: &[&ModuleFields]) -> String {
    let header = ["MODULE", "FIELD", "TYPE", "AT MOST", "SOURCE FIELD", "FORM", "WHERE IT GOES"];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    for module in modules {
        for field in module.fields {
            let mut before = None;
            for form in Form::of(module.module) {
                let goes = field.goes(*form);
                if before.replace(goes) != Some(goes) {
                    rows.push(line(module, field, *form, goes));
                }
            }
        }
    }
    table(&rows)
}

fn line(module: &ModuleFields, field: &Field, form: Form, goes: Goes) -> Vec<String> {
    let required = if field.required { " *" } else { "" };
    let goes = match goes {
        Goes::To(target) => format!("sent as {target}"),
        Goes::Mapped(_) => "sent to the field of Zoho that the mapping names".to_owned(),
        Goes::Read(reason) | Goes::Nowhere(reason) => format!("{}: {reason}", goes.as_str()),
    };
    vec![
        module.module.to_string(),
        format!("{}{required}", field.name),
        field.field_type.as_str().to_owned(),
        field.longest.map(|most| most.to_string()).unwrap_or_default(),
        field.default.map(|row| row.source.to_owned()).unwrap_or_default(),
        form.as_str().to_owned(),
        goes,
    ]
}

/// Returns the fields of a module in the form of the API.
fn documents(module: &ModuleFields) -> impl Iterator<Item = Value> {
    module.fields.iter().map(|field| {
        let mut shown = Map::new();
        let mut put = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                shown.insert(name.to_owned(), value);
            }
        };
        put("module_name", Some(json!(module.module.as_str())));
        put("name", Some(json!(field.name)));
        put("type", Some(json!(field.field_type.as_str())));
        put("required", Some(json!(field.required)));
        put("max_length", field.longest.map(|most| json!(most)));
        put("default_source", field.default.map(|row| json!(row.source)));
        put("description", field.description.map(|text| json!(text)));
        let uses = Form::of(module.module).iter().map(|form| document(*form, field.goes(*form)));
        put("uses", Some(uses.collect()));
        Value::Object(shown)
    })
}

fn document(form: Form, goes: Goes) -> Value {
    let mut shown = json!({ "form": form.as_str(), "use": goes.as_str() });
    if let Some(target) = goes.target() {
        shown["target_field"] = json!(target);
    }
    if let Some(reason) = goes.reason() {
        shown["reason"] = json!(reason);
    }
    shown
}

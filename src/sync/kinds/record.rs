//! Records of a plug-in, written through a function of its own: units as grading definitions, and payments. Each is repeated
//! by the record's id, and written whole.

use {
    super::{
        course::described,
        field::{named_shape, text},
        payment::profile::{self, has_suspended},
    },
    crate::{
        domain::{
            layout::Layout,
            module::ModuleName,
            record::{Canonical, Payload, TargetKind},
        },
        sync::{
            kind::{Cx, Kind},
            parents::load_people,
            shape::{Module, Parents, Shape, Unfit, Wanted, unfit},
            stop::Stop,
        },
    },
    async_trait::async_trait,
    serde_json::{Value, json},
};

/// Records of a plug-in by the module of the source's records.
pub(crate) enum Record {
    /// A unit as a grading definition.
    Unit,
    /// A payment.
    Payment,
}

#[async_trait]
impl Kind for Record {
    fn target(&self) -> TargetKind {
        TargetKind::Record
    }

    fn shape(&self, module: Module<'_>, _: &str, canonical: &Canonical) -> Result<Shape, Unfit> {
        match self {
            Self::Unit => unit(canonical),
            Self::Payment => profile::shape(module.layout(), canonical),
        }
    }

    fn wanted(
        &self,
        module: Module<'_>,
        zoho_id: &str,
        shape: &Shape,
        _: &Parents,
    ) -> Result<Wanted, Unfit> {
        let data = match self {
            Self::Unit => definition(zoho_id, shape),
            Self::Payment => payment(zoho_id, shape),
        };
        Ok(plug_in(module.layout(), zoho_id, data))
    }

    fn is_ended(&self, sent: &Canonical) -> bool {
        matches!(self, Self::Payment) && has_suspended(sent)
    }

    async fn load_parents(
        &self,
        cx: Cx<'_>,
        shapes: &[&Shape],
        parents: &mut Parents,
    ) -> Result<(), Stop> {
        load_people(cx, ModuleName::Students, shapes, parents).await
    }
}

fn unit(canonical: &Canonical) -> Result<Shape, Unfit> {
    let mut shape = named_shape(described(canonical), Vec::new(), None)?;
    // The plug-in keeps what a core course has no place for.
    for name in ["credits", "level", "criteria"] {
        if let Some(value) = canonical.get(name) {
            if holds_nul(value) {
                let message = format!("{name} holds a control character");
                return Err(unfit("VALUE_HAS_CONTROL", message));
            }
            shape.fields.insert(name.to_owned(), value.clone());
        }
    }
    Ok(shape)
}

fn holds_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(list) => list.iter().any(holds_nul),
        Value::Object(members) => {
            members.iter().any(|(name, own)| name.contains('\0') || holds_nul(own))
        }
        _ => false,
    }
}

/// A unit as the plug-in's grading definition.
fn definition(zoho_id: &str, shape: &Shape) -> Value {
    let criteria = match shape.fields.get("criteria") {
        Some(Value::String(text)) => serde_json::from_str(text).unwrap_or_default(),
        Some(Value::Array(list)) => list.clone(),
        _ => Vec::new(),
    };
    json!({
        "name": text(&shape.fields, "name"),
        "description": text(&shape.fields, "description"),
        "zoho_unit_id": zoho_id,
        "criteria": criteria.iter().zip(1..).map(criterion).collect::<Value>(),
    })
}

/// A criterion with its level, 1 to 3 for pass, merit and distinction, and its place.
fn criterion((entry, place): (&Value, i64)) -> Value {
    let word = |name: &str| entry.get(name).and_then(Value::as_str).unwrap_or_default();
    let level = match word("shortname").chars().next() {
        Some('P') => 1,
        Some('M') => 2,
        Some('D') => 3,
        _ => 0,
    };
    json!({
        "shortname": word("shortname"),
        "description": word("description"),
        "level": level,
        "sortorder": place,
    })
}

fn payment(zoho_id: &str, shape: &Shape) -> Value {
    let field = |name: &str| text(&shape.fields, name);
    json!({
        "zoho_payment_id": zoho_id,
        "zoho_registration_id": field("registration_zoho_id"),
        "payment_number": field("payment_number"),
        "payment_amount": field("amount"),
        "payment_date": field("payment_date"),
        "payment_method": field("payment_method"),
        "payment_status": field("payment_status"),
        "voucher_number": field("voucher_number"),
        "payment_notes": field("note"),
    })
}

/// Returns a record of a plug-in.
fn plug_in(layout: &Layout, zoho_id: &str, data: Value) -> Wanted {
    let mut create = Payload::from([
        ("function".to_owned(), json!(layout.function)),
        ("record_id".to_owned(), json!(zoho_id)),
        ("data".to_owned(), data),
    ]);
    if !layout.parameter.is_empty() {
        create.insert("parameter".to_owned(), json!(layout.parameter));
    }
    let id = Some(zoho_id.to_owned());
    Wanted { kind: TargetKind::Record, id, container: None, create }
}

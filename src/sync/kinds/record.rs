//! Records of a plug-in, written through a function of its own: units as grading definitions, and payments. Each may
//! be repeated by the record's id, and is written whole.

use {
    super::{
        field::{named_shape, sent, targets, text},
        payment::{access::Access, profile},
    },
    crate::{
        domain::{
            code,
            id::RecordId,
            layout::Layout,
            module::ModuleName,
            record::{Canonical, Payload, TargetKind},
            tree,
        },
        store::Link,
        sync::{
            kind::{Cx, Kind},
            looked_back::LookedBack,
            parents::load_people,
            shape::{Module, Parents, Shape, Unfit, Wanted},
            stop::Stop,
        },
    },
    async_trait::async_trait,
    serde_json::{Value, json},
};

/// The canonical field of a unit's grading criteria.
const CRITERIA: &str = "criteria";

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

    fn shape(
        &self,
        module: Module<'_>,
        _: &RecordId,
        canonical: &Canonical,
    ) -> Result<Shape, Unfit> {
        match self {
            Self::Unit => unit(module, canonical),
            Self::Payment => profile::shape(module, canonical),
        }
    }

    fn wanted(
        &self,
        module: Module<'_>,
        zoho_id: &RecordId,
        shape: &Shape,
        _: &Parents,
    ) -> Result<Wanted, Unfit> {
        let data = match self {
            Self::Unit => definition(zoho_id, shape),
            Self::Payment => payment(module, zoho_id, shape),
        };
        Ok(plug_in(module.layout(), zoho_id, data))
    }

    fn is_ended(&self, sent: &Canonical) -> bool {
        matches!(self, Self::Payment) && Access::after(sent).is_suspended()
    }

    fn is_sampled(&self) -> bool {
        false
    }

    async fn look_back(&self, _: Cx<'_>, _: &[&Link], _: bool) -> Result<Option<LookedBack>, Stop> {
        Ok(Some(LookedBack::blind("a plug-in has no function that reads its records")))
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

fn unit(module: Module<'_>, canonical: &Canonical) -> Result<Shape, Unfit> {
    // The criteria are not a text but a list, or the JSON text of one.
    let mut fields = sent(module, canonical, [(CRITERIA, None)])?;
    if let Some(value) = canonical.get(CRITERIA) {
        if holds_nul(value) {
            let unfit = Unfit::of(code::VALUE_HAS_CONTROL, &[("field", &CRITERIA)]);
            return Err(unfit.in_field(CRITERIA));
        }
        fields.insert(CRITERIA.to_owned(), value.clone());
    }
    named_shape(fields, Vec::new(), None)
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
fn definition(zoho_id: &RecordId, shape: &Shape) -> Value {
    let criteria = match shape.fields.get(CRITERIA) {
        Some(Value::String(text)) => match tree::value(text.as_bytes()) {
            Ok(Value::Array(list)) => list,
            _ => Vec::new(),
        },
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

/// A criterion with its level, 1 to 3 for pass, merit and distinction, and its position.
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

fn payment(module: Module<'_>, zoho_id: &RecordId, shape: &Shape) -> Value {
    let own = [("zoho_payment_id".to_owned(), json!(zoho_id))];
    let texts = targets(module).map(|(name, to)| (to.to_owned(), json!(text(&shape.fields, name))));
    Value::Object(own.into_iter().chain(texts).collect())
}

/// Returns a record of a plug-in.
fn plug_in(layout: &Layout, zoho_id: &RecordId, data: Value) -> Wanted {
    let mut create = Payload::from([
        ("function".to_owned(), json!(layout.function)),
        ("record_id".to_owned(), json!(zoho_id)),
        ("data".to_owned(), data),
    ]);
    if !layout.parameter.is_empty() {
        create.insert("parameter".to_owned(), json!(layout.parameter));
    }
    let id = Some(zoho_id.as_str().into());
    Wanted { kind: TargetKind::Record, id, container: None, create }
}

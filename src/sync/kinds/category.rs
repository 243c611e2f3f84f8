//! Categories, made from programs. A category is never removed.

use {
    super::field::{
        SOURCE_ID_FIELD, named_shape, picked, sent, stored, targets, tell_hidden, text,
    },
    crate::{
        domain::{
            code::{self, Code},
            id::{ObjectId, RecordId},
            record::{Canonical, Payload, TargetKind},
        },
        ports::ConnectorError,
        sync::{
            kind::Kind,
            looked::Number,
            shape::{Module, Parents, Shape, Unfit, Wanted},
        },
    },
    serde_json::json,
};

/// Course categories.
pub(crate) struct Category;

impl Kind for Category {
    fn target(&self) -> TargetKind {
        TargetKind::Category
    }

    fn numbers(&self, target_id: &ObjectId) -> Vec<Number> {
        vec![(TargetKind::Category, target_id.clone())]
    }

    fn shape(
        &self,
        module: Module<'_>,
        _: &RecordId,
        canonical: &Canonical,
    ) -> Result<Shape, Unfit> {
        let fields = sent(module, canonical, [])?;
        named_shape(fields, Vec::new(), stored(canonical, "moodle_category_id"))
    }

    fn wanted(
        &self,
        module: Module<'_>,
        zoho_id: &RecordId,
        shape: &Shape,
        _: &Parents,
    ) -> Result<Wanted, Unfit> {
        let own =
            targets(module).map(|(name, to)| (to.to_owned(), json!(text(&shape.fields, name))));
        let mut create: Payload = own.collect();
        create.insert(SOURCE_ID_FIELD.to_owned(), json!(zoho_id));
        Ok(Wanted { kind: TargetKind::Category, id: None, container: None, create })
    }

    fn update(
        &self,
        module: Module<'_>,
        zoho_id: &RecordId,
        _: &Shape,
        wanted: &Wanted,
        changed: &dyn Fn(&str) -> bool,
    ) -> Payload {
        picked(&wanted.create, zoho_id, |field| {
            targets(module).any(|(name, to)| to == field && changed(name))
        })
    }

    fn is_exclusive(&self) -> bool {
        true
    }

    fn has_unique_id(&self) -> bool {
        true
    }

    fn looks_singly(&self) -> bool {
        true
    }

    fn tell_hidden(&self, error: ConnectorError) -> ConnectorError {
        tell_hidden(error, "moodle/category:viewhiddencategories")
    }

    fn is_gone(&self, code: Code) -> bool {
        code == code::MOODLE_CATEGORY_UNKNOWN
    }
}

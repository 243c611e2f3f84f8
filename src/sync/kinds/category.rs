//! Categories, as programs become them. A category is never removed.

use {
    super::{
        code::CATEGORY_UNKNOWN,
        course::described,
        field::{SOURCE_ID_FIELD, named_shape, picked, stored, tell_hidden, text},
    },
    crate::{
        domain::record::{Canonical, Payload, TargetKind},
        ports::ConnectorError,
        sync::{
            kind::Kind,
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

    fn shape(&self, _: Module<'_>, _: &str, canonical: &Canonical) -> Result<Shape, Unfit> {
        named_shape(described(canonical), Vec::new(), stored(canonical, "moodle_category_id"))
    }

    fn wanted(
        &self,
        _: Module<'_>,
        zoho_id: &str,
        shape: &Shape,
        _: &Parents,
    ) -> Result<Wanted, Unfit> {
        let create = Payload::from([
            (SOURCE_ID_FIELD.to_owned(), json!(zoho_id)),
            ("name".to_owned(), json!(text(&shape.fields, "name"))),
            ("description".to_owned(), json!(text(&shape.fields, "description"))),
        ]);
        Ok(Wanted { kind: TargetKind::Category, id: None, container: None, create })
    }

    fn update(
        &self,
        _: Module<'_>,
        zoho_id: &str,
        _: &Shape,
        wanted: &Wanted,
        changed: &dyn Fn(&str) -> bool,
    ) -> Payload {
        picked(&wanted.create, zoho_id, |field| match field {
            "name" | "description" => changed(field),
            _ => false,
        })
    }

    fn is_exclusive(&self) -> bool {
        true
    }

    fn has_unique_id(&self) -> bool {
        true
    }

    fn tell_hidden(&self, error: ConnectorError) -> ConnectorError {
        tell_hidden(error, "moodle/category:viewhiddencategories")
    }

    fn is_gone(&self, code: &str) -> bool {
        code == CATEGORY_UNKNOWN
    }
}

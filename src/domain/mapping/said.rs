//! What a record says about a mapped field. A source answers an empty field with null; a field that it withholds or
//! does not have is missing from the record. A missing field is not a value: it takes no default, passes through no
//! transform and leaves the current value as it is.

use {
    super::{Canonical, MapFailure, MappingSet, SourceRecord},
    serde_json::{Map, Value},
    std::collections::BTreeSet,
};

/// The source fields known to exist: they came in records of this module before, or in other records of the same
/// read.
#[derive(Debug, Clone, Copy, Default)]
pub struct KnownFields<'a>(Option<&'a BTreeSet<String>>);

impl<'a> KnownFields<'a> {
    /// Nothing is known: a field that is missing from a record may be one that the source never had.
    pub const NONE: KnownFields<'static> = KnownFields(None);

    /// Fields that came before.
    pub const fn new(fields: &'a BTreeSet<String>) -> Self {
        Self(Some(fields))
    }

    pub(super) fn contains(self, name: &str) -> bool {
        self.0.is_some_and(|fields| fields.contains(name))
    }
}

/// The result of mapping a record.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Mapped {
    /// The canonical fields that the record has; an empty one is null.
    pub fields: Canonical,
    /// Canonical fields that are missing from the record although their source fields are known to exist.
    pub kept: BTreeSet<&'static str>,
    /// Values that cannot be used and are left out.
    pub dropped: Vec<Dropped>,
}

/// A value that cannot be used and that its record goes on without.
#[derive(Debug, Clone, PartialEq)]
pub struct Dropped {
    /// Its canonical field.
    pub field: &'static str,
    /// The source's value, as text.
    pub value: String,
    /// True: an object cannot be made without the field.
    pub required: bool,
    /// Why it cannot be used.
    pub failure: MapFailure,
}

impl Mapped {
    /// A record whose source gives canonical fields.
    pub fn plain(fields: &Map<String, Value>) -> Self {
        let fields = fields.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        Self { fields, ..Self::default() }
    }
}

/// A row, by the source fields that it reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading<'a> {
    /// Name in the canonical schema.
    pub canonical_field: &'static str,
    /// The source fields that its value depends on, each once; empty for a row whose value is fixed.
    pub reads: &'a [String],
    /// True: it must have a value and has no default.
    pub needed: bool,
}

/// What a record says about a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    /// A value, or that it is empty.
    Yes,
    /// Nothing: as far as is known, the source does not have the field.
    No,
    /// Nothing, although the source has the field.
    Kept,
}

impl MappingSet {
    /// Returns what each row reads.
    pub fn readings(&self) -> impl Iterator<Item = Reading<'_>> {
        self.rows.iter().map(|row| Reading {
            canonical_field: row.field.name,
            reads: &row.reads,
            needed: row.required && row.default.is_none(),
        })
    }

    /// Maps a record. A row whose source fields the record lacks is left out of the result, and so is a value that cannot be
    /// used, unless its row fails the record.
    ///
    /// # Errors
    /// `MAPPED_FIELD_ABSENT` where the record lacks a known field of a required row; otherwise why a value cannot be
    /// mapped whose row does not drop it.
    pub fn map(&self, record: &SourceRecord, known: KnownFields<'_>) -> Result<Mapped, MapFailure> {
        if let Some(failure) = self.missing() {
            return Err(failure);
        }
        let mut mapped = Mapped::default();
        for row in &self.rows {
            match row.value(record, known, &mut |_, _| {}) {
                Ok(Some(value)) => drop(mapped.fields.insert(row.field.name.to_owned(), value)),
                Ok(None) if row.said(record, known) == Said::Kept => {
                    mapped.kept.insert(row.field.name);
                }
                Ok(None) => {}
                Err(failure) if row.may_drop(&failure) => {
                    mapped.dropped.push(row.dropped(record, failure));
                }
                Err(failure) => return Err(failure),
            }
        }
        Ok(mapped)
    }
}

#[cfg(test)]
mod tests {
    use {
        super::*,
        crate::domain::{
            code,
            mapping::{FieldMapping, defaults},
            module::ModuleName,
        },
        proptest::prelude::*,
        serde_json::json,
    };

    fn record(fields: Value) -> SourceRecord {
        let Value::Object(fields) = fields else { panic!("an object") };
        SourceRecord { id: "77".into(), modified_at: None, fields }
    }

    fn row(canonical: &str, rules: Value) -> FieldMapping {
        FieldMapping {
            canonical_field: canonical.into(),
            zoho_field_api_name: "Own".into(),
            required: false,
            default_value: Some("x".into()),
            transform_rules: serde_json::from_value(rules).expect("rules"),
            on_invalid: None,
        }
    }

    fn names(set: &[&str]) -> BTreeSet<String> {
        set.iter().map(|name| (*name).to_owned()).collect()
    }

    /// The result of a row with rules for a record.
    fn said(rules: Value, fields: Value, known: &[&str]) -> (Option<Value>, bool) {
        let mut rows = defaults(ModuleName::Units);
        rows.truncate(1);
        rows.push(row("description", rules));
        let set = MappingSet::compile(ModuleName::Units, &rows).expect("compiles");
        let mut record = record(fields);
        record.fields.insert("Name".into(), json!("Networks"));
        let known = names(known);
        let mapped = set.map(&record, KnownFields::new(&known)).expect("maps");
        (mapped.fields.get("description").cloned(), mapped.kept.contains("description"))
    }

    #[test]
    fn absent_empty_and_value_are_three_things() {
        for rules in [
            json!({}),
            json!({"type": "trim"}),
            json!({"type": "default", "params": {"value": "d"}}),
        ] {
            assert_eq!(said(rules.clone(), json!({}), &[]), (None, false), "{rules}");
            assert_eq!(said(rules.clone(), json!({}), &["Own"]), (None, true), "{rules}");
            assert_eq!(said(rules, json!({"Own": "v"}), &["Own"]), (Some(json!("v")), false));
        }
        assert_eq!(said(json!({}), json!({"Own": null}), &[]), (Some(json!("x")), false));
        let default = json!({"type": "default", "params": {"value": "d"}});
        assert_eq!(said(default, json!({"Own": ""}), &[]), (Some(json!("d")), false));
    }

    #[test]
    fn a_row_is_said_by_the_fields_that_it_reads() {
        let coalesce = || json!({"type": "coalesce", "params": {"sources": ["A", "B"]}});
        let value = |value: &str| (Some(json!(value)), false);
        // One of them may belong to another school; one that is known to exist could hold another value.
        assert_eq!(said(coalesce(), json!({"B": "b"}), &["B"]), value("b"));
        assert_eq!(said(coalesce(), json!({"B": "b"}), &["A", "B"]), (None, true));
        assert_eq!(said(coalesce(), json!({"Own": "o"}), &[]), (None, false));
        let concat = json!({"type": "concat", "params": {"sources": ["A", "B"]}});
        assert_eq!(said(concat.clone(), json!({"A": "a"}), &[]), value("a"));
        assert_eq!(said(concat, json!({"A": "a"}), &["B"]), (None, true));
        let template = json!({"type": "template", "params": {"text": "{A|B} {id}"}});
        assert_eq!(
            said(template, json!({}), &[]),
            (Some(json!("77")).map(|_| json!(" 77")), false)
        );
        let cel = |expr: &str| json!({"type": "cel", "params": {"expr": expr}});
        assert_eq!(said(cel("'fixed'"), json!({}), &["Own"]), value("fixed"));
        assert_eq!(said(cel("has(r.A) ? 'yes' : 'no'"), json!({}), &[]), (None, false));
        assert_eq!(said(cel("has(r.A) ? 'yes' : 'no'"), json!({"A": null}), &[]), value("no"));
        assert_eq!(said(cel("value == null ? 'none' : 'some'"), json!({}), &["Own"]), (None, true));
        let chain = json!({"type": "chain", "params": {"steps": [
            {"type": "upper"}, {"type": "coalesce", "params": {"sources": ["A"]}}, {"type": "trim"},
        ]}});
        assert_eq!(said(chain, json!({"A": " a "}), &["Own"]), value("a"));
        let money = json!({"type": "chain", "params": {"steps": [
            {"type": "money", "params": {"currency": "Currency"}}, {"type": "value"},
        ]}});
        let set = MappingSet::compile(ModuleName::Registrations, &[row("total_fees", money)]);
        let set = set.expect("compiles");
        let reads: Vec<&[String]> = set.readings().map(|reading| reading.reads).collect();
        assert_eq!(reads, [["Own", "Currency"]]);
    }

    #[test]
    fn what_must_be_known_fails_the_record_and_takes_no_default() {
        let set = MappingSet::compile(ModuleName::Students, &defaults(ModuleName::Students));
        let set = set.expect("compiles");
        let mut fields = json!({"Academic_Email": "sara@x.edu", "Display_Name": "Sara Haddad"});
        let map = |fields: &Value, known: &[&str]| {
            let known = names(known);
            set.map(&record(fields.clone()), KnownFields::new(&known))
        };
        // The school has no status: nothing is said of it.
        assert!(!map(&fields, &[]).expect("maps").fields.contains_key("status"));
        let failure = map(&fields, &["Status"]).expect_err("not said");
        assert_eq!((failure.code, failure.field.as_str()), (code::MAPPED_FIELD_ABSENT, "status"));
        assert!(failure.message.contains("Status"), "{}", failure.message);
        fields["Status"] = json!(null);
        assert_eq!(map(&fields, &["Status"]).expect("maps").fields["status"], "Active");
        let mapped = map(&fields, &["Phone_Number"]).expect("maps");
        assert_eq!(mapped.kept.into_iter().collect::<Vec<_>>(), ["phone"]);
        let failure = map(&json!({}), &[]).expect_err("no address");
        assert_eq!(
            (failure.code, failure.field.as_str()),
            (code::MAPPING_REQUIRED_MISSING, "academic_email")
        );
        assert_eq!(
            map(&json!({}), &["Academic_Email"]).expect_err("none").code,
            code::MAPPED_FIELD_ABSENT
        );
    }

    proptest! {
        #[test]
        fn a_field_that_is_left_out_is_never_made_up(
            module in 0_usize..7,
            mask in proptest::collection::vec(any::<bool>(), 40),
            known in proptest::collection::vec(any::<bool>(), 40),
        ) {
            let module = ModuleName::ALL[module];
            let set = MappingSet::compile(module, &defaults(module)).expect("compiles");
            let all = set.zoho_fields();
            let pick = |mask: &[bool]| -> BTreeSet<String> {
                let picked = all.iter().zip(mask.iter().cycle()).filter(|(_, picked)| **picked);
                picked.map(|(name, _)| name.clone()).collect()
            };
            let (there, known) = (pick(&mask), pick(&known));
            let fields = there.iter().map(|name| (name.clone(), Value::Null)).collect();
            let record = SourceRecord { id: "1".into(), modified_at: None, fields };
            for (trace, reading) in set.trace(&record, KnownFields::new(&known)).into_iter().zip(set.readings()) {
                let lacks: Vec<&String> =
                    reading.reads.iter().filter(|name| !there.contains(*name)).collect();
                if lacks.len() == reading.reads.len() || lacks.iter().any(|name| known.contains(*name)) {
                    prop_assert!(!matches!(trace.result, Ok(Some(_))), "{:?}", trace);
                    prop_assert!(trace.steps.is_empty(), "{:?}", trace);
                }
            }
        }
    }
}

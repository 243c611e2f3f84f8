//! Records on their way through the engine: as the source gave them, as canonical fields, and as the target takes
//! them; their fingerprint and their differences.

use {
    super::id::{ObjectId, RecordId},
    chrono::{DateTime, Utc},
    serde::{Deserialize, Serialize},
    serde_json::{Map, Value},
    std::collections::BTreeMap,
};

/// A record as the source system gave it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SourceRecord {
    /// Id in the source system.
    pub id: RecordId,
    /// The time of the last change, as the source reports it.
    pub modified_at: Option<DateTime<Utc>>,
    /// Its fields by API name. An empty field is null; one that the source left out is missing.
    pub fields: Map<String, Value>,
}

impl SourceRecord {
    /// A record that no source gave, such as that of a mapping's test or of a preview. Its id is the one among its fields,
    /// else 1.
    pub fn sample(fields: Map<String, Value>) -> Self {
        let id = fields.get("id").and_then(Value::as_str).and_then(|id| RecordId::parse(id).ok());
        Self { id: id.unwrap_or_else(RecordId::sample), modified_at: None, fields }
    }
}

/// Canonical fields by name. A field that the record reports as empty is present as `Value::Null`; one that it does
/// not report is missing.
pub type Canonical = BTreeMap<String, Value>;

/// What a target stores for a record, by the target's own field names.
pub type Payload = BTreeMap<String, Value>;

/// The kinds of object in a target, with their keys and payloads. A payload's names are the target's own; a list or
/// object in it is sent as such.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetKind {
    /// A person with an account. Keys: `id`, `idnumber`, `username`, `email`.
    User,
    /// Custom profile fields of a user that exists. Key: `id` (the user's). Payload and look-up: the fields by their
    /// short names; a look-up shows a field of another data type than text as an object with its `type` and its `value`.
    /// Created and updated alike; the id is the user's, and a payload to create carries it as `id`.
    Profile,
    /// A course category. Keys: `id`, `idnumber`.
    Category,
    /// A course. Keys: `id`, `idnumber`, `shortname`.
    Course,
    /// A group of a course. Keys: `courseid`, which finds all groups of that course, and `id`. Payload: `courseid`, `name`,
    /// `idnumber`, `description`; an update without `name` costs a read of it.
    Group,
    /// A manual enrolment of a user in a course, with an optional group of that course. Payload, always whole:
    /// `courseid`, `userid`, `roleid`, `timestart`, `timeend`, `suspend`, `groupid` (optional). Its id is
    /// `COURSE:USER`, or `COURSE:USER:GROUP`; to remove the latter ends the membership in the group only, since the
    /// user may be in the course for another group too. Keys: `courseid`, which finds who is enrolled in that course
    /// (a value may be `COURSE:GROUP`), `courseid active`, who of them can use it now, and `courseid backwards`, the same
    /// from the end of the list.
    Enrolment,
    /// A cohort of the whole site. Key: `idnumber`. Payload: `name`, `idnumber`, `description`; an update carries the
    /// `idnumber` always, and one without `name` costs a read of it.
    Cohort,
    /// A user's membership in a cohort. Payload: `cohortid`, `userid`. Its id is `COHORT:USER`. Key: `cohortid`, which finds
    /// the cohort, under its own id, and its members.
    CohortMember,
    /// A record of a plug-in. Payload: `function`, `parameter` (the name of its one parameter; absent when each member
    /// of `data` is a parameter of its own), `data` (an object), `record_id` (the id that the record gets here). For
    /// `remove` the id is `FUNCTION:PARAMETER:RECORD`.
    Record,
    /// A grade in Zoho CRM. Payload: `module`, `key` (API name of the unique field), `fields` (an object).
    /// Its id is the Zoho record's. It is looked up by `MODULE.FIELD`.
    Grade,
}

impl TargetKind {
    /// All kinds.
    pub const ALL: [Self; 10] = [
        Self::User,
        Self::Profile,
        Self::Category,
        Self::Course,
        Self::Group,
        Self::Enrolment,
        Self::Cohort,
        Self::CohortMember,
        Self::Record,
        Self::Grade,
    ];

    /// The word that is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Profile => "profile",
            Self::Category => "category",
            Self::Course => "course",
            Self::Group => "group",
            Self::Enrolment => "enrolment",
            Self::Cohort => "cohort",
            Self::CohortMember => "cohort_member",
            Self::Record => "record",
            Self::Grade => "grade",
        }
    }

    /// Reads the stored word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// True if a create may be repeated without making two objects.
    pub const fn repeatable(self) -> bool {
        matches!(
            self,
            Self::Profile | Self::Enrolment | Self::CohortMember | Self::Record | Self::Grade
        )
    }
}

/// An object as a target holds it.
#[derive(Debug, Clone, PartialEq)]
pub struct TargetRecord {
    /// Id in the target system.
    pub id: ObjectId,
    /// The requested fields, by the target's names; hidden and empty ones may be missing.
    pub fields: Payload,
}

/// Version of the encoding of the fingerprint. A new version makes every record due once.
const FINGERPRINT_VERSION: u8 = 1;

/// Returns a length-safe, typed encoding of canonical fields: equal for equal fields, different for any difference in
/// name, type or value (null is not "", 1 is not "1"). Hash it to get a fingerprint.
pub fn encode(fields: &Canonical) -> Vec<u8> {
    let mut out = vec![FINGERPRINT_VERSION];
    for (name, value) in fields {
        put_text(&mut out, name);
        put_value(&mut out, value);
    }
    out
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(&(text.len() as u64).to_be_bytes());
    out.extend_from_slice(text.as_bytes());
}

fn put_value(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => out.push(b'n'),
        Value::Bool(false) => out.push(b'f'),
        Value::Bool(true) => out.push(b't'),
        Value::Number(number) => {
            out.push(b'd');
            put_text(out, &number.to_string());
        }
        Value::String(text) => {
            out.push(b's');
            put_text(out, text);
        }
        Value::Array(items) => {
            out.push(b'a');
            out.extend_from_slice(&(items.len() as u64).to_be_bytes());
            items.iter().for_each(|item| put_value(out, item));
        }
        Value::Object(members) => {
            // The source's key order carries no meaning.
            let sorted: BTreeMap<_, _> = members.iter().collect();
            out.push(b'o');
            out.extend_from_slice(&(sorted.len() as u64).to_be_bytes());
            for (name, value) in sorted {
                put_text(out, name);
                put_value(out, value);
            }
        }
    }
}

/// Returns `{field: [old, new]}` for every field whose value differs. A field that one side lacks counts as null.
pub fn diff(old: &Canonical, new: &Canonical) -> Map<String, Value> {
    let mut out = Map::new();
    let names: std::collections::BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for name in names {
        let before = old.get(name).unwrap_or(&Value::Null);
        let after = new.get(name).unwrap_or(&Value::Null);
        if before != after {
            out.insert(name.clone(), Value::Array(vec![before.clone(), after.clone()]));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use {super::*, serde_json::json};

    fn canonical(pairs: &[(&str, Value)]) -> Canonical {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
    }

    #[test]
    fn encoding_tells_types_and_borders_apart() {
        let cases = [
            canonical(&[("a", json!(null))]),
            canonical(&[("a", json!(""))]),
            canonical(&[("a", json!("1"))]),
            canonical(&[("a", json!(1))]),
            canonical(&[("a", json!("x")), ("b", json!("y"))]),
            canonical(&[("a", json!("xb")), ("", json!("y"))]),
            canonical(&[("a", json!("X")), ("b", json!("y"))]),
            canonical(&[]),
        ];
        for (i, one) in cases.iter().enumerate() {
            for (j, other) in cases.iter().enumerate() {
                assert_eq!(encode(one) == encode(other), i == j, "{one:?} {other:?}");
            }
        }
    }

    #[test]
    fn objects_compare_without_order() {
        let one = canonical(&[("a", json!({"x": 1, "y": 2}))]);
        let other = canonical(&[("a", json!({"y": 2, "x": 1}))]);
        assert_eq!(encode(&one), encode(&other));
        assert!(diff(&one, &other).is_empty());
    }

    #[test]
    fn a_diff_names_each_changed_field() {
        let old = canonical(&[
            ("email", json!("a@x.example")),
            ("phone", json!(null)),
            ("same", json!(1)),
        ]);
        let new = canonical(&[
            ("email", json!("b@x.example")),
            ("city", json!("Amman")),
            ("same", json!(1)),
        ]);
        assert_eq!(
            Value::Object(diff(&old, &new)),
            json!({"city": [null, "Amman"], "email": ["a@x.example", "b@x.example"]})
        );
    }
}

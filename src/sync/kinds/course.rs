//! Programs, units and classes: categories, courses, and groups in the course of a unit (moodle-web-services.md, sections
//! 8.2 to 8.4). None of them is ever removed.

use {
    super::{
        Module, Need, Parents, SOURCE_ID_FIELD, Shape, Unfit, Wanted, check_name, fields, said,
        text, unfit,
    },
    crate::domain::{
        layout::{Form, Layout},
        module::ModuleName,
        record::{Canonical, Payload, TargetKind},
    },
    serde_json::{Value, json},
};

/// Longest name of a course, a category and a group.
const NAME_MAX: usize = 254;
/// Longest short name of a course; names that stand in for one are cut shorter, as schools are used to.
const SHORT_MAX: usize = 255;
const SHORT_CUT: usize = 50;
/// Longest description that is sent.
const DESCRIPTION_MAX: usize = 10_000;

fn shape<const N: usize>(
    entries: [(&str, Option<String>, usize); N],
    needs: Vec<Need>,
) -> Result<Shape, Unfit> {
    let fields = fields(entries)?;
    let label = text(&fields, "name");
    check_name("name", &label)?;
    Ok(Shape { fields, needs, person: None, label, ended: false, stored: None, spelt: None })
}

pub(super) fn program(_: &Layout, canonical: &Canonical) -> Result<Shape, Unfit> {
    let entries = [
        ("name", said(canonical, "name"), NAME_MAX),
        ("code", said(canonical, "code"), SHORT_MAX),
        ("description", said(canonical, "description"), DESCRIPTION_MAX),
    ];
    shape(entries, Vec::new())
}

pub(super) fn unit(layout: &Layout, canonical: &Canonical) -> Result<Shape, Unfit> {
    let entries = [
        ("name", said(canonical, "name"), NAME_MAX),
        ("code", said(canonical, "code"), SHORT_MAX),
        ("description", said(canonical, "description"), DESCRIPTION_MAX),
    ];
    let mut shape = shape(entries, Vec::new())?;
    if layout.form == Form::Record {
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

pub(super) fn class(layout: &Layout, canonical: &Canonical) -> Result<Shape, Unfit> {
    let need = |module, field: &str, required| {
        let id = text(canonical, field);
        (!id.is_empty()).then_some(Need { module, id, required })
    };
    if layout.form == Form::Group {
        let entries = [
            ("name", said(canonical, "name"), NAME_MAX),
            ("unit_zoho_id", said(canonical, "unit_zoho_id"), SHORT_MAX),
        ];
        let unit = need(ModuleName::Units, "unit_zoho_id", true).ok_or_else(|| {
            let message = "unit_zoho_id is empty, and a class that is a group needs the course of its unit; map it or fill the field";
            unfit("MAPPING_REQUIRED_MISSING", message)
        })?;
        return shape(entries, vec![unit]);
    }
    let (start, end) = (text(canonical, "start_date"), text(canonical, "end_date"));
    if !start.is_empty() && !end.is_empty() && end < start {
        return Err(unfit("DATE_ORDER", format!("end_date {end} is before start_date {start}")));
    }
    let entries = [
        ("name", said(canonical, "name"), NAME_MAX),
        ("short_name", said(canonical, "short_name"), SHORT_MAX),
        ("program_zoho_id", said(canonical, "program_zoho_id"), SHORT_MAX),
        ("start_date", said(canonical, "start_date"), SHORT_MAX),
        ("end_date", said(canonical, "end_date"), SHORT_MAX),
    ];
    // Without its program a class goes into the default category; the arrival of the program completes it.
    shape(entries, need(ModuleName::Programs, "program_zoho_id", false).into_iter().collect())
}

/// Returns the object of a program, unit or class.
pub(super) fn wanted(
    module: Module<'_>,
    zoho_id: &str,
    shape: &Shape,
    parents: &Parents,
) -> Result<Wanted, Unfit> {
    let kind = module.kind();
    let field = |name: &str| text(&shape.fields, name);
    let mut create = Payload::new();
    let mut put = |name: &str, value: Value| drop(create.insert(name.to_owned(), value));
    put(SOURCE_ID_FIELD, json!(zoho_id));
    let mut container = None;
    match kind {
        TargetKind::Category => {
            put("name", json!(field("name")));
            put("description", json!(field("description")));
        }
        TargetKind::Group => {
            let unit = shape
                .needs
                .iter()
                .find_map(|need| parents.get(need.module, &need.id))
                .filter(|unit| unit.kind == TargetKind::Course)
                .ok_or_else(|| unfit("LAYOUT_CONFLICT", "the class's unit is no course"))?;
            put("name", json!(field("name")));
            put("description", json!(""));
            put("courseid", number(&unit.target_id));
            container = Some(unit.target_id.clone());
        }
        TargetKind::Record => return Ok(record(module.layout(), zoho_id, shape)),
        _ => {
            put("fullname", json!(field("name")));
            put("shortname", json!(short_name(&shape.fields)));
            put("categoryid", category(module, shape, parents));
            if module.name == ModuleName::Classes {
                // No date would be shown as 1970: the site has its own first day of a course that was told none, and
                // a course whose class has lost its first day keeps the one that it has.
                match module.first_second(&field("start_date")) {
                    0 => {}
                    start => put("startdate", json!(start)),
                }
                put("enddate", json!(module.last_second(&field("end_date"))));
            } else {
                put("summary", json!(field("description")));
            }
        }
    }
    Ok(Wanted { kind, id: None, container, create })
}

/// Returns what brings an existing object up to date in the canonical fields that `changed` picks.
pub(super) fn update(
    module: Module<'_>,
    zoho_id: &str,
    wanted: &Wanted,
    changed: impl Fn(&str) -> bool,
) -> Payload {
    let of_target = |field: &str| match (wanted.kind, field) {
        (_, "fullname" | "name") => changed("name"),
        (_, "shortname") if module.name == ModuleName::Classes => {
            changed("short_name") || changed("name")
        }
        (_, "shortname") => changed("code") || changed("name"),
        (_, "summary" | "description") => changed("description"),
        (_, "categoryid") => changed("program_zoho_id"),
        // Moodle judges the days that it is given by each other, not by those that the course has.
        (_, "startdate" | "enddate") => changed("start_date") || changed("end_date"),
        // A group cannot change its course.
        (_, "courseid") => false,
        (_, SOURCE_ID_FIELD) => true,
        _ => false,
    };
    let mut payload: Payload = wanted
        .create
        .iter()
        .filter(|(field, _)| of_target(field))
        .map(|(field, value)| (field.clone(), value.clone()))
        .collect();
    payload.insert(SOURCE_ID_FIELD.into(), json!(zoho_id));
    // Moodle wants the name with every change of a group.
    if wanted.kind == TargetKind::Group
        && let Some(name) = wanted.create.get("name")
    {
        payload.insert("name".into(), name.clone());
    }
    payload
}

/// The code or short name, else the beginning of the name.
fn short_name(fields: &Canonical) -> String {
    ["code", "short_name"]
        .into_iter()
        .map(|name| text(fields, name))
        .find(|name| !name.is_empty())
        .unwrap_or_else(|| text(fields, "name").chars().take(SHORT_CUT).collect())
}

fn category(module: Module<'_>, shape: &Shape, parents: &Parents) -> Value {
    let program = shape
        .needs
        .iter()
        .find_map(|need| parents.get(need.module, &need.id))
        .filter(|program| program.kind == TargetKind::Category);
    match program {
        Some(program) => number(&program.target_id),
        None => json!(module.layout().category_id),
    }
}

/// A unit as the plug-in's grading definition (domain.md, section 3.5); repeated by the unit's id.
fn record(layout: &Layout, zoho_id: &str, shape: &Shape) -> Wanted {
    let criteria = match shape.fields.get("criteria") {
        Some(Value::String(text)) => serde_json::from_str(text).unwrap_or_default(),
        Some(Value::Array(list)) => list.clone(),
        _ => Vec::new(),
    };
    let data = json!({
        "name": text(&shape.fields, "name"),
        "description": text(&shape.fields, "description"),
        "zoho_unit_id": zoho_id,
        "criteria": criteria.iter().zip(1..).map(criterion).collect::<Value>(),
    });
    plug_in(layout, zoho_id, data)
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

/// Returns a record of a plug-in.
pub(super) fn plug_in(layout: &Layout, zoho_id: &str, data: Value) -> Wanted {
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

/// Ids of Moodle are numbers on the wire.
pub(super) fn number(id: &str) -> Value {
    id.parse::<i64>().map_or_else(|_| Value::String(id.to_owned()), Value::from)
}

#[cfg(test)]
mod tests {
    use {
        super::{super::Known, *},
        crate::domain::layout::Layouts,
        chrono_tz::Tz,
    };

    fn canonical(pairs: &[(&str, &str)]) -> Canonical {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect()
    }

    fn layouts(form: Form) -> Layouts {
        Layouts::new(Tz::UTC, |module| {
            let form = match module {
                ModuleName::Classes => form,
                other => Layout::new(other).form,
            };
            Layout { form, ..Layout::new(module) }
        })
    }

    fn known(kind: TargetKind, id: &str) -> Known {
        Known { kind, target_id: id.into(), container: None, person: None, name: None }
    }

    #[test]
    fn a_class_is_a_course_in_the_category_of_its_program() {
        let layouts = layouts(Form::Course);
        let module = Module { name: ModuleName::Classes, layouts: &layouts, source_name: "C" };
        let record = canonical(&[
            ("name", "Networks A"),
            ("program_zoho_id", "7"),
            ("start_date", "2026-09-01"),
            ("end_date", "2027-01-31"),
        ]);
        let shape = module.shape("9", &record).expect("fits");
        let mut parents = Parents::default();
        let lonely = module.wanted("9", &shape, &parents).expect("goes on without");
        assert_eq!(lonely.create["categoryid"], json!(1));
        parents.insert(ModuleName::Programs, "7".into(), known(TargetKind::Category, "44"));
        let wanted = module.wanted("9", &shape, &parents).expect("fits");
        assert_eq!(wanted.create["categoryid"], json!(44));
        assert_eq!(wanted.create["shortname"], json!("Networks A"));
        assert_eq!(wanted.create["startdate"], json!(1_788_220_800));
        let update = module.update("9", &shape, &wanted, |name| name == "end_date");
        let names: Vec<&str> = update.keys().map(String::as_str).collect();
        assert_eq!(names, ["enddate", "idnumber", "startdate"]);
    }

    #[test]
    fn a_first_day_that_is_none_is_not_sent() {
        let layouts = layouts(Form::Course);
        let module = Module { name: ModuleName::Classes, layouts: &layouts, source_name: "C" };
        let shape = module.shape("9", &canonical(&[("name", "Networks A")])).expect("fits");
        let wanted = module.wanted("9", &shape, &Parents::default()).expect("fits");
        assert_eq!(wanted.create.get("startdate"), None);
        assert_eq!(wanted.create["enddate"], json!(0), "which is no last day");
        let update = module.update("9", &shape, &wanted, |_| true);
        assert_eq!(update.get("startdate"), None);
    }

    #[test]
    fn dates_must_be_in_order() {
        let record =
            canonical(&[("name", "A"), ("start_date", "2026-09-02"), ("end_date", "2026-09-01")]);
        let fault = class(&Layout::new(ModuleName::Classes), &record).expect_err("unfit");
        assert_eq!(fault.code, "DATE_ORDER");
    }

    #[test]
    fn a_group_needs_the_course_of_its_unit() {
        let layouts = layouts(Form::Group);
        let module = Module { name: ModuleName::Classes, layouts: &layouts, source_name: "C" };
        let fault = module.shape("9", &canonical(&[("name", "A")])).expect_err("unfit");
        assert_eq!(fault.code, "MAPPING_REQUIRED_MISSING");
        let record = canonical(&[("name", "A"), ("unit_zoho_id", "5")]);
        let shape = module.shape("9", &record).expect("fits");
        let mut parents = Parents::default();
        assert_eq!(parents.missing(&shape.needs).map(Need::reason), Some("unit_not_synced_yet"));
        parents.insert(ModuleName::Units, "5".into(), known(TargetKind::Course, "31"));
        let wanted = module.wanted("9", &shape, &parents).expect("fits");
        assert_eq!(wanted.container.as_deref(), Some("31"));
        assert_eq!(wanted.create["courseid"], json!(31));
    }
}

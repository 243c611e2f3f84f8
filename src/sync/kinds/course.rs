//! Courses, made from programs, units and classes. A course is never removed.

use {
    super::field::{
        SOURCE_ID_FIELD, first_second, last_second, named_shape, need, number, picked, sent,
        stored, tell_hidden, text, without_languages,
    },
    crate::{
        domain::{
            code::{self, Code},
            id::{ObjectId, RecordId},
            module::ModuleName,
            record::{Canonical, Payload, TargetKind},
        },
        ports::ConnectorError,
        store::Link,
        sync::{
            draft::Draft,
            kind::{Cx, Kind, Unique},
            looked::Number,
            recover::still_exist,
            shape::{Module, Parents, Shape, Unfit, Wanted},
            stop::Stop,
            verify,
            work::Create,
        },
    },
    async_trait::async_trait,
    serde_json::{Value, json},
    std::collections::{BTreeSet, HashSet},
};

/// Longest short name that is made from a name, in characters: less than a short name may have, as schools are used
/// to.
const SHORT_CUT: usize = 50;
/// Digits of the record's id that end such a short name where the name is longer, so that two of them are not alike.
const ID_DIGITS: usize = 9;

/// Courses by the module of their records.
pub(crate) enum Course {
    Program,
    Unit,
    Class,
}

#[async_trait]
impl Kind for Course {
    fn target(&self) -> TargetKind {
        TargetKind::Course
    }

    fn numbers(&self, target_id: &ObjectId) -> Vec<Number> {
        vec![(TargetKind::Course, target_id.clone())]
    }

    fn shape(
        &self,
        module: Module<'_>,
        _: &RecordId,
        canonical: &Canonical,
    ) -> Result<Shape, Unfit> {
        match self {
            Self::Program | Self::Unit => {
                named_shape(sent(module, canonical, [])?, Vec::new(), None)
            }
            Self::Class => class(module, canonical),
        }
    }

    fn wanted(
        &self,
        module: Module<'_>,
        zoho_id: &RecordId,
        shape: &Shape,
        parents: &Parents,
    ) -> Result<Wanted, Unfit> {
        let field = |name: &str| text(&shape.fields, name);
        let mut create = Payload::new();
        let mut put = |name: &str, value: Value| drop(create.insert(name.to_owned(), value));
        put(SOURCE_ID_FIELD, json!(zoho_id));
        put("fullname", json!(field("name")));
        put("shortname", json!(short_name(&shape.fields, zoho_id.as_str())));
        put("categoryid", category_of(module, shape, parents));
        if matches!(self, Self::Class) {
            // Without a date, 1970 would be shown. A new course without a first day gets the site's default, and a
            // course whose class has lost its first day keeps the old one.
            match first_second(module.layouts, &field("start_date")) {
                0 => {}
                start => put("startdate", json!(start)),
            }
            put("enddate", json!(last_second(module.layouts, &field("end_date"))));
        } else {
            put("summary", json!(field("description")));
        }
        Ok(Wanted { kind: TargetKind::Course, id: None, container: None, create })
    }

    fn update(
        &self,
        _: Module<'_>,
        zoho_id: &RecordId,
        _: &Shape,
        wanted: &Wanted,
        changed: &dyn Fn(&str) -> bool,
    ) -> Payload {
        let short = if matches!(self, Self::Class) { "short_name" } else { "code" };
        picked(&wanted.create, zoho_id, |field| match field {
            "fullname" => changed("name"),
            "shortname" => changed(short) || changed("name"),
            "summary" => changed("description"),
            "categoryid" => changed("program_zoho_id"),
            // Moodle compares the given days with each other, not with those that the course has.
            "startdate" | "enddate" => changed("start_date") || changed("end_date"),
            _ => false,
        })
    }

    fn known_by(&self, fields: &Canonical) -> Vec<(&'static str, String)> {
        vec![("short_name", short_name(fields, ""))]
    }

    fn is_exclusive(&self) -> bool {
        true
    }

    fn unique_fields(&self) -> &'static [Unique] {
        &[Unique {
            field: "shortname",
            canonical: "short name",
            made_of: &["code", "short_name", "name"],
            code: code::MOODLE_SHORTNAME_TAKEN,
            identifies: false,
            site_decides: false,
        }]
    }

    fn has_unique_id(&self) -> bool {
        true
    }

    /// By their ids once more, by themselves: an answer that breaks off shows some of them then.
    async fn found_again(
        &self,
        cx: Cx<'_>,
        links: &[&Link],
    ) -> Result<Option<BTreeSet<ObjectId>>, Stop> {
        let ids: Vec<String> = links.iter().map(|link| link.target_id.to_string()).collect();
        let found = verify::target(cx).look_up(TargetKind::Course, "id", &ids).await?;
        Ok(Some(found.into_iter().map(|course| course.id).collect()))
    }

    fn tell_hidden(&self, error: ConnectorError) -> ConnectorError {
        tell_hidden(error, "moodle/course:viewhiddencourses")
    }

    fn is_gone(&self, code: Code) -> bool {
        code == code::MOODLE_COURSE_UNKNOWN
    }

    async fn blame_others(
        &self,
        cx: Cx<'_>,
        drafts: &mut [Draft],
        gone: &[Create],
        there: &HashSet<ObjectId>,
    ) -> Result<(), Stop> {
        blame_categories(cx, drafts, gone, there).await
    }

    fn lost_parents(&self, code: Code) -> &'static [ModuleName] {
        if code == code::MOODLE_CATEGORY_UNKNOWN { &[ModuleName::Programs] } else { &[] }
    }
}

fn class(module: Module<'_>, canonical: &Canonical) -> Result<Shape, Unfit> {
    let (start, end) = (text(canonical, "start_date"), text(canonical, "end_date"));
    if !start.is_empty() && !end.is_empty() && end < start {
        return Err(Unfit::of(code::DATE_ORDER, &[("end", &end), ("start", &start)]));
    }
    // Without its program a class goes into the default category; the arrival of the program completes it.
    let program = need(ModuleName::Programs, canonical, "program_zoho_id", false)?;
    let fields = sent(module, canonical, [])?;
    named_shape(fields, program.into_iter().collect(), stored(canonical, "moodle_course_id"))
}

/// The code or short name, else the name; of a long name its beginning and the end of the record's id.
fn short_name(fields: &Canonical, zoho_id: &str) -> String {
    let own = ["code", "short_name"].map(|name| text(fields, name));
    if let Some(own) = own.into_iter().find(|name| !name.is_empty()) {
        return own;
    }
    // The beginning of a mark would be markup.
    let name = without_languages(&text(fields, "name"));
    if name.chars().count() <= SHORT_CUT {
        return name;
    }
    let skipped = zoho_id.chars().count().saturating_sub(ID_DIGITS);
    let id: String = zoho_id.chars().skip(skipped).collect();
    let begin: String = name.chars().take(SHORT_CUT - ID_DIGITS - 1).collect();
    format!("{}-{id}", begin.trim_end())
}

fn category_of(module: Module<'_>, shape: &Shape, parents: &Parents) -> Value {
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

/// The target gives the same answer for a missing course and for a missing category to move into: if the course
/// exists, it is the category.
async fn blame_categories(
    cx: Cx<'_>,
    drafts: &mut [Draft],
    courses: &[Create],
    there: &HashSet<ObjectId>,
) -> Result<(), Stop> {
    let category = |one: &Create| one.payload.get("categoryid").map(ToString::to_string);
    let into = courses.iter().filter_map(|one| Some((category(one)?.into(), None))).collect();
    let categories = still_exist(cx, cx.object(TargetKind::Category), into).await?;
    for one in courses {
        let Some(draft) = drafts.get_mut(one.place) else { continue };
        let stays = draft.target_id.as_ref().is_some_and(|id| there.contains(id));
        if stays && category(one).is_some_and(|id| !categories.contains(id.as_str())) {
            let message = "the category of the course's program is not there any more";
            draft.refuse(code::MOODLE_CATEGORY_UNKNOWN, message.to_owned());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use {
        super::*,
        crate::{
            domain::layout::{Layout, Layouts},
            sync::shape::Known,
        },
        chrono_tz::Tz,
    };

    fn canonical(pairs: &[(&str, &str)]) -> Canonical {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect()
    }

    fn known(kind: TargetKind, id: &str) -> Known {
        Known { kind, target_id: id.into(), container: None, person: None, name: None }
    }

    #[test]
    fn a_class_is_a_course_in_the_category_of_its_program() {
        let layouts = Layouts::new(Tz::UTC, Layout::new);
        let module = Module::new(ModuleName::Classes, &layouts, "C");
        let record = canonical(&[
            ("name", "Networks A"),
            ("program_zoho_id", "7"),
            ("start_date", "2026-09-01"),
            ("end_date", "2027-01-31"),
        ]);
        let shape = Course::Class.shape(module, &"9".into(), &record).expect("fits");
        let mut parents = Parents::default();
        let lonely =
            Course::Class.wanted(module, &"9".into(), &shape, &parents).expect("goes on without");
        assert_eq!(lonely.create["categoryid"], json!(1));
        parents.insert(ModuleName::Programs, "7".into(), known(TargetKind::Category, "44"));
        let wanted = Course::Class.wanted(module, &"9".into(), &shape, &parents).expect("fits");
        assert_eq!(wanted.create["categoryid"], json!(44));
        assert_eq!(wanted.create["shortname"], json!("Networks A"));
        assert_eq!(wanted.create["startdate"], json!(1_788_220_800));
        let update =
            Course::Class.update(module, &"9".into(), &shape, &wanted, &|name| name == "end_date");
        let names: Vec<&str> = update.keys().map(String::as_str).collect();
        assert_eq!(names, ["enddate", "idnumber", "startdate"]);
    }

    #[test]
    fn short_names_of_long_names_are_not_alike() {
        let of = |name: &str, id: &str| short_name(&canonical(&[("name", name)]), id);
        let long = "Higher National Diploma in Computing, second year, group A";
        let [a, b] = ["5843000000111222333", "5843000000111222334"].map(|id| of(long, id));
        assert_eq!(a, "Higher National Diploma in Computing, se-111222333");
        assert_ne!(a, b);
        let limit = "x".repeat(SHORT_CUT);
        assert_eq!(of(&limit, "5843000000111222333"), limit);
        assert_eq!(of(&"ص".repeat(60), "7"), format!("{}-7", "ص".repeat(40)));
        let spans = r#"<span lang="en" class="multilang">Anatomy</span><span class="multilang" lang="ar">تشريح</span> 1"#;
        assert_eq!(of(spans, "7"), "Anatomy تشريح 1");
    }

    #[test]
    fn a_first_day_that_is_none_is_not_sent() {
        let layouts = Layouts::new(Tz::UTC, Layout::new);
        let module = Module::new(ModuleName::Classes, &layouts, "C");
        let shape = Course::Class
            .shape(module, &"9".into(), &canonical(&[("name", "Networks A")]))
            .expect("fits");
        let wanted =
            Course::Class.wanted(module, &"9".into(), &shape, &Parents::default()).expect("fits");
        assert_eq!(wanted.create.get("startdate"), None);
        assert_eq!(wanted.create["enddate"], json!(0), "which is no last day");
        let update = Course::Class.update(module, &"9".into(), &shape, &wanted, &|_| true);
        assert_eq!(update.get("startdate"), None);
    }

    #[test]
    fn dates_must_be_in_order() {
        let record =
            canonical(&[("name", "A"), ("start_date", "2026-09-02"), ("end_date", "2026-09-01")]);
        let layouts = Layouts::new(Tz::UTC, Layout::new);
        let module = Module::new(ModuleName::Classes, &layouts, "C");
        let fault = class(module, &record).expect_err("unfit");
        assert_eq!(fault.code, code::DATE_ORDER);
    }
}

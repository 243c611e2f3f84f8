//! Courses: the store and the functions that write. Reads are in `course_read.rs`.

use {
    super::{
        Failure, Function, Scene, Site, count, flag, id,
        index::{Index, Shelf},
        int, items,
        spec::{Member, Spec, optional, required},
        text,
    },
    crate::ledger::Note,
    serde::{Deserialize, Serialize},
    serde_json::{Map, Value, json},
};

/// The functions of this file.
pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "core_course_create_courses",
        capabilities: &["moodle/course:create", "moodle/course:visibility"],
        parameters: &[required("courses", Spec::List(&Spec::Struct(&[NEW, COMMON])))],
        run: create,
    },
    Function {
        name: "core_course_update_courses",
        capabilities: &[
            "moodle/course:update",
            "moodle/course:changecategory",
            "moodle/course:changefullname",
            "moodle/course:changeshortname",
            "moodle/course:changeidnumber",
            "moodle/course:changesummary",
        ],
        parameters: &[required("courses", Spec::List(&Spec::Struct(&[OLD, COMMON])))],
        run: update,
    },
    Function {
        name: "core_course_delete_courses",
        capabilities: &["moodle/course:delete"],
        parameters: &[required("courseids", Spec::List(&Spec::Int))],
        run: delete,
    },
    Function {
        name: "core_course_duplicate_course",
        capabilities: &["moodle/backup:backupcourse", "moodle/restore:restorecourse"],
        parameters: &[
            required("courseid", Spec::Int),
            required("fullname", Spec::Text),
            required("shortname", Spec::Text),
            required("categoryid", Spec::Int),
            optional("visible", Spec::Flag),
            optional("options", NAMED),
        ],
        run: duplicate,
    },
];

const NEW: &[Member] = &[
    required("fullname", Spec::Text),
    required("shortname", Spec::Text),
    required("categoryid", Spec::Int),
];
const OLD: &[Member] = &[
    required("id", Spec::Int),
    optional("fullname", Spec::Text),
    optional("shortname", Spec::Text),
    optional("categoryid", Spec::Int),
];
const COMMON: &[Member] = &[
    optional("idnumber", Spec::Raw),
    optional("summary", Spec::Raw),
    optional("summaryformat", Spec::Int),
    optional("format", Spec::Raw),
    optional("showgrades", Spec::Int),
    optional("newsitems", Spec::Int),
    optional("startdate", Spec::Int),
    optional("enddate", Spec::Int),
    optional("numsections", Spec::Int),
    optional("maxbytes", Spec::Int),
    optional("showreports", Spec::Int),
    optional("visible", Spec::Flag),
    optional("hiddensections", Spec::Int),
    optional("groupmode", Spec::Int),
    optional("groupmodeforce", Spec::Int),
    optional("defaultgroupingid", Spec::Int),
    optional("enablecompletion", Spec::Int),
    optional("completionnotify", Spec::Flag),
    optional("lang", Spec::Raw),
    optional("forcetheme", Spec::Raw),
    optional("courseformatoptions", NAMED),
    optional(
        "customfields",
        Spec::List(&Spec::Struct(&[&[
            required("shortname", Spec::Raw),
            required("value", Spec::Raw),
        ]])),
    ),
];
pub(super) const NAMED: Spec =
    Spec::List(&Spec::Struct(&[&[required("name", Spec::Raw), required("value", Spec::Raw)]]));

/// The course that is the site's front page.
pub(crate) const SITE_COURSE: u32 = 1;
/// Course formats that the site has.
const FORMATS: [&str; 4] = ["topics", "weeks", "social", "singleactivity"];

/// A course.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Course {
    pub(crate) fullname: String,
    pub(crate) shortname: String,
    pub(crate) idnumber: String,
    pub(crate) category: u32,
    pub(crate) summary: String,
    pub(crate) format: String,
    pub(crate) startdate: i64,
    pub(crate) enddate: i64,
    pub(crate) visible: bool,
    pub(crate) created: i64,
    pub(crate) modified: i64,
    /// Whether users can be enrolled by hand.
    pub(crate) manual: bool,
    /// Numbers that are stored and returned, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) numbers: Vec<(String, i64)>,
}

impl Course {
    /// Returns one of the numbers.
    pub(super) fn number(&self, name: &str, usual: i64) -> i64 {
        self.numbers.iter().find(|(own, _)| own == name).map_or(usual, |(_, number)| *number)
    }
}

/// All courses; the first one is the site itself.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Courses {
    shelf: Shelf<Course>,
    #[serde(skip)]
    by_shortname: Index,
    #[serde(skip)]
    by_idnumber: Index,
}

impl Default for Courses {
    fn default() -> Self {
        let mut courses = Self {
            shelf: Shelf::default(),
            by_shortname: Index::default(),
            by_idnumber: Index::default(),
        };
        courses.add(Course {
            fullname: "Sandbox College".to_owned(),
            shortname: "sandbox".to_owned(),
            format: "site".to_owned(),
            visible: true,
            ..Course::default()
        });
        courses
    }
}

impl Courses {
    /// Builds the indexes again after a load.
    pub(crate) fn restored(mut self) -> Self {
        for (id, course) in self.shelf.iter() {
            self.by_shortname.enter(&course.shortname, id);
            self.by_idnumber.enter(&course.idnumber, id);
        }
        self
    }

    /// Returns a course.
    pub(crate) fn get(&self, id: u32) -> Option<&Course> {
        self.shelf.get(id)
    }

    /// Returns all courses with their ids, the site among them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &Course)> {
        self.shelf.iter()
    }

    fn add(&mut self, course: Course) -> u32 {
        let (shortname, idnumber) = (course.shortname.clone(), course.idnumber.clone());
        let id = self.shelf.add(course);
        self.by_shortname.enter(&shortname, id);
        self.by_idnumber.enter(&idnumber, id);
        id
    }

    /// Changes a course.
    pub(crate) fn change(&mut self, id: u32, change: impl FnOnce(&mut Course)) {
        if let Some(course) = self.shelf.get_mut(id) {
            self.by_shortname.leave(&course.shortname, id);
            self.by_idnumber.leave(&course.idnumber, id);
            change(course);
            self.by_shortname.enter(&course.shortname, id);
            self.by_idnumber.enter(&course.idnumber, id);
        }
    }

    /// Removes a course alone.
    pub(super) fn remove(&mut self, id: u32) {
        if let Some(course) = self.shelf.remove(id) {
            self.by_shortname.leave(&course.shortname, id);
            self.by_idnumber.leave(&course.idnumber, id);
        }
    }

    /// Returns the course with a short name.
    pub(crate) fn named(&self, shortname: &str) -> Option<u32> {
        let ids = self.by_shortname.get(shortname).iter().copied();
        ids.into_iter().find(|id| self.get(*id).is_some_and(|own| own.shortname == shortname))
    }

    /// Returns the courses with an idnumber.
    pub(crate) fn numbered(&self, idnumber: &str) -> impl Iterator<Item = u32> {
        let ids = self.by_idnumber.get(idnumber).iter().copied();
        ids.filter(move |id| self.get(*id).is_some_and(|own| own.idnumber == idnumber))
    }
}

/// Sets the given members of a course, and checks them.
fn fill(
    site: &Site,
    scene: &Scene<'_>,
    course: &mut Course,
    own: Option<u32>,
    item: &Value,
) -> Result<(), Failure> {
    let get = |name: &str| item.get(name).and_then(Value::as_str);
    let wrong = |name: &str| {
        let text = format!("Invalid value for the parameter {name}");
        Err(Failure::moodle("errorinvalidparam", &text))
    };
    for (name, slot) in [("fullname", &mut course.fullname), ("shortname", &mut course.shortname)] {
        match get(name) {
            Some(value) if value.trim().is_empty() => return wrong(name),
            Some(value) => value.clone_into(slot),
            None => {}
        }
    }
    if site.courses.named(&course.shortname).is_some_and(|other| Some(other) != own) {
        let text = format!("Short name is already used for another course ({})", course.shortname);
        return Err(Failure::moodle("shortnametaken", &text));
    }
    if let Some(idnumber) = get("idnumber") {
        let taken = site.courses.numbered(idnumber).any(|other| Some(other) != own);
        if !idnumber.is_empty() && taken {
            let text = format!("ID number is already used for another course ({idnumber})");
            return Err(Failure::moodle("courseidnumbertaken", &text));
        }
        idnumber.clone_into(&mut course.idnumber);
    }
    if item.get("categoryid").is_some() {
        let category = id(item, "categoryid");
        if site.categories.get(category).is_none() {
            // A move fails where it is made, a new course before it is created.
            return Err(match own {
                Some(_) => Failure::missing("course_categories"),
                None => Failure::moodle(
                    "errorcatcontextnotvalid",
                    "You cannot execute functions in this category context",
                ),
            });
        }
        course.category = category;
    }
    if get("lang").is_some_and(|lang| {
        !lang.is_empty() && !scene.settings.languages.iter().any(|own| own == lang)
    }) {
        return wrong("lang");
    }
    match get("format") {
        Some(format) if !FORMATS.contains(&format) => return wrong("format"),
        Some(format) => format.clone_into(&mut course.format),
        None => {}
    }
    if let Some(summary) = get("summary") {
        summary.clone_into(&mut course.summary);
    }
    dates(course, own.is_none().then(|| scene.now()), item)?;
    course.visible = flag(item, "visible", course.visible);
    for name in ["numsections", "groupmode", "groupmodeforce", "enablecompletion", "showgrades"] {
        if let Some(number) = int(item, name) {
            course.numbers.retain(|(own, _)| own != name);
            course.numbers.push((name.to_owned(), number));
        }
    }
    let long = |text: &str, length: usize| text.chars().count() > length;
    if long(&course.fullname, 254) || long(&course.shortname, 255) || long(&course.idnumber, 100) {
        return Err(Failure::write("value too long".to_owned()));
    }
    Ok(())
}

/// Sets the given dates of a course. They are checked as given, without the dates that the course
/// has; a new course without a start date begins `today`.
fn dates(course: &mut Course, today: Option<i64>, item: &Value) -> Result<(), Failure> {
    let midnight = today.map(|now| now - now.rem_euclid(86_400));
    let (start, end) = (int(item, "startdate").or(midnight), int(item, "enddate"));
    match (start.unwrap_or(0), end.unwrap_or(0)) {
        (_, 0) => {}
        (0, _) => {
            let text = "A course end date can only be set if a start date is also set.";
            return Err(Failure::moodle("nostartdatenoenddate", text));
        }
        (start, end) if end < start => {
            let text = "The course end date must be after the start date.";
            return Err(Failure::moodle("enddatebeforestartdate", text));
        }
        _ => {}
    }
    course.startdate = start.unwrap_or(course.startdate);
    course.enddate = end.unwrap_or(course.enddate);
    Ok(())
}

fn create(
    site: &mut Site,
    scene: &Scene<'_>,
    arguments: &Map<String, Value>,
    note: &mut Note,
) -> Result<Value, Failure> {
    let items = items(arguments, "courses");
    note.batch = Some(count(items.len()));
    let now = scene.now();
    // One transaction: everything created is taken back if a later item is wrong.
    let mut made: Vec<u32> = Vec::with_capacity(items.len());
    for item in items {
        let mut course = Course {
            format: "topics".to_owned(),
            visible: true,
            created: now,
            modified: now,
            manual: true,
            ..Course::default()
        };
        if let Err(failure) = fill(site, scene, &mut course, None, item) {
            made.into_iter().for_each(|id| site.courses.remove(id));
            return Err(failure);
        }
        made.push(site.courses.add(course));
    }
    note.wrote("courses", "created", made.len());
    let row = |id: &u32| Some(json!({"id": id, "shortname": site.courses.get(*id)?.shortname}));
    Ok(made.iter().filter_map(row).collect())
}

fn warning(item: u32, code: &str, message: &str) -> Value {
    json!({"item": "course", "itemid": item, "warningcode": code, "message": message})
}

fn update(
    site: &mut Site,
    scene: &Scene<'_>,
    arguments: &Map<String, Value>,
    note: &mut Note,
) -> Result<Value, Failure> {
    let items = items(arguments, "courses");
    note.batch = Some(count(items.len()));
    let mut warnings = Vec::new();
    for item in items {
        let own = id(item, "id");
        let result = match site.courses.get(own).cloned() {
            None => Err(Failure::missing("course")),
            Some(_) if own == SITE_COURSE => {
                // A caller that writes to the front page has looked up an empty idnumber.
                note.wrote("site_course", "refused", 1);
                Err(Failure::moodle("invalidcourse", "Invalid course"))
            }
            Some(mut course) => fill(site, scene, &mut course, Some(own), item).map(|()| course),
        };
        match result {
            Ok(mut course) => {
                course.modified = scene.now();
                site.courses.change(own, |slot| *slot = course);
                note.wrote("courses", "updated", 1);
            }
            Err(failure) => {
                let (code, message) = failure.told();
                warnings.push(warning(own, code, message));
            }
        }
    }
    Ok(json!({"warnings": warnings}))
}

fn delete(
    site: &mut Site,
    _: &Scene<'_>,
    arguments: &Map<String, Value>,
    note: &mut Note,
) -> Result<Value, Failure> {
    let items = items(arguments, "courseids");
    note.batch = Some(count(items.len()));
    let mut warnings = Vec::new();
    for item in items {
        let id: u32 = item.as_str().and_then(|id| id.parse().ok()).unwrap_or_default();
        if site.courses.get(id).is_none() {
            let text = format!("Unknown course ID {id}");
            warnings.push(warning(id, "unknowncourseidnumber", &text));
        } else if id == SITE_COURSE {
            let text = "You do not have the permission to delete this course";
            warnings.push(warning(id, "cannotdeletecourse", text));
        } else {
            site.remove_course(id);
            note.wrote("courses", "deleted", 1);
        }
    }
    Ok(json!({"warnings": warnings}))
}

fn duplicate(
    site: &mut Site,
    scene: &Scene<'_>,
    arguments: &Map<String, Value>,
    note: &mut Note,
) -> Result<Value, Failure> {
    let all = Value::Object(arguments.clone());
    note.batch = Some(1);
    let original = site.courses.get(id(&all, "courseid")).filter(|course| course.manual);
    let Some(original) = original.cloned() else {
        return Err(Failure::missing("course"));
    };
    let now = scene.now();
    let idnumber = String::new();
    let mut course = Course { idnumber, created: now, modified: now, ..original };
    fill(site, scene, &mut course, None, &all)?;
    let id = site.courses.add(course);
    note.wrote("courses", "created", 1);
    Ok(json!({"id": id, "shortname": text(&all, "shortname")}))
}

//! Course categories: the store and the functions.

use {
    super::{
        Failure, Function, Scene, Site, count, flag, id,
        index::Shelf,
        items, rights,
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
        name: "core_course_create_categories",
        capabilities: &["moodle/category:manage"],
        parameters: &[required("categories", Spec::List(&Spec::Struct(&[NEW, COMMON])))],
        run: create,
    },
    Function {
        name: "core_course_update_categories",
        capabilities: &["moodle/category:manage"],
        parameters: &[required("categories", Spec::List(&Spec::Struct(&[OLD, COMMON])))],
        run: update,
    },
    Function {
        name: "core_course_delete_categories",
        capabilities: &["moodle/category:manage"],
        parameters: &[required(
            "categories",
            Spec::List(&Spec::Struct(&[&[
                required("id", Spec::Int),
                optional("newparent", Spec::Int),
                optional("recursive", Spec::Flag),
            ]])),
        )],
        run: delete,
    },
    Function {
        name: "core_course_get_categories",
        capabilities: &[],
        parameters: &[
            optional(
                "criteria",
                Spec::List(&Spec::Struct(&[&[
                    required("key", Spec::Raw),
                    required("value", Spec::Raw),
                ]])),
            ),
            optional("addsubcategories", Spec::Flag),
        ],
        run: get,
    },
];

const NEW: &[Member] = &[required("name", Spec::Text)];
const OLD: &[Member] = &[required("id", Spec::Int), optional("name", Spec::Text)];
const COMMON: &[Member] = &[
    optional("parent", Spec::Int),
    optional("idnumber", Spec::Raw),
    optional("description", Spec::Raw),
    optional("descriptionformat", Spec::Int),
    optional("theme", Spec::Raw),
];

/// A category.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Category {
    pub(crate) name: String,
    pub(crate) idnumber: String,
    /// 0 = at the top.
    pub(crate) parent: u32,
    pub(crate) description: String,
    pub(crate) modified: i64,
    /// Visible only to users who may see hidden categories.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) hidden: bool,
}

/// All categories; the first one is there from the start.
#[derive(Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Categories(Shelf<Category>);

impl Default for Categories {
    fn default() -> Self {
        let mut shelf = Shelf::default();
        shelf.add(Category { name: "Category 1".to_owned(), ..Category::default() });
        Self(shelf)
    }
}

impl Categories {
    /// Returns a category.
    pub(crate) fn get(&self, id: u32) -> Option<&Category> {
        self.0.get(id)
    }

    /// Returns all categories with their ids.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &Category)> {
        self.0.iter()
    }

    /// Returns the category with an idnumber.
    pub(crate) fn numbered(&self, idnumber: &str) -> Option<u32> {
        let found = self.iter().find(|(_, category)| category.idnumber == idnumber);
        found.filter(|_| !idnumber.is_empty()).map(|(id, _)| id)
    }

    /// Returns a category for a change.
    pub(crate) fn get_mut(&mut self, id: u32) -> Option<&mut Category> {
        self.0.get_mut(id)
    }

    /// Removes a category alone; its contents stay where they are.
    pub(crate) fn remove(&mut self, id: u32) -> Option<Category> {
        self.0.remove(id)
    }

    /// Returns the ids from a category up to the top, starting with the category.
    fn line(&self, id: u32) -> Vec<u32> {
        let mut line = vec![id];
        let mut at = id;
        while let Some(parent) = self.get(at).map(|own| own.parent).filter(|own| *own > 0) {
            if line.contains(&parent) {
                break;
            }
            line.push(parent);
            at = parent;
        }
        line
    }
}

/// Sets the given members of a category, and checks them.
fn fill(
    site: &Site,
    category: &mut Category,
    own: Option<u32>,
    item: &Value,
    unknown: &'static str,
) -> Result<(), Failure> {
    if let Some(name) = item.get("name").and_then(Value::as_str) {
        name.clone_into(&mut category.name);
    }
    if let Some(idnumber) = item.get("idnumber").and_then(Value::as_str) {
        if site.categories.numbered(idnumber).is_some_and(|other| Some(other) != own) {
            let text = "ID number is already used for another category";
            return Err(Failure::moodle("categoryidnumbertaken", text));
        }
        idnumber.clone_into(&mut category.idnumber);
    }
    if item.get("parent").is_some() {
        let parent = id(item, "parent");
        if parent > 0 && site.categories.get(parent).is_none() {
            return Err(Failure::moodle(unknown, "Unknown category"));
        }
        if own.is_some_and(|own| site.categories.line(parent).contains(&own)) {
            return Err(Failure::moodle("cannotmovecategory", "Cannot move category"));
        }
        category.parent = parent;
    }
    if let Some(description) = item.get("description").and_then(Value::as_str) {
        description.clone_into(&mut category.description);
    }
    if category.name.trim().is_empty() {
        return Err(Failure::moodle("categorynamerequired", "Category name is required"));
    }
    if category.name.chars().count() > 255 {
        return Err(Failure::moodle("categorytoolong", "Category name is too long"));
    }
    if category.idnumber.chars().count() > 100 {
        return Err(Failure::moodle("idnumbertoolong", "ID number is too long"));
    }
    Ok(())
}

fn create(
    site: &mut Site,
    scene: &Scene<'_>,
    arguments: &Map<String, Value>,
    note: &mut Note,
) -> Result<Value, Failure> {
    let items = items(arguments, "categories");
    note.batch = Some(count(items.len()));
    // One transaction: everything created is taken back if a later item is wrong.
    let mut made: Vec<u32> = Vec::with_capacity(items.len());
    for item in items {
        let mut category = Category { modified: scene.now(), ..Category::default() };
        if let Err(failure) = fill(site, &mut category, None, item, "unknowcategory") {
            for id in made {
                site.categories.0.remove(id);
            }
            return Err(failure);
        }
        made.push(site.categories.0.add(category));
    }
    note.wrote("categories", "created", made.len());
    let row = |id: &u32| {
        let category = site.categories.get(*id)?;
        Some(json!({"id": id, "name": scene.shown(&category.name)}))
    };
    Ok(made.iter().filter_map(row).collect())
}

fn update(
    site: &mut Site,
    scene: &Scene<'_>,
    arguments: &Map<String, Value>,
    note: &mut Note,
) -> Result<Value, Failure> {
    let items = items(arguments, "categories");
    note.batch = Some(count(items.len()));
    let mut before: Vec<(u32, Category)> = Vec::with_capacity(items.len());
    for item in items {
        let own = id(item, "id");
        let result = match site.categories.get(own).cloned() {
            None => Err(Failure::moodle("unknowncategory", "Unknown category")),
            Some(old) => {
                let mut new = Category { modified: scene.now(), ..old.clone() };
                before.push((own, old));
                fill(site, &mut new, Some(own), item, "unknowncategory").map(|()| new)
            }
        };
        match result {
            Ok(new) => put(site, own, new),
            Err(failure) => {
                before.into_iter().rev().for_each(|(id, old)| put(site, id, old));
                return Err(failure);
            }
        }
    }
    note.wrote("categories", "updated", before.len());
    Ok(Value::Null)
}

fn put(site: &mut Site, id: u32, category: Category) {
    if let Some(slot) = site.categories.0.get_mut(id) {
        *slot = category;
    }
}

fn delete(
    site: &mut Site,
    _: &Scene<'_>,
    arguments: &Map<String, Value>,
    note: &mut Note,
) -> Result<Value, Failure> {
    let items = items(arguments, "categories");
    note.batch = Some(count(items.len()));
    for item in &items {
        if site.categories.get(id(item, "id")).is_none() {
            return Err(Failure::moodle("unknowncategory", "Unknown category"));
        }
        let new_parent = id(item, "newparent");
        if new_parent > 0 && site.categories.get(new_parent).is_none() {
            return Err(Failure::moodle("unknowncategory", "Unknown category"));
        }
    }
    let mut deleted = 0;
    for item in items {
        let own = id(item, "id");
        let Some(category) = site.categories.get(own) else { continue };
        let below: Vec<u32> = site
            .categories
            .iter()
            .map(|(id, _)| id)
            .filter(|id| site.categories.line(*id).contains(&own))
            .collect();
        let courses = |site: &Site, within: &[u32]| -> Vec<u32> {
            let own = site.courses.iter().filter(|(_, course)| within.contains(&course.category));
            own.map(|(id, _)| id).collect()
        };
        if flag(item, "recursive", false) {
            for course in courses(site, &below) {
                site.remove_course(course);
                note.wrote("courses", "deleted", 1);
            }
            deleted += below.len();
            below.into_iter().for_each(|id| drop(site.categories.remove(id)));
            continue;
        }
        let parent = match id(item, "newparent") {
            0 => category.parent,
            given => given,
        };
        let inside = courses(site, &[own]);
        if parent == 0 && !inside.is_empty() {
            let text = "Cannot move the courses to the top level";
            return Err(Failure::moodle("movecatcontentstoroot", text));
        }
        for course in inside {
            site.courses.change(course, |course| course.category = parent);
        }
        for child in site.categories.0.iter_mut().filter(|child| child.parent == own) {
            child.parent = parent;
        }
        site.categories.remove(own);
        deleted += 1;
    }
    note.wrote("categories", "deleted", deleted);
    Ok(Value::Null)
}

fn get(
    site: &mut Site,
    scene: &Scene<'_>,
    arguments: &Map<String, Value>,
    _: &mut Note,
) -> Result<Value, Failure> {
    let criteria = items(arguments, "criteria");
    let manages = !rights::lacks(scene.settings, "moodle/category:manage");
    for criterion in &criteria {
        let key = text(criterion, "key");
        let known = ["id", "ids", "name", "parent", "visible"].contains(&key)
            || manages && ["idnumber", "theme"].contains(&key);
        if !known {
            let text = format!("This criterion does not exist: {key}");
            return Err(Failure::moodle("criteriaerror", &text));
        }
    }
    let fits = |id: u32, category: &Category| {
        criteria.iter().all(|criterion| {
            let value = text(criterion, "value");
            match text(criterion, "key") {
                "id" => value.parse() == Ok(id),
                "ids" => value.split(',').any(|one| one.trim().parse() == Ok(id)),
                "name" => category.name == value,
                "parent" => value.parse() == Ok(category.parent),
                "idnumber" => category.idnumber == value,
                "visible" => value == if category.hidden { "0" } else { "1" },
                _ => value.is_empty(),
            }
        })
    };
    let all = &site.categories;
    let found: Vec<u32> = all.iter().filter(|(id, own)| fits(*id, own)).map(|(id, _)| id).collect();
    // The categories below a found one are included unless the caller says no.
    let below = arguments.get("addsubcategories").and_then(Value::as_str) != Some("0");
    let hidden = rights::lacks(scene.settings, "moodle/category:viewhiddencategories");
    let seen = |id: u32| {
        !hidden || !all.line(id).iter().any(|id| all.get(*id).is_some_and(|own| own.hidden))
    };
    let wanted = all.iter().filter(|(id, _)| seen(*id)).filter(|(id, _)| {
        found.contains(id) || (below && all.line(*id).iter().any(|id| found.contains(id)))
    });
    Ok(wanted.map(|(id, category)| row(site, scene, id, category)).collect())
}

fn row(site: &Site, scene: &Scene<'_>, id: u32, category: &Category) -> Value {
    let mut line = site.categories.line(id);
    line.reverse();
    let path: String = line.iter().map(|id| format!("/{id}")).collect();
    let courses = site.courses.iter().filter(|(_, course)| course.category == id).count();
    let mut row = json!({
        "id": id,
        "name": scene.shown(&category.name),
        "description": scene.shown(&category.description),
        "descriptionformat": 1,
        "parent": category.parent,
        "sortorder": id * 10_000,
        "coursecount": courses,
        "depth": line.len(),
        "path": path,
    });
    // Visible only to users who manage the category.
    let more = json!({
        "idnumber": category.idnumber,
        "visible": i32::from(!category.hidden),
        "visibleold": i32::from(!category.hidden),
        "timemodified": category.modified,
        "theme": null,
    });
    if let (false, Some(members), Value::Object(more)) =
        (rights::lacks(scene.settings, "moodle/category:manage"), row.as_object_mut(), more)
    {
        members.extend(more);
    }
    row
}

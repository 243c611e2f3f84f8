//! Grade items and grades: the store. Each course has a total besides its items; it is computed,
//! not stored.

use {
    super::index::{Pairs, Shelf},
    serde::{Deserialize, Serialize},
    std::collections::HashMap,
};

/// A graded item.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Item {
    pub(crate) course: u32,
    pub(crate) name: String,
    pub(crate) idnumber: String,
    /// Kind of activity, such as `assign`; empty for an item without an activity and for the total.
    #[serde(default)]
    pub(crate) module: String,
    /// Whether this is the total of the course.
    #[serde(default)]
    pub(crate) total: bool,
    pub(crate) min: f64,
    pub(crate) max: f64,
}

impl Item {
    /// Returns the kind of item as in reports.
    pub(super) fn kind(&self) -> &'static str {
        match (self.total, self.module.is_empty()) {
            (true, _) => "course",
            (false, true) => "manual",
            (false, false) => "mod",
        }
    }
}

/// Returns the id of the course module of an item.
pub(super) fn module_id(item: u32) -> u32 {
    item.saturating_add(1_000)
}

/// Returns the item of a course module.
pub(super) fn item_of_module(module: u32) -> u32 {
    module.saturating_sub(1_000)
}

/// A grade of a user.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Grade {
    /// `None` = not graded.
    pub(crate) raw: Option<f64>,
    #[serde(default)]
    pub(crate) feedback: String,
    /// Unix seconds.
    #[serde(default)]
    pub(crate) graded: Option<i64>,
    /// Unix seconds.
    #[serde(default)]
    pub(crate) submitted: Option<i64>,
}

/// All items and grades.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Grades {
    items: Shelf<Item>,
    grades: Pairs<Grade>,
    /// Items of each course, the total first.
    #[serde(skip)]
    by_course: HashMap<u32, Vec<u32>>,
}

impl Grades {
    /// Builds the index again after a load.
    pub(super) fn restored(mut self) -> Self {
        for (id, item) in self.items.iter() {
            self.by_course.entry(item.course).or_default().push(id);
        }
        self
    }

    /// Returns an item.
    pub(crate) fn item(&self, id: u32) -> Option<&Item> {
        self.items.get(id)
    }

    /// Returns all items with their ids.
    pub(crate) fn items(&self) -> impl Iterator<Item = (u32, &Item)> {
        self.items.iter()
    }

    /// Returns the items of a course, the total last.
    pub(super) fn items_of(&self, course: u32) -> Vec<(u32, &Item)> {
        let ids = self.by_course.get(&course).map(Vec::as_slice).unwrap_or_default();
        let mut own: Vec<_> = ids.iter().filter_map(|id| Some((*id, self.item(*id)?))).collect();
        own.sort_by_key(|(id, item)| (item.total, *id));
        own
    }

    /// Creates the total of a course, if it has none yet.
    pub(super) fn need_total(&mut self, course: u32) {
        if !self.by_course.contains_key(&course) {
            self.enter(Item { course, total: true, max: 100.0, ..Item::default() });
        }
    }

    /// Adds an item.
    pub(crate) fn add(&mut self, item: Item) -> u32 {
        self.need_total(item.course);
        self.enter(item)
    }

    fn enter(&mut self, item: Item) -> u32 {
        let course = item.course;
        let id = self.items.add(item);
        self.by_course.entry(course).or_default().push(id);
        id
    }

    /// Returns a grade.
    pub(crate) fn get(&self, item: u32, user: u32) -> Option<&Grade> {
        self.grades.get(item, user)
    }

    /// Returns all grades: item, user, grade.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, u32, &Grade)> {
        self.grades.iter()
    }

    /// Returns the grades of an item, by user.
    pub(super) fn of(&self, item: u32) -> impl Iterator<Item = (u32, &Grade)> {
        self.grades.of(item)
    }

    /// Counts the grades.
    pub(crate) fn count(&self) -> usize {
        self.grades.count()
    }

    /// Puts a grade in.
    pub(crate) fn put(&mut self, item: u32, user: u32, grade: Grade) {
        self.grades.put(item, user, grade);
    }

    /// Takes a grade out.
    pub(crate) fn remove(&mut self, item: u32, user: u32) -> bool {
        self.grades.remove(item, user).is_some()
    }

    /// Takes an item out, with its grades; a total stays as long as its course.
    pub(crate) fn remove_item(&mut self, id: u32) -> bool {
        let Some(item) = self.items.get(id).filter(|item| !item.total) else { return false };
        if let Some(ids) = self.by_course.get_mut(&item.course) {
            ids.retain(|own| *own != id);
        }
        self.grades.retain(|item, _| item != id);
        self.items.remove(id).is_some()
    }

    /// Takes the grades of a user out.
    pub(super) fn forget_user(&mut self, id: u32) {
        self.grades.retain(|_, user| user != id);
    }

    /// Takes the grades of a user in a course out.
    pub(super) fn forget_user_in(&mut self, course: u32, id: u32) {
        let items = self.by_course.get(&course).cloned().unwrap_or_default();
        for item in items {
            self.grades.remove(item, id);
        }
    }

    /// Takes a course's items out, with their grades.
    pub(super) fn forget_course(&mut self, course: u32) {
        let ids = self.by_course.remove(&course).unwrap_or_default();
        self.grades.retain(|item, _| !ids.contains(&item));
        for id in ids {
            self.items.remove(id);
        }
    }

    /// Computes the total of a user: the mean of the graded items, in percent. The time is that of
    /// the last grade.
    pub(super) fn total(&self, course: u32, user: u32) -> Grade {
        let graded: Vec<(f64, Option<i64>)> = self
            .items_of(course)
            .into_iter()
            .filter(|(_, item)| !item.total && item.max > item.min)
            .filter_map(|(id, item)| {
                let grade = self.get(id, user)?;
                Some(((grade.raw? - item.min) / (item.max - item.min), grade.graded))
            })
            .collect();
        let count = graded.len();
        let sum: f64 = graded.iter().map(|(share, _)| share).sum();
        let raw = (count > 0).then(|| sum / count as f64 * 100.0);
        let last = graded.iter().filter_map(|(_, time)| *time).max();
        Grade { raw, graded: last, ..Grade::default() }
    }
}

//! The records of a module: generated ones, made on demand, under an overlay of written ones. Finds
//! records and gives their order; knows no HTTP.

use {
    super::module::{self, FULL_NAME, Module},
    crate::data::{ID_STEP, Kind, School, record_id, record_number},
    serde::{Deserialize, Serialize},
    serde_json::{Map, Value, json},
    std::collections::{BTreeMap, BTreeSet, HashMap},
};

/// Why a record is left out of what a caller reads who does not ask for its like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Hidden {
    /// It waits for an approval.
    Waiting,
    /// It was converted, as leads are.
    Converted,
}

/// A record that was written or deleted after the school was made.
#[derive(Debug, Serialize, Deserialize)]
struct Row {
    /// Whether the fields that are not given here are generated.
    generated: bool,
    modified: i64,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    deleted: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hidden: Option<Hidden>,
    fields: Map<String, Value>,
}

impl Row {
    /// A generated record of which nothing has been written yet.
    fn untouched(modified: i64) -> Self {
        Self { generated: true, modified, deleted: false, hidden: None, fields: Map::new() }
    }
}

/// An entry of the list of deleted records.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Grave {
    pub(crate) index: u32,
    pub(crate) time: i64,
    /// Whether it has left the recycle bin, too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) permanent: bool,
    pub(crate) display_name: Value,
}

/// Order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sort {
    /// By time of the last change; otherwise by id, which is also the order of creation.
    pub(crate) by_modified: bool,
    pub(crate) descending: bool,
}

/// Place of a record in a list: time of its last change and number.
pub(crate) type Place = (i64, u32);

/// The records of a module.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Table {
    name: String,
    /// The source of the generated records; `None` for a module that started empty.
    school: Option<School>,
    /// Number of records with the generated times; those above have the times of `later`.
    initial: u32,
    total: u32,
    /// First number and time of each group of later records, both rising.
    later: Vec<(u32, i64)>,
    rows: BTreeMap<u32, Row>,
    pub(crate) graves: Vec<Grave>,
    /// Rows of subforms that were written.
    #[serde(default)]
    subform_rows: u64,
    #[serde(skip)]
    module: Option<&'static Module>,
    #[serde(skip)]
    kind: Option<Kind>,
    #[serde(skip)]
    edited: BTreeSet<Place>,
    #[serde(skip)]
    keys: HashMap<(String, String), u32>,
}

impl Table {
    /// Makes the table of a module as a fresh school has it.
    pub(crate) fn new(module: &'static Module, school: School) -> Self {
        let kind = Kind::of(module.name);
        let count = kind.map_or(0, |kind| school.count(kind));
        Self {
            name: module.name.to_owned(),
            school: kind.map(|_| school),
            initial: count,
            total: count,
            later: Vec::new(),
            rows: BTreeMap::new(),
            graves: Vec::new(),
            subform_rows: 0,
            module: Some(module),
            kind,
            edited: BTreeSet::new(),
            keys: HashMap::new(),
        }
    }

    /// Rebuilds the indexes after a load.
    pub(crate) fn restore(&mut self) {
        self.module = module::module(&self.name);
        self.kind = Kind::of(&self.name);
        let rows = self.rows.iter().filter(|(_, row)| !row.deleted);
        self.edited = rows.map(|(index, row)| (row.modified, *index)).collect();
        let written: Vec<u32> = self.edited.iter().map(|(_, index)| *index).collect();
        for index in written {
            self.enter_keys(index);
        }
    }

    /// Returns the module of the records.
    pub(crate) fn module(&self) -> Option<&'static Module> {
        self.module
    }

    /// Returns the name of the module.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Returns the number of the last record whose id is not above this one.
    pub(crate) fn last_up_to(&self, id: i64) -> Option<u32> {
        let first: i64 = self.id(0).parse().ok()?;
        let number = id.checked_sub(first).filter(|number| *number >= 0)?;
        Some(u32::try_from(number).unwrap_or(u32::MAX))
    }

    /// Returns an id for a row of a subform, whose module has the given number.
    pub(crate) fn subform_row_id(&mut self, module: u64) -> String {
        self.subform_rows += 1;
        // Far above the rows of generated records.
        record_id(module, ID_STEP / 2 + self.subform_rows)
    }

    /// Returns how the records are generated, if they are.
    fn generator(&self) -> Option<(School, Kind)> {
        Some((self.school?, self.kind?))
    }

    /// Returns how many records there have ever been; their numbers are below this.
    pub(crate) fn total(&self) -> u32 {
        self.total
    }

    /// Counts the existing records.
    pub(crate) fn count(&self) -> usize {
        self.total as usize - self.rows.values().filter(|row| row.deleted).count()
    }

    fn number(&self) -> u64 {
        self.module.map_or(0, |module| module.number)
    }

    /// Returns the id of a record.
    pub(crate) fn id(&self, index: u32) -> String {
        record_id(self.number(), u64::from(index))
    }

    /// Returns the number of an existing record.
    pub(crate) fn index(&self, id: &str) -> Option<u32> {
        let number = record_number(self.number(), id)?;
        u32::try_from(number).ok().filter(|index| self.exists(*index))
    }

    /// Returns whether a record exists.
    pub(crate) fn exists(&self, index: u32) -> bool {
        index < self.total && self.rows.get(&index).is_none_or(|row| !row.deleted)
    }

    /// Returns the time of the last change that a record would have without any write.
    fn base_time(&self, index: u32) -> i64 {
        match self.generator() {
            Some((_, kind)) if index < self.initial => kind.modified(index),
            _ => self.later_time(index),
        }
    }

    fn later_time(&self, index: u32) -> i64 {
        let groups = self.later.partition_point(|(from, _)| *from <= index);
        groups.checked_sub(1).and_then(|last| self.later.get(last)).map_or(0, |(_, time)| *time)
    }

    /// Returns the first number whose base time is after `since`; base times rise with the numbers.
    fn first_after(&self, since: i64) -> u32 {
        let generated = self.generator().map(|(_, kind)| kind.first_after(since));
        if let Some(generated) = generated.filter(|first| *first < self.initial) {
            return generated;
        }
        let group = self.later.partition_point(|(_, time)| *time <= since);
        self.later.get(group).map_or(self.total, |(from, _)| *from)
    }

    /// Returns when a record was created.
    pub(crate) fn created(&self, index: u32) -> i64 {
        match self.generator() {
            Some((_, kind)) if index < self.initial => kind.created(index),
            _ => self.later_time(index),
        }
    }

    /// Returns when a record was last changed.
    pub(crate) fn modified(&self, index: u32) -> i64 {
        self.rows.get(&index).map_or_else(|| self.base_time(index), |row| row.modified)
    }

    /// Returns the stored value of a field of a record; system fields are not stored.
    pub(crate) fn value(&self, index: u32, field: &str) -> Value {
        let row = self.rows.get(&index);
        if let Some(value) = row.and_then(|row| row.fields.get(field)) {
            return value.clone();
        }
        match self.generator() {
            Some((school, kind)) if row.is_none_or(|row| row.generated) => {
                school.value(kind, index, field)
            }
            _ => Value::Null,
        }
    }

    fn group(&mut self, now: i64) {
        let last = self.later.last().map_or(i64::MIN, |(_, time)| *time);
        if now > last {
            self.later.push((self.total, now));
        }
    }

    /// Adds generated records, created now; returns the number after the last.
    pub(crate) fn append(&mut self, count: u32, now: i64) -> u32 {
        self.group(now);
        self.total = self.total.saturating_add(count).min(ID_STEP as u32 - 1);
        self.total
    }

    /// Adds a record with the given fields; returns its number.
    pub(crate) fn insert(&mut self, mut fields: Map<String, Value>, now: i64) -> u32 {
        self.group(now);
        let index = self.total;
        self.total += 1;
        if let Some(module) = self.module {
            for field in module.fields.iter().filter(|field| field.kind == "autonumber") {
                let number = self.generator().map_or_else(
                    || json!(format!("{}-{:06}", module.singular.to_uppercase(), index + 1)),
                    |(school, kind)| school.value(kind, index, field.name),
                );
                fields.insert(field.name.to_owned(), number);
            }
        }
        let modified = self.later_time(index);
        self.rows.insert(index, Row { generated: false, fields, ..Row::untouched(modified) });
        self.edited.insert((modified, index));
        self.enter_keys(index);
        index
    }

    /// Changes the given fields of a record.
    pub(crate) fn update(&mut self, index: u32, fields: Map<String, Value>, now: i64) {
        // The time of a record never runs backwards, even if the sandbox's clock was set back.
        self.put(index, fields, now.max(self.modified(index)));
    }

    /// Changes the given fields of a record without the time of its last change, as a formula does.
    pub(crate) fn update_unseen(&mut self, index: u32, fields: Map<String, Value>) {
        self.put(index, fields, self.modified(index));
    }

    fn put(&mut self, index: u32, fields: Map<String, Value>, modified: i64) {
        self.edited.remove(&(self.modified(index), index));
        let row = self.rows.entry(index).or_insert_with(|| Row::untouched(modified));
        row.modified = modified;
        row.fields.extend(fields);
        self.edited.insert((modified, index));
        self.enter_keys(index);
    }

    /// Moves a record to the list of deleted records.
    pub(crate) fn delete(&mut self, index: u32, now: i64, permanent: bool) {
        let display_name = match self.value(index, "Display_Name") {
            Value::Null => self.title(index),
            name => name,
        };
        self.delete_unseen(index);
        self.graves.push(Grave { index, time: now, permanent, display_name });
    }

    /// Removes a record without a trace, as if the caller could no longer see it.
    pub(crate) fn delete_unseen(&mut self, index: u32) {
        let modified = self.modified(index);
        self.edited.remove(&(modified, index));
        let row = self.rows.entry(index).or_insert_with(|| Row::untouched(modified));
        row.deleted = true;
    }

    /// Takes a record out of the recycle bin, as it was: the time of its last change does not move. False when it is not
    /// there.
    pub(crate) fn restore_deleted(&mut self, index: u32) -> bool {
        let in_bin = |grave: &Grave| grave.index == index && !grave.permanent;
        if !self.graves.iter().any(in_bin) {
            return false;
        }
        self.graves.retain(|grave| !in_bin(grave));
        if let Some(row) = self.rows.get_mut(&index) {
            row.deleted = false;
        }
        self.edited.insert((self.modified(index), index));
        self.enter_keys(index);
        true
    }

    /// Hides a record from those who do not ask for its like, or shows it again.
    pub(crate) fn hide(&mut self, index: u32, hidden: Option<Hidden>) {
        let modified = self.modified(index);
        let row = self.rows.entry(index).or_insert_with(|| Row::untouched(modified));
        row.hidden = hidden;
        self.edited.insert((modified, index));
        self.enter_keys(index);
    }

    /// Returns why a record is left out of usual reads, if it is.
    pub(crate) fn hidden(&self, index: u32) -> Option<Hidden> {
        self.rows.get(&index)?.hidden
    }

    /// Returns the name of a record as look-ups show it: of a person the full name.
    pub(crate) fn title(&self, index: u32) -> Value {
        let Some(module) = self.module else { return Value::Null };
        if module.field(FULL_NAME).is_none() {
            return self.value(index, module.system_key);
        }
        let names = ["First_Name", "Last_Name"].map(|name| self.value(index, name));
        let names: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
        json!(names.join(" "))
    }

    /// Writes fields in the stored form: a look-up is a plain id, in whichever form it is given,
    /// and a row of a subform has an id.
    pub(crate) fn plain(&mut self, mut fields: Map<String, Value>) -> Map<String, Value> {
        for (name, value) in &mut fields {
            let Some(field) = self.module.and_then(|module| module.field(name)) else { continue };
            let parts = match (field.kind, &mut *value) {
                ("lookup", single) => std::slice::from_mut(single),
                ("multiselectlookup" | "subform", Value::Array(list)) => list.as_mut_slice(),
                _ => continue,
            };
            for part in parts {
                if field.kind != "subform" {
                    if let Some(id) = part.get("id").cloned() {
                        *part = id;
                    }
                } else if let (Some(row), Some(of)) =
                    (part.as_object_mut(), field.lookup.and_then(module::module))
                    && !row.contains_key("id")
                {
                    row.insert("id".to_owned(), json!(self.subform_row_id(of.number)));
                }
            }
        }
        fields
    }

    /// Counts the written records that share the value of a field with another record.
    pub(crate) fn doubles(&self, field: &str) -> usize {
        let mut seen: HashMap<String, usize> = HashMap::new();
        for (_, index) in &self.edited {
            let Value::String(text) = self.value(*index, field) else { continue };
            let text = text.to_lowercase();
            let untouched = self
                .find_generated(field, &text)
                .filter(|other| !self.rows.contains_key(other) && self.holds(*other, field, &text));
            *seen.entry(text).or_insert(usize::from(untouched.is_some())) += 1;
        }
        seen.values().map(|count| count.saturating_sub(1)).sum()
    }

    fn holds(&self, index: u32, field: &str, value: &str) -> bool {
        let own = self.value(index, field);
        self.exists(index) && own.as_str().is_some_and(|own| own.to_lowercase() == value)
    }

    fn enter_keys(&mut self, index: u32) {
        let Some(module) = self.module else { return };
        for field in module.fields.iter().filter(|field| is_key(module, field.name)) {
            if let Some(text) = self.value(index, field.name).as_str() {
                self.keys.insert((field.name.to_owned(), text.to_lowercase()), index);
            }
        }
    }

    /// Finds a record by a unique field or the system's own key, ignoring case.
    pub(crate) fn find(&self, field: &str, value: &str) -> Option<u32> {
        let value = value.to_lowercase();
        let holds = |index: &u32| self.holds(*index, field, &value);
        let written = self.keys.get(&(field.to_owned(), value.clone())).copied().filter(holds);
        written.or_else(|| self.find_generated(field, &value).filter(holds))
    }

    fn find_generated(&self, field: &str, value: &str) -> Option<u32> {
        let (school, kind) = self.generator()?;
        school.index_of(kind, field, value)
    }

    /// Returns the records of a list that come after a place and were changed after a time, in
    /// order.
    pub(crate) fn scan(
        &self,
        sort: Sort,
        after: Option<Place>,
        since: Option<i64>,
    ) -> Box<dyn Iterator<Item = u32> + '_> {
        if sort.by_modified {
            self.scan_by_time(sort.descending, after, since)
        } else {
            self.scan_by_id(sort.descending, after.map(|(_, index)| index), since)
        }
    }

    fn scan_by_id(
        &self,
        descending: bool,
        after: Option<u32>,
        since: Option<i64>,
    ) -> Box<dyn Iterator<Item = u32> + '_> {
        let fresh = move |index: &u32| {
            self.exists(*index) && since.is_none_or(|since| self.modified(*index) > since)
        };
        // Below this number only written records can be new enough.
        let dense = since.map_or(0, |since| self.first_after(since)).min(self.total);
        if descending {
            let end = after.unwrap_or(self.total);
            let written = self.rows.range(..dense.min(end)).rev().map(|(index, _)| *index);
            Box::new((dense..end).rev().chain(written).filter(fresh))
        } else {
            let start = after.map_or(0, |index| index.saturating_add(1));
            let written = self.rows.range(start.min(dense)..dense).map(|(index, _)| *index);
            Box::new(written.chain(dense.max(start)..self.total).filter(fresh))
        }
    }

    fn scan_by_time(
        &self,
        descending: bool,
        after: Option<Place>,
        since: Option<i64>,
    ) -> Box<dyn Iterator<Item = u32> + '_> {
        let since = since.unwrap_or(i64::MIN);
        let beyond = move |place: &Place| {
            let past =
                after.is_none_or(|after| if descending { *place < after } else { *place > after });
            past && place.0 > since
        };
        let untouched = move |index: u32| {
            (!self.rows.contains_key(&index)).then(|| (self.base_time(index), index))
        };
        let low = since.max(match after {
            Some((time, _)) if !descending => time - 1,
            _ => i64::MIN,
        });
        let start = if low == i64::MIN { 0 } else { self.first_after(low).min(self.total) };
        if descending {
            let end = after.map_or(self.total, |(time, _)| self.first_after(time)).max(start);
            let first = (start..end).rev().filter_map(untouched).filter(beyond);
            let top = after.unwrap_or((i64::MAX, u32::MAX));
            let second = self.edited.range(..top).rev().copied().filter(beyond);
            Box::new(merge(first, second, |a, b| a > b))
        } else {
            let first = (start..self.total).filter_map(untouched).filter(beyond);
            let second = self.edited.range((low, 0)..).copied().filter(beyond);
            Box::new(merge(first, second, |a, b| a < b))
        }
    }
}

/// Returns whether records can be found by a field.
pub(crate) fn is_key(module: &Module, field: &str) -> bool {
    field == module.system_key || module.field(field).is_some_and(|field| field.unique)
}

/// Merges two ordered sequences into one.
fn merge<'t>(
    first: impl Iterator<Item = Place> + 't,
    second: impl Iterator<Item = Place> + 't,
    before: fn(&Place, &Place) -> bool,
) -> impl Iterator<Item = u32> + 't {
    let (mut first, mut second) = (first.peekable(), second.peekable());
    std::iter::from_fn(move || {
        let from_first = match (first.peek(), second.peek()) {
            (Some(a), Some(b)) => before(a, b),
            (first, _) => first.is_some(),
        };
        let next = if from_first { first.next() } else { second.next() };
        next.map(|(_, index)| index)
    })
}

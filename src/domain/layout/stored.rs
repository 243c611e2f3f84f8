//! Reads a module's stored options one by one. An older version, as after a rollback, may find an option that it does
//! not know or a value that it cannot read. Neither affects the other options, and both are written back unchanged.

use {
    super::{Form, GradeScale, Layout, MatchBy, RemovalAction, change},
    crate::domain::module::ModuleName,
    serde::Serialize,
    serde_json::{Map, Value},
};

/// Stored options that this version cannot use, in their stored form.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(transparent)]
pub struct Unread(Map<String, Value>);

/// The value that replaces one that cannot be read.
enum Safe {
    /// This value, as a word. It can only make a run do less, or ask first.
    As(&'static str),
    /// No value is safe: with any of them a run could write something wrong. So no run starts.
    None,
}

/// Every option by the name under which it is stored, with its replacement if it cannot be read.
const OPTIONS: &[(&str, Safe)] = &[
    // Objects of another form would be created, and the existing ones given up.
    ("form", Safe::None),
    // Accounts created by mistake are hard to take back; a missing one is created by a later run.
    ("create_users", Safe::As("false")),
    // Linking the account of another person is worse than not finding the right one.
    ("match_by", Safe::As("none")),
    // A guessed role could give a student the rights of a teacher.
    ("role_id", Safe::None),
    // Courses would be created in, or moved to, a category that others can see.
    ("category_id", Safe::None),
    // Another function of the plug-in could do anything.
    ("function", Safe::None),
    ("parameter", Safe::None),
    // No student loses access.
    ("removal_action", Safe::As("keep")),
    // The strictest setting of the brake: any absent record waits until a person has looked at it, and so do deleted
    // and ended records beyond a tenth of the records.
    ("brake_percent", Safe::As("0")),
    ("brake_min", Safe::As("0")),
    // A student whose payment should suspend would keep access, and one who has paid since would not regain it.
    ("suspend_on", Safe::None),
    // A grade by the wrong scale looks like a correct one.
    ("grade_scale", Safe::None),
    // The strictest ones again: a run that changes or makes many waits for an approval of its changes.
    ("brake_update_percent", Safe::As("0")),
    ("brake_field_percent", Safe::As("0")),
    ("brake_identity_percent", Safe::As("0")),
    ("brake_create_factor", Safe::As("1")),
    // A person who was renamed by mistake cannot sign in.
    ("rename_users", Safe::As("false")),
];

impl Unread {
    /// Forgets a stored value because a new one replaces it.
    pub(super) fn forget(&mut self, name: &str) {
        self.0.shift_remove(name);
    }

    /// Returns the options whose value cannot be read and for which no value is safe, by their names in the API.
    pub fn blocking(&self) -> Vec<&'static str> {
        self.of_known()
            .filter(|(_, safe)| matches!(safe, Safe::None))
            .map(|(name, _)| wire(name))
            .collect()
    }

    /// Returns true when the value of an option, by its stored name, cannot be read.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Returns the warnings for people, one sentence for each option.
    pub fn warnings(&self) -> Vec<String> {
        let known = self.of_known().map(|(name, safe)| {
            let name = wire(name);
            match safe {
                Safe::As(value) => format!(
                    "this version cannot read the stored value of the option {name}; it counts as {value} until it is set"
                ),
                Safe::None => format!(
                    "this version cannot read the stored value of the option {name}; no run starts until it is set"
                ),
            }
        });
        let unknown = self.0.keys().filter(|name| !OPTIONS.iter().any(|(known, _)| known == name));
        let unknown = unknown.map(|name| {
            let shown: String = name.chars().take(60).collect();
            format!(
                "this version does not know the stored option {shown}; it is kept and has no effect"
            )
        });
        known.chain(unknown).collect()
    }

    fn of_known(&self) -> impl Iterator<Item = &'static (&'static str, Safe)> {
        OPTIONS.iter().filter(|(name, _)| self.0.contains_key(*name))
    }
}

/// The name of an option in the API.
fn wire(stored: &'static str) -> &'static str {
    if stored == "form" { "target" } else { stored }
}

/// Reads options from their stored form.
struct Reader {
    left: Map<String, Value>,
    unread: Unread,
}

impl Reader {
    /// Sets a stored option to the value that `read` returns, or to the safe value if it returns nothing.
    fn option<T>(
        &mut self,
        name: &str,
        set: &mut T,
        safe: T,
        read: impl FnOnce(&Value) -> Option<T>,
    ) {
        let Some(value) = self.left.shift_remove(name) else { return };
        *set = read(&value).unwrap_or_else(|| {
            self.unread.0.insert(name.to_owned(), value);
            safe
        });
    }

    /// The same for an option without a safe value. The option keeps its default, but no run uses it.
    fn needed<T: Clone>(
        &mut self,
        name: &str,
        set: &mut T,
        read: impl FnOnce(&Value) -> Option<T>,
    ) {
        let default = set.clone();
        self.option(name, set, default, read);
    }
}

/// Reads the options of a module; those that are not stored have their defaults.
pub(super) fn read(module: ModuleName, stored: Option<&Value>) -> Layout {
    let mut layout = Layout::new(module);
    let left = match stored {
        None | Some(Value::Null) => return layout,
        Some(Value::Object(stored)) => stored.clone(),
        // The stored value is not an object, so no option can be read.
        Some(_) => OPTIONS.iter().map(|(name, _)| ((*name).to_owned(), Value::Null)).collect(),
    };
    let mut reader = Reader { left, unread: Unread::default() };
    reader.needed("form", &mut layout.form, |value| {
        Form::of(module).iter().copied().find(|form| value == form.as_str())
    });
    reader.option("create_users", &mut layout.create_users, false, Value::as_bool);
    reader.option("match_by", &mut layout.match_by, MatchBy::None, |value| {
        value.as_str().and_then(MatchBy::parse)
    });
    reader.needed("role_id", &mut layout.role_id, within(change::SITE_NUMBER));
    reader.needed("category_id", &mut layout.category_id, within(change::SITE_NUMBER));
    reader.needed("function", &mut layout.function, text);
    reader.needed("parameter", &mut layout.parameter, text);
    reader.option("removal_action", &mut layout.removal_action, RemovalAction::Keep, |value| {
        value.as_str().and_then(RemovalAction::parse)
    });
    reader.option("brake_percent", &mut layout.brake_percent, 0, within(change::PERCENT));
    reader.option("brake_min", &mut layout.brake_min, 0, within(change::REMOVALS));
    reader.needed("suspend_on", &mut layout.suspend_on, |value| {
        value.as_array()?.iter().map(text).collect()
    });
    reader.needed("grade_scale", &mut layout.grade_scale, |value| {
        value.as_str().and_then(GradeScale::parse)
    });
    for (name, percent) in [
        ("brake_update_percent", &mut layout.brake_update_percent),
        ("brake_field_percent", &mut layout.brake_field_percent),
        ("brake_identity_percent", &mut layout.brake_identity_percent),
    ] {
        reader.option(name, percent, 0, within(change::PERCENT));
    }
    let factor = &mut layout.brake_create_factor;
    reader.option("brake_create_factor", factor, 1, within(change::FACTOR));
    reader.option("rename_users", &mut layout.rename_users, false, Value::as_bool);
    let Reader { left, mut unread } = reader;
    unread.0.extend(left);
    layout.unread = unread;
    layout
}

fn within((min, max): (i64, i64)) -> impl FnOnce(&Value) -> Option<i64> {
    move |value| value.as_i64().filter(|number| (min..=max).contains(number))
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use {super::*, proptest::prelude::*, serde_json::json};

    /// Options of which every one differs from its default, as they are stored.
    fn all_set(module: ModuleName) -> Map<String, Value> {
        let mut layout = Layout::new(module);
        layout.form = *Form::of(module).last().expect("a form");
        layout.create_users = false;
        layout.match_by = MatchBy::Username;
        layout.role_id = 7;
        layout.category_id = 8;
        layout.function = "local_other".into();
        layout.parameter = "data".into();
        layout.removal_action = RemovalAction::Unenrol;
        layout.brake_percent = 20;
        layout.brake_min = 30;
        layout.suspend_on = vec!["overdue".into()];
        layout.rename_users = true;
        layout.grade_scale = GradeScale::Percent;
        layout.brake_update_percent = 40;
        layout.brake_field_percent = 60;
        layout.brake_identity_percent = 4;
        layout.brake_create_factor = 2;
        let stored = serde_json::to_value(layout).expect("JSON");
        stored.as_object().expect("an object").clone()
    }

    fn written(layout: &Layout) -> Map<String, Value> {
        let Value::Object(map) = serde_json::to_value(layout).expect("JSON") else {
            panic!("no object")
        };
        map
    }

    /// Values that a later version might store.
    fn foreign() -> impl Strategy<Value = Value> {
        prop_oneof![
            Just(Value::Null),
            Just(json!({"any": ["of", "these"]})),
            Just(json!([1, 2])),
            Just(json!(0.5)),
            (1_i64 << 40..i64::MAX).prop_map(Value::from),
            (i64::MIN..0).prop_map(Value::from),
        ]
    }

    #[test]
    fn every_option_is_in_the_table_and_reads_back() {
        for module in ModuleName::ALL {
            let stored = all_set(module);
            let names: Vec<&str> = stored.keys().map(String::as_str).collect();
            let table: Vec<&str> = OPTIONS.iter().map(|(name, _)| *name).collect();
            assert_eq!(names, table);
            let layout = read(module, Some(&stored.clone().into()));
            assert_eq!(layout.unread, Unread::default());
            assert_eq!(written(&layout), stored);
        }
    }

    #[test]
    fn what_cannot_be_read_counts_as_the_safe_value() {
        let stored: Map<String, Value> =
            OPTIONS.iter().map(|(name, _)| ((*name).to_owned(), json!({"new": true}))).collect();
        for stored in [stored.into(), json!(["nothing", "that", "was", "ever", "stored"])] {
            let layout = read(ModuleName::Students, Some(&stored));
            assert!(!layout.create_users);
            assert_eq!(layout.match_by, MatchBy::None);
            assert_eq!(layout.removal_action, RemovalAction::Keep);
            assert_eq!((layout.brake_percent, layout.brake_min), (0, 0));
            assert_eq!((layout.brake_update_percent, layout.brake_field_percent), (0, 0));
            assert_eq!((layout.brake_identity_percent, layout.brake_create_factor), (0, 1));
            assert_eq!(
                layout.unread.blocking(),
                [
                    "target",
                    "role_id",
                    "category_id",
                    "function",
                    "parameter",
                    "suspend_on",
                    "grade_scale"
                ]
            );
            assert_eq!(layout.unread.warnings().len(), OPTIONS.len());
        }
        for nothing in [None, Some(&Value::Null)] {
            assert_eq!(read(ModuleName::Students, nothing), Layout::new(ModuleName::Students));
        }
    }

    #[test]
    fn a_new_value_takes_the_place_of_one_that_cannot_be_read() {
        let module = ModuleName::Classes;
        let stored = json!({"form": "bubble", "removal_action": "archive", "colour": "red"});
        let mut layout = read(module, Some(&stored));
        assert_eq!(layout.unread.blocking(), ["target"]);
        let patch = super::super::LayoutPatch {
            target: Some("group".into()),
            brake_min: Some(3),
            ..Default::default()
        };
        layout.apply(module, patch).expect("fits");
        assert_eq!(layout.unread.blocking(), [""; 0]);
        let written = written(&layout);
        assert_eq!((&written["form"], &written["brake_min"]), (&json!("group"), &json!(3)));
        assert_eq!(
            (&written["removal_action"], &written["colour"]),
            (&json!("archive"), &json!("red"))
        );
    }

    proptest! {
        #[test]
        fn one_broken_option_leaves_all_others_as_stored(
            module in 0..ModuleName::ALL.len(),
            option in 0..OPTIONS.len(),
            value in foreign(),
            unknown in proptest::option::of(foreign()),
        ) {
            let module = ModuleName::ALL[module];
            let (broken, _) = OPTIONS[option];
            let mut stored = all_set(module);
            let whole = written(&read(module, Some(&stored.clone().into())));
            stored.insert(broken.to_owned(), value);
            if let Some(value) = unknown {
                stored.insert("of_a_version_to_come".into(), value);
            }
            let mut layout = read(module, Some(&stored.clone().into()));
            prop_assert!(layout.unread.has(broken));
            // Writing the options back loses nothing.
            prop_assert_eq!(written(&layout), stored);
            layout.unread = Unread::default();
            for (name, value) in written(&layout) {
                prop_assert!(name == broken || whole[&name] == value, "{} was {}", name, whole[&name]);
            }
        }
    }
}

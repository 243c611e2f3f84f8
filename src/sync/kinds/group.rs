//! Groups in the course of a unit, made from classes. A group is never removed.

use {
    super::field::{SOURCE_ID_FIELD, named_shape, need, number, picked, sent, tell_hidden, text},
    crate::{
        domain::{
            code::{self, Code},
            id::{ObjectId, RecordId},
            layout::{Form, Layouts},
            module::ModuleName,
            record::{Canonical, Payload, TargetKind},
        },
        ports::{ConnectorError, Target},
        store::Link,
        sync::{
            kind::{Cx, Kind},
            look_up::{Found, by_field},
            looked::Number,
            looked_back::LookedBack,
            shape::{Module, Parents, Shape, Unfit, Wanted, unfit},
            stop::Stop,
            verify,
            work::Create,
        },
    },
    async_trait::async_trait,
    serde_json::{Value, json},
    std::collections::BTreeSet,
};

/// The field that finds all groups of a course.
const COURSE: &str = "courseid";

/// Groups.
pub(crate) struct Group;

#[async_trait]
impl Kind for Group {
    fn target(&self) -> TargetKind {
        TargetKind::Group
    }

    fn numbers(&self, target_id: &ObjectId) -> Vec<Number> {
        vec![(TargetKind::Group, target_id.clone())]
    }

    fn conflict(&self, layouts: &Layouts) -> Option<&'static str> {
        (layouts.of(ModuleName::Units).form != Form::Course)
            .then_some("classes can be groups only where units are courses")
    }

    fn needs_one_of(&self) -> &'static [&'static [&'static str]] {
        &[&["unit_zoho_id"]]
    }

    fn shape(
        &self,
        module: Module<'_>,
        _: &RecordId,
        canonical: &Canonical,
    ) -> Result<Shape, Unfit> {
        let unit = need(ModuleName::Units, canonical, "unit_zoho_id", true)?;
        let unit = unit.ok_or_else(|| {
            let message = "unit_zoho_id is empty, and a class that is a group needs the course of its unit; map it or fill the field";
            unfit(code::MAPPING_REQUIRED_MISSING, message)
        })?;
        named_shape(sent(module, canonical, [])?, vec![unit], None)
    }

    fn wanted(
        &self,
        _: Module<'_>,
        zoho_id: &RecordId,
        shape: &Shape,
        parents: &Parents,
    ) -> Result<Wanted, Unfit> {
        let unit = shape
            .needs
            .iter()
            .find_map(|need| parents.get(need.module, &need.id))
            .filter(|unit| unit.kind == TargetKind::Course)
            .ok_or_else(|| {
                Unfit::of(
                    code::LAYOUT_CONFLICT,
                    &[("reason", &"the unit of the class is not a course")],
                )
            })?;
        let create = Payload::from([
            (SOURCE_ID_FIELD.to_owned(), json!(zoho_id)),
            ("name".to_owned(), json!(text(&shape.fields, "name"))),
            ("description".to_owned(), json!("")),
            (COURSE.to_owned(), number(&unit.target_id)),
        ]);
        let container = Some(unit.target_id.clone());
        Ok(Wanted { kind: TargetKind::Group, id: None, container, create })
    }

    /// A group cannot change its course, and Moodle requires the name with every change.
    fn update(
        &self,
        _: Module<'_>,
        zoho_id: &RecordId,
        _: &Shape,
        wanted: &Wanted,
        changed: &dyn Fn(&str) -> bool,
    ) -> Payload {
        picked(&wanted.create, zoho_id, |field| match field {
            "name" => true,
            "description" => changed(field),
            _ => false,
        })
    }

    fn is_exclusive(&self) -> bool {
        true
    }

    /// A group's id number is unique only within its course, and is found with the groups of the course.
    async fn find_by_source_id(&self, to: &dyn Target, records: &[Create]) -> Result<Found, Stop> {
        let courses: BTreeSet<ObjectId> =
            records.iter().filter_map(|record| record.container.clone()).collect();
        let courses: Vec<String> = courses.into_iter().map(ObjectId::into_text).collect();
        let mut found = Found::new();
        for (course, groups) in by_field(to, TargetKind::Group, COURSE, &courses).await? {
            for group in groups {
                let Some(Value::String(id)) = group.fields.get(SOURCE_ID_FIELD) else { continue };
                let ours = records.iter().any(|record| {
                    record.zoho_id == **id
                        && record.container.as_ref().is_some_and(|own| *own == *course)
                });
                if ours {
                    found.entry(id.clone()).or_default().push(group);
                }
            }
        }
        Ok(found)
    }

    async fn look_back(
        &self,
        cx: Cx<'_>,
        links: &[&Link],
        _: bool,
    ) -> Result<Option<LookedBack>, Stop> {
        let courses = verify::places(links);
        let found = by_field(verify::target(cx), TargetKind::Group, COURSE, &courses).await?;
        let found = found.into_values().flatten().map(|group| (group.id.clone(), group));
        verify::judged(cx, links, found.collect()).await.map(Some)
    }

    /// One by one: of a group that does not exist the target says so.
    async fn found_again(
        &self,
        cx: Cx<'_>,
        links: &[&Link],
    ) -> Result<Option<BTreeSet<ObjectId>>, Stop> {
        let mut found = BTreeSet::new();
        for link in links {
            let id = [link.target_id.to_string()];
            let groups = verify::target(cx).look_up(TargetKind::Group, "id", &id).await?;
            found.extend(groups.into_iter().map(|group| group.id));
        }
        Ok(Some(found))
    }

    fn looks_singly(&self) -> bool {
        true
    }

    fn place_of(&self, link: &Link) -> Option<String> {
        link.container.as_ref().map(ToString::to_string)
    }

    fn found_in(&self) -> Option<&'static str> {
        Some(COURSE)
    }

    fn tell_hidden(&self, error: ConnectorError) -> ConnectorError {
        tell_hidden(error, "moodle/site:accessallgroups")
    }

    /// For a group Moodle says only that a value is wrong.
    fn is_gone(&self, code: Code) -> bool {
        matches!(
            code,
            code::MOODLE_GROUP_UNKNOWN | code::MOODLE_COURSE_UNKNOWN | code::MOODLE_REJECTED
        )
    }

    fn lost_parents(&self, code: Code) -> &'static [ModuleName] {
        if code == code::MOODLE_COURSE_UNKNOWN { &[ModuleName::Units] } else { &[] }
    }
}

#[cfg(test)]
mod tests {
    use {
        super::*,
        crate::{
            domain::layout::Layout,
            sync::shape::{Known, Need},
        },
        chrono_tz::Tz,
    };

    #[test]
    fn a_group_needs_the_course_of_its_unit() {
        let group = |name| Layout { form: Form::Group, ..Layout::new(name) };
        let layouts = Layouts::new(Tz::UTC, group);
        let module = Module::new(ModuleName::Classes, &layouts, "C");
        let canonical = |pairs: &[(&str, &str)]| -> Canonical {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect()
        };
        let nameless = canonical(&[("name", "A")]);
        let fault = Group.shape(module, &"9".into(), &nameless).expect_err("unfit");
        assert_eq!(fault.code, code::MAPPING_REQUIRED_MISSING);
        let record = canonical(&[("name", "A"), ("unit_zoho_id", "5")]);
        let shape = Group.shape(module, &"9".into(), &record).expect("fits");
        let mut parents = Parents::default();
        let missing = parents.missing(&shape.needs).map(|need: &Need| need.reason);
        assert_eq!(missing, Some("unit_not_synced_yet"));
        let unit = Known {
            kind: TargetKind::Course,
            target_id: "31".into(),
            container: None,
            person: None,
            name: None,
        };
        parents.insert(ModuleName::Units, "5".into(), unit);
        let wanted = Group.wanted(module, &"9".into(), &shape, &parents).expect("fits");
        assert_eq!(wanted.container.as_ref().map(ObjectId::as_str), Some("31"));
        assert_eq!(wanted.create["courseid"], json!(31));
    }
}

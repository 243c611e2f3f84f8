//! Lengths: the limit in a mapping's warning and the limit of a run are the same.

use {
    crate::harness::{db::kinds, school::School},
    serde_json::{Value, json},
    sigma_sync::domain::{field, layout::Form, module::ModuleName},
};

/// Fields of an account that the default mappings leave to Moodle, each with a field of Zoho.
const PROFILE: [(&str, &str); 4] = [
    ("city", "City"),
    ("address", "Address"),
    ("institution", "Major"),
    ("department", "Sub_Major"),
];

/// Returns the fields of a module with a limit that go to Moodle unchanged in a form, with the field of Zoho and the
/// limit.
async fn limited(school: &School, module: ModuleName, form: Form) -> Vec<(String, String, usize)> {
    let rows = school.client.get(&format!("/v1/extension/mappings/{module}")).await.json();
    let rows = rows.as_array().expect("rows").clone();
    let plain = rows.iter().filter(|row| row["transform_rules"] == json!({}));
    plain
        .filter_map(|row| {
            let name = row["canonical_field"].as_str()?.to_owned();
            let canonical = field::of(module).field(&name)?;
            let most = canonical.longest.filter(|_| !canonical.goes(form).is_nowhere())?;
            let field = row["zoho_field_api_name"].as_str()?.to_owned();
            // An address has a format as well.
            (name != "academic_email").then_some((name, field, most as usize))
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mapping_and_a_run_have_the_same_limits() {
    for kind in kinds() {
        let school = School::new(kind, 4).await;
        for (canonical, field) in PROFILE {
            school.feed("students", canonical, field).await;
        }
        let mut seen = Vec::new();
        for (module, form) in [
            (ModuleName::Students, Form::User),
            (ModuleName::Programs, Form::Category),
            (ModuleName::Programs, Form::Course),
            (ModuleName::Units, Form::Course),
            (ModuleName::Classes, Form::Course),
        ] {
            school.layout(module.as_str(), json!({"target": form.as_str()})).await;
            school.on_invalid(module.as_str(), "fail").await;
            for (name, field, most) in limited(&school, module, form).await {
                let module = module.as_str();
                let records = [school.record(module, 0).await, school.record(module, 1).await];
                // Short names are unique on the site, so each field has a text of its own.
                let letter = ('a'..='z').nth(seen.len()).expect("a letter");
                let text = |length: usize| letter.to_string().repeat(length);
                school.change(module, 0, json!({ field.as_str(): text(most) })).await;
                school.change(module, 1, json!({ field.as_str(): text(most + 1) })).await;
                let run = school.full(module).await;
                let failed = school.items(&run, "items_status=FAILED").await;
                let long: Vec<&Value> =
                    failed.iter().filter(|item| item["code"] == "VALUE_TOO_LONG").collect();
                let ids: Vec<&Value> = failed.iter().map(|item| &item["zoho_id"]).collect();
                assert!(!ids.contains(&&records[0]["id"]), "{module} {name}: {failed:?}");
                assert_eq!(long.len(), 1, "{module} {name}: {failed:?}");
                assert_eq!(long[0]["zoho_id"], records[1]["id"], "{module} {name}");
                let message = long[0]["message"].as_str().expect("a message");
                let told = format!(
                    "{name} has {} characters; at most {most} are allowed; shorten the value in Zoho, or cut it in the \
                     mapping with a transform",
                    most + 1
                );
                assert_eq!(message, told);
                for (number, record) in records.iter().enumerate() {
                    school.change(module, number, json!({ field.as_str(): record[&field] })).await;
                }
                seen.push(format!("{module} {name}"));
            }
        }
        let wanted = [
            "students phone",
            "students first_name",
            "students last_name",
            "students city",
            "students address",
            "students institution",
            "students department",
            "programs name",
            "programs description",
            "programs name",
            "programs code",
            "programs description",
            "units name",
            "units code",
            "classes name",
            "classes short_name",
        ];
        assert_eq!(seen, wanted);
        school.stop().await;
    }
}

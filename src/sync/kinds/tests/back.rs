//! Whose object it is that a link leads to.

use {
    crate::{
        domain::{
            module::ModuleName,
            record::{Payload, TargetKind},
        },
        store::{Link, LinkState},
        sync::verify::is_own,
    },
    serde_json::{Value, json},
    std::collections::BTreeSet,
};

fn link(sent: Value) -> Link {
    Link {
        module: ModuleName::Students,
        zoho_id: "7".into(),
        target_kind: TargetKind::User,
        target_id: "12".into(),
        container: None,
        sent_hash: None,
        sent: serde_json::from_value(sent).expect("an object"),
        state: LinkState::Active,
        exclusive: true,
        person: None,
        mapping_version: None,
        left: Vec::new(),
        kept: BTreeSet::new(),
    }
}

#[test]
fn an_object_is_the_record_s_by_its_id_or_by_a_name() {
    let link = link(json!({"academic_email": "a@x.example", "name": "A"}));
    let own = |object: Value| {
        is_own(&serde_json::from_value::<Payload>(object).expect("an object"), &link)
    };
    assert!(own(json!({"idnumber": "7", "email": "b@x.example"})));
    assert!(own(json!({"idnumber": "8", "email": "a@x.example"})), "marked by hand");
    assert!(!own(json!({"idnumber": "8", "email": "b@x.example"})), "another record's");
    assert!(!own(json!({"idnumber": "8", "fullname": "A"})), "several have a name");
    assert!(!own(json!({"idnumber": "8"})));
    assert!(own(json!({"idnumber": "", "email": "A@X.example"})), "without its mark");
    assert!(own(json!({"idnumber": null, "fullname": "A"})));
    assert!(!own(json!({"idnumber": "", "email": "b@x.example"})), "a number given again");
    assert!(!own(json!({"email": "b@x.example"})), "an empty id is left out");
    assert!(own(json!({"phone1": "1"})), "what is hidden says nothing");
}

//! What a record may change in an account that existed before it.

use {
    super::super::{Account, account::doubt},
    crate::{
        domain::{
            code,
            layout::Layouts,
            module::ModuleName,
            record::{Canonical, SourceRecord, TargetRecord},
        },
        sync::{
            decide::adopt,
            draft::Draft,
            kind::Kind as _,
            shape::{Module, Parents},
        },
    },
    chrono_tz::Tz,
    proptest::prelude::*,
    serde_json::{Map, json},
};

/// A student's record, in the form for the target.
fn draft(module: Module<'_>, email: &str, status: &str) -> Draft {
    let canonical: Canonical = [
        ("academic_email", email),
        ("username", "the.student"),
        ("first_name", "Sara"),
        ("last_name", "Haddad"),
        ("phone", "1"),
        ("status", status),
    ]
    .map(|(name, value)| (name.to_owned(), json!(value)))
    .into();
    let shape = Account.shape(module, &"77".into(), &canonical).expect("fits");
    let record = SourceRecord { id: "77".into(), modified_at: None, fields: Map::default() };
    let mut draft = Draft::new(&record, shape, None);
    let wanted = Account.wanted(module, &"77".into(), &draft.shape, &Parents::default());
    draft.wants(wanted.expect("fits"));
    draft
}

proptest! {
    /// Whatever the account is: a record that only matches it changes nothing by which it matched or by which a user
    /// signs in, opens nothing that is closed, and links no account with another address.
    #[test]
    fn a_match_changes_nothing_by_which_somebody_is_known(
        own in "[a-c]{1,2}@[A-Cx]{1,2}[.]example",
        wanted in "[A-C]{1,2}@[a-cX]{1,2}[.]example",
        auth in prop::option::of(prop::sample::select(vec!["manual", "email", "ldap", "oauth2"])),
        username in prop::sample::select(vec!["the.student", "somebody.else"]),
        suspended in prop::option::of(any::<bool>()),
        status in prop::sample::select(vec!["Active", "Suspended"]),
    ) {
        let layouts = Layouts::new(Tz::UTC, crate::domain::layout::Layout::new);
        let module = Module::new(ModuleName::Students, &layouts, "S");
        let mut account: Canonical = [
            ("email", json!(own)), ("username", json!(username)),
            ("firstname", json!("By")), ("lastname", json!("Hand")), ("confirmed", json!(true)),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        account.extend(auth.map(|auth| ("auth".to_owned(), json!(auth))));
        account.extend(suspended.map(|flag| ("suspended".to_owned(), json!(flag))));
        let mut draft = draft(module, &wanted, status);
        let payload = draft.wanted.as_ref().map(|own| own.create.clone()).unwrap_or_default();
        let doubt = doubt(&account, &payload);
        prop_assert_eq!(doubt.is_none(), own.eq_ignore_ascii_case(&wanted));
        if doubt.is_some() {
            return Ok(());
        }
        let known = TargetRecord { id: "9".into(), fields: account };
        let update = adopt(&Account, module, &mut draft, 0, &known, false).map(|update| update.payload).unwrap_or_default();
        prop_assert!(!update.contains_key("email") && !update.contains_key("username"));
        prop_assert_ne!(update.get("suspended"), Some(&json!(false)));
        let names = update.contains_key("firstname");
        prop_assert_eq!(names, auth.is_some_and(|auth| ["manual", "email"].contains(&auth)));
        prop_assert!(draft.kept.contains("academic_email") && draft.kept.contains("username"));
        prop_assert_eq!(draft.kept.contains("status"), suspended != Some(false));
    }
}

#[test]
fn what_carries_the_id_of_a_record_is_given_its_address() {
    let layouts = Layouts::new(Tz::UTC, crate::domain::layout::Layout::new);
    let module = Module::new(ModuleName::Students, &layouts, "S");
    let mut draft = draft(module, "new@x.example", "Active");
    let fields = [
        ("email", json!("old@x.example")),
        ("username", json!("old")),
        ("auth", json!("manual")),
        ("suspended", json!(false)),
        ("idnumber", json!("77")),
    ];
    let fields = fields.map(|(name, value)| (name.to_owned(), value)).into();
    let known = TargetRecord { id: "9".into(), fields };
    let update = adopt(&Account, module, &mut draft, 0, &known, true).expect("a change");
    assert_eq!(update.payload.get("email"), Some(&json!("new@x.example")));
    assert!(!update.payload.contains_key("username"));
    assert!(
        draft
            .note
            .is_some_and(|(code, text)| code == code::FIELD_KEPT && text.contains("username"))
    );
}

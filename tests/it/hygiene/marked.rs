//! Fields of the protos that are named like secrets: the build stops at one that is not marked, and what is marked is not in
//! the Debug form of its message.

#[path = "../../../build/secret.rs"]
mod secret;

use {
    prost_reflect::{DescriptorPool, Kind},
    secret::{Field, fault},
    sigma_sync::proto::{DESCRIPTOR_SET, pb},
};

#[test]
fn a_field_named_like_a_secret_stops_the_build() {
    let text = |name, is_marked| fault(&Field { name, is_text: true, is_marked });
    for name in [
        "sigma.v1.Webhook.secret",
        "sigma.v1.Webhook.signing_secrets",
        "sigma.v1.Mail.smtp_password",
        "sigma.v1.Login.access_token",
        "sigma.v1.Login.credentials",
        "sigma.v1.Login.bearer",
        "sigma.v1.Login.Token",
    ] {
        let told = text(name, false).unwrap_or_else(|| panic!("{name} passed"));
        assert!(told.starts_with(name), "{told}");
        assert_eq!(text(name, true), None, "{name}");
    }
    for name in [
        "sigma.v1.List.page_token",
        "sigma.v1.Key.key_id",
        "sigma.v1.Secret.name",
        "sigma.v1.Run.pinned",
    ] {
        assert_eq!(text(name, false), None, "{name}");
    }
    // A number and a flag hold none.
    assert_eq!(fault(&Field { name: "a.b.C.secret_id", is_text: false, is_marked: false }), None);
}

#[test]
fn all_fields_of_the_protos_pass() {
    let pool = DescriptorPool::decode(DESCRIPTOR_SET).expect("descriptors");
    let sensitive = pool.get_extension_by_name("sigma.v1.sensitive").expect("the option");
    let (mut marked, mut seen) = (0, 0);
    for message in pool.all_messages().filter(|message| message.package_name() == "sigma.v1") {
        for field in message.fields() {
            let is_marked = field.options().get_extension(&sensitive).as_bool().unwrap_or_default();
            let is_text = matches!(field.kind(), Kind::String | Kind::Bytes);
            assert_eq!(fault(&Field { name: field.full_name(), is_text, is_marked }), None);
            marked += usize::from(is_marked);
            seen += 1;
        }
    }
    assert!(marked >= 10 && seen > 300, "{marked} of {seen}");
}

#[test]
fn what_is_marked_is_not_shown() {
    let canary = || "S3CRET".to_owned();
    let shown = [
        format!("{:?}", pb::CreateKeyResponse { secret: canary(), ..Default::default() }),
        format!("{:?}", pb::RotateKeyResponse { secret: canary(), ..Default::default() }),
        format!(
            "{:?}",
            pb::CreateSessionResponse { token: canary(), code: canary(), ..Default::default() }
        ),
        format!("{:?}", pb::ClaimSessionRequest { code: canary() }),
        format!("{:?}", pb::ClaimSessionResponse { token: canary(), ..Default::default() }),
        format!(
            "{:?}",
            pb::UpdateSettingsRequest {
                moodle_api_token: Some(canary()),
                zoho_client_secret: Some(canary()),
                zoho_refresh_token: Some(canary()),
                ..Default::default()
            }
        ),
        format!("{:?}", tonic::Request::new(pb::ClaimSessionRequest { code: canary() })),
    ];
    for text in shown {
        assert!(!text.contains("S3CRET"), "{text}");
    }
}

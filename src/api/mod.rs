//! The tonic services: messages to operations and back, and nothing else.

mod access;
mod audit;
mod branding;
mod convert;
mod exchange;
mod health;
mod item;
mod mapping;
mod metadata;
mod module;
mod overview;
mod person;
mod record;
mod refused;
mod run;
mod session;
mod settings;
mod status;
mod summary;
mod tenant;
mod view;

pub use {
    health::Health,
    status::{localized, refusal, refusal_after, to_status},
};

use {
    self::refused::Kept,
    crate::{
        control::Control,
        domain::access::Principal,
        proto::{
            DESCRIPTOR_SET,
            pb::{
                access_service_server::{self, AccessServiceServer},
                audit_service_server::{self, AuditServiceServer},
                branding_service_server::{self, BrandingServiceServer},
                item_service_server::{self, ItemServiceServer},
                mapping_service_server::{self, MappingServiceServer},
                metadata_service_server::{self, MetadataServiceServer},
                module_service_server::{self, ModuleServiceServer},
                overview_service_server::{self, OverviewServiceServer},
                person_service_server::{self, PersonServiceServer},
                record_service_server::{self, RecordServiceServer},
                saved_view_service_server::{self, SavedViewServiceServer},
                settings_service_server::{self, SettingsServiceServer},
                sync_run_service_server::{self, SyncRunServiceServer},
                tenant_service_server::{self, TenantServiceServer},
            },
        },
    },
    tonic::{Extensions, Request, Status, service::Routes},
};

/// Largest request message, in bytes.
const MESSAGE_MAX: usize = 4 * 1024 * 1024;

/// The names of the services.
const NAMES: [&str; 14] = [
    access_service_server::SERVICE_NAME,
    audit_service_server::SERVICE_NAME,
    branding_service_server::SERVICE_NAME,
    item_service_server::SERVICE_NAME,
    mapping_service_server::SERVICE_NAME,
    metadata_service_server::SERVICE_NAME,
    module_service_server::SERVICE_NAME,
    overview_service_server::SERVICE_NAME,
    person_service_server::SERVICE_NAME,
    record_service_server::SERVICE_NAME,
    saved_view_service_server::SERVICE_NAME,
    settings_service_server::SERVICE_NAME,
    sync_run_service_server::SERVICE_NAME,
    tenant_service_server::SERVICE_NAME,
];

/// The services over the operations. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Api {
    control: Control,
}

impl Api {
    /// Makes the services.
    pub const fn new(control: Control) -> Self {
        Self { control }
    }

    /// Returns all services of `sigma.v1`.
    pub fn routes(&self) -> Routes {
        /// The services, each with its limit and with its refusals kept.
        macro_rules! routes {
            ($($server:ident),* $(,)?) => {
                Routes::default()$(.add_service(Kept::new(
                    $server::new(self.clone()).max_decoding_message_size(MESSAGE_MAX),
                    self.control.clone(),
                )))*
            };
        }
        routes!(
            AccessServiceServer,
            AuditServiceServer,
            BrandingServiceServer,
            TenantServiceServer,
            SettingsServiceServer,
            ModuleServiceServer,
            MappingServiceServer,
            SyncRunServiceServer,
            ItemServiceServer,
            PersonServiceServer,
            OverviewServiceServer,
            RecordServiceServer,
            SavedViewServiceServer,
            MetadataServiceServer,
        )
    }

    /// Adds health and reflection, which need no credential, to services.
    ///
    /// # Errors
    /// When the descriptor set cannot be read.
    pub async fn with_open_services(
        routes: Routes,
    ) -> Result<(Routes, Health), tonic_reflection::server::Error> {
        let (reporter, health) = tonic_health::server::health_reporter();
        reporter.set_service_status("", tonic_health::ServingStatus::Serving).await;
        let v1 = tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
            .build_v1()?;
        let v1alpha = tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
            .build_v1alpha()?;
        let routes = routes.add_service(health).add_service(v1).add_service(v1alpha);
        Ok((routes, Health(reporter)))
    }
}

/// Returns the verified caller. If a call without one reached a service, the layers are wired wrongly.
fn caller(extensions: &Extensions) -> Result<&Principal, Status> {
    extensions.get::<Principal>().ok_or_else(|| Status::unauthenticated("no credential"))
}

/// Splits a request into its caller and its message.
fn open<T>(request: Request<T>) -> Result<(Principal, T), Status> {
    let (_, extensions, message) = request.into_parts();
    Ok((caller(&extensions)?.clone(), message))
}

#[cfg(test)]
mod tests {
    use crate::proto::pb;

    #[test]
    fn secrets_do_not_show_in_debug() {
        let request = pb::UpdateSettingsRequest {
            moodle_base_url: Some("https://shown.example".into()),
            moodle_api_token: Some("canary".into()),
            zoho_client_secret: Some("canary".into()),
            zoho_refresh_token: Some("canary".into()),
            ..Default::default()
        };
        let tenant =
            pb::CreatedTenant { extension_api_secret: "canary".into(), ..Default::default() };
        let text = format!("{request:?}{tenant:?}");
        assert!(text.contains("shown.example") && !text.contains("canary"), "{text}");
    }
}

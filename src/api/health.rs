//! The answers of `grpc.health.v1`: under the empty name that of the process, under the name of a service whether the process
//! can do its work.

use {
    super::NAMES,
    tonic_health::{ServingStatus, server::HealthReporter},
};

/// Sets what `grpc.health.v1` answers.
#[derive(Debug, Clone)]
pub struct Health(pub(super) HealthReporter);

impl Health {
    /// Says whether the services can do their work.
    pub async fn set_ready(&self, is_ready: bool) {
        let status = if is_ready { ServingStatus::Serving } else { ServingStatus::NotServing };
        for name in NAMES {
            self.0.set_service_status(name, status).await;
        }
    }

    /// Says that the process takes no further calls.
    pub async fn end(&self) {
        self.0.set_service_status("", ServingStatus::NotServing).await;
        self.set_ready(false).await;
    }
}

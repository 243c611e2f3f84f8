//! MetadataService.

use {
    super::{Api, open, to_status},
    crate::{
        domain::{adapter, schema},
        proto::pb::{self, metadata_service_server::MetadataService},
    },
    tonic::{Request, Response, Status, async_trait},
};

fn schema_message(module: &schema::ModuleSchema) -> pb::ModuleSchema {
    let field = |field: &schema::SchemaField| pb::SchemaField {
        name: field.name.to_owned(),
        r#type: field.field_type.as_str().to_owned(),
        required: field.required,
        description: field.description.map(str::to_owned),
    };
    pb::ModuleSchema {
        module_name: module.module.as_str().to_owned(),
        fields: module.fields.iter().map(field).collect(),
        note: module.note.map(str::to_owned),
    }
}

fn adapter_message(adapter: &adapter::Adapter) -> pb::ModuleAdapter {
    let notes = |pairs: &[(&str, &str)]| {
        let note = |(field, text): &(&str, &str)| pb::AdapterNote {
            field: (*field).into(),
            text: (*text).into(),
        };
        pairs.iter().map(note).collect()
    };
    pb::ModuleAdapter {
        module_name: adapter.module.as_str().to_owned(),
        moodle_endpoint: adapter.endpoint.to_owned(),
        mapping: notes(adapter.mapping),
        constraints: notes(adapter.constraints),
    }
}

#[async_trait]
impl MetadataService for Api {
    async fn get_canonical_schema(
        &self,
        request: Request<pb::GetCanonicalSchemaRequest>,
    ) -> Result<Response<pb::GetCanonicalSchemaResponse>, Status> {
        let (who, _) = open(request)?;
        self.control.read_metadata(&who).map_err(to_status)?;
        Ok(Response::new(pb::GetCanonicalSchemaResponse {
            modules: schema::all().iter().map(schema_message).collect(),
        }))
    }

    async fn get_moodle_adapter(
        &self,
        request: Request<pb::GetMoodleAdapterRequest>,
    ) -> Result<Response<pb::GetMoodleAdapterResponse>, Status> {
        let (who, _) = open(request)?;
        self.control.read_metadata(&who).map_err(to_status)?;
        Ok(Response::new(pb::GetMoodleAdapterResponse {
            modules: adapter::all().iter().map(adapter_message).collect(),
            note: adapter::NOTE.to_owned(),
        }))
    }
}

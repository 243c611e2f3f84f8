//! MappingService.

use {
    super::{
        Api,
        convert::{from_struct, to_struct},
        open, to_status,
    },
    crate::{
        domain::mapping::FieldMapping,
        proto::pb::{self, mapping_service_server::MappingService},
    },
    tonic::{Request, Response, Status, async_trait},
};

fn message(row: &FieldMapping) -> pb::Mapping {
    pb::Mapping {
        canonical_field: row.canonical_field.clone(),
        zoho_field_api_name: row.zoho_field_api_name.clone(),
        required: row.required,
        default_value: row.default_value.clone(),
        transform_rules: Some(to_struct(&row.transform_rules)),
    }
}

fn row(input: pb::MappingInput) -> FieldMapping {
    FieldMapping {
        canonical_field: input.canonical_field,
        zoho_field_api_name: input.zoho_field_api_name,
        required: input.required,
        default_value: input.default_value,
        transform_rules: from_struct(input.transform_rules),
    }
}

#[async_trait]
impl MappingService for Api {
    async fn list_mappings(
        &self,
        request: Request<pb::ListMappingsRequest>,
    ) -> Result<Response<pb::ListMappingsResponse>, Status> {
        let (who, pb::ListMappingsRequest { module_name }) = open(request)?;
        let rows = self.control.list_mappings(&who, &module_name).await.map_err(to_status)?;
        Ok(Response::new(pb::ListMappingsResponse { mappings: rows.iter().map(message).collect() }))
    }

    async fn replace_mappings(
        &self,
        request: Request<pb::ReplaceMappingsRequest>,
    ) -> Result<Response<pb::ReplaceMappingsResponse>, Status> {
        let (who, pb::ReplaceMappingsRequest { module_name, mappings }) = open(request)?;
        let rows = mappings.into_iter().map(row).collect();
        let rows =
            self.control.replace_mappings(&who, &module_name, rows).await.map_err(to_status)?;
        Ok(Response::new(pb::ReplaceMappingsResponse {
            mappings: rows.iter().map(message).collect(),
        }))
    }
}

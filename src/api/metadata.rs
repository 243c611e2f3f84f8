//! MetadataService.

use {
    super::{
        Api,
        convert::{timestamp, to_struct},
        open, to_status,
    },
    crate::{
        control::{Mode, Named, ServerInfo},
        domain::{
            code::{self, Code, Language, Text},
            field::{self, Adapter, Field, ModuleFields},
            layout::Form,
            mapping::LiveField,
            transform::{self, Accepts},
        },
        proto::pb::{self, metadata_service_server::MetadataService},
    },
    tonic::{Request, Response, Status, async_trait},
};

fn schema_message(module: &ModuleFields) -> pb::ModuleSchema {
    let field = |field: &Field| pb::SchemaField {
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

fn adapter_message(adapter: &Adapter) -> pb::ModuleAdapter {
    let notes = |pairs: &[(&str, String)]| {
        let note = |(field, text): &(&str, String)| pb::AdapterNote {
            field: (*field).into(),
            text: text.clone(),
        };
        pairs.iter().map(note).collect()
    };
    pb::ModuleAdapter {
        module_name: adapter.module.as_str().to_owned(),
        moodle_endpoint: adapter.endpoint.clone(),
        mapping: notes(&adapter.mapping),
        constraints: notes(&adapter.constraints),
    }
}

fn field_message(module: &ModuleFields, field: &Field) -> pb::CanonicalField {
    let field_use = |form: &Form| {
        let goes = field.goes(*form);
        pb::FieldUse {
            form: form.as_str().to_owned(),
            r#use: goes.as_str().to_owned(),
            target_field: goes.target().map(str::to_owned),
            reason: goes.reason().map(str::to_owned),
        }
    };
    pb::CanonicalField {
        module_name: module.module.as_str().to_owned(),
        name: field.name.to_owned(),
        r#type: field.field_type.as_str().to_owned(),
        required: field.required,
        max_length: field.longest.and_then(|most| i32::try_from(most).ok()),
        default_source: field.default.map(|row| row.source.to_owned()),
        description: field.description.map(str::to_owned),
        uses: Form::of(module.module).iter().map(field_use).collect(),
    }
}

fn transform_message(row: &transform::Row) -> pb::Transform {
    let parameter = |parameter: &transform::Parameter| pb::TransformParameter {
        name: parameter.name.to_owned(),
        r#type: parameter.accepts.kind().to_owned(),
        accepts: parameter.accepts.words(),
        words: match parameter.accepts {
            Accepts::Word(words) => words.iter().map(|word| (*word).to_owned()).collect(),
            _ => Vec::new(),
        },
        required: parameter.required,
        default_value: parameter.default.map(str::to_owned),
        meaning: parameter.meaning.to_owned(),
    };
    pb::Transform {
        name: row.name.to_owned(),
        meaning: row.meaning.to_owned(),
        parameters: row.parameters.iter().map(parameter).collect(),
        example: Some(pb::TransformExample {
            transform_rules: Some(to_struct(&row.example_rule())),
            record: Some(to_struct(&row.example_record())),
            value: row.example.value.to_owned(),
            result: row.example.result.to_owned(),
        }),
    }
}

fn code_message(code: Code) -> pb::ErrorCode {
    let row = code.row();
    let text = |language: &str, text: &Text| pb::ErrorCodeText {
        language: language.to_owned(),
        message: text.message.to_owned(),
        remedy: text.remedy.to_owned(),
    };
    pb::ErrorCode {
        code: row.word.to_owned(),
        class: row.class.as_str().to_owned(),
        provider: row.provider.as_str().to_owned(),
        effect: row.effect.as_str().to_owned(),
        texts: vec![text("en", &row.en), text("ar", &row.ar)],
        screen: row.screen.map(code::Screen::as_str).unwrap_or_default().to_owned(),
    }
}

fn zoho_field(field: &LiveField) -> pb::ZohoField {
    let choice = |(stored, shown): &(String, String)| pb::ZohoChoice {
        stored: stored.clone(),
        shown: shown.clone(),
    };
    pb::ZohoField {
        api_name: field.name.clone(),
        label: field.label.clone(),
        r#type: field.data_type.clone(),
        max_length: field.max_length.and_then(|most| i32::try_from(most).ok()),
        required: field.required,
        unique: field.unique,
        readable: field.readable,
        writable: field.writable,
        choices: field.choices.iter().map(choice).collect(),
        single_read_only: field.single_read_only,
    }
}

fn server_message(info: ServerInfo) -> pb::GetServerInfoResponse {
    let short = |number: i64| i32::try_from(number).unwrap_or(i32::MAX);
    let mode = match info.mode {
        Mode::Dev => "dev",
        Mode::Production => "production",
    };
    pb::GetServerInfoResponse {
        name: "sigma-sync".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        api_version: "v1".to_owned(),
        mode: mode.to_owned(),
        server_time: Some(timestamp(info.at)),
        languages: Language::ALL.iter().map(|language| language.tag().to_owned()).collect(),
        limits: Some(pb::ServerLimits {
            page_size: short(info.page.0),
            page_size_max: short(info.page.1),
            ids_max: i32::try_from(info.ids_max).unwrap_or(i32::MAX),
            session_s: short(info.session_s.0),
            session_max_s: short(info.session_s.1),
            session_code_s: short(info.code_s),
            stream_max_s: i32::try_from(info.stream_s).unwrap_or(i32::MAX),
        }),
        claims_sessions: true,
        parent_origins: info.parents,
        branding: Some(super::branding::message(info.branding)),
    }
}

#[async_trait]
impl MetadataService for Api {
    async fn get_server_info(
        &self,
        _: Request<pb::GetServerInfoRequest>,
    ) -> Result<Response<pb::GetServerInfoResponse>, Status> {
        Ok(Response::new(server_message(self.control.server_info())))
    }

    async fn get_canonical_schema(
        &self,
        request: Request<pb::GetCanonicalSchemaRequest>,
    ) -> Result<Response<pb::GetCanonicalSchemaResponse>, Status> {
        let (who, _) = open(request)?;
        self.control.read_metadata(&who).map_err(to_status)?;
        Ok(Response::new(pb::GetCanonicalSchemaResponse {
            modules: field::all().iter().map(schema_message).collect(),
        }))
    }

    async fn get_moodle_adapter(
        &self,
        request: Request<pb::GetMoodleAdapterRequest>,
    ) -> Result<Response<pb::GetMoodleAdapterResponse>, Status> {
        let (who, _) = open(request)?;
        self.control.read_metadata(&who).map_err(to_status)?;
        Ok(Response::new(pb::GetMoodleAdapterResponse {
            modules: field::adapters().iter().map(adapter_message).collect(),
            note: field::NOTE.to_owned(),
        }))
    }

    async fn list_fields(
        &self,
        request: Request<pb::ListFieldsRequest>,
    ) -> Result<Response<pb::ListFieldsResponse>, Status> {
        let (who, _) = open(request)?;
        self.control.read_metadata(&who).map_err(to_status)?;
        let of_module = |module: &'static ModuleFields| {
            module.fields.iter().map(|field| field_message(module, field))
        };
        Ok(Response::new(pb::ListFieldsResponse {
            fields: field::all().iter().flat_map(of_module).collect(),
        }))
    }

    async fn list_transforms(
        &self,
        request: Request<pb::ListTransformsRequest>,
    ) -> Result<Response<pb::ListTransformsResponse>, Status> {
        let (who, _) = open(request)?;
        self.control.read_metadata(&who).map_err(to_status)?;
        Ok(Response::new(pb::ListTransformsResponse {
            transforms: transform::ROWS.iter().map(transform_message).collect(),
        }))
    }

    async fn list_error_codes(
        &self,
        request: Request<pb::ListErrorCodesRequest>,
    ) -> Result<Response<pb::ListErrorCodesResponse>, Status> {
        let (who, _) = open(request)?;
        self.control.read_metadata(&who).map_err(to_status)?;
        let codes = code::sorted().into_iter().map(code_message).collect();
        Ok(Response::new(pb::ListErrorCodesResponse { codes }))
    }
    async fn list_zoho_fields(
        &self,
        request: Request<pb::ListZohoFieldsRequest>,
    ) -> Result<Response<pb::ListZohoFieldsResponse>, Status> {
        let (who, request) = open(request)?;
        let (name, refresh) = (&request.module_name, request.refresh);
        let told = self.control.list_zoho_fields(&who, name, refresh).await.map_err(to_status)?;
        let (missing_code, missing) = told.missing.unzip();
        Ok(Response::new(pb::ListZohoFieldsResponse {
            zoho_module: told.module,
            fields: told.fields.iter().map(zoho_field).collect(),
            read_at: Some(timestamp(told.read_at)),
            missing_code: missing_code.map(|code| code.word().to_owned()),
            missing,
        }))
    }

    async fn search_zoho_records(
        &self,
        request: Request<pb::SearchZohoRecordsRequest>,
    ) -> Result<Response<pb::SearchZohoRecordsResponse>, Status> {
        let (who, request) = open(request)?;
        let (name, text) = (&request.module_name, &request.text);
        let found = self.control.search_zoho_records(&who, name, text, request.limit).await;
        let found = found.map_err(to_status)?;
        let record = |record: Named| pb::ZohoRecord {
            zoho_id: record.id.as_str().to_owned(),
            label: record.label,
        };
        Ok(Response::new(pb::SearchZohoRecordsResponse {
            zoho_module: found.module,
            records: found.records.into_iter().map(record).collect(),
        }))
    }
}

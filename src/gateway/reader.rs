//! Reads the rules of REST from the annotations of the methods.

use {
    super::{
        GatewayError,
        plan::{Kind, Options, PlanId, Plans, comment_of, extension, flag},
        template_fields,
        transcode::{PlainText, Resumed, Rule},
    },
    http::{HeaderValue, Method, StatusCode},
    prost_reflect::{DescriptorPool, DynamicMessage, ExtensionDescriptor, MethodDescriptor},
};

/// Reads the rules of methods.
pub(super) struct Reader {
    pub(super) plans: Plans,
    pub(super) rules: Vec<Rule>,
    pub(super) options: Options,
    http: ExtensionDescriptor,
    rest_status: ExtensionDescriptor,
    body_required: ExtensionDescriptor,
    pub(super) public: ExtensionDescriptor,
    plain_text: ExtensionDescriptor,
    resumed_by: ExtensionDescriptor,
    ignores_unknown: ExtensionDescriptor,
}

impl Reader {
    pub(super) fn new(pool: &DescriptorPool) -> Result<Self, GatewayError> {
        Ok(Self {
            plans: Plans::default(),
            rules: Vec::new(),
            options: Options::find(pool)?,
            http: extension(pool, "google.api.http")?,
            rest_status: extension(pool, "sigma.v1.rest_status")?,
            body_required: extension(pool, "sigma.v1.body_required")?,
            public: extension(pool, "sigma.v1.public")?,
            plain_text: extension(pool, "sigma.v1.plain_text")?,
            resumed_by: extension(pool, "sigma.v1.resumed_by")?,
            ignores_unknown: extension(pool, "sigma.v1.ignores_unknown")?,
        })
    }

    /// Reads what the annotation of a method says; a method without one has no rule.
    pub(super) fn read(&mut self, method: &MethodDescriptor) -> Result<(), GatewayError> {
        let options = method.options();
        if !options.has_extension(&self.http) {
            return Ok(());
        }
        let annotation = options.get_extension(&self.http);
        let annotation = annotation
            .as_message()
            .ok_or_else(|| GatewayError("google.api.http is not a message".into()))?;
        self.bind(method, &options, annotation)?;
        let more = annotation.get_field_by_name("additional_bindings");
        for binding in more.iter().filter_map(|list| list.as_list()).flatten() {
            if let Some(binding) = binding.as_message() {
                self.bind(method, &options, binding)?;
            }
        }
        Ok(())
    }

    fn bind(
        &mut self,
        method: &MethodDescriptor,
        options: &DynamicMessage,
        rule: &DynamicMessage,
    ) -> Result<(), GatewayError> {
        let name = method.full_name();
        let text = |field: &str| {
            let value = rule.get_field_by_name(field);
            value
                .and_then(|value| value.as_str().map(str::to_owned))
                .filter(|text| !text.is_empty())
        };
        let verbs = [
            ("get", Method::GET),
            ("put", Method::PUT),
            ("post", Method::POST),
            ("delete", Method::DELETE),
            ("patch", Method::PATCH),
        ];
        let (verb, template) = verbs
            .into_iter()
            .find_map(|(field, verb)| Some((verb, text(field)?)))
            .ok_or_else(|| GatewayError(format!("{name}: the rule has no verb")))?;
        if template.contains(['*', '='])
            || template.rsplit('/').next().is_some_and(|last| last.contains(':'))
        {
            return Err(GatewayError(format!("{name}: the template {template} is not supported")));
        }
        let body = text("body");
        if body.as_deref().is_some_and(|body| body != "*") {
            return Err(GatewayError(format!("{name}: a body of one field is not supported")));
        }
        let input = self.plans.add(&method.input(), &self.options)?;
        self.plans.check_request(input)?;
        let output = self.plans.add(&method.output(), &self.options)?;
        for field in template_fields(&template) {
            if self.plans.get(input)?.field(&field).is_none() {
                return Err(GatewayError(format!("{name}: the request has no field {field}")));
            }
        }
        let response_field = text("response_body");
        if let Some(field) = &response_field
            && self.plans.get(output)?.field(field).is_none()
        {
            return Err(GatewayError(format!("{name}: the answer has no field {field}")));
        }
        let plain_text = self.plain_text(method, options, output)?;
        let resumed = self.resumed(method, options, (input, output))?;
        let status = options
            .get_extension(&self.rest_status)
            .as_i32()
            .filter(|status| *status != 0)
            .unwrap_or(200);
        let status =
            u16::try_from(status).ok().and_then(|status| StatusCode::from_u16(status).ok());
        let grpc = format!("/{}/{}", method.parent_service().full_name(), method.name());
        self.rules.push(Rule {
            verb,
            template,
            grpc: grpc.parse().map_err(|_| GatewayError(format!("{name}: no path")))?,
            input,
            output,
            takes_body: body.is_some(),
            body_required: flag(options, &self.body_required),
            ignores_unknown: flag(options, &self.ignores_unknown),
            public: flag(options, &self.public),
            response_field,
            status: status.ok_or_else(|| {
                GatewayError(format!("{name}: rest_status is not an HTTP status"))
            })?,
            streams: method.is_server_streaming(),
            plain_text,
            resumed,
            comment: comment_of(method.parent_file().file_descriptor_proto(), method.path()),
        });
        Ok(())
    }
}

impl Reader {
    /// Reads how a stream of plain texts is written: the number of its field, and the content type.
    fn plain_text(
        &self,
        method: &MethodDescriptor,
        options: &DynamicMessage,
        output: PlanId,
    ) -> Result<Option<PlainText>, GatewayError> {
        let value = options.get_extension(&self.plain_text);
        let Some(kind) = value.as_str().filter(|kind| !kind.is_empty()) else { return Ok(None) };
        let wrong = |what| GatewayError(format!("{}: plain_text {what}", method.full_name()));
        let [only] = self.plans.get(output)?.fields.as_slice() else {
            return Err(wrong("needs an answer of one field"));
        };
        if only.kind != Kind::Text || !method.is_server_streaming() {
            return Err(wrong("needs a stream of texts"));
        }
        let content_type =
            HeaderValue::from_str(kind).map_err(|_| wrong("is not a content type"))?;
        Ok(Some(PlainText { field: only.number, content_type }))
    }

    /// Reads how a stream is resumed: the field of the request, and the number of that of the answers.
    fn resumed(
        &self,
        method: &MethodDescriptor,
        options: &DynamicMessage,
        (input, output): (PlanId, PlanId),
    ) -> Result<Option<Resumed>, GatewayError> {
        let value = options.get_extension(&self.resumed_by);
        let Some(name) = value.as_str().filter(|name| !name.is_empty()) else { return Ok(None) };
        let wrong = |what| GatewayError(format!("{}: resumed_by {what}", method.full_name()));
        if self.plans.get(input)?.field(name).is_none() {
            return Err(wrong("needs a field of the request"));
        }
        let sequence = self.plans.get(output)?.field("sequence");
        let field = sequence.ok_or_else(|| wrong("needs answers with a sequence"))?.number;
        Ok(Some(Resumed { by: name.to_owned(), field }))
    }
}

//! Calls that were refused for want of a permission: the audit log keeps them, whatever the method, with what they were
//! about. One wrapper around each service sees the answers of both wires, because REST calls the same services.

use {
    crate::{
        control::Control,
        domain::{access::Principal, invisible::is_invisible},
        proto::DESCRIPTOR_SET,
    },
    bytes::Bytes,
    http_body_util::{BodyExt as _, Full},
    prost_reflect::{DescriptorPool, DynamicMessage},
    std::{
        convert::Infallible,
        future::Future,
        pin::Pin,
        sync::OnceLock,
        task::{Context, Poll},
    },
    tonic::{
        Status,
        body::Body,
        codegen::{Service, http},
        server::NamedService,
    },
};

/// Fields that say what a request is about, the narrowest first.
const RESOURCES: [&str; 7] =
    ["session_id", "key_id", "run_id", "person_id", "module_name", "module", "tenant_id"];
/// Length of the head of a frame.
const FRAME_HEAD: usize = 5;
/// Longest text that is kept of a request that was refused, in characters.
const RESOURCE_MAX: usize = 100;

/// A service whose refusals are kept.
#[derive(Debug, Clone)]
pub(super) struct Kept<S> {
    service: S,
    control: Control,
}

impl<S> Kept<S> {
    pub(super) const fn new(service: S, control: Control) -> Self {
        Self { service, control }
    }
}

impl<S: NamedService> NamedService for Kept<S> {
    const NAME: &'static str = S::NAME;
}

type Answer = http::Response<Body>;

impl<S> Service<http::Request<Body>> for Kept<S>
where
    S: Service<http::Request<Body>, Response = Answer, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send + 'static,
{
    type Response = Answer;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Answer, Infallible>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.service.poll_ready(cx)
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let who = request.extensions().get::<Principal>().cloned();
        let (path, control) = (request.uri().path().to_owned(), self.control.clone());
        // The one that is ready goes; a service has no state of its own.
        let next = self.service.clone();
        let mut service = std::mem::replace(&mut self.service, next);
        Box::pin(async move {
            // It was read before it was verified, so nothing is waited for and nothing copied.
            let (parts, body) = request.into_parts();
            let sent = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
            let body = Body::new(Full::new(sent.clone()));
            let answer = service.call(http::Request::from_parts(parts, body)).await?;
            let status = Status::from_header_map(answer.headers());
            if let (Some(who), Some(status)) = (who, status)
                && status.code() == tonic::Code::PermissionDenied
            {
                let method = path.trim_start_matches("/sigma.v1.");
                let resource = resource(method, &sent);
                let resource = resource.unwrap_or_else(|| who.tenant.to_string());
                control.keep_refusal(&who, method, &resource).await;
            }
            Ok(answer)
        })
    }
}

/// Returns what a request of a method is about; `None` for the tenant itself.
fn resource(method: &str, frame: &Bytes) -> Option<String> {
    static POOL: OnceLock<Option<DescriptorPool>> = OnceLock::new();
    let pool = POOL.get_or_init(|| DescriptorPool::decode(DESCRIPTOR_SET).ok()).as_ref()?;
    let (service, name) = method.split_once('/')?;
    let service = pool.get_service_by_name(&format!("sigma.v1.{service}"))?;
    let method = service.methods().find(|method| method.name() == name)?;
    let message = DynamicMessage::decode(method.input(), frame.get(FRAME_HEAD..)?).ok()?;
    let text = |name: &&str| {
        let value = message.get_field_by_name(name)?;
        let text: String = value.as_str()?.chars().take(RESOURCE_MAX).collect();
        let is_seen =
            !text.is_empty() && !text.contains(|c: char| c.is_control() || is_invisible(c));
        is_seen.then_some(text)
    };
    RESOURCES.iter().find_map(text)
}

#[cfg(test)]
mod tests {
    use {super::*, crate::proto::pb, prost::Message as _};

    #[test]
    fn what_a_refused_call_was_about_is_found() {
        let frame = |message: Vec<u8>| Bytes::from([vec![0; FRAME_HEAD], message].concat());
        let revoke = pb::RevokeKeyRequest { key_id: "ek_1".into(), tenant_id: "riyadh".into() };
        let told = resource("AccessService/RevokeKey", &frame(revoke.encode_to_vec()));
        assert_eq!(told.as_deref(), Some("ek_1"));
        let put = pb::UpdateModuleRequest { module_name: "students".into(), ..Default::default() };
        let told = resource("ModuleService/UpdateModule", &frame(put.encode_to_vec()));
        assert_eq!(told.as_deref(), Some("students"));
        assert_eq!(resource("SettingsService/UpdateSettings", &frame(Vec::new())), None);
        for name in ["a\u{202e}b", "a\nb"] {
            let odd = pb::UpdateModuleRequest { module_name: name.into(), ..Default::default() };
            assert_eq!(resource("ModuleService/UpdateModule", &frame(odd.encode_to_vec())), None);
        }
        let long = pb::UpdateModuleRequest { module_name: "x".repeat(5_000), ..Default::default() };
        let told = resource("ModuleService/UpdateModule", &frame(long.encode_to_vec()));
        assert_eq!(told.map(|text| text.len()), Some(RESOURCE_MAX));
        for (method, sent) in
            [("Nothing/Nothing", vec![0; 9]), ("ModuleService/UpdateModule", vec![255; 9])]
        {
            assert_eq!(resource(method, &sent.into()), None, "{method}");
        }
    }
}

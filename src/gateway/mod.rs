//! REST for every operation of the protos, by their annotations; the API document and its page.

mod asset;
mod ended;
mod free;
mod json;
mod message;
mod narrow;
mod openapi;
mod page;
mod plan;
mod problem;
mod reader;
mod request;
mod transcode;
mod widget;
mod wire;

pub use {
    ended::Ended,
    problem::{detail, validation},
    widget::{Frames, is_widget, widget_files},
};

use {
    self::{
        plan::{Plans, extension, flag},
        reader::Reader,
        transcode::Rule,
    },
    crate::{
        domain::{access::Principal, code},
        error::Error,
        proto::DESCRIPTOR_SET,
    },
    axum::{Router, body::Body},
    http::{HeaderValue, Method, Request, Response, StatusCode, Uri, header},
    prost_reflect::{DescriptorPool, MessageDescriptor},
    std::{
        collections::{BTreeMap, HashMap, HashSet},
        fmt,
        sync::Arc,
    },
    tonic::service::Routes,
};

/// Greatest number of values of free JSON in one request: more than the largest mapping set with its tests can have.
pub const VALUES_MAX: usize = 128 * 1024;
/// The prefix of later deployments of the earlier service; it is an alias.
const ALIAS: &str = "/api";

/// Why the gateway could not be built, or an answer of a service could not be passed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayError(pub String);

impl fmt::Display for GatewayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for GatewayError {}

/// The operations of one path template.
#[derive(Debug, Default)]
struct Place {
    template: String,
    /// Names of the template's fields; static, because they live as long as the table.
    fields: Vec<&'static str>,
    rules: Vec<(Method, usize)>,
}

struct Table {
    plans: Arc<Plans>,
    rules: Vec<Rule>,
    places: Vec<Place>,
    router: matchit::Router<usize>,
    /// Request messages by the path of their gRPC method.
    methods: HashMap<String, MessageDescriptor>,
    /// Paths of the gRPC methods that need no credential.
    public: HashSet<String>,
    /// What methods count against besides requests, by the path of the gRPC method.
    counted: HashMap<String, Counted>,
    /// What a narrowed session may ask each method, by the path of the gRPC method.
    narrow: HashMap<String, narrow::Narrow>,
    most: message::Most,
    routes: Routes,
    document: Vec<u8>,
}

/// The gateway. Cheap to clone.
#[derive(Clone)]
pub struct Gateway {
    table: Arc<Table>,
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway").field("rules", &self.table.rules.len()).finish_non_exhaustive()
    }
}

/// What a method counts against besides requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// It starts runs.
    RunStart,
    /// It opens a session.
    SessionMint,
    /// It tries a connection.
    ConnectionTest,
}

impl Counted {
    fn parse(word: &str) -> Option<Self> {
        match word {
            "run_start" => Some(Self::RunStart),
            "session_mint" => Some(Self::SessionMint),
            "connection_test" => Some(Self::ConnectionTest),
            _ => None,
        }
    }
}

/// The result of looking up a verb and path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RouteMatch {
    /// An operation.
    Found,
    /// Nothing.
    NotFound,
    /// Operations with these verbs.
    MethodNotAllowed(String),
    /// An operation, without the slash at the end.
    Redirect,
    /// A path with an encoded separator or a control character.
    BadPath,
}

impl RouteMatch {
    /// Answers requests that are not operations (docs/src/rest.md, "Paths and answers").
    pub fn into_response(self, uri: &Uri) -> Response<Body> {
        match self {
            Self::Found | Self::NotFound => {
                detail(StatusCode::NOT_FOUND, code::PATH_NOT_FOUND, "Not Found")
            }
            Self::BadPath => {
                let text = "the path holds characters that are not allowed";
                detail(StatusCode::BAD_REQUEST, code::PATH_INVALID, text)
            }
            Self::MethodNotAllowed(allow) => {
                let mut response = detail(
                    StatusCode::METHOD_NOT_ALLOWED,
                    code::METHOD_NOT_ALLOWED,
                    "Method Not Allowed",
                );
                if let Ok(allow) = HeaderValue::from_str(&allow) {
                    response.headers_mut().insert(header::ALLOW, allow);
                }
                response
            }
            Self::Redirect => {
                let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
                let location = format!("{}{query}", uri.path().trim_end_matches('/'));
                let mut response = Response::new(Body::empty());
                *response.status_mut() = StatusCode::TEMPORARY_REDIRECT;
                if let Ok(location) = HeaderValue::from_str(&location) {
                    response.headers_mut().insert(header::LOCATION, location);
                }
                response
            }
        }
    }
}

impl Gateway {
    /// Builds the gateway over the services.
    ///
    /// # Errors
    /// When an annotation or a message is not supported: that stops the start, not a request.
    pub fn new(routes: Routes) -> Result<Self, GatewayError> {
        let pool = DescriptorPool::decode(DESCRIPTOR_SET)
            .map_err(|error| GatewayError(error.to_string()))?;
        let mut reader = Reader::new(&pool)?;
        let (mut methods, mut public, mut counted) =
            (HashMap::new(), HashSet::new(), HashMap::new());
        let counted_as = extension(&pool, "sigma.v1.counted_as")?;
        let (narrowing, mut narrow) = (narrow::Narrowing::new(&pool)?, HashMap::new());
        for service in pool.services() {
            for method in service.methods() {
                let path = format!("/{}/{}", service.full_name(), method.name());
                if flag(&method.options(), &reader.public) {
                    public.insert(path.clone());
                }
                narrow.insert(path.clone(), narrowing.of(&method));
                let options = method.options();
                let word = options.get_extension(&counted_as);
                if let Some(word) = word.as_str().filter(|word| !word.is_empty()) {
                    let what = Counted::parse(word)
                        .ok_or_else(|| GatewayError(format!("{path}: counted_as '{word}'")))?;
                    counted.insert(path.clone(), what);
                }
                methods.insert(path, method.input());
                reader.read(&method)?;
            }
        }
        let Reader { plans, rules, .. } = reader;
        let (places, router) = places(&rules)?;
        let document = openapi::document(&plans, &rules)?.to_string().into_bytes();
        let most = most(&pool)?;
        let plans = Arc::new(plans);
        let table = Table {
            plans,
            rules,
            places,
            router,
            methods,
            public,
            counted,
            narrow,
            most,
            routes,
            document,
        };
        Ok(Self { table: Arc::new(table) })
    }

    /// Looks up a verb and path.
    pub fn route(&self, verb: &Method, path: &str) -> RouteMatch {
        if !is_clean(path) {
            return RouteMatch::BadPath;
        }
        let Some((place, _)) = self.find(path) else {
            let trimmed = path.trim_end_matches('/');
            let is_slashed = trimmed.len() + 1 == path.len() && self.find(trimmed).is_some();
            return if is_slashed { RouteMatch::Redirect } else { RouteMatch::NotFound };
        };
        if place.rules.iter().any(|(known, _)| known == verb) {
            return RouteMatch::Found;
        }
        let verbs: Vec<&str> = place.rules.iter().map(|(verb, _)| verb.as_str()).collect();
        RouteMatch::MethodNotAllowed(verbs.join(", "))
    }

    /// Returns the template of an operation, for labels.
    pub fn template(&self, verb: &Method, path: &str) -> Option<&str> {
        let (place, _) = self.find(path)?;
        place.rules.iter().any(|(known, _)| known == verb).then_some(place.template.as_str())
    }

    /// Returns whether the path is that of a gRPC method.
    pub fn is_method(&self, path: &str) -> bool {
        self.table.methods.contains_key(path)
    }

    /// Returns whether a gRPC method needs no credential.
    pub fn is_public_method(&self, path: &str) -> bool {
        self.table.public.contains(path)
    }

    /// Returns whether the operation of a verb and path needs no credential.
    pub fn is_public(&self, verb: &Method, path: &str) -> bool {
        self.rule(verb, path).is_some_and(|rule| rule.public)
    }

    /// Returns what a gRPC method counts against besides requests.
    pub fn method_counts_as(&self, path: &str) -> Option<Counted> {
        self.table.counted.get(path).copied()
    }

    /// Returns what the operation of a verb and path counts against besides requests.
    pub fn counts_as(&self, verb: &Method, path: &str) -> Option<Counted> {
        self.method_counts_as(self.rule(verb, path)?.grpc.path())
    }

    fn rule(&self, verb: &Method, path: &str) -> Option<&Rule> {
        let (place, _) = self.find(path)?;
        let (_, rule) = place.rules.iter().find(|(known, _)| known == verb)?;
        self.table.rules.get(*rule)
    }

    /// Checks the request message of a gRPC method before its service reads it.
    ///
    /// # Errors
    /// When the bytes are not a valid message, or a text holds NUL. A path that is not a method is not checked.
    pub fn check(&self, path: &str, message: &[u8]) -> Result<(), Error> {
        let Table { methods, most, .. } = &*self.table;
        methods.get(path).map_or(Ok(()), |input| message::check(input, most, message))
    }

    /// Checks that a request message of a gRPC method is within the modules that its caller is narrowed to.
    ///
    /// # Errors
    /// When it is about another module, or about all.
    pub fn check_narrow(&self, who: &Principal, path: &str, message: &[u8]) -> Result<(), Error> {
        self.table.narrow.get(path).map_or(Ok(()), |narrow| narrow.check(who, message))
    }

    /// Carries a verified request through its operation.
    pub async fn call(&self, request: Request<Body>) -> Response<Body> {
        let found = self.find(request.uri().path()).and_then(|(place, path)| {
            let (_, rule) = place.rules.iter().find(|(verb, _)| verb == request.method())?;
            Some((self.table.rules.get(*rule)?, path))
        });
        let Some((rule, path)) = found else {
            return RouteMatch::NotFound.into_response(request.uri());
        };
        let (plans, routes) = (self.table.plans.clone(), self.table.routes.clone());
        let narrow = self.table.narrow.get(rule.grpc.path());
        match transcode::call(plans, routes, (rule, narrow), path, request).await {
            Ok(response) => response,
            Err(error) => {
                tracing::error!(%error, rule = rule.template, "the answer could not be passed on");
                detail(StatusCode::INTERNAL_SERVER_ERROR, code::INTERNAL, "Internal Server Error")
            }
        }
    }

    /// Returns the routes that need no credential: the API document, its page, the health check of the first clients, and
    /// the widget, which these pages may frame.
    pub fn open_router(&self, frames: Frames) -> Router {
        page::router(self.table.document.clone(), frames)
    }

    /// Finds the operations of a path, with its decoded fields.
    fn find(&self, path: &str) -> Option<(&Place, Vec<(&'static str, String)>)> {
        let path = path.strip_prefix(ALIAS).filter(|rest| rest.starts_with("/v1/")).unwrap_or(path);
        let found = self.table.router.at(path).ok()?;
        let place = self.table.places.get(*found.value)?;
        let decode = |name: &&'static str| {
            let raw = found.params.get(name)?;
            let text = percent_encoding::percent_decode_str(raw).decode_utf8().ok()?;
            Some((*name, text.into_owned()))
        };
        Some((place, place.fields.iter().filter_map(decode).collect()))
    }
}

/// A path may hold encoded text, but no encoded separator and no control character: the router and the signature
/// check would read it differently (docs/src/security.md, "Replays and re-splitting").
fn is_clean(path: &str) -> bool {
    if !path.contains('%') {
        return true;
    }
    let decoded = |segment| percent_encoding::percent_decode_str(segment).decode_utf8();
    path.split('/').all(|segment| {
        decoded(segment).is_ok_and(|text| {
            !text.contains(['/', '?', '#', '%', '\\']) && !text.chars().any(char::is_control)
        })
    })
}

/// Reads the greatest number of elements of each list in a request.
fn most(pool: &DescriptorPool) -> Result<message::Most, GatewayError> {
    let option = extension(pool, "sigma.v1.max_items")?;
    let fields = pool.all_messages().flat_map(|message| message.fields().collect::<Vec<_>>());
    let most =
        fields.map(|field| (field.full_name().to_owned(), plan::most(&field.options(), &option)));
    Ok(most.filter(|(_, most)| *most > 0).collect())
}

fn template_fields(template: &str) -> Vec<String> {
    template
        .split('/')
        .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
        .map(str::to_owned)
        .collect()
}

/// Sorts rules by path; two rules on one verb and path are an error.
fn places(rules: &[Rule]) -> Result<(Vec<Place>, matchit::Router<usize>), GatewayError> {
    let mut by_template: BTreeMap<&str, Place> = BTreeMap::new();
    for (index, rule) in rules.iter().enumerate() {
        let place = by_template.entry(&rule.template).or_insert_with(|| Place {
            template: rule.template.clone(),
            // Made once at the start, for the lifetime of the process.
            fields: template_fields(&rule.template).into_iter().map(|name| &*name.leak()).collect(),
            rules: Vec::new(),
        });
        if place.rules.iter().any(|(verb, _)| *verb == rule.verb) {
            return Err(GatewayError(format!("two rules for {} {}", rule.verb, rule.template)));
        }
        place.rules.push((rule.verb.clone(), index));
    }
    let mut router = matchit::Router::new();
    let mut places = Vec::new();
    for (template, place) in by_template {
        router
            .insert(template, places.len())
            .map_err(|error| GatewayError(format!("{template}: {error}")))?;
        places.push(place);
    }
    Ok((places, router))
}

#[cfg(test)]
#[path = "../../tests/fuzz/transcode.rs"]
mod fuzz;

#[cfg(test)]
mod tests {
    use super::*;

    fn gateway() -> Gateway {
        Gateway::new(Routes::from(Router::new())).expect("the protos hold")
    }

    #[test]
    fn every_operation_of_the_contract_has_a_rule() {
        let gateway = gateway();
        let operations = [
            (Method::GET, "/tenants"),
            (Method::POST, "/tenants"),
            (Method::GET, "/settings"),
            (Method::PUT, "/settings"),
            (Method::GET, "/modules"),
            (Method::PUT, "/modules/students"),
            (Method::GET, "/mappings/students"),
            (Method::PUT, "/mappings/students"),
            (Method::GET, "/metadata/canonical-schema"),
            (Method::GET, "/metadata/moodle-adapter"),
            (Method::POST, "/sync/students/run"),
            (Method::GET, "/runs"),
            (Method::GET, "/runs/x"),
            (Method::POST, "/runs/x/retry-failed"),
        ];
        for (verb, path) in operations {
            for prefix in ["/v1/extension", "/api/v1/extension"] {
                assert_eq!(
                    gateway.route(&verb, &format!("{prefix}{path}")),
                    RouteMatch::Found,
                    "{verb} {path}"
                );
            }
        }
    }

    #[test]
    fn what_is_no_operation_is_told_apart() {
        let gateway = gateway();
        let route = |verb: Method, path: &str| gateway.route(&verb, path);
        assert_eq!(route(Method::GET, "/v1/extension/nothing"), RouteMatch::NotFound);
        assert_eq!(route(Method::GET, "/api/health"), RouteMatch::NotFound);
        assert_eq!(route(Method::GET, "/v1/extension/settings/"), RouteMatch::Redirect);
        assert_eq!(route(Method::GET, "/v1/extension/settings//"), RouteMatch::NotFound);
        assert_eq!(
            route(Method::HEAD, "/v1/extension/settings"),
            RouteMatch::MethodNotAllowed("GET, PUT".into())
        );
        for bad in [
            "/v1/extension/runs/a%2Fb",
            "/v1/extension/x%3Fadmin",
            "/v1/extension/%ff",
            "/v1/extension/a%00",
        ] {
            assert_eq!(route(Method::GET, bad), RouteMatch::BadPath, "{bad}");
        }
        assert_eq!(route(Method::GET, "/v1/extension/mappings/st%20ud"), RouteMatch::Found);
    }

    #[test]
    fn every_method_names_its_permission() {
        let pool = DescriptorPool::decode(DESCRIPTOR_SET).expect("descriptors");
        let permission = extension(&pool, "sigma.v1.permission").expect("the option");
        let public = extension(&pool, "sigma.v1.public").expect("the option");
        for method in pool.services().flat_map(|service| service.methods().collect::<Vec<_>>()) {
            let word =
                method.options().get_extension(&permission).as_str().unwrap_or_default().to_owned();
            let is_public = flag(&method.options(), &public);
            assert!(
                crate::domain::access::Permission::parse(&word).is_some() != is_public,
                "{}: '{word}'",
                method.full_name()
            );
        }
    }
}

//! A client for services with the EC2 Query protocol, on the SDK's own runtime: signing, credentials, time-outs, HTTP.
//!
//! `aws-sdk-ec2` takes eight gigabytes of memory and ten minutes to build; the few calls that are needed take this
//! page. Answers become JSON in the AWS CLI's shape by way of a list of EC2's shapes (`ec2_shapes.txt`).

use super::failure::{ApiFailure, IncompleteAnswer};
use super::shapes::Shapes;
use super::xml::Element;
use aws_config::SdkConfig;
use aws_runtime::auth::SigV4OperationSigningConfig;
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_smithy_runtime::client::identity::IdentityCache;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::auth::{
    AuthSchemeOptionResolverParams, SharedAuthScheme, SharedAuthSchemeOptionResolver,
};
use aws_smithy_runtime_api::client::identity::{SharedIdentityCache, SharedIdentityResolver};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::result::CreateUnhandledError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::RuntimePlugin;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::{FrozenLayer, Layer};
use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::SigningName;
use aws_types::region::SigningRegion;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use std::borrow::Cow;

/// Everything but letters, digits and `-._~`, as RFC 3986 has it.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

type Form = Vec<(String, String)>;

/// A client of one service in one region.
#[derive(Debug, Clone)]
pub struct QueryClient {
    version: &'static str,
    operation: Option<Operation<Form, Element, QueryError>>,
}

/// An error that the service answered with.
#[derive(Debug, thiserror::Error)]
#[error("{meta}")]
struct QueryError {
    meta: ErrorMetadata,
    #[source]
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl CreateUnhandledError for QueryError {
    fn create_unhandled_error(
        source: Box<dyn std::error::Error + Send + Sync + 'static>,
        meta: Option<ErrorMetadata>,
    ) -> Self {
        Self { meta: meta.unwrap_or_default(), source: Some(source) }
    }
}

impl ProvideErrorMetadata for QueryError {
    fn meta(&self) -> &ErrorMetadata {
        &self.meta
    }
}

/// Signs requests with the credentials of the configuration.
#[derive(Debug)]
struct Signing {
    config: FrozenLayer,
    components: RuntimeComponentsBuilder,
}

impl RuntimePlugin for Signing {
    fn config(&self) -> Option<FrozenLayer> {
        Some(self.config.clone())
    }

    fn runtime_components(&self, _: &RuntimeComponentsBuilder) -> Cow<'_, RuntimeComponentsBuilder> {
        Cow::Borrowed(&self.components)
    }
}

impl QueryClient {
    /// Makes a client; without credentials or an HTTP client in the configuration, every call fails.
    pub fn new(service: &'static str, version: &'static str, region: &str, endpoint: &str, config: &SdkConfig) -> Self {
        Self { version, operation: build(service, region, endpoint, config) }
    }

    /// Calls an action and returns its answer in the AWS CLI's shape.
    ///
    /// # Errors
    ///
    /// When the call fails, and when the answer is not whole.
    pub async fn call(&self, action: &str, parameters: &[(&str, &str)]) -> Result<Value, ApiFailure> {
        let Some(operation) = &self.operation else {
            let message = "the AWS configuration has no credentials provider";
            return Err(ApiFailure::local(super::failure::FailureKind::NoCredentials, message));
        };
        let fixed = [("Action", action), ("Version", self.version)];
        let form = fixed.iter().chain(parameters).map(|(k, v)| ((*k).to_string(), (*v).to_string())).collect();
        let root = operation.invoke(form).await.map_err(|error| ApiFailure::from_sdk(&error))?;
        Shapes::ec2().answer(action, &root).map_err(|reason| {
            ApiFailure::local(super::failure::FailureKind::Other, format!("unexpected answer to {action}: {reason}"))
        })
    }
}

fn build(
    service: &'static str,
    region: &str,
    endpoint: &str,
    config: &SdkConfig,
) -> Option<Operation<Form, Element, QueryError>> {
    let mut components = RuntimeComponentsBuilder::new("query");
    components.push_auth_scheme(SharedAuthScheme::new(SigV4AuthScheme::new()));
    components.set_auth_scheme_option_resolver(Some(SharedAuthSchemeOptionResolver::new(
        StaticAuthSchemeOptionResolver::new(vec![SCHEME_ID]),
    )));
    components.set_identity_resolver(SCHEME_ID, SharedIdentityResolver::new(config.credentials_provider()?));
    let cache = config.identity_cache().unwrap_or_else(|| SharedIdentityCache::new(IdentityCache::lazy().build()));
    components.set_identity_cache(Some(cache));
    let mut layer = Layer::new("query");
    layer.store_put(SigningName::from_static(service));
    layer.store_put(SigningRegion::from(aws_config::Region::new(region.to_string())));
    layer.store_put(SigV4OperationSigningConfig::default());
    layer.store_put(AuthSchemeOptionResolverParams::new(()));

    let mut builder = Operation::builder()
        .service_name(service)
        .operation_name("query")
        .behavior_version(aws_config::BehaviorVersion::latest())
        .http_client(config.http_client()?)
        .endpoint_url(endpoint)
        .no_retry()
        .runtime_plugin(Signing { config: layer.freeze(), components });
    if let Some(timeouts) = config.timeout_config() {
        builder = builder.timeout_config(timeouts.clone());
    }
    if let Some(sleep) = config.sleep_impl() {
        builder = builder.sleep_impl(sleep);
    }
    if let Some(time) = config.time_source() {
        builder = builder.time_source(time);
    }
    Some(builder.serializer(serialize).deserializer(deserialize).build())
}

fn serialize(form: Form) -> Result<HttpRequest, aws_smithy_runtime_api::box_error::BoxError> {
    let encode = |text: String| utf8_percent_encode(&text, RESERVED).to_string();
    let body: Vec<String> = form.into_iter().map(|(k, v)| format!("{}={}", encode(k), encode(v))).collect();
    let mut request = HttpRequest::new(SdkBody::from(body.join("&")));
    request.set_method("POST")?;
    request.set_uri("/")?;
    request.headers_mut().try_insert("content-type", "application/x-www-form-urlencoded; charset=utf-8")?;
    Ok(request)
}

fn deserialize(response: &HttpResponse) -> Result<Element, OrchestratorError<QueryError>> {
    let bytes = response.body().bytes().unwrap_or_default();
    let parsed = Element::parse(bytes);
    if response.status().is_success() {
        return parsed.map_err(|_| OrchestratorError::other(IncompleteAnswer(bytes.len())));
    }
    let error = parsed.ok();
    let text = |name: &str| error.as_ref().and_then(|root| root.find(name)).map(|e| e.text.clone());
    let mut meta = ErrorMetadata::builder();
    if let Some(code) = text("Code") {
        meta = meta.code(code);
    }
    if let Some(message) = text("Message") {
        meta = meta.message(message);
    }
    Err(OrchestratorError::operation(QueryError { meta: meta.build(), source: None }))
}

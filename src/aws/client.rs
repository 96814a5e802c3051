//! Clients of the AWS services: one HTTP client, one set of credentials, and a guard against answers cut short.
//!
//! The clients never try again by themselves: `collect` does, so that every request passes its limiter and is counted.

use super::failure::IncompleteAnswer;
#[cfg(feature = "aws-ec2")]
use super::query_client::QueryClient;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::interceptors::context::AfterDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
#[cfg(feature = "aws-ec2")]
use aws_types::service_config::ServiceConfigKey;
use std::path::PathBuf;
use std::time::Duration;

/// Fails when a successful answer is not a whole document.
///
/// The SDK's XML reader takes the end of the text for the end of the document: half an answer has half the users,
/// claims to be the last page, and is no error. The JSON reader refuses half a document, but takes an empty one for
/// an answer without members.
#[derive(Debug)]
pub struct WholeAnswer;

#[dyn_dispatch_hint]
impl Intercept for WholeAnswer {
    fn name(&self) -> &'static str {
        "WholeAnswer"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        if response.status().is_success()
            && let Some(bytes) = response.body().bytes()
            && !is_whole(bytes)
        {
            return Err(IncompleteAnswer(bytes.len()).into());
        }
        Ok(())
    }
}

/// Whether a text is a whole XML or JSON document, judged by how it begins and ends.
pub fn is_whole(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim();
    if text.starts_with('{') {
        return text.ends_with('}');
    }
    let mut tags = text.split('<').skip(1).filter(|tag| !tag.starts_with(['?', '!']));
    let Some(first) = tags.next() else { return false };
    let root = first.split(|c: char| c == '>' || c == '/' || c.is_whitespace()).next().unwrap_or_default();
    !root.is_empty() && text.ends_with(&format!("</{root}>"))
}

/// Where credentials come from, and how long to wait.
#[derive(Debug, Clone, Default)]
pub struct ClientOptions {
    /// The profile; none for the SDK's default.
    pub profile: Option<String>,
    /// The files with configuration and with credentials instead of the SDK's usual ones.
    pub files: Option<(PathBuf, PathBuf)>,
    /// The region instead of the SDK's default.
    pub region: Option<String>,
    /// How long one attempt may take.
    pub attempt_timeout: Duration,
}

/// Makes the HTTP client that everything shares.
pub fn http_client() -> SharedHttpClient {
    aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https()
}

/// The clients of one account.
#[derive(Debug, Clone)]
pub struct Clients {
    config: SdkConfig,
    /// The region that calls go to when none is named.
    pub default_region: String,
    /// Security Token Service.
    pub sts: aws_sdk_sts::Client,
    /// Identity and Access Management.
    pub iam: aws_sdk_iam::Client,
    /// Account Management.
    pub account: aws_sdk_account::Client,
    /// Organizations.
    pub organizations: aws_sdk_organizations::Client,
}

impl Clients {
    /// Reads the AWS configuration and makes the clients; calls nothing but what the credentials need.
    pub async fn new(http: &SharedHttpClient, options: &ClientOptions) -> Self {
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .http_client(http.clone())
            .retry_config(RetryConfig::standard().with_max_attempts(3))
            .timeout_config(
                TimeoutConfig::builder()
                    .connect_timeout(Duration::from_secs(10).min(options.attempt_timeout))
                    .operation_attempt_timeout(options.attempt_timeout)
                    .build(),
            );
        let files = options.files.as_ref().map(|(config, credentials)| {
            EnvConfigFiles::builder()
                .with_file(EnvConfigFileKind::Config, config)
                .with_file(EnvConfigFileKind::Credentials, credentials)
                .build()
        });
        if let Some(files) = files.clone() {
            loader = loader.profile_files(files);
        }
        if let Some(profile) = &options.profile {
            loader = loader.profile_name(profile);
        }
        if let Some(region) = &options.region {
            loader = loader.region(Region::new(region.clone()));
        }
        let mut config = loader.load().await;
        if config.region().is_none() {
            // IAM and STS answer for the whole partition; the usual one is as good a place to ask as any.
            config = config.into_builder().region(Region::new("us-east-1")).build();
        }
        if let Some(profile) = &options.profile {
            // Someone who names a profile means it, whatever keys the environment has; the SDK would take those first.
            config = with_credentials_of(profile, files, http, config);
        }
        let default_region = config.region().map(ToString::to_string).unwrap_or_default();
        let sts = aws_sdk_sts::config::Builder::from(&config);
        let iam = aws_sdk_iam::config::Builder::from(&config);
        let account = aws_sdk_account::config::Builder::from(&config);
        let organizations = aws_sdk_organizations::config::Builder::from(&config);
        let once = RetryConfig::disabled;
        Self {
            default_region,
            sts: aws_sdk_sts::Client::from_conf(sts.retry_config(once()).interceptor(WholeAnswer).build()),
            iam: aws_sdk_iam::Client::from_conf(iam.retry_config(once()).interceptor(WholeAnswer).build()),
            account: aws_sdk_account::Client::from_conf(account.retry_config(once()).interceptor(WholeAnswer).build()),
            organizations: aws_sdk_organizations::Client::from_conf(
                organizations.retry_config(once()).interceptor(WholeAnswer).build(),
            ),
            config,
        }
    }

    /// Makes the client of Access Analyzer in a region.
    pub fn access_analyzer(&self, region: &str) -> aws_sdk_accessanalyzer::Client {
        let builder = aws_sdk_accessanalyzer::config::Builder::from(&self.config)
            .region(Region::new(region.to_string()))
            .retry_config(RetryConfig::disabled())
            .interceptor(WholeAnswer);
        aws_sdk_accessanalyzer::Client::from_conf(builder.build())
    }

    /// Makes the client of S3. A server of one's own seldom has a name for each bucket: its address is left as it is.
    #[cfg(feature = "s3")]
    pub fn s3(&self) -> aws_sdk_s3::Client {
        let is_own = self.config.endpoint_url().is_some();
        aws_sdk_s3::Client::from_conf(aws_sdk_s3::config::Builder::from(&self.config).force_path_style(is_own).build())
    }

    /// Makes the client of EC2 in a region.
    #[cfg(feature = "aws-ec2")]
    pub fn ec2(&self, region: &str) -> QueryClient {
        let configured = ServiceConfigKey::builder()
            .service_id("EC2")
            .env("AWS_ENDPOINT_URL_EC2")
            .profile("endpoint_url")
            .build()
            .ok()
            .and_then(|key| self.config.service_config()?.load_config(key))
            .or_else(|| self.config.endpoint_url().map(str::to_string));
        let endpoint = configured.unwrap_or_else(|| {
            ec2_endpoint(
                region,
                self.config.use_fips().unwrap_or_default(),
                self.config.use_dual_stack().unwrap_or_default(),
            )
        });
        QueryClient::new("ec2", "2016-11-15", region, &endpoint, &self.config)
    }
}

/// Takes the credentials from a profile and from nowhere else.
fn with_credentials_of(
    profile: &str,
    files: Option<EnvConfigFiles>,
    http: &SharedHttpClient,
    config: SdkConfig,
) -> SdkConfig {
    let mut provider = ProviderConfig::without_region()
        .with_http_client(http.clone())
        .with_region(config.region().cloned())
        .with_use_fips(config.use_fips())
        .with_use_dual_stack(config.use_dual_stack());
    if let Some(timeouts) = config.timeout_config() {
        provider = provider.with_timeout_config(timeouts.clone());
    }
    let mut credentials = ProfileFileCredentialsProvider::builder().configure(&provider).profile_name(profile);
    if let Some(files) = files {
        credentials = credentials.profile_files(files);
    }
    let credentials = SharedCredentialsProvider::new(credentials.build());
    config.into_builder().credentials_provider(credentials).build()
}

/// Returns EC2's address in a region.
#[cfg(feature = "aws-ec2")]
fn ec2_endpoint(region: &str, fips: bool, dual_stack: bool) -> String {
    let (suffix, dual_stack_suffix) = match region.split('-').next().unwrap_or_default() {
        "cn" => ("amazonaws.com.cn", "api.amazonwebservices.com.cn"),
        "eusc" => ("amazonaws.eu", "api.amazonwebservices.eu"),
        "us" if region.starts_with("us-isob-") => ("sc2s.sgov.gov", "api.aws.scloud"),
        "us" if region.starts_with("us-isof-") => ("csp.hci.ic.gov", "api.aws.hci.ic.gov"),
        "us" if region.starts_with("us-iso-") => ("c2s.ic.gov", "api.aws.ic.gov"),
        "eu" if region.starts_with("eu-isoe-") => ("cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"),
        _ => ("amazonaws.com", "api.aws"),
    };
    let service = if fips && !region.starts_with("us-gov-") { "ec2-fips" } else { "ec2" };
    format!("https://{service}.{region}.{}", if dual_stack { dual_stack_suffix } else { suffix })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_document_is_not_whole() {
        let whole = "<?xml version=\"1.0\"?>\n<ListUsersResponse xmlns=\"x\"><Users/></ListUsersResponse>\n";
        assert!(is_whole(whole.as_bytes()));
        for cut in 0..whole.trim_end().len() {
            assert!(!is_whole(&whole.as_bytes()[..cut]), "{}", &whole[..cut]);
        }
        assert!(is_whole(b"{\"analyzers\":[]}"));
        assert!(!is_whole(b"{\"analyzers\":["));
        assert!(!is_whole(b"") && !is_whole(b"garbage"));
        assert!(is_whole(b"<!-- note --><a b='c'>x</a>"));
    }

    #[test]
    #[cfg(feature = "aws-ec2")]
    fn ec2_answers_at_the_address_of_its_partition() {
        assert_eq!(ec2_endpoint("eu-central-1", false, false), "https://ec2.eu-central-1.amazonaws.com");
        assert_eq!(ec2_endpoint("cn-north-1", false, false), "https://ec2.cn-north-1.amazonaws.com.cn");
        assert_eq!(ec2_endpoint("us-gov-west-1", true, false), "https://ec2.us-gov-west-1.amazonaws.com");
        assert_eq!(ec2_endpoint("us-east-2", true, false), "https://ec2-fips.us-east-2.amazonaws.com");
        assert_eq!(ec2_endpoint("us-east-2", false, true), "https://ec2.us-east-2.api.aws");
    }
}

//! What the user can choose about a collection.

use std::path::PathBuf;
use std::time::Duration;

/// How to collect.
#[derive(Debug, Clone)]
pub struct CollectOptions {
    /// Profiles of the AWS configuration, one account each; empty for the SDK's default credentials.
    pub profiles: Vec<String>,
    /// AWS configuration files to read instead of the usual ones.
    pub files: Option<AwsFiles>,
    /// Regions for regional tables, with `*` and `?` as wildcards; empty for all that the account has enabled.
    pub regions: Vec<String>,
    /// Whether to ask for access keys, passwords and MFA devices of every user instead of those for whom the
    /// credential report, which may be four hours old, shows one.
    pub exact: bool,
    /// Whether to read the documents of AWS-managed policies that the account does not use: some 1,500 calls.
    pub all_policy_documents: bool,
    /// Requests a second for each operation instead of the defaults; zero for no limit.
    pub api_rate: Option<f64>,
    /// Requests in flight for one account.
    pub concurrency: usize,
    /// When and how often to try again.
    pub retry: RetryPolicy,
    /// How long to wait for AWS to make a credential report.
    pub report_timeout: Duration,
    /// The wait before asking again whether the credential report is ready; later waits are longer.
    pub report_poll: Duration,
    /// Value of `sp_connection_name`; with several profiles, `<name>_<profile>`.
    pub connection_name: String,
}

/// Where the AWS configuration is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwsFiles {
    /// The file with regions and roles, usually `~/.aws/config`.
    pub config: PathBuf,
    /// The file with keys, usually `~/.aws/credentials`.
    pub credentials: PathBuf,
}

/// When and how often to try a request again.
#[derive(Debug, Clone, Copy)]
pub struct RetryPolicy {
    /// Attempts in all.
    pub attempts: u32,
    /// The wait before the second attempt; it doubles from then on, with some randomness.
    pub first_wait: Duration,
    /// The longest wait.
    pub longest_wait: Duration,
    /// How long one attempt may take.
    pub attempt_timeout: Duration,
    /// How long a request may take with all its attempts.
    pub operation_timeout: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: 9,
            first_wait: Duration::from_millis(100),
            longest_wait: Duration::from_secs(20),
            attempt_timeout: Duration::from_secs(60),
            operation_timeout: Duration::from_secs(300),
        }
    }
}

impl Default for CollectOptions {
    fn default() -> Self {
        Self {
            profiles: Vec::new(),
            files: None,
            regions: Vec::new(),
            exact: false,
            all_policy_documents: false,
            api_rate: None,
            concurrency: 10,
            retry: RetryPolicy::default(),
            report_timeout: Duration::from_secs(60),
            report_poll: Duration::from_secs(1),
            connection_name: "aws".to_string(),
        }
    }
}

//! Why a collection as a whole ended without data.

/// A collection that could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CollectError {
    /// No source of credentials had any.
    #[error("no AWS credentials found{}: {reason}", for_profile(profile))]
    NoCredentials {
        /// The profile; none for the default credentials.
        profile: Option<String>,
        /// What the SDK says.
        reason: String,
    },
    /// AWS knows the credentials no longer, or never did.
    #[error("AWS refused the credentials{}: {code}: {message}", for_profile(profile))]
    BadCredentials {
        /// The profile; none for the default credentials.
        profile: Option<String>,
        /// AWS's error code (`ExpiredToken`).
        code: String,
        /// AWS's message.
        message: String,
    },
    /// The account could not be identified.
    #[error("the account{} cannot be identified: {reason}", for_profile(profile))]
    NoIdentity {
        /// The profile; none for the default credentials.
        profile: Option<String>,
        /// Why `sts:GetCallerIdentity` failed.
        reason: String,
    },
    /// Two profiles lead to the same account.
    #[error("the profiles `{first}` and `{second}` lead to the same account {account_id}")]
    SameAccount {
        /// The account.
        account_id: String,
        /// The profile that was used first.
        first: String,
        /// The other one.
        second: String,
    },
    /// A region pattern matches no region that the account has enabled.
    #[error("no enabled region of account {account_id} matches `{pattern}`")]
    NoSuchRegion {
        /// The account.
        account_id: String,
        /// What was asked for.
        pattern: String,
    },
    /// The user stopped it.
    #[error("collection cancelled; the inventory is as it was")]
    Cancelled,
    /// This build has no collector.
    #[error("this build of ironpipe cannot collect from AWS (it was built without the feature `aws-iam`)")]
    NotBuilt,
    /// Something that should not happen.
    #[error("the collector failed: {0}")]
    Internal(String),
}

impl CollectError {
    /// Returns what the user can do about it.
    pub fn help(&self) -> Vec<String> {
        let lines: &[&str] = match self {
            Self::NoCredentials { .. } => {
                &["log in (`aws sso login`, `aws configure`), set AWS_PROFILE or AWS_ACCESS_KEY_ID, or pass --profile"]
            }
            Self::BadCredentials { code, .. } if code.contains("Expired") => {
                &["the session is over: log in again (`aws sso login`) or renew the temporary credentials"]
            }
            Self::BadCredentials { .. } => {
                &["check the access key and its secret, and that the key is active and the clock of this machine right"]
            }
            Self::NoIdentity { .. } => &["check the network, the region and AWS_ENDPOINT_URL"],
            Self::SameAccount { .. } => &["pass one profile for each account"],
            Self::NoSuchRegion { .. } => &["pass the name of an enabled region such as `--region eu-central-1`"],
            Self::NotBuilt => &["build it with default features"],
            Self::Cancelled | Self::Internal(_) => &[],
        };
        lines.iter().map(|line| (*line).to_string()).collect()
    }
}

fn for_profile(profile: &Option<String>) -> String {
    profile.as_ref().map(|name| format!(" for profile `{name}`")).unwrap_or_default()
}

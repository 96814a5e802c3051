//! Answers of the AWS API in the JSON shape that the AWS CLI prints: what `tables` makes rows from.
//!
//! A [`Document`] is one answer (one page, one entity), whether it was read from an export file or collected a moment
//! ago, so that both give the same rows. Members have their PascalCase names and are absent when AWS did not send
//! them; times are ISO 8601 text; IAM policy documents are JSON objects (text where they do not parse), as the CLI
//! decodes them; the content of the credential report is base64.

use chrono::{DateTime, Utc};
use serde_json::Value;

/// The member of a role that holds its trust policy percent-encoded, as AWS sends it.
///
/// Only live answers have it: the CLI shows the decoded document alone.
pub const TRUST_POLICY_TEXT: &str = "AssumeRolePolicyDocumentText";

/// Declares the operations with service prefix and name.
macro_rules! operations {
    ($($(#[$doc:meta])* $name:ident = $service:literal),+ $(,)?) => {
        /// An operation of an AWS service.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Operation { $($(#[$doc])* $name),+ }

        impl Operation {
            /// All operations, in the order of their declaration.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// Returns the API's name for it: `ListAccessKeys`.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),+ }
            }

            /// Returns the service prefix as permissions have it: `iam`.
            pub fn service(self) -> &'static str {
                match self { $(Self::$name => $service),+ }
            }
        }
    };
}

operations! {
    /// The identity behind the credentials.
    GetCallerIdentity = "sts",
    /// At most one alias.
    ListAccountAliases = "iam",
    /// Counts and quotas, and whether root has MFA, a password, keys.
    GetAccountSummary = "iam",
    /// The password policy; `NoSuchEntity` when none is set.
    GetAccountPasswordPolicy = "iam",
    /// Asks AWS to make a credential report.
    GenerateCredentialReport = "iam",
    /// The credential report; `Content` is the CSV in base64.
    GetCredentialReport = "iam",
    /// Users, groups, roles and policies with their relations, in bulk.
    GetAccountAuthorizationDetails = "iam",
    /// Users without tags and boundary.
    ListUsers = "iam",
    /// One user with tags and boundary.
    GetUser = "iam",
    /// Roles without tags, boundary and last use.
    ListRoles = "iam",
    /// One role with tags, boundary and last use.
    GetRole = "iam",
    /// Groups.
    ListGroups = "iam",
    /// One group with its users.
    GetGroup = "iam",
    /// Policies without documents.
    ListPolicies = "iam",
    /// One policy with description and tags.
    GetPolicy = "iam",
    /// One version of a policy; [`Document::subject`] is the policy's ARN.
    GetPolicyVersion = "iam",
    /// Tags of a policy; [`Document::subject`] is its ARN.
    ListPolicyTags = "iam",
    /// Users, groups and roles that have a policy; [`Document::subject`] is its ARN.
    ListEntitiesForPolicy = "iam",
    /// Access keys of one user; [`Document::subject`] is the user's name.
    ListAccessKeys = "iam",
    /// Last use of one key; [`Document::subject`] is the key's id.
    GetAccessKeyLastUsed = "iam",
    /// Console password of one user; [`Document::subject`] is the user's name.
    GetLoginProfile = "iam",
    /// MFA devices of one user; [`Document::subject`] is the user's name.
    ListMFADevices = "iam",
    /// Virtual MFA devices of the account, root's included.
    ListVirtualMFADevices = "iam",
    /// Tags of an MFA device; [`Document::subject`] is its serial number.
    ListMFADeviceTags = "iam",
    /// Server certificates without bodies.
    ListServerCertificates = "iam",
    /// One server certificate with body, chain and tags.
    GetServerCertificate = "iam",
    /// Instance profiles with their roles.
    ListInstanceProfiles = "iam",
    /// Tags of an instance profile; [`Document::subject`] is its name.
    ListInstanceProfileTags = "iam",
    /// SAML providers.
    ListSAMLProviders = "iam",
    /// One SAML provider; [`Document::subject`] is its ARN.
    GetSAMLProvider = "iam",
    /// OpenID Connect providers.
    ListOpenIDConnectProviders = "iam",
    /// One OpenID Connect provider; [`Document::subject`] is its ARN.
    GetOpenIDConnectProvider = "iam",
    /// Credentials for services such as CodeCommit of one user; [`Document::subject`] is the user's name.
    ListServiceSpecificCredentials = "iam",
    /// Names of a user's inline policies.
    ListUserPolicies = "iam",
    /// One inline policy of a user.
    GetUserPolicy = "iam",
    /// Managed policies of a user.
    ListAttachedUserPolicies = "iam",
    /// Groups of a user.
    ListGroupsForUser = "iam",
    /// Names of a role's inline policies.
    ListRolePolicies = "iam",
    /// One inline policy of a role.
    GetRolePolicy = "iam",
    /// Managed policies of a role.
    ListAttachedRolePolicies = "iam",
    /// Instance profiles of a role.
    ListInstanceProfilesForRole = "iam",
    /// Names of a group's inline policies.
    ListGroupPolicies = "iam",
    /// One inline policy of a group.
    GetGroupPolicy = "iam",
    /// Managed policies of a group.
    ListAttachedGroupPolicies = "iam",
    /// The organization of the account.
    DescribeOrganization = "organizations",
    /// One alternate contact; [`Document::subject`] is its type.
    GetAlternateContact = "account",
    /// The account's contact.
    GetContactInformation = "account",
    /// Analyzers of one region.
    ListAnalyzers = "access-analyzer",
    /// Regions with their opt-in status.
    DescribeRegions = "ec2",
    /// Instances of one region.
    DescribeInstances = "ec2",
    /// One attribute of an instance.
    DescribeInstanceAttribute = "ec2",
    /// Status checks of the instances of one region.
    DescribeInstanceStatus = "ec2",
    /// The launch template that an instance would make; [`Document::subject`] is the instance's id.
    GetLaunchTemplateData = "ec2",
}

impl Operation {
    /// Returns the permission that allows it: `iam:ListAccessKeys`.
    pub fn permission(self) -> String {
        format!("{}:{}", self.service(), self.name())
    }

    /// Finds an operation by the API's name for it.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|operation| operation.name() == name)
    }
}

/// One answer of the AWS API.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// What was asked.
    pub operation: Operation,
    /// The account that answered, where known; exports seldom say.
    pub account_id: Option<String>,
    /// The region that answered; none for global services.
    pub region: Option<String>,
    /// The entity that was asked about, where the answer itself does not name it.
    pub subject: Option<String>,
    /// The answer.
    pub body: Value,
    /// When it was given, as far as known.
    pub collected_at: Option<DateTime<Utc>>,
    /// The API call (`iam:ListUsers`) or the file it came from.
    pub source: String,
}

/// What is common to all rows of one account.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scope {
    /// The 12-digit account id.
    pub account_id: String,
    /// `aws`, `aws-cn`, `aws-us-gov`.
    pub partition: String,
    /// Value of `sp_connection_name` and of `connection_name` in `_ctx`; `aws` unless there are several.
    pub connection_name: String,
    /// The region that calls go to when none is named: `aws_region.steampipe_default`.
    pub default_region: Option<String>,
    /// The regions that regional tables were collected in: `aws_region.steampipe_available`.
    pub regions: Vec<String>,
}

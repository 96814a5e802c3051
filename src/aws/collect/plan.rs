//! From wanted tables and columns to what AWS must be asked: pure, and the place where calls are saved.
//!
//! Every table has rows that come from one or two bulk calls ([`TablePlan::rows`]); the columns those calls fill come
//! for free. Only columns that cost a call of their own are listed here ([`TablePlan::columns`]); they are asked for
//! when wanted and otherwise marked as not collected, so that nobody takes their NULL for an answer.

use super::Wanted;
use crate::aws::documents::Operation;
use std::collections::{BTreeMap, BTreeSet};

/// Something to be asked of AWS: a bulk call, or one call for each of many entities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Need {
    /// Who the caller is.
    Identity,
    /// The account's alias.
    Aliases,
    /// The organization.
    Organization,
    /// Counts and quotas.
    Summary,
    /// The password policy.
    PasswordPolicy,
    /// The credential report.
    Report,
    /// Users by `ListUsers`.
    UserList,
    /// Roles by `ListRoles`.
    RoleList,
    /// Groups by `ListGroups`.
    GroupList,
    /// All policies, AWS's own included, without documents.
    PolicyList,
    /// Users by `GetAccountAuthorizationDetails`.
    UserDetails,
    /// Roles by `GetAccountAuthorizationDetails`.
    RoleDetails,
    /// Groups by `GetAccountAuthorizationDetails`.
    GroupDetails,
    /// Documents of customer policies and of AWS's policies in use.
    PolicyDocuments,
    /// Tags of customer policies.
    PolicyTags,
    /// Access keys of users.
    AccessKeys,
    /// Last use of access keys.
    AccessKeysLastUsed,
    /// Console passwords of users.
    LoginProfiles,
    /// Whether users have MFA, from the report where it knows them.
    MfaState,
    /// MFA devices of users.
    MfaDevices,
    /// Virtual MFA devices.
    VirtualMfa,
    /// Tags of virtual MFA devices.
    VirtualMfaTags,
    /// Server certificates.
    ServerCertificates,
    /// Bodies, chains and tags of server certificates.
    ServerCertificateDetails,
    /// Instance profiles.
    InstanceProfiles,
    /// Tags of instance profiles.
    InstanceProfileTags,
    /// SAML providers.
    SamlProviders,
    /// Metadata and tags of SAML providers.
    SamlProviderDetails,
    /// OpenID Connect providers.
    OidcProviders,
    /// All but the ARN of OpenID Connect providers.
    OidcProviderDetails,
    /// Service-specific credentials of users.
    ServiceCredentials,
    /// The three alternate contacts.
    AlternateContacts,
    /// The account's contact.
    Contact,
    /// The account's regions.
    Regions,
    /// Access Analyzer's analyzers in every region.
    Analyzers,
    /// EC2 instances in every region.
    Instances,
    /// `disableApiTermination` of every instance.
    InstanceTerminationProtection,
    /// `instanceInitiatedShutdownBehavior` of every instance.
    InstanceShutdownBehavior,
    /// `kernel` of every instance.
    InstanceKernel,
    /// `ramdisk` of every instance.
    InstanceRamdisk,
    /// `sriovNetSupport` of every instance.
    InstanceSriov,
    /// `userData` of every instance.
    InstanceUserData,
    /// Status checks of every instance.
    InstanceStatus,
    /// Launch template of every instance.
    InstanceLaunchTemplate,
}

impl Need {
    /// Returns the operation that answers it.
    pub fn operation(self) -> Operation {
        match self {
            Self::Identity => Operation::GetCallerIdentity,
            Self::Aliases => Operation::ListAccountAliases,
            Self::Organization => Operation::DescribeOrganization,
            Self::Summary => Operation::GetAccountSummary,
            Self::PasswordPolicy => Operation::GetAccountPasswordPolicy,
            Self::Report | Self::MfaState => Operation::GetCredentialReport,
            Self::UserList => Operation::ListUsers,
            Self::RoleList => Operation::ListRoles,
            Self::GroupList => Operation::ListGroups,
            Self::PolicyList => Operation::ListPolicies,
            Self::UserDetails | Self::RoleDetails | Self::GroupDetails | Self::PolicyDocuments => {
                Operation::GetAccountAuthorizationDetails
            }
            Self::PolicyTags => Operation::ListPolicyTags,
            Self::AccessKeys => Operation::ListAccessKeys,
            Self::AccessKeysLastUsed => Operation::GetAccessKeyLastUsed,
            Self::LoginProfiles => Operation::GetLoginProfile,
            Self::MfaDevices => Operation::ListMFADevices,
            Self::VirtualMfa => Operation::ListVirtualMFADevices,
            Self::VirtualMfaTags => Operation::ListMFADeviceTags,
            Self::ServerCertificates => Operation::ListServerCertificates,
            Self::ServerCertificateDetails => Operation::GetServerCertificate,
            Self::InstanceProfiles => Operation::ListInstanceProfiles,
            Self::InstanceProfileTags => Operation::ListInstanceProfileTags,
            Self::SamlProviders => Operation::ListSAMLProviders,
            Self::SamlProviderDetails => Operation::GetSAMLProvider,
            Self::OidcProviders => Operation::ListOpenIDConnectProviders,
            Self::OidcProviderDetails => Operation::GetOpenIDConnectProvider,
            Self::ServiceCredentials => Operation::ListServiceSpecificCredentials,
            Self::AlternateContacts => Operation::GetAlternateContact,
            Self::Contact => Operation::GetContactInformation,
            Self::Regions => Operation::DescribeRegions,
            Self::Analyzers => Operation::ListAnalyzers,
            Self::Instances => Operation::DescribeInstances,
            Self::InstanceTerminationProtection
            | Self::InstanceShutdownBehavior
            | Self::InstanceKernel
            | Self::InstanceRamdisk
            | Self::InstanceSriov
            | Self::InstanceUserData => Operation::DescribeInstanceAttribute,
            Self::InstanceStatus => Operation::DescribeInstanceStatus,
            Self::InstanceLaunchTemplate => Operation::GetLaunchTemplateData,
        }
    }

    /// Returns what must be known before it can be asked.
    fn prerequisites(self, choices: Choices) -> &'static [Self] {
        match self {
            Self::AccessKeys | Self::LoginProfiles | Self::MfaDevices | Self::MfaState if choices.exact => {
                &[Self::UserList]
            }
            Self::AccessKeys | Self::LoginProfiles | Self::MfaDevices | Self::MfaState => {
                &[Self::UserList, Self::Report]
            }
            Self::ServiceCredentials => &[Self::UserList],
            Self::AccessKeysLastUsed => &[Self::AccessKeys],
            Self::PolicyDocuments | Self::PolicyTags => &[Self::PolicyList],
            Self::VirtualMfaTags => &[Self::VirtualMfa],
            Self::ServerCertificateDetails => &[Self::ServerCertificates],
            Self::InstanceProfileTags => &[Self::InstanceProfiles],
            Self::SamlProviderDetails => &[Self::SamlProviders],
            Self::OidcProviderDetails => &[Self::OidcProviders],
            Self::Analyzers | Self::Instances if !choices.regions_named => &[Self::Regions],
            Self::InstanceTerminationProtection
            | Self::InstanceShutdownBehavior
            | Self::InstanceKernel
            | Self::InstanceRamdisk
            | Self::InstanceSriov
            | Self::InstanceUserData
            | Self::InstanceStatus
            | Self::InstanceLaunchTemplate => &[Self::Instances],
            _ => &[],
        }
    }

    /// Whether the answer depends on the regions that are asked.
    fn is_regional(self) -> bool {
        matches!(self, Self::Regions | Self::Analyzers | Self::Instances)
    }

    /// Returns the list that has the same entities with less about them.
    pub fn plainer(self) -> Option<Self> {
        [Self::UserList, Self::RoleList, Self::GroupList].into_iter().find(|list| list.richer() == Some(self))
    }

    /// Returns the bulk call that lists the same entities with more about them.
    fn richer(self) -> Option<Self> {
        match self {
            Self::UserList => Some(Self::UserDetails),
            Self::RoleList => Some(Self::RoleDetails),
            Self::GroupList => Some(Self::GroupDetails),
            _ => None,
        }
    }
}

/// How one table comes about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TablePlan {
    /// What the rows come from; all of it is needed.
    pub rows: BTreeSet<Need>,
    /// Columns that take more than the rows do, and what they take.
    pub columns: BTreeMap<String, BTreeSet<Need>>,
    /// Columns that would take more and are not wanted.
    pub skipped: BTreeSet<String>,
}

/// What the user can choose that changes which calls are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Choices {
    /// Whether every user is asked about instead of those for whom the credential report shows something.
    pub exact: bool,
    /// Whether the regions were given by name, so that AWS need not be asked for them.
    pub regions_named: bool,
}

/// Everything to be asked, and for which tables.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CallPlan {
    /// What to ask.
    pub needs: BTreeSet<Need>,
    /// The tables that this fills.
    pub tables: BTreeMap<String, TablePlan>,
    /// Wanted tables that cannot be collected, and why.
    pub unavailable: BTreeMap<String, String>,
    /// What the user chose.
    pub choices: Choices,
}

impl CallPlan {
    /// Whether something is to be asked.
    pub fn wants(&self, need: Need) -> bool {
        self.needs.contains(&need)
    }
}

/// Columns that take a call of their own: names and what they take.
type Extras = &'static [(&'static [&'static str], &'static [Need])];

/// A table: what its rows take, and its more expensive columns.
struct Recipe {
    table: &'static str,
    rows: &'static [Need],
    extras: Extras,
}

const POLICY_COLUMNS: &[&str] = &["inline_policies", "inline_policies_std", "attached_policy_arns"];
const BOUNDARY_AND_TAGS: &[&str] = &["permissions_boundary_arn", "permissions_boundary_type", "tags_src", "tags"];
const TAGS: &[&str] = &["tags_src", "tags"];

/// All tables that can be collected.
const RECIPES: &[Recipe] = &[
    Recipe {
        table: "aws_account",
        rows: &[Need::Identity],
        extras: &[
            (&["account_aliases"], &[Need::Aliases]),
            (
                &[
                    "organization_id",
                    "organization_arn",
                    "organization_feature_set",
                    "organization_master_account_arn",
                    "organization_master_account_email",
                    "organization_master_account_id",
                    "organization_available_policy_types",
                ],
                &[Need::Organization],
            ),
        ],
    },
    Recipe { table: "aws_account_alternate_contact", rows: &[Need::AlternateContacts], extras: &[] },
    Recipe { table: "aws_account_contact", rows: &[Need::Contact], extras: &[] },
    Recipe { table: "aws_iam_account_summary", rows: &[Need::Summary], extras: &[] },
    Recipe { table: "aws_iam_account_password_policy", rows: &[Need::PasswordPolicy], extras: &[] },
    Recipe { table: "aws_iam_credential_report", rows: &[Need::Report], extras: &[] },
    Recipe {
        table: "aws_iam_user",
        rows: &[Need::UserList],
        extras: &[
            (&["password_last_used"], &[Need::UserList]),
            (BOUNDARY_AND_TAGS, &[Need::UserDetails]),
            (POLICY_COLUMNS, &[Need::UserDetails]),
            (&["groups"], &[Need::UserDetails, Need::GroupDetails]),
            (&["login_profile"], &[Need::LoginProfiles]),
            (&["mfa_enabled"], &[Need::MfaState]),
            (&["mfa_devices"], &[Need::MfaDevices]),
        ],
    },
    Recipe {
        table: "aws_iam_access_key",
        rows: &[Need::AccessKeys],
        extras: &[(
            &["access_key_last_used_date", "access_key_last_used_service", "access_key_last_used_region"],
            &[Need::AccessKeysLastUsed],
        )],
    },
    Recipe {
        table: "aws_iam_group",
        rows: &[Need::GroupList],
        extras: &[(POLICY_COLUMNS, &[Need::GroupDetails]), (&["users"], &[Need::GroupDetails, Need::UserDetails])],
    },
    Recipe {
        table: "aws_iam_role",
        rows: &[Need::RoleList],
        extras: &[
            (&["description", "max_session_duration"], &[Need::RoleList]),
            (BOUNDARY_AND_TAGS, &[Need::RoleDetails]),
            (POLICY_COLUMNS, &[Need::RoleDetails]),
            (&["instance_profile_arns", "role_last_used_date", "role_last_used_region"], &[Need::RoleDetails]),
        ],
    },
    Recipe {
        table: "aws_iam_policy",
        rows: &[Need::PolicyList],
        extras: &[(&["policy", "policy_std"], &[Need::PolicyDocuments]), (TAGS, &[Need::PolicyTags])],
    },
    Recipe {
        table: "aws_iam_policy_attachment",
        rows: &[Need::PolicyList],
        extras: &[
            (&["policy_groups"], &[Need::GroupDetails]),
            (&["policy_roles"], &[Need::RoleDetails]),
            (&["policy_users"], &[Need::UserDetails]),
        ],
    },
    Recipe {
        table: "aws_iam_virtual_mfa_device",
        rows: &[Need::VirtualMfa],
        extras: &[(TAGS, &[Need::VirtualMfaTags])],
    },
    Recipe {
        table: "aws_iam_server_certificate",
        rows: &[Need::ServerCertificates],
        extras: &[(&["certificate_body", "certificate_chain", "tags_src", "tags"], &[Need::ServerCertificateDetails])],
    },
    Recipe {
        table: "aws_iam_instance_profile",
        rows: &[Need::InstanceProfiles],
        extras: &[(TAGS, &[Need::InstanceProfileTags])],
    },
    Recipe {
        table: "aws_iam_saml_provider",
        rows: &[Need::SamlProviders],
        extras: &[(&["saml_metadata_document", "tags_src", "tags"], &[Need::SamlProviderDetails])],
    },
    Recipe {
        table: "aws_iam_open_id_connect_provider",
        rows: &[Need::OidcProviders],
        extras: &[(
            &["client_id_list", "create_date", "thumbprint_list", "url", "tags_src", "tags"],
            &[Need::OidcProviderDetails],
        )],
    },
    Recipe { table: "aws_iam_service_specific_credential", rows: &[Need::ServiceCredentials], extras: &[] },
    Recipe { table: "aws_accessanalyzer_analyzer", rows: &[Need::Analyzers], extras: &[] },
    Recipe { table: "aws_region", rows: &[Need::Regions], extras: &[] },
    Recipe {
        table: "aws_ec2_instance",
        rows: &[Need::Instances],
        extras: &[
            (&["disable_api_termination"], &[Need::InstanceTerminationProtection]),
            (&["instance_initiated_shutdown_behavior"], &[Need::InstanceShutdownBehavior]),
            (&["kernel_id"], &[Need::InstanceKernel]),
            (&["ram_disk_id"], &[Need::InstanceRamdisk]),
            (&["sriov_net_support"], &[Need::InstanceSriov]),
            (&["user_data"], &[Need::InstanceUserData]),
            (&["instance_status"], &[Need::InstanceStatus]),
            (&["launch_template_data"], &[Need::InstanceLaunchTemplate]),
        ],
    },
];

/// Returns the tables that the collector knows, sorted.
pub fn tables() -> Vec<&'static str> {
    let mut names: Vec<_> = RECIPES.iter().map(|recipe| recipe.table).collect();
    names.sort_unstable();
    names
}

/// Whether the rows of a table depend on the regions that are asked.
pub fn is_regional(table: &str) -> bool {
    let recipe = RECIPES.iter().find(|recipe| recipe.table == table);
    recipe.is_some_and(|recipe| recipe.rows.iter().any(|need| need.is_regional()))
}

/// Returns what the rows and the more expensive columns of a table take, whatever is wanted.
pub fn recipe(table: &str) -> Option<TablePlan> {
    RECIPES.iter().find(|recipe| recipe.table == table).map(|recipe| recipe.choose(&BTreeSet::new()))
}

/// Decides what to ask for the wanted tables and columns; an empty set of columns means all of them.
pub fn plan(wanted: &Wanted, choices: Choices) -> CallPlan {
    let mut plan = CallPlan { choices, ..CallPlan::default() };
    // The title is the first alias, so that one is always asked for; where it may not be read, the id is the title.
    let mut account = wanted.get("aws_account").cloned().unwrap_or_else(|| BTreeSet::from(["title".to_string()]));
    if !account.is_empty() {
        account.insert("account_aliases".to_string());
    }
    let others = wanted.iter().filter(|(table, _)| *table != "aws_account");
    for (table, columns) in others.map(|(t, c)| (t.as_str(), c)).chain([("aws_account", &account)]) {
        let Some(recipe) = RECIPES.iter().find(|recipe| recipe.table == table) else {
            plan.unavailable.insert(table.to_string(), format!("ironpipe cannot collect {table} yet"));
            continue;
        };
        if matches!(table, "aws_ec2_instance" | "aws_region") && !cfg!(feature = "aws-ec2") {
            let reason =
                format!("this build of ironpipe cannot collect {table} (it was built without the feature `aws-ec2`)");
            plan.unavailable.insert(table.to_string(), reason);
            continue;
        }
        plan.tables.insert(table.to_string(), recipe.choose(columns));
    }
    plan.gather();
    plan
}

impl Recipe {
    /// Splits the expensive columns into wanted and not wanted ones.
    fn choose(&self, wanted: &BTreeSet<String>) -> TablePlan {
        let mut table = TablePlan { rows: self.rows.iter().copied().collect(), ..TablePlan::default() };
        for (names, needs) in self.extras {
            for name in *names {
                if wanted.is_empty() || wanted.contains(*name) {
                    table.columns.insert((*name).to_string(), needs.iter().copied().collect());
                } else {
                    table.skipped.insert((*name).to_string());
                }
            }
        }
        table
    }
}

impl CallPlan {
    /// Collects what all tables need, adds what that presupposes, and drops lists that another call contains.
    fn gather(&mut self) {
        let columns: BTreeSet<Need> =
            self.tables.values().flat_map(|t| t.columns.values()).flatten().copied().collect();
        let rows = self.tables.values().flat_map(|t| &t.rows).copied();
        let mut open: Vec<Need> = rows.chain(columns.iter().copied()).collect();
        let mut needs = BTreeSet::new();
        while let Some(need) = open.pop() {
            if needs.insert(need) {
                open.extend(need.prerequisites(self.choices));
            }
        }
        // A list is asked for its own sake only where a wanted column has no other source.
        for list in [Need::UserList, Need::RoleList, Need::GroupList] {
            let Some(richer) = list.richer() else { continue };
            if !needs.contains(&richer) {
                continue;
            }
            if !columns.contains(&list) {
                needs.remove(&list);
            }
            for table in self.tables.values_mut() {
                if table.rows.remove(&list) {
                    table.rows.insert(richer);
                }
            }
        }
        // What the calls give anyway is there even if nobody asked.
        for (name, table) in &mut self.tables {
            let recipe = RECIPES.iter().find(|recipe| recipe.table == name);
            for (columns, takes) in recipe.map_or(&[] as Extras, |recipe| recipe.extras) {
                if takes.iter().all(|need| needs.contains(need)) {
                    for column in *columns {
                        table.skipped.remove(*column);
                        table.columns.insert((*column).to_string(), takes.iter().copied().collect());
                    }
                }
            }
        }
        needs.insert(Need::Identity);
        self.needs = needs;
    }
}

/// Returns the tables that can be collected, whatever features the build has.
pub fn collectable_tables() -> impl Iterator<Item = &'static str> {
    RECIPES.iter().map(|recipe| recipe.table)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(tables: &[(&str, &[&str])]) -> Wanted {
        let columns = |names: &[&str]| names.iter().map(|n| (*n).to_string()).collect();
        tables.iter().map(|(table, names)| ((*table).to_string(), columns(names))).collect()
    }

    type Tables<'a> = &'a [(&'a str, &'a [&'a str])];

    fn needs(tables: Tables<'_>) -> Vec<Need> {
        plan(&wanted(tables), Choices::default()).needs.into_iter().collect()
    }

    #[test]
    fn the_account_is_always_collected() {
        assert_eq!(needs(&[]), [Need::Identity, Need::Aliases]);
        assert!(needs(&[("aws_account", &["organization_id"])]).contains(&Need::Organization));
        assert!(!needs(&[("aws_account", &["account_id"])]).contains(&Need::Organization));
        assert!(needs(&[("aws_account", &[])]).contains(&Need::Organization));
    }

    #[test]
    fn only_what_the_columns_take_is_asked() {
        let cases: &[(Tables<'_>, &[Need])] = &[
            (&[("aws_iam_credential_report", &[])], &[Need::Report]),
            (&[("aws_iam_user", &["name", "arn"])], &[Need::UserList]),
            (&[("aws_iam_user", &["name", "password_last_used"])], &[Need::UserList]),
            (&[("aws_iam_user", &["attached_policy_arns"])], &[Need::UserDetails]),
            (
                &[("aws_iam_user", &["attached_policy_arns", "password_last_used"])],
                &[Need::UserList, Need::UserDetails],
            ),
            (&[("aws_iam_user", &["mfa_enabled"])], &[Need::Report, Need::UserList, Need::MfaState]),
            (&[("aws_iam_role", &["arn", "description"])], &[Need::RoleList]),
            (&[("aws_iam_role", &["attached_policy_arns"])], &[Need::RoleDetails]),
            (&[("aws_iam_access_key", &["status"])], &[Need::Report, Need::UserList, Need::AccessKeys]),
            (
                &[("aws_iam_access_key", &["status"]), ("aws_iam_user", &["tags"])],
                &[Need::Report, Need::UserDetails, Need::AccessKeys],
            ),
            (&[("aws_iam_policy", &["name"])], &[Need::PolicyList]),
            (&[("aws_iam_policy", &["policy_std"])], &[Need::PolicyList, Need::PolicyDocuments]),
            (&[("aws_iam_policy_attachment", &["policy_roles"])], &[Need::PolicyList, Need::RoleDetails]),
        ];
        for (tables, expected) in cases {
            let mut all: Vec<Need> = expected.to_vec();
            all.extend([Need::Identity, Need::Aliases]);
            all.sort();
            assert_eq!(needs(tables), all, "{tables:?}");
        }
    }

    #[test]
    fn exact_does_without_the_report() {
        let plan = plan(&wanted(&[("aws_iam_access_key", &[])]), Choices { exact: true, ..Choices::default() });
        assert!(!plan.wants(Need::Report));
        assert!(plan.wants(Need::UserList) && plan.wants(Need::AccessKeysLastUsed));
    }

    #[test]
    fn columns_that_were_not_asked_for_are_named() {
        let plan = plan(&wanted(&[("aws_iam_user", &["name", "tags"])]), Choices::default());
        let user = &plan.tables["aws_iam_user"];
        assert_eq!(user.rows, BTreeSet::from([Need::UserDetails]));
        // What comes with the wanted column is not left out.
        assert!(user.columns.contains_key("tags") && user.columns.contains_key("attached_policy_arns"));
        assert!(user.skipped.contains("password_last_used") && user.skipped.contains("mfa_enabled"));
        assert!(user.skipped.contains("groups"), "it takes the groups too");
        assert!(!user.skipped.contains("arn"));
    }

    #[test]
    fn unknown_tables_are_unavailable_with_a_reason() {
        let plan = plan(&wanted(&[("aws_s3_bucket", &[])]), Choices::default());
        assert!(plan.unavailable["aws_s3_bucket"].contains("cannot collect aws_s3_bucket"));
    }
}

locals {
  cis_v200_1_tags = merge(local.cis_v200_tags, {
    cis_section_id = "1"
    service        = "AWS/IAM"
  })
}

benchmark "cis_v200_1" {
  title         = "1 Identity and Access Management"
  description   = "Recommendations for the root user, IAM users, their credentials, and the policies that give them rights."
  documentation = file("./cis_v200/docs/cis_v200_1.md")
  children = [
    control.cis_v200_1_1,
    control.cis_v200_1_2,
    control.cis_v200_1_3,
    control.cis_v200_1_4,
    control.cis_v200_1_5,
    control.cis_v200_1_6,
    control.cis_v200_1_7,
    control.cis_v200_1_8,
    control.cis_v200_1_9,
    control.cis_v200_1_10,
    control.cis_v200_1_11,
    control.cis_v200_1_12,
    control.cis_v200_1_13,
    control.cis_v200_1_14,
    control.cis_v200_1_15,
    control.cis_v200_1_16,
    control.cis_v200_1_17,
    control.cis_v200_1_18,
    control.cis_v200_1_19,
    control.cis_v200_1_20,
    control.cis_v200_1_21,
    control.cis_v200_1_22,
  ]

  tags = merge(local.cis_v200_1_tags, {
    type = "Benchmark"
  })
}

control "cis_v200_1_1" {
  title         = "1.1 Maintain current contact details"
  description   = "AWS writes to the account's contacts about abuse, billing and security. The details must reach more than one person."
  query         = query.manual_control
  documentation = file("./cis_v200/docs/cis_v200_1_1.md")

  tags = merge(local.cis_v200_1_tags, {
    cis_item_id = "1.1"
    cis_level   = "1"
    cis_type    = "manual"
  })
}

control "cis_v200_1_2" {
  title         = "1.2 Ensure security contact information is registered"
  description   = "An alternate contact for security receives AWS security notices in addition to the account owner."
  query         = query.account_alternate_contact_security_registered
  documentation = file("./cis_v200/docs/cis_v200_1_2.md")
  severity      = "low"

  tags = merge(local.cis_v200_1_tags, {
    cis_item_id = "1.2"
    cis_level   = "1"
    cis_type    = "manual"
  })
}

control "cis_v200_1_3" {
  title         = "1.3 Ensure security questions are registered in the AWS account"
  description   = "Security questions help AWS Support to recognise the owner of an account. AWS no longer lets accounts add new ones."
  query         = query.manual_control
  documentation = file("./cis_v200/docs/cis_v200_1_3.md")

  tags = merge(local.cis_v200_1_tags, {
    cis_item_id = "1.3"
    cis_level   = "1"
    cis_type    = "manual"
  })
}

control "cis_v200_1_4" {
  title         = "1.4 Ensure no 'root' user account access key exists"
  description   = "The root user can do everything in the account and nothing can restrict it. It must not have access keys."
  query         = query.iam_root_user_no_access_keys
  documentation = file("./cis_v200/docs/cis_v200_1_4.md")
  severity      = "critical"

  tags = merge(local.cis_v200_1_tags, {
    cis_item_id = "1.4"
    cis_level   = "1"
    cis_type    = "automated"
  })
}

control "cis_v200_1_5" {
  title         = "1.5 Ensure MFA is enabled for the 'root' user account"
  description   = "Signing in as root must need a second factor."
  query         = query.iam_root_user_mfa_enabled
  documentation = file("./cis_v200/docs/cis_v200_1_5.md")
  severity      = "critical"

  tags = merge(local.cis_v200_1_tags, {
    cis_item_id = "1.5"
    cis_level   = "1"
    cis_type    = "automated"
  })
}

control "cis_v200_1_6" {
  title         = "1.6 Ensure hardware MFA is enabled for the 'root' user account"
  description   = "The second factor of the root user must be a physical device, not an app on a phone."
  query         = query.iam_root_user_hardware_mfa_enabled
  documentation = file("./cis_v200/docs/cis_v200_1_6.md")
  severity      = "high"

  tags = merge(local.cis_v200_1_tags, {
    cis_item_id = "1.6"
    cis_level   = "2"
    cis_type    = "manual"
  })
}

control "cis_v200_1_7" {
  title         = "1.7 Eliminate use of the 'root' user for administrative and daily tasks"
  description   = "The root user is for the few tasks that only root can do. Recent use asks for an explanation."
  query         = query.iam_root_last_used
  documentation = file("./cis_v200/docs/cis_v200_1_7.md")
  severity      = "high"

  tags = merge(local.cis_v200_1_tags, {
    cis_item_id = "1.7"
    cis_level   = "1"
    cis_type    = "manual"
  })
}

control "cis_v200_1_8" {
  title         = "1.8 Ensure IAM password policy requires minimum length of 14 or greater"
  description   = "Console passwords of IAM users must have at least 14 characters."
  query         = query.iam_account_password_policy_min_length_14
  documentation = file("./cis_v200/docs/cis_v200_1_8.md")
  severity      = "medium"

  tags = merge(local.cis_v200_1_tags, {
    cis_item_id = "1.8"
    cis_level   = "1"
    cis_type    = "automated"
  })
}

control "cis_v200_1_9" {
  title         = "1.9 Ensure IAM password policy prevents password reuse"
  description   = "IAM users must not return to one of their last 24 passwords."
  query         = query.iam_account_password_policy_reuse_24
  documentation = file("./cis_v200/docs/cis_v200_1_9.md")
  severity      = "medium"

  tags = merge(local.cis_v200_1_tags, {
    cis_item_id = "1.9"
    cis_level   = "1"
    cis_type    = "automated"
  })
}

control "cis_v200_1_10" {
  title         = "1.10 Ensure multi-factor authentication (MFA) is enabled for all IAM users that have a console password"
  description   = "Every IAM user who can sign in to the console must have a second factor."
  query         = query.iam_user_console_access_mfa_enabled
  documentation = file("./cis_v200/docs/cis_v200_1_10.md")
  severity      = "high"

  tags = merge(local.cis_v200_1_tags, {
    cis_item_id = "1.10"
    cis_level   = "1"
    cis_type    = "automated"
  })
}

control "cis_v200_1_11" {
  title         = "1.11 Do not setup access keys during initial user setup for all IAM users that have a console password"
  description   = "Access keys are made when they are needed, in a step of their own, not along with the console user."
  query         = query.iam_user_access_keys_and_password_at_setup
  documentation = file("./cis_v200/docs/cis_v200_1_11.md")
  severity      = "medium"

  tags = merge(local.cis_v200_1_tags, {
    cis_item_id = "1.11"
    cis_level   = "1"
    cis_type    = "manual"
  })
}

control "cis_v200_1_12" {
  title         = "1.12 Ensure credentials unused for 45 days or greater are disabled"
  description   = "Passwords and access keys that were not used for 45 days must be switched off."
  query         = query.iam_user_unused_credentials_45
  documentation = file("./cis_v200/docs/cis_v200_1_12.md")
  severity      = "medium"

  tags = merge(local.cis_v200_1_tags, {
    cis_item_id = "1.12"
    cis_level   = "1"
    cis_type    = "automated"
  })
}

control "cis_v200_1_13" {
  title         = "1.13 Ensure there is only one active access key available for any single IAM user"
  description   = "A user needs a second active key only for the minutes of a rotation."
  query         = query.iam_user_one_active_key
  documentation = file("./cis_v200/docs/cis_v200_1_13.md")
  severity      = "medium"

  tags = merge(local.cis_v200_1_tags, {
    cis_item_id = "1.13"
    cis_level   = "1"
    cis_type    = "automated"
  })
}

control "cis_v200_1_14" {
  title         = "1.14 Ensure access keys are rotated every 90 days or less"
  description   = "Active access keys must not be older than 90 days."
  query         = query.iam_user_access_key_age_90
  documentation = file("./cis_v200/docs/cis_v200_1_14.md")
  severity      = "medium"

  tags = merge(local.cis_v200_1_tags, {
    cis_item_id = "1.14"
    cis_level   = "1"
    cis_type    = "automated"
  })
}

control "cis_v200_1_15" {
  title         = "1.15 Ensure IAM Users Receive Permissions Only Through Groups"
  description   = "Policies belong on groups or roles, not on single users."
  query         = query.iam_user_no_inline_attached_policies
  documentation = file("./cis_v200/docs/cis_v200_1_15.md")
  severity      = "low"

  tags = merge(local.cis_v200_1_tags, {
    cis_item_id = "1.15"
    cis_level   = "1"
    cis_type    = "automated"
  })
}

control "cis_v200_1_16" {
  title         = "1.16 Ensure IAM policies that allow full \"*:*\" administrative privileges are not attached"
  description   = "No policy in use may allow every action on every resource."
  query         = query.iam_policy_all_attached_no_star_star
  documentation = file("./cis_v200/docs/cis_v200_1_16.md")
  severity      = "high"

  tags = merge(local.cis_v200_1_tags, {
    cis_item_id = "1.16"
    cis_level   = "1"
    cis_type    = "automated"
  })
}

control "cis_v200_1_17" {
  title         = "1.17 Ensure a support role has been created to manage incidents with AWS Support"
  description   = "Somebody other than an administrator must be able to open and manage cases with AWS Support."
  query         = query.iam_support_role
  documentation = file("./cis_v200/docs/cis_v200_1_17.md")
  severity      = "low"

  tags = merge(local.cis_v200_1_tags, {
    cis_item_id = "1.17"
    cis_level   = "1"
    cis_type    = "automated"
  })
}

control "cis_v200_1_18" {
  title         = "1.18 Ensure IAM instance roles are used for AWS resource access from instances"
  description   = "Programs on EC2 instances must get their credentials from an instance profile."
  query         = query.ec2_instance_using_iam_instance_role
  documentation = file("./cis_v200/docs/cis_v200_1_18.md")
  severity      = "medium"

  tags = merge(local.cis_v200_1_tags, {
    cis_item_id = "1.18"
    cis_level   = "2"
    cis_type    = "automated"
  })
}

control "cis_v200_1_19" {
  title         = "1.19 Ensure that all the expired SSL/TLS certificates stored in AWS IAM are removed"
  description   = "Server certificates that IAM keeps must be deleted once they have expired."
  query         = query.iam_server_certificate_not_expired
  documentation = file("./cis_v200/docs/cis_v200_1_19.md")
  severity      = "low"

  tags = merge(local.cis_v200_1_tags, {
    cis_item_id = "1.19"
    cis_level   = "1"
    cis_type    = "automated"
  })
}

control "cis_v200_1_20" {
  title         = "1.20 Ensure that IAM Access analyzer is enabled for all regions"
  description   = "An analyzer for external access must be active in every region that is enabled."
  query         = query.iam_access_analyzer_enabled
  documentation = file("./cis_v200/docs/cis_v200_1_20.md")
  severity      = "medium"

  tags = merge(local.cis_v200_1_tags, {
    cis_item_id = "1.20"
    cis_level   = "1"
    cis_type    = "automated"
  })
}

control "cis_v200_1_21" {
  title         = "1.21 Ensure IAM users are managed centrally via identity federation or AWS Organizations for multi-account environments"
  description   = "People should be managed in one place for all accounts, not as IAM users in each."
  query         = query.manual_control
  documentation = file("./cis_v200/docs/cis_v200_1_21.md")

  tags = merge(local.cis_v200_1_tags, {
    cis_item_id = "1.21"
    cis_level   = "2"
    cis_type    = "manual"
  })
}

control "cis_v200_1_22" {
  title         = "1.22 Ensure access to AWSCloudShellFullAccess is restricted"
  description   = "AWSCloudShellFullAccess must not be attached to users, groups or roles."
  query         = query.iam_user_group_role_cloudshell_fullaccess_restricted
  documentation = file("./cis_v200/docs/cis_v200_1_22.md")
  severity      = "low"

  tags = merge(local.cis_v200_1_tags, {
    cis_item_id = "1.22"
    cis_level   = "1"
    cis_type    = "manual"
  })
}

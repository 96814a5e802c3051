query "iam_root_user_no_access_keys" {
  description = "One row for each account: whether the root user has access keys."
  sql = <<-EOQ
    select
      'arn:' || s.partition || ':::' || s.account_id as resource,
      case
        when s.account_access_keys_present > 0 then 'alarm'
        else 'ok'
      end as status,
      case
        when s.account_access_keys_present > 0 then 'The root user has access keys.'
        else 'The root user has no access keys.'
      end as reason
      ${replace(local.dimension_columns, "__alias__", "s")}
    from
      aws_iam_account_summary as s
    order by
      s.account_id;
  EOQ
}

query "iam_root_user_mfa_enabled" {
  description = "One row for each account: whether the root user has MFA. A root user without any credentials needs none."
  sql = <<-EOQ
    select
      'arn:' || s.partition || ':::' || s.account_id as resource,
      case
        when s.account_mfa_enabled then 'ok'
        when s.account_password_present is false and s.account_access_keys_present = 0 then 'skip'
        else 'alarm'
      end as status,
      case
        when s.account_mfa_enabled then 'The root user has MFA.'
        when s.account_password_present is false and s.account_access_keys_present = 0 then 'The root user has no credentials.'
        else 'The root user has no MFA.'
      end as reason
      ${replace(local.dimension_columns, "__alias__", "s")}
    from
      aws_iam_account_summary as s
    order by
      s.account_id;
  EOQ
}

query "iam_root_user_hardware_mfa_enabled" {
  description = "One row for each account: whether the root user's MFA device is a physical one, that is, MFA is on and no virtual device is assigned to root."
  sql = <<-EOQ
    with root_virtual_device as (
      select
        d.account_id,
        count(*) as devices
      from
        aws_iam_virtual_mfa_device as d
      where
        d.serial_number like 'arn:%:mfa/root-account-mfa-device'
        or d."user" ->> 'Arn' like 'arn:%:root'
      group by
        d.account_id
    )
    select
      'arn:' || s.partition || ':::' || s.account_id as resource,
      case
        when s.account_mfa_enabled and v.devices is null then 'ok'
        when not s.account_mfa_enabled and s.account_password_present is false and s.account_access_keys_present = 0 then 'skip'
        else 'alarm'
      end as status,
      case
        when s.account_mfa_enabled and v.devices is null then 'The root user has hardware MFA.'
        when s.account_mfa_enabled then 'The root user has virtual MFA.'
        when s.account_password_present is false and s.account_access_keys_present = 0 then 'The root user has no credentials.'
        else 'The root user has no MFA.'
      end as reason
      ${replace(local.dimension_columns, "__alias__", "s")}
    from
      aws_iam_account_summary as s
      left join root_virtual_device as v on v.account_id = s.account_id
    order by
      s.account_id;
  EOQ
}

query "iam_root_last_used" {
  description = "One row for each account: whether the root user's password or keys were used within the last 90 days. A report without the root user says nothing about it."
  sql = <<-EOQ
    with root_row as (
      select
        r.*,
        r.user_name = '<root_account>' as is_root,
        greatest(r.password_last_used, r.access_key_1_last_used_date, r.access_key_2_last_used_date) as last_used,
        row_number() over (partition by r.account_id order by r.user_name <> '<root_account>', r.user_arn) as place
      from
        aws_iam_credential_report as r
    )
    select
      case
        when u.is_root then u.user_arn
        else 'arn:' || u.partition || ':iam::' || u.account_id || ':root'
      end as resource,
      case
        when not u.is_root then 'error'
        when u.last_used > now() - interval '90 days' then 'alarm'
        else 'ok'
      end as status,
      case
        when not u.is_root then 'The credential report has no row for the root user.'
        when u.last_used is null then 'The root user was never used.'
        else 'The root user was last used on ' || to_char(u.last_used, 'YYYY-MM-DD') || ', ' || extract(day from now() - u.last_used) || ' days ago.'
      end as reason
      ${replace(local.dimension_columns, "__alias__", "u")}
    from
      root_row as u
    where
      u.place = 1
    order by
      u.account_id;
  EOQ
}

query "iam_account_password_policy_min_length_14" {
  description = "One row for each account: whether passwords must have 14 characters or more."
  sql = <<-EOQ
    select
      a.arn as resource,
      case
        when p.minimum_password_length >= 14 then 'ok'
        else 'alarm'
      end as status,
      case
        when p.account_id is null then 'No password policy is set.'
        else 'Passwords need at least ' || coalesce(p.minimum_password_length, 0) || ' characters.'
      end as reason
      ${replace(local.dimension_columns, "__alias__", "a")}
    from
      aws_account as a
      left join aws_iam_account_password_policy as p on p.account_id = a.account_id
    order by
      a.account_id;
  EOQ
}

query "iam_account_password_policy_reuse_24" {
  description = "One row for each account: whether the last 24 passwords are refused."
  sql = <<-EOQ
    select
      a.arn as resource,
      case
        when p.password_reuse_prevention >= 24 then 'ok'
        else 'alarm'
      end as status,
      case
        when p.account_id is null then 'No password policy is set.'
        when p.password_reuse_prevention is null then 'Password reuse is not prevented.'
        else 'The last ' || p.password_reuse_prevention || ' passwords are refused.'
      end as reason
      ${replace(local.dimension_columns, "__alias__", "a")}
    from
      aws_account as a
      left join aws_iam_account_password_policy as p on p.account_id = a.account_id
    order by
      a.account_id;
  EOQ
}

query "iam_support_role" {
  description = "One row for each account: whether a role can manage cases with AWS Support."
  sql = <<-EOQ
    with support_role as (
      select
        r.account_id,
        min(r.name) as first_name,
        count(*) as roles
      from
        aws_iam_role as r
      where
        r.attached_policy_arns ? ('arn:' || r.partition || ':iam::aws:policy/AWSSupportAccess')
      group by
        r.account_id
    )
    select
      a.arn as resource,
      case
        when s.roles is null then 'alarm'
        else 'ok'
      end as status,
      case
        when s.roles is null then 'No role has the policy AWSSupportAccess.'
        when s.roles = 1 then 'Role ' || s.first_name || ' has the policy AWSSupportAccess.'
        else s.roles || ' roles have the policy AWSSupportAccess.'
      end as reason
      ${replace(local.dimension_columns, "__alias__", "a")}
    from
      aws_account as a
      left join support_role as s on s.account_id = a.account_id
    order by
      a.account_id;
  EOQ
}

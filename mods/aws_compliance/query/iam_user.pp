query "iam_user_console_access_mfa_enabled" {
  description = "One row for each IAM user: whether a user with a console password has MFA."
  sql = <<-EOQ
    select
      r.user_arn as resource,
      case
        when r.password_enabled and not r.mfa_active then 'alarm'
        else 'ok'
      end as status,
      case
        when not r.password_enabled then r.user_name || ' has no console password.'
        when r.mfa_active then r.user_name || ' has a console password and MFA.'
        else r.user_name || ' has a console password and no MFA.'
      end as reason
      ${replace(local.dimension_columns, "__alias__", "r")}
    from
      aws_iam_credential_report as r
    where
      r.user_name <> '<root_account>'
    order by
      r.account_id,
      r.user_arn;
  EOQ
}

query "iam_user_access_keys_and_password_at_setup" {
  description = "One row for each IAM user: whether a user with a console password has an active access key that was never used, the trace of a key made with the user."
  sql = <<-EOQ
    select
      r.user_arn as resource,
      case
        when not r.password_enabled then 'ok'
        when r.access_key_1_active and r.access_key_1_last_used_date is null then 'alarm'
        when r.access_key_2_active and r.access_key_2_last_used_date is null then 'alarm'
        else 'ok'
      end as status,
      case
        when not r.password_enabled then r.user_name || ' has no console password.'
        when r.access_key_1_active and r.access_key_1_last_used_date is null then r.user_name || ' has a console password and access key 1 was never used.'
        when r.access_key_2_active and r.access_key_2_last_used_date is null then r.user_name || ' has a console password and access key 2 was never used.'
        when r.access_key_1_active or r.access_key_2_active then r.user_name || ' has a console password and uses every active access key.'
        else r.user_name || ' has a console password and no active access key.'
      end as reason
      ${replace(local.dimension_columns, "__alias__", "r")}
    from
      aws_iam_credential_report as r
    where
      r.user_name <> '<root_account>'
    order by
      r.account_id,
      r.user_arn;
  EOQ
}

query "iam_user_unused_credentials_45" {
  description = "One row for each IAM user: whether an enabled password or an active key went unused for 45 days or more. A credential that was never used counts from the day it was made."
  sql = <<-EOQ
    with credential as (
      select
        r.account_id,
        r.user_arn,
        'the password' as name,
        coalesce(r.password_last_used, r.password_last_changed, r.user_creation_time) as last_sign
      from
        aws_iam_credential_report as r
      where
        r.password_enabled
      union all
      select
        r.account_id,
        r.user_arn,
        'access key 1',
        coalesce(r.access_key_1_last_used_date, r.access_key_1_last_rotated, r.user_creation_time)
      from
        aws_iam_credential_report as r
      where
        r.access_key_1_active
      union all
      select
        r.account_id,
        r.user_arn,
        'access key 2',
        coalesce(r.access_key_2_last_used_date, r.access_key_2_last_rotated, r.user_creation_time)
      from
        aws_iam_credential_report as r
      where
        r.access_key_2_active
    ), judged as (
      select
        c.account_id,
        c.user_arn,
        count(*) as credentials,
        string_agg(c.name, ', ' order by c.name) filter (where c.last_sign <= now() - interval '45 days') as unused,
        count(*) filter (where c.last_sign <= now() - interval '45 days') as how_many,
        max(extract(day from now() - c.last_sign)) as longest
      from
        credential as c
      group by
        c.account_id,
        c.user_arn
    )
    select
      r.user_arn as resource,
      case
        when j.unused is not null then 'alarm'
        else 'ok'
      end as status,
      case
        when j.credentials is null then r.user_name || ' has no enabled credentials.'
        when j.unused is not null then r.user_name || ' has not used ' || j.unused || ' for '
          || case when j.how_many > 1 then 'up to ' else '' end || j.longest || ' days.'
        else r.user_name || ' has used every enabled credential within 45 days.'
      end as reason
      ${replace(local.dimension_columns, "__alias__", "r")}
    from
      aws_iam_credential_report as r
      left join judged as j on j.account_id = r.account_id and j.user_arn = r.user_arn
    where
      r.user_name <> '<root_account>'
    order by
      r.account_id,
      r.user_arn;
  EOQ
}

query "iam_user_one_active_key" {
  description = "One row for each IAM user: whether the user has more than one active access key."
  sql = <<-EOQ
    with active_key as (
      select
        k.account_id,
        k.user_name,
        count(*) as keys
      from
        aws_iam_access_key as k
      where
        k.status = 'Active'
      group by
        k.account_id,
        k.user_name
    )
    select
      u.arn as resource,
      case
        when k.keys > 1 then 'alarm'
        else 'ok'
      end as status,
      case
        when k.keys is null then u.name || ' has no active access key.'
        when k.keys = 1 then u.name || ' has one active access key.'
        else u.name || ' has ' || k.keys || ' active access keys.'
      end as reason
      ${replace(local.tag_columns, "__alias__", "u")}
      ${replace(local.dimension_columns, "__alias__", "u")}
    from
      aws_iam_user as u
      left join active_key as k on k.account_id = u.account_id and k.user_name = u.name
    order by
      u.account_id,
      u.arn;
  EOQ
}

query "iam_user_access_key_age_90" {
  description = "One row for each access key of an IAM user: whether an active key is older than 90 days."
  sql = <<-EOQ
    select
      'arn:' || k.partition || ':iam::' || k.account_id || ':user/' || k.user_name || '/accesskey/' || k.access_key_id as resource,
      case
        when k.status <> 'Active' then 'skip'
        when k.create_date < now() - interval '90 days' then 'alarm'
        else 'ok'
      end as status,
      k.user_name || ' has an ' || case when k.status = 'Active' then 'active' else 'inactive' end || ' key of '
        || extract(day from now() - k.create_date) || ' days, ' || k.access_key_id || ', created on ' || to_char(k.create_date, 'YYYY-MM-DD') || '.' as reason
      ${replace(local.dimension_columns, "__alias__", "k")}
    from
      aws_iam_access_key as k
    order by
      k.account_id,
      k.user_name,
      k.access_key_id;
  EOQ
}

query "iam_user_no_inline_attached_policies" {
  description = "One row for each IAM user: whether policies are attached to the user or written into the user, instead of coming from groups."
  sql = <<-EOQ
    with policies as (
      select
        u.account_id,
        u.arn,
        case jsonb_typeof(u.attached_policy_arns) when 'array' then jsonb_array_length(u.attached_policy_arns) else 0 end as attached,
        case jsonb_typeof(u.inline_policies) when 'array' then jsonb_array_length(u.inline_policies) else 0 end as inline
      from
        aws_iam_user as u
    )
    select
      u.arn as resource,
      case
        when p.attached + p.inline = 0 then 'ok'
        else 'alarm'
      end as status,
      case
        when p.attached + p.inline = 0 then u.name || ' has no policies of their own.'
        else u.name || ' has ' || p.attached || ' attached and ' || p.inline || ' inline policies.'
      end as reason
      ${replace(local.tag_columns, "__alias__", "u")}
      ${replace(local.dimension_columns, "__alias__", "u")}
    from
      aws_iam_user as u
      join policies as p on p.account_id = u.account_id and p.arn = u.arn
    order by
      u.account_id,
      u.arn;
  EOQ
}

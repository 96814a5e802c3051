query "iam_policy_all_attached_no_star_star" {
  description = "One row for each managed policy that is attached to something: whether a statement allows every action on every resource. A policy whose document is not known is an error."
  sql = <<-EOQ
    with full_access as (
      select
        p.account_id,
        p.arn,
        count(*) filter (where s.statement -> 'Condition' is null) as unconditional
      from
        aws_iam_policy as p,
        jsonb_array_elements(p.policy_std -> 'Statement') as s(statement)
      where
        p.is_attached
        and s.statement ->> 'Effect' = 'Allow'
        and s.statement -> 'Resource' ? '*'
        and s.statement -> 'Action' ?| array['*', '*:*']
      group by
        p.account_id,
        p.arn
    )
    select
      p.arn as resource,
      case
        when f.arn is not null then 'alarm'
        when p.policy_std is null then 'error'
        else 'ok'
      end as status,
      case
        when p.policy_std is null then 'The document of ' || p.name || ' is not known.'
        when f.unconditional > 0 then p.name || ' allows every action on every resource.'
        when f.arn is not null then p.name || ' allows every action on every resource under a condition.'
        else p.name || ' does not allow every action on every resource.'
      end as reason
      ${replace(local.tag_columns, "__alias__", "p")}
      ${replace(local.dimension_columns, "__alias__", "p")}
    from
      aws_iam_policy as p
      left join full_access as f on f.account_id = p.account_id and f.arn = p.arn
    where
      p.is_attached
    order by
      p.account_id,
      p.arn;
  EOQ
}

query "iam_user_group_role_cloudshell_fullaccess_restricted" {
  description = "One row for each IAM user, group and role: whether AWSCloudShellFullAccess is attached to it."
  sql = <<-EOQ
    with principal as (
      select u.arn, 'User ' || u.name as name, u.attached_policy_arns, u.partition, u.region, u.account_id, u._ctx from aws_iam_user as u
      union all
      select g.arn, 'Group ' || g.name, g.attached_policy_arns, g.partition, g.region, g.account_id, g._ctx from aws_iam_group as g
      union all
      select r.arn, 'Role ' || r.name, r.attached_policy_arns, r.partition, r.region, r.account_id, r._ctx from aws_iam_role as r
    )
    select
      p.arn as resource,
      case
        when p.attached_policy_arns ? ('arn:' || p.partition || ':iam::aws:policy/AWSCloudShellFullAccess') then 'alarm'
        else 'ok'
      end as status,
      case
        when p.attached_policy_arns ? ('arn:' || p.partition || ':iam::aws:policy/AWSCloudShellFullAccess') then p.name || ' has the policy AWSCloudShellFullAccess.'
        else p.name || ' does not have the policy AWSCloudShellFullAccess.'
      end as reason
      ${replace(local.dimension_columns, "__alias__", "p")}
    from
      principal as p
    order by
      p.account_id,
      p.arn;
  EOQ
}

query "iam_server_certificate_not_expired" {
  description = "One row for each server certificate kept in IAM: whether it has expired."
  sql = <<-EOQ
    select
      c.arn as resource,
      case
        when c.expiration is null then 'error'
        when c.expiration <= now() then 'alarm'
        else 'ok'
      end as status,
      case
        when c.expiration is null then 'Nothing is known of when ' || c.name || ' expires.'
        else c.name || case when c.expiration <= now() then ' expired on ' else ' is valid until ' end || to_char(c.expiration, 'YYYY-MM-DD') || '.'
      end as reason
      ${replace(local.tag_columns, "__alias__", "c")}
      ${replace(local.dimension_columns, "__alias__", "c")}
    from
      aws_iam_server_certificate as c
    order by
      c.account_id,
      c.arn;
  EOQ
}

query "iam_access_analyzer_enabled" {
  description = "One row for each region: whether an active analyzer for external access exists. A region that was not collected is an error, because nothing is known of it."
  sql = <<-EOQ
    with analyzer as (
      select
        a.account_id,
        a.region,
        min(a.name) as first_name
      from
        aws_accessanalyzer_analyzer as a
      where
        a.status = 'ACTIVE'
        and a.type in ('ACCOUNT', 'ORGANIZATION')
      group by
        a.account_id,
        a.region
    )
    select
      'arn:' || r.partition || '::' || r.name || ':' || r.account_id as resource,
      case
        when a.first_name is not null then 'ok'
        when r.opt_in_status = 'not-opted-in' then 'skip'
        when not r.steampipe_available then 'error'
        else 'alarm'
      end as status,
      case
        when a.first_name is not null then r.name || ' has the analyzer ' || a.first_name || '.'
        when r.opt_in_status = 'not-opted-in' then r.name || ' is not enabled for the account.'
        when not r.steampipe_available then r.name || ' was not collected.'
        else r.name || ' has no active analyzer for external access.'
      end as reason
      ${replace(local.dimension_columns, "__alias__", "r")}
    from
      aws_region as r
      left join analyzer as a on a.account_id = r.account_id and a.region = r.name
    order by
      r.account_id,
      r.name;
  EOQ
}

query "ec2_instance_using_iam_instance_role" {
  description = "One row for each EC2 instance: whether it has an instance profile. Terminated instances are passed over."
  sql = <<-EOQ
    select
      i.arn as resource,
      case
        when i.instance_state in ('terminated', 'shutting-down') then 'skip'
        when i.iam_instance_profile_arn is null then 'alarm'
        else 'ok'
      end as status,
      case
        when i.instance_state in ('terminated', 'shutting-down') then coalesce(nullif(i.title, ''), i.instance_id) || ' is ' || i.instance_state || '.'
        when i.iam_instance_profile_arn is null then coalesce(nullif(i.title, ''), i.instance_id) || ' has no instance profile.'
        else coalesce(nullif(i.title, ''), i.instance_id) || ' has the instance profile ' || split_part(i.iam_instance_profile_arn, '/', -1) || '.'
      end as reason
      ${replace(local.tag_columns, "__alias__", "i")}
      ${replace(local.dimension_columns, "__alias__", "i")}
    from
      aws_ec2_instance as i
    order by
      i.account_id,
      i.region,
      i.instance_id;
  EOQ
}

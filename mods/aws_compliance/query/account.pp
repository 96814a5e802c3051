query "manual_control" {
  description = "One row for each account, for recommendations that only a person can verify."
  sql = <<-EOQ
    select
      a.arn as resource,
      'info' as status,
      'Manual verification required.' as reason
      ${replace(local.dimension_columns, "__alias__", "a")}
    from
      aws_account as a
    order by
      a.account_id;
  EOQ
}

query "account_alternate_contact_security_registered" {
  description = "One row for each account: whether a security contact is on record. GovCloud has no alternate contacts."
  sql = <<-EOQ
    select
      a.arn as resource,
      case
        when a.partition = 'aws-us-gov' then 'skip'
        when c.email_address is null then 'alarm'
        else 'ok'
      end as status,
      case
        when a.partition = 'aws-us-gov' then a.title || ' is in GovCloud, which has no alternate contacts.'
        when c.email_address is null then a.title || ' has no security contact.'
        else a.title || ' has a security contact.'
      end as reason
      ${replace(local.dimension_columns, "__alias__", "a")}
    from
      aws_account as a
      left join aws_account_alternate_contact as c
        on c.account_id = a.account_id and c.contact_type = 'SECURITY'
    order by
      a.account_id;
  EOQ
}

-- CloudQuery's names over the same rows, so that queries written for its tables run unchanged.
-- PostgreSQL's dialect: the translator puts the definition in the place of the name. A definition begins with
-- "create view NAME as" on a line of its own and ends with a semicolon at the end of a line.

create view aws_iam_users as
select
  arn as _cq_id,
  null::text as _cq_parent_id,
  account_id,
  arn,
  tags,
  create_date,
  path,
  user_id,
  name as user_name,
  password_last_used,
  case
    when permissions_boundary_arn <> '' then jsonb_build_object(
      'PermissionsBoundaryArn', permissions_boundary_arn, 'PermissionsBoundaryType', permissions_boundary_type
    )
  end as permissions_boundary
from
  aws_iam_user;

create view aws_iam_user_access_keys as
select
  k.access_key_id as _cq_id,
  u.arn as _cq_parent_id,
  k.account_id,
  u.arn as user_arn,
  k.access_key_id,
  u.user_id,
  k.access_key_last_used_date as last_used,
  k.access_key_last_used_service as last_used_service_name,
  k.create_date,
  k.status,
  k.user_name,
  k.create_date as last_rotated
from
  aws_iam_access_key as k
  left join aws_iam_user as u on u.account_id = k.account_id and u.name = k.user_name;

create view aws_iam_credential_reports as
select
  user_arn as _cq_id,
  null::text as _cq_parent_id,
  user_arn as arn,
  user_creation_time,
  password_last_changed,
  password_next_rotation,
  access_key_1_last_rotated,
  access_key_2_last_rotated,
  cert_1_last_rotated,
  cert_2_last_rotated,
  access_key_1_last_used_date,
  access_key_2_last_used_date,
  password_last_used,
  coalesce(
    ironpipe_password_enabled,
    case
      when not password_enabled then 'false'
      when user_name = '<root_account>' then 'not_supported'
      else 'true'
    end
  ) as password_enabled,
  user_name as "user",
  coalesce(
    ironpipe_password_enabled,
    case
      when not password_enabled then 'false'
      when user_name = '<root_account>' then 'not_supported'
      else 'true'
    end
  ) as password_status,
  mfa_active,
  access_key_1_active as access_key1_active,
  access_key_2_active as access_key2_active,
  cert_1_active as cert1_active,
  cert_2_active as cert2_active,
  coalesce(access_key_1_last_used_region, 'N/A') as access_key1_last_used_region,
  coalesce(access_key_1_last_used_service, 'N/A') as access_key1_last_used_service,
  coalesce(access_key_2_last_used_region, 'N/A') as access_key2_last_used_region,
  coalesce(access_key_2_last_used_service, 'N/A') as access_key2_last_used_service
from
  ironpipe_credential_report;

create view aws_iam_accounts as
select
  s.account_id as _cq_id,
  null::text as _cq_parent_id,
  s.account_id,
  s.users,
  s.users_quota,
  s.groups,
  s.groups_quota,
  s.server_certificates,
  s.server_certificates_quota,
  s.user_policy_size_quota,
  s.group_policy_size_quota,
  s.groups_per_user_quota,
  s.signing_certificates_per_user_quota,
  s.access_keys_per_user_quota,
  s.mfa_devices,
  s.mfa_devices_in_use,
  s.account_mfa_enabled,
  s.account_access_keys_present > 0 as account_access_keys_present,
  s.account_signing_certificates_present > 0 as account_signing_certificates_present,
  s.attached_policies_per_group_quota,
  s.attached_policies_per_role_quota,
  s.attached_policies_per_user_quota,
  s.policies,
  s.policies_quota,
  s.policy_size_quota,
  s.policy_versions_in_use,
  s.policy_versions_in_use_quota,
  s.versions_per_policy_quota,
  s.global_endpoint_token_version,
  a.account_aliases as aliases
from
  aws_iam_account_summary as s
  left join aws_account as a on a.account_id = s.account_id;

create view aws_iam_password_policies as
select
  a.account_id as _cq_id,
  null::text as _cq_parent_id,
  a.account_id,
  coalesce(p.allow_users_to_change_password, false) as allow_users_to_change_password,
  coalesce(p.expire_passwords, false) as expire_passwords,
  p.hard_expiry,
  p.max_password_age,
  p.minimum_password_length,
  p.password_reuse_prevention,
  coalesce(p.require_lowercase_characters, false) as require_lowercase_characters,
  coalesce(p.require_numbers, false) as require_numbers,
  coalesce(p.require_symbols, false) as require_symbols,
  coalesce(p.require_uppercase_characters, false) as require_uppercase_characters,
  p.account_id is not null as policy_exists
from
  aws_account as a
  left join aws_iam_account_password_policy as p on p.account_id = a.account_id;

create view aws_iam_virtual_mfa_devices as
select
  serial_number as _cq_id,
  null::text as _cq_parent_id,
  account_id,
  serial_number,
  tags,
  enable_date,
  "user",
  null::text as base32_string_seed,
  null::text as qr_code_png
from
  aws_iam_virtual_mfa_device;

create view aws_iam_user_attached_policies as
select
  x.arn || '|' || p as _cq_id,
  x.arn as _cq_parent_id,
  x.account_id,
  x.arn as user_arn,
  x.user_id,
  p as policy_arn,
  regexp_replace(p, '^.*/', '') as policy_name
from
  aws_iam_user as x
  cross join jsonb_array_elements_text(x.attached_policy_arns) as p;

create view aws_iam_user_policies as
select
  x.arn || '|' || (p ->> 'PolicyName') as _cq_id,
  x.arn as _cq_parent_id,
  x.account_id,
  x.arn as user_arn,
  x.user_id,
  x.name as user_name,
  p ->> 'PolicyName' as policy_name,
  p -> 'PolicyDocument' as policy_document
from
  aws_iam_user as x
  cross join jsonb_array_elements(x.inline_policies) as p;

create view aws_iam_role_attached_policies as
select
  x.arn || '|' || p as _cq_id,
  x.arn as _cq_parent_id,
  x.account_id,
  x.arn as role_arn,
  p as policy_arn,
  regexp_replace(p, '^.*/', '') as policy_name
from
  aws_iam_role as x
  cross join jsonb_array_elements_text(x.attached_policy_arns) as p;

create view aws_iam_role_policies as
select
  x.arn || '|' || (p ->> 'PolicyName') as _cq_id,
  x.arn as _cq_parent_id,
  x.account_id,
  x.arn as role_arn,
  x.name as role_name,
  p ->> 'PolicyName' as policy_name,
  p -> 'PolicyDocument' as policy_document
from
  aws_iam_role as x
  cross join jsonb_array_elements(x.inline_policies) as p;

create view aws_iam_group_attached_policies as
select
  x.arn || '|' || p as _cq_id,
  x.arn as _cq_parent_id,
  x.account_id,
  x.arn as group_arn,
  p as policy_arn,
  regexp_replace(p, '^.*/', '') as policy_name
from
  aws_iam_group as x
  cross join jsonb_array_elements_text(x.attached_policy_arns) as p;

create view aws_iam_group_policies as
select
  x.arn || '|' || (p ->> 'PolicyName') as _cq_id,
  x.arn as _cq_parent_id,
  x.account_id,
  x.arn as group_arn,
  x.name as group_name,
  p ->> 'PolicyName' as policy_name,
  p -> 'PolicyDocument' as policy_document
from
  aws_iam_group as x
  cross join jsonb_array_elements(x.inline_policies) as p;

create view aws_iam_user_groups as
select
  x.arn as _cq_parent_id,
  x.account_id,
  x.arn as user_arn,
  x.user_id,
  g ->> 'Arn' as arn,
  (g ->> 'CreateDate')::timestamptz as create_date,
  g ->> 'GroupId' as group_id,
  g ->> 'GroupName' as group_name,
  g ->> 'Path' as path
from
  aws_iam_user as x
  cross join jsonb_array_elements(x.groups) as g;

create view aws_iam_server_certificates as
select
  arn as _cq_id,
  null::text as _cq_parent_id,
  account_id,
  server_certificate_id as id,
  server_certificate_id,
  arn,
  path,
  name as server_certificate_name,
  expiration,
  upload_date
from
  aws_iam_server_certificate;

create view aws_iam_roles as
select
  arn as _cq_id,
  null::text as _cq_parent_id,
  account_id,
  arn,
  role_id,
  role_id as id,
  name as role_name,
  path,
  create_date,
  description,
  max_session_duration,
  assume_role_policy as assume_role_policy_document,
  tags,
  case
    when permissions_boundary_arn is not null then jsonb_build_object(
      'PermissionsBoundaryArn', permissions_boundary_arn, 'PermissionsBoundaryType', permissions_boundary_type
    )
  end as permissions_boundary,
  jsonb_build_object('LastUsedDate', role_last_used_date, 'Region', role_last_used_region) as role_last_used
from
  aws_iam_role;

create view aws_iam_groups as
select
  arn as _cq_id,
  null::text as _cq_parent_id,
  account_id,
  arn,
  group_id,
  group_id as id,
  name as group_name,
  path,
  create_date
from
  aws_iam_group;

create view aws_iam_policies as
select
  arn as _cq_id,
  null::text as _cq_parent_id,
  account_id,
  policy_id,
  policy_id as id,
  arn,
  name as policy_name,
  path,
  description,
  attachment_count,
  create_date,
  update_date,
  default_version_id,
  is_attachable,
  permissions_boundary_usage_count,
  tags
from
  aws_iam_policy;

create view aws_iam_policy_default_versions as
select
  arn || '|' || default_version_id as _cq_id,
  arn as _cq_parent_id,
  account_id,
  arn as policy_arn,
  default_version_id as version_id,
  true as is_default_version,
  policy as document_json
from
  aws_iam_policy;

create view aws_iam_openid_connect_identity_providers as
select
  arn as _cq_id,
  null::text as _cq_parent_id,
  account_id,
  arn,
  url,
  client_id_list,
  thumbprint_list,
  create_date,
  tags
from
  aws_iam_open_id_connect_provider;

create view aws_iam_saml_identity_providers as
select
  arn as _cq_id,
  null::text as _cq_parent_id,
  account_id,
  arn,
  create_date,
  valid_until,
  saml_metadata_document,
  tags
from
  aws_iam_saml_provider;

create view aws_account_alternate_contacts as
select
  null::text as _cq_parent_id,
  account_id,
  contact_type as alternate_contact_type,
  email_address,
  name,
  phone_number,
  contact_title as title
from
  aws_account_alternate_contact;

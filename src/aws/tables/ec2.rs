//! `aws_ec2_instance`.

use super::Built;
use super::answers::{Answers, items, text};
use super::row::{RowBuilder, at};
use crate::aws::documents::{Document, Operation};
use crate::aws::shapes::Shapes;
use crate::inventory::Row;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{NaiveDateTime, SecondsFormat};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Columns with plain values, and where they are in an instance.
const PLAIN: &[(&str, &str)] = &[
    ("instance_id", "InstanceId"),
    ("instance_type", "InstanceType"),
    ("instance_state", "State.Name"),
    ("monitoring_state", "Monitoring.State"),
    ("ami_launch_index", "AmiLaunchIndex"),
    ("architecture", "Architecture"),
    ("boot_mode", "BootMode"),
    ("current_instance_boot_mode", "CurrentInstanceBootMode"),
    ("ipv6_address", "Ipv6Address"),
    ("capacity_reservation_id", "CapacityReservationId"),
    ("client_token", "ClientToken"),
    ("cpu_options_core_count", "CpuOptions.CoreCount"),
    ("cpu_options_threads_per_core", "CpuOptions.ThreadsPerCore"),
    ("ebs_optimized", "EbsOptimized"),
    ("ena_support", "EnaSupport"),
    ("hypervisor", "Hypervisor"),
    ("iam_instance_profile_arn", "IamInstanceProfile.Arn"),
    ("iam_instance_profile_id", "IamInstanceProfile.Id"),
    ("image_id", "ImageId"),
    ("instance_lifecycle", "InstanceLifecycle"),
    ("key_name", "KeyName"),
    ("launch_time", "LaunchTime"),
    ("outpost_arn", "OutpostArn"),
    ("placement_affinity", "Placement.Affinity"),
    ("placement_availability_zone", "Placement.AvailabilityZone"),
    ("placement_group_id", "Placement.GroupId"),
    ("placement_group_name", "Placement.GroupName"),
    ("placement_host_id", "Placement.HostId"),
    ("placement_host_resource_group_arn", "Placement.HostResourceGroupArn"),
    ("placement_partition_number", "Placement.PartitionNumber"),
    ("placement_tenancy", "Placement.Tenancy"),
    ("platform", "Platform"),
    ("platform_details", "PlatformDetails"),
    ("private_ip_address", "PrivateIpAddress"),
    ("private_dns_name", "PrivateDnsName"),
    ("public_dns_name", "PublicDnsName"),
    ("public_ip_address", "PublicIpAddress"),
    ("root_device_name", "RootDeviceName"),
    ("root_device_type", "RootDeviceType"),
    ("source_dest_check", "SourceDestCheck"),
    ("spot_instance_request_id", "SpotInstanceRequestId"),
    ("state_code", "State.Code"),
    ("state_transition_reason", "StateTransitionReason"),
    ("subnet_id", "SubnetId"),
    ("tpm_support", "TpmSupport"),
    ("usage_operation", "UsageOperation"),
    ("usage_operation_update_time", "UsageOperationUpdateTime"),
    ("virtualization_type", "VirtualizationType"),
    ("vpc_id", "VpcId"),
];

/// Columns with structures, which show absent members as null.
const STRUCTURES: &[(&str, &str)] = &[
    ("capacity_reservation_specification", "CapacityReservationSpecification"),
    ("block_device_mappings", "BlockDeviceMappings"),
    ("elastic_gpu_associations", "ElasticGpuAssociations"),
    ("elastic_inference_accelerator_associations", "ElasticInferenceAcceleratorAssociations"),
    ("enclave_options", "EnclaveOptions"),
    ("hibernation_options", "HibernationOptions"),
    ("state_reason", "StateReason"),
    ("licenses", "Licenses"),
    ("maintenance_options", "MaintenanceOptions"),
    ("metadata_options", "MetadataOptions"),
    ("network_interfaces", "NetworkInterfaces"),
    ("private_dns_name_options", "PrivateDnsNameOptions"),
    ("product_codes", "ProductCodes"),
    ("security_groups", "SecurityGroups"),
];

/// Columns from attributes, and where they are in an answer of `DescribeInstanceAttribute`.
const ATTRIBUTES: &[(&str, &str)] = &[
    ("disable_api_termination", "DisableApiTermination.Value"),
    ("instance_initiated_shutdown_behavior", "InstanceInitiatedShutdownBehavior.Value"),
    ("kernel_id", "KernelId.Value"),
    ("ram_disk_id", "RamdiskId.Value"),
    ("sriov_net_support", "SriovNetSupport.Value"),
];

/// Makes the rows.
pub fn build(answers: &Answers<'_>, built: &mut Built) {
    let documents = answers.of(Operation::DescribeInstances);
    if documents.is_empty() {
        return;
    }
    let details = Details::new(answers);
    let mut rows = Vec::new();
    for document in documents {
        for reservation in items(&document.body, "Reservations") {
            let owner = text(reservation, "OwnerId");
            rows.extend(items(reservation, "Instances").map(|i| row(answers, document, owner, i, &details)));
        }
    }
    built.put("aws_ec2_instance", Some(rows));
}

/// What other calls say about instances, by instance.
struct Details<'a> {
    attributes: BTreeMap<&'a str, Vec<&'a Value>>,
    statuses: BTreeMap<&'a str, &'a Value>,
    templates: BTreeMap<&'a str, Vec<&'a Value>>,
}

impl<'a> Details<'a> {
    fn new(answers: &Answers<'a>) -> Self {
        let statuses = answers.items(Operation::DescribeInstanceStatus, "InstanceStatuses");
        Self {
            attributes: answers.by_subject(Operation::DescribeInstanceAttribute, |body| text(body, "InstanceId")),
            statuses: statuses.into_iter().filter_map(|s| Some((text(s, "InstanceId")?, s))).collect(),
            templates: answers.by_subject(Operation::GetLaunchTemplateData, |_| None),
        }
    }
}

fn row(
    answers: &Answers<'_>,
    document: &Document,
    owner: Option<&str>,
    instance: &Value,
    details: &Details<'_>,
) -> Row {
    let shapes = Shapes::ec2();
    let id = text(instance, "InstanceId").unwrap_or_default();
    let zone = at(instance, "Placement.AvailabilityZone").and_then(Value::as_str);
    let region = document.region.as_deref().or_else(|| zone.map(region_of_zone));
    let mut row = RowBuilder::new(answers.scope, region).copy(instance, PLAIN);
    for (column, member) in STRUCTURES {
        let value = instance.get(*member);
        let filled = value.zip(shapes.kind_of("Instance", member)).map(|(value, kind)| shapes.fill(kind, value));
        row = row.put(column, filled);
    }
    for body in details.attributes.get(id).into_iter().flatten() {
        row = row.copy(body, ATTRIBUTES);
        let data = at(body, "UserData.Value").and_then(Value::as_str);
        row = row.text("user_data", data.map(decoded).as_deref());
    }
    if let Some(status) = details.statuses.get(id) {
        let kind = shapes.kind_of("DescribeInstanceStatusResult", "InstanceStatuses");
        let list = json!([status]);
        let filled = kind.map(|kind| shapes.fill(kind, &list));
        row = row.set("instance_status", filled.as_ref().and_then(|list| list.get(0)));
    }
    let template = details.templates.get(id).and_then(|bodies| bodies.first()).copied();
    let tags = instance.get("Tags");
    let name = items(instance, "Tags").find(|tag| text(tag, "Key") == Some("Name")).and_then(|tag| text(tag, "Value"));
    let account = if answers.scope.account_id.is_empty() { owner } else { Some(answers.scope.account_id.as_str()) };
    let arn = region
        .zip(account)
        .map(|(region, account)| format!("arn:{}:ec2:{region}:{account}:instance/{id}", answers.scope.partition));
    let reason = text(instance, "StateTransitionReason").unwrap_or_default();
    row.set("launch_template_data", template)
        .text("state_transition_time", transition_time(reason).as_deref())
        .text("arn", arn.as_deref())
        .text("title", Some(name.filter(|name| !name.is_empty()).unwrap_or(id)))
        .akas(arn.as_deref())
        .tags(tags)
        .done()
}

/// Returns the region that an answer of `DescribeInstances` is of: an export does not say, but zones are named after
/// their region.
pub fn region_of(document: &Document) -> Option<&str> {
    let reservations = items(&document.body, "Reservations");
    let mut instances = reservations.flat_map(|reservation| items(reservation, "Instances"));
    let mut zone = move || instances.find_map(|instance| at(instance, "Placement.AvailabilityZone")?.as_str());
    document.region.as_deref().or_else(|| zone().map(region_of_zone))
}

/// Returns the region of an availability zone (`eu-central-1a`) or local zone (`us-west-2-lax-1a`).
fn region_of_zone(zone: &str) -> &str {
    let mut digits = zone.char_indices().skip_while(|(_, c)| !c.is_ascii_digit());
    digits.find(|(_, c)| !c.is_ascii_digit()).and_then(|(end, _)| zone.get(..end)).unwrap_or(zone)
}

/// Decodes user data; what is not text stays as it is.
fn decoded(base64: &str) -> String {
    let bytes = STANDARD.decode(base64).ok();
    bytes.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_else(|| base64.to_string())
}

/// Reads the time in `User initiated (2024-01-02 03:04:05 GMT)`.
fn transition_time(reason: &str) -> Option<String> {
    let (_, rest) = reason.split_once('(')?;
    let (time, _) = rest.split_once(')')?;
    let time = NaiveDateTime::parse_from_str(time.trim_end_matches(" GMT"), "%Y-%m-%d %H:%M:%S").ok()?;
    Some(time.and_utc().to_rfc3339_opts(SecondsFormat::Secs, true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_and_times_are_read_from_text() {
        assert_eq!(region_of_zone("eu-central-1a"), "eu-central-1");
        assert_eq!(region_of_zone("us-west-2-lax-1a"), "us-west-2");
        assert_eq!(region_of_zone("ap-southeast-10b"), "ap-southeast-10");
        assert_eq!(
            transition_time("User initiated (2024-01-02 03:04:05 GMT)").as_deref(),
            Some("2024-01-02T03:04:05Z")
        );
        assert_eq!(transition_time(""), None);
    }
}

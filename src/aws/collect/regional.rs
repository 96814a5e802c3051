//! What is asked region by region: Access Analyzer's analyzers and EC2's instances.

use super::error::CollectError;
use super::json;
use super::plan::Need;
use super::session::Ask;
use super::work::Work;
use crate::aws::documents::Operation;
use crate::aws::failure::{ApiFailure, FailureKind};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Attributes of instances by need: EC2's name for each.
#[cfg(feature = "aws-ec2")]
const ATTRIBUTES: &[(Need, &str)] = &[
    (Need::InstanceTerminationProtection, "disableApiTermination"),
    (Need::InstanceShutdownBehavior, "instanceInitiatedShutdownBehavior"),
    (Need::InstanceKernel, "kernel"),
    (Need::InstanceRamdisk, "ramdisk"),
    (Need::InstanceSriov, "sriovNetSupport"),
    (Need::InstanceUserData, "userData"),
];

/// Whether regions are given by name, without wildcards.
pub fn are_named(patterns: &[String]) -> bool {
    !patterns.is_empty() && !patterns.iter().any(|pattern| pattern.contains(['*', '?']))
}

/// Whether a region matches a pattern with `*` and `?`.
fn matches(pattern: &str, region: &str) -> bool {
    let (pattern, region): (Vec<char>, Vec<char>) = (pattern.chars().collect(), region.chars().collect());
    // Row by row of the usual table: whether the pattern so far matches the first `n` characters.
    let mut row: Vec<bool> = (0..=region.len()).map(|n| n == 0).collect();
    for wanted in pattern {
        let mut next = vec![wanted == '*' && row.first() == Some(&true)];
        for (n, actual) in region.iter().enumerate() {
            let at = |row: &[bool], n: usize| row.get(n).copied().unwrap_or(false);
            next.push(match wanted {
                '*' => at(&row, n + 1) || at(&next, n),
                '?' => at(&row, n),
                _ => wanted == *actual && at(&row, n),
            });
        }
        row = next;
    }
    row.last() == Some(&true)
}

impl Work {
    /// Finds out the regions and asks in each of them.
    pub async fn regional_calls(self: &Arc<Self>) {
        let is_wanted = [Need::Regions, Need::Analyzers, Need::Instances].iter().any(|need| self.plan.wants(*need));
        if !is_wanted {
            return;
        }
        if self.plan.wants(Need::Regions) {
            self.describe_regions().await;
        }
        match self.choose_regions() {
            Ok(regions) => {
                // Chosen once.
                let _ = self.regions.set(regions);
            }
            Err(error) => return self.session.abort(error),
        }
        tokio::join!(self.analyzers(), self.instances());
    }

    /// Returns the enabled regions that the user wants.
    ///
    /// Where regions cannot be listed, only the default region is asked, and everything regional is incomplete.
    fn choose_regions(&self) -> Result<Vec<String>, CollectError> {
        let patterns = &self.options.regions;
        let mut status: BTreeMap<String, String> = BTreeMap::new();
        self.session.look(Operation::DescribeRegions, |answers| {
            let regions = answers.iter().filter_map(|(_, body)| body.get("Regions")?.as_array()).flatten();
            for region in regions {
                let text = |member: &str| region.get(member).and_then(Value::as_str).unwrap_or_default().to_string();
                status.insert(text("RegionName"), text("OptInStatus"));
            }
        });
        if status.is_empty() {
            if are_named(patterns) {
                let mut regions = patterns.clone();
                regions.sort();
                regions.dedup();
                return Ok(regions);
            }
            if self.outcomes(|o| o.is_complete(Need::Regions)) {
                let failure = ApiFailure::local(FailureKind::Other, "the answer has no regions");
                self.fail(Need::Regions, Ask::new(Operation::DescribeRegions), failure);
            }
            for need in [Need::Analyzers, Need::Instances] {
                if self.plan.wants(need) {
                    self.inherits_failure(need, &[Need::Regions]);
                }
            }
            return Ok(vec![self.session.clients.default_region.clone()]);
        }
        let enabled = status.iter().filter(|(_, opt_in)| *opt_in != "not-opted-in").map(|(name, _)| name.clone());
        let enabled: Vec<String> = enabled.collect();
        if patterns.is_empty() {
            return Ok(enabled);
        }
        for pattern in patterns {
            if !enabled.iter().any(|region| matches(pattern, region)) {
                let account_id = self.session.account_id().to_string();
                return Err(CollectError::NoSuchRegion { account_id, pattern: pattern.clone() });
            }
        }
        let is_wanted = |region: &String| patterns.iter().any(|pattern| matches(pattern, region));
        Ok(enabled.into_iter().filter(is_wanted).collect())
    }

    fn chosen_regions(&self) -> Vec<String> {
        self.regions.get().cloned().unwrap_or_default()
    }

    async fn analyzers(self: &Arc<Self>) {
        if !self.plan.wants(Need::Analyzers) {
            return;
        }
        self.each(self.chosen_regions(), |work, region| async move {
            let client = work.session.clients.access_analyzer(&region);
            let ask = Ask::new(Operation::ListAnalyzers).in_region(&region);
            work.pages(&[Need::Analyzers], ask, |token| async {
                let request = client.list_analyzers().max_results(100).set_next_token(token);
                let page = request.send().await.map_err(|e| ApiFailure::from_sdk(&e))?;
                Ok((json::analyzers(page.analyzers()), page.next_token))
            })
            .await;
        })
        .await;
    }

    #[cfg(not(feature = "aws-ec2"))]
    async fn instances(self: &Arc<Self>) {}

    /// Without EC2 the regions of the account are not known, which must not look like regions without anything.
    #[cfg(not(feature = "aws-ec2"))]
    async fn describe_regions(&self) {
        let reason = "this build of ironpipe cannot list regions (it was built without the feature `aws-ec2`); \
                      name them with --region";
        let failure = ApiFailure::local(FailureKind::Other, reason);
        self.fail(Need::Regions, Ask::new(Operation::DescribeRegions), failure);
    }

    #[cfg(feature = "aws-ec2")]
    async fn describe_regions(&self) {
        let client = self.session.clients.ec2(&self.session.clients.default_region);
        self.ask(Need::Regions, Ask::new(Operation::DescribeRegions), || {
            client.call("DescribeRegions", &[("AllRegions", "true")])
        })
        .await;
    }

    #[cfg(feature = "aws-ec2")]
    async fn instances(self: &Arc<Self>) {
        if !self.plan.wants(Need::Instances) {
            return;
        }
        self.each(self.chosen_regions(), |work, region| async move {
            let limit = ("MaxResults", "1000");
            work.ec2_pages(Need::Instances, Operation::DescribeInstances, &region, limit).await;
            if work.plan.wants(Need::InstanceStatus) {
                let all = ("IncludeAllInstances", "true");
                work.ec2_pages(Need::InstanceStatus, Operation::DescribeInstanceStatus, &region, all).await;
            }
        })
        .await;
        let attributes: Vec<(Need, &str)> =
            ATTRIBUTES.iter().copied().filter(|(need, _)| self.plan.wants(*need)).collect();
        let templates = self.plan.wants(Need::InstanceLaunchTemplate);
        for need in attributes.iter().map(|(need, _)| *need).chain([Need::InstanceStatus, Need::InstanceLaunchTemplate])
        {
            if self.plan.wants(need) {
                self.inherits_failure(need, &[Need::Instances]);
            }
        }
        if attributes.is_empty() && !templates {
            return;
        }
        let instances = self.instance_ids();
        self.session.announce(Operation::DescribeInstanceAttribute, instances.len() * attributes.len());
        self.each(instances, move |work, (region, id)| {
            let attributes = attributes.clone();
            async move { work.instance_details(&region, &id, &attributes, templates).await }
        })
        .await;
    }

    #[cfg(feature = "aws-ec2")]
    async fn instance_details(&self, region: &str, id: &str, attributes: &[(Need, &str)], templates: bool) {
        let client = self.session.clients.ec2(region);
        for (need, attribute) in attributes {
            let ask = Ask::new(Operation::DescribeInstanceAttribute).in_region(region).about(id);
            self.ask(*need, ask, || {
                let client = &client;
                async move {
                    let parameters = [("InstanceId", id), ("Attribute", *attribute)];
                    client.call("DescribeInstanceAttribute", &parameters).await
                }
            })
            .await;
        }
        if templates {
            let ask = Ask::new(Operation::GetLaunchTemplateData).in_region(region).about(id);
            self.ask(Need::InstanceLaunchTemplate, ask, || {
                let client = &client;
                async move { client.call("GetLaunchTemplateData", &[("InstanceId", id)]).await }
            })
            .await;
        }
    }

    #[cfg(feature = "aws-ec2")]
    async fn ec2_pages(&self, need: Need, operation: Operation, region: &str, parameter: (&str, &str)) {
        let client = self.session.clients.ec2(region);
        self.pages(&[need], Ask::new(operation).in_region(region), |token| {
            let client = &client;
            async move {
                let mut parameters = vec![parameter];
                parameters.extend(token.as_deref().map(|token| ("NextToken", token)));
                let mut body = client.call(operation.name(), &parameters).await?;
                let next = body.as_object_mut().and_then(|body| body.shift_remove("NextToken"));
                let next = next.as_ref().and_then(Value::as_str).filter(|token| !token.is_empty());
                Ok((body, next.map(str::to_string)))
            }
        })
        .await;
    }

    /// Returns all instances with their regions.
    #[cfg(feature = "aws-ec2")]
    fn instance_ids(&self) -> Vec<(String, String)> {
        let mut ids: Vec<(String, String)> = self.session.look(Operation::DescribeInstances, |answers| {
            let mut ids = Vec::new();
            for (region, body) in answers {
                let reservations = body.get("Reservations").and_then(Value::as_array).into_iter().flatten();
                let instances = reservations.filter_map(|r| r.get("Instances")?.as_array()).flatten();
                let named = instances
                    .filter_map(|i| Some(((*region)?.to_string(), i.get("InstanceId")?.as_str()?.to_string())));
                ids.extend(named);
            }
            ids
        });
        ids.sort();
        ids
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_match_whole_names() {
        let cases = [
            ("*", "us-east-1", true),
            ("us-*", "us-east-1", true),
            ("us-*", "eu-west-1", false),
            ("us-*-1", "us-gov-east-1", true),
            ("us-east-?", "us-east-1", true),
            ("us-east-?", "us-east-", false),
            ("us-east-1", "us-east-1", true),
            ("us-east", "us-east-1", false),
            ("", "us-east-1", false),
        ];
        for (pattern, region, expected) in cases {
            assert_eq!(matches(pattern, region), expected, "{pattern} {region}");
        }
        assert!(are_named(&["a".into()]) && !are_named(&["a*".into()]) && !are_named(&[]));
    }
}

//! Which account a file is of: what its ARNs say, else what the other files of its folder say.

use super::ExportError;
use crate::aws::documents::{Document, Operation};
use crate::aws::tables::{region_of, report_rows};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// An account with its partition; both empty where nothing tells.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Owner {
    /// The 12-digit account id.
    pub account_id: String,
    /// `aws`, `aws-cn`, `aws-us-gov`.
    pub partition: String,
}

/// Sorts documents by account.
pub fn by_owner(documents: Vec<Document>) -> Result<BTreeMap<Owner, Vec<Document>>, ExportError> {
    let mut owners: Vec<Option<Owner>> = documents.iter().map(owner).collect();
    name_partitions(&mut owners, &documents);
    let mut folders: BTreeMap<PathBuf, BTreeSet<Owner>> = BTreeMap::new();
    for (document, owner) in documents.iter().zip(&owners) {
        for folder in Path::new(&document.source).ancestors().skip(1) {
            folders.entry(folder.to_owned()).or_default().extend(owner.clone());
        }
    }
    let mut found: BTreeMap<Owner, Vec<Document>> = BTreeMap::new();
    for (document, owner) in documents.into_iter().zip(owners) {
        let owner = match owner {
            Some(owner) => owner,
            None => owner_of_folder(&document, &folders)?,
        };
        found.entry(owner).or_default().push(document);
    }
    Ok(found)
}

/// Gives accounts that are known by their id alone the partition that other documents tell, or else their region.
fn name_partitions(owners: &mut [Option<Owner>], documents: &[Document]) {
    let told = owners.iter().flatten().filter(|owner| !owner.partition.is_empty());
    let told: BTreeMap<String, String> = told.map(|o| (o.account_id.clone(), o.partition.clone())).collect();
    for (owner, document) in owners.iter_mut().zip(documents) {
        let Some(owner) = owner.as_mut().filter(|owner| owner.partition.is_empty()) else { continue };
        owner.partition = told.get(&owner.account_id).cloned().unwrap_or_else(|| {
            let region = region_of(document).unwrap_or_default();
            let special = [("cn-", "aws-cn"), ("us-gov-", "aws-us-gov")];
            special.iter().find(|(start, _)| region.starts_with(start)).map_or("aws", |(_, name)| name).to_string()
        });
    }
}

/// Asks the folders from the inside to the outside; the first that knows an account must know just one.
fn owner_of_folder(document: &Document, folders: &BTreeMap<PathBuf, BTreeSet<Owner>>) -> Result<Owner, ExportError> {
    let path = Path::new(&document.source);
    let known = path.ancestors().skip(1).filter_map(|folder| folders.get(folder)).find(|owners| !owners.is_empty());
    let Some(owners) = known else { return Ok(Owner::default()) };
    match owners.iter().collect::<Vec<_>>().as_slice() {
        [owner] => Ok((*owner).clone()),
        several => {
            let ids: Vec<&str> = several.iter().map(|owner| owner.account_id.as_str()).collect();
            let reason = format!(
                "nothing in it says which account it is of, and there are files of {}; put the files of each account \
                 into a folder of their own, with the output of `aws sts get-caller-identity`",
                ids.join(" and ")
            );
            Err(ExportError { path: path.to_owned(), line: None, reason })
        }
    }
}

/// Returns the account that a document itself names.
fn owner(document: &Document) -> Option<Owner> {
    match document.operation {
        // Names the account that manages the organization.
        Operation::DescribeOrganization => None,
        Operation::GetCredentialReport => report_rows(document)?.iter().find_map(|row| owner_in_arn(row.raw("arn")?)),
        _ => owner_in(&document.body),
    }
}

/// Finds the first ARN of the account among the members that hold a thing's own ARN.
fn owner_in(value: &Value) -> Option<Owner> {
    match value {
        Value::Array(list) => list.iter().find_map(owner_in),
        Value::Object(object) => {
            let own = ["Arn", "arn", "SerialNumber"].iter().find_map(|name| owner_in_arn(object.get(*name)?.as_str()?));
            let by_id = || {
                let id = object.get("OwnerId")?.as_str().filter(|id| is_account_id(id))?;
                Some(Owner { account_id: id.to_string(), partition: String::new() })
            };
            own.or_else(by_id).or_else(|| object.values().find_map(owner_in))
        }
        _ => None,
    }
}

fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.chars().all(|c| c.is_ascii_digit())
}

fn owner_in_arn(arn: &str) -> Option<Owner> {
    let mut parts = arn.splitn(6, ':');
    let (Some("arn"), Some(partition)) = (parts.next(), parts.next()) else { return None };
    let account_id = parts.nth(2).filter(|id| is_account_id(id))?;
    Some(Owner { account_id: account_id.to_string(), partition: partition.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::exports::recognise;

    /// The owners of instances that have nothing but the id of their owner.
    fn partition(zone: &str, others: &[(&str, &str)]) -> String {
        let instance = format!(
            r#"{{"Reservations": [{{"OwnerId": "111122223333", "Instances": [{{"InstanceId": "i", "Placement": {{"AvailabilityZone": "{zone}"}}}}]}}]}}"#
        );
        let files = std::iter::once(("i.json", instance.as_str())).chain(others.iter().copied());
        let documents = files.flat_map(|(name, text)| recognise(Path::new(name), text.as_bytes()).unwrap().unwrap());
        let owners = by_owner(documents.collect()).unwrap();
        assert_eq!(owners.len(), 1, "one account, one owner");
        owners.into_keys().next().unwrap().partition
    }

    #[test]
    fn an_id_alone_has_the_partition_of_its_region_or_of_the_other_files() {
        assert_eq!(partition("eu-central-1a", &[]), "aws");
        assert_eq!(partition("us-gov-west-1a", &[]), "aws-us-gov");
        assert_eq!(partition("cn-north-1b", &[]), "aws-cn");
        let user = r#"{"Users": [{"UserName": "a", "Arn": "arn:aws-us-gov:iam::111122223333:user/a"}]}"#;
        assert_eq!(partition("odd", &[("u.json", user)]), "aws-us-gov");
    }
}

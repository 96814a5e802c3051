//! XML answers of EC2 as JSON in the AWS CLI's shape.

use super::shapes::{Kind, Shapes};
use chrono::{DateTime, SecondsFormat, Utc};
use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::{Map, Number, Value};

/// An XML element without its attributes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Element {
    /// Its name without prefix.
    pub name: String,
    /// Its own text.
    pub text: String,
    /// The elements in it.
    pub children: Vec<Self>,
}

impl Element {
    /// Reads a whole document and returns its root.
    ///
    /// # Errors
    ///
    /// When the text is not XML, or ends before the root does.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(bytes).map_err(|e| e.to_string())?;
        let mut reader = Reader::from_str(text);
        let mut open: Vec<Self> = Vec::new();
        let mut root = None;
        loop {
            match reader.read_event().map_err(|e| e.to_string())? {
                Event::Start(tag) => {
                    open.push(Self { name: tag.local_name().as_ref().to_string(), ..Self::default() });
                }
                Event::Empty(tag) => {
                    let element = Self { name: tag.local_name().as_ref().to_string(), ..Self::default() };
                    close(&mut open, &mut root, element);
                }
                Event::End(_) => {
                    let element = open.pop().ok_or("an end tag without a start")?;
                    close(&mut open, &mut root, element);
                }
                Event::Text(part) => {
                    if let Some(element) = open.last_mut() {
                        element.text.push_str(&part);
                    }
                }
                Event::CData(part) => {
                    if let Some(element) = open.last_mut() {
                        element.text.push_str(&part);
                    }
                }
                Event::GeneralRef(reference) => {
                    let resolved = match reference.resolve_char_ref().map_err(|e| e.to_string())? {
                        Some(character) => character.to_string(),
                        None => {
                            let entity: &str = &reference;
                            quick_xml::escape::resolve_predefined_entity(entity)
                                .ok_or_else(|| format!("unknown entity `&{entity};`"))?
                                .to_string()
                        }
                    };
                    if let Some(element) = open.last_mut() {
                        element.text.push_str(&resolved);
                    }
                }
                Event::Eof => break,
                _ => {}
            }
        }
        if open.is_empty() { root.ok_or_else(|| "no root element".to_string()) } else { Err("the text is cut".into()) }
    }

    /// Finds the first element of a name, at any depth.
    pub fn find(&self, name: &str) -> Option<&Self> {
        if self.name == name {
            return Some(self);
        }
        self.children.iter().find_map(|child| child.find(name))
    }
}

fn close(open: &mut [Element], root: &mut Option<Element>, element: Element) {
    match open.last_mut() {
        Some(parent) => parent.children.push(element),
        None => *root = Some(element),
    }
}

impl Shapes {
    /// Turns the answer to an action into JSON.
    ///
    /// # Errors
    ///
    /// When the action is not known, the document is something else than its answer, or a value is not of its kind.
    pub fn answer(&self, action: &str, root: &Element) -> Result<Value, String> {
        // A proxy's page is XML too, and holds no instances either.
        if root.name.strip_suffix("Response") != Some(action) {
            return Err(format!("the document is `{}`", root.name));
        }
        let shape = match action {
            "DescribeInstanceAttribute" => "InstanceAttribute".to_string(),
            _ => format!("{action}Result"),
        };
        if self.members(&shape).is_none() {
            return Err(format!("no shape `{shape}`"));
        }
        self.structure(&shape, root)
    }

    /// Members that are not in the list are new; AWS adds some every month, and no column reads them.
    fn structure(&self, shape: &str, element: &Element) -> Result<Value, String> {
        let mut object = Map::new();
        let members = self.members(shape).ok_or_else(|| format!("no shape `{shape}`"))?;
        for child in &element.children {
            if let Some((member, kind)) = members.get(&child.name) {
                object.insert(member.clone(), self.value(kind, child)?);
            }
        }
        Ok(Value::Object(object))
    }

    fn value(&self, kind: &Kind, element: &Element) -> Result<Value, String> {
        let text = element.text.as_str();
        let wrong = |what: &str| format!("`{}` is not {what}: {text:?}", element.name);
        Ok(match kind {
            Kind::Text => Value::String(text.to_string()),
            Kind::Number => Value::Number(text.trim().parse::<Number>().map_err(|_| wrong("a number"))?),
            Kind::Bool => match text.trim() {
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                _ => return Err(wrong("a boolean")),
            },
            Kind::Time => {
                let time = DateTime::parse_from_rfc3339(text.trim()).map_err(|_| wrong("a time"))?;
                Value::String(time.with_timezone(&Utc).to_rfc3339_opts(SecondsFormat::AutoSi, true))
            }
            Kind::Shape(shape) => self.structure(shape, element)?,
            Kind::List(item) => {
                Value::Array(element.children.iter().map(|child| self.value(item, child)).collect::<Result<_, _>>()?)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const INSTANCES: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<DescribeInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
  <requestId>x</requestId>
  <reservationSet><item>
    <reservationId>r-1</reservationId><ownerId>123456789012</ownerId><groupSet/>
    <instancesSet><item>
      <instanceId>i-1</instanceId><instanceState><code>16</code><name>running</name></instanceState>
      <privateDnsName/><reason/><launchTime>2024-01-02T03:04:05.000Z</launchTime><ebsOptimized>false</ebsOptimized>
      <groupSet><item><groupId>sg-1</groupId><groupName>a &amp; b &#60;c&gt;</groupName></item></groupSet>
      <tagSet><item><key>k</key><value/></item></tagSet>
      <metadataOptions><httpTokens>required</httpTokens><httpPutResponseHopLimit>2</httpPutResponseHopLimit></metadataOptions>
      <somethingNew>1</somethingNew>
    </item></instancesSet>
  </item></reservationSet>
</DescribeInstancesResponse>"#;

    #[test]
    fn instances_have_the_shape_of_the_cli() {
        let root = Element::parse(INSTANCES.as_bytes()).unwrap();
        let expected = json!({"Reservations": [{
            "ReservationId": "r-1", "OwnerId": "123456789012", "Groups": [],
            "Instances": [{
                "InstanceId": "i-1", "State": {"Code": 16, "Name": "running"}, "PrivateDnsName": "",
                "StateTransitionReason": "", "LaunchTime": "2024-01-02T03:04:05Z", "EbsOptimized": false,
                "SecurityGroups": [{"GroupId": "sg-1", "GroupName": "a & b <c>"}],
                "Tags": [{"Key": "k", "Value": ""}],
                "MetadataOptions": {"HttpTokens": "required", "HttpPutResponseHopLimit": 2},
            }],
        }]});
        assert_eq!(Shapes::ec2().answer("DescribeInstances", &root).unwrap(), expected);
    }

    #[test]
    fn a_cut_document_is_an_error_wherever_it_ends() {
        for cut in 0..INSTANCES.len() {
            assert!(Element::parse(&INSTANCES.as_bytes()[..cut]).is_err(), "{cut}");
        }
    }

    #[test]
    fn another_document_is_no_answer_without_instances() {
        for text in ["<html><body/></html>", "<DescribeRegionsResponse/>", "<Response/>"] {
            let root = Element::parse(text.as_bytes()).unwrap();
            let error = Shapes::ec2().answer("DescribeInstances", &root).unwrap_err();
            assert!(error.starts_with("the document is `"), "{error}");
        }
    }

    #[test]
    fn a_value_of_the_wrong_kind_is_an_error() {
        let text = INSTANCES.replace(">16<", ">sixteen<");
        let root = Element::parse(text.as_bytes()).unwrap();
        let error = Shapes::ec2().answer("DescribeInstances", &root).unwrap_err();
        assert!(error.contains("`code` is not a number"), "{error}");
    }
}

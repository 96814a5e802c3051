//! Formats against their published schemas, of which `tests/fixtures/schemas` holds the names, types and numbers.

use crate::hostile::hostile;
use crate::runs::{sample_run, text_of};
use ironpipe::report::Format;
use serde_json::Value;

fn faults(schema: &str, document: &Value) -> Vec<String> {
    let schema: Value = serde_json::from_str(schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    validator.iter_errors(document).map(|e| format!("{}: {e}", e.instance_path())).collect()
}

#[test]
fn sarif() {
    let schema = include_str!("../fixtures/schemas/sarif_2.1.0.json");
    for run in [sample_run(), hostile()] {
        let mut document: Value = serde_json::from_str(&text_of(&run, Format::Sarif, 100)).unwrap();
        assert_eq!(faults(schema, &document), [""; 0]);
        document["runs"][0]["results"][0]["level"] = "fatal".into();
        assert_eq!(faults(schema, &document).len(), 1);
    }
}

#[test]
fn ocsf() {
    let schema = include_str!("../fixtures/schemas/ocsf_1.3.0_2003.json");
    for run in [sample_run(), hostile()] {
        for line in text_of(&run, Format::Ocsf, 100).lines() {
            let mut event: Value = serde_json::from_str(line).unwrap();
            assert_eq!(faults(schema, &event), [""; 0]);
            event["compliance"].as_object_mut().unwrap().remove("standards");
            assert_eq!(faults(schema, &event).len(), 1);
        }
    }
}

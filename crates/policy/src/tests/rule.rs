//! A rule that the file does not know yet is its fields alone: the reader, what errors say, and the
//! JSON Schema follow from them.

use ecr_sweep_core::policy::{FieldSpec, Form, Kind, Value, Values};

use crate::field::{Field, Problems};
use crate::format::further_in;
use crate::{schema, walk, yaml};

const SMALLER_THAN: Form = Form::new(&[
    FieldSpec::new("bytes", Kind::Count { most: 1_000 }, "Smaller than so much.").required(),
    FieldSpec::new("unit", Kind::Word(&["image", "layer"]), "Of what.").default_to("image"),
])
.or_short("bytes", Kind::Count { most: 1_000 });

const KEEP: Form =
    Form::new(&[FieldSpec::new("smaller_than", Kind::Form(&SMALLER_THAN), "Keeps small images.")]);

fn read(text: &str) -> Result<Values, String> {
    let problems = Problems::of(text);
    let node = yaml::read(&problems).unwrap();
    let values = walk::read_form(Field::root(&problems, &node), &KEEP);
    match problems.into_parts().0.first() {
        Some(error) => Err(error.to_string()),
        None => Ok(values.unwrap()),
    }
}

#[test]
fn it_is_read_in_both_forms() {
    let bytes = Values::default().with("bytes", 7_u64);
    let expected = |values: Values| Ok(Values::default().with("smaller_than", values));
    assert_eq!(read("smaller_than: 7"), expected(bytes.clone()));
    assert_eq!(
        read("smaller_than: { bytes: 7, unit: layer }"),
        expected(bytes.with("unit", Value::Word("layer")))
    );
}

#[test]
fn what_is_wrong_with_it_is_told_in_its_words() {
    for (text, error) in [
        (
            "smaler_than: 7",
            "1:1: there is no setting `smaler_than` here; expected `smaller_than`; did you mean `smaller_than`?",
        ),
        (
            "smaller_than: { unit: layer }",
            "1:1: `bytes` is missing; expected a whole number, 0 or more",
        ),
        (
            "smaller_than: { bytes: 7, unit: layr }",
            "1:33: `layr` is none of the words that go here; expected `image` or `layer`; did you mean `layer`?",
        ),
        ("smaller_than: 1001", "1:15: `1001` is too large; expected a whole number, 0 or more"),
        (
            "bytes: 7",
            "1:1: there is no setting `bytes` here; expected `smaller_than`; did you mean `smaller_than.bytes`?",
        ),
    ] {
        assert_eq!(read(text), Err(error.to_owned()), "{text}");
    }
    assert_eq!(further_in(&KEEP, "unit").as_deref(), Some("smaller_than.unit"));
}

#[test]
fn its_schema_is_its_fields() {
    let expected = serde_json::json!({
        "description": "Keeps small images.",
        "anyOf": [
            { "type": "integer", "minimum": 0, "maximum": 1_000 },
            {
                "description": "",
                "type": "object",
                "additionalProperties": false,
                "required": ["bytes"],
                "properties": {
                    "bytes": {
                        "type": "integer", "minimum": 0, "maximum": 1_000,
                        "description": "Smaller than so much."
                    },
                    "unit": { "enum": ["image", "layer"], "default": "image", "description": "Of what." }
                }
            }
        ]
    });
    assert_eq!(schema::property(&KEEP.fields[0]), expected);
}

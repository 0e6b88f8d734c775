//! YAML as the values of JSON.

use saphyr::{LoadableYamlNode as _, Scalar, Yaml};
use serde_json::{Map, Value};

/// The first document of a text.
pub(super) fn read(text: &str) -> Result<Value, String> {
    let documents = Yaml::load_from_str(text).map_err(|error| error.info().to_owned())?;
    match documents.first() {
        Some(document) => value(document),
        None => Err("it is empty".to_owned()),
    }
}

fn value(yaml: &Yaml<'_>) -> Result<Value, String> {
    Ok(match yaml {
        Yaml::Value(Scalar::Null) => Value::Null,
        Yaml::Value(Scalar::Boolean(it)) => (*it).into(),
        Yaml::Value(Scalar::Integer(it)) => (*it).into(),
        Yaml::Value(Scalar::FloatingPoint(it)) => it.into_inner().into(),
        Yaml::Value(Scalar::String(it)) | Yaml::Representation(it, ..) => it.as_ref().into(),
        Yaml::Tagged(_, it) => value(it)?,
        Yaml::Sequence(items) => Value::Array(items.iter().map(value).collect::<Result<_, _>>()?),
        Yaml::Mapping(entries) => {
            let entry = |(key, it): (&Yaml<'_>, &Yaml<'_>)| match key.as_str() {
                Some(key) => Ok((key.to_owned(), value(it)?)),
                None => Err("a key is no text".to_owned()),
            };
            Value::Object(entries.iter().map(entry).collect::<Result<Map<_, _>, _>>()?)
        }
        _ => return Err("it has an alias, or something that cannot be read".to_owned()),
    })
}

//! How workloads are described.

use std::borrow::Cow;

use ecr_sweep_core::{Account, Region, ResourceList};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value};

use super::{Resource, Workloads, sources};

impl JsonSchema for Workloads {
    fn schema_name() -> Cow<'static, str> {
        "Workloads".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let regions = generator.subschema_for::<Vec<Region>>();
        let (account, region) =
            (generator.subschema_for::<Account>(), generator.subschema_for::<Region>());
        let mut properties = Map::from_iter([("regions".to_owned(), regions.to_value())]);
        let what =
            "The Regions that every account has enabled; those that the snapshot names, if empty";
        describe(&mut properties["regions"], what);
        for source in sources() {
            let resources = generator.subschema_for::<Vec<Resource>>().to_value();
            let list = |ResourceList { name, operation, members, .. }: &ResourceList| {
                let mut list = resources.clone();
                describe(&mut list, &format!("As `{operation}` shows them: {members}"));
                ((*name).to_owned(), list)
            };
            let mut fields: Map<String, Value> =
                source.facts().workloads.iter().map(list).collect();
            fields.insert("account".to_owned(), account.clone().to_value());
            fields.insert("region".to_owned(), region.clone().to_value());
            let place = json_schema!({
                "type": "object",
                "properties": fields,
                "required": ["account", "region"],
                "additionalProperties": false
            });
            let places = json_schema!({
                "description": format!("{} One entry an account and Region", source.sentence()),
                "type": "array",
                "items": place
            });
            properties.insert(source.as_str().to_owned(), places.to_value());
        }
        json_schema!({
            "description": "What runs in the organization. For the simulator alone: the planner reads `usage`",
            "type": "object",
            "properties": properties,
            "additionalProperties": false
        })
    }
}

fn describe(schema: &mut Value, description: &str) {
    if let Value::Object(schema) = schema {
        schema.insert("description".to_owned(), description.into());
    }
}

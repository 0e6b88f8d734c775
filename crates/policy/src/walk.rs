//! Reads the tree by the tables of the format.

use std::collections::BTreeMap;

use ecr_sweep_core::policy::{FieldSpec, Form, Kind, Presence, Value, Values};
use ecr_sweep_core::{NotAnAlias, check_alias, is_same_alias};

use super::check;
use super::field::Field;
use super::format::names;
use super::impossible;
use super::problem::Complaint;
use super::value::{CHANNEL, PATTERN, REGISTRY, channel, pattern, phrase, registry_path, scalar};
use super::word::one_of;

const ALIASES: &str = "hosts, or hosts with a path, each with the ECR registry that it stands for";
const OWNERS: &str = "values of the tag, each with the channel of whom it names";
const TAGS: &str = "tags of the repository, each with a pattern over its value";

/// The fields of a mapping that are there and can be read, or what stands for it in short.
pub(super) fn read_form(own: Field<'_, '_>, form: &Form) -> Option<Values> {
    let expected = form.expected.map_or_else(|| one_of(&names(form)), str::to_owned);
    if let Some(short) = form.short
        && !own.is_mapping()
    {
        let value = read_scalar(&own, &short.kind, &expected)?;
        return Some(Values::default().with(short.name, value));
    }
    let fields = own.fields(form, &expected)?;
    if let Some(least) = form.least {
        let is_there = |name: &&&str| fields.get(name).is_some();
        let there = least.of.iter().filter(is_there).count();
        // A key that is not known may be one of them, misspelled, and is told already.
        if there == 0 && fields.are_known(form) || least.is_one_alone && there > 1 {
            let expected = least.expected.map_or_else(|| one_of(least.of), str::to_owned);
            fields.own().refuse_name(Complaint::new(least.message, expected));
        }
    }
    let mut values = Values::default();
    for spec in form.fields {
        let field = match spec.presence {
            Presence::Required(missing) => {
                let missing =
                    missing.or(spec.expected).map_or_else(|| phrase(&spec.kind), Into::into);
                fields.require(spec.name, &missing)
            }
            Presence::Optional | Presence::Default(_) => fields.get(spec.name),
        };
        if let Some(value) = field.and_then(|field| read_value(field, spec)) {
            values = values.with(spec.name, value);
        }
    }
    check::fields(&fields, &values);
    Some(values)
}

fn read_value(field: Field<'_, '_>, spec: &FieldSpec) -> Option<Value> {
    let expected = spec.expected.map_or_else(|| phrase(&spec.kind), Into::into);
    match &spec.kind {
        Kind::Version => None,
        Kind::Form(form) => read_form(field, form).map(Value::Form),
        Kind::OneOrMore(Kind::Form(form)) if !field.is_list() => {
            read_form(field, form).map(Value::Form)
        }
        Kind::List(Kind::Form(form)) | Kind::OneOrMore(Kind::Form(form)) => {
            let items = field.items(&expected).into_iter();
            Some(Value::List(
                items.filter_map(|item| read_form(item, form)).map(Value::Form).collect(),
            ))
        }
        Kind::OneOrMore(kind) if field.is_scalar() => read_scalar(&field, kind, &expected),
        Kind::List(kind) | Kind::OneOrMore(kind) => {
            let items = field.items(&format!("a list: {expected}")).into_iter();
            Some(Value::List(
                items.filter_map(|item| read_scalar(&item, kind, &expected)).collect(),
            ))
        }
        Kind::TagPatterns => Some(Value::Map(tag_patterns(&field))),
        Kind::Aliases => Some(Value::Map(aliases(&field))),
        Kind::Owners => Some(Value::Map(owners(&field))),
        kind => read_scalar(&field, kind, &expected),
    }
}

fn read_scalar(field: &Field<'_, '_>, kind: &Kind, expected: &str) -> Option<Value> {
    let value = field.scalar(expected, |text| scalar(kind, text, expected))?;
    if matches!(kind, Kind::HowMany) && value == Value::Count(0) {
        field.warn("the 0 newest are none: this rule keeps nothing".to_owned());
    }
    impossible::pattern(field, &value);
    Some(value)
}

fn tag_patterns(field: &Field<'_, '_>) -> BTreeMap<Box<str>, Value> {
    let entries = field.entries(TAGS);
    if entries.is_empty() && field.is_mapping() {
        field.refuse(Complaint::new("an empty mapping says nothing", TAGS));
    }
    let read = |(key, value): (&str, Field<'_, '_>)| {
        Some((key.into(), value.scalar(PATTERN, pattern)?.into()))
    };
    entries.into_iter().filter_map(read).collect()
}

fn owners(field: &Field<'_, '_>) -> BTreeMap<Box<str>, Value> {
    let entries = field.entries(OWNERS);
    if entries.is_empty() && field.is_mapping() {
        field.refuse(Complaint::new("an empty mapping says nothing", OWNERS));
    }
    let read = |(key, value): (&str, Field<'_, '_>)| {
        Some((key.into(), value.scalar(CHANNEL, channel)?.into()))
    };
    entries.into_iter().filter_map(read).collect()
}

fn aliases(field: &Field<'_, '_>) -> BTreeMap<Box<str>, Value> {
    let mut aliases: BTreeMap<Box<str>, Value> = BTreeMap::new();
    for (alias, registry) in field.entries(ALIASES) {
        if let Err(problem) = check_alias(alias) {
            let bare = alias.split_once("://").map_or(alias, |(_, rest)| rest);
            let bare = bare.trim_end_matches('/');
            let suggestion = Some(bare).filter(|bare| check_alias(bare).is_ok());
            let expected = match problem {
                NotAnAlias::Malformed => {
                    "one such as `registry.example.com` or `docker.io/library`"
                }
                NotAnAlias::OfEcr => "the host of a mirror or proxy",
            };
            registry.refuse_name(Complaint::new(problem.to_string(), expected).suggest(suggestion));
        } else if let Some(other) = aliases.keys().find(|other| is_same_alias(other, alias)) {
            let message = format!("this is the same as `{other}`");
            registry.refuse_name(Complaint::new(message, "each name once"));
        }
        if let Some(registry) = registry.scalar(REGISTRY, registry_path) {
            aliases.insert(alias.into(), registry.into());
        }
    }
    aliases
}

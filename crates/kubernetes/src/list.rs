//! Lists: every object of one resource.

use std::io::BufReader;
use std::sync::Arc;

use ecr_sweep_core::Aliases;
use serde::de::DeserializeSeed as _;
use serde_json::error::Category;

use crate::connection::Connection;
use crate::discovery::Resource;
use crate::error::{KubernetesError, KubernetesErrorKind};
use crate::found::Gathered;
use crate::object::{Page, PageSeed};
use crate::scan::ScanOptions;
use crate::stream::{Reader, read_body};

/// Where people choose the names of fields.
const OF_NAMED_FIELDS: (&str, &str) = ("", "configmaps");

/// How often a page is asked for that breaks off while it comes in.
const TRIES: u32 = 3;

/// How often a list begins again by pages, before it is read as one.
const RESTARTS: u64 = 2;

/// What a list gave.
#[derive(Debug)]
pub(crate) struct Listed {
    pub(crate) gathered: Gathered,
    pub(crate) pages: u64,
    /// How often it began again, because its pages had expired.
    pub(crate) restarts: u64,
}

/// Reads every object of a resource, page by page. Pages that have expired begin again; if they do
/// so again and again, the list is read as one, which cannot expire.
///
/// <https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks>
pub(crate) async fn list_all(
    connection: &Connection,
    resource: &Resource,
    aliases: Arc<Aliases>,
    options: &ScanOptions,
) -> Result<Listed, KubernetesError> {
    let mut listed = Listed { gathered: Gathered::new(aliases), pages: 0, restarts: 0 };
    let mut next: Option<Box<str>> = None;
    loop {
        if options.has_no_time_left() {
            let kind = KubernetesErrorKind::OutOfTime;
            return Err(KubernetesError::new(&resource.path(), kind));
        }
        let limit = (listed.restarts <= RESTARTS).then_some(options.page_size);
        let read;
        (listed, read) = read_page(connection, resource, limit, next.as_deref(), listed).await;
        match read {
            Ok(Page { next: None, .. }) => return Ok(listed),
            Ok(page) if page.next == next => {
                let problem = "the next page is the same one";
                return Err(KubernetesError::unreadable(&resource.path(), problem));
            }
            Ok(page) => next = page.next,
            Err(error) if error.kind == KubernetesErrorKind::Expired && next.is_some() => {
                tracing::debug!(path = resource.path(), "the pages have expired");
                listed.restarts += 1;
                next = None;
            }
            Err(error) => return Err(error.about(resource)),
        }
    }
}

async fn read_page(
    connection: &Connection,
    resource: &Resource,
    limit: Option<u32>,
    next: Option<&str>,
    mut listed: Listed,
) -> (Listed, Result<Page, KubernetesError>) {
    let path = resource.path();
    let address = with_parameters(&path, limit, next);
    let has_images = (&*resource.group, &*resource.plural) != OF_NAMED_FIELDS;
    let mut attempt = 1;
    loop {
        listed.pages += 1;
        let body = match connection.get(&address).await {
            Ok(body) => body,
            Err(error) => return (listed, Err(KubernetesError { path: path.into(), ..error })),
        };
        let aliases = listed.gathered.aliases.clone();
        let mut gathered = std::mem::replace(&mut listed.gathered, Gathered::new(aliases));
        let reading = read_body(body, move |reader| {
            let page = read(reader, &mut gathered, has_images);
            gathered.drop_object();
            (gathered, page)
        });
        let page = match reading.await {
            Ok((gathered, page)) => {
                listed.gathered = gathered;
                page
            }
            Err(error) => {
                let kind = KubernetesErrorKind::Unreadable;
                return (listed, Err(KubernetesError::new(&path, kind).because(error)));
            }
        };
        match page {
            Ok(page) if page.is_list && page.has_items => return (listed, Ok(page)),
            Err(error) if broke_off(&error) && attempt < TRIES => attempt += 1,
            Err(error) if broke_off(&error) => {
                let kind = KubernetesErrorKind::Unavailable;
                return (listed, Err(KubernetesError::new(&path, kind).because(error)));
            }
            // What the error says of the value may be a secret.
            Err(error) => {
                let at = format!("line {}, column {}", error.line(), error.column());
                let problem = format!("it is no list of objects that have names ({at})");
                return (listed, Err(KubernetesError::unreadable(&path, problem)));
            }
            Ok(_) => {
                let problem = "it is no list, or has no `items`";
                return (listed, Err(KubernetesError::unreadable(&path, problem)));
            }
        }
    }
}

fn read(
    reader: Reader,
    gathered: &mut Gathered,
    has_images: bool,
) -> Result<Page, serde_json::Error> {
    let mut from = serde_json::Deserializer::from_reader(BufReader::new(reader));
    let page = PageSeed { gathered, has_images }.deserialize(&mut from)?;
    from.end()?;
    Ok(page)
}

fn broke_off(error: &serde_json::Error) -> bool {
    matches!(error.classify(), Category::Io | Category::Eof)
}

fn with_parameters(path: &str, limit: Option<u32>, next: Option<&str>) -> String {
    let limit = limit.map(|limit| format!("limit={limit}"));
    let next = next.map(|next| format!("continue={}", in_query(next)));
    let parameters: Vec<String> = limit.into_iter().chain(next).collect();
    if parameters.is_empty() { path.to_owned() } else { format!("{path}?{}", parameters.join("&")) }
}

/// The token in the spelling of a query: it is opaque.
fn in_query(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

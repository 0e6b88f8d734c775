//! Task definitions: the ACTIVE revisions of every family, and whatever anything names besides.

use std::cmp::max;
use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;

use aws_sdk_ecs::types::{self as sdk, TaskDefinitionStatus as SdkStatus};
use ecr_sweep_core::{Policy, TaskDefinitionStatus};
use futures::channel::mpsc::{self, UnboundedSender};
use futures::{Stream, StreamExt, try_join};
use serde::{Deserialize, Serialize};

use super::clients::Rated;
use super::memory::Memory;
use super::reader::{NAMES_A_PAGE, Reader};
use super::shapes::{ContainerDefinition, TaskDefinition};
use crate::call::Call;
use crate::concurrently::hand_on;
use crate::paging::{Page, each_page};
use crate::sources::cache::{Read, ReadOnce, one_by_one};
use crate::sources::probe::first_found;
use crate::sources::{Found, Scan, ScanError, to_its_end};
use crate::{AwsError, AwsErrorKind};

/// The code of a revision that does not exist (any more); ECS has none that says only that.
const NO_SUCH_REVISION: &str = "ClientException";

/// What a resource names.
pub(super) struct Named {
    pub(super) definition: Box<str>,
    /// Whether its images have to be known. A task says its images itself: the revision that it
    /// names may be gone.
    pub(super) is_needed: bool,
}

/// The revisions that were read, by the name under which they were asked for.
#[derive(Debug, Default)]
pub(super) struct Definitions {
    pub(super) by_name: BTreeMap<Box<str>, TaskDefinition>,
    /// Those that are read because they are ACTIVE, in whatever family.
    pub(super) active: BTreeSet<Box<str>>,
}

/// What of a revision never changes. Its status does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Unchanging {
    family: Box<str>,
    revision: u32,
    containers: Vec<ContainerDefinition>,
}

/// A revision, and whether it is among those that are listed as ACTIVE.
pub(super) struct Revision {
    name: Box<str>,
    is_active: bool,
}

/// What came of describing a revision.
pub(super) enum Described {
    There(TaskDefinition),
    /// It does not exist, as this error says.
    Gone(AwsError),
}

/// Describes revisions. Their images never change, but their status does.
pub(super) struct TaskDefinitions<'a>(&'a Reader<'a>);

impl ReadOnce for TaskDefinitions<'_> {
    type Item = Revision;
    type Value = Described;
    type Kept = Unchanging;

    const NAME: &'static str = "ecs-task-definitions";

    fn key<'i>(&self, revision: &'i Revision) -> &'i str {
        &revision.name
    }

    /// The list tells the status, so only what is in it need not be described.
    fn recall(&self, revision: &Revision, known: &Unchanging) -> Option<Described> {
        revision.is_active.then(|| Described::There(known.clone().active(revision.name.clone())))
    }

    fn keep(&self, revision: &Revision, described: &Described) -> Option<Unchanging> {
        match described {
            Described::There(definition) if revision.is_active => Some(definition.into()),
            _ => None,
        }
    }

    async fn read(&self, revisions: Vec<Revision>) -> Read<Self> {
        let read = async |revision: Revision| {
            let described = self.0.describe(&revision.name).await?;
            Ok(Some((revision, described)))
        };
        one_by_one(revisions, read).await
    }
}

/// How many revisions of each family the policy needs: as many as it says, and as its rules count.
fn revisions_to_read(policy: &Policy) -> Option<u32> {
    let needed = policy.needs().task_definition_revisions;
    policy.usage.task_definition_revisions.map(|setting| max(setting, needed))
}

impl Reader<'_> {
    /// Reads the revisions that count: of each family the newest ACTIVE ones, as many as the
    /// policy needs, and all that are named.
    ///
    /// The list can only be paged in order: what a page has is described meanwhile. What is not in
    /// it is known when it has come to its end, and described then.
    pub(super) async fn definitions<'r>(
        &'r self,
        scan: &Scan<'_>,
        memory: &Memory<'r>,
        named: impl Stream<Item = Named>,
    ) -> Result<Definitions, ScanError> {
        let (to_read, revisions) = mpsc::unbounded();
        let mut definitions = Definitions::default();
        let mut gone = BTreeMap::new();
        let naming = async move { self.name_definitions(scan.policy, named, &to_read).await };
        let reader = TaskDefinitions(self);
        let reading =
            memory.definitions.read_through(scan, &reader, revisions, |revision, described| {
                match described {
                    Described::There(definition) => {
                        definitions.by_name.insert(revision.name, definition);
                    }
                    Described::Gone(error) => {
                        gone.insert(revision.name, error);
                    }
                }
            });
        let (naming, reading) = try_join!(to_its_end(naming), to_its_end(reading))?;
        let (newest, needed) = naming?;
        reading?;
        if let Some((_, error)) =
            gone.into_iter().find(|(name, _)| newest.contains(name) || needed.contains(name))
        {
            return Err(error.into());
        }
        definitions.active = newest;
        Ok(definitions)
    }

    /// Names the revisions to read, and says which of them have to be there: the newest, and those
    /// whose images have to be known.
    async fn name_definitions(
        &self,
        policy: &Policy,
        named: impl Stream<Item = Named>,
        to_read: &UnboundedSender<Revision>,
    ) -> Result<(BTreeSet<Box<str>>, BTreeSet<Box<str>>), ScanError> {
        let limit = revisions_to_read(policy);
        let mut active = BTreeSet::new();
        self.active(|name| {
            if limit.is_none() {
                hand_on(to_read, Revision { name: name.clone(), is_active: true });
            }
            active.insert(name);
        })
        .await?;
        let newest = newest(&self.call("ListTaskDefinitions"), &active, limit)?;
        for name in newest.iter().filter(|_| limit.is_some()).cloned() {
            hand_on(to_read, Revision { name, is_active: true });
        }
        let mut needed = BTreeSet::new();
        let mut named = pin!(named);
        while let Some(Named { definition, is_needed }) = named.next().await {
            if is_needed {
                needed.insert(definition.clone());
            }
            let is_active = active.contains(&definition);
            hand_on(to_read, Revision { name: definition, is_active });
        }
        Ok((newest, needed))
    }

    async fn active(&self, mut found: impl FnMut(Box<str>)) -> Result<(), AwsError> {
        let call = &self.call("ListTaskDefinitions");
        let page = |token| self.page_of_active(call, token);
        each_page(call, page, |arns| arns.into_iter().for_each(&mut found)).await
    }

    /// The first ACTIVE revisions, if there are any: what they are made of is not looked at.
    pub(super) async fn first_definitions(&self) -> Result<Option<Found>, ScanError> {
        let call = &self.call("ListTaskDefinitions");
        Ok(first_found(call, |token| self.page_of_active(call, token)).await?)
    }

    /// The ARNs of a page of ACTIVE revisions.
    async fn page_of_active(
        &self,
        call: &Call<'_>,
        token: Option<String>,
    ) -> Result<Page<Box<str>>, AwsError> {
        let list = self
            .client(Rated::Definitions)
            .list_task_definitions()
            .status(SdkStatus::Active)
            .max_results(NAMES_A_PAGE)
            .set_next_token(token);
        let page = list.send().await.map_err(|error| call.failed(error))?;
        let arns = call.sent("taskDefinitionArns", page.task_definition_arns)?;
        Ok(Page { items: arns.into_iter().map(Into::into).collect(), next: page.next_token })
    }

    async fn describe(&self, name: &str) -> Result<Described, AwsError> {
        let call = &self.call("DescribeTaskDefinition").about(name);
        let answer = self
            .client(Rated::Definitions)
            .describe_task_definition()
            .task_definition(name)
            .send()
            .await;
        let answer = match answer.map_err(|error| call.failed(error)) {
            Err(error)
                if error.kind == AwsErrorKind::InvalidRequest
                    && error.code() == Some(NO_SUCH_REVISION) =>
            {
                return Ok(Described::Gone(error));
            }
            answer => answer?,
        };
        let definition = read(call, call.sent("taskDefinition", answer.task_definition())?)?;
        if !definition.is_named(name) {
            let other = &definition.task_definition_arn;
            return Err(call.unreadable(format!("it describes `{other}`")));
        }
        Ok(Described::There(definition))
    }
}

/// The newest revisions of each family, as many as there may be.
fn newest(
    call: &Call<'_>,
    active: &BTreeSet<Box<str>>,
    revisions: Option<u32>,
) -> Result<BTreeSet<Box<str>>, AwsError> {
    let Some(revisions) = revisions else { return Ok(active.clone()) };
    let mut families: BTreeMap<&str, Vec<(u32, &Box<str>)>> = BTreeMap::new();
    for arn in active {
        let (family, revision) = family_and_revision(arn)
            .ok_or_else(|| call.unreadable(format!("`{arn}` is no task definition's ARN")))?;
        families.entry(family).or_default().push((revision, arn));
    }
    let count = usize::try_from(revisions).unwrap_or(usize::MAX);
    Ok(families
        .into_values()
        .flat_map(|mut family| {
            family.sort_unstable_by(|one, other| other.cmp(one));
            family.into_iter().take(count)
        })
        .map(|(_, arn)| arn.clone())
        .collect())
}

/// `arn:aws:ecs:<region>:<account>:task-definition/<family>:<revision>`
fn family_and_revision(arn: &str) -> Option<(&str, u32)> {
    let (family, revision) = arn.rsplit_once('/')?.1.rsplit_once(':')?;
    Some((family, revision.parse().ok()?))
}

fn read(call: &Call<'_>, definition: &sdk::TaskDefinition) -> Result<TaskDefinition, AwsError> {
    let container = |container: &sdk::ContainerDefinition| {
        Ok(ContainerDefinition {
            name: call.sent_text("container's name", container.name())?,
            image: call.sent_text("container's image", container.image())?,
        })
    };
    let arn = call.sent_text("taskDefinitionArn", definition.task_definition_arn())?;
    let containers =
        call.sent("containerDefinitions", definition.container_definitions.as_ref())?;
    let status = match definition.status() {
        Some(SdkStatus::Active) => TaskDefinitionStatus::Active,
        Some(SdkStatus::Inactive) => TaskDefinitionStatus::Inactive,
        Some(SdkStatus::DeleteInProgress) => TaskDefinitionStatus::DeleteInProgress,
        status => {
            return Err(call.unreadable(format!("{status:?} is no known status of a revision")));
        }
    };
    Ok(TaskDefinition {
        family: call.sent_text("family", definition.family())?,
        revision: u32::try_from(definition.revision())
            .map_err(|_| call.unreadable("a revision is negative"))?,
        status,
        container_definitions: containers.iter().map(container).collect::<Result<_, _>>()?,
        task_definition_arn: arn,
    })
}

impl TaskDefinition {
    /// Whether a name, which is an ARN or the end of one, means this revision.
    fn is_named(&self, name: &str) -> bool {
        let arn = &*self.task_definition_arn;
        arn == name || arn.strip_suffix(name).is_some_and(|start| start.ends_with('/'))
    }
}

impl Unchanging {
    fn active(self, arn: Box<str>) -> TaskDefinition {
        TaskDefinition {
            task_definition_arn: arn,
            family: self.family,
            revision: self.revision,
            status: TaskDefinitionStatus::Active,
            container_definitions: self.containers,
        }
    }
}

impl From<&TaskDefinition> for Unchanging {
    fn from(definition: &TaskDefinition) -> Self {
        Self {
            family: definition.family.clone(),
            revision: definition.revision,
            containers: definition.container_definitions.clone(),
        }
    }
}

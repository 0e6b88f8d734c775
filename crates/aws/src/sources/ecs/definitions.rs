//! Task definitions: the ACTIVE revisions of every family, and whatever anything names besides.

use std::cmp::max;
use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ecs::types::{self as sdk, TaskDefinitionStatus as SdkStatus};
use ecr_sweep_core::{Policy, TaskDefinitionStatus};
use serde::{Deserialize, Serialize};

use super::reader::{NAMES_A_PAGE, Reader};
use super::shapes::{ContainerDefinition, TaskDefinition};
use crate::call::Call;
use crate::paging::{Page, every_page};
use crate::sources::cache::ReadOnce;
use crate::sources::{Scan, ScanError};
use crate::{AwsError, AwsErrorKind};

/// The code of a revision that does not exist (any more); ECS has none that says only that.
const NO_SUCH_REVISION: &str = "ClientException";

/// What resources name.
#[derive(Debug, Default)]
pub(super) struct Named {
    /// Names of which the images have to be known.
    pub(super) needed: BTreeSet<Box<str>>,
    /// Names of tasks that say their images themselves: these revisions may be gone.
    pub(super) wanted: BTreeSet<Box<str>>,
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
struct Unchanging {
    family: Box<str>,
    revision: u32,
    containers: Vec<ContainerDefinition>,
}

/// Reads revisions, and knows which of them have to be there.
struct Revisions<'a> {
    reader: &'a Reader<'a>,
    active: &'a BTreeSet<Box<str>>,
    newest: &'a BTreeSet<Box<str>>,
    needed: &'a BTreeSet<Box<str>>,
}

impl ReadOnce for Revisions<'_> {
    type Item = Box<str>;
    type Value = TaskDefinition;
    type Kept = Unchanging;

    const NAME: &'static str = "ecs-task-definitions";

    fn key<'i>(&self, name: &'i Box<str>) -> &'i str {
        name
    }

    /// The list tells the status, so only what is in it need not be described.
    fn recall(&self, name: &Box<str>, known: &Unchanging) -> Option<TaskDefinition> {
        self.active.contains(name).then(|| known.clone().active(name.clone()))
    }

    fn keep(&self, name: &Box<str>, definition: &TaskDefinition) -> Option<Unchanging> {
        self.active.contains(name).then(|| Unchanging::from(definition))
    }

    async fn read(&self, name: &Box<str>) -> Result<Option<TaskDefinition>, AwsError> {
        let may_be_gone = !self.newest.contains(name) && !self.needed.contains(name);
        self.reader.describe(name, may_be_gone).await
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
    pub(super) async fn definitions(
        &self,
        named: &Named,
        scan: &Scan<'_>,
    ) -> Result<Definitions, ScanError> {
        let active = &self.active().await?;
        let call = self.call("ListTaskDefinitions");
        let newest = newest(&call, active, revisions_to_read(scan.policy))?;
        let wanted: BTreeSet<Box<str>> =
            newest.iter().chain(&named.needed).chain(&named.wanted).cloned().collect();
        let revisions = Revisions { reader: self, active, newest: &newest, needed: &named.needed };
        let by_name = scan.cache.read_through(scan, &revisions, wanted).await?;
        Ok(Definitions { by_name, active: newest })
    }

    async fn active(&self) -> Result<BTreeSet<Box<str>>, AwsError> {
        let call = &self.call("ListTaskDefinitions");
        let arns = every_page(call, |token| {
            let list = self
                .client
                .list_task_definitions()
                .status(SdkStatus::Active)
                .max_results(NAMES_A_PAGE)
                .set_next_token(token);
            async move {
                let page = list.send().await.map_err(|error| call.failed(error))?;
                let items = call.sent("taskDefinitionArns", page.task_definition_arns)?;
                Ok(Page { items, next: page.next_token })
            }
        })
        .await?;
        Ok(arns.into_iter().map(Into::into).collect())
    }

    async fn describe(
        &self,
        name: &str,
        may_be_gone: bool,
    ) -> Result<Option<TaskDefinition>, AwsError> {
        let call = &self.call("DescribeTaskDefinition").about(name);
        let answer = self.client.describe_task_definition().task_definition(name).send().await;
        let answer = match answer.map_err(|error| call.failed(error)) {
            Err(error)
                if may_be_gone
                    && error.kind == AwsErrorKind::InvalidRequest
                    && error.code() == Some(NO_SUCH_REVISION) =>
            {
                return Ok(None);
            }
            answer => answer?,
        };
        let definition = read(call, call.sent("taskDefinition", answer.task_definition())?)?;
        if !definition.is_named(name) {
            let other = &definition.task_definition_arn;
            return Err(call.unreadable(format!("it describes `{other}`")));
        }
        Ok(Some(definition))
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

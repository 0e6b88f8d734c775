import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { MemberDeleteRoleStack, MemberReadRoleStack } from '../lib';
import { type Place, resolved } from './resolved';
import { template } from './synthesized';

const HOME: Place = { account: '111122223333', region: 'eu-west-1' };
const MEMBER: Place = {
  account: '444455556666',
  region: 'eu-west-1',
  parameters: { HomeAccount: HOME.account },
};

/** The document of who takes a role. */
const TAKEN_BY = 'Taken by';

/** Policies as IAM gets them, by the name of the role or policy that has them. */
type Policies = Map<string, { title: string; documents: [name: string, document: any][] }>;

const INTRODUCTION = `# Every role, with its whole policy

Written from the template by \`UPDATE_SNAPSHOTS=1 npm test\` in \`infra\`, and held by that test: as deployed with \`deletion\`
and \`approval\` in account 111122223333 and Region eu-west-1, for the member account 444455556666, and otherwise by
default. Your own: \`npx cdk synth\`, with your \`ecr-sweep.yaml\`. [security.md](security.md) says what it amounts to, and
[permissions.md](permissions.md) what each call is for.

A denial stands above whatever else allows. Names in capitals are made by CloudFormation.
`;

/** The page that has every policy of a deployment. */
export function rolesPage(): string {
  const deleting = template({ deletion: true, approval: true });
  const planning = policiesOf(template(), HOME);
  const sections: [string, Policies][] = [
    ['At home', policiesOf(deleting, HOME)],
    ['For people', managedPolicies(deleting)],
    ['On what there is', ofResources(deleting)],
    ['In other accounts', memberPolicies()],
  ];
  const parts = sections.flatMap(([heading, policies]) => [
    `\n## ${heading}\n`,
    ...[...policies].map(([name, { title, documents }]) =>
      [
        `\n### ${name}\n\n${title}\n`,
        ...documents.map(([what, document]) => block(what, document)),
        withoutDeletion(name, documents, planning),
      ].join(''),
    ),
  ]);
  return INTRODUCTION + parts.join('');
}

/** What everybody may do by what is deployed: roles, people, and the roles of other accounts. */
export function rolesOf(): [name: string, documents: any[]][] {
  const deleting = template({ deletion: true, approval: true });
  return [policiesOf(deleting, HOME), managedPolicies(deleting), memberPolicies()].flatMap((all) =>
    [...all].map(([name, { documents }]): [string, any[]] => [
      name,
      documents.filter(([what]) => what !== TAKEN_BY).map(([, document]) => document),
    ]),
  );
}

function block(what: string, document: unknown): string {
  return `\n${what}:\n\n\`\`\`json\n${JSON.stringify(document, null, 2)}\n\`\`\`\n`;
}

/** What a role of the same name may do where nothing can be deleted, if it is not the same. */
function withoutDeletion(name: string, documents: [string, any][], planning: Policies): string {
  const other = planning.get(name)?.documents;
  if (!other || JSON.stringify(other) === JSON.stringify(documents)) {
    return '';
  }
  const [, document] = other[other.length - 1]!;
  return block('Where `deletion` is not enabled, it may instead', document);
}

/** The roles of a stack: who takes them, and what they may do. */
function policiesOf(from: Template, place: Place): Policies {
  const inline = Object.values(from.findResources('AWS::IAM::Policy'));
  const policies: Policies = new Map();
  for (const [id, { Properties }] of Object.entries(from.findResources('AWS::IAM::Role'))) {
    if (Properties.Policies || Properties.ManagedPolicyArns) {
      throw new Error(`the role ${Properties.RoleName} has policies that this does not read`);
    }
    const statements = inline
      .filter((policy) => policy.Properties.Roles.some((role: { Ref: string }) => role.Ref === id))
      .flatMap((policy) => policy.Properties.PolicyDocument.Statement);
    const may = { Version: '2012-10-17', Statement: statements };
    policies.set(resolved(from, place, Properties.RoleName), {
      title: `${resolved(from, place, Properties.Description)}.`,
      documents: [
        [TAKEN_BY, resolved(from, place, Properties.AssumeRolePolicyDocument)],
        ['It may', resolved(from, place, may)],
      ],
    });
  }
  return policies;
}

function managedPolicies(from: Template): Policies {
  const found = Object.values(from.findResources('AWS::IAM::ManagedPolicy'));
  return new Map(
    found.map(({ Properties: { ManagedPolicyName, Description, PolicyDocument } }) => [
      ManagedPolicyName,
      {
        title: `A managed policy. ${Description}.`,
        documents: [['Who has it may', resolved(from, HOME, PolicyDocument)]],
      },
    ]),
  );
}

/** What stands at the bucket, the topic, its key and the queue. */
function ofResources(from: Template): Policies {
  const kinds: [type: string, property: string, name: string, title: string][] = [
    ['AWS::S3::BucketPolicy', 'PolicyDocument', 'The run store', 'The policy of the bucket.'],
    ['AWS::SNS::TopicPolicy', 'PolicyDocument', 'The topic', 'Who may publish to it besides.'],
    ['AWS::KMS::Key', 'KeyPolicy', 'The key of the topic', 'Who may use it.'],
    ['AWS::SQS::QueuePolicy', 'PolicyDocument', 'The dead letters', 'The policy of the queue.'],
  ];
  const policies: Policies = new Map();
  for (const [type, property, name, title] of kinds) {
    const [found, ...others] = Object.values(from.findResources(type));
    if (!found || others.length > 0) {
      throw new Error(`there is not one ${type}`);
    }
    const document = resolved(from, HOME, found.Properties[property]);
    policies.set(name, { title, documents: [['It says', document]] });
  }
  return policies;
}

function memberPolicies(): Policies {
  return new Map(
    [new MemberReadRoleStack(new App(), 'Read'), new MemberDeleteRoleStack(new App(), 'Delete')]
      .map((stack) => policiesOf(Template.fromStack(stack), MEMBER))
      .flatMap((policies) => [...policies]),
  );
}

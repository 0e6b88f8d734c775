import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { PolicySource } from '../lib';
import { FUNCTION_NAMES, READING_FUNCTIONS } from '../lib/names';
import sources from '../lib/permissions/sources.json';
import { actionsOf, flat, resourcesOf, statementsOf } from './statements';
import { template } from './synthesized';

const enabled = template({ deletion: true });

/** The actions of a table row in the documentation that start so, but for what only commands call. */
function documented(prefix: RegExp): string[] {
  const text = readFileSync(join(__dirname, '../../docs/permissions.md'), 'utf8');
  const [ofEveryForm, ofCommands] = text.split('With a deployed state machine');
  assert.ok(ofEveryForm && ofCommands, 'the page says what commands call besides');
  const actions = ofEveryForm
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .flatMap((line) => [...(line.split('|')[1] ?? '').matchAll(/`([a-z0-9-]+:[A-Za-z]+)`/g)])
    .map(([, action]) => String(action))
    .filter((action) => prefix.test(action));
  return [...new Set(actions)].sort();
}

test('what the functions may call of the accounts is what the documentation says', () => {
  const services = sources.flatMap(({ actions }) => actions.map((action) => action.split(':')[0]));
  const prefix = new RegExp(
    `^(${['account', 'ecr', 'resource-explorer-2', ...services].join('|')}):`,
  );
  const granted = FUNCTION_NAMES.flatMap((name) => actionsOf(enabled, `ecr-sweep-${name}`));
  assert.deepEqual(
    [...new Set(granted)].filter((action) => prefix.test(action)).sort(),
    documented(prefix),
  );
});

test('each function may do just what it does', () => {
  const store = ['s3:GetObject', 's3:ListBucket', 's3:PutObject'];
  const logs = ['logs:CreateLogStream', 'logs:PutLogEvents'];
  const expected: Record<string, string[]> = {
    'list-repos': [
      'account:ListRegions',
      'ecr:DescribeRepositories',
      'ecr:ListTagsForResource',
      'organizations:DescribeOrganization',
      'organizations:ListAccounts',
      'organizations:ListAccountsForParent',
      'organizations:ListOrganizationalUnitsForParent',
      'sts:AssumeRole',
    ],
    'scan-usage': [
      'ecr:DescribePullThroughCacheRules',
      'ecr:DescribeRegistry',
      'ecr:GetRegistryPolicy',
      'resource-explorer-2:ListIndexes',
      'resource-explorer-2:Search',
      'sts:AssumeRole',
      // That these suffice is shown where the roles are enforced: tests/e2e.
      ...sources.flatMap(({ actions }) => actions),
    ],
    'plan-repo': [
      'ecr:BatchGetImage',
      'ecr:DescribeImages',
      'ecr:GetRepositoryPolicy',
      'sts:AssumeRole',
    ],
    // It refuses whatever it is asked.
    'delete-batch': ['s3:AbortMultipartUpload'],
    notify: ['kms:Decrypt', 'kms:GenerateDataKey', 'sns:Publish'],
  };
  for (const name of FUNCTION_NAMES) {
    assert.deepEqual(
      actionsOf(template(), `ecr-sweep-${name}`),
      [...(expected[name] ?? []), ...store, ...logs].sort(),
      name,
    );
  }
});

test('no role has an action with a wildcard', () => {
  for (const name of [...FUNCTION_NAMES, 'state-machine', 'schedule']) {
    const wide = actionsOf(enabled, `ecr-sweep-${name}`).filter((action) => action.includes('*'));
    assert.deepEqual(wide, [], name);
  }
});

test('every resource only means reads, or delivers logs and traces', () => {
  const reads = /^([a-z0-9-]+:(BatchGet|Describe|Get|List|LookupEvents|Search)|organizations:)/;
  for (const name of FUNCTION_NAMES) {
    for (const { actions, resources } of statementsOf(enabled, `ecr-sweep-${name}`)) {
      if (resources.includes('*')) {
        assert.ok(
          actions.every((action) => reads.test(action)),
          `${name}: ${actions.join()}`,
        );
      }
    }
  }
});

test('the readers of other accounts assume the reading role alone', () => {
  for (const name of FUNCTION_NAMES) {
    const roles = resourcesOf(enabled, `ecr-sweep-${name}`, 'sts:AssumeRole');
    const reading = ['arn:<AWS::Partition>:iam::*:role/EcrSweepRead'];
    const others = roles.filter((role) => !role.endsWith('/EcrSweepDelete'));
    assert.deepEqual(others, READING_FUNCTIONS.includes(name) ? reading : [], name);
  }
});

test('no function can write the policy or delete a document', () => {
  for (const name of FUNCTION_NAMES) {
    const role = `ecr-sweep-${name}`;
    for (const resource of resourcesOf(enabled, role, 's3:PutObject')) {
      assert.match(resource, /\/(sweeps\/\*|cache\/\*|vault\/\*|lock\.json)$/, name);
    }
    assert.ok(!actionsOf(enabled, role).some((action) => action.startsWith('s3:Delete')), name);
  }
});

test('who lists and who never sweeps cannot write the cache', () => {
  for (const name of ['list-repos', 'notify']) {
    const writes = resourcesOf(enabled, `ecr-sweep-${name}`, 's3:PutObject');
    assert.ok(!writes.some((resource) => resource.endsWith('/cache/*')), name);
  }
});

test('a function writes its own log alone', () => {
  for (const name of FUNCTION_NAMES) {
    const [log, ...others] = resourcesOf(enabled, `ecr-sweep-${name}`, 'logs:PutLogEvents');
    assert.equal(log, `<SweepFunctions${name.replace('-', '')}Logs>`);
    assert.deepEqual(others, []);
  }
});

test('a policy that is deployed is read as one object', () => {
  const policyFile = join(__dirname, '../../examples/policy.yaml');
  const deployed = template({ policy: PolicySource.fromAsset(policyFile) });
  const before = resourcesOf(template(), 'ecr-sweep-list-repos', 's3:GetObject');
  const added = resourcesOf(deployed, 'ecr-sweep-list-repos', 's3:GetObject').filter(
    (resource) => !before.includes(resource),
  );
  assert.equal(added.length, 1);
  assert.match(String(added[0]), /cdk-hnb659fds-assets-.*\/[0-9a-f]{64}\.yaml$/);
  // The assets may have a key: it decrypts nothing else by it.
  const [decrypts, ...others] = statementsOf(deployed, 'ecr-sweep-list-repos').filter(
    ({ actions }) => actions.includes('kms:Decrypt'),
  );
  assert.deepEqual(others, []);
  const conditions = (decrypts?.conditions as any).StringEquals;
  assert.equal(flat(conditions['kms:ViaService']), 's3.<AWS::Region>.<AWS::URLSuffix>');
  const [bucket, object] = conditions['kms:EncryptionContext:aws:s3:arn'].map(flat);
  assert.equal(object, added[0]);
  assert.ok(object?.startsWith(`${bucket}/`));
});

test('scan-usage may read usage files in other buckets, and nothing else there', () => {
  const from = template({ usageFiles: ['s3://ours/usage/*.json', 's3://ours/nomad.json'] });
  const rows = statementsOf(from, 'ecr-sweep-scan-usage').filter(({ resources }) =>
    resources.some((resource) => resource.includes(':s3:::ours')),
  );
  const arn = 'arn:<AWS::Partition>:s3:::ours';
  assert.deepEqual(
    rows.map(({ actions, resources, conditions }) => [...actions, ...resources, conditions]),
    [
      ['s3:GetObject', `${arn}/usage/*`, undefined],
      ['s3:ListBucket', arn, { StringLike: { 's3:prefix': 'usage/*' } }],
      ['s3:GetObject', `${arn}/nomad.json`, undefined],
      ['s3:ListBucket', arn, { StringLike: { 's3:prefix': 'nomad.json' } }],
    ],
  );
  for (const address of ['usage/*.json', 's3://ours', 's3://ours/', 'https://ours/x']) {
    assert.throws(() => template({ usageFiles: [address] }), /is no address such as/, address);
  }
});

import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { MemberDeleteRoleStack } from '../lib';
import { deletableRepositories } from '../lib/permissions/deletable';
import { deletion } from '../lib/permissions/deletion';
import { resourcesOf, statementsOf } from './statements';
import { template } from './synthesized';

const folder = mkdtempSync(join(tmpdir(), 'ecr-sweep-'));
const EVERY = [{ names: ['*'], tags: {}, archives: false }];

/** What can be deleted in with a policy of these rules. */
function byRules(rules: string) {
  const policyFile = join(folder, 'policy.yaml');
  writeFileSync(policyFile, `schema_version: 1\nrepositories:\n${rules}`);
  return deletableRepositories({ policyFile });
}

test('the policy’s patterns are the permission’s', () => {
  assert.deepEqual(
    byRules(
      '  - match: { name: ["prod/*", "team-?"] }\n' +
        '  - match: { name: dev/*, tags: { cleanup: "true" } }\n' +
        '  - match: { name: "prod/*" }\n',
    ),
    [
      { names: ['prod/*', 'team-?'], tags: {}, archives: false },
      { names: ['dev/*'], tags: { cleanup: 'true' }, archives: false },
    ],
  );
  assert.deepEqual(byRules('  - match: { tags: { cleanup: "yes*" } }\n'), [
    { names: ['*'], tags: { cleanup: 'yes*' }, archives: false },
  ]);
});

test('the permission is never less than what the policy matches', () => {
  assert.deepEqual(byRules('  - keep: { newest: 1 }\n'), EVERY);
  assert.deepEqual(byRules('  - match: {}\n'), EVERY);
  assert.deepEqual(byRules('  - match: { name: "/prod-[0-9]+/" }\n'), EVERY);
  assert.deepEqual(byRules('  - match: { tags: { cleanup: "/yes|true/" } }\n'), [
    { names: ['*'], tags: { cleanup: '*' }, archives: false },
  ]);
  const many = Array.from({ length: 41 }, (_, n) => `  - match: { name: team-${n} }\n`).join('');
  assert.deepEqual(byRules(many), EVERY);
  // Of a policy that is not there at synthesis nothing is known.
  assert.deepEqual(deletableRepositories({}), [{ names: ['*'], tags: {}, archives: true }]);
});

test('what is said goes over the policy', () => {
  const policyFile = join(folder, 'policy.yaml');
  assert.deepEqual(deletableRepositories({ policyFile, names: ['a/*'] }), [
    { names: ['a/*'], tags: {}, archives: false },
  ]);
  assert.deepEqual(deletableRepositories({ policyFile, tags: { owner: 'me' } }), [
    { names: ['*'], tags: { owner: 'me' }, archives: false },
  ]);
});

test('only a policy that archives gives the permission for it', () => {
  const archives = '  - match: { name: dev/* }\n    action: { archive_for: 90d }\n';
  const deletes = '  - match: { name: prod/* }\n    action: delete\n';
  const actions = (rules: string) => deletion(byRules(rules)).flatMap((it) => it.actions);
  const archiving = ['ecr:BatchDeleteImage', 'ecr:UpdateImageStorageClass'];
  assert.deepEqual(actions(deletes), ['ecr:BatchDeleteImage']);
  assert.deepEqual(actions(deletes + archives), archiving);
  assert.deepEqual(
    deletion(deletableRepositories({})).flatMap((it) => it.actions),
    archiving,
  );
});

test('both roles that delete are narrowed, at home and in other accounts', () => {
  const options = { deletableRepositories: ['dev/*'], deletableTags: { cleanup: 'true' } };
  const home = template({ deletion: true, ...options });
  const member = Template.fromStack(
    new MemberDeleteRoleStack(new App(), 'Delete', {
      deletable: [{ names: ['dev/*'], tags: { cleanup: 'true' } }],
    }),
  );
  const roles: [Template, string][] = [
    [home, 'ecr-sweep-delete-batch'],
    [member, 'EcrSweepDelete'],
  ];
  for (const [of, role] of roles) {
    assert.deepEqual(resourcesOf(of, role, 'ecr:BatchDeleteImage'), [
      'arn:<AWS::Partition>:ecr:*:<AWS::AccountId>:repository/dev/*',
    ]);
    const statements = statementsOf(of, role).filter(({ actions }) =>
      actions.includes('ecr:BatchDeleteImage'),
    );
    assert.deepEqual(
      statements.map(({ conditions }) => conditions),
      [{ StringLike: { 'aws:ResourceTag/cleanup': 'true' } }],
    );
  }
});

import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type EcrSweepProps, PolicySource } from '../lib';
import { stack, warnings } from './synthesized';

const folder = mkdtempSync(join(tmpdir(), 'ecr-sweep-'));

/** A program that stands for the command, and takes a policy whose first line is `good: true`. */
const command = join(folder, 'ecr-sweep');
writeFileSync(
  command,
  `#!/bin/sh
[ "$1" = check ] && [ -z "$ECR_SWEEP_SNAPSHOT" ] || exit 1
[ "$(head -n 1 "$2")" = 'good: true' ] && exit 0
echo "$2:1:1: there is no setting" >&2
exit 2
`,
);
chmodSync(command, 0o755);

/** A stack with a policy of this text. */
function withPolicy(text: string, options: EcrSweepProps = {}) {
  const policyFile = join(folder, 'policy.yaml');
  writeFileSync(policyFile, text);
  return stack({ policy: PolicySource.fromAsset(policyFile), command, ...options });
}

const warned = (text: string, options?: EcrSweepProps) => warnings(withPolicy(text, options));

test('a policy that the command refuses is not deployed, and its line is told', () => {
  assert.throws(() => withPolicy('bad: true\n'), /policy\.yaml:1:1: there is no setting/);
  assert.doesNotThrow(() => withPolicy('good: true\n'));
});

test('what the command is told by its environment does not reach the check', () => {
  process.env.ECR_SWEEP_SNAPSHOT = 'org.json';
  try {
    assert.doesNotThrow(() => withPolicy('good: true\n'));
  } finally {
    delete process.env.ECR_SWEEP_SNAPSHOT;
  }
});

test('a command that cannot be run is an error, not a policy that is good', () => {
  assert.throws(
    () => withPolicy('good: true\n', { command: '/nowhere/ecr-sweep' }),
    /refuses the policy/,
  );
});

test('a role that the functions cannot assume is warned of', () => {
  const policy = (role: string) => `good: true\nscope: { role: ${role} }\n`;
  assert.deepEqual(warned(policy('EcrSweepRead')), []);
  assert.deepEqual(warned('good: true\n'), []);
  assert.match(warned(policy('OrgRead')).join(), /'OrgRead'.*'EcrSweepRead' alone/s);
  assert.deepEqual(warned(policy('OrgRead'), { readRoleName: 'OrgRead' }), []);
});

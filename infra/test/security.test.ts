import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Statement, whoMay } from './who-may';

const PAGE = join(__dirname, '../../docs/security.md');

/** What can do harm, or shows more than it has to. */
const ACTIONS = [
  'ecr:BatchDeleteImage',
  'ecr:UpdateImageStorageClass',
  'ecr:PutImage',
  'states:StartExecution',
  'states:SendTaskSuccess',
  's3:PutObject',
  's3:DeleteObject',
  'lambda:InvokeFunction',
  'lambda:GetFunction',
  'ssm:GetParameters',
  'sns:Publish',
  'sts:AssumeRole',
];

/** The rows of the page's table of who may do what. */
function rows(): string[] {
  return ACTIONS.map((action) => `| \`${action}\` | ${sentence(whoMay(action))} |`);
}

function sentence(statements: readonly Statement[]): string {
  if (statements.length === 0) {
    return 'nobody';
  }
  return statements
    .map(({ who, resources }) => `\`${who}\` on ${resources.map(short).join(', ')}`)
    .join('; ');
}

/** A resource without what all of its kind start with; of objects of the run store, the key. */
function short(arn: string): string {
  const resource = arn.split(':').slice(5).join(':');
  return `\`${arn.startsWith('arn:aws:s3:::') ? resource.replace(/^[^/]*\//, '') : resource || arn}\``;
}

test('the page for a security review says who may do what can do harm', () => {
  const before = existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : '';
  const table = /(\| action \| who may, on what \|\n\|---\|---\|\n)((?:\|.*\|\n)*)/;
  assert.match(before, table);
  const expected = before.replace(table, (_, head) => `${head}${rows().join('\n')}\n`);
  if (process.env.UPDATE_SNAPSHOTS) {
    writeFileSync(PAGE, expected);
  }
  assert.equal(readFileSync(PAGE, 'utf8'), expected, 'write it anew with npm run test:update');
});

test('one function and one role of other accounts delete images, and nothing else does', () => {
  const who = whoMay('ecr:BatchDeleteImage').map((it) => it.who);
  assert.deepEqual(who, ['ecr-sweep-delete-batch', 'EcrSweepDelete']);
});

test('nothing that is deployed deletes a document of the run store, a bucket or a repository', () => {
  for (const action of ['s3:DeleteObject', 's3:DeleteObjectVersion', 's3:DeleteBucket']) {
    assert.deepEqual(whoMay(action), [], action);
  }
  assert.deepEqual(whoMay('ecr:DeleteRepository'), []);
});

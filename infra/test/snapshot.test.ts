import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { MemberDeleteRoleStack, MemberReadRoleStack } from '../lib';
import { template } from './synthesized';

/**
 * A template without what changes by itself: the hashes of assets, and the definition, which has
 * tests of its own.
 */
function masked(from: Template): string {
  return `${JSON.stringify(from.toJSON(), null, 2)
    .replace(/[0-9a-f]{64}/g, '<hash>')
    .replace(/(CurrentVersion[0-9A-F]{8})[0-9a-f]{32}/g, '$1<hash>')
    .replace(/("DefinitionString": )".*"/, '$1"<definition>"')}\n`;
}

function matches(name: string, from: Template): void {
  const file = join(__dirname, 'snapshots', `${name}.template.json`);
  if (process.env.UPDATE_SNAPSHOTS) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, masked(from));
  }
  const expected = existsSync(file) ? readFileSync(file, 'utf8') : '';
  assert.equal(masked(from), expected, 'see the change with npm run test:update and git diff');
}

test('the stack without deletion is as it was', () => matches('dry-run', template()));

test('the stack with deletion is as it was', () =>
  matches('deletion', template({ deletion: true, approval: true })));

test('the roles of member accounts are as they were', () => {
  matches('read-role', Template.fromStack(new MemberReadRoleStack(new App(), 'Read')));
  matches('delete-role', Template.fromStack(new MemberDeleteRoleStack(new App(), 'Delete')));
});

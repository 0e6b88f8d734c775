import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { rolesPage } from './roles-page';

const PAGE = join(__dirname, '../../docs/roles.md');

test('the page of roles has every policy as it is deployed', () => {
  const page = rolesPage();
  if (process.env.UPDATE_SNAPSHOTS) {
    writeFileSync(PAGE, page);
  }
  const written = existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : '';
  assert.equal(page, written, 'write it anew with npm run test:update');
});

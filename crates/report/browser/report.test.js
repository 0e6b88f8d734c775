// The pages of a report in a browser: what they show, what works in them, and that they ask nobody for anything.
// `ECR_SWEEP_PAGES` is the folder that the example `pages` has written; `cargo xtask report-test` does both.

import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { AxeBuilder } from '@axe-core/playwright';
import chromium from '@sparticuz/chromium';
import { chromium as playwright } from 'playwright-core';

const PAGES = process.env.ECR_SWEEP_PAGES;
const SCREENSHOTS = process.env.ECR_SWEEP_SCREENSHOTS;
const SCHEMES = ['light', 'dark'];
const SCREENS = { desktop: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } };
const LONGEST = 5_000_000;

let browser;

before(async () => {
  assert.ok(PAGES, 'ECR_SWEEP_PAGES names the folder of the pages');
  const executablePath = await chromium.executablePath();
  browser = await playwright.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'], headless: true });
});

after(() => browser?.close());

/** The page of a repository in one of the reports. */
function pageOf(report, repository) {
  return readdirSync(join(PAGES, report)).find((name) => name.includes(`-${repository}-`));
}

/** Opens a page, and fails the test on whatever a browser complains about or wants from a network. */
async function open(report, name, options = {}) {
  const context = await browser.newContext({ viewport: SCREENS.desktop, ...options });
  const page = await context.newPage();
  const wrong = [];
  page.on('console', (message) => wrong.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => wrong.push(error.message));
  page.on('dialog', (dialog) => wrong.push(`a dialog: ${dialog.message()}`));
  page.on('request', (request) => {
    if (!request.url().startsWith('file://') && !request.url().startsWith('data:')) wrong.push(`a request: ${request.url()}`);
  });
  await page.goto(pathToFileURL(join(PAGES, report, name)).href);
  return { page, close: async () => (await context.close(), assert.deepEqual(wrong, [])) };
}

const shownRows = (page) => page.locator('table.images tbody tr:visible');

/** The images by their tag, in the order of the list. */
const tags = (page) => page.$$eval('table.images tbody tr:not([hidden]) td:first-child', (cells) => cells.map((cell) => cell.firstChild.textContent.trim()));

for (const scheme of SCHEMES) {
  for (const [screen, viewport] of Object.entries(SCREENS)) {
    for (const [what, name] of [['the whole report', () => 'index.html'], ['a repository', () => pageOf('small', 'dev-app')]]) {
      test(`${what} can be read by everybody, ${scheme} on a ${screen}`, async () => {
        const { page, close } = await open('small', name(), { colorScheme: scheme, viewport });
        const { violations } = await new AxeBuilder({ page }).analyze();
        const told = violations.map((it) => `${it.id}: ${it.nodes.map((node) => `${node.html}: ${node.failureSummary}`).slice(0, 3).join('; ')}`);
        assert.deepEqual(told, []);
        const width = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(width <= viewport.width, `it is ${width} wide, and the screen ${viewport.width}`);
        if (SCREENSHOTS) {
          mkdirSync(SCREENSHOTS, { recursive: true });
          await page.screenshot({ path: join(SCREENSHOTS, `${what.replaceAll(' ', '-')}-${scheme}-${screen}.png`) });
        }
        await close();
      });
    }
  }
}

test('images are sorted by what a column says, and the other way round', async () => {
  const { page, close } = await open('images-10', pageOf('images-10', 'dev-app'));
  await page.getByRole('button', { name: 'Size' }).click();
  assert.deepEqual(await tags(page), [9, 8, 7, 6, 5, 4, 3, 2, 1, 0].map((number) => `v${number}`));
  assert.equal(await page.getByRole('columnheader', { name: 'Size' }).getAttribute('aria-sort'), 'descending');
  await page.getByRole('button', { name: 'Size' }).click();
  assert.deepEqual(await tags(page), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((number) => `v${number}`));
  await page.getByRole('button', { name: 'Fate' }).click();
  assert.equal(await page.getByRole('columnheader', { name: 'Size' }).getAttribute('aria-sort'), 'none');
  await close();
});

test('images are found by their tag, their digest and what uses them', async () => {
  const { page, close } = await open('images-1000', pageOf('images-1000', 'dev-app'));
  const search = page.getByRole('searchbox', { name: 'Search' });
  const told = page.locator('output');
  await search.fill('V77');
  await page.waitForFunction(() => document.querySelector('output').textContent === '11 of 1,000 shown');
  assert.ok((await tags(page)).every((tag) => tag.startsWith('v77')));
  await search.fill('service/web');
  await page.waitForFunction(() => document.querySelector('output').textContent === '1 of 1,000 shown');
  await search.fill('');
  await page.getByRole('combobox', { name: 'Show' }).selectOption('keep');
  await page.waitForFunction(() => document.querySelector('output').textContent === '500 of 1,000 shown');
  assert.equal(await shownRows(page).count(), 500);
  assert.match(await told.textContent(), /500 of 1,000/);
  await close();
});

test('a repository is found in the whole report, and its page leads back', async () => {
  const { page, close } = await open('small', 'index.html');
  await page.getByRole('searchbox').fill('prod');
  await page.waitForFunction(() => document.querySelector('output').textContent === '1 of 4 shown');
  await page.locator('table.repositories a:visible').first().click();
  assert.equal(await page.locator('h1').textContent(), 'prod/web');
  await page.getByRole('link', { name: 'The whole report' }).click();
  assert.equal(await page.locator('h1').textContent(), 'What would go');
  await close();
});

test('every link of a report leads to a page of it', async () => {
  for (const report of ['small', 'images-20000']) {
    for (const name of readdirSync(join(PAGES, report))) {
      const { page, close } = await open(report, name);
      const links = await page.$$eval('a[href]', (all) => all.map((link) => link.getAttribute('href')));
      for (const link of links) assert.ok(statSync(join(PAGES, report, link)).isFile(), link);
      await close();
    }
  }
});

test('without its script a page can be read all the same', async () => {
  const { page, close } = await open('small', pageOf('small', 'dev-app'), { javaScriptEnabled: false });
  assert.equal(await shownRows(page).count(), 60);
  assert.equal(await page.locator('.tools').isVisible(), false);
  await close();
});

test('texts from outside are texts', async () => {
  for (const name of ['index.html', pageOf('small', 'dev-app')]) {
    const { page, close } = await open('small', name);
    assert.equal(await page.locator('img').count(), 0);
    assert.ok((await page.locator('body').textContent()).includes('</script><img src=x onerror=alert(1)> \\u{202e}gnp.exe \\u{7}'));
    await close();
  }
});

test('what somebody else writes into a page runs nothing and asks nobody for anything', async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  const asked = [];
  const refused = [];
  page.on('request', (request) => asked.push(request.url()));
  page.on('requestfailed', (request) => refused.push([request.url(), request.failure().errorText]));
  await page.goto(pathToFileURL(join(PAGES, 'small', 'index.html')).href);
  asked.length = 0;
  const ran = await page.evaluate(async () => {
    const script = document.createElement('script');
    script.textContent = 'window.ran = true';
    const image = new Image();
    image.src = 'http://127.0.0.1:9/x.png';
    document.body.append(script, image);
    await new Promise((done) => setTimeout(done, 100));
    return window.ran === true;
  });
  // The browser tells what a page wants, and that its policy has refused it.
  assert.equal(ran, false);
  assert.deepEqual(refused, asked.map((url) => [url, 'csp']));
  await context.close();
});

test('whoever scrolls in a long list still sees what its columns are', async () => {
  for (const [report, name, table] of [
    ['images-20000', pageOf('images-20000', 'dev-app'), 'images'],
    ['repositories-3000', 'index.html', 'repositories'],
  ]) {
    const { page, close } = await open(report, name, { viewport: SCREENS.phone });
    const last = page.locator(`table.${table} tbody tr`).last();
    await last.scrollIntoViewIfNeeded();
    const list = await page.$eval(`table.${table}`, (it) => it.parentElement.getBoundingClientRect().toJSON());
    const row = await last.boundingBox();
    const head = await page.locator(`table.${table} thead th`).first().boundingBox();
    assert.ok(list.height <= SCREENS.phone.height, `a list of ${list.height} on a screen of ${SCREENS.phone.height}`);
    assert.ok(Math.abs(head.y - list.y) <= 2, `the head is at ${head.y}, and its list at ${list.y}`);
    assert.ok(row.y > head.y + head.height && row.y < list.bottom, `the last row is at ${row.y}`);
    await close();
  }
});

test('on paper there is nothing to click', async () => {
  const { page, close } = await open('small', pageOf('small', 'dev-app'));
  await page.emulateMedia({ media: 'print' });
  assert.equal(await page.locator('.tools').isVisible(), false);
  assert.equal(await shownRows(page).count(), 60);
  const [list, table] = await page.$eval('table.images', (it) => [it.parentElement.clientHeight, it.clientHeight]);
  assert.ok(list >= table, `${table} of which ${list} are printed`);
  await close();
});

for (const [report, name] of [
  ['images-10', () => pageOf('images-10', 'dev-app')],
  ['images-1000', () => pageOf('images-1000', 'dev-app')],
  ['images-20000', () => pageOf('images-20000', 'dev-app')],
  ['images-20000', () => 'index.html'],
  ['repositories-3000', () => 'index.html'],
  ['repositories-8000', () => 'index.html'],
]) {
  test(`${report} has no page that is too long`, async (context) => {
    const bytes = Math.max(...readdirSync(join(PAGES, report)).map((page) => statSync(join(PAGES, report, page)).size));
    assert.ok(bytes <= LONGEST, `${bytes} bytes`);
    const browsing = await browser.newContext({ viewport: SCREENS.desktop });
    const page = await browsing.newPage();
    const session = await browsing.newCDPSession(page);
    // The processor's time, whatever else the machine does.
    await session.send('Performance.enable', { timeDomain: 'threadTicks' });
    const begun = Date.now();
    await page.goto(pathToFileURL(join(PAGES, report, name())).href);
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    const passed = Date.now() - begun;
    const { metrics } = await session.send('Performance.getMetrics');
    const task = metrics.find((metric) => metric.name === 'TaskDuration').value;
    context.diagnostic(`${name()}: ${bytes} bytes at most, opened in ${passed} ms, ${Math.round(task * 1000)} ms of the page's processor time`);
    await browsing.close();
  });
}

import { accessSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chromium } from 'playwright-core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { PASSWORD, startAdmin } from '../../support/admin-app.ts';

const BROWSER = process.env['TROUPE_TEST_BROWSER'] ?? '/usr/bin/chromium';

const isThere = ((): boolean => {
  try {
    accessSync(BROWSER);
    return true;
  } catch {
    process.stderr.write(
      `\nNO BROWSER at ${BROWSER}: THE TESTS OF HOSTILE PAGES ARE SKIPPED (TROUPE_TEST_BROWSER)\n`,
    );
    return false;
  }
})();

/** What a stranger's page tries. */
const attack = (victim: string): string => `<!doctype html><title>evil</title>
<form id="form" method="post" action="${victim}/api/access/users" enctype="text/plain" target="sink"><input name='{"name":"Eve","role":"admin","password":"${PASSWORD}","x":"' value='"}'></form>
<form id="logout" method="post" action="${victim}/logout" target="sink2"></form>
<iframe name="sink"></iframe><iframe name="sink2"></iframe><iframe id="frame" src="${victim}/"></iframe>
<script>
document.getElementById('form').submit(); document.getElementById('logout').submit();
const json = JSON.stringify({ name: 'Eve', role: 'admin', password: '${PASSWORD}' });
const tries = [
  ['read', () => fetch('${victim}/api/session', { credentials: 'include' })],
  ['simple', () => fetch('${victim}/api/access/users', { method: 'POST', credentials: 'include', body: json })],
  ['json', () => fetch('${victim}/api/access/users', { method: 'POST', credentials: 'include', headers: { 'content-type': 'application/json' }, body: json })],
  ['blind', () => fetch('${victim}/api/access/users', { method: 'POST', mode: 'no-cors', credentials: 'include', body: json })],
];
Promise.all(tries.map(([name, run]) => run().then((r) => name + ' ' + (r.type === 'opaque' ? 'opaque' : r.status), () => name + ' refused')))
  .then((lines) => { document.body.dataset.done = lines.join(', '); });
</script>`;

async function browserPage(hosts = '') {
  const browser = await chromium.launch({
    executablePath: BROWSER,
    args: ['--no-sandbox', ...(hosts === '' ? [] : [`--host-resolver-rules=${hosts}`])],
  });
  onTestFinished(() => browser.close());
  return (await browser.newContext()).newPage();
}

describe.skipIf(!isThere)('in a real browser', () => {
  it('the first admin is made by typing the code, and a page of a stranger can do nothing in their name', async () => {
    const stage = await startAdmin();
    const page = await browserPage();
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    await page.goto(stage.url);
    await page.getByLabel('Code').fill(stage.code());
    await page.getByLabel('Your name').fill('Ada');
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByLabel('Password, once more').fill(PASSWORD);
    await page.getByRole('button', { name: 'Make me the admin' }).click();
    await page.getByText('You are Ada, admin').waitFor();
    // Nothing was blocked by our own policy.
    expect(complaints).toEqual([]);

    const evil = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html');
      response.end(attack(stage.url));
    });
    evil.listen(0, '127.0.0.1');
    onTestFinished(() => void evil.close());
    await new Promise((resolve) => evil.once('listening', resolve));
    // Same site as the victim as far as cookies go, another origin: the harder case.
    const tab = await page.context().newPage();
    await tab.goto(`http://127.0.0.1:${(evil.address() as AddressInfo).port}/`);
    await tab.locator('body[data-done]').waitFor();
    expect(await tab.locator('body').getAttribute('data-done')).toMatch(
      /^read refused, simple refused, json refused, blind (refused|opaque)$/,
    );
    // Its answers are in by now, and a look through the frame shows nothing.
    expect(await tab.frameLocator('#frame').getByText('Ada').count()).toBe(0);
    await page.reload();
    await page.getByText('You are Ada, admin').waitFor();
    expect((await stage.database.adminUsers.list()).map(({ name }) => name)).toEqual(['Ada']);
  });

  it('a name that a stranger leads to this machine gets nothing', async () => {
    const stage = await startAdmin();
    const page = await browserPage('MAP evil.example 127.0.0.1');
    const answer = await page.goto(`http://evil.example:${new URL(stage.url).port}/`);
    expect(answer?.status()).toBe(421);
    expect(await page.content()).not.toContain('Make the first admin');
  });

  it('people log in and out by forms, without any script', async () => {
    const stage = await startAdmin();
    await stage.login('Ada', 'operator');
    await stage.login('Root', 'admin');
    const browser = await chromium.launch({ executablePath: BROWSER, args: ['--no-sandbox'] });
    onTestFinished(() => browser.close());
    const page = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
    await page.goto(stage.url);
    await page.getByLabel('Name').fill('ada');
    await page.getByLabel('Password').fill('not it, I fear');
    await page.getByRole('button').click();
    await page.getByRole('alert').getByText('The name or the password is wrong.').waitFor();
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button').click();
    await page.getByText('You are Ada, operator').waitFor();
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByRole('button', { name: 'Log in' }).waitFor();
  });
});

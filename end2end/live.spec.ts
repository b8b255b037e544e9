import type { BrowserContext, Page } from '@playwright/test';

import { expect, hydrated, test } from './fixtures';
import { freePort, serve, stop } from './servers';
import { QUOTA_MANAGEMENT, addMember, cap, cell, signIn, use } from './support';

/** How long it may take until an open page shows what was used. */
const AT_ONCE = { timeout: 1_000 };

/** Another browser of the person who is signed in. */
async function elsewhere(context: BrowserContext): Promise<Page> {
  const storageState = await context.storageState();
  const other = await context.browser()!.newContext({ storageState });
  return other.newPage();
}

/** The paths that were asked for on a page or in a browser from now on. */
function requests(of: Page | BrowserContext, path: RegExp): string[] {
  const seen: string[] = [];
  of.on('request', (request) => {
    if (path.test(request.url())) {
      seen.push(request.url());
    }
  });
  return seen;
}

async function openTable(page: Page): Promise<void> {
  await page.goto(QUOTA_MANAGEMENT);
  await hydrated(page);
}

test('what is used shows on other open pages within a second', async ({
  page, context, organization,
}) => {
  await addMember(organization, 'ivy@acme.test', 'Ivy Intern');
  await signIn(page, organization);
  await page.setViewportSize({ width: 1280, height: 500 });
  const other = await elsewhere(context);
  const streams = requests(other, /\/live\?/);
  await openTable(other);
  await expect.poll(() => streams.length).toBe(1);
  // What a page that is loaded anew or shows that it loads would lose.
  const link = page.getByRole('link', { name: 'Edit Ivy Intern' });
  await link.focus();
  const scrolled = (await page.evaluate(`
    window.stays = true;
    new MutationObserver(() => {
      window.flashed ||= document.querySelector('.loading') !== null;
    }).observe(document.body, { childList: true, subtree: true });
    window.scrollY
  `)) as number;
  const asked = requests(page, /quota_management/);

  const bar = page.getByRole('meter', { name: 'Monthly plan credits used' });
  expect(await use(organization, 'ivy@acme.test', 25)).toBe(200);
  await expect(cell(page, 'Ivy Intern', 'Used')).toHaveText('25', AT_ONCE);
  await expect(cell(other, 'Ivy Intern', 'Used')).toHaveText('25', AT_ONCE);
  await expect(bar).toHaveAttribute('aria-valuenow', '25');
  expect(asked.length, 'asked once for one change').toBe(1);

  await expect(link).toBeFocused();
  expect(await page.evaluate('[window.stays, window.flashed, window.scrollY]')).toEqual([
    true, false, scrolled,
  ]);
  expect(await use(organization, 'ivy@acme.test', 5)).toBe(200);
  await expect(cell(page, 'Ivy Intern', 'Used')).toHaveText('30', AT_ONCE);
  await other.context().close();
});

test.describe('somebody who is busy', () => {
  // The browser's own words for the answer 409 to a call of the page.
  test.use({ expectedConsole: [/409/] });

  test('is not disturbed while they type or look into a dialog', async ({
    page, context, organization,
  }) => {
    const id = await addMember(organization, 'ivy@acme.test', 'Ivy Intern');
    await signIn(page, organization);
    const other = await elsewhere(context);
    await openTable(other);
    await cap(page, 'Ivy Intern').fill('3');
    await use(organization, 'ivy@acme.test', 25);
    await expect(cell(other, 'Ivy Intern', 'Used')).toHaveText('25');
    await expect(cell(page, 'Ivy Intern', 'Used')).toHaveText('0');
    await expect(cap(page, 'Ivy Intern')).toBeFocused();
    await cap(page, 'Ivy Intern').blur();
    await expect(cell(page, 'Ivy Intern', 'Used')).toHaveText('25');
    await expect(cap(page, 'Ivy Intern')).toHaveValue('3');
    // What was typed is held against what was there by then, whatever the page has read since.
    const ivy = `/api/v1/members/${id}/credit-limit`;
    await organization.api('PUT', ivy, { kind: 'credits', amount: 700 });
    await expect(cap(other, 'Ivy Intern')).toHaveValue('700');
    await expect(cell(page, 'Ivy Intern', 'Credits left')).toContainText('675');
    await cap(page, 'Ivy Intern').press('Enter');
    const both = page.getByRole('dialog', { name: 'Somebody else changed this limit' });
    await expect(both).toContainText('the limit is 700');
    await both.getByRole('link', { name: 'Keep theirs' }).click();
    await expect(cap(page, 'Ivy Intern')).toHaveValue('700');

    await page.getByRole('link', { name: 'Edit Credit Settings' }).click();
    const dialog = page.getByRole('dialog', { name: 'Edit Credit Settings' });
    await expect(dialog).toBeVisible();
    await use(organization, 'ivy@acme.test', 25);
    await expect(cell(other, 'Ivy Intern', 'Used')).toHaveText(/^50/);
    await expect(dialog).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(dialog).toBeHidden();
    await expect(cell(page, 'Ivy Intern', 'Used')).toHaveText(/^50/);
    await other.context().close();
  });
});

test('all tabs share one stream, also after the one that has it is closed', async ({
  page, context, organization,
}) => {
  await addMember(organization, 'ivy@acme.test', 'Ivy Intern');
  const streams = requests(context, /\/live\?/);
  await signIn(page, organization);
  await expect.poll(() => streams.length).toBe(1);
  const [second, third] = [await context.newPage(), await context.newPage()];
  await openTable(second);
  await openTable(third);
  await use(organization, 'ivy@acme.test', 25);
  for (const tab of [page, second, third]) {
    await tab.bringToFront();
    await expect(cell(tab, 'Ivy Intern', 'Used')).toHaveText('25');
  }
  expect(streams.length).toBe(1);
  await page.close();
  await expect.poll(() => streams.length).toBe(2);
  await use(organization, 'ivy@acme.test', 5);
  for (const tab of [second, third]) {
    await tab.bringToFront();
    await expect(cell(tab, 'Ivy Intern', 'Used')).toHaveText('30');
  }
  expect(streams.length).toBe(2);
});

test.describe('with the server restarted', () => {
  // The browser's own words for a server that is not there.
  test.use({ expectedConsole: [/\/live\?/] });

  test('the page recovers by itself', async ({ page, organization }) => {
    await addMember(organization, 'ivy@acme.test', 'Ivy Intern');
    const port = await freePort();
    let server = await serve(port);
    try {
      const link = new URL(organization.signInUrl);
      await page.goto(`http://127.0.0.1:${port}${link.pathname}`);
      await hydrated(page);
      await stop(server);
      await use(organization, 'ivy@acme.test', 25);
      server = await serve(port);
      await expect(cell(page, 'Ivy Intern', 'Used')).toHaveText('25', { timeout: 30_000 });
      await use(organization, 'ivy@acme.test', 5);
      await expect(cell(page, 'Ivy Intern', 'Used')).toHaveText('30', AT_ONCE);
    } finally {
      await stop(server);
    }
  });
});

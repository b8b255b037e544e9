import type { Page } from '@playwright/test';

import { expect, expectAccessible, hydrated, test } from './fixtures';
import { addMember, expectNoSidewaysScrolling, generate, signIn, use } from './support';

const HISTORY = '/usage/history';

/** Asks for what the form says. */
async function show(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Show', exact: true }).click();
  await hydrated(page);
}

test('a number leads to its parts, and to the entries that it is made of', { tag: '@plain' }, async ({
  page, open, organization,
}) => {
  await addMember(organization, 'ivy@acme.test', 'Ivy <b>Intern</b>');
  expect(await use(organization, organization.admin, 500)).toBe(200);
  expect(await use(organization, 'ivy@acme.test', 88)).toBe(200);
  await signIn(page, organization);
  await open(HISTORY);
  await expect(page.getByRole('img', { name: 'Credits by day' }))
    .toHaveAccessibleDescription(/588 in all/);
  await page.getByLabel('Told apart').selectOption('Members');
  await show(page);
  await expect(page).toHaveURL(/by=member/);
  const row = page.getByRole('row').filter({ hasText: 'Ivy <b>Intern</b>' });
  await expect(row.first()).toContainText('88');
  await expectAccessible(page);
  await row.getByRole('link', { name: 'Entries' }).click();
  await expect(page.getByRole('heading', { name: 'Ledger' })).toBeVisible();
  await expect(page.getByRole('table').getByRole('row')).toHaveCount(2);
  await expect(page.getByRole('table')).toContainText('Prospect search');
  await expectAccessible(page);
  await page.getByRole('link', { name: 'Usage history of the same' }).click();
  await expect(page.getByLabel('Member')).toHaveValue(/-/);
  await expect(page.getByRole('img', { name: 'Credits by day' }))
    .toHaveAccessibleDescription(/88 in all/);
});

test('what cannot be asked is said at its field', { tag: '@plain' }, async ({
  page, open, organization,
}) => {
  await signIn(page, organization);
  await open(`${HISTORY}?from=2026-03-02&to=2026-03-01`);
  await expect(page.getByText('Must not be after the last day, 2026-03-01.')).toBeVisible();
  await expect(page.getByLabel('From day')).toHaveAttribute('aria-invalid', 'true');
  await expect(page.getByLabel('From day')).toHaveValue('2026-03-02');
});

test('a table that is open stays open when its numbers change', async ({
  page, open, organization,
}) => {
  expect(await use(organization, organization.admin, 588)).toBe(200);
  expect((await generate(organization, organization.admin, 77)).status).toBe(200);
  await signIn(page, organization);
  await open(HISTORY);
  const table = page.getByRole('table', { name: 'Credits by day' });
  await page.getByText('Show as a table').click();
  await expect(table.getByRole('row').last()).toContainText('588');
  expect(await use(organization, organization.admin, 12)).toBe(200);
  await expect(table.getByRole('row').last()).toContainText('600');
  // Another meter and back: the same panel, with other content each time.
  await page.getByLabel('Meter').selectOption('AI tokens');
  await show(page);
  await expect(page.getByRole('img', { name: 'AI tokens by day' }))
    .toHaveAccessibleDescription(/77 in all/);
  await page.goBack();
  await expect(page.getByRole('img', { name: 'Credits by day' }))
    .toHaveAccessibleDescription(/600 in all/);
});

test('administrators show usage to all members, and hide it again', { tag: '@plain' }, async ({
  page, open, organization,
}) => {
  await signIn(page, organization);
  for (const [button, now] of [
    ['Show it to all members', 'All members see usage, history and reports.'],
    ['Show it to administrators only', 'Members without a role see only their own usage.'],
  ] as const) {
    await open(HISTORY);
    await page.getByRole('button', { name: button }).click();
    await hydrated(page);
    await expect(page.getByText(now)).toBeVisible();
  }
});

test('a month is reviewed, and limits that fit are applied and undone', { tag: '@plain' }, async ({
  page, open, organization,
}) => {
  const member = await addMember(organization, 'ivy@acme.test', 'Ivy Intern');
  const limit = { kind: 'credits', amount: 500 };
  await organization.api('PUT', `/api/v1/members/${member}/credit-limit`, limit);
  expect(await use(organization, 'ivy@acme.test', 20)).toBe(200);
  expect(await use(organization, 'ivy@acme.test', 600)).toBe(429);
  await signIn(page, organization);
  const month = new Date().toISOString().slice(0, 7);
  await open(`/reports?month=${month}`);
  const met = page.getByRole('region').or(page.locator('section'))
    .filter({ has: page.getByRole('heading', { name: 'Who met limits' }) });
  await expect(met.first()).toContainText('Ivy Intern');
  await expect(met.first()).toContainText('1 time');
  await page.getByRole('link', { name: 'Propose new limits' }).click();
  await expect(page.getByLabel('Apply to Ivy Intern')).toBeChecked();
  await page.getByLabel('New limit of Ivy Intern').fill('320');
  await page.getByRole('button', { name: 'Apply' }).click();
  await expect(page.getByText('Saved. The next requests see the new limits.')).toBeVisible();
  const saved = async () =>
    (await organization.api('GET', `/api/v1/members/${member}/credit-limit`)).body.credits;
  expect(await saved()).toBe(320);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect.poll(saved).toBe(500);
});

test.describe('a number that is none', () => {
  // The browser tells of every answer that says no.
  test.use({ expectedConsole: [/status of 422/] });

  test('what limits would fit says what is wrong with a number', async ({
    page, open, organization,
  }) => {
    const member = await addMember(organization, 'ivy@acme.test', 'Ivy Intern');
    const limit = { kind: 'credits', amount: 500 };
    await organization.api('PUT', `/api/v1/members/${member}/credit-limit`, limit);
    await signIn(page, organization);
    await open('/reports/reallocation');
    await page.getByLabel('New limit of Ivy Intern').fill('many');
    await page.getByRole('button', { name: 'Apply' }).click();
    await expect(page.getByText('must be a number of credits, such as 500')).toBeVisible();
    await expect(page.getByLabel('New limit of Ivy Intern')).toHaveValue('many');
  });
});

test('reports fit a phone', { tag: '@plain' }, async ({ page, open, organization }) => {
  expect(await use(organization, organization.admin, 588)).toBe(200);
  await page.setViewportSize({ width: 390, height: 844 });
  await signIn(page, organization);
  for (const path of ['/reports', `${HISTORY}?by=operation`, '/usage/ledger']) {
    await open(path);
    await expectNoSidewaysScrolling(page);
  }
});

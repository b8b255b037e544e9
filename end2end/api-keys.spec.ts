import { expect, expectAccessible, hydrated, test } from './fixtures';
import { addSubtenant, expectNoSidewaysScrolling, row, signIn } from './support';
import type { Page } from '@playwright/test';

const API_KEYS = '/settings/api-keys';

/** The key that was made a moment ago: the page shows it once. */
async function newKey(page: Page): Promise<string> {
  const shown = page.getByRole('region', { name: 'The new key' });
  return (await shown.getByText(/^allot_/).innerText()).trim();
}

/** What the server answers to a request for a decision with a key. */
async function ask(url: string, key: string, member: string): Promise<number> {
  const response = await fetch(`${url}/api/v1/check`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ member, operation: 'prospect_search', quantity: 1 }),
  });
  return response.status;
}

test('a key is made, used, replaced and revoked', {
  tag: '@plain',
}, async ({ page, open, organization, baseURL }) => {
  const url = baseURL ?? '';
  await addSubtenant(organization, 'North', `bob-${organization.id}@example.test`);
  await signIn(page, organization);
  await open(API_KEYS);
  await expect(row(page, 'First key')).toContainText('consume, read, admin');
  await page.getByLabel('Name').fill('Worker of North');
  await page.getByLabel('read', { exact: true }).check();
  await page.getByLabel('Reaches').selectOption('North');
  await page.getByLabel('Last day').fill('2030-12-31');
  await page.getByRole('button', { name: 'Make key' }).click();
  await expect(page.getByText('Copy it now')).toBeVisible();
  const key = await newKey(page);
  expect(page.url()).not.toContain(key.split('_').at(-1));
  await expect(row(page, 'Worker of North')).toContainText('Only in North');
  await expect(row(page, 'Worker of North')).toContainText('Ends 1 Jan 2031, 00:00 CET');
  await expectAccessible(page);
  expect(await ask(url, key, `bob-${organization.id}@example.test`)).toBe(200);
  expect(await ask(url, key, organization.admin)).toBe(404);

  await open(API_KEYS);
  await expect(page.getByText(key)).toHaveCount(0);
  await page.getByRole('link', { name: 'Edit Worker of North' }).click();
  await hydrated(page);
  await page.getByLabel('Name').fill('Worker');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Saved.')).toBeVisible();

  await page.getByRole('link', { name: 'Edit Worker' }).click();
  await hydrated(page);
  await page.locator('summary').filter({ hasText: 'Replace the key' }).click();
  await page.getByLabel('How long this one still works').selectOption('1 hour');
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Replace the key' }).click();
  const next = await newKey(page);
  await expect(row(page, 'Worker')).toHaveCount(2);
  for (const works of [key, next]) {
    expect(await ask(url, works, `bob-${organization.id}@example.test`)).toBe(200);
  }

  await page.getByRole('link', { name: 'Edit Worker' }).first().click();
  await hydrated(page);
  await page.locator('summary').filter({ hasText: 'Revoke the key' }).click();
  await page.getByRole('button', { name: 'Revoke the key' }).click();
  await expect(page.getByText('Revoked. The next request')).toBeVisible();
  expect(await ask(url, next, `bob-${organization.id}@example.test`)).toBe(401);
  await page.getByRole('link', { name: 'Revoked', exact: true }).click();
  await expect(row(page, 'Worker')).toHaveCount(1);
  await page.getByRole('link', { name: 'Expired', exact: true }).click();
  await expect(page.getByText('No key has expired.')).toBeVisible();
});

test('what is wrong is told at its field', { tag: '@plain' }, async ({ page, open, organization }) => {
  await signIn(page, organization);
  await open(API_KEYS);
  await page.getByLabel('Name').fill('Of the past');
  await page.getByLabel('consume', { exact: true }).uncheck();
  await page.getByRole('button', { name: 'Make key' }).click();
  await expect(page.getByText('Must be at least one.')).toBeVisible();
  await hydrated(page);
  await expect(page.getByLabel('Name')).toHaveValue('Of the past');
  await page.getByLabel('read', { exact: true }).check();
  await page.getByLabel('Last day').fill('2020-01-01');
  await page.getByRole('button', { name: 'Make key' }).click();
  await expect(page.getByText('Must not be in the past.')).toBeVisible();
  await expectAccessible(page);
});

test('keys fit a phone', { tag: '@plain' }, async ({ page, open, organization }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  const name = 'The programme of Featherstonehaugh-Cholmondeley, which has a rather long name';
  await organization.api('POST', '/api/v1/api-keys', { name, scopes: ['consume', 'read', 'admin'] });
  await signIn(page, organization);
  await open(API_KEYS);
  await expect(row(page, name)).toBeVisible();
  await expectNoSidewaysScrolling(page);
  await page.getByRole('link', { name: `Edit ${name}` }).click();
  await hydrated(page);
  await expectNoSidewaysScrolling(page);
});

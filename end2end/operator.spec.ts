import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';

import { expect, expectAccessible, hydrated, test } from './fixtures';
import { expectNoSidewaysScrolling, row, signIn, use } from './support';
import type { Page } from '@playwright/test';

const run = promisify(execFile);
const ORGANIZATIONS = '/operator/organizations';

/** Makes an operator and signs them in by their one-time link. */
async function operate(page: Page): Promise<void> {
  const email = `op-${randomUUID().slice(0, 8)}@example.test`;
  const { stdout } = await run(process.env.ALLOT_BIN ?? '../target/debug/allot', [
    ...['operator', 'create', '--email', email, '--name', 'Olga Operator', '--json'],
  ]);
  await page.goto(JSON.parse(stdout).sign_in_url);
  await expect(page).toHaveURL(ORGANIZATIONS);
  await hydrated(page);
}

/** Opens an organization by searching for its name. */
async function openOrganization(page: Page, name: string): Promise<void> {
  await page.goto(ORGANIZATIONS);
  await hydrated(page);
  await page.getByLabel('Search organizations').fill(name);
  if (test.info().project.use.javaScriptEnabled === false) {
    await page.getByRole('button', { name: 'Apply' }).click();
  }
  await page.getByRole('link', { name }).click();
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
  await hydrated(page);
}

test('an operator signs in with a password of their own', { tag: '@plain' }, async ({ page }) => {
  await operate(page);
  await page.getByRole('link', { name: 'Set a password' }).click();
  await page.getByLabel('New password').fill('correct horse battery');
  await page.getByRole('button', { name: 'Set password' }).click();
  await expect(page.getByText('Use the new password')).toBeVisible();
  const email = await page.locator('.side-email').innerText();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page).toHaveURL('/operator/login');
  await hydrated(page);
  await expectAccessible(page);
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password').fill('correct horse battery');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page).toHaveURL(ORGANIZATIONS);
});

test('an organization is made, and its link signs its administrator in', { tag: '@plain' }, async ({
  page, browser, baseURL,
}) => {
  await operate(page);
  const name = `Console ${randomUUID().slice(0, 8)}`;
  await page.getByRole('link', { name: 'New organization' }).click();
  const dialog = page.getByRole('dialog', { name: 'New organization' });
  await dialog.getByLabel('Name').fill(name);
  await dialog.getByLabel('Administrator’s email').fill(`${randomUUID()}@example.test`);
  await dialog.getByLabel('Plan').selectOption('team');
  await dialog.getByLabel('Time zone').fill('Europe/Berlin');
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Make organization' }).click();
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
  const link = await page.getByText(/\/sign-in\//).innerText();
  await expectAccessible(page);
  const customer = await browser.newContext({ baseURL });
  const theirs = await customer.newPage();
  await theirs.goto(link);
  await expect(theirs).toHaveURL('/enterprise/quota-management');
  await customer.close();
  await page.reload();
  await hydrated(page);
  await expect(page.getByText(/\/sign-in\//)).toHaveCount(0);
});

test('another plan says what it changes, and decides the next request', { tag: '@plain' }, async ({
  page, organization,
}) => {
  expect(await use(organization, organization.admin, 3_000)).toBe(200);
  await operate(page);
  await openOrganization(page, organization.name);
  await page.getByLabel('Change to').selectOption('starter');
  await page.getByRole('button', { name: 'Show what changes' }).click();
  await expect(row(page, 'Credits a month')).toContainText('2,000');
  await expect(row(page, 'Credits a month')).toContainText('3,000 used this month: more than that');
  await expect(page.getByText('restricts spending to 0,50 € a day')).toBeVisible();
  await hydrated(page);
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Change plan' }).click();
  await expect(page.getByText('Starter plan')).toBeVisible();
  expect(await use(organization, organization.admin, 1)).toBe(429);
});

test('the suspended are refused until they are resumed', { tag: '@plain' }, async ({
  page, organization,
}) => {
  await operate(page);
  await openOrganization(page, organization.name);
  await page.getByRole('link', { name: 'Suspend' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Suspend' }).click();
  await expect(page.getByText('nobody of this organization can sign in')).toBeVisible();
  expect(await use(organization, organization.admin, 1)).toBe(403);
  await page.getByRole('link', { name: 'Resume' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Resume' }).click();
  await expect(page.getByRole('link', { name: 'Suspend' })).toBeVisible();
  expect(await use(organization, organization.admin, 1)).toBe(200);
});

test('a pack is granted and pays', { tag: '@plain' }, async ({ page, organization }) => {
  await operate(page);
  await openOrganization(page, organization.name);
  await page.getByRole('link', { name: 'Grant a pack' }).click();
  const dialog = page.getByRole('dialog', { name: `Grant a pack to ${organization.name}` });
  await dialog.getByLabel('Credits').fill('200');
  await dialog.getByRole('button', { name: 'Grant' }).click();
  await expect(page.getByText('Granted. The next request can use it.')).toBeVisible();
  expect((await organization.api('GET', '/api/usage')).body.credits_remaining).toBe(200);
});

test('a plan and an operation are made', { tag: '@plain' }, async ({ page }) => {
  const unique = randomUUID().slice(0, 8);
  await operate(page);
  await page.goto('/operator/plans');
  await hydrated(page);
  await page.getByRole('link', { name: 'New plan' }).click();
  const dialog = page.getByRole('dialog', { name: 'New plan' });
  await dialog.getByLabel('Code').fill(`plan_${unique}`);
  await dialog.getByLabel('Name').fill(`Plan ${unique}`);
  await dialog.getByLabel('Credits a month').fill('7,000');
  await dialog.getByRole('button', { name: 'Make plan' }).click();
  await expect(page.getByRole('heading', { level: 1, name: `Plan ${unique}` })).toBeVisible();
  await hydrated(page);
  await page.getByLabel('Limit of Emails sent').fill('1,000');
  await page.getByLabel('Cap of Emails sent').selectOption('soft');
  await page.getByRole('button', { name: 'Save plan' }).click();
  await expect(page.getByText('The next request of every organization on it')).toBeVisible();
  await expect(page.getByLabel('Limit of Emails sent')).toHaveValue('1,000');
  await expectAccessible(page);

  await page.goto('/operator/rate-card');
  await hydrated(page);
  await page.getByRole('link', { name: 'New operation' }).click();
  const operation = page.getByRole('dialog', { name: 'New operation' });
  await operation.getByLabel('Code').fill(`op_${unique}`);
  await operation.getByLabel('Name').fill(`Operation ${unique}`);
  await operation.getByLabel('Credits', { exact: true }).fill('3');
  await operation.getByRole('button', { name: 'Save' }).click();
  await expect(row(page, `Operation ${unique}`)).toContainText('3 Credits');
});

test('customers are led to the operators’ door', { tag: '@plain' }, async ({
  page, organization,
}) => {
  await signIn(page, organization);
  await page.goto(ORGANIZATIONS);
  await expect(page).toHaveURL('/operator/login');
});

test('it fits a phone, in the dark as well', { tag: '@plain' }, async ({ page, organization }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await operate(page);
  const here = `${ORGANIZATIONS}/${organization.id}`;
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    for (const path of [
      ORGANIZATIONS, `${ORGANIZATIONS}?new`, here, `${here}?plan=starter`, `${here}?edit=pack`,
      '/operator/plans', '/operator/plans/team', '/operator/rate-card',
      '/operator/rate-card?operation=enrich', '/operator/log', '/operator/account',
    ]) {
      await page.goto(path);
      await hydrated(page);
      await expectNoSidewaysScrolling(page);
      await expectAccessible(page);
    }
  }
});

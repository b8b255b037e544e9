import { allot, expect, hydrated, test, type Answer, type Organization } from './fixtures';
import type { Page } from '@playwright/test';

export const QUOTA_MANAGEMENT = '/enterprise/quota-management';

/** Signs the organization's first administrator in by the one-time link. */
export async function signIn(page: Page, organization: Organization): Promise<void> {
  await page.goto(organization.signInUrl);
  await expect(page).toHaveURL(QUOTA_MANAGEMENT);
  await hydrated(page);
}

/** Adds an active member by the API; their id. */
export async function addMember(
  organization: Organization,
  email: string,
  name: string,
): Promise<string> {
  const answer = await organization.api('POST', '/api/v1/members', {
    email,
    name,
    status: 'active',
  });
  expect(answer.status).toBe(201);
  return answer.body.id;
}

/** Adds a subtenant with one active member, named by their email, by the API; its id. */
export async function addSubtenant(
  organization: Organization,
  name: string,
  email: string,
): Promise<string> {
  const added = await organization.api('POST', '/api/v1/subtenants', { name });
  const member = { email, name: email.split('@')[0], status: 'active', subtenant: added.body.id };
  expect((await organization.api('POST', '/api/v1/members', member)).status).toBe(201);
  return added.body.id;
}

/** Grants a credit pack by the command line. */
export async function grantPack(
  organization: Organization,
  credits: number,
  ...more: string[]
): Promise<void> {
  const whose = ['--organization', organization.id, '--credits', String(credits)];
  await allot('pack', 'grant', ...whose, ...more);
}

/** Uses credits by the API; the status of the answer. */
export async function use(
  organization: Organization,
  member: string,
  quantity: number,
): Promise<number> {
  const body = { member, operation: 'prospect_search', quantity };
  return (await organization.api('POST', '/api/v1/consume', body)).status;
}

/** Generates with AI by the API: each token costs 15 millionths of the currency's unit. */
export function generate(
  organization: Organization,
  member: string,
  quantity: number,
): Promise<Answer> {
  const body = { member, operation: 'ai_generate', quantity };
  return organization.api('POST', '/api/v1/consume', body);
}

/** Sets the enterprise limit for a month by the API. */
export async function setLimit(organization: Organization, limit: number | null): Promise<void> {
  const settings = { cycle: { kind: 'monthly' }, limit, set_aside: true, packs_extend: true };
  expect((await organization.api('PUT', '/api/v1/credit-settings', settings)).status).toBe(200);
}

/** Saves the dialog that is open and waits until the server has answered. */
export async function save(page: Page): Promise<void> {
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
}

/** Sets the enterprise limit in the dialog. */
export async function setLimitInDialog(page: Page, limit: string): Promise<void> {
  await page.getByRole('link', { name: 'Edit Credit Settings' }).click();
  const dialog = page.getByRole('dialog', { name: 'Edit Credit Settings' });
  await dialog.getByRole('radio', { name: 'Limit', exact: true }).check();
  await dialog.getByLabel('Credit limit').fill(limit);
  await save(page);
}

/** Gives a member a limit of their own in the dialog. */
export async function setMemberLimitInDialog(
  page: Page,
  name: string,
  limit: string | null,
): Promise<void> {
  await page.getByRole('link', { name: `Edit ${name}` }).click();
  const dialog = page.getByRole('dialog', { name: `Edit ${name}` });
  await dialog.getByRole('checkbox', { name: 'Custom Credit Limit' }).setChecked(limit !== null);
  if (limit !== null) {
    await dialog.getByLabel('Credit limit', { exact: true }).fill(limit);
  }
  await save(page);
}

/** The row of a member in the table. */
export function row(page: Page, name: string) {
  return page.getByRole('row').filter({ hasText: name });
}

/** What a column of the table says of a member. */
export function cell(page: Page, name: string, column: string) {
  return row(page, name).locator(`[data-label="${column}"]`);
}

/** The field in the table that holds a member's limit. */
export function cap(page: Page, name: string) {
  return page.getByRole('textbox', { name: `Quota cap of ${name}` });
}

/** Types a limit into the table and waits until it is saved. */
export async function setCap(page: Page, name: string, limit: string): Promise<void> {
  await cap(page, name).fill(limit);
  // The message before it may say the same.
  const answered = page.waitForResponse(/save_cap/);
  await cap(page, name).press('Enter');
  await answered;
  await expect(page.getByText('The next request sees the new limit')).toBeVisible();
  await page.getByRole('link', { name: 'Dismiss' }).click();
  await expect(page.getByText('The next request sees the new limit')).toBeHidden();
}

/** Fails if the page itself can be scrolled sideways. */
export async function expectNoSidewaysScrolling(page: Page): Promise<void> {
  const [content, window] = await page.evaluate(
    'const page = document.scrollingElement; [page.scrollWidth, page.clientWidth]',
  ) as [number, number];
  expect(content).toBeLessThanOrEqual(window);
}

/** Keeps pictures of the page as it is: wide and as on a phone, light and dark. */
export async function record(page: Page, name: string): Promise<void> {
  for (const [device, width, height] of [['wide', 1280, 900], ['phone', 390, 844]] as const) {
    await page.setViewportSize({ width, height });
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      const path = test.info().outputPath(`${name}-${device}-${colorScheme}.png`);
      await page.screenshot({ path, fullPage: true });
    }
  }
  await page.emulateMedia({ colorScheme: null });
  await page.setViewportSize({ width: 1280, height: 720 });
}

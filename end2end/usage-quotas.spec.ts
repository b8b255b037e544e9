import type { Page } from '@playwright/test';

import { expect, expectAccessible, hydrated, test, type Answer } from './fixtures';
import {
  addSubtenant, expectNoSidewaysScrolling, generate, row, save, signIn,
} from './support';

const USAGE_QUOTAS = '/settings/usage-quotas';
/** 100 EUR for `ai_generate`, at 15 millionths of a euro each. */
const FOR_100_EUR = 6_666_666;

type Amounts = Partial<Record<'Daily' | 'Monthly' | 'Yearly', string>>;

/** Types amounts into the dialog that is open. */
async function type(page: Page, amounts: Amounts): Promise<void> {
  for (const [label, amount] of Object.entries(amounts)) {
    await page.getByRole('dialog').getByLabel(label, { exact: true }).fill(amount);
  }
}

/** Makes a quota by the page, on the scope that the page shows or on a subtenant. */
async function create(page: Page, amounts: Amounts, subtenant?: string): Promise<void> {
  await page.getByRole('link', { name: 'New quota' }).click();
  const dialog = page.getByRole('dialog', { name: 'New quota' });
  if (subtenant !== undefined) {
    await dialog.getByLabel('Subtenant').selectOption(subtenant);
  }
  await type(page, amounts);
  await dialog.getByRole('button', { name: 'Create quota' }).click();
  await expect(page.getByText('The next request sees the new quota')).toBeVisible();
  await page.getByRole('link', { name: 'Dismiss' }).click();
  await expect(page.getByText('The next request sees the new quota')).toBeHidden();
}

/** The scopes that said no. */
function scopes(answer: Answer): string[] {
  expect(answer.status).toBe(429);
  return answer.body.failed.map((failed: { scope: string }) => failed.scope);
}

test('worked example C: a quota of a subtenant, then one of everybody', { tag: '@plain' }, async ({
  page, organization, open,
}) => {
  await addSubtenant(organization, 'A', 'amy@acme.test');
  await addSubtenant(organization, 'B', 'ben@acme.test');
  await signIn(page, organization);
  await open(USAGE_QUOTAS);
  await expect(page.getByText('No quotas yet')).toBeVisible();
  await expect(page.getByRole('region', { name: 'This month' })).toContainText('No monthly limit');
  await create(page, { Monthly: '100' }, 'A');
  await expect(page).toHaveURL(/subtenant=/);
  await expect(row(page, '100,00 €')).toContainText('In force');
  await expectAccessible(page);

  expect(scopes(await generate(organization, 'amy@acme.test', FOR_100_EUR + 1)))
    .toEqual(['subtenant']);
  expect((await generate(organization, 'amy@acme.test', FOR_100_EUR)).status).toBe(200);
  expect((await generate(organization, 'ben@acme.test', 1_000_000)).status).toBe(200);
  await page.reload();
  await hydrated(page);
  const month = page.getByRole('region', { name: 'This month' });
  await expect(month).toContainText('99,99999 € used');
  await expect(month).toContainText('0,00001 € left');
  await expect(month).toContainText('of the subtenant’s 100,00 € a month');

  await open(USAGE_QUOTAS);
  await create(page, { Monthly: '150' });
  await page.getByRole('link', { name: 'Edit the quota of A' }).click();
  await type(page, { Monthly: '500' });
  await save(page);
  await expect(row(page, '500,00 €')).toContainText('In force');
  // 114.99999 EUR were spent before: 35.00001 EUR are left of the organization's 150.
  expect(scopes(await generate(organization, 'amy@acme.test', 2_333_335)))
    .toEqual(['organization']);
  expect((await generate(organization, 'amy@acme.test', 2_333_334)).status).toBe(200);
  expect(scopes(await generate(organization, 'ben@acme.test', 1))).toEqual(['organization']);
  await open(USAGE_QUOTAS);
  await expect(month).toContainText('150,00 € used');
  await expect(month).toContainText('100% used');
  await expect(month).toContainText('of the organization’s 150,00 € a month');
});

test('the quota before a deleted one is in force again', { tag: '@plain' }, async ({
  page, organization, open,
}) => {
  await signIn(page, organization);
  await open(USAGE_QUOTAS);
  await create(page, { Daily: '5' });
  await page.getByRole('link', { name: 'New quota' }).click();
  await expect(page.getByRole('dialog')).toContainText('Closes the quota in force');
  await expect(page.getByRole('dialog')).toContainText('5,00 € a day');
  await page.getByRole('link', { name: 'Close' }).click();
  await create(page, { Daily: '0' });
  expect(scopes(await generate(organization, organization.admin, 1))).toEqual(['organization']);
  await expect(row(page, '5,00 €')).toContainText('Closed');
  await expect(row(page, '5,00 €').getByRole('link')).toHaveCount(0);

  await page.getByRole('link', { name: 'Delete the quota of the whole organization' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('in force again');
  await expect(dialog).toContainText('5,00 € a day');
  await dialog.getByRole('button', { name: 'Delete quota' }).click();
  await expect(page.getByText('The next request is decided without it')).toBeVisible();
  await expect(row(page, '5,00 €')).toContainText('In force');
  expect((await generate(organization, organization.admin, 1)).status).toBe(200);

  await page.getByRole('link', { name: 'Delete the quota of the whole organization' }).click();
  await expect(dialog).toContainText('Afterwards there is no restriction');
  await dialog.getByRole('button', { name: 'Delete quota' }).click();
  await expect(page.getByText('No quotas yet')).toBeVisible();
});

test('no restriction can be meant', { tag: '@plain' }, async ({ page, organization, open }) => {
  await signIn(page, organization);
  await open(USAGE_QUOTAS);
  await page.getByRole('link', { name: 'New quota' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('checkbox', { name: 'No restriction' }).check();
  await dialog.getByRole('button', { name: 'Create quota' }).click();
  await expect(row(page, 'Whole organization')).toContainText('No restriction');
});

test('the scope is chosen at once and kept in the URL', async ({ page, organization, open }) => {
  await addSubtenant(organization, 'North', 'amy@acme.test');
  await signIn(page, organization);
  await open(USAGE_QUOTAS);
  await page.getByLabel('Quotas of').selectOption('North');
  await expect(page).toHaveURL(/subtenant=/);
  await expect(page.getByText('No quotas on this subtenant yet')).toBeVisible();
  await page.reload();
  await hydrated(page);
  await expect(page.getByLabel('Quotas of')).toContainText('North');
  await page.getByLabel('Quotas of').selectOption('Whole organization');
  await expect(page.getByText('No quotas yet')).toBeVisible();
});

test('the table of subtenants leads to their quotas', { tag: '@plain' }, async ({
  page, organization, open,
}) => {
  const subtenant = await addSubtenant(organization, 'North', 'amy@acme.test');
  const body = { meter: 'spend', subtenant, daily: 5_000_000 };
  expect((await organization.api('POST', '/api/v1/quotas', body)).status).toBe(201);
  await signIn(page, organization);
  await open('/enterprise/subtenants');
  await page.getByRole('link', { name: '1 quotas in force of North' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Usage Quotas' })).toBeVisible();
  await expect(row(page, 'North')).toContainText('5,00 €');
});

test.describe('what is refused', () => {
  // The browser's own words for the answers 422 and 409 to a call of the page.
  test.use({ expectedConsole: [/422|409/] });

  test('amounts are refused at their fields, and nothing is lost', { tag: '@plain' }, async ({
    page, organization, open,
  }) => {
    await signIn(page, organization);
    await open(USAGE_QUOTAS);
    await page.getByRole('link', { name: 'New quota' }).click();
    const dialog = page.getByRole('dialog');
    for (const [amounts, label, message] of [
      [{ Monthly: '10', Yearly: '5' }, 'Monthly', /at most the yearly limit/],
      [{ Monthly: '-1', Yearly: '' }, 'Monthly', /not be negative/],
      [{ Monthly: '0,0000001' }, 'Monthly', /at most 6 decimal places/],
      [{ Monthly: '', Daily: '1.50' }, 'Daily', /such as 1\.234,56\s€/],
      [{ Daily: '1,234.56' }, 'Daily', /such as 1\.234,56\s€/],
      [{ Daily: '1,234' }, 'Daily', /could mean two amounts/i],
    ] as [Amounts, string, RegExp][]) {
      await type(page, amounts);
      await dialog.getByRole('button', { name: 'Create quota' }).click();
      const field = dialog.getByLabel(label, { exact: true });
      await expect(field).toHaveAccessibleDescription(message);
      await expect(field).toHaveAttribute('aria-invalid', 'true');
      for (const [label, amount] of Object.entries(amounts)) {
        await expect(dialog.getByLabel(label, { exact: true })).toHaveValue(amount);
      }
    }
    await type(page, { Daily: '1,5' });
    await dialog.getByRole('checkbox', { name: 'No restriction' }).check();
    await dialog.getByRole('button', { name: 'Create quota' }).click();
    await expect(dialog.getByLabel('Daily')).toHaveAccessibleDescription(/No restriction/);
    await dialog.getByRole('checkbox', { name: 'No restriction' }).uncheck();
    await dialog.getByRole('button', { name: 'Create quota' }).click();
    await expect(row(page, '1,50 €')).toContainText('In force');
  });

  test('an empty quota asks whether that is meant', { tag: '@plain' }, async ({
    page, organization, open,
  }) => {
    await signIn(page, organization);
    await open(USAGE_QUOTAS);
    await page.getByRole('link', { name: 'New quota' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Create quota' }).click();
    await expect(dialog.getByRole('alert')).toContainText(
      'Enter a limit, or tick No restriction if nothing shall limit spending.',
    );
    await expectAccessible(page);
  });

  test('an edit of an old state says how it is now', { tag: '@plain' }, async ({
    page, organization, open,
  }) => {
    const body = { meter: 'spend', daily: 5_000_000 };
    const made = await organization.api('POST', '/api/v1/quotas', body);
    await signIn(page, organization);
    await open(USAGE_QUOTAS);
    await page.getByRole('link', { name: 'Edit the quota of the whole organization' }).click();
    const dialog = page.getByRole('dialog');
    const field = dialog.getByLabel('Daily');
    await expect(field).toHaveValue('5,00');
    const path = `/api/v1/quotas/${made.body.id}`;
    expect((await organization.api('PATCH', path, { daily: 7_000_000 })).status).toBe(200);
    await field.fill('6');
    await save(page);
    await expect(dialog).toContainText('7,00 € a day');
    await dialog.getByRole('link', { name: 'Show the current values' }).click();
    await expect(field).toHaveValue('7,00');
  });

  test('a new quota does not close one that nobody has seen', { tag: '@plain' }, async ({
    page, organization, open,
  }) => {
    await signIn(page, organization);
    await open(USAGE_QUOTAS);
    await page.getByRole('link', { name: 'New quota' }).click();
    await type(page, { Daily: '5' });
    const body = { meter: 'spend', daily: 7_000_000 };
    expect((await organization.api('POST', '/api/v1/quotas', body)).status).toBe(201);
    await page.getByRole('dialog').getByRole('button', { name: 'Create quota' }).click();
    await expect(page.getByRole('dialog')).toContainText('another quota is in force, 7,00 € a day');
  });
});

test.describe('on a plan without the feature', () => {
  test.use({ plan: 'starter', expectedConsole: [/422/] });

  test('the default restriction is lowered and not raised', { tag: '@plain' }, async ({
    page, organization, open,
  }) => {
    await signIn(page, organization);
    await open(USAGE_QUOTAS);
    const content = page.getByRole('main');
    await expect(content).toContainText('0,50 € a day');
    await expect(content).toContainText('daily, monthly and yearly limits');
    await expect(content.getByRole('link', { name: 'Compare plans' })).toBeVisible();
    await expect(page.getByRole('button', { name: 'New quota' })).toBeDisabled();
    await expect(page.getByRole('button', { name: /^Delete the quota/ })).toBeDisabled();
    await expectAccessible(page);

    await page.getByRole('link', { name: 'Lower the quota of the whole organization' }).click();
    const dialog = page.getByRole('dialog');
    await expect(dialog).toContainText('cannot be taken back');
    for (const amount of ['0,51', '']) {
      await type(page, { Daily: amount });
      await save(page);
      const field = dialog.getByLabel('Daily');
      await expect(field).toHaveAccessibleDescription(/lowered, not raised or removed/);
      await expect(field).toHaveValue(amount);
    }
    await type(page, { Daily: '0,25' });
    await save(page);
    await expect(row(page, 'Whole organization')).toContainText('0,25 €');
    const today = page.getByRole('region', { name: 'Today' });
    await expect(today).toContainText('0,25 € left');
  });
});

test.describe('in another currency', () => {
  test.use({ currency: 'JPY' });

  test('amounts are written as is usual for it', { tag: '@plain' }, async ({
    page, organization, open,
  }) => {
    await signIn(page, organization);
    await open(USAGE_QUOTAS);
    await expect(page.getByRole('region', { name: 'Today' })).toContainText('¥0 used');
    await page.getByRole('link', { name: 'New quota' }).click();
    await expect(page.getByRole('dialog')).toContainText('Amounts such as ¥1,234.');
    await page.getByRole('link', { name: 'Close' }).click();
    await create(page, { Monthly: '1500' });
    await expect(row(page, 'Whole organization')).toContainText('¥1,500');
    await expect(row(page, 'Whole organization')).not.toContainText('¥1,500.');
  });
});

test('everything fits a phone at night', { tag: '@plain' }, async ({
  page, organization, open,
}) => {
  const subtenant = await addSubtenant(organization, 'North by North-West', 'amy@acme.test');
  const limits = { daily: 1_234_567_890_123, weekly: 5_000_000_000_000, yearly: 9e14 };
  for (const body of [{}, { subtenant, ...limits }, limits]) {
    const answer = await organization.api('POST', '/api/v1/quotas', { meter: 'spend', ...body });
    expect(answer.status).toBe(201);
  }
  await signIn(page, organization);
  await page.setViewportSize({ width: 390, height: 844 });
  await page.emulateMedia({ colorScheme: 'dark' });
  for (const state of ['', '?new=1', `?subtenant=${subtenant}`]) {
    await open(USAGE_QUOTAS + state);
    await expectNoSidewaysScrolling(page);
  }
  await expect(row(page, 'North')).toContainText('1.234.567,890123 €');
});

import type { Page } from '@playwright/test';

import { expect, expectAccessible, hydrated, test, type Organization } from './fixtures';
import {
  addMember, expectNoSidewaysScrolling, generate, grantPack, setLimit, signIn, use,
} from './support';

/** What the states of pages are about. */
interface Things {
  member: string;
  pack: string;
  subtenant: string;
  /** On the whole organization, with a closed one before it. */
  quota: string;
  /** A key of the API. */
  key: string;
}

/**
 * Every page that the navigation offers a Tenant Administrator, with the states of its URL that
 * look different: dialogs, filters, messages.
 */
const PAGES: Record<string, (things: Things) => string[]> = {
  '/enterprise/quota-management': ({ member }) => [
    '', '?q=nobody', '?edit=settings', '?edit=defaults', '?edit=distribute', '?edit=found',
    `?edit=${member}`, '?saved=member',
  ],
  '/enterprise/members': ({ member }) => [
    '', '?search=nobody', '?invite', `?edit=${member}`, `?remove=${member}`, '/import',
  ],
  '/enterprise/subtenants': () => ['', '?new', '?search=nobody'],
  '/enterprise/credit-packs': ({ pack }) => ['', '?show=open', `?pack=${pack}`],
  '/enterprise/plan': () => ['', '?ask=plan', '?saved=plan-requested'],
  '/settings/usage-quotas': ({ quota, subtenant }) => [
    '', '?new=1', `?subtenant=${subtenant}`, `?edit=${quota}`, `?delete=${quota}`,
    '?saved=quota-created',
  ],
  '/settings/user-quotas': ({ member }) => [
    '', '?search=nobody', `?member=${member}`, `?member=${member}&new=1`,
    `?member=${member}&budgets=1`,
  ],
  '/requests': () => ['', '?status=declined', '/ask?own_limit=credits'],
  '/settings/usage': () => [''],
  '/usage/history': ({ member }) => [
    '', '?by=member', '?meter=emails', '?search=nobody', `?member=${member}`, '?from=2099-01-01',
    '/../ledger', '/../ledger?meter=emails', `/../ledger?member=${member}`,
  ],
  '/reports': () => ['', `?month=${new Date().toISOString().slice(0, 7)}`, '/reallocation'],
  '/my-usage': () => [''],
  '/settings/alerts': () => ['', '/../../notifications'],
  '/settings/webhooks': () => ['', '?saved=channel-added'],
  '/settings/api-keys': ({ key }) => ['', '?state=revoked', `?key=${key}`],
  '/audit': () => ['', '?kind=members', '?search=nobody'],
  '/account': () => ['', '?saved=password', '?saved=language'],
};

/** Widths from a phone to a desk, each by day and by night. */
const LOOKS = [1280, 390].flatMap((width) =>
  (['light', 'dark'] as const).map((colorScheme) => ({ width, colorScheme })));

/** An organization that has something of everything. */
async function furnish(organization: Organization): Promise<Things> {
  const member = await addMember(organization, 'ivy@acme.test', 'Ivy Intern');
  const share = { kind: 'percent', basis_points: 2_000 };
  await organization.api('PUT', `/api/v1/members/${member}/credit-limit`, share);
  await setLimit(organization, 1_000);
  await grantPack(organization, 500, '--bought-by', 'Ann Moreau', '--ends', '2099-12-31');
  expect(await use(organization, 'ivy@acme.test', 190)).toBe(200);
  expect(await use(organization, organization.admin, 950)).toBe(200);
  const packs = await organization.api('GET', '/api/v1/packs');
  const north = await organization.api('POST', '/api/v1/subtenants', { name: 'North' });
  const subtenant = north.body.id;
  const limit = async (limits: object) =>
    (await organization.api('POST', '/api/v1/quotas', { meter: 'spend', ...limits })).body.id;
  await limit({ subtenant, weekly: 5_000_000, monthly: 10_000_000 });
  await limit({ daily: 2_000_000 });
  const quota = await limit({ daily: 20, monthly: 150_000_000, yearly: 1_200_000_000 });
  expect((await generate(organization, organization.admin, 2)).status).toBe(429);
  expect((await generate(organization, organization.admin, 1)).status).toBe(200);
  const keys = await organization.api('GET', '/api/v1/api-keys');
  const key = keys.body.api_keys[0].id;
  return { member, pack: packs.body.packs[0].id, subtenant, quota, key };
}

/** Holds the page, as it is, against the rules in every look. */
async function expectAccessibleInEveryLook(page: Page): Promise<void> {
  for (const { width, colorScheme } of LOOKS) {
    await page.setViewportSize({ width, height: 844 });
    await page.emulateMedia({ colorScheme });
    await expectNoSidewaysScrolling(page);
    await expectAccessible(page);
  }
}

async function visit(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await hydrated(page);
  await expectAccessibleInEveryLook(page);
}

test('the list of pages is that of the navigation', async ({ page, organization }) => {
  await signIn(page, organization);
  const links = page.getByRole('navigation', { name: 'Main' }).getByRole('link');
  const paths = await links.evaluateAll((all) => all.map((link) => link.getAttribute('href')));
  expect(paths).toEqual(Object.keys(PAGES));
});

for (const [path, states] of Object.entries(PAGES)) {
  test(`${path} is accessible in every state and look`, async ({ page, organization }) => {
    const things = await furnish(organization);
    await signIn(page, organization);
    for (const state of states(things)) {
      await visit(page, path + state);
    }
  });
}

test('pages of an organization that has nothing yet are accessible', async ({
  page, organization,
}) => {
  await signIn(page, organization);
  for (const path of [
    '/enterprise/quota-management', '/enterprise/credit-packs', '/settings/usage-quotas',
    '/settings/usage', '/my-usage',
  ]) {
    await visit(page, path);
  }
});

test('an open request is accessible', async ({ page, organization }) => {
  const body = { plan: 'team', note: 'Fewer of us' };
  expect((await organization.api('POST', '/api/v1/plan/request', body)).status).toBe(201);
  await signIn(page, organization);
  await visit(page, '/enterprise/plan');
});

test('the navigation is accessible as a sheet', async ({ page, organization }) => {
  await signIn(page, organization);
  await page.setViewportSize({ width: 390, height: 844 });
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.getByRole('button', { name: 'Open navigation' }).click();
    await expect(page.getByRole('link', { name: 'My Usage' })).toBeVisible();
    await expectAccessible(page);
    await page.keyboard.press('Escape');
  }
});

test.describe('what is wrong with a form', () => {
  test.use({ expectedConsole: [/422/] });

  test('is accessible', async ({ page, organization }) => {
    await signIn(page, organization);
    await page.goto('/enterprise/quota-management?edit=settings');
    await hydrated(page);
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('radio', { name: 'Limit', exact: true }).check();
    await dialog.getByLabel('Credit limit').fill('lots');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await expect(dialog.getByLabel('Credit limit')).toHaveAttribute('aria-invalid', 'true');
    await expectAccessibleInEveryLook(page);
  });
});

test('the sign-in is accessible', async ({ page }) => {
  await visit(page, '/login');
  await visit(page, '/login?link=used');
});

test.describe('pages that are not shown', () => {
  test.use({ expectedConsole: [/404/] });

  test('are accessible', async ({ page, organization }) => {
    await signIn(page, organization);
    await visit(page, '/nowhere');
    await visit(page, '/enterprise/credit-packs?pack=00000000-0000-7000-8000-000000000000');
  });
});

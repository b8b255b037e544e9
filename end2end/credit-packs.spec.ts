import { expect, expectAccessible, hydrated, test, type Organization } from './fixtures';
import { expectNoSidewaysScrolling, grantPack, row, setLimit, signIn, use } from './support';

const CREDIT_PACKS = '/enterprise/credit-packs';

/** An organization whose limit is used up, so that packs pay from now on. */
async function exhausted(organization: Organization): Promise<void> {
  await setLimit(organization, 10);
  expect(await use(organization, organization.admin, 10)).toBe(200);
}

test('without packs the page says who grants them', { tag: '@plain' }, async ({
  page, organization,
}) => {
  await signIn(page, organization);
  await page.goto(CREDIT_PACKS);
  await hydrated(page);
  await expect(page.getByRole('heading', { level: 1, name: 'Credit packs' })).toBeVisible();
  await expect(page.getByText('No packs yet')).toBeVisible();
  await expectAccessible(page);
});

test('a pack opens with the ledger behind it, page by page', { tag: '@plain' }, async ({
  page, organization,
}) => {
  await exhausted(organization);
  await grantPack(organization, 500, '--bought-by', 'Ann Moreau');
  const requests = Array.from({ length: 60 }, () => (
    { member: organization.admin, operation: 'prospect_search', quantity: 2 }
  ));
  expect((await organization.api('POST', '/api/v1/consume/batch', { requests })).status).toBe(200);
  await signIn(page, organization);
  await page.goto(CREDIT_PACKS);
  await hydrated(page);
  await expect(row(page, 'by Ann Moreau')).toContainText('380');
  await row(page, 'by Ann Moreau').getByRole('link', { name: /Ledger/ }).click();

  const pack = page.getByRole('region', { name: 'Pack of 500 credits' });
  await expect(pack).toContainText('500 bought − 120 taken = 380 left');
  await expect(pack.getByRole('row')).toHaveCount(51);
  await expect(pack.getByRole('row').nth(1)).toContainText('Prospect search');
  await expectAccessible(page);
  await pack.getByRole('link', { name: 'Older' }).click();
  await expect(pack.getByRole('row')).toHaveCount(11);
  await expect(pack.getByRole('link', { name: 'Older' })).toHaveCount(0);
  await pack.getByRole('link', { name: 'Newest' }).click();
  await expect(pack.getByRole('row')).toHaveCount(51);
  await pack.getByRole('link', { name: 'Back to all' }).click();
  await expect(row(page, 'by Ann Moreau')).toContainText('380');
});

test('packs that are used up can be left out', { tag: '@plain' }, async ({ page, organization }) => {
  await exhausted(organization);
  await grantPack(organization, 20, '--bought-by', 'First Buyer');
  await grantPack(organization, 30, '--bought-by', 'Second Buyer');
  expect(await use(organization, organization.admin, 25)).toBe(200);
  await signIn(page, organization);
  await page.goto(CREDIT_PACKS);
  await hydrated(page);
  await expect(row(page, 'First Buyer')).toContainText('Used up');
  await expect(row(page, 'Second Buyer')).toContainText('next to pay');
  await page.getByRole('link', { name: /^Open/ }).click();
  await expect(page).toHaveURL(`${CREDIT_PACKS}?show=open`);
  await expect(row(page, 'First Buyer')).toHaveCount(0);
  await expect(row(page, 'Second Buyer')).toContainText('25');
});

test('a pack opens by keyboard, and leads back to all of them', async ({ page, organization }) => {
  await grantPack(organization, 20);
  await signIn(page, organization);
  await page.goto(CREDIT_PACKS);
  await hydrated(page);
  await page.getByRole('link', { name: /Ledger/ }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByText('Nothing was taken from this pack')).toBeVisible();
  await page.getByRole('link', { name: 'Back to all' }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('link', { name: /Ledger/ })).toBeVisible();
});

test('packs fit a phone', { tag: '@plain' }, async ({ page, organization }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await exhausted(organization);
  const buyer = 'Maximiliana von und zu Featherstonehaugh-Cholmondeley';
  await grantPack(organization, 1_000_000, '--bought-by', buyer, '--ends', '2099-12-31');
  expect(await use(organization, organization.admin, 123_456)).toBe(200);
  await signIn(page, organization);
  await page.goto(CREDIT_PACKS);
  await hydrated(page);
  await expectNoSidewaysScrolling(page);
  await page.getByRole('link', { name: /Ledger/ }).click();
  await expect(page.getByRole('region', { name: /^Pack of/ })).toContainText('123,456');
  await expectNoSidewaysScrolling(page);
});

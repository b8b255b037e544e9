import { expect, expectAccessible, hydrated, test } from './fixtures';
import { addMember, expectNoSidewaysScrolling, row, save, signIn, use } from './support';

const SUBTENANTS = '/enterprise/subtenants';

test('a first subtenant is added, renamed, archived and restored', { tag: '@plain' }, async ({
  page, organization, open,
}) => {
  await signIn(page, organization);
  await open(SUBTENANTS);
  await expect(page.getByText('No subtenants yet')).toBeVisible();
  await page.getByRole('link', { name: 'New subtenant' }).click();
  const add = page.getByRole('dialog', { name: 'New subtenant' });
  await add.getByLabel('Name').fill('North');
  await expectAccessible(page);
  await add.getByRole('button', { name: 'Add' }).click();
  await expect(page.getByText('Added. Members can be moved to it.')).toBeVisible();
  await expect(row(page, 'North')).toContainText('0 active');
  await expectAccessible(page);

  await page.getByRole('link', { name: 'Rename North' }).click();
  await page.getByRole('dialog').getByLabel('Name').fill('North & West');
  await save(page);
  await expect(row(page, 'North & West')).toBeVisible();

  await page.getByRole('link', { name: 'Archive North & West' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Archive' }).click();
  await expect(page.getByText('It takes no members until it is restored')).toBeVisible();
  await expect(row(page, 'North & West')).toHaveCount(0);

  await page.getByRole('checkbox', { name: 'Show archived' }).check();
  await page.getByRole('button', { name: 'Show', exact: true }).click();
  await expect(page).toHaveURL(/archived=true/);
  await expect(row(page, 'North & West')).toContainText('Archived');
  await page.getByRole('link', { name: 'Restore North & West' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Restore' }).click();
  await expect(page.getByText('Restored. It takes members again.')).toBeVisible();
  await expect(page).toHaveURL(/archived=true/);
});

test('one whose members still use it says so instead', { tag: '@plain' }, async ({
  page, organization, open,
}) => {
  const bob = await addMember(organization, 'bob@acme.test', 'Bob');
  const added = await organization.api('POST', '/api/v1/subtenants', { name: 'North' });
  const body = { subtenant: added.body.id };
  const moved = await organization.api('PUT', `/api/v1/members/${bob}/subtenant`, body);
  expect(moved.status).toBe(200);
  expect(await use(organization, 'bob@acme.test', 1_234)).toBe(200);
  await signIn(page, organization);
  await open(SUBTENANTS);
  await expect(row(page, 'North')).toContainText('1,234');
  await expect(row(page, 'North')).toContainText('1 active');
  await page.getByRole('link', { name: 'Archive North' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('1 member of this subtenant can use it');
  await expect(dialog.getByRole('button', { name: 'Archive' })).toHaveCount(0);
});

test.describe('what is refused', () => {
  // The browser's own words for the answers 422 and 409 to a call of the page.
  test.use({ expectedConsole: [/422|409/] });

  test('a name that is taken is refused at its field', { tag: '@plain' }, async ({
    page, organization, open,
  }) => {
    await organization.api('POST', '/api/v1/subtenants', { name: 'North' });
    await signIn(page, organization);
    await open(SUBTENANTS);
    await page.getByRole('link', { name: 'New subtenant' }).click();
    const field = page.getByRole('dialog').getByLabel('Name');
    await field.fill('North');
    await page.getByRole('dialog').getByRole('button', { name: 'Add' }).click();
    await expect(field).toHaveAttribute('aria-invalid', 'true');
    await expect(field).toHaveAccessibleDescription(/belongs to a subtenant already/i);
    await expect(field).toHaveValue('North');
  });

  test('an edit of an old state is refused and says how it is now', { tag: '@plain' }, async ({
    page, organization, open,
  }) => {
    const added = await organization.api('POST', '/api/v1/subtenants', { name: 'North' });
    await signIn(page, organization);
    await open(SUBTENANTS);
    await page.getByRole('link', { name: 'Rename North' }).click();
    const field = page.getByRole('dialog').getByLabel('Name');
    await expect(field).toHaveValue('North');
    const path = `/api/v1/subtenants/${added.body.id}`;
    expect((await organization.api('PATCH', path, { name: 'East' })).status).toBe(200);
    await field.fill('West');
    await save(page);
    await expect(page.getByRole('dialog')).toContainText('the subtenant is called East');
    expect((await organization.api('GET', path)).body.name).toBe('East');
  });
});

test('the list is searched in the URL and fits a phone', { tag: '@plain' }, async ({
  page, organization, open,
}) => {
  for (const name of ['North', 'North East', 'South']) {
    await organization.api('POST', '/api/v1/subtenants', { name });
  }
  await signIn(page, organization);
  await page.setViewportSize({ width: 390, height: 844 });
  const search = page.getByRole('searchbox', { name: 'Name' });
  await open(SUBTENANTS);
  await search.fill('north e');
  await page.getByRole('button', { name: 'Show', exact: true }).click();
  await expect(page).toHaveURL(/search=north(\+|%20)e/);
  await expect(row(page, 'North East')).toBeVisible();
  await expect(row(page, 'South')).toHaveCount(0);
  await expectNoSidewaysScrolling(page);
  await page.reload();
  await hydrated(page);
  await expect(search).toHaveValue('north e');
  await page.getByRole('link', { name: 'Clear' }).click();
  await expect(row(page, 'South')).toBeVisible();
  await expect(search).toHaveValue('');
});

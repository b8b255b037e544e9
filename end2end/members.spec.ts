import { expect, expectAccessible, hydrated, test } from './fixtures';
import { addMember, expectNoSidewaysScrolling, row, save, signIn, use } from './support';
import type { Browser, Page } from '@playwright/test';

const MEMBERS = '/enterprise/members';
const PASSWORD = 'correct horse battery';

/** Opens the page as the organization's administrator. */
async function openMembers(page: Page, organization: Parameters<typeof signIn>[1], query = '') {
  await signIn(page, organization);
  await page.goto(MEMBERS + query);
  await hydrated(page);
}

/** Opens the dialog of a member, and in it one that asks before something is done. */
async function ask(page: Page, name: string, what: string) {
  await page.getByRole('link', { name: `Edit ${name}` }).click();
  await page.getByRole('dialog').getByRole('link', { name: what }).click();
}

/** A page of somebody else, who is not signed in. */
async function stranger(browser: Browser): Promise<Page> {
  const javaScriptEnabled = test.info().project.use.javaScriptEnabled;
  return (await browser.newContext({ javaScriptEnabled })).newPage();
}

test('somebody is invited, opens the link and joins', { tag: '@plain' }, async ({
  page, organization, browser, baseURL,
}) => {
  await openMembers(page, organization);
  await page.getByRole('link', { name: 'Invite member' }).click();
  const dialog = page.getByRole('dialog', { name: 'Invite member' });
  await dialog.getByLabel('Name').fill('Ivy Intern');
  const email = `ivy-${organization.id}@acme.test`;
  await dialog.getByLabel('Email').fill(email);
  await dialog.getByLabel('Job role').selectOption('Intern or new employee');
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Invite' }).click();

  const shown = page.getByRole('dialog', { name: 'Invitation for Ivy Intern' });
  const url = await shown.getByLabel('Link to join').inputValue();
  await expectAccessible(page);
  await shown.getByRole('link', { name: 'Done' }).click();
  await expect(shown).toBeHidden();
  await expect(row(page, 'Ivy Intern')).toContainText('Invited');

  const theirs = await stranger(browser);
  await theirs.goto(new URL(url).pathname.replace(/^/, baseURL ?? ''));
  await hydrated(theirs);
  await expect(theirs.getByRole('heading', { name: `Join ${organization.name}` })).toBeVisible();
  await theirs.getByLabel('Choose a password').fill(PASSWORD);
  await theirs.getByRole('button', { name: 'Join' }).click();
  await expect(theirs.getByRole('heading', { level: 1, name: 'My Usage' })).toBeVisible();

  await page.reload();
  await expect(row(page, 'Ivy Intern')).toContainText('Active');
  expect(await use(organization, email, 1)).toBe(200);
  await theirs.context().close();
});

test('a member gets another role and name', { tag: '@plain' }, async ({ page, organization }) => {
  await addMember(organization, 'bob@acme.test', 'Bob');
  await openMembers(page, organization, '?search=bob');
  await page.getByRole('link', { name: 'Edit Bob' }).click();
  const dialog = page.getByRole('dialog', { name: 'Edit Bob' });
  await dialog.getByLabel('Name').fill('Robert');
  await dialog.getByRole('checkbox', { name: 'User Quota Administrator' }).check();
  await save(page);
  await expect(row(page, 'Robert')).toContainText('User Quota Administrator');
  await expect(page).toHaveURL(/search=bob/);
  await expect(page.getByText('Saved.')).toBeVisible();
});

test('a member is deactivated, reactivated and removed', { tag: '@plain' }, async ({
  page, organization,
}) => {
  await addMember(organization, 'bob@acme.test', 'Bob');
  await openMembers(page, organization);
  await ask(page, 'Bob', 'Deactivate');
  await expect(page.getByRole('dialog')).toContainText('cannot use credits');
  await expectAccessible(page);
  await page.getByRole('dialog').getByRole('button', { name: 'Deactivate' }).click();
  await expect(row(page, 'Bob')).toContainText('Inactive');
  expect(await use(organization, 'bob@acme.test', 1)).toBe(403);
  await ask(page, 'Bob', 'Reactivate');
  await page.getByRole('dialog').getByRole('button', { name: 'Reactivate' }).click();
  await expect(row(page, 'Bob')).toContainText('Active');
  expect(await use(organization, 'bob@acme.test', 1)).toBe(200);
  await ask(page, 'Bob', 'Remove');
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await expect(row(page, 'bob@acme.test')).toHaveCount(0);
  expect(await use(organization, 'bob@acme.test', 1)).toBe(404);
});

test('a list is narrowed down and sorted by its URL', { tag: '@plain' }, async ({
  page, organization,
}) => {
  await addMember(organization, 'bob@acme.test', 'Bob');
  await addMember(organization, 'zoe@acme.test', 'Zoe');
  await openMembers(page, organization);
  await expectAccessible(page);
  await page.getByLabel('Search members').fill('zoe');
  const apply = page.getByRole('button', { name: 'Apply' });
  if (await apply.isVisible()) {
    await apply.click();
  }
  await expect(page).toHaveURL(/search=zoe/);
  await expect(row(page, 'Bob')).toHaveCount(0);
  await expect(row(page, 'Zoe')).toBeVisible();
  await page.goto(MEMBERS);
  await hydrated(page);
  await page.getByRole('link', { name: 'Member', exact: true }).click();
  await expect(page).toHaveURL(/sort=-name/);
  await expect(page.getByRole('row').nth(1)).toContainText('Zoe');
});

test('what is typed is searched at once and the focus stays', async ({ page, organization }) => {
  await addMember(organization, 'bob@acme.test', 'Bob');
  await addMember(organization, 'zoe@acme.test', 'Zoe');
  await openMembers(page, organization);
  const search = page.getByLabel('Search members');
  await search.pressSequentially('zoe', { delay: 20 });
  await expect(row(page, 'Bob')).toHaveCount(0);
  await expect(row(page, 'Zoe')).toBeVisible();
  await expect(search).toBeFocused();
  await expect(page).toHaveURL(/search=zoe/);
  await page.getByLabel('Status').selectOption('Invited');
  await expect(page.getByText('Nobody matches')).toBeVisible();
  await expect(search).toHaveValue('zoe');
});

test.describe('what is refused', () => {
  // The browser's own words for the answers 422 and 409 to a call of the page.
  test.use({ expectedConsole: [/422|409|410/] });

  test('the last administrator keeps the role', { tag: '@plain' }, async ({
    page, organization,
  }) => {
    await openMembers(page, organization);
    await page.getByRole('link', { name: /^Edit Admin/ }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('checkbox', { name: 'Tenant Administrator', exact: true }).uncheck();
    await save(page);
    await expect(page.getByRole('dialog')).toContainText('the last active Tenant Administrator');
  });

  test('a list with errors is not imported, a right one is', { tag: '@plain' }, async ({
    page, organization,
  }) => {
    await signIn(page, organization);
    await page.goto(`${MEMBERS}/import`);
    await hydrated(page);
    await expectAccessible(page);
    await page.getByLabel('List', { exact: true }).fill('name\nBob\n');
    await page.getByRole('button', { name: 'Check the list' }).click();
    await expect(page.getByLabel('List', { exact: true })).toHaveAttribute('aria-invalid', 'true');
    await page.getByLabel('List', { exact: true }).fill('email,name,roles\nbob@acme.test,Bob,king\n');
    await page.getByRole('button', { name: 'Check the list' }).click();
    await expect(page.getByRole('heading', { name: '1 error' })).toBeVisible();
    await expect(row(page, 'Line 2')).toContainText('roles');
    await expect(page.getByRole('button', { name: /^Import/ })).toHaveCount(0);
    await expectAccessible(page);

    await page.getByRole('link', { name: 'Start over' }).click();
    await page.getByLabel('List', { exact: true }).fill('email,name,limit\nbob@acme.test,Bob,20%\n');
    await page.getByRole('button', { name: 'Check the list' }).click();
    await page.getByRole('button', { name: 'Import 1 member' }).click();
    await expect(row(page, 'Bob')).toContainText('Active');
    expect(await use(organization, 'bob@acme.test', 1)).toBe(200);
  });
});

test('a file is read into the list', async ({ page, organization }) => {
  await signIn(page, organization);
  await page.goto(`${MEMBERS}/import`);
  await hydrated(page);
  const buffer = Buffer.from('email,name\nbob@acme.test,Bob\n');
  await page.getByLabel('File', { exact: true }).setInputFiles({ name: 'm.csv', mimeType: 'text/csv', buffer });
  await expect(page.getByLabel('List', { exact: true })).toHaveValue(/bob@acme.test/);
  const large = Buffer.alloc(1_100_000, 'a');
  const file = { name: 'l.csv', mimeType: 'text/csv', buffer: large };
  await page.getByLabel('File', { exact: true }).setInputFiles(file);
  await expect(page.getByText('larger than 1 MiB')).toBeVisible();
});

test.describe('on a phone', () => {
  test.use({ viewport: { width: 390, height: 844 } });

  test('members and their dialogs fit', async ({ page, organization }) => {
    await addMember(organization, 'bob@acme.test', 'Bob with a rather long name'.repeat(3));
    await openMembers(page, organization);
    await expectNoSidewaysScrolling(page);
    await page.getByRole('link', { name: 'Invite member' }).click();
    await expect(page.getByRole('dialog')).toBeVisible();
    await expectNoSidewaysScrolling(page);
    await page.goto(`${MEMBERS}/import`);
    await expectNoSidewaysScrolling(page);
  });
});

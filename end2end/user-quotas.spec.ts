import { expect, expectAccessible, hydrated, test } from './fixtures';
import {
  addMember, addSubtenant, expectNoSidewaysScrolling, generate, row, save, signIn,
} from './support';

const USER_QUOTAS = '/settings/user-quotas';

test('a member is looked for, chosen and limited', { tag: '@plain' }, async ({
  page, organization, open,
}) => {
  await addMember(organization, 'ivy@acme.test', 'Ivy Intern');
  await addMember(organization, 'bob@acme.test', 'Bob');
  await signIn(page, organization);
  await open(USER_QUOTAS);
  await expect(page.getByRole('heading', { name: 'Choose a member' })).toBeVisible();
  await expect(page.getByRole('link', { name: 'New quota' })).toHaveCount(0);
  await page.getByRole('searchbox', { name: 'Search members' }).fill('IVY@');
  if (test.info().project.use.javaScriptEnabled === false) {
    await page.getByRole('button', { name: 'Apply' }).click();
  }
  await expect(page.getByRole('link', { name: 'Bob' })).toHaveCount(0);
  await expectAccessible(page);
  await page.getByRole('link', { name: 'Ivy Intern' }).click();
  await expect(page.getByRole('heading', { level: 2, name: 'Ivy Intern' })).toBeVisible();
  await expect(page.getByText('No quotas on this member yet')).toBeVisible();
  await expectAccessible(page);

  await page.getByRole('link', { name: 'New quota' }).click();
  const dialog = page.getByRole('dialog', { name: 'New quota' });
  await expect(dialog).toContainText('It limits what Ivy Intern spends');
  await dialog.getByLabel('Daily').fill('0,01');
  await dialog.getByRole('button', { name: 'Create quota' }).click();
  await expect(row(page, 'Ivy Intern')).toContainText('0,01 €');
  const denied = await generate(organization, 'ivy@acme.test', 667);
  expect([denied.status, denied.body.failed[0].scope]).toEqual([429, 'member']);
  expect((await generate(organization, 'bob@acme.test', 667)).status).toBe(200);

  await page.getByRole('link', { name: 'Edit the quota of Ivy Intern' }).click();
  await page.getByRole('dialog').getByLabel('Daily').fill('0,02');
  await save(page);
  await expect(row(page, 'Ivy Intern')).toContainText('0,02 €');
  expect((await generate(organization, 'ivy@acme.test', 667)).status).toBe(200);
  await page.reload();
  await hydrated(page);
  const today = page.getByRole('region', { name: 'Today' });
  await expect(today).toContainText('0,010005 € used');
  await expect(today).toContainText('of the member’s 0,02 € a day');

  await page.getByRole('link', { name: 'Delete the quota of Ivy Intern' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete quota' }).click();
  await expect(page.getByText('No quotas on this member yet')).toBeVisible();
  await page.getByRole('link', { name: 'Choose another member' }).click();
  await expect(page.getByRole('link', { name: 'Bob' })).toBeVisible();
});

test('the table of members leads to their quotas and fits a phone', { tag: '@plain' }, async ({
  page, organization, open,
}) => {
  await addMember(organization, 'ivy@acme.test', 'Ivy Intern with a rather long name');
  await signIn(page, organization);
  await page.setViewportSize({ width: 390, height: 844 });
  await page.emulateMedia({ colorScheme: 'dark' });
  await open('/enterprise/members');
  await expectNoSidewaysScrolling(page);
  await page.getByRole('link', { name: /^Quotas of Ivy/ }).click();
  await expect(page.getByText('No quotas on this member yet')).toBeVisible();
  await expectNoSidewaysScrolling(page);
  await page.getByRole('link', { name: 'Choose another member' }).click();
  await expect(page.getByRole('heading', { name: 'Choose a member' })).toBeVisible();
  await expectNoSidewaysScrolling(page);
});

test.describe('a subtenant administrator', () => {
  // Somebody else's member is not found.
  test.use({ expectedConsole: [/404/] });

  test('chooses members of their own subtenant only', { tag: '@plain' }, async ({
    page, organization, open,
  }) => {
    const subtenant = await addSubtenant(organization, 'North', 'amy@acme.test');
    const bob = await addMember(organization, 'bob@acme.test', 'Bob');
    const invited = await organization.api('POST', '/api/v1/members', {
      email: `sue-${organization.id}@example.test`, name: 'Sue', subtenant,
      roles: ['subtenant_administrator'],
    });
    expect(invited.status).toBe(201);
    await open(new URL(invited.body.invitation_url).pathname);
    await page.getByLabel('Choose a password').fill('correct horse battery');
    await page.getByRole('button', { name: 'Join' }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'Members' })).toBeVisible();

    await open(USER_QUOTAS);
    await expect(page.getByText('the members of your own subtenant')).toBeVisible();
    await expect(page.getByRole('link', { name: 'Bob' })).toHaveCount(0);
    await expectAccessible(page);
    await page.getByRole('link', { name: 'amy' }).click();
    await expect(page.getByRole('link', { name: 'New quota' })).toBeVisible();
    await open(`${USER_QUOTAS}?member=${bob}`);
    await expect(page.getByRole('heading', { level: 1, name: 'Not found' })).toBeVisible();
  });
});

test.describe('on a plan without the feature', () => {
  test.use({ plan: 'starter' });

  test('members get no quotas of their own', { tag: '@plain' }, async ({
    page, organization, open,
  }) => {
    const ivy = await addMember(organization, 'ivy@acme.test', 'Ivy Intern');
    await signIn(page, organization);
    await open(`${USER_QUOTAS}?member=${ivy}`);
    await expect(page.getByRole('button', { name: 'New quota' })).toBeDisabled();
    await expect(page.getByRole('main')).toContainText('of the organization’s 0,50 € a day');
    await expectAccessible(page);
  });
});

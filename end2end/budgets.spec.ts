import { expect, expectAccessible, hydrated, test } from './fixtures';
import { addMember, generate, record, save, signIn } from './support';

// What is typed wrong, and what somebody else changed meanwhile.
test.use({ expectedConsole: [/422|409/] });

test('a personal budget is set where the quotas of a member are', { tag: '@plain' }, async ({
  page, open, organization,
}) => {
  const ivy = await addMember(organization, 'ivy@acme.test', 'Ivy Intern');
  await signIn(page, organization);
  await open(`/settings/user-quotas?member=${ivy}`);
  await expect(page.getByText('Shares the organization’s pool')).toHaveCount(2);
  await page.getByRole('link', { name: 'Edit budgets' }).click();
  const dialog = page.getByRole('dialog', { name: 'Personal budgets of Ivy Intern' });
  await expectAccessible(page);
  await dialog.getByLabel('AI tokens a month').fill('many');
  await save(page);
  await expect(dialog.getByText('Must be a whole number, or empty.')).toBeVisible();
  await expect(dialog.getByLabel('AI tokens a month')).toHaveValue('many');
  await dialog.getByLabel('AI tokens a month').fill('1,000');
  await save(page);
  await expect(page.getByText('The next request sees the new budgets')).toBeVisible();
  await expect(page.getByText('0 of 1,000 used')).toBeVisible();
  expect((await generate(organization, 'ivy@acme.test', 900)).status).toBe(200);
  const denied = await generate(organization, 'ivy@acme.test', 101);
  expect([denied.status, denied.body.failed[0].meter]).toEqual([429, 'ai_tokens']);
  await page.reload();
  await hydrated(page);
  await expect(page.getByText('900 of 1,000 used')).toBeVisible();
  await expect(page.getByText('100 left, limited by own limit')).toBeVisible();
  await expectAccessible(page);
  await record(page, 'budgets');
});

test('the dialog of a member has their budgets, and tells of a change in between', {
  tag: '@plain',
}, async ({ page, open, organization }) => {
  const ivy = await addMember(organization, 'ivy@acme.test', 'Ivy Intern');
  await signIn(page, organization);
  await open(`/enterprise/members?edit=${ivy}`);
  const dialog = page.getByRole('dialog', { name: 'Edit Ivy Intern' });
  const quota = { meter: 'enrichments', member: ivy, monthly: 70 };
  expect((await organization.api('POST', '/api/v1/quotas', quota)).status).toBe(201);
  await dialog.getByLabel('Enrichments a month').fill('50');
  await save(page);
  await expect(dialog.getByText('the quota on Enrichments is 70 a month')).toBeVisible();
  await dialog.getByRole('link', { name: 'Show the current values' }).click();
  await hydrated(page);
  await expect(dialog.getByLabel('Enrichments a month')).toHaveValue('70');
  await dialog.getByLabel('Enrichments a month').fill('');
  await save(page);
  await expect(dialog).toBeHidden();
  await open(`/enterprise/members?edit=${ivy}`);
  await expect(dialog.getByLabel('Enrichments a month')).toHaveValue('');
});

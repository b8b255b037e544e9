import { expect, expectAccessible, hydrated, test } from './fixtures';
import { QUOTA_MANAGEMENT, cap, cell, record, save, setCap, setLimitInDialog, signIn, use } from './support';

test('a new admin limits the company, invites an intern, and raises their limit for a time', {
  tag: '@plain',
}, async ({ page, organization, browser, baseURL }) => {
  await signIn(page, organization);
  await record(page, 'first-sight');
  await setLimitInDialog(page, '10,000');
  await expect(page.getByText('The next request sees the new limit')).toBeVisible();

  await page.goto('/enterprise/members?invite');
  await hydrated(page);
  const dialog = page.getByRole('dialog', { name: 'Invite member' });
  const email = `ivy-${organization.id}@acme.test`;
  await dialog.getByLabel('Name').fill('Ivy Intern');
  await dialog.getByLabel('Email').fill(email);
  await dialog.getByLabel('Job role').selectOption('Intern or new employee');
  await record(page, 'invite');
  await dialog.getByRole('button', { name: 'Invite' }).click();
  const link = page.getByRole('dialog', { name: 'Invitation for Ivy Intern' }).getByLabel('Link to join');
  const invitation = new URL(await link.inputValue()).pathname;
  expect(await use(organization, email, 1), 'not before she has joined').toBe(403);

  const javaScriptEnabled = test.info().project.use.javaScriptEnabled;
  const ivy = await (await browser.newContext({ javaScriptEnabled })).newPage();
  await ivy.goto(`${baseURL}${invitation}`);
  await hydrated(ivy);
  await record(ivy, 'join');
  await ivy.getByLabel('Choose a password').fill('correct horse battery');
  await ivy.getByRole('button', { name: 'Join' }).click();
  await expect(ivy.getByRole('heading', { level: 1, name: 'My Usage' })).toBeVisible();

  await page.goto(QUOTA_MANAGEMENT);
  await hydrated(page);
  await setCap(page, 'Ivy Intern', '500');
  expect(await use(organization, email, 500)).toBe(200);
  expect(await use(organization, email, 1)).toBe(429);

  await page.getByRole('link', { name: 'Edit Ivy Intern' }).click();
  const edit = page.getByRole('dialog', { name: 'Edit Ivy Intern' });
  await expect(edit.getByText('Usual for Intern or new employee: 500 a month.')).toBeVisible();
  await edit.getByLabel('Credit limit', { exact: true }).fill('800');
  await edit.getByRole('checkbox', { name: 'Only for a time' }).check();
  await edit.getByLabel('Last day').fill('2099-12-31');
  await record(page, 'raise');
  await save(page);
  await expect(cap(page, 'Ivy Intern')).toHaveValue('800');
  await expect(cell(page, 'Ivy Intern', 'Quota cap')).toContainText('then 500');
  expect(await use(organization, email, 300)).toBe(200);
  expect(await use(organization, email, 1)).toBe(429);
  await expectAccessible(page);
  await record(page, 'raised');
  await ivy.context().close();
});

test('all of it goes by keyboard alone', async ({ page, organization }) => {
  const press = async (role: 'link' | 'button', name: string) => {
    await page.getByRole(role, { name, exact: true }).focus();
    await page.keyboard.press('Enter');
  };
  const type = async (label: string, text: string) => {
    await page.getByRole('dialog').getByLabel(label, { exact: true }).focus();
    await page.keyboard.press('Control+A');
    await page.keyboard.type(text);
  };
  await signIn(page, organization);

  await press('link', 'Edit Credit Settings');
  const settings = page.getByRole('dialog', { name: 'Edit Credit Settings' });
  await settings.getByRole('radio', { name: 'No limit' }).focus();
  await page.keyboard.press('ArrowRight');
  await type('Credit limit', '10000');
  await page.keyboard.press('Enter');
  await expect(settings).toBeHidden();

  await page.goto('/enterprise/members');
  await hydrated(page);
  await press('link', 'Invite member');
  await type('Name', 'Ivy Intern');
  await type('Email', `ivy-${organization.id}@acme.test`);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog', { name: 'Invitation for Ivy Intern' })).toBeVisible();
  await press('link', 'Done');

  await page.goto(QUOTA_MANAGEMENT);
  await hydrated(page);
  await cap(page, 'Ivy Intern').focus();
  await page.keyboard.type('500');
  await page.keyboard.press('Enter');
  await expect(page.getByText('The next request sees the new limit')).toBeVisible();
  await press('button', 'Undo');
  await expect(page.getByText('The limits are as they were before')).toBeVisible();
  await expect(cap(page, 'Ivy Intern')).toHaveValue('');

  await press('link', 'Edit Ivy Intern');
  const edit = page.getByRole('dialog', { name: 'Edit Ivy Intern' });
  for (const [box, field, text] of [
    ['Custom Credit Limit', 'Credit limit', '800'],
    ['Only for a time', 'Last day', '12312099'],
  ] as const) {
    await edit.getByRole('checkbox', { name: box }).focus();
    await page.keyboard.press('Space');
    await edit.getByLabel(field, { exact: true }).focus();
    await page.keyboard.type(text);
  }
  await page.keyboard.press('Enter');
  await expect(edit).toBeHidden();
  await expect(cap(page, 'Ivy Intern')).toHaveValue('800');
  await expect(page.getByRole('link', { name: 'Edit Ivy Intern' })).toBeFocused();

  await page.getByRole('checkbox', { name: 'Select Ivy Intern' }).focus();
  await page.keyboard.press('Space');
  await press('button', 'Edit selected');
  const several = page.getByRole('dialog', { name: 'Edit limits of 1 member' });
  await expect(several).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(several).toBeHidden();
  await expect(page.getByRole('button', { name: 'Edit selected' })).toBeFocused();
  await press('link', 'Used');
  await expect(page).toHaveURL(/sort=-used/);
});

import { expect, expectAccessible, hydrated, test } from './fixtures';
import { setLimit, signIn, use } from './support';

const ALERTS = '/settings/alerts';

test('the bell counts what is new within a moment, and the page lists it', async ({
  page, organization,
}) => {
  await setLimit(organization, 100);
  await signIn(page, organization);
  const bell = page.getByRole('link', { name: /^Notifications/ });
  await expect(bell).toHaveAccessibleName('Notifications');
  expect(await use(organization, organization.admin, 81)).toBe(200);
  await expect(bell).toHaveAccessibleName('Notifications, 1 new');
  expect(await use(organization, organization.admin, 19)).toBe(200);
  await expect(bell).toHaveAccessibleName('Notifications, 2 new');

  await bell.click();
  await expect(page).toHaveURL('/notifications');
  await expect(page.getByRole('listitem').filter({ hasText: 'New' })).toHaveCount(2);
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Mark all as read' }).click();
  await hydrated(page);
  await expect(bell).toHaveAccessibleName('Notifications');
  await expect(page.getByRole('button', { name: 'Mark all as read' })).toHaveCount(0);
});

test('thresholds and who is told are set, and a wrong one is told at its field', {
  tag: '@plain',
}, async ({ page, open, organization }) => {
  await signIn(page, organization);
  await open(ALERTS);
  const whole = page.getByRole('group', { name: 'Limits of the organization' });
  await whole.getByLabel('Thresholds in percent').fill('50, 120');
  await whole.getByLabel('Also these members').fill(organization.admin);
  await page.getByRole('button', { name: 'Save' }).click();
  await hydrated(page);
  await expect(whole.getByText('Must be between 1 and 100.')).toBeVisible();
  await expect(whole.getByLabel('Thresholds in percent')).toHaveValue('50, 120');
  await expect(whole.getByLabel('Thresholds in percent')).toBeFocused();
  await expectAccessible(page);

  await whole.getByLabel('Thresholds in percent').fill('50, 90');
  await page.getByLabel('A digest each Monday').check();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Saved. It counts from the next request on.')).toBeVisible();
  await expect(whole.getByLabel('Thresholds in percent')).toHaveValue('50, 90');
  await expect(whole.getByLabel('Also these members')).toHaveValue(organization.admin);
  await expect(page.getByLabel('A digest each Monday')).toBeChecked();

  await setLimit(organization, 10);
  expect(await use(organization, organization.admin, 5)).toBe(200);
  await expect(async () => {
    await open(ALERTS);
    const lately = page.getByRole('region', { name: 'Reached lately' });
    await expect(lately.getByRole('listitem')).toHaveCount(1);
  }).toPass();
});

test('one limit has thresholds of its own until they are removed', { tag: '@plain' }, async ({
  page, open, organization,
}) => {
  await signIn(page, organization);
  await open(ALERTS);
  const own = page.getByRole('region', { name: 'Limits with thresholds of their own' });
  await own.getByLabel('Or of the member with this email').fill(organization.admin);
  await own.getByLabel('Thresholds in percent').fill('30');
  await own.getByRole('button', { name: 'Set thresholds' }).click();
  await hydrated(page);
  await expect(own.getByRole('row').filter({ hasText: '30 %' })).toHaveCount(1);
  await own.getByRole('button', { name: /^Remove the thresholds of/ }).click();
  await hydrated(page);
  await expect(own.getByRole('table')).toHaveCount(0);
});

test('a test email is in the mailbox', { tag: '@plain' }, async ({ page, open, organization }) => {
  await signIn(page, organization);
  await open(ALERTS);
  await page.getByRole('button', { name: 'Send a test to yourself' }).click();
  await expect(page.getByText('Sent. Look into your mailbox.')).toBeVisible();
  const mailbox = await page.request.get('/dev/mail');
  expect(await mailbox.text()).toContain(organization.admin);
});

import { expect, test } from './fixtures';
import {
  QUOTA_MANAGEMENT, addMember, cap, cell, setLimitInDialog, setMemberLimitInDialog, signIn, use,
} from './support';

test('worked example A: an admin limits the intern, the API refuses, the page shows it', {
  tag: '@plain',
}, async ({ page, organization, open }) => {
  await addMember(organization, 'ivy@acme.test', 'Ivy Intern');
  await addMember(organization, 'bob@acme.test', 'Bob Sales');
  await signIn(page, organization);

  await setLimitInDialog(page, '10,000');
  await expect(page.getByText('The next request sees the new limit')).toBeVisible();
  await setMemberLimitInDialog(page, 'Ivy Intern', '500');
  await expect(cap(page, 'Ivy Intern')).toHaveValue('500');

  expect(await use(organization, 'ivy@acme.test', 500)).toBe(200);
  expect(await use(organization, 'ivy@acme.test', 1)).toBe(429);
  expect(await use(organization, 'bob@acme.test', 9_500)).toBe(200);
  expect(await use(organization, 'bob@acme.test', 1)).toBe(429);

  await open(QUOTA_MANAGEMENT);
  await expect(cell(page, 'Ivy Intern', 'Used')).toContainText('500');
  await expect(cell(page, 'Ivy Intern', 'Credits left')).toContainText('0');
  await expect(cell(page, 'Bob Sales', 'Used')).toContainText('9,500');
  await expect(page.getByText('10,000').first()).toBeVisible();
});

test('a raise beyond what is left is warned about, and its removal shares what is left', {
  tag: '@plain',
}, async ({ page, organization }) => {
  await addMember(organization, 'ivy@acme.test', 'Ivy Intern');
  await addMember(organization, 'bob@acme.test', 'Bob Sales');
  await signIn(page, organization);
  await setLimitInDialog(page, '10000');
  await setMemberLimitInDialog(page, 'Ivy Intern', '500');
  await expect(cap(page, 'Ivy Intern')).toHaveValue('500');
  expect(await use(organization, 'bob@acme.test', 9_500)).toBe(200);

  await setMemberLimitInDialog(page, 'Ivy Intern', '800');
  await expect(page.getByText('300 credits more than are left')).toBeVisible();
  await expect(cell(page, 'Ivy Intern', 'Credits left')).toContainText('500');
  expect(await use(organization, 'bob@acme.test', 1)).toBe(429);

  await setMemberLimitInDialog(page, 'Ivy Intern', null);
  await expect(cap(page, 'Ivy Intern')).toHaveValue('');
  expect(await use(organization, 'bob@acme.test', 1)).toBe(200);
  expect(await use(organization, 'ivy@acme.test', 499)).toBe(200);
  expect(await use(organization, 'ivy@acme.test', 1)).toBe(429);
});

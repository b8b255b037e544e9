import { expect, expectAccessible, hydrated, test } from './fixtures';
import { Receivers, type Kind } from './receivers';
import { setLimit, signIn, use } from './support';

const WEBHOOKS = '/settings/webhooks';
const NAMES: Record<Kind, string> = {
  webhook: 'Signed webhook',
  slack: 'Slack',
  teams: 'Microsoft Teams',
  feishu: 'Feishu / Lark',
  dingtalk: 'DingTalk',
  wecom: 'WeCom',
};
const KINDS = Object.keys(NAMES) as Kind[];

let receivers: Receivers;
test.beforeAll(async () => {
  receivers = await Receivers.start();
});
test.afterAll(() => receivers.stop());

test('each kind of channel takes a test and what happens, signed as its service asks for', {
  tag: '@plain',
}, async ({ page, open, organization }) => {
  const before = new Map(KINDS.map((kind) => [kind, receivers.received(kind).length]));
  await setLimit(organization, 100);
  await signIn(page, organization);
  await open(WEBHOOKS);
  await expect(page.getByText('No channel yet')).toBeVisible();
  for (const kind of KINDS) {
    await page.getByLabel('What it speaks').selectOption(NAMES[kind]);
    await page.getByLabel('Name').fill(`Team on ${NAMES[kind]}`);
    await page.getByLabel('Address').fill(receivers.url(kind));
    if (kind === 'feishu' || kind === 'dingtalk') {
      await page.getByLabel('Secret of the chat').fill(receivers.robotSecret);
    }
    await page.getByRole('button', { name: 'Add channel' }).click();
    await expect(page.getByText('Added. What it carries')).toBeVisible();
    if (kind === 'webhook') {
      const secret = page.getByRole('region', { name: 'The new secret' }).getByText(/^whsec_/);
      receivers.webhookSecret = await secret.innerText();
    }
    await page.getByRole('button', { name: 'Send a test' }).click();
    await expect(page.getByText('The test arrived.')).toBeVisible();
    await expect(page.getByText(/^whsec_/)).toHaveCount(0);
    await page.getByRole('link', { name: 'Back to all' }).click();
    await hydrated(page);
  }
  await expect(page.getByRole('row').filter({ hasText: 'Works' })).toHaveCount(KINDS.length);
  // Who reads this page can't write to the chats.
  await expect(page.getByText(new URL(receivers.url('slack')).pathname)).toHaveCount(0);
  await expectAccessible(page);

  expect(await use(organization, organization.admin, 80)).toBe(200);
  for (const kind of KINDS) {
    const more = () => receivers.received(kind).length - (before.get(kind) ?? 0);
    await expect.poll(more, { message: kind }).toBe(2);
  }
  expect(receivers.refused).toEqual([]);
});

test('what is wrong is told at its field, and what is gone is sent again', {
  tag: '@plain',
}, async ({ page, open, organization }) => {
  await setLimit(organization, 100);
  await signIn(page, organization);
  await open(WEBHOOKS);
  await page.getByLabel('Name').fill('Lost');
  await page.getByLabel('Address').fill('ftp://example.com/');
  await page.getByRole('button', { name: 'Add channel' }).click();
  await hydrated(page);
  await expect(page.getByLabel('Address')).toBeFocused();
  await expect(page.getByLabel('Name')).toHaveValue('Lost');
  await expectAccessible(page);
  // Nobody takes what has no signature that the receiver knows.
  await page.getByLabel('Address').fill(receivers.url('slack'));
  await page.getByLabel('What it speaks').selectOption('Microsoft Teams');
  await page.getByRole('button', { name: 'Add channel' }).click();
  await page.getByRole('button', { name: 'Send a test' }).click();
  await expect(page.getByText('The test did not arrive.')).toBeVisible();
  await expectAccessible(page);

  expect(await use(organization, organization.admin, 80)).toBe(200);
  const undelivered = page.getByRole('region', { name: 'Not delivered' });
  await expect(async () => {
    await open('/settings/alerts');
    await expect(undelivered.getByRole('button', { name: 'Send again' })).toHaveCount(1, { timeout: 100 });
  }).toPass();
  await expect(undelivered).toContainText('Lost');
  await undelivered.getByRole('button', { name: 'Send again' }).click();
  await expect(page.getByText('It is sent again.')).toBeVisible();

  await open(WEBHOOKS);
  await page.getByRole('link', { name: 'Edit Lost' }).click();
  await hydrated(page);
  await page.getByText('Remove the channel').first().click();
  await page.getByRole('button', { name: 'Remove the channel' }).click();
  await expect(page.getByText('Removed. Nothing is sent')).toBeVisible();
  await expect(page.getByText('No channel yet')).toBeVisible();
});

import { allot, expect, expectAccessible, hydrated, test } from './fixtures';
import { expectNoSidewaysScrolling, row, signIn } from './support';

const PLAN = '/enterprise/plan';

test.use({ plan: 'starter' });

test('the plan says what it includes and what is used of it', { tag: '@plain' }, async ({
  page, organization,
}) => {
  // As much as the plan lets anybody spend on one day.
  const body = { operation: 'ai_generate', quantity: 33_000 };
  expect((await organization.api('POST', '/api/v1/consume', body)).status).toBe(200);
  await signIn(page, organization);
  await page.goto(PLAN);
  await hydrated(page);
  const meter = (name: string) => page.getByRole('listitem').filter({ hasText: name });
  await expect(meter('AI tokens')).toContainText('33,000 of 200,000');
  await expect(meter('AI tokens')).toContainText('16% used');
  await expect(meter('AI tokens')).toContainText('Blocked at the limit');
  await expect(meter('Users')).toContainText('1 of 3');
  await expect(meter('Storage')).toContainText('Unlimited');
  await expect(page.getByText('0,4950 €')).toBeVisible();
  await expect(row(page, 'Usage Quotas')).toContainText('Not included');
  await expect(row(page, 'Credits a month')).toContainText('100,000');
  await expectAccessible(page);
});

test('another plan is asked for, withdrawn, asked for again and granted', { tag: '@plain' }, async ({
  page, organization,
}) => {
  const ask = async (plan: string, note: string) => {
    await page.getByRole('link', { name: 'Ask for an upgrade' }).click();
    const dialog = page.getByRole('dialog', { name: 'Ask for an upgrade' });
    await dialog.getByRole('radio', { name: plan }).check();
    await dialog.getByLabel('Note').fill(note);
    await dialog.getByRole('button', { name: 'Send' }).click();
    await expect(page.getByText('Sent. The operator')).toBeVisible();
  };
  const request = page.getByRole('region', { name: 'Open request' });
  await signIn(page, organization);
  await page.goto(PLAN);
  await hydrated(page);
  await ask('Enterprise', 'Two lines\n<b>of text</b>');
  await expect(request).toContainText('Enterprise was asked for by');
  await expect(request).toContainText('<b>of text</b>');
  await expect(page.getByRole('button', { name: 'Ask for an upgrade' })).toBeDisabled();
  await expectAccessible(page);
  await request.getByRole('button', { name: 'Withdraw' }).click();
  await expect(request).toHaveCount(0);
  await expect(page.getByText('Withdrawn.')).toBeVisible();

  await ask('Team', '');
  await expect(request).toContainText('Team was asked for by');
  await allot('plan-request', 'grant', '--organization', organization.id);
  await page.goto(PLAN);
  await expect(page.getByText('Team plan')).toBeVisible();
  await expect(row(page, 'AI tokens')).toContainText('2,000,000');
});

test.describe('what is refused', () => {
  test.use({ expectedConsole: [/422|409/] });

  test('a note that is too long is refused at its field and kept', { tag: '@plain' }, async ({
    page, organization,
  }) => {
    await signIn(page, organization);
    await page.goto(`${PLAN}?ask=plan`);
    await hydrated(page);
    const dialog = page.getByRole('dialog');
    const note = 'x'.repeat(501);
    await dialog.getByRole('radio', { name: 'Team' }).check();
    await dialog.getByLabel('Note').fill(note);
    await dialog.getByRole('button', { name: 'Send' }).click();
    await expect(dialog.getByLabel('Note')).toHaveAttribute('aria-invalid', 'true');
    await expect(dialog.getByLabel('Note')).toHaveAccessibleDescription(/at most 500 characters/);
    await expect(dialog.getByLabel('Note')).toHaveValue(note);
    await expect(dialog.getByRole('radio', { name: 'Team' })).toBeChecked();
    expect((await organization.api('GET', '/api/v1/plan')).body.request).toBeNull();
  });
});

test('the plan fits a phone', { tag: '@plain' }, async ({ page, organization }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await signIn(page, organization);
  for (const path of [PLAN, `${PLAN}?ask=plan`]) {
    await page.goto(path);
    await hydrated(page);
    await expectNoSidewaysScrolling(page);
  }
});

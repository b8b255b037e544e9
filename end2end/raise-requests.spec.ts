import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import type { Browser, Page } from '@playwright/test';

import { expect, expectAccessible, hydrated, test, type Organization } from './fixtures';
import { expectNoSidewaysScrolling, record, setLimit, signIn, use } from './support';

/** Ivy's email: people are known by theirs in the whole installation. */
function email(organization: Organization): string {
  return `ivy-${organization.id.slice(-12)}@acme.test`;
}

/** A page of Ivy's, who joins by her invitation in a browser of her own and has 500 credits. */
async function ivy(
  browser: Browser,
  organization: Organization,
  baseURL: string,
): Promise<Page> {
  const body = { email: email(organization), name: 'Ivy Intern' };
  const added = (await organization.api('POST', '/api/v1/members', body)).body;
  const javaScriptEnabled = test.info().project.use.javaScriptEnabled;
  const her = await (await browser.newContext({ baseURL, javaScriptEnabled })).newPage();
  await her.goto(new URL(added.invitation_url).pathname);
  await hydrated(her);
  await her.getByLabel('Choose a password').fill('correct horse battery');
  await her.getByRole('button', { name: 'Join' }).click();
  await expect(her.getByRole('heading', { name: 'My Usage' })).toBeVisible();
  const limit = { kind: 'credits', amount: 500 };
  const path = `/api/v1/members/${added.id}/credit-limit`;
  expect((await organization.api('PUT', path, limit)).status).toBe(200);
  return her;
}

/** Today where the organization is. */
function today(): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Berlin' }).format(new Date());
}

/** Lets it be the first moment of tomorrow for an organization: its time never goes back. */
async function letTomorrowBegin(organization: Organization): Promise<void> {
  const tomorrow = "date_trunc('day', now() AT TIME ZONE 'Europe/Berlin') + interval '1 day'";
  const sql = `UPDATE organization_states SET decided_at = (${tomorrow}) AT TIME ZONE 'Europe/Berlin'
    WHERE organization_id = '${organization.id}'`;
  const url = process.env.DATABASE_URL ?? '';
  const run = promisify(execFile);
  const { stdout } = await run('psql', [url, '--no-psqlrc', '--command', sql]);
  expect(stdout.trim()).toBe('UPDATE 1');
}

test('a member asks for more, goes on, and after the last day the old limit is back', {
  tag: '@plain',
}, async ({ page, browser, organization, baseURL }) => {
  await setLimit(organization, 1_000);
  const her = await ivy(browser, organization, baseURL!);
  expect(await use(organization, email(organization), 500)).toBe(200);
  expect(await use(organization, email(organization), 25)).toBe(429);
  await signIn(page, organization);
  await page.goto('/requests');
  await hydrated(page);
  await expect(page.getByText('Nobody has asked for more yet.')).toBeVisible();

  await her.goto('/my-usage');
  await hydrated(her);
  const card = her.getByRole('group').filter({ hasText: 'Prospect search' });
  await card.getByText('Prospect search', { exact: true }).click();
  await card.getByRole('link', { name: 'Ask for more' }).click();
  await hydrated(her);
  await expect(her.getByText('Your limit is 500 credits. You have used 500')).toBeVisible();
  await expectAccessible(her);
  await her.getByLabel('New limit').fill('400');
  await her.getByLabel('Last day').fill(today());
  await her.getByLabel('Why').fill('The autumn campaign');
  await her.getByRole('button', { name: 'Ask for more' }).click();
  await hydrated(her);
  await expect(her.getByText('Must be more than the 500 credits')).toBeVisible();
  await expect(her.getByLabel('Why')).toHaveValue('The autumn campaign');
  await record(her, 'ask-for-more');
  await her.getByLabel('New limit').fill('900');
  await her.getByRole('button', { name: 'Ask for more' }).click();
  await expect(her.getByText('You are told when somebody answers')).toBeVisible();
  await expect(her.getByRole('row').filter({ hasText: '900 credits until' })).toContainText('Open');

  if (test.info().project.use.javaScriptEnabled === false) {
    await page.reload();
  }
  // The page that is open already shows it.
  await expect(page.getByRole('row').filter({ hasText: 'The autumn campaign' })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('link', { name: 'Answer Ivy Intern' }).click();
  await hydrated(page);
  const effect = page.getByRole('table');
  await expect(effect.getByRole('row').filter({ hasText: 'Left to Ivy Intern' }))
    .toContainText('400 credits');
  await page.getByLabel('New limit').fill('700');
  await page.getByRole('button', { name: 'Show the effect' }).click();
  await hydrated(page);
  await expect(effect.getByRole('row').filter({ hasText: 'Left to others' }))
    .toContainText('500 credits300 credits');
  await expect(page.getByText('Others lose 200 credits.')).toBeVisible();
  await expectAccessible(page);
  await page.setViewportSize({ width: 390, height: 844 });
  await expectNoSidewaysScrolling(page);
  await page.setViewportSize({ width: 1280, height: 720 });
  await record(page, 'raise-request');
  await page.getByLabel('Message to the member').fill('Good luck');
  await page.getByRole('button', { name: 'Approve' }).click();
  await expect(page.getByText('The next request sees the new limit')).toBeVisible();
  await expect(page.getByRole('row').filter({ hasText: 'Ivy Intern' })).toContainText('Approved');
  await record(page, 'raise-requests');

  expect(await use(organization, email(organization), 100)).toBe(200);
  await her.goto('/my-usage');
  await hydrated(her);
  const credits = her.getByRole('region', { name: 'Credits' });
  await expect(credits).toContainText('100 credits left');
  await expect(her.getByRole('row').filter({ hasText: 'Good luck' })).toContainText('Approved');
  await record(her, 'my-usage-asked');

  await letTomorrowBegin(organization);
  expect(await use(organization, email(organization), 1)).toBe(429);
  await her.reload();
  await hydrated(her);
  await expect(credits).toContainText('Your own limit is 500 a month');
  await expect(credits).toContainText('0 credits left');
  await her.context().close();
});

test('a request can be taken back, and declined with a reason', { tag: '@plain' }, async ({
  page, browser, organization, baseURL,
}) => {
  const her = await ivy(browser, organization, baseURL!);
  const askFor = async (limit: string) => {
    await her.goto('/requests/ask?own_limit=credits');
    await hydrated(her);
    await her.getByLabel('New limit').fill(limit);
    await her.getByLabel('Why').fill('A <b>big</b> list');
    await her.getByRole('button', { name: 'Ask for more' }).click();
    await expect(her.getByText('You are told when somebody answers')).toBeVisible();
    await hydrated(her);
  };
  await askFor('800');
  await her.getByRole('button', { name: 'Withdraw' }).click();
  await expect(her.getByRole('row').filter({ hasText: '800 credits' })).toContainText('Withdrawn');
  await askFor('900');
  await signIn(page, organization);
  await page.goto('/requests?status=open');
  await hydrated(page);
  await expect(page.getByText('A <b>big</b> list')).toHaveCount(1);
  await page.getByRole('link', { name: 'Answer Ivy Intern' }).click();
  await hydrated(page);
  await page.getByRole('button', { name: 'Decline' }).click();
  await hydrated(page);
  await expect(page.getByText('Must not be empty.')).toBeVisible();
  await page.getByLabel('Message to the member').fill('Use the import instead');
  await page.getByRole('button', { name: 'Decline' }).click();
  await expect(page.getByRole('row').filter({ hasText: 'Use the import' })).toContainText('Declined');
  await her.goto('/my-usage');
  await hydrated(her);
  await expect(her.getByRole('row').filter({ hasText: 'Use the import' })).toContainText('Declined');
  await her.context().close();
});

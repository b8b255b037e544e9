import { readFile } from 'node:fs/promises';

import { expect, expectAccessible, test } from './fixtures';
import { addMember, expectNoSidewaysScrolling, row, setLimit, signIn } from './support';

const AUDIT = '/audit';

test('a change is told in words, and found by person, kind and day', { tag: '@plain' }, async ({
  page, organization, open,
}) => {
  const ivy = await addMember(organization, 'ivy@acme.test', 'Ivy Intern');
  await setLimit(organization, 5_000);
  const path = `/api/v1/members/${ivy}/credit-limit`;
  await organization.api('PUT', path, { kind: 'credits', amount: 500 });
  await organization.api('PUT', path, { kind: 'percent', basis_points: 2_000 });
  await signIn(page, organization);
  await open(AUDIT);
  const limits = row(page, 'Set the credit limit of Ivy Intern');
  await expect(limits).toHaveCount(2);
  await expect(limits.first()).toContainText('500 credits, now 20%');
  await expect(limits.first()).toContainText('First key');
  await expect(row(page, 'Changed the credit settings')).toContainText('none, now 5,000');
  await expectAccessible(page);

  await page.getByLabel('Who or whom').fill('ivy@');
  await page.getByLabel('Kind of change').selectOption('Members');
  await page.getByLabel('From day').fill('2020-01-01');
  await page.getByRole('button', { name: 'Show', exact: true }).click();
  await expect(page).toHaveURL(/kind=members/);
  await expect(row(page, 'Added the member Ivy Intern')).toBeVisible();
  await expect(limits).toHaveCount(0);
  await page.getByLabel('To day').fill('2020-01-02');
  await page.getByRole('button', { name: 'Show', exact: true }).click();
  await expect(page.getByText('No change matches')).toBeVisible();
  await page.getByRole('link', { name: 'Clear' }).click();
  await expect(limits).toHaveCount(2);
  await page.setViewportSize({ width: 390, height: 844 });
  await expectNoSidewaysScrolling(page);
});

test.describe('what is refused', () => {
  // The browser's own words for the answer 422 to a call of the page.
  test.use({ expectedConsole: [/422/] });

  test('days out of order are explained at their field', { tag: '@plain' }, async ({
    page, organization, open,
  }) => {
    await signIn(page, organization);
    await open(`${AUDIT}?from=2026-11-02&to=2026-11-01`);
    const field = page.getByLabel('To day');
    await expect(field).toHaveAttribute('aria-invalid', 'true');
    await expect(field).toHaveAccessibleDescription(/not be before the first day/);
    await expectAccessible(page);
  });
});

test('older changes are on further pages, and all of them in the file', async ({
  page, organization, open,
}) => {
  for (let number = 0; number < 60; number += 1) {
    await organization.api('POST', '/api/v1/subtenants', { name: `Part ${number}` });
  }
  await signIn(page, organization);
  await open(`${AUDIT}?kind=subtenants`);
  await expect(page.getByRole('row')).toHaveCount(51);
  await page.getByRole('link', { name: 'Older' }).click();
  await expect(page.getByRole('row')).toHaveCount(11);
  await expect(page.getByRole('row').last()).toContainText('Part 0');
  await page.getByRole('link', { name: 'Newest' }).click();
  await expect(page.getByRole('row')).toHaveCount(51);

  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download CSV' }).click();
  const text = await readFile(await (await download).path(), 'utf8');
  expect(text.trimEnd().split('\r\n')).toHaveLength(61);
});

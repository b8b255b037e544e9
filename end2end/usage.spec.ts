import type { Page } from '@playwright/test';

import { expect, expectAccessible, test } from './fixtures';
import { expectNoSidewaysScrolling, generate, setLimit, signIn, use } from './support';

const USAGE = '/settings/usage';

/** Whether the page has scripts, which make tooltips reachable by touch and keyboard. */
const hasScripts = () => test.info().project.use.javaScriptEnabled !== false;

/** The chart of the month. */
const month = (page: Page) => page.getByRole('img', { name: 'Used on each day of this month' });

test('usage says what is used of what, and until when', { tag: '@plain' }, async ({
  page, open, organization,
}) => {
  await setLimit(organization, 1_000);
  expect(await use(organization, organization.admin, 588)).toBe(200);
  expect((await generate(organization, organization.admin, 1)).status).toBe(200);
  await signIn(page, organization);
  await open('/usage');
  await expect(page).toHaveURL(USAGE);
  const card = (name: string) => page.getByRole('region', { name, exact: true });
  await expect(card('Monthly credits')).toContainText('99,412 credits left');
  await expect(card('Used')).toContainText('588 credits today');
  await expect(card('Used')).toContainText(/resets .*, 00:00 UTC, in /);
  await expect(card('My credits')).toContainText('412 credits left');
  for (const group of ['Core limits', 'Monthly activity', 'Data operations']) {
    await expect(card(group)).toBeVisible();
  }
  await expect(card('Monthly activity').getByRole('img', { name: /^AI tokens, six months/ }))
    .toBeVisible();
  await expect(page.getByText('The enterprise limit, 1,000, would last')).toBeVisible();
  await expect(month(page)).toHaveAccessibleDescription(/588 in all, at most 588 on /);
  await expectAccessible(page);
});

test('a chart has its numbers as a table', { tag: '@plain' }, async ({
  page, open, organization,
}) => {
  expect(await use(organization, organization.admin, 588)).toBe(200);
  await signIn(page, organization);
  await open(USAGE);
  await page.getByText('Show as a table').first().click();
  const table = page.getByRole('table', { name: 'Used on each day of this month' });
  await expect(table.getByRole('row').last()).toContainText('588');
  await expectAccessible(page);
});

test('the tooltip of a chart follows pointer and keys', { tag: '@plain' }, async ({
  page, open, organization,
}) => {
  expect(await use(organization, organization.admin, 588)).toBe(200);
  await signIn(page, organization);
  await open(USAGE);
  const days = month(page).locator('.chart-targets > rect');
  const today = days.last();
  if (!hasScripts()) {
    await expect(today.locator('title')).toHaveText(/\d{4}\nCredits: 588/);
    return;
  }
  const tip = page.locator('.chart-tip');
  await today.hover();
  await expect(tip).toHaveText(/\d{4}\s*Credits: 588/);
  await expect(tip).toBeInViewport();
  await page.getByRole('heading', { level: 1 }).hover();
  await expect(tip).toBeEmpty();

  await page.locator('main').getByRole('link', { name: 'Usage history', exact: true }).focus();
  await page.keyboard.press('Tab');
  await expect(month(page)).toBeFocused();
  await expect(tip).toContainText('588');
  await page.keyboard.press('Home');
  await expect(tip).toHaveText(/ 1 \w+ \d{4}/);
  await page.keyboard.press('ArrowLeft');
  await expect(tip).toHaveText(/ 1 \w+ \d{4}/);
  await page.keyboard.press('End');
  await expect(tip).toContainText('588');
  await page.keyboard.press('Escape');
  await expect(tip).toBeEmpty();
});

test.describe('by touch', () => {
  test.use({ hasTouch: true });

  test('a day stays chosen until something else is touched', async ({
    page, open, organization,
  }) => {
    expect(await use(organization, organization.admin, 588)).toBe(200);
    await signIn(page, organization);
    await page.setViewportSize({ width: 390, height: 844 });
    await open(USAGE);
    const tip = page.locator('.chart-tip');
    await month(page).locator('.chart-targets > rect').last().tap();
    await expect(tip).toContainText('588');
    await expect(tip).toBeInViewport({ ratio: 1 });
    await page.getByRole('heading', { name: 'Credits', exact: true }).tap();
    await expect(tip).toBeEmpty();
  });
});

test('usage fits a phone', { tag: '@plain' }, async ({ page, open, organization }) => {
  expect(await use(organization, organization.admin, 588)).toBe(200);
  await page.setViewportSize({ width: 390, height: 844 });
  await signIn(page, organization);
  await open(USAGE);
  await page.getByText('Show as a table').first().click();
  await expectNoSidewaysScrolling(page);
});

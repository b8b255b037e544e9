import { expect, expectAccessible, hydrated, test } from './fixtures';
import {
  QUOTA_MANAGEMENT, addMember, cap, cell, expectNoSidewaysScrolling, row, save, setLimit,
  setLimitInDialog, setMemberLimitInDialog, signIn, use,
} from './support';

test('without a limit the page says so and leads to the settings', { tag: '@plain' }, async ({
  page, organization,
}) => {
  await signIn(page, organization);
  await expect(page.getByRole('heading', { level: 1, name: 'Quota Management' })).toBeVisible();
  await expect(page.getByText('100,000').first()).toBeVisible();
  await expect(page.getByText('No enterprise limit').first()).toBeVisible();
  await expectAccessible(page);
});

test('the dialog takes custom dates and shows them again', { tag: '@plain' }, async ({
  page, organization,
}) => {
  await signIn(page, organization);
  await page.getByRole('link', { name: 'Edit Credit Settings' }).click();
  const dialog = page.getByRole('dialog', { name: 'Edit Credit Settings' });
  await expect(dialog.getByLabel('First day')).toBeHidden();
  await dialog.getByRole('radio', { name: 'Custom dates' }).check();
  await dialog.getByLabel('First day').fill('2020-01-01');
  await dialog.getByLabel('Last day').fill('2020-03-31');
  await dialog.getByRole('checkbox', { name: 'Repeat' }).check();
  await dialog.getByRole('radio', { name: 'Limit', exact: true }).check();
  await dialog.getByLabel('Credit limit').fill('9000');
  await expectAccessible(page);
  await save(page);
  await expect(page.getByText('The next request sees the new limit')).toBeVisible();

  await page.getByRole('link', { name: 'Edit Credit Settings' }).click();
  await expect(dialog.getByLabel('First day')).toHaveValue('2020-01-01');
  await expect(dialog.getByRole('checkbox', { name: 'Repeat' })).toBeChecked();
  await expect(dialog.getByLabel('Credit limit')).toHaveValue('9,000');
});

test('a member can have a share, which is shown with its credits', { tag: '@plain' }, async ({
  page, organization,
}) => {
  await addMember(organization, 'ivy@acme.test', 'Ivy Intern');
  await setLimit(organization, 5_000);
  await signIn(page, organization);
  await setMemberLimitInDialog(page, 'Ivy Intern', '20%');
  await expect(cap(page, 'Ivy Intern')).toHaveValue('20%');
  await expect(cell(page, 'Ivy Intern', 'Quota cap')).toContainText('1,000');
});

test.describe('what is refused', () => {
  // The browser's own words for the answers 422 and 409 to a call of the page.
  test.use({ expectedConsole: [/422|409/] });

  test('a limit that the plan does not provide is refused at its field', { tag: '@plain' }, async ({
    page, organization,
  }) => {
    await signIn(page, organization);
    for (const { typed, said } of [
      { typed: '100001', said: 'at most 100000' },
      { typed: 'lots', said: 'credits' },
      { typed: '', said: 'credits' },
    ]) {
      await page.goto(QUOTA_MANAGEMENT);
      await hydrated(page);
      await setLimitInDialog(page, typed);
      const field = page.getByRole('dialog').getByLabel('Credit limit');
      await expect(field).toHaveAttribute('aria-invalid', 'true');
      await expect(field).toHaveAccessibleDescription(new RegExp(said, 'i'));
    }
    const usage = await organization.api('GET', '/api/v1/credit-settings');
    expect(usage.body.limit).toBeNull();
  });

  test('a share above 100% is refused at its field', { tag: '@plain' }, async ({
    page, organization,
  }) => {
    await addMember(organization, 'ivy@acme.test', 'Ivy Intern');
    await signIn(page, organization);
    await setMemberLimitInDialog(page, 'Ivy Intern', '101%');
    const field = page.getByRole('dialog').getByLabel('Credit limit', { exact: true });
    await expect(field).toHaveAttribute('aria-invalid', 'true');
  });

  test('an edit of an old state is refused and says how it is now', { tag: '@plain' }, async ({
    page, organization,
  }) => {
    const id = await addMember(organization, 'ivy@acme.test', 'Ivy Intern');
    await signIn(page, organization);
    await page.getByRole('link', { name: 'Edit Ivy Intern' }).click();
    const dialog = page.getByRole('dialog', { name: 'Edit Ivy Intern' });
    await expect(dialog).toBeVisible();
    const path = `/api/v1/members/${id}/credit-limit`;
    await organization.api('PUT', path, { kind: 'credits', amount: 777 });
    await dialog.getByRole('checkbox', { name: 'Custom Credit Limit' }).check();
    await dialog.getByLabel('Credit limit', { exact: true }).fill('5');
    await save(page);
    await expect(page.getByRole('dialog')).toContainText('777');
    expect((await organization.api('GET', path)).body.amount).toBe(777);
  });
});

test('the dialog opens by keyboard, closes with Escape and gives the focus back', async ({
  page, organization,
}) => {
  await signIn(page, organization);
  const link = page.getByRole('link', { name: 'Edit Credit Settings' });
  await link.focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Edit Credit Settings' });
  await expect(dialog).toBeVisible();
  await expect(dialog.locator(':focus')).toHaveCount(1);
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(link).toBeFocused();
  await expect(page).toHaveURL(QUOTA_MANAGEMENT);
});

test('what the page shows is what the API answers', async ({ page, organization }) => {
  await addMember(organization, 'ivy@acme.test', 'Ivy Intern');
  await setLimit(organization, 4_321);
  expect(await use(organization, 'ivy@acme.test', 1_234)).toBe(200);
  await signIn(page, organization);
  const usage = (await organization.api('GET', '/api/usage')).body;
  const shown = new Intl.NumberFormat('en-US');
  const heading = page.getByRole('heading', { name: 'Monthly plan credits' });
  const card = page.locator('section').filter({ has: heading });
  await expect(card).toContainText(shown.format(usage.quota_remaining));
  await expect(card).toContainText(shown.format(usage.quota_total));
  await expect(cell(page, 'Ivy Intern', 'Credits left')).toContainText('3,087');
});

test('a dialog that is opened again before the browser told that it is closed is open', async ({
  page, organization,
}) => {
  await signIn(page, organization);
  await page.getByRole('link', { name: 'Edit Credit Settings' }).click();
  const dialog = page.getByRole('dialog', { name: 'Edit Credit Settings' });
  await expect(dialog).toBeVisible();
  await page.evaluate(async () => {
    document.querySelector<HTMLElement>('dialog a[aria-label=Close]')?.click();
    // What the app does at once comes before the end of these, and the browser's word after it.
    for (let step = 0; step < 50; step += 1) {
      await Promise.resolve();
    }
    document.querySelector<HTMLElement>('#edit-settings')?.click();
  });
  await expect(dialog).toBeVisible();
  await expect(page).toHaveURL(/edit=settings/);
});

test('the focus stays where somebody has moved it while a dialog goes', async ({
  page, organization,
}) => {
  await signIn(page, organization);
  await page.getByRole('link', { name: 'Edit Credit Settings' }).click();
  const dialog = page.locator('dialog');
  await expect(dialog).toBeVisible();
  const onward = page.getByRole('link', { name: 'Members', exact: true });
  await onward.evaluate((link: HTMLElement) => {
    document.querySelector<HTMLElement>('dialog a[aria-label=Close]')?.click();
    link.focus();
  });
  await expect(dialog).toHaveCount(0);
  await page.evaluate(() => new Promise((painted) => {
    requestAnimationFrame(() => requestAnimationFrame(painted));
  }));
  await expect(onward).toBeFocused();
});

test('fifty members fill a page and the rest is one link away', { tag: '@plain' }, async ({
  page, organization,
}) => {
  await Promise.all(
    Array.from({ length: 51 }, (_, n) =>
      addMember(organization, `m${n}@acme.test`, `Member ${String(n).padStart(2, '0')}`)),
  );
  await signIn(page, organization);
  await expect(page.getByText('52 members')).toBeVisible();
  await expect(row(page, 'Member 50')).toHaveCount(0);
  await page.getByRole('link', { name: 'Next' }).click();
  await expect(row(page, 'Member 50')).toBeVisible();
  await setMemberLimitInDialog(page, 'Member 50', '7');
  await expect(cap(page, 'Member 50')).toHaveValue('7');
  await expect(page).toHaveURL(/page=2/);
});

test('it fits a phone, in the dark as well', { tag: '@plain' }, async ({ page, organization }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await addMember(organization, 'a-very-long-name-of-somebody@a-long-domain.example.test', 'Maximiliana');
  await setLimit(organization, 10_000);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    if (colorScheme === 'light') {
      await signIn(page, organization);
    }
    for (const path of [QUOTA_MANAGEMENT, `${QUOTA_MANAGEMENT}?edit=settings`, '/my-usage', '/account']) {
      await page.goto(path);
      await hydrated(page);
      await expectNoSidewaysScrolling(page);
      await expectAccessible(page);
    }
  }
});

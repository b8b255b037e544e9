import { expect, expectAccessible, hydrated, test } from './fixtures';
import {
  QUOTA_MANAGEMENT, addMember, cap, cell, record, row, save, setCap, setLimit, setLimitInDialog, signIn, use,
} from './support';

test('a raise for a time lets the intern go on, and says when it ends', { tag: '@plain' }, async ({
  page, organization,
}) => {
  await addMember(organization, 'ivy@acme.test', 'Ivy Intern');
  await signIn(page, organization);
  await setLimitInDialog(page, '10,000');
  await expect(page.getByRole('dialog')).toBeHidden();
  await setCap(page, 'Ivy Intern', '500');
  expect(await use(organization, 'ivy@acme.test', 500)).toBe(200);
  expect(await use(organization, 'ivy@acme.test', 1)).toBe(429);

  await page.getByRole('link', { name: 'Edit Ivy Intern' }).click();
  const dialog = page.getByRole('dialog', { name: 'Edit Ivy Intern' });
  await dialog.getByLabel('Credit limit', { exact: true }).fill('800');
  await dialog.getByRole('checkbox', { name: 'Only for a time' }).check();
  await dialog.getByLabel('Last day').fill('2099-12-31');
  await save(page);
  await expect(cap(page, 'Ivy Intern')).toHaveValue('800');
  await expect(cell(page, 'Ivy Intern', 'Quota cap')).toContainText('until 1 Jan 2100, 00:00 CET, then 500');
  expect(await use(organization, 'ivy@acme.test', 300)).toBe(200);
  expect(await use(organization, 'ivy@acme.test', 1)).toBe(429);

  await page.getByRole('link', { name: 'Edit Ivy Intern' }).click();
  await expect(dialog.getByLabel('Last day')).toHaveValue('2099-12-31');
  await dialog.getByText('History of this limit').click();
  await expect(dialog.getByText('500 credits')).toBeVisible();
  await expectAccessible(page);
});

test.describe('a team of three with 5,000 credits', () => {
  test.use({ plan: 'team' });

  test('shares of 90% are warned about, distributed evenly, and put back', { tag: '@plain' }, async ({
    page, organization,
  }) => {
    await addMember(organization, 'bo@acme.test', 'Bo');
    await addMember(organization, 'cy@acme.test', 'Cy');
    await setLimit(organization, 5_000);
    await signIn(page, organization);
    const admin = (await page.getByRole('rowheader').first().locator('.person-name').textContent()) ?? '';
    await setCap(page, admin, '20%');
    await setCap(page, 'Bo', '30%');
    await setCap(page, 'Cy', '40%');
    await expect(page.getByText('leave 500 of 5,000 credits out (10%)')).toBeVisible();
    expect(await use(organization, 'bo@acme.test', 1_501)).toBe(429);
    await record(page, 'warned');

    await page.getByRole('link', { name: 'Distribute evenly' }).click();
    const dialog = page.getByRole('dialog', { name: 'Distribute evenly' });
    await expect(dialog.getByRole('row', { name: 'Bo' })).toContainText('30% · 1,500 credits');
    for (const share of ['1,667', '1,666']) {
      await expect(dialog).toContainText(share);
    }
    await expectAccessible(page);
    await record(page, 'before-and-after');
    await dialog.getByRole('button', { name: 'Distribute' }).click();
    await expect(page.getByText('The next requests see the new limits')).toBeVisible();
    const shown = async () => {
      const texts = await page.locator('[data-label="Quota cap"]').allInnerTexts();
      return texts.map((text) => text.trim()).sort();
    };
    await expect.poll(shown).toEqual(['1,666 credits', '1,667 credits', '1,667 credits']);
    await expect(page.getByText('nobody can use those')).toBeHidden();
    expect(await use(organization, 'bo@acme.test', 1_501)).toBe(200);

    await page.getByRole('button', { name: 'Undo' }).click();
    await expect(page.getByText('The limits are as they were before')).toBeVisible();
    await expect(cap(page, 'Bo')).toHaveValue('30%');
    expect(await use(organization, 'bo@acme.test', 1)).toBe(429);
  });
});

test('limits are edited where they stand, by keyboard alone', async ({ page, organization }) => {
  await addMember(organization, 'bo@acme.test', 'Bo');
  await addMember(organization, 'cy@acme.test', 'Cy');
  await signIn(page, organization);
  await cap(page, 'Bo').focus();
  await page.keyboard.type('700');
  await expect(cell(page, 'Bo', 'Quota cap')).toContainText('Enter saves');
  await page.keyboard.press('Escape');
  await expect(cap(page, 'Bo')).toHaveValue('');
  await page.keyboard.press('ArrowDown');
  await expect(cap(page, 'Cy')).toBeFocused();
  await page.keyboard.type('25%');
  await expect(cell(page, 'Cy', 'Quota cap')).toContainText('about 25,000 credits');
  await page.keyboard.press('Enter');
  await expect(page.getByText('The next request sees the new limit')).toBeVisible();
  await expect(cap(page, 'Cy')).toBeFocused();
  expect(await use(organization, 'cy@acme.test', 25_001)).toBe(429);
  await page.keyboard.press('ArrowUp');
  await expect(cap(page, 'Bo')).toBeFocused();
});

test.describe('what is refused', () => {
  test.use({ expectedConsole: [/422|409/] });

  test('a limit that makes no sense is refused where it stands', { tag: '@plain' }, async ({
    page, organization,
  }) => {
    await addMember(organization, 'bo@acme.test', 'Bo');
    await addMember(organization, 'cy@acme.test', 'Cy');
    await signIn(page, organization);
    await cap(page, 'Bo').fill('101%');
    await cap(page, 'Bo').press('Enter');
    await expect(cap(page, 'Bo')).toHaveAttribute('aria-invalid', 'true');
    await expect(cap(page, 'Bo')).toHaveValue('101%');
    await expect(cap(page, 'Cy')).not.toHaveAttribute('aria-invalid', 'true');
  });

  test('of two who edit the same limit the second sees both values', { tag: '@plain' }, async ({
    page, organization,
  }) => {
    const id = await addMember(organization, 'bo@acme.test', 'Bo');
    await signIn(page, organization);
    const path = `/api/v1/members/${id}/credit-limit`;
    await cap(page, 'Bo').fill('600');
    await organization.api('PUT', path, { kind: 'credits', amount: 777 });
    await cap(page, 'Bo').press('Enter');
    const both = page.getByRole('dialog', { name: 'Somebody else changed this limit' });
    await expect(both).toContainText('the limit is 777');
    await expect(both).toContainText('You typed 600');
    await both.getByRole('button', { name: 'Save mine' }).click();
    await expect(page.getByText('The next request sees the new limit')).toBeVisible();
    expect((await organization.api('GET', path)).body.amount).toBe(600);
  });
});

test('the table is searched, filtered and sorted, and its address says how', { tag: '@plain' }, async ({
  page, organization,
}) => {
  for (const [email, name] of [['bo@acme.test', 'Bo Berg'], ['cy@acme.test', 'Cy Chen'], ['di@acme.test', 'Di Dorn']] as const) {
    await addMember(organization, email, name);
  }
  await signIn(page, organization);
  await setCap(page, 'Bo Berg', '100');
  await setCap(page, 'Cy Chen', '100');
  expect(await use(organization, 'bo@acme.test', 85)).toBe(200);
  expect(await use(organization, 'di@acme.test', 500)).toBe(200);
  await page.reload();
  await hydrated(page);

  const apply = async () => {
    if (test.info().project.use.javaScriptEnabled === false) {
      await page.getByRole('button', { name: 'Apply' }).click();
    }
  };
  await page.getByLabel('Search members').fill('CHEN');
  await apply();
  await expect(page.getByText('1 member', { exact: true })).toBeVisible();
  await expect(page).toHaveURL(/q=CHEN/);
  await expect(page.getByLabel('Search members')).toHaveValue('CHEN');

  await page.goto(`${QUOTA_MANAGEMENT}?risk=near`);
  await hydrated(page);
  await expect(row(page, 'Bo Berg')).toBeVisible();
  await expect(row(page, 'Cy Chen')).toHaveCount(0);
  await page.getByLabel('Closeness to the limit').selectOption('');
  await apply();
  await expect(row(page, 'Cy Chen')).toBeVisible();

  await page.getByRole('link', { name: 'Used' }).click();
  await expect(page).toHaveURL(/sort=-used/);
  await expect(page.getByRole('columnheader', { name: 'Used' })).toHaveAttribute('aria-sort', 'descending');
  await expect(page.getByRole('rowheader').first()).toContainText('Di Dorn');
  await page.goto(`${QUOTA_MANAGEMENT}?q=nobody`);
  await hydrated(page);
  await page.getByRole('link', { name: 'Show all members' }).click();
  await expect(row(page, 'Di Dorn')).toBeVisible();
});

test('several members get one limit, and all of it is undone at once', { tag: '@plain' }, async ({
  page, organization,
}) => {
  for (const [email, name] of [['bo@acme.test', 'Bo'], ['cy@acme.test', 'Cy'], ['di@acme.test', 'Di']] as const) {
    await addMember(organization, email, name);
  }
  await signIn(page, organization);
  for (const name of ['Bo', 'Di']) {
    await page.getByRole('checkbox', { name: `Select ${name}` }).check();
  }
  await page.getByRole('button', { name: 'Edit selected' }).click();
  const dialog = page.getByRole('dialog', { name: 'Edit limits of 2 members' });
  await dialog.getByRole('checkbox', { name: 'Custom Credit Limit' }).check();
  await dialog.getByLabel('Credit limit', { exact: true }).fill('300');
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Save for all' }).click();
  await expect(page.getByText('The next requests see the new limits')).toBeVisible();
  for (const [name, limit] of [['Bo', '300'], ['Cy', ''], ['Di', '300']] as const) {
    await expect(cap(page, name)).toHaveValue(limit);
  }
  expect(await use(organization, 'di@acme.test', 301)).toBe(429);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(cap(page, 'Di')).toHaveValue('');
  expect(await use(organization, 'di@acme.test', 301)).toBe(200);
});

test('new members start with the limit of their job role', { tag: '@plain' }, async ({
  page, organization,
}) => {
  await addMember(organization, 'bo@acme.test', 'Bo');
  await signIn(page, organization);
  await page.getByRole('link', { name: 'Default limits' }).click();
  const dialog = page.getByRole('dialog', { name: 'Default limits for new members' });
  await expect(dialog.getByText('Usual for Sales lead: 3,000 to 5,000 a month.')).toBeVisible();
  await dialog.getByLabel('Intern or new employee').fill('500');
  await dialog.getByLabel('Other').fill('250');
  await dialog.getByLabel('also for the 2 who have it now').check();
  await expectAccessible(page);
  await save(page);
  await expect(page.getByText('New members start with these limits')).toBeVisible();
  await expect(cap(page, 'Bo')).toHaveValue('250');
  await addMember(organization, 'cy@acme.test', 'Cy');
  await page.goto(QUOTA_MANAGEMENT);
  await hydrated(page);
  await expect(cap(page, 'Cy')).toHaveValue('250');
  expect(await use(organization, 'cy@acme.test', 251)).toBe(429);
});

test('settings show what they would do before they are saved', async ({ page, organization }) => {
  await addMember(organization, 'bo@acme.test', 'Bo');
  await setLimit(organization, 10_000);
  await signIn(page, organization);
  await setCap(page, 'Bo', '20%');
  expect(await use(organization, 'bo@acme.test', 900)).toBe(200);
  await page.getByRole('link', { name: 'Edit Credit Settings' }).click();
  const effect = page.getByRole('region', { name: 'Effect' });
  await expect(effect).toContainText('Nobody else would be stopped.');
  await page.getByRole('dialog').getByLabel('Credit limit').fill('4000');
  await expect(effect).toContainText('Would be stopped at once: Bo.');
  await page.getByRole('dialog').getByLabel('Credit limit').fill('100001');
  await expect(effect).toContainText('must be at most 100000');
  await page.getByRole('dialog').getByLabel('Credit limit').fill('9000');
  await page.getByRole('dialog').getByRole('radio', { name: 'Weekly' }).check();
  await expect(effect).toContainText(/Starts anew on Mon .* in Europe\/Berlin/);
  await page.getByRole('dialog').getByRole('radio', { name: 'Custom dates' }).check();
  await page.getByRole('dialog').getByLabel('First day').fill('2099-01-01');
  await page.getByRole('dialog').getByLabel('Last day').fill('2099-01-31');
  await expect(effect).toContainText('begin on Thu 1 Jan 2099 and end on Sun 1 Feb 2099');
  await expectAccessible(page);
});

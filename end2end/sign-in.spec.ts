import { expect, expectAccessible, hydrated, test } from './fixtures';
import { QUOTA_MANAGEMENT, signIn } from './support';

const PASSWORD = 'correct horse battery';

test('a link signs in once, and a password from then on', { tag: '@plain' }, async ({
  page, organization,
}) => {
  await signIn(page, organization);
  await page.goto('/account');
  await hydrated(page);
  await page.getByLabel('New password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Set password' }).click();
  await expect(page.getByText(/saved|password was|password is/i).first()).toBeVisible();

  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page).toHaveURL('/login');
  await hydrated(page);
  await page.goto(QUOTA_MANAGEMENT);
  await expect(page).toHaveURL('/login');
  await hydrated(page);

  await page.getByLabel('Email').fill(organization.admin);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page).toHaveURL(QUOTA_MANAGEMENT);

  await page.context().clearCookies();
  await page.goto(organization.signInUrl);
  await expect(page).toHaveURL(/\/login/);
  await hydrated(page);
});

test('emails come in the language that somebody chose', { tag: '@plain' }, async ({
  page, open, organization,
}) => {
  await signIn(page, organization);
  await open('/account');
  await page.getByLabel('Language of emails to you').selectOption('Deutsch');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('The next email to you is in this language.')).toBeVisible();
  await open('/account');
  await expect(page.getByLabel('Language of emails to you')).toHaveValue('de');
});

test.describe('a wrong password', () => {
  // The browser's own word for the answer 422 to a call of the page.
  test.use({ expectedConsole: [/422/] });

  test('is refused without saying what was wrong', { tag: '@plain' }, async ({
    page, open, organization,
  }) => {
    await open('/login');
    await expectAccessible(page);
    for (const email of [organization.admin, 'nobody@example.test']) {
      await page.getByLabel('Email').fill(email);
      await page.getByLabel('Password').fill('wrong password');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await expect(page.getByText('Email or password is wrong.')).toBeVisible();
      await hydrated(page);
    }
  });
});

/** What each role of the demo organization sees first, and whether it may edit. */
const ROLES = [
  { login: 'admin', first: QUOTA_MANAGEMENT, edits: true },
  { login: 'quota', first: QUOTA_MANAGEMENT, edits: true },
  { login: 'subtenant', first: '/enterprise/members', edits: false },
  { login: 'users', first: '/settings/user-quotas', edits: false },
  { login: 'member', first: '/my-usage', edits: false },
];

for (const { login, first, edits } of ROLES) {
  test.describe(`signed in as ${login}`, () => {
    // A page that is refused answers 403, of which the console speaks.
    test.use({ expectedConsole: [/403/] });

    test('the roles open their pages and no others', { tag: '@plain' }, async ({ page, open }) => {
      await open('/login');
      await page.getByLabel('Email').fill(`${login}@demo.test`);
      await page.getByLabel('Password').fill('allot-demo');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await expect(page).toHaveURL(first);
      await hydrated(page);
      await expectAccessible(page);

      const entry = page.getByRole('navigation').getByRole('link', { name: 'Quota Management' });
      await expect(entry).toHaveCount(edits ? 1 : 0);
      await page.goto(`${QUOTA_MANAGEMENT}?edit=settings`);
      await hydrated(page);
      await expect(page.getByRole('dialog')).toHaveCount(edits ? 1 : 0);
      if (!edits) {
        await expect(page.getByText(/Tenant Administrator or .*Quota Administrator/)).toBeVisible();
      }
    });
  });
}

test.describe('a path that no page has', () => {
  test.use({ expectedConsole: [/404/] });

  test('says so', { tag: '@plain' }, async ({ page, organization }) => {
    await signIn(page, organization);
    const answer = await page.goto('/nowhere');
    expect(answer?.status()).toBe(404);
    await hydrated(page);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await expectAccessible(page);
  });
});

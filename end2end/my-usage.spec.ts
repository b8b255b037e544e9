import { expect, expectAccessible, test } from './fixtures';
import { setLimit, signIn, use } from './support';

test('my usage says what is left and which limit says so', { tag: '@plain' }, async ({
  page, open, organization,
}) => {
  await setLimit(organization, 1_000);
  expect(await use(organization, organization.admin, 588)).toBe(200);
  await signIn(page, organization);
  await open('/my-usage');
  await expect(page.getByText('412').first()).toBeVisible();
  await expect(page.getByRole('row').filter({ hasText: 'Organization' })).toContainText('588');
  await expect(page.getByText(/(CET|CEST)/).first()).toBeVisible();
  await expectAccessible(page);
});

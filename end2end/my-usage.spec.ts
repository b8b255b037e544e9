import { expect, expectAccessible, test, type Organization } from './fixtures';
import { expectNoSidewaysScrolling, record, setLimit, signIn, use } from './support';

/** The administrator's own id. */
async function own(organization: Organization): Promise<string> {
  const members = await organization.api('GET', '/api/v1/members');
  return members.body.members[0].id;
}

test('my usage says what is left and which limit says so', { tag: '@plain' }, async ({
  page, open, organization,
}) => {
  await setLimit(organization, 1_000);
  expect(await use(organization, organization.admin, 588)).toBe(200);
  await signIn(page, organization);
  await open('/my-usage');
  const credits = page.getByRole('region', { name: 'Credits' });
  await expect(credits).toContainText('412 credits left');
  await expect(credits).toContainText('Limited by the organization’s limit, resets 1 ');
  await expect(credits).toContainText(/(CET|CEST), in /);
  await expect(page.getByRole('region', { name: 'AI tokens' })).toContainText('Unlimited');
  const chain = page.getByRole('list', { name: 'Limits on Credits, from the plan down' });
  await expect(chain.getByRole('listitem').filter({ hasText: 'The organization' }))
    .toContainText('588 used');
  await expect(page.getByRole('row').filter({ hasText: 'Prospect search' }))
    .toContainText('588 credits');
  await expect(page.getByText('Nothing of yours was refused')).toBeVisible();
  await expectAccessible(page);
});

test('a refusal opens and shows the chain of limits', { tag: '@plain' }, async ({
  page, open, organization,
}) => {
  await setLimit(organization, 1_000);
  const limit = { kind: 'credits', amount: 500 };
  const me = await own(organization);
  expect((await organization.api('PUT', `/api/v1/members/${me}/credit-limit`, limit)).status)
    .toBe(200);
  expect(await use(organization, organization.admin, 493)).toBe(200);
  expect(await use(organization, organization.admin, 25)).toBe(429);
  expect(await use(organization, organization.admin, 25)).toBe(429);
  await signIn(page, organization);
  await open('/my-usage');
  const card = page.getByRole('group').filter({ hasText: 'Prospect search' });
  await expect(card.getByText(/twice (at|between) /)).toBeVisible();
  await expect(card.getByText('7 would have fitted.')).toBeHidden();
  await card.getByText('Prospect search', { exact: true }).click();
  await expect(card.getByText('7 would have fitted.')).toBeVisible();
  const links = card.getByRole('listitem');
  await expect(links).toHaveText([/The plan.*Had room/, /The organization.*Had room/, /You.*Binds/]);
  await expect(card.getByText('a Quota Administrator can raise it')).toBeVisible();
  await expectAccessible(page);
  await page.setViewportSize({ width: 390, height: 844 });
  await expectNoSidewaysScrolling(page);
  await page.setViewportSize({ width: 1280, height: 720 });
  await record(page, 'my-usage');
});

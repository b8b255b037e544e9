import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createOrganization, expect, test, type Organization } from './fixtures';
import { Receivers, type Kind } from './receivers';
import { freePort, serve, stop } from './servers';
import { setLimit } from './support';

const KINDS: Kind[] = ['webhook', 'slack', 'teams', 'feishu', 'dingtalk', 'wecom'];

/** How long it may take until messages have arrived, on a machine that is busy with other tests. */
const ARRIVED = { timeout: 60_000 };

/** An installation of its own with two servers, since what is sent leaves by any server of one. */
async function install(receivers: Receivers, folder: string) {
  const ports = [await freePort(), await freePort()] as const;
  const { DATABASE_URL: _, ...env } = process.env;
  Object.assign(env, {
    ALLOT_DATA_DIR: folder,
    ALLOT_DEMO: 'false',
    ALLOT_SMTP_URL: receivers.smtpUrl,
    ALLOT_ALLOW_PRIVATE_ADDRESSES: 'true',
    ALLOT_PUBLIC_URL: `http://127.0.0.1:${ports[0]}`,
  });
  const servers: ChildProcess[] = [];
  for (const port of ports) {
    servers.push(await serve(port, env));
  }
  const [one, two] = ports.map((port) => `http://127.0.0.1:${port}`) as [string, string];
  const organization = await createOrganization(one, 'enterprise', 'Europe/Berlin', 'EUR', env);
  return { servers, organization, other: two };
}

/** Makes a channel of each kind; what each of them is signed with is known to the receivers. */
async function connect(organization: Organization, receivers: Receivers): Promise<string[]> {
  const ids: string[] = [];
  for (const kind of KINDS) {
    const signed = kind === 'feishu' || kind === 'dingtalk';
    const channel = await organization.api('POST', '/api/v1/channels', {
      name: `To ${kind}`,
      kind,
      url: receivers.url(kind),
      secret: signed ? receivers.robotSecret : undefined,
      kinds: ['limit.reached'],
      levels: ['organization'],
    });
    expect(channel.status, JSON.stringify(channel.body)).toBe(201);
    if (kind === 'webhook') {
      receivers.webhookSecret = channel.body.secret;
    }
    ids.push(channel.body.id);
  }
  return ids;
}

test('10,000 consumptions across 80, 95 and 100 % are three messages on each channel', async () => {
  test.setTimeout(240_000);
  const folder = await mkdtemp(join(tmpdir(), 'allot-channels-'));
  const receivers = await Receivers.start();
  const { servers, organization, other } = await install(receivers, folder);
  try {
    for (const id of await connect(organization, receivers)) {
      const tried = await organization.api('POST', `/api/v1/channels/${id}/test`);
      expect(tried.body, 'the test of a channel').toMatchObject({ delivered: true });
    }
    await setLimit(organization, 10_000);
    const requests = Array.from({ length: 1_000 }, () => ({
      member: organization.admin, operation: 'prospect_search', quantity: 1,
    }));
    const consume = (url: string) =>
      fetch(`${url}/api/v1/consume/batch`, {
        method: 'POST',
        headers: {
          Authorization: `Bearer ${organization.apiKey}`, 'Content-Type': 'application/json',
        },
        body: JSON.stringify({ requests }),
      });
    const first = new URL(organization.signInUrl).origin;
    for (let round = 0; round < 5; round++) {
      const answers = await Promise.all([consume(first), consume(other)]);
      expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    }

    await expect.poll(() => receivers.mails.length, ARRIVED).toBe(3);
    for (const kind of KINDS) {
      await expect.poll(() => receivers.received(kind).length, { message: kind, ...ARRIVED }).toBe(4);
    }
    const { body } = await organization.api('GET', '/api/v1/alerts');
    expect(body.alerts.map((alert: any) => alert.threshold)).toEqual([100, 95, 80]);
    const ids = receivers.received('webhook').map(({ headers }) => headers['webhook-id']);
    expect(new Set(ids).size).toBe(4);
    expect(ids.slice(1).sort()).toEqual(body.alerts.map((alert: any) => alert.event_id).sort());
    expect(receivers.mails.every(({ to }) => to[0] === organization.admin)).toBe(true);
    // Whatever was to be sent has been: nothing waits to be sent once more.
    const left = await organization.api('GET', '/api/v1/deliveries?state=waiting');
    expect(left.body.deliveries).toEqual([]);
    expect(receivers.refused).toEqual([]);
    for (const kind of KINDS) {
      expect(receivers.received(kind), kind).toHaveLength(4);
    }
    expect(receivers.mails).toHaveLength(3);
  } finally {
    await Promise.all(servers.map(stop));
    await receivers.stop();
    await rm(folder, { recursive: true });
  }
});

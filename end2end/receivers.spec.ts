import { createHmac } from 'node:crypto';
import { createConnection, type Socket } from 'node:net';

import { expect, test as base } from '@playwright/test';
import { Webhook } from 'standardwebhooks';

import { Receivers, type Kind } from './receivers';

// That the receivers of other tests refuse what the real services refuse: without that, whatever these
// tests send would pass.

const test = base.extend<{ receivers: Receivers }>({
  receivers: async ({}, use) => {
    const receivers = await Receivers.start();
    await use(receivers);
    await receivers.stop();
  },
});

async function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<any> {
  const answer = await fetch(url, { method: 'POST', body: JSON.stringify(body), headers });
  return { status: answer.status, body: await answer.text() };
}

test('a webhook is taken with its signature, and with no other', async ({ receivers }) => {
  receivers.webhookSecret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
  const body = { type: 'channel.test', data: {} };
  const sign = (secret: string, at: Date) => ({
    'webhook-id': 'msg_1',
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': new Webhook(secret).sign('msg_1', at, JSON.stringify(body)),
  });
  const url = receivers.url('webhook');
  const other = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;
  expect(await post(url, body)).toMatchObject({ status: 401 });
  expect(await post(url, body, sign(other, new Date()))).toMatchObject({ status: 401 });
  const old = new Date(Date.now() - 6 * 60_000);
  expect(await post(url, body, sign(receivers.webhookSecret, old))).toMatchObject({ status: 401 });
  expect(await post(url, body, sign(receivers.webhookSecret, new Date()))).toMatchObject({ status: 204 });
  expect(receivers.received('webhook').map(({ headers }) => headers['webhook-id'])).toEqual(['msg_1']);
  expect(receivers.refused).toHaveLength(3);
});

test('robots take what is signed', async ({ receivers }) => {
  const card = { header: { title: { tag: 'plain_text', content: 'Hello' } }, elements: [] };
  const feishu = (timestamp: string, secret: string) => ({
    msg_type: 'interactive',
    timestamp,
    sign: createHmac('sha256', `${timestamp}\n${secret}`).digest('base64'),
    card,
  });
  const now = String(Math.floor(Date.now() / 1_000));
  const url = receivers.url('feishu');
  for (const body of [feishu(now, 'other'), feishu('1599360473', receivers.robotSecret), { card }]) {
    expect((await post(url, body)).body).toContain('19021');
  }
  expect((await post(url, feishu(now, receivers.robotSecret))).body).toContain('"code":0');

  const text = { title: 'Hello', text: 'Hello', singleTitle: 'Open', singleURL: 'https://example.test' };
  const dingtalk = async (timestamp: string, secret: string) => {
    const sign = createHmac('sha256', secret).update(`${timestamp}\n${secret}`).digest('base64');
    const query = new URLSearchParams({ timestamp, sign });
    return post(`${receivers.url('dingtalk')}&${query}`, { msgtype: 'actionCard', actionCard: text });
  };
  expect((await dingtalk(now, receivers.robotSecret)).body).toContain('invalid timestamp');
  expect((await dingtalk(String(Date.now()), 'other')).body).toContain('sign not match');
  expect((await dingtalk(String(Date.now()), receivers.robotSecret)).body).toContain('"errcode":0');
});

test('chats take nothing that is malformed, too large, or for another key', async ({ receivers }) => {
  const markdown = { msgtype: 'markdown', markdown: { content: '长'.repeat(1_366) } };
  const blocks = [{ type: 'header', text: { type: 'plain_text', text: 'h'.repeat(151) } }];
  const wrong: [Kind, unknown, string][] = [
    ['slack', { text: 'Hello', blocks }, 'invalid_blocks'],
    ['teams', { type: 'message', attachments: [] }, 'InvalidRequestContent'],
    ['wecom', markdown, '40058'],
  ];
  for (const [kind, body, says] of wrong) {
    expect((await post(receivers.url(kind), body)).body, kind).toContain(says);
    const elsewhere = receivers.url(kind).replaceAll('b3c7', '0000');
    const answer = await post(elsewhere, body);
    expect(answer.body, kind).toMatch(/no_service|AuthorizationFailed|93000/);
  }
  expect(receivers.received('wecom')).toEqual([]);
});

test('a mail server takes an email, and knows who is not there', async ({ receivers }) => {
  const { hostname, port } = new URL(receivers.smtpUrl);
  const socket = createConnection(Number(port), hostname);
  const say = (line: string) => answered(socket, `${line}\r\n`);
  expect(await answered(socket)).toMatch(/^220/);
  expect(await say('EHLO test')).not.toContain('STARTTLS');
  expect(await say('MAIL FROM:<allot@localhost>')).toMatch(/^250/);
  expect(await say('RCPT TO:<nobody@acme.test>')).toMatch(/^550 no such user/);
  expect(await say('RCPT TO:<ann@acme.test>')).toMatch(/^250/);
  expect(await say('DATA')).toMatch(/^354/);
  expect(await say('Subject: Hello\r\n\r\nHello\r\n.')).toMatch(/^250/);
  socket.destroy();
  expect(receivers.mails).toMatchObject([{ from: 'allot@localhost', to: ['ann@acme.test'] }]);
});

function answered(socket: Socket, text = ''): Promise<string> {
  const answer = new Promise<string>((resolve) =>
    socket.once('data', (chunk) => resolve(chunk.toString())));
  socket.write(text);
  return answer;
}

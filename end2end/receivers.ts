import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

import { SMTPServer } from 'smtp-server';
import { Webhook } from 'standardwebhooks';

/** What channels speak, by the codes of the API. */
export type Kind = 'webhook' | 'slack' | 'teams' | 'feishu' | 'dingtalk' | 'wecom';

/** A message that was taken. */
export interface Received {
  /** Such as `webhook-id`. */
  headers: Record<string, string>;
  // Tests look into it by field names; a wrong one fails there.
  body: any;
}

/** An email that was taken. */
export interface ReceivedMail {
  from: string;
  to: string[];
  /** Headers and body, as they were sent. */
  raw: string;
}

/** How a receiver answers. */
interface Answer {
  status: number;
  body: string;
  taken: boolean;
}

const KEY = 'b3c7f1de-1f2a-4a5b-9d57-0d6f0c2f7a11';
const HOUR = 3_600_000;

const taken = (body: string, status = 200): Answer => ({ status, body, taken: true });
const refused = (body: string, status = 200): Answer => ({ status, body, taken: false });

/**
 * Receivers on this machine that take what the real services take, by the rules that these document, and
 * refuse all else in the same words.
 */
export class Receivers {
  /** What a webhook is signed with: Allot makes it, and shows it once. */
  webhookSecret = '';
  /** What the robots of Feishu and DingTalk were given. */
  readonly robotSecret = `SEC${randomUUID().replaceAll('-', '')}`;
  /** Messages that were refused, with the answer. */
  readonly refused: { kind: string; answer: string }[] = [];
  readonly mails: ReceivedMail[] = [];

  private readonly messages = new Map<string, Received[]>();
  private readonly http = createServer((request, response) => {
    void this.receive(request).then((answer) => {
      response.writeHead(answer.status).end(answer.body);
    });
  });
  private readonly smtp = new SMTPServer({
    authOptional: true,
    // Its certificate would be one that nobody trusts.
    hideSTARTTLS: true,
    onRcptTo: ({ address }, _session, done) => {
      const unknown = Object.assign(new Error('no such user'), { responseCode: 550 });
      done(address.startsWith('nobody@') ? unknown : null);
    },
    onData: (stream, session, done) => {
      let raw = '';
      stream.on('data', (chunk: Buffer) => (raw += chunk.toString('utf8')));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        const from = mailFrom ? mailFrom.address : '';
        this.mails.push({ from, to: rcptTo.map(({ address }) => address), raw });
        done();
      });
    },
  });

  static async start(): Promise<Receivers> {
    const receivers = new Receivers();
    await new Promise<void>((listening) => receivers.http.listen(0, '127.0.0.1', listening));
    await new Promise<void>((listening) => receivers.smtp.listen(0, '127.0.0.1', listening));
    return receivers;
  }

  async stop(): Promise<void> {
    this.http.closeAllConnections();
    await new Promise((closed) => this.http.close(closed));
    await new Promise<void>((closed) => this.smtp.close(closed));
  }

  /** Where a channel of a kind leads to. Part of it is the secret, as with the real services. */
  url(kind: Kind): string {
    const { port } = this.http.address() as AddressInfo;
    const paths: Record<Kind, string> = {
      webhook: '/webhook',
      slack: `/slack/services/T0/B0/${KEY}`,
      teams: `/teams/workflows/${KEY}/triggers/manual/paths/invoke?sig=${KEY}`,
      feishu: `/feishu/open-apis/bot/v2/hook/${KEY}`,
      dingtalk: `/dingtalk/robot/send?access_token=${KEY}`,
      wecom: `/wecom/cgi-bin/webhook/send?key=${KEY}`,
    };
    return `http://127.0.0.1:${port}${paths[kind]}`;
  }

  /** For `ALLOT_SMTP_URL`. */
  get smtpUrl(): string {
    const { port } = this.smtp.server.address() as AddressInfo;
    return `smtp://127.0.0.1:${port}?tls=none`;
  }

  /** What a kind of receiver has taken. */
  received(kind: Kind): Received[] {
    return this.messages.get(kind) ?? [];
  }

  private async receive(request: IncomingMessage): Promise<Answer> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) {
      chunks.push(chunk as Buffer);
    }
    const raw = Buffer.concat(chunks).toString('utf8');
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const kind = url.pathname.split('/')[1] ?? '';
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    );
    const answer = request.method === 'POST'
      ? this.answer(kind, url, headers, raw)
      : refused('method not allowed', 405);
    if (answer.taken) {
      const received = { headers, body: JSON.parse(raw) };
      this.messages.set(kind, [...(this.messages.get(kind) ?? []), received]);
    } else {
      this.refused.push({ kind, answer: answer.body });
    }
    return answer;
  }

  private answer(kind: string, url: URL, headers: Record<string, string>, raw: string): Answer {
    if (kind === 'webhook') {
      return this.webhook(headers, raw);
    }
    let body: any;
    try {
      body = JSON.parse(raw);
    } catch {
      return refused('invalid_payload', 400);
    }
    switch (kind) {
      case 'slack':
        return slack(url, body);
      case 'teams':
        return teams(url, body, raw);
      case 'feishu':
        return this.feishu(url, body, raw);
      case 'dingtalk':
        return this.dingtalk(url, body, raw);
      case 'wecom':
        return wecom(url, body);
      default:
        return refused('not found', 404);
    }
  }

  /** By the reference library, which also looks at the time. */
  private webhook(headers: Record<string, string>, raw: string): Answer {
    try {
      new Webhook(this.webhookSecret).verify(raw, headers);
      return taken('', 204);
    } catch (error) {
      return refused(String(error), 401);
    }
  }

  /** The key is time and secret, what is signed is empty; the time is in seconds. */
  private feishu(url: URL, body: any, raw: string): Answer {
    const says = (code: number, msg: string) => JSON.stringify({ code, msg, data: {} });
    if (!url.pathname.endsWith(`/${KEY}`)) {
      return refused(says(19001, 'param invalid: incoming webhook access token invalid'));
    }
    const sign = createHmac('sha256', `${body.timestamp}\n${this.robotSecret}`).digest('base64');
    const age = Math.abs(Date.now() - Number(body.timestamp) * 1_000);
    if (!(age < HOUR) || !same(String(body.sign), sign)) {
      return refused(says(19021, 'sign match fail or timestamp is not within one hour from current time'));
    }
    const card = body.msg_type === 'interactive' && body.card?.header?.title?.content;
    if (!card || !Array.isArray(body.card.elements) || Buffer.byteLength(raw) > 20 * 1024) {
      return refused(says(9499, 'Bad Request'));
    }
    return taken(JSON.stringify({ StatusCode: 0, StatusMessage: 'success', code: 0, data: {}, msg: 'success' }));
  }

  /** The secret signs time and secret; the time is in milliseconds, and both are in the URL. */
  private dingtalk(url: URL, body: any, raw: string): Answer {
    const says = (errcode: number, errmsg: string) => JSON.stringify({ errcode, errmsg });
    if (url.searchParams.get('access_token') !== KEY) {
      return refused(says(300001, 'token is not exist'));
    }
    const timestamp = url.searchParams.get('timestamp') ?? '';
    const sign = createHmac('sha256', this.robotSecret)
      .update(`${timestamp}\n${this.robotSecret}`).digest('base64');
    if (!(Math.abs(Date.now() - Number(timestamp)) < HOUR)) {
      return refused(says(310000, 'invalid timestamp'));
    }
    if (!same(url.searchParams.get('sign') ?? '', sign)) {
      return refused(says(310000, 'sign not match'));
    }
    const { title, text, singleTitle, singleURL } = body.actionCard ?? {};
    const whole = [title, text, singleTitle, singleURL].every((part) => typeof part === 'string' && part);
    if (body.msgtype !== 'actionCard' || !whole || Buffer.byteLength(raw) > 20 * 1024) {
      return refused(says(400105, 'unsupported msgtype'));
    }
    return taken(says(0, 'ok'));
  }
}

/** The limits of blocks are Slack's. */
function slack(url: URL, body: any): Answer {
  if (!url.pathname.endsWith(`/${KEY}`)) {
    return refused('no_service', 404);
  }
  const text = (element: any, longest: number) =>
    ['plain_text', 'mrkdwn'].includes(element?.type)
    && element.text.length > 0 && element.text.length <= longest;
  const good = (block: any): boolean => {
    switch (block.type) {
      case 'header':
        return block.text.type === 'plain_text' && text(block.text, 150);
      case 'section':
        return block.fields
          ? block.fields.length <= 10 && block.fields.every((field: any) => text(field, 2_000))
          : text(block.text, 3_000);
      case 'actions':
        return block.elements.every(
          (button: any) => button.type === 'button' && text(button.text, 75) && button.url.length <= 3_000,
        );
      case 'context':
        return block.elements.length <= 10 && block.elements.every((element: any) => text(element, 2_000));
      default:
        return false;
    }
  };
  if (typeof body.text !== 'string' || body.blocks.length > 50 || !body.blocks.every(good)) {
    return refused('invalid_blocks', 400);
  }
  return taken('ok');
}

/** A workflow takes a message with one Adaptive Card, of 28 KB at most. */
function teams(url: URL, body: any, raw: string): Answer {
  if (url.searchParams.get('sig') !== KEY) {
    return refused('{"error":{"code":"AuthorizationFailed"}}', 401);
  }
  const card = body.attachments?.[0];
  const good = body.type === 'message'
    && body.attachments.length === 1
    && card.contentType === 'application/vnd.microsoft.card.adaptive'
    && card.content.type === 'AdaptiveCard'
    && /^1\.[0-5]$/.test(card.content.version)
    && card.content.body.length > 0
    && Buffer.byteLength(raw) <= 28 * 1024;
  return good ? taken('', 202) : refused('{"error":{"code":"InvalidRequestContent"}}', 400);
}

/** The key in the URL is all that there is; a text has 4096 bytes at most. */
function wecom(url: URL, body: any): Answer {
  const says = (errcode: number, errmsg: string) => JSON.stringify({ errcode, errmsg });
  if (url.searchParams.get('key') !== KEY) {
    return refused(says(93000, 'invalid webhook url'));
  }
  const content = body.msgtype === 'markdown' && body.markdown?.content;
  if (typeof content !== 'string' || !content || Buffer.byteLength(content) > 4_096) {
    return refused(says(40058, 'markdown.content exceed max length 4096'));
  }
  return taken(says(0, 'ok'));
}

function same(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}

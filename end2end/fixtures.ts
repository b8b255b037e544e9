import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';

import { expect, test as base, type Page } from '@playwright/test';
import type { AxeResults } from 'axe-core';

export { expect };

/** What the API answered. */
export interface Answer {
  status: number;
  headers: Headers;
  // Tests look into it by field names; a wrong one fails there.
  body: any;
}

/** An organization that belongs to one test alone. */
export interface Organization {
  id: string;
  name: string;
  /** The email of its first administrator. */
  admin: string;
  /** A key with every scope. */
  apiKey: string;
  /** Signs the administrator in, once. */
  signInUrl: string;
  /** Calls the API as this organization; a POST gets an idempotency key of its own. */
  api(method: string, path: string, body?: unknown): Promise<Answer>;
}

interface Options {
  /** The plan of the organization: `test.use({ plan: 'starter' })`. */
  plan: string;
  timeZone: string;
  currency: string;
  /** What the console may say in this test, for example when it opens a page that is not there. */
  expectedConsole: RegExp[];
}

interface Fixtures {
  organization: Organization;
  /** Opens a path and waits until the page can be used. */
  open(path: string): Promise<void>;
  quietConsole: void;
}

export const test = base.extend<Options & Fixtures>({
  plan: ['enterprise', { option: true }],
  timeZone: ['Europe/Berlin', { option: true }],
  currency: ['EUR', { option: true }],
  expectedConsole: [[], { option: true }],

  organization: async ({ plan, timeZone, currency, baseURL }, use) => {
    await use(await createOrganization(baseURL ?? '', plan, timeZone, currency));
  },

  open: async ({ page }, use) => {
    await use(async (path) => {
      await page.goto(path);
      await hydrated(page);
    });
  },

  // Leptos tells of a hydration mismatch in the console and nowhere else.
  quietConsole: [
    async ({ context, expectedConsole }, use) => {
      const complaints: string[] = [];
      context.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) {
          complaints.push(`${message.type()}: ${message.text()} (${message.location().url})`);
        }
      });
      context.on('weberror', (error) => complaints.push(`uncaught: ${error.error().message}`));
      await use();
      const expected = [...expectedConsole];
      if (test.info().project.use.javaScriptEnabled === false) {
        expected.push(/\.wasm was preloaded .* but not used/);
      }
      const unexpected = complaints.filter(
        (complaint) => !expected.some((pattern) => pattern.test(complaint)),
      );
      expect(unexpected, 'the browser console').toEqual([]);
    },
    { auto: true },
  ],
});

/**
 * Waits until the page reacts and shows its content; a page without scripts does at once. The content
 * has to be asked for: a step within the app changes the address before the next page is there.
 */
export async function hydrated(page: Page): Promise<void> {
  if (test.info().project.use.javaScriptEnabled === false) {
    return;
  }
  await page.locator('[data-hydrated]').first().waitFor({ state: 'attached' });
  await page.getByRole('heading', { level: 1, includeHidden: true }).waitFor({ state: 'attached' });
  await expect(page.locator('.loading')).toHaveCount(0);
}

/**
 * Fails with what axe finds on the page, and with what it could not tell: a contrast that nobody has
 * measured is not good yet. Does nothing without scripts: axe is one.
 */
export async function expectAccessible(page: Page): Promise<void> {
  if (test.info().project.use.javaScriptEnabled === false) {
    return;
  }
  await page.evaluate(axeSource);
  const results = (await page.evaluate(`axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    resultTypes: ['violations', 'incomplete'],
  })`)) as AxeResults;
  const found = [...results.violations, ...results.incomplete].flatMap((rule) =>
    rule.nodes.map((node) => `${rule.id}: ${rule.help}: ${node.html}`),
  );
  expect(found, 'accessibility').toEqual([]);
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const run = promisify(execFile);

/** Runs the command line of the server under test, which answers as JSON. */
export function allot(...arguments_: string[]): Promise<any> {
  return allotIn(process.env, ...arguments_);
}

/** The same of another installation. */
async function allotIn(env: NodeJS.ProcessEnv, ...arguments_: string[]): Promise<any> {
  const binary = process.env.ALLOT_BIN ?? '../target/debug/allot';
  const { stdout } = await run(binary, [...arguments_, '--json'], { env });
  return JSON.parse(stdout);
}

/** Makes an organization in the installation that `env` names. */
export async function createOrganization(
  url: string,
  plan: string,
  timeZone: string,
  currency: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Organization> {
  const unique = randomUUID().slice(0, 8);
  const name = `Test ${unique}`;
  const admin = `admin-${unique}@example.test`;
  const created = await allotIn(
    env,
    ...['organization', 'create', '--name', name, '--plan', plan, '--time-zone', timeZone],
    ...['--currency', currency, '--admin', admin],
  );
  return {
    id: created.organization_id,
    name,
    admin,
    apiKey: created.api_key,
    signInUrl: created.sign_in_url,
    api: (method, path, body) => call(url + path, created.api_key, method, body),
  };
}

async function call(url: string, key: string, method: string, body?: unknown): Promise<Answer> {
  const headers: Record<string, string> = { Authorization: `Bearer ${key}` };
  if (body !== undefined) {
    headers['Content-Type'] = 'application/json';
  }
  if (method === 'POST') {
    headers['Idempotency-Key'] = randomUUID();
  }
  const response = await fetch(url, { method, headers, body: JSON.stringify(body) });
  const text = await response.text();
  const json = response.headers.get('Content-Type')?.includes('json');
  return {
    status: response.status,
    headers: response.headers,
    body: json ? JSON.parse(text) : text,
  };
}

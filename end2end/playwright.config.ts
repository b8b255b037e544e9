import { defineConfig } from '@playwright/test';

// `cargo xtask test` starts a server and sets what is read here. By hand: start one with
// `cargo xtask run`, then `ALLOT_URL=http://127.0.0.1:3000 ALLOT_BIN=../target/debug/allot npm test`.
export default defineConfig({
  testDir: '.',
  outputDir: './test-results',
  fullyParallel: true,
  forbidOnly: !!process.env.CI,
  // A test that passes only when tried again has found something.
  retries: 0,
  workers: 2,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: 'list',
  use: {
    baseURL: process.env.ALLOT_URL ?? 'http://127.0.0.1:3000',
    // Far from every organization's zone: a date that was formatted in the browser's shows.
    timezoneId: 'Pacific/Auckland',
    locale: 'en-US',
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: process.env.ALLOT_CHROMIUM ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
  projects: [
    // Every test, as most people see the app.
    { name: 'hydrated' },
    // What works without scripts: the tests that carry the tag `@plain` run once more.
    { name: 'plain', grep: /@plain/, use: { javaScriptEnabled: false } },
  ],
});

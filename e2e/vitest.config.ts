import { defineConfig } from 'vitest/config';

const conditions = ['@wharf/source'];
// Shared files alone also run against another engine (tools/oracle).
const shared = process.env['WHARF_E2E_CLI'] !== undefined;

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    root: import.meta.dirname,
    globalSetup: 'support/cache-home.ts',
    pool: 'forks',
    // Each file has a daemon of its own, and mostly waits.
    maxWorkers: shared ? 1 : 4,
    include: [shared ? '**/*.shared.e2e.ts' : '**/*.e2e.ts'],
    exclude: ['**/dist/**', '**/node_modules/**'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});

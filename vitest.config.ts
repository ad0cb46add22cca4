import { defineConfig } from 'vitest/config';

const conditions = ['@wharf/source'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    pool: 'forks',
    // A busy machine is slow, not wrong; what must be quick says so in its test.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    include: ['packages/**/*.test.ts', 'apps/**/*.test.ts', 'tools/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
  },
});

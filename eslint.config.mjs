import nx from '@nx/eslint-plugin';
import importX, { createNodeResolver } from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/** Who may import whom, by the `nx.tags` of each package.json. ARCHITECTURE: the table "who may import whom". */
const mayImport = {
  core: ['core'],
  wire: ['core'],
  engine: ['core'],
  adapter: ['core', 'engine', 'wire'],
  service: ['core', 'wire'],
  client: ['core', 'wire'],
  shim: ['core', 'wire', 'adapter'],
  testing: ['core'],
  wharfd: ['core', 'wire', 'engine', 'adapter', 'service', 'shim'],
  cli: ['core', 'client', 'shim', 'adapter'],
  tools: ['core', 'client', 'testing'],
  e2e: ['core', 'wire', 'engine', 'adapter', 'service', 'shim', 'client', 'testing'],
};

const boundaries = (alsoAllowed = []) => [
  'error',
  {
    enforceBuildableLibDependency: false,
    allowCircularSelfDependency: true,
    depConstraints: Object.entries(mayImport).map(([from, to]) => ({
      sourceTag: `type:${from}`,
      onlyDependOnLibsWithTags: [...to, ...alsoAllowed].map((tag) => `type:${tag}`),
    })),
  },
];

/** Tests and what serves them alone. */
const testFiles = ['**/*.test.ts', '**/*.contract.ts', '**/test-*.ts', '**/testing/**/*.ts'];

const typesOnly = (group, message) => ({ group, message, allowTypeImports: true });
const never = (name, message) => ({ name, message });
/** `paths` bans exact module names, `patterns` whole families; a package states here what the table cannot say. */
const bans = (files, { paths = [], patterns = [] }) => ({
  files,
  ignores: testFiles,
  rules: { '@typescript-eslint/no-restricted-imports': ['error', { paths, patterns }] },
});

/** They take milliseconds to load, each as long as a short command otherwise takes. */
const slowModules = {
  patterns: [
    typesOnly(
      ['child_process', 'crypto', 'dgram', 'http', 'http2', 'https', 'net', 'readline', 'stream']
        .concat(['tls', 'tty', 'util', 'worker_threads', 'zlib'])
        .map((name) => `node:${name}`),
      'slow to load: process.getBuiltinModule where it is used, or a file that is imported where it is used',
    ),
  ],
};

const cliPaths = [
  never('@wharf/linux', 'the command line may use @wharf/linux/tar alone, which is pure'),
  never('@wharf/linux/native', 'the command line may use @wharf/linux/tar alone, which is pure'),
  never('@wharf/registry', 'registries are the daemon’s'),
];

const shimWireOnly = never('@wharf/api', 'only the shim protocol: import @wharf/api/shim');
const portsOnly = never('@wharf/engine', 'adapters see ports alone: import @wharf/engine/ports');

const bareError = {
  selector: "ThrowStatement > NewExpression[callee.name='Error']",
  message: 'throw a class of @wharf/core: a failure has a code, a bug is an InternalError',
};

export default tseslint.config(
  {
    ignores: [
      '**/dist/**',
      '**/build/**',
      '!e2e/build/**',
      '**/src/gen/**',
      '.nx/**',
      '.cache/**',
      'coverage/**',
    ],
  },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts'],
    languageOptions: {
      parser: tseslint.parser,
      parserOptions: {
        projectService: { allowDefaultProject: ['vitest.config.ts'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    plugins: { '@typescript-eslint': tseslint.plugin, '@nx': nx, 'import-x': importX },
    settings: {
      'import-x/extensions': ['.ts', '.js'],
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts'] },
      'import-x/ignore': ['/src/gen/'],
      'import-x/external-module-folders': ['node_modules'],
      'import-x/resolver-next': [
        createNodeResolver({
          conditionNames: ['@wharf/source', 'node', 'import'],
          extensionAlias: { '.js': ['.ts', '.js'] },
        }),
      ],
    },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@nx/enforce-module-boundaries': boundaries(),
      'import-x/no-cycle': ['error', { ignoreExternal: true }],
      'no-restricted-syntax': ['error', bareError],
      'no-console': 'error',
    },
  },
  bans(['packages/core/**/*.ts', 'packages/oci/**/*.ts', 'packages/dockerfile/**/*.ts'], {
    patterns: [typesOnly(['node:*'], 'this package is pure: it does no input or output')],
  }),
  bans(['packages/engine/**/*.ts'], {
    patterns: [
      typesOnly(
        ['node:child_process', 'node:net', 'node:http', 'node:dgram', 'node:cluster'],
        'the OS is a port: add it to the noun’s ports.ts and implement it in an adapter',
      ),
    ],
  }),
  bans(['packages/linux/**/*.ts', 'packages/registry/**/*.ts', 'packages/sources/**/*.ts'], {
    paths: [portsOnly, shimWireOnly],
  }),
  bans(['packages/shim/**/*.ts', 'packages/resolver/**/*.ts'], {
    paths: [shimWireOnly, never('@wharf/linux', 'the shim may use @wharf/linux/native alone')],
  }),
  bans(['packages/client/**/*.ts'], slowModules),
  bans(['apps/wharf/**/*.ts'], { ...slowModules, paths: cliPaths }),
  // Imported where a key is used.
  bans(['apps/wharf/**/key-agent/*.ts'], { paths: cliPaths }),
  {
    files: testFiles,
    rules: {
      '@nx/enforce-module-boundaries': boundaries(['testing']),
      'no-restricted-syntax': 'off',
    },
  },
  {
    // remote is another implementation of the engine: its contract is held over the real server
    files: ['packages/client/**/*.test.ts', 'packages/client/**/test-*.ts'],
    rules: { '@nx/enforce-module-boundaries': boundaries(['testing', 'service']) },
  },
  { files: ['apps/wharf/**/*.ts', 'tools/**/*.ts'], rules: { 'no-console': 'off' } },
);

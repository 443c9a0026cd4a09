// Lint rules that pay: what the compiler cannot see (lost promises, missing cases, dead conditions) and what the house
// forbids (the environment read outside src/config/load.ts, a console in a library, files too long to read). Style belongs
// to prettier, import directions to test/house.test.ts; neither is repeated here.
import { defineConfig } from 'eslint/config'
import tseslint from 'typescript-eslint'

const ENVIRONMENT_MESSAGE = 'Only src/config/load.ts reads the environment: take the value as an option.'

export default defineConfig(
  { ignores: ['node_modules/', 'dist/', 'coverage/', '.forge/', '.devnet/', 'src/chain/abi/', 'src/chain/bytecode/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // Promises: nothing is lost, nothing is awaited that is not one, stack traces keep the caller.
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
      // A port is asynchronous in one implementation and immediate in another; `async` states the contract for both.
      '@typescript-eslint/require-await': 'off',

      // Types: every case is handled, no condition is decided beforehand, nothing hides behind any.
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-unnecessary-type-assertion': 'error',
      '@typescript-eslint/no-deprecated': 'error',
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/prefer-readonly': 'error',
      '@typescript-eslint/prefer-nullish-coalescing': ['error', { ignorePrimitives: { string: true } }],
      '@typescript-eslint/prefer-optional-chain': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      '@typescript-eslint/ban-ts-comment': ['error', { 'ts-expect-error': 'allow-with-description' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // uvu hands tests over as plain functions, and ports are objects of functions that never use `this`.
      '@typescript-eslint/unbound-method': 'off',

      // Plain mistakes and plain size.
      eqeqeq: 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      'no-self-compare': 'error',
      'no-constant-binary-expression': 'error',
      'no-control-regex': 'error',
      'no-unsafe-finally': 'error',
      'no-useless-escape': 'error',
      'no-empty': 'error',
      'no-eval': 'error',
      'max-lines': ['error', { max: 400 }],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/config/load.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: "MemberExpression[object.name='process'][property.name='env']",
          message: ENVIRONMENT_MESSAGE,
        },
        {
          selector: "VariableDeclarator[init.name='process'] Property[key.name='env']",
          message: ENVIRONMENT_MESSAGE,
        },
        {
          selector: "ImportDeclaration[source.value=/^(node:)?process$/] ImportSpecifier[imported.name='env']",
          message: ENVIRONMENT_MESSAGE,
        },
      ],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/cli/**', 'src/main.ts'],
    rules: { 'no-console': 'error' },
  },
)

// The house keeps its own rules: every file of src, contracts, test and scripts is checked against the table in
// test/support/house-table.ts. Each rule is first shown an example that breaks it and one that does not.
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { checkFile } from './support/house.ts'
import { PLACES } from './support/house-table.ts'

const ROOT = join(import.meta.dirname, '..')

type Example = readonly [path: string, text: string]

const lines = (count: number): string => 'const a = 1\n'.repeat(count)

/** What breaks a rule, and the words the complaint must contain. */
const BAD: readonly (readonly [...Example, complaint: string])[] = [
  // Directions inside the domain.
  ['src/core/a.ts', "import { x } from '../round/x.ts'", 'core may not import round'],
  ['src/round/a.ts', "import type { X } from '../audit/x.ts'", 'round may not import audit'],
  ['src/audit/a.ts', "import { x } from '../auction/x.ts'", 'audit may not import auction'],
  ['src/auction/deep/a.ts', "import { x } from '../../audit/x.ts'", 'auction may not import audit'],
  ['src/audit/a.ts', "import { x } from '../chain/x.ts'", 'audit may not import chain'],
  ['src/core/a.ts', "import { x } from '../config/load.ts'", 'core may not import config'],
  ['src/core/a.ts', "export { x } from '../chain/x.ts'\nconst a = 1", 'core may not import chain'],
  ['src/round/a.ts', "type X = import('../store/x.ts').X", 'round may not import store'],
  ['src/round/a.ts', "const x = await import('../store/x.ts')", 'round may not import store'],
  ['src/round/a.ts', 'const x = await import(name)', 'imports nothing computed'],
  // Packages of the domain.
  ['src/core/a.ts', "import { StandardMerkleTree } from '@openzeppelin/merkle-tree'", 'core may not import @openz'],
  ['src/auction/a.ts', "import { x } from '@openzeppelin/merkle-tree'", 'auction may not import @openz'],
  ['src/audit/a.ts', "import { x } from 'ethers'", 'audit may not import ethers'],
  ['src/core/a.ts', "import { readFileSync } from 'node:fs'", 'core may not import node:fs'],
  ['src/core/a.ts', "import type { Socket } from 'node:net'", 'core may not import node:net'],
  ['src/core/a.ts', "import '@chainsafe/blst'", 'core may not import @chainsafe/blst'],
  ['src/core/a.ts', "import { randomBytes } from '@noble/hashes/utils.js'", 'takes randomBytes from outside'],
  ['src/core/a.ts', "import { randomBytes as chance } from '@noble/hashes/utils.js'", 'takes randomBytes'],
  // Clocks, chance and the outside, in the domain.
  ['src/core/a.ts', 'const at = Date.now()', 'has no Date'],
  ['src/core/a.ts', 'const at = new Date()', 'has no Date'],
  ['src/round/a.ts', 'setTimeout(() => {}, 1)', 'has no setTimeout'],
  ['src/round/a.ts', 'const later = { setTimeout }', 'has no setTimeout'],
  ['src/audit/a.ts', 'const x = Math.random()', 'has no Math.random'],
  ['src/audit/a.ts', 'const { random } = globalThis.Math', 'has no globalThis'],
  ['src/audit/a.ts', 'const at = performance.now()', 'has no performance'],
  ['src/auction/a.ts', "if (process.platform === 'linux') run()", 'has no process'],
  ['src/auction/a.ts', 'const answer = await fetch(url)', 'has no fetch'],
  ['src/auction/a.ts', 'const key = secp256k1.utils.randomSecretKey()', 'has no utils.randomSecretKey'],
  ['src/round/a.ts', 'wait(AbortSignal.timeout(5))', 'has no AbortSignal.timeout'],
  ['src/round/a.ts', "const bytes = Buffer.from('')", 'has no Buffer'],
  // Adapters and wiring.
  ['src/beacon/a.ts', "import { x } from '../p2p/x.ts'", 'beacon may not import p2p'],
  ['src/p2p/a.ts', "import { x } from '../round/x.ts'", 'p2p may not import round'],
  ['src/chain/a.ts', "import { x } from '../config/load.ts'", 'chain may not import config'],
  ['src/store/a.ts', "import { x } from '../sidecar.ts'", 'store may not import sidecar.ts'],
  ['src/workload/a.ts', "import { x } from '../devnet/x.ts'", 'workload may not import devnet'],
  ['src/api/a.ts', "import { Contract } from 'ethers'", 'ethers belongs to chain alone'],
  ['src/beacon/a.ts', "import { tcp } from '@libp2p/tcp'", '@libp2p/tcp belongs to p2p alone'],
  ['src/config/load.ts', "import { x } from '../cli/x.ts'", 'config may not import cli'],
  ['src/sidecar.ts', "import { x } from './cli/x.ts'", 'sidecar.ts may not import cli'],
  ['src/devnet/a.ts', "import { x } from '../cli/x.ts'", 'devnet may not import cli'],
  ['src/cli/a.ts', "import { x } from '../main.ts'", 'cli may not import main.ts'],
  // The shape of the tree.
  ['src/main.ts', "import { x } from '../test/support/x.ts'", 'src imports nothing from test/'],
  [
    'src/cli/a.ts',
    "import x from '../../package.json' with { type: 'json' }",
    'src imports nothing from package.json/',
  ],
  ['src/utils/a.ts', 'export const a = 1', 'utils is not in the table'],
  ['src/helpers.ts', 'export const a = 1', 'helpers.ts is not in the table'],
  ['src/core/index.ts', 'export const a = 1', 'is a barrel'],
  ['src/core/all.ts', "export * from './a.ts'\nexport { b } from './b.ts'", 'is a barrel'],
  ['src/core/a.ts', "import { b } from './b.js'", 'ends in .ts'],
  ['test/a.ts', "import { b } from './b'", 'ends in .ts'],
  ['src/core/a.ts', lines(401), 'has 401 lines'],
  ['contracts/A.sol', lines(401), 'has 401 lines'],
  ['test/contracts/A.t.sol', lines(401), 'has 401 lines'],
  ['scripts/a.ts', lines(401), 'has 401 lines'],
  // Tests.
  ['test/a.test.ts', "const test = suite('a')\ntest('x', () => {})", 'never calls test.run()'],
  ['test/a.test.ts', "import { test } from 'uvu'\ntest('x', () => {})", 'never calls test.run()'],
  ['test/a.test.ts', "const a = suite('a')\nconst b = suite('b')\na.run()", 'never calls b.run()'],
  ['test/a.test.ts', "const test = suite('a')\n// test.run()", 'never calls test.run()'],
  ['test/a.test.ts', 'check()', 'has no suite'],
  ['test/a.test.ts', "const test = suite('a')\ntest.run()\nprocess.exit(0)", 'calls process.exit'],
]

const GOOD: readonly Example[] = [
  ['src/core/a.ts', "import { sha256 } from '@noble/hashes/sha2.js'\nimport { b } from './b.ts'"],
  ['src/core/a.ts', "import { ContainerType } from '@chainsafe/ssz'"],
  ['src/round/a.ts', "import type { Clock } from '../core/ports.ts'"],
  [
    'src/audit/a.ts',
    "import { StandardMerkleTree } from '@openzeppelin/merkle-tree'\nimport { x } from '../round/x.ts'",
  ],
  // Names are not globals when they are members, properties, parameters or the file's own.
  ['src/core/a.ts', 'interface Prober { fetch(url: string): void; process: number }\nport.fetch(1).process'],
  ['src/core/a.ts', 'const wait = (setTimeout: (ms: number) => void) => setTimeout(1)'],
  ['src/core/a.ts', "const words = { Date: 1, console: 'x' } // Date.now() in a comment, 'process.env' in a string"],
  ['src/core/a.ts', 'const half = Math.floor(1 / 2)'],
  [
    'src/chain/a.ts',
    "import { Contract } from 'ethers'\nimport { readFileSync } from 'node:fs'\nconst at = Date.now()",
  ],
  ['src/chain/abi/Sidecars.ts', lines(900)],
  ['src/sidecar.ts', "import { a } from './audit/a.ts'\nimport { b } from './p2p/b.ts'"],
  [
    'src/cli/run.ts',
    "import { a } from '../sidecar.ts'\nimport { b } from '../devnet/b.ts'\nimport { c } from 'ethers'",
  ],
  ['src/main.ts', "import { a } from './cli/a.ts'"],
  ['src/core/a.ts', lines(400)],
  ['test/a.ts', "import { b } from '../src/core/b.ts'\nimport { execFile } from 'node:child_process'"],
  ['test/a.test.ts', "const test = suite('a')\ntest.run()"],
  ['test/a.test.ts', 'for (const name of names) {\n  const cases = suite(name)\n  cases.run()\n}'],
]

const test = suite('house')

test('finds every bad example, and nothing else in it', () => {
  for (const [path, text, complaint] of BAD) {
    const found = checkFile(path, text)
    assert.is(found.length, 1, `one complaint about ${path}: ${text.slice(0, 80)} ${JSON.stringify(found)}`)
    assert.ok(found[0]?.includes(complaint), `"${complaint}" about ${path}, not: ${found.join()}`)
  }
})

test('finds nothing in good examples', () => {
  for (const [path, text] of GOOD) assert.equal(checkFile(path, text), [], `${path}: ${text.slice(0, 80)}`)
})

test('names the line', () => {
  const text = "import { b } from './b.ts'\n\nimport { c } from '../api/c.ts'\n"
  assert.equal(checkFile('src/core/a.ts', text), ['src/core/a.ts:3 core may not import api'])
})

test('no file breaks a rule', () => {
  const files = globSync('{src,contracts,test,scripts}/**/*.{ts,sol}', { cwd: ROOT })
  assert.ok(files.includes('test/house.test.ts') && files.includes('src/core/types.ts'), 'the real tree is read')
  assert.equal(
    files.flatMap((path) => checkFile(path, readFileSync(join(ROOT, path), 'utf8'))),
    [],
  )
})

test('the domain is pure and the table names its places', () => {
  const pure = Object.keys(PLACES).filter((name) => PLACES[name]?.pure)
  assert.equal(pure, ['core', 'round', 'audit', 'auction'])
})

test.run()

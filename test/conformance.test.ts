// docs/conformance.md says what keeps each rule of the economy and what proves it: every id is there, and whatever function,
// module or test a row names exists. The reader is first shown a small page.
import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { tablesOf } from './support/docs-read.ts'

const ROOT = join(import.meta.dirname, '..')
const PAGE = 'docs/conformance.md'

/** Group of rules → how many it has; the properties that must hold always have bare numbers. */
const RULES: readonly (readonly [group: string, count: number])[] = [
  ['E', 3],
  ['P', 7],
  ['G', 5],
  ['M', 8],
  ['R', 7],
  ['S', 5],
  ['C', 1],
  ['', 7],
]
const IDS = RULES.flatMap(([group, count]) => Array.from({ length: count }, (_, i) => `${group}${i + 1}`))

interface Rule {
  readonly id: string
  readonly where: string
  readonly proof: string
  readonly state: string
}

const rulesOf = (page: string): readonly Rule[] =>
  tablesOf(page)
    .filter(({ header }) => header[0] === 'rule' || header[0] === 'property')
    .flatMap(({ rows }) => rows)
    .map(([id = '', , where = '', proof = '', state = '']) => ({ id, where, proof, state }))

const codesIn = (cell: string): readonly string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code)

const CONTRACTS = new Map(
  globSync('contracts/**/*.sol', { cwd: ROOT })
    .filter((path) => !path.includes('/interfaces/'))
    .map((path) => [basename(path, '.sol'), path]),
)

/** What is wrong with a place: `Contract.function`, `Contract` or a module of the source. */
function placeFlaw(place: string): string | undefined {
  if (place.startsWith('src/')) return existsSync(join(ROOT, place)) ? undefined : 'no such module'
  const [name = '', method] = place.split('.')
  const path = CONTRACTS.get(name)
  if (path === undefined) return 'no such contract'
  if (method === undefined) return undefined
  const source = readFileSync(join(ROOT, path), 'utf8')
  return new RegExp(`function ${method}\\(`).test(source) ? undefined : `${path} has no such function`
}

/** What is wrong with a proof: `path under test/contracts or test: name of a test`. */
function proofFlaw(proof: string): string | undefined {
  const split = proof.indexOf(': ')
  const [file, name] = [proof.slice(0, split), proof.slice(split + 2)]
  if (split < 0) return 'names no test'
  const solidity = file.endsWith('.t.sol')
  const path = join(ROOT, solidity ? 'test/contracts' : 'test', file)
  if (!existsSync(path)) return 'no such file'
  const source = readFileSync(path, 'utf8')
  return source.includes(solidity ? `function ${name}(` : `('${name}'`) ? undefined : 'no such test in that file'
}

function stateFlaw({ proof, state }: Rule): string | undefined {
  if (!/^(?:proven|part: .+|open: .+)$/.test(state)) return `is neither proven, part nor open: ${state}`
  const proofs = codesIn(proof).length
  if (state === 'proven' && proofs === 0) return 'is called proven without a proof'
  return undefined
}

const flawsOf = (rules: readonly Rule[]): readonly string[] =>
  rules.flatMap((rule) =>
    [
      ...[stateFlaw(rule)].flatMap((flaw) => flaw ?? []),
      ...codesIn(rule.where).flatMap((place) => {
        const flaw = placeFlaw(place)
        return flaw === undefined ? [] : [`${place}: ${flaw}`]
      }),
      ...codesIn(rule.proof).flatMap((proof) => {
        const flaw = proofFlaw(proof)
        return flaw === undefined ? [] : [`${proof}: ${flaw}`]
      }),
    ].map((flaw) => `${rule.id} ${flaw}`),
  )

const reading = suite('conformance: reading')

reading('what does not exist is named', () => {
  const row = (where: string, proof: string, state: string): Rule => ({ id: 'X', where, proof, state })
  assert.equal(
    flawsOf([
      row('`Marketplace.announce`, `src/auction/quote.ts`', '`auction/quote.test.ts: nothing`', 'proven'),
      row('`Marketplace.steal`', '', 'proven'),
      row(
        '`Bank`, `src/bank.ts`',
        '`Lib.t.sol: test_sum`, `Lib.t.sol: test_su`, `Lib.t.sol`, `No.t.sol: x`',
        'part: x',
      ),
      row('', '', 'done'),
    ]),
    [
      'X auction/quote.test.ts: nothing: no such test in that file',
      'X is called proven without a proof',
      'X Marketplace.steal: contracts/market/Marketplace.sol has no such function',
      'X Bank: no such contract',
      'X src/bank.ts: no such module',
      'X Lib.t.sol: test_su: no such test in that file',
      'X Lib.t.sol: names no test',
      'X No.t.sol: x: no such file',
      'X is neither proven, part nor open: done',
    ],
  )
})

reading.run()

const page = suite('conformance: the page')
const rules = rulesOf(readFileSync(join(ROOT, PAGE), 'utf8'))

page('every rule has one row, in order', () => {
  assert.equal(
    rules.map(({ id }) => id),
    IDS,
  )
})

page('every function, module and test named exists', () => {
  assert.equal(flawsOf(rules), [])
})

page.run()

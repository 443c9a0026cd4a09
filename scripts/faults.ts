// Plants faults into a copy of the contracts, one after another (test/contracts/faults), and demands that the test each names
// fails with it and passes without it. Arguments narrow the run to faults whose name contains one of them; `--quick` takes
// one that compiles in seconds. Exits 1 if a fault is not found, cannot be planted, or a test fails
// without one. One forge at a time, without optimizer.

import { spawnSync } from 'node:child_process'
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'

const ROOT = join(import.meta.dirname, '..')
const FAULTS = 'test/contracts/faults'
const COPIED = ['contracts', 'test/contracts', 'test/vectors', 'scripts/solc', 'foundry.toml']
const QUICK = 'second-root'
const PROPERTIES = [1, 2, 3, 4, 5, 6, 7]

interface Fault {
  readonly name: string
  readonly patch: string
  readonly what: string
  /** Of the properties that must hold always, by number. */
  readonly property: number
  readonly path: string
  readonly test: string
}

/** A patch with three lines before it: what is wrong, which property it breaks, the test that finds it. */
function faultOf(patch: string): Fault {
  const text = readFileSync(patch, 'utf8')
  const head = /^Fault: (.+)\nProperty: (\d)\nTest: (\S+) (\w+)\n\n--- a\/contracts\//.exec(text)
  if (head === null) throw new Error(`${patch} lacks the lines Fault, Property, Test`)
  const [, what = '', property = '', path = '', test = ''] = head
  return { name: basename(patch, '.patch'), patch, what, property: Number(property), path, test }
}

/** A copy of what forge needs, so that no fault ever touches the tree. */
function copyTree(): string {
  const place = mkdtempSync(join(tmpdir(), 'stkr-faults-'))
  for (const path of COPIED) cpSync(join(ROOT, path), join(place, path), { recursive: true })
  symlinkSync(join(ROOT, 'node_modules'), join(place, 'node_modules'))
  return place
}

function apply(place: string, { patch, name }: Fault, ...flags: readonly string[]): void {
  const git = spawnSync('git', ['apply', '--recount', ...flags, patch], { cwd: place, encoding: 'utf8' })
  if (git.status !== 0) throw new Error(`${name} cannot be planted any more: ${git.stderr.trim()}`)
}

function forge(place: string, path: string, tests: readonly string[]): string {
  const match = ['--match-path', join('test/contracts', path), '--match-test', `^(${tests.join('|')})\\(`]
  const run = spawnSync(join(ROOT, 'node_modules/.bin/forge'), ['test', ...match], {
    cwd: place,
    encoding: 'utf8',
    env: { ...process.env, FOUNDRY_OPTIMIZER: 'false' },
  })
  return `${run.stdout}${run.stderr}`
}

/** Which tests pass without a fault: each fault is then compiled once, and not once more to take it out. */
function soundTests(place: string, faults: readonly Fault[]): ReadonlySet<string> {
  const passing = new Set<string>()
  for (const path of new Set(faults.map((fault) => fault.path))) {
    const tests = [...new Set(faults.filter((fault) => fault.path === path).map(({ test }) => test))]
    const output = forge(place, path, tests)
    for (const test of tests) if (output.includes(`[PASS] ${test}(`)) passing.add(`${path} ${test}`)
    if (tests.some((test) => !passing.has(`${path} ${test}`))) console.log(output)
  }
  return passing
}

/** Whether the test fails by itself, not for want of a compiler. */
function isFound(place: string, fault: Fault): boolean {
  apply(place, fault)
  const output = forge(place, fault.path, [fault.test])
  apply(place, fault, '--reverse')
  const found = output.includes('[FAIL') && output.includes(`${fault.test}(`)
  if (!found) console.log(output)
  return found
}

const { values, positionals } = parseArgs({ allowPositionals: true, options: { quick: { type: 'boolean' } } })
const all = globSync(`${FAULTS}/*.patch`, { cwd: ROOT })
  .toSorted()
  .map((path) => faultOf(join(ROOT, path)))
const without = PROPERTIES.filter((property) => !all.some((fault) => fault.property === property))
if (without.length > 0) throw new Error(`no fault breaks property ${without.join(', ')}`)

const wanted = all
  .filter(({ name }) => values.quick !== true || name === QUICK)
  .filter(({ name }) => positionals.length === 0 || positionals.some((part) => name.includes(part)))
  .toSorted((a, b) => a.path.localeCompare(b.path))
const place = copyTree()
try {
  const sound = soundTests(place, wanted)
  let found = 0
  for (const fault of wanted) {
    const { property, name, path, test, what } = fault
    const ok = sound.has(`${path} ${test}`) && isFound(place, fault)
    if (ok) found += 1
    console.log(`${ok ? 'found ' : 'MISSED'} ${property} ${name}: ${path} ${test}${ok ? '' : `: ${what}`}`)
  }
  console.log(`${found} of ${wanted.length} faults found`)
  if (found !== wanted.length || found === 0) process.exitCode = 1
} finally {
  rmSync(place, { recursive: true, force: true })
}

// The documentation tells what is: every code of the source has its line in docs/reasons.md and every line its code; the
// configuration tables are the knobs; links, commands, flags, variables, faults and paths exist. The readers are first
// shown small examples.
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { REASONS } from '../src/audit/reasons.ts'
import { DEVNET_KNOBS } from '../src/config/devnet.ts'
import { PASSWORD_VARIABLE } from '../src/config/load.ts'
import { devnetEnvironmentOf, environmentOf } from '../src/config/names.ts'
import { SIDECAR_KNOBS } from '../src/config/sidecar.ts'
import {
  BEHAVIOURS,
  BID_FAULTS,
  COMMITTEE_FAULTS,
  NODE_FAULTS,
  PROCESS_FAULTS,
  parseFaults,
} from '../src/devnet/fault-spec.ts'
import { collectCodes, listedNames } from './support/docs-codes.ts'
import { EXIT } from '../src/cli/outcome.ts'
import { flagsIn, helpOf } from './support/docs-help.ts'
import { LISTED, OPEN } from './support/docs-open.ts'
import { anchorsOf, codeCell, commandsOf, flagsOf, inlineCode, linksOf, tablesOf } from './support/docs-read.ts'
import { asMarkdown, devnetRows, sidecarRows } from './support/docs-tables.ts'

const ROOT = join(import.meta.dirname, '..')
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')
const REASONS_PAGE = 'docs/reasons.md'
const OPERATING_PAGE = 'docs/operating.md'
const PAGES = ['README.md', ...globSync('docs/*.md', { cwd: ROOT })]

/** `file line: complaint` for all, so that one run names everything there is to mend. */
const none = (complaints: readonly string[]): void => assert.equal([...new Set(complaints)].sort(), [])

const collecting = suite('docs: reading codes')

const codesOf = (text: string): readonly string[] => [
  ...collectCodes(new Map([['a.ts', `import { Fault, ignore, reject } from './errors.ts'\n${text}`]])).sites.map(
    ({ code }) => code,
  ),
]

const READ: readonly (readonly [text: string, codes: readonly string[]])[] = [
  ["throw new Fault('a-b', 'words')", ['a-b']],
  ["throw reject('a', 'words', { code: 'b' })", ['a', 'b']],
  ["promise.catch((e) => ignore(`a`, 'words'))", ['a']],
  ["const x = { code: late ? 'a' : 'b', where }", ['a', 'b']],
  ["const code = full ? 'a' : 'b'\nthrow new Fault(code, 'words')", ['a', 'b']],
  ["const refuse = (verdict, code) => ({ verdict, code })\nrefuse('reject', 'a')", ['a']],
  ["function stuck(step, code) { emit({ step, code }) }\nconst miss = (code) => stuck('x', code)\nmiss('a')", ['a']],
  ["const flaw = check()\nif (flaw) throw reject(flaw, '')\nfunction check(): 'a' | 'b' | undefined {}", ['a', 'b']],
  ["const codeFor = (error) => (error instanceof Fault ? error.code : 'a')", ['a']],
  ['const x = { code: 5, code: null, code: error.code, code: codeOf(error) }', []],
  ['const { code } = fault', []],
  ["deps.stuck('step', 'a', { b })\ndeps.other('c', 'd')", ['a']],
  ["const { stuck } = deps\nstuck('step', 'a')", ['a']],
  ["settle('a'); new Error('b'); Promise.reject('c')", []],
]

for (const [text, codes] of READ)
  collecting(JSON.stringify(text), () => {
    assert.equal(codesOf(text).toSorted(), codes)
  })

collecting('only the makers of core/errors.ts count', () => {
  const text = "import { reject } from './elsewhere.ts'\nreject('a', 'b')"
  assert.equal(collectCodes(new Map([['a.ts', text]])).sites, [])
})

collecting('what it cannot follow is open, with its place', () => {
  const text = 'const f = () => 1\nthrow new Fault(`x-${f()}`)\nthrow new Fault(more.than(this))'
  const { sites, open } = collectCodes(new Map([['a.ts', text]]))
  assert.equal(sites, [])
  assert.equal(open, [
    { file: 'a.ts', line: 2, text: '`x-${f()}`' },
    { file: 'a.ts', line: 3, text: 'more.than(this)' },
  ])
})

collecting('names in type aliases and constant objects', () => {
  const text = "type T = 'a' | 'b'\nconst P = { c: 1, 'd-e': 2 } as const satisfies X"
  assert.equal(listedNames('a.ts', text, 'T'), ['a', 'b'])
  assert.equal(listedNames('a.ts', text, 'P'), ['c', 'd-e'])
})

collecting.run()

const reading = suite('docs: reading pages')

const PAGE = `# One thing
| \`a\` | b \\| c |
| --- | --- |
| \`d\` | [e](f.md#g) |

\`\`\`sh
npm ci && npx stkr run --json --data-dir x   # words --not-a-flag
| no | table |
\`\`\`
## What's \`new\`: all
Type \`npm start -- --nodes 4\` or \`npmx\`.`

reading('tables, cells, links, anchors', () => {
  assert.equal(tablesOf(PAGE), [
    { line: 2, heading: 'One thing', header: ['`a`', 'b | c'], rows: [['`d`', '[e](f.md#g)']] },
  ])
  assert.is(codeCell('`d`'), 'd')
  assert.is(codeCell('d'), undefined)
  assert.equal(linksOf(PAGE), [{ line: 4, text: 'f.md#g' }])
  assert.equal(anchorsOf(PAGE), ['one-thing', 'whats-new-all'])
})

reading('commands and their flags', () => {
  const commands = commandsOf(PAGE)
  assert.equal(commands, [
    { line: 7, text: 'npm ci' },
    { line: 7, text: 'stkr run --json --data-dir x' },
    { line: 11, text: 'npm start -- --nodes 4' },
  ])
  assert.equal(
    commands.map(({ text }) => flagsOf(text)),
    [[], ['--json', '--data-dir'], ['--nodes']],
  )
})

reading.run()

const codes = suite('docs: codes')

const SOURCES = globSync('src/**/*.ts', { cwd: ROOT }).filter((file) => !/^src\/chain\/(abi|bytecode)\//.test(file))

const { sites, open } = collectCodes(new Map(SOURCES.map((file) => [file, read(file)])))

/** Code → where it is made. */
function codesOfSource(): ReadonlyMap<string, string> {
  const places = new Map(sites.map(({ code, file, line }) => [code, `${file}:${line}`]))
  for (const { file, text } of open) for (const code of OPEN[`${file}: ${text}`] ?? []) places.set(code, file)
  for (const [file, name, but] of LISTED)
    for (const code of listedNames(file, read(file), name)) if (!but.includes(code)) places.set(code, file)
  return places
}

const page = tablesOf(read(REASONS_PAGE))
const codeTables = page.filter(({ header }) => header[0] === 'code')
const documented = codeTables.flatMap(({ rows, heading }) =>
  rows.map((row) => ({ code: codeCell(row[0]) ?? `? ${row[0] ?? ''}`, heading, row })),
)

codes('every expression in a code’s place is accounted for', () => {
  const keys = open.map(({ file, text }) => `${file}: ${text}`)
  none(open.flatMap(({ file, line, text }) => (`${file}: ${text}` in OPEN ? [] : [`${file}:${line} what is ${text}?`])))
  none(Object.keys(OPEN).flatMap((key) => (keys.includes(key) ? [] : [`${key} is gone: remove it from OPEN`])))
})

codes('every code has a line in docs/reasons.md', () => {
  const known = new Set(documented.map(({ code }) => code))
  none([...codesOfSource()].flatMap(([code, place]) => (known.has(code) ? [] : [`${code} (${place}) has no line`])))
})

codes('every line in docs/reasons.md has a code', () => {
  const known = codesOfSource()
  none(documented.flatMap(({ code, heading }) => (known.has(code) ? [] : [`${code} (${heading}) is no code any more`])))
})

codes('one line for each code, in alphabetical order, complete', () => {
  const all = documented.map(({ code }) => code)
  none(all.filter((code, i) => all.indexOf(code) !== i).map((code) => `${code} has two lines`))
  for (const { heading, rows } of codeTables) {
    const names = rows.map((row) => codeCell(row[0]) ?? '')
    assert.equal(names, names.toSorted(), `order of ${heading}`)
  }
  none(documented.flatMap(({ code, row }) => (row.length === 4 && row.every(Boolean) ? [] : [`${code} lacks a cell`])))
})

codes('reasons of probes, with number and outcome', () => {
  const rows = page.find(({ header }) => header[0] === 'reason')?.rows ?? []
  const said = rows.map((row) => [codeCell(row[0]), row[1], row[2]])
  const outcomeOf = (outcome: string): string => (outcome === 'any' ? '–' : outcome)
  assert.equal(
    said,
    Object.entries(REASONS).map(([name, { code, outcome }]) => [name, String(code), outcomeOf(outcome)]),
  )
})

codes('exit codes', () => {
  const rows = page.find(({ header }) => header[0] === 'exit')?.rows ?? []
  assert.equal(
    rows.map((row) => Number(row[0])),
    Object.values(EXIT),
  )
})

codes('steps that can be stuck', () => {
  const rows = page.find(({ header }) => header[0] === 'step')?.rows ?? []
  const said = rows.flatMap((row) => [...(row[0] ?? '').matchAll(/`([^`]+)`/g)].map((found) => found[1]))
  const steps = new Set<string>()
  for (const file of SOURCES.filter((name) => /^src\/(?:audit|round)\//.test(name)))
    for (const found of read(file).matchAll(/\b(?:stuck|failed|perform|unlessRefused)\(\s*'([\w-]+)'/g))
      steps.add(found[1] ?? '')
  assert.equal(said.toSorted(), [...steps].toSorted())
})

codes.run()

const tables = suite('docs: tables of docs/operating.md')

const operating = tablesOf(read(OPERATING_PAGE))
const tableOf = (...header: readonly string[]) =>
  operating.find((table) => header.every((name, i) => table.header[i] === name))

const sameRows = (given: readonly (readonly string[])[] | undefined, wanted: readonly (readonly string[])[]): void =>
  assert.equal(given, wanted, `npm run knobs mends it; the table should be:\n${asMarkdown(wanted)}`)

tables('knobs of a sidecar', () => {
  sameRows(tableOf('flag', 'environment', 'in `config.yaml`')?.rows, sidecarRows(SIDECAR_KNOBS))
})

tables('knobs of a local network', () => {
  sameRows(tableOf('flag', 'environment', 'default')?.rows, devnetRows(DEVNET_KNOBS, devnetEnvironmentOf))
})

tables('faults of a local network', () => {
  const names = (tableOf('fault')?.rows ?? []).map((row) => codeCell(row[0]))
  assert.equal(names, [BEHAVIOURS, BID_FAULTS, COMMITTEE_FAULTS, NODE_FAULTS, PROCESS_FAULTS].flatMap(Object.keys))
})

tables('gas, as in the snapshot', () => {
  const snapshot = new Set(Object.values(JSON.parse(read('test/contracts/gas.json')) as Record<string, number>))
  const rows = tableOf('what', 'gas')?.rows ?? []
  assert.ok(rows.length > 0, 'there is a table of gas')
  for (const [what = '', gas = ''] of rows)
    assert.ok(snapshot.has(Number(gas.replaceAll(',', ''))), `${what}: ${gas} is not in test/contracts/gas.json`)
})

tables.run()

const references = suite('docs: what pages refer to')

const everywhere = (see: (text: string, file: string) => readonly string[]): readonly string[] =>
  PAGES.flatMap((file) => see(read(file), file))

references('links lead to files and headings', () => {
  none(
    everywhere((text, file) =>
      linksOf(text).flatMap(({ line, text: target }) => {
        if (/^[a-z]+:/.test(target)) return []
        const [path = '', anchor] = target.split('#')
        const to = path === '' ? file : relative(ROOT, join(ROOT, dirname(file), path))
        if (!existsSync(join(ROOT, to))) return [`${file}:${line} ${target} does not exist`]
        return anchor === undefined || anchorsOf(read(to)).includes(anchor)
          ? []
          : [`${file}:${line} no heading ${target}`]
      }),
    ),
  )
})

references('paths exist', () => {
  const places = ['', 'src', 'docs', 'contracts']
  const isPath = (text: string): boolean =>
    /^(?:src|test|docs|contracts|scripts|web)\/[\w./-]*$/.test(text) ||
    /^[\w-]+(?:\/[\w.-]+)+\.(?:ts|sol|md|json)$/.test(text)
  none(
    everywhere((text, file) =>
      inlineCode(text).flatMap(({ line, text: path }) =>
        !isPath(path) || places.some((place) => existsSync(join(ROOT, place, path)))
          ? []
          : [`${file}:${line} ${path} does not exist`],
      ),
    ),
  )
})

const PROGRAM_FLAGS = ['--help']

/** What a command's own help lists, from the definitions that parse it. */
const scripts = (JSON.parse(read('package.json')) as { readonly scripts: Readonly<Record<string, string>> }).scripts
const NPM_ITSELF = ['audit', 'ci', 'install', 'pack', 'publish', 'version']

/** The stkr command that a line runs; undefined for another program. */
function commandIn(text: string): string | undefined {
  if (/^npm start\b/.test(text)) return 'devnet'
  return /^stkr ([a-z]+)/.exec(text)?.[1]
}

function scriptFlaw(text: string): string | undefined {
  const [, first = '', second = ''] = /^npm (\S+)(?: (\S+))?/.exec(text) ?? []
  const script = first === 'run' ? second : first
  return !text.startsWith('npm ') || NPM_ITSELF.includes(script) || script in scripts
    ? undefined
    : `no script ${script}`
}

references('commands and flags exist', async () => {
  const commands = [...(await helpOf('--help')).matchAll(/^ {2}([a-z]+) /gm)].map((found) => found[1] ?? '')
  assert.ok(commands.includes('verify'), 'the help lists commands')
  const known = new Map<string, ReadonlySet<string>>()
  for (const name of commands) if (name !== 'help') known.set(name, new Set(await flagsIn(name)))
  const all = new Set([...known.values()].flatMap((flags) => [...flags]))
  none(
    everywhere((page, file) =>
      commandsOf(page).flatMap(({ line, text }) => {
        const bad = scriptFlaw(text)
        if (bad !== undefined) return [`${file}:${line} ${bad}`]
        const name = commandIn(text)
        if (name === undefined) return []
        const flags = known.get(name)
        if (!flags) return [`${file}:${line} no command stkr ${name}`]
        return flagsOf(text).flatMap((flag) =>
          flags.has(flag) || PROGRAM_FLAGS.includes(flag) ? [] : [`${file}:${line} stkr ${name} knows no ${flag}`],
        )
      }),
    ),
  )
  none(
    everywhere((page, file) =>
      inlineCode(page).flatMap(({ line, text }) =>
        /^--[a-z]/.test(text) && !all.has(text.split(' ')[0] ?? '') && !PROGRAM_FLAGS.includes(text)
          ? [`${file}:${line} no command knows ${text}`]
          : [],
      ),
    ),
  )
})

references('variables exist', () => {
  const known = new Set([
    ...['dataDir', ...Object.keys(SIDECAR_KNOBS)].map(environmentOf),
    ...Object.keys(DEVNET_KNOBS).map(devnetEnvironmentOf),
    PASSWORD_VARIABLE,
  ])
  none(
    everywhere((text, file) =>
      [...text.matchAll(/\bSTKR_[A-Z][A-Z_]*/g)].flatMap(([name]) =>
        known.has(name) ? [] : [`${file} ${name} is no variable`],
      ),
    ),
  )
})

references('faults that are shown can be injected', () => {
  none(
    everywhere((text, file) =>
      [...text.matchAll(/--fault ([a-z]+:\S+?)(?=[\s`])/g)].flatMap(([, spec = '']) => {
        try {
          parseFaults([spec], 64)
          return []
        } catch {
          return [`${file} --fault ${spec} is refused`]
        }
      }),
    ),
  )
})

references.run()

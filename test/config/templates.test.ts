// Templates of jobs: found wrong when they are loaded, filled word by word, and nothing a requester writes becomes a shell's.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { passedEnvironment } from '../../src/config/load.ts'
import { PLACEHOLDERS, fill, readTemplates } from '../../src/config/templates.ts'
import type { Placeholder } from '../../src/config/templates.ts'
import { codeThrown } from '../support/faults.ts'
import { withFolder } from '../support/nodes.ts'

const test = suite('config/templates')

const GOOD = `
ethereum:
  url: http://127.0.0.1:8545
  command: [geth, --datadir, '{dir}/{job}', --http.api, 'eth,net,web3']
web:
  workload: generic
  url: http://127.0.0.1:8080
  container: web-{job}
  healthPath: /health
  healthField: status
`

const load = (folder: string, text: string) => {
  const file = join(folder, 'jobs.yaml')
  writeFileSync(file, text)
  return readTemplates(file)
}

test('a good file, with its defaults', () =>
  withFolder(async (folder) => {
    const templates = load(folder, GOOD)
    assert.equal([...templates.keys()], ['ethereum', 'web'])
    const { workload, command, healthStatus } = templates.get('ethereum') ?? {}
    assert.equal([workload, command?.at(-1), healthStatus], ['ethereum-execution', 'eth,net,web3', 200])
  }))

const WRONG: readonly (readonly [why: string, text: string, code: string])[] = [
  ['no YAML', 'a: [', 'config-unreadable'],
  ['too large', `# ${'x'.repeat(70_000)}`, 'config-unreadable'],
  ['a list', '[]', 'config-invalid'],
  ['neither command nor container', 'a: {url: "http://h"}', 'config-invalid'],
  ['both', 'a: {url: "http://h", command: [x], container: y}', 'config-invalid'],
  ['no command at all', 'a: {url: "http://h", command: []}', 'config-invalid'],
  ['no url', 'a: {command: [x]}', 'config-invalid'],
  ['an unknown placeholder', 'a: {url: "http://h", command: [x, "{secret}"]}', 'config-invalid'],
  ['empty braces', 'a: {url: "http://h", command: ["{}"]}', 'config-invalid'],
  ['an unknown key', 'a: {url: "http://h", command: [x], shell: true}', 'config-invalid'],
  ['an unknown workload', 'a: {url: "http://h", command: [x], workload: solana}', 'config-invalid'],
  ['a kind no job can have', '"a b": {url: "http://h", command: [x]}', 'config-invalid'],
]
for (const [why, text, code] of WRONG)
  test(`refused: ${why}`, () =>
    withFolder(async (folder) =>
      assert.is(
        codeThrown(() => load(folder, text)),
        code,
      ),
    ))

test('no such file', () =>
  assert.is(
    codeThrown(() => readTemplates('/nowhere/jobs.yaml')),
    'config-unreadable',
  ))

test('words stay words: what fills them is never split, expanded or filled again', () => {
  const values = (text: string) =>
    Object.fromEntries(PLACEHOLDERS.map((name) => [name, text])) as Record<Placeholder, string>
  fc.assert(
    fc.property(fc.string(), fc.constantFrom(...PLACEHOLDERS), (text, name) => {
      assert.is(fill(`a {${name}} b`, values(text)), `a ${text} b`)
    }),
  )
  assert.is(fill('{job}', values('{dataDir} $(rm)')), '{dataDir} $(rm)')
  assert.is(fill('{other} {}', values('x')), '{other} {}')
})

test('a node sees what is listed of the environment, and nothing else', () => {
  const environment = { PATH: '/bin', STKR_RPC_URLS: 'https://secret', HOME: '/root' }
  assert.equal(passedEnvironment(['PATH', 'TZ', 'NAME=a=b', 'EMPTY='], environment), {
    PATH: '/bin',
    NAME: 'a=b',
    EMPTY: '',
  })
})

test.run()

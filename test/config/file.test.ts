// The configuration file: YAML and the older JSON, what its values are, and that errors name file, line and column and
// never repeat what stands there.

import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { configFileOf, readConfigFile } from '../../src/config/file.ts'
import { loadSidecarConfig } from '../../src/config/load.ts'
import { configText } from '../../src/config/schema.ts'
import { SIDECAR_KNOBS } from '../../src/config/sidecar.ts'
import { Fault } from '../../src/core/errors.ts'

const file = suite('config: file')
const dataDir = mkdtempSync(join(tmpdir(), 'stkr-file-'))
const yaml = join(dataDir, 'config.yaml')
const json = join(dataDir, 'config.json')
file.after(() => {
  rmSync(dataDir, { recursive: true })
})
file.after.each(() => {
  for (const name of [yaml, json]) if (existsSync(name)) rmSync(name)
})

const LEDGER = `0x${'0123456789'.repeat(4)}`
const faultFrom = (run: () => unknown): Fault => {
  try {
    run()
  } catch (error) {
    if (error instanceof Fault) return error
    throw error
  }
  throw new Error('nothing was refused')
}
const read = (text: string, flags: object = {}) => {
  writeFileSync(yaml, text)
  return loadSidecarConfig({ dataDir, ...flags }, {})
}

const COMPLETE = `
# where to settle
rpcUrls:
  - http://a   # ours
  - http://b
ledger: ${LEDGER}
mdns: true
bidFloor: 0.123456789012345678
bidCommand: ['/bin/price', 'a,b']
announce:
bidCeiling: ~
`

file('values are read as text: an address stays one, an amount is exact, no value is no answer', () => {
  const config = read(COMPLETE)
  assert.equal(config.rpcUrls, ['http://a', 'http://b'])
  assert.is(config.ledger, LEDGER, 'no number of YAML')
  assert.is(config.mdns, true)
  assert.is(config.bidFloor, 123456789012345678n)
  assert.equal(config.bidCommand, ['/bin/price', 'a,b'], 'commas inside an item stay')
  assert.equal(config.announce, [])
  assert.is(config.bidCeiling, undefined)
})

file('a config.json of older versions is read as it is, tabs and all', () => {
  writeFileSync(
    json,
    JSON.stringify({ rpcUrls: ['http://a'], ledger: LEDGER, mdns: true, bidMarginBps: 5 }, null, '\t'),
  )
  assert.is(configFileOf(dataDir), json)
  const config = loadSidecarConfig({ dataDir }, {})
  assert.equal([config.rpcUrls, config.ledger, config.mdns, config.bidMarginBps], [['http://a'], LEDGER, true, 5])
  writeFileSync(yaml, 'mdns: false\n')
  assert.is(faultFrom(() => configFileOf(dataDir)).code, 'config-ambiguous')
})

const NEEDED = `rpcUrls: [http://a]\nledger: '${LEDGER}'\n`
const WRONG: readonly (readonly [why: string, text: string, code: string, place: string, words: RegExp])[] = [
  ['no YAML', 'rpcUrls: [http://a\n', 'config-unreadable', '2:1', /mend the line/],
  ['an odd quote', `${NEEDED}logFile: "a\n`, 'config-unreadable', '4:1', /mend the line/],
  ['a key twice', `${NEEDED}mdns: true\nmdns: true\n`, 'config-unreadable', '4:1', /duplicate key/],
  ['two documents', `${NEEDED}---\nmdns: true\n`, 'config-unreadable', '3:1', /multiple docs/],
  ['a list at the top', '[1]', 'config-unreadable', '1:1', /key: value/],
  ['an unknown key', `${NEEDED}logLevl: warn\n`, 'config-unknown', '3:1', /did you mean logLevel\?/],
  ['a wrong value', `${NEEDED}logLevel:   loud\n`, 'config-invalid', '3:13', /logLevel is wrong/],
  ['a wrong item', `${NEEDED}listen:\n  - /ip4/0.0.0.0/tcp/1\n  - here\n`, 'config-invalid', '5:5', /multiaddr/],
  ['a map for a value', `${NEEDED}logLevel:\n  a: b\n`, 'config-invalid', '4:3', /expected a value or a list/],
  ['a list in a list', `${NEEDED}listen: [[a]]\n`, 'config-invalid', '3:10', /expected a value/],
  ['an alias', `${NEEDED}logFile: *a\n`, 'config-invalid', '3:10', /expected a value/],
  ['a list for one value', `${NEEDED}logLevel: [info]\n`, 'config-invalid', '3:11', /logLevel is wrong/],
]
for (const [why, text, code, place, words] of WRONG)
  file(`refused: ${why}`, () => {
    const fault = faultFrom(() => read(text))
    assert.is(fault.code, code, fault.message)
    assert.ok(fault.message.includes(`${yaml}:${place} `), `${place} in: ${fault.message}`)
    assert.match(fault.message, words)
  })

file('refused: a file far too large', () => {
  assert.is(faultFrom(() => read(`logFile: ${'x'.repeat(70_000)}`)).code, 'config-unreadable')
})

file('no error repeats what stands in the file', () => {
  for (const text of ['rpcUrls: "http://u:hunter2@', 'logFile: *hunter2', 'rpcUrls: ftp://hunter2', '- hunter2: {'])
    assert.not.match(String(faultFrom(() => read(text))), 'hunter2')
})

file('what is written is read back, with a sentence for every key', () => {
  const text = configText({ rpcUrls: ['http://a'], ledger: LEDGER, bidFloor: '60.50', logFile: '' }, './schema.json')
  assert.match(text, /^# yaml-language-server: \$schema=\.\/schema\.json\n/)
  for (const name of ['rpcUrls', 'ledger'] as const) assert.ok(text.includes(`# ${SIDECAR_KNOBS[name].help}`))
  const config = read(text)
  assert.equal([config.ledger, config.bidFloor, config.logFile], [LEDGER, 605n * 10n ** 17n, ''])
})

file('any text is read or refused by code', () => {
  const key = fc.constantFrom(...Object.keys(SIDECAR_KNOBS))
  const content = fc.oneof(
    fc.string(),
    fc.dictionary(key, fc.jsonValue()).map((value) => JSON.stringify(value)),
    fc.tuple(key, fc.string({ unit: 'grapheme' })).map(([name, value]) => `${name}: ${value}\n`),
  )
  fc.assert(
    fc.property(content, (text) => {
      writeFileSync(yaml, text)
      try {
        readConfigFile(yaml, Object.keys(SIDECAR_KNOBS))
      } catch (error) {
        assert.ok(error instanceof Fault && error.code.startsWith('config-'), JSON.stringify(text))
      }
    }),
    { numRuns: 500 },
  )
})

file.run()

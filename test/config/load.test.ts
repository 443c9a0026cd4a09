// The configuration: who wins, what is refused, and that errors name the knob and never repeat a value.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DEVNET_KNOBS } from '../../src/config/devnet.ts'
import { configFileOf } from '../../src/config/file.ts'
import { loadDevnetConfig, loadKnobs, loadSidecarConfig } from '../../src/config/load.ts'
import { environmentOf, flagOf, nearest } from '../../src/config/names.ts'
import { SIDECAR_KNOBS } from '../../src/config/sidecar.ts'
import { Fault } from '../../src/core/errors.ts'

const config = suite('config')
const dataDir = mkdtempSync(join(tmpdir(), 'stkr-config-'))
config.after(() => {
  rmSync(dataDir, { recursive: true })
})

const LEDGER = `0x${'ab'.repeat(20)}`
const needed = { dataDir, rpcUrls: 'http://rpc', ledger: LEDGER }
const writeFile = (content: unknown): void => {
  writeFileSync(configFileOf(dataDir), typeof content === 'string' ? content : JSON.stringify(content))
}
config.before.each(() => {
  writeFile({})
})

const faultFrom = (run: () => unknown): Fault => {
  try {
    run()
  } catch (error) {
    if (error instanceof Fault) return error
    throw error
  }
  throw new Error('nothing was refused')
}

config('flag wins over environment, environment over file, file over default', () => {
  const level = (flags: object, environment: Record<string, string>) =>
    loadSidecarConfig({ ...needed, ...flags }, environment).logLevel
  assert.is(level({}, {}), 'info')
  writeFile({ logLevel: 'warn' })
  assert.is(level({}, {}), 'warn')
  assert.is(level({}, { STKR_LOG_LEVEL: 'error' }), 'error')
  assert.is(level({ logLevel: 'debug' }, { STKR_LOG_LEVEL: 'error' }), 'debug')
})

config('amounts are exact numbers of their smallest unit, or refused', () => {
  const read = (flags: object) => loadSidecarConfig({ ...needed, ...flags }, {})
  const { bidFloor, bidCeiling, bidHoldCpuGhz, marketplace } = read({ bidFloor: '60.5', bidHoldCpuGhz: '0.125' })
  assert.is(bidFloor, 605n * 10n ** 17n)
  assert.is(bidHoldCpuGhz, 125n)
  assert.is(bidCeiling, undefined, 'the ceiling applied with')
  assert.is(marketplace, undefined, 'no part in auctions')
  writeFile({ bidFloor: 60 })
  assert.is(read({}).bidFloor, 60n * 10n ** 18n, 'a number in the file')
  for (const wrong of ['-1', '1e3', 'much', '0.0001', '1.', `${'9'.repeat(16)}`])
    assert.is(faultFrom(() => read({ bidHoldCpuGhz: wrong })).code, 'config-invalid', wrong)
  assert.is(faultFrom(() => read({ marketplace: '0x12' })).code, 'config-invalid')
  const both = faultFrom(() => read({ bidCommand: ['/bin/price'], bidUrl: 'http://price' }))
  assert.match(both.message, /only one/)
})

config('a command is words, whoever writes it', () => {
  const command = (given: unknown, variable?: string) =>
    loadSidecarConfig(
      { ...needed, workloadKind: 'generic', ...(given !== undefined && { workloadHealthCommand: given }) },
      variable === undefined ? {} : { STKR_WORKLOAD_HEALTH_COMMAND: variable },
    ).workloadHealthCommand
  assert.equal(command(['check', '--apis', 'eth,net']), ['check', '--apis', 'eth,net'], 'commas belong to the words')
  assert.equal(command(undefined, ' check  --apis eth,net '), ['check', '--apis', 'eth,net'])
  assert.equal(command(undefined, '["check", "a b"]'), ['check', 'a b'])
  for (const wrong of ['["check"', '[1]'])
    assert.is(faultFrom(() => command(undefined, wrong)).code, 'config-invalid', wrong)
  const fault = faultFrom(() => loadSidecarConfig({ ...needed, workloadHealthCommand: ['check'] }, {}))
  assert.match(fault.message, /--workload-kind generic/)
})

config('some knobs alone, for commands that need no more', () => {
  const found = loadKnobs(['rpcUrls', 'marketplace'], { dataDir, rpcUrls: 'http://rpc', marketplace: LEDGER }, {})
  assert.equal(found, { rpcUrls: ['http://rpc'], marketplace: LEDGER, dataDir })
  assert.is(faultFrom(() => loadKnobs(['rpcUrls'], { dataDir }, {})).code, 'config-invalid')
  assert.is(faultFrom(() => loadKnobs(['rpcUrls'], { dataDir, ledger: LEDGER }, {})).code, 'config-unknown')
})

config('flags and file mean the same', () => {
  const text = loadSidecarConfig({ ...needed, mdns: 'true', rpcUrls: 'http://a,http://b' }, {})
  writeFile({ mdns: true, rpcUrls: ['http://a', 'http://b'], ledger: LEDGER.toUpperCase().replace('X', 'x') })
  assert.equal(text, loadSidecarConfig({ dataDir }, {}))
  assert.equal(loadSidecarConfig({ dataDir, rpcUrls: ['http://a', 'http://b'] }, {}), text)
  assert.is(loadSidecarConfig({ ...needed, mdns: true }, {}).mdns, true)
})

const unknown: readonly (readonly [why: string, load: () => unknown, suggestion: RegExp])[] = [
  ['a flag', () => loadSidecarConfig({ ...needed, rpcUrl: 'x' }, {}), /did you mean rpcUrls\?/],
  ['a variable', () => loadSidecarConfig(needed, { STKR_LEGDER: 'x' }), /did you mean STKR_LEDGER\?/],
  ['a variable of the devnet', () => loadDevnetConfig({}, { STKR_DEVNET_NODE: '3' }), /STKR_DEVNET_NODES\?/],
  ['a flag of the devnet', () => loadDevnetConfig({ period: '3' }, {}), /did you mean periods\?/],
  ['something far from everything', () => loadDevnetConfig({ zzzzzzzzzzzz: '3' }, {}), /known are/],
]
for (const [why, load, suggestion] of unknown)
  config(`unknown: ${why}`, () => {
    const fault = faultFrom(load)
    assert.is(fault.code, 'config-unknown')
    assert.match(fault.message, suggestion)
  })

config('all that is missing or wrong is said at once, with the place to mend it', () => {
  const fault = faultFrom(() => loadSidecarConfig({ dataDir, logLevel: 'loud' }, { STKR_LISTEN: 'everywhere' }))
  assert.is(fault.code, 'config-invalid')
  for (const part of ['--rpc-urls', 'STKR_LEDGER', '--log-level is wrong', 'STKR_LISTEN is wrong'])
    assert.ok(fault.message.includes(part), `${part} in: ${fault.message}`)
})

config('an error never repeats a value: URLs hold access keys', () => {
  const fault = faultFrom(() => loadSidecarConfig({ ...needed, rpcUrls: 'ftp://user:secretsecret@host' }, {}))
  assert.not.match(fault.message, 'secretsecret')
})

config('faults are for local networks', () => {
  assert.match(faultFrom(() => loadSidecarConfig({ ...needed, fault: 'silent' }, {})).message, /--local/)
  assert.equal(loadSidecarConfig({ ...needed, fault: 'silent', local: 'true' }, {}).fault, ['silent'])
})

config('every knob has one flag and one variable', () => {
  for (const knobs of [SIDECAR_KNOBS, DEVNET_KNOBS]) {
    const names = Object.keys(knobs)
    assert.is(new Set(names.map(flagOf)).size, names.length)
    assert.is(new Set(names.map(environmentOf)).size, names.length)
  }
  assert.is(flagOf('rpcUrls'), '--rpc-urls')
  assert.is(environmentOf('rpcUrls'), 'STKR_RPC_URLS')
})

config('any JSON in the file is taken or refused by code', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...Object.keys(SIDECAR_KNOBS)), fc.jsonValue()), (content) => {
      writeFile(content)
      try {
        loadSidecarConfig(needed, {})
      } catch (error) {
        assert.ok(error instanceof Fault && error.code.startsWith('config-'), JSON.stringify(content))
      }
    }),
    { numRuns: 200 },
  )
})

config('the nearest name is the one that was meant, or none', () => {
  assert.is(nearest('ledgr', ['ledger', 'listen']), 'ledger')
  assert.is(nearest('x'.repeat(1_000_000), ['ledger']), undefined)
})

config.run()

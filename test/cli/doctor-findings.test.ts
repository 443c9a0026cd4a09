// stkr doctor, finding by finding: each both when all is well and when it is not.

import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createLocalChain } from '../../src/beacon/local-chain.ts'
import { serveBeacons } from '../../src/beacon/server.ts'
import { POSTING_GAS } from '../../src/chain/gas-watch.ts'
import type { RegistrationView } from '../../src/chain/inspect.ts'
import { serveControl } from '../../src/cli/control.ts'
import { checkDisk, checkMachine, checkNode } from '../../src/cli/doctor-machine.ts'
import { checkClock, checkEndpoints, checkRelays, checkWorkload } from '../../src/cli/doctor-outside.ts'
import { checkReach, checkRunning } from '../../src/cli/doctor-running.ts'
import { checkGas, checkRegistration } from '../../src/cli/doctor-standing.ts'
import type { Finding } from '../../src/cli/findings.ts'
import { controlSocketOf, loadSidecarConfig } from '../../src/config/load.ts'
import type { SidecarConfig } from '../../src/config/sidecar.ts'
import type { DrandChain, Network } from '../../src/core/types.ts'
import { createKeys } from '../../src/keys/keyring.ts'
import { testNetwork } from '../support/audit.ts'
import { startBeaconNode } from '../support/beacon-node.ts'
import { pin } from '../support/local-beacons.ts'

const findings = suite('findings of stkr doctor')
const dataDir = mkdtempSync(join(tmpdir(), 'stkr-findings-'))
const closers: (() => Promise<void>)[] = []
findings.after(async () => {
  for (const close of closers.reverse()) await close()
  rmSync(dataDir, { recursive: true })
})

const NOTHING = 'http://127.0.0.1:1'
const config = (over: Partial<SidecarConfig> = {}): SidecarConfig => ({
  ...loadSidecarConfig({ dataDir, rpcUrls: [NOTHING], ledger: `0x${'11'.repeat(20)}` }),
  ...over,
})
/** `part level code`, for what is well without the code. */
const brief = ({ part, level, code }: Finding): string => [part, level, ...(code === undefined ? [] : [code])].join(' ')
const of = (part: string, list: readonly Finding[]): string | undefined =>
  list.filter((one) => one.part === part).map(brief)[0]

findings('machine: data, keys, disk, versions', async () => {
  const keysFile = join(dataDir, 'open.json')
  createKeys(keysFile)
  const machine = (over: Partial<SidecarConfig>) => checkMachine(config({ keysFile, ...over }))
  assert.is(of('data', await machine({})), 'data ok')
  assert.is(of('data', await machine({ dataDir: join(dataDir, 'none') })), 'data fail data-dir-missing')
  assert.is(of('keys', await machine({})), 'keys warn keys-open')
  assert.is(of('keys', await machine({ local: true })), 'keys ok')
  const sealed = join(dataDir, 'sealed.json')
  createKeys(sealed, 'correct horse battery staple')
  assert.is(of('keys', await machine({ keysFile: sealed })), 'keys ok')
  const GIB = 1024 ** 3
  assert.equal(
    [6, 4, 0.4].map((free) => brief(checkDisk('/x', free * GIB))),
    ['disk ok', 'disk warn disk-low', 'disk fail disk-low'],
  )
  assert.equal(
    ['22.0.0', '24.17.0', '20.19.0'].map((node) => brief(checkNode(node))),
    ['versions ok', 'versions ok', 'versions fail node-old'],
  )
})

/** An endpoint that knows its chain, its newest block and nothing else. */
async function endpoint(chainId: number, head: number, ageSeconds: number): Promise<string> {
  const hex = (value: number): string => `0x${value.toString(16)}`
  const block = {
    number: hex(head),
    timestamp: hex(Math.floor(Date.now() / 1000) - ageSeconds),
    ...{ hash: `0x${'11'.repeat(32)}`, parentHash: `0x${'22'.repeat(32)}`, nonce: '0x0000000000000000' },
    ...{ difficulty: '0x0', gasLimit: '0x1', gasUsed: '0x0', miner: `0x${'00'.repeat(20)}`, extraData: '0x' },
    ...{ baseFeePerGas: '0x1', transactions: [] },
  }
  const RESULTS = new Map<string, unknown>([
    ['eth_chainId', hex(chainId)],
    ['eth_gasPrice', '0x3b9aca00'],
    ['eth_maxPriorityFeePerGas', '0x1'],
    ['eth_getBlockByNumber', block],
  ])
  const server = createServer((request, response) => {
    void json(request).then((body) => {
      const { id, method } = body as { id: number; method: string }
      response.end(JSON.stringify({ jsonrpc: '2.0', id, result: RESULTS.get(method) ?? null }))
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  closers.push(async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

findings('endpoints: each by itself, and against the others', async () => {
  const good = await endpoint(1, 100, 1)
  const cases: readonly (readonly [urls: readonly string[], said: readonly string[]])[] = [
    [
      [good, await endpoint(1, 98, 3)],
      ['rpc 1 ok', 'rpc 2 ok'],
    ],
    [[good], ['rpc 1 ok', 'rpc warn rpc-single']],
    [
      [good, await endpoint(2, 100, 1)],
      ['rpc 1 ok', 'rpc 2 fail rpc-wrong-chain'],
    ],
    [
      [good, await endpoint(1, 94, 1)],
      ['rpc 1 ok', 'rpc 2 warn rpc-lagging'],
    ],
    [
      [await endpoint(1, 100, 500), good],
      ['rpc 1 warn rpc-lagging', 'rpc 2 ok'],
    ],
    [
      [good, NOTHING],
      ['rpc 1 ok', 'rpc 2 fail rpc-unreachable', 'rpc warn rpc-single'],
    ],
  ]
  for (const [rpcUrls, said] of cases) {
    const found = await checkEndpoints(config({ rpcUrls }))
    assert.equal(found.findings.map(brief), said)
    assert.ok(found.gasPrice > 0n)
  }
})

findings('relays and clock, against a chain of one-second rounds', async () => {
  const genesis = Math.floor(Date.now() / 1000) - 100
  const parameters = { genesis, period: 1, threshold: 2, members: 3, beaconId: 'doctor' }
  const source = await createLocalChain({ seed: new Uint8Array(32).fill(1), ...parameters })
  const served = (lateMs: number) =>
    serveBeacons({ host: '127.0.0.1', port: 0 }, { chain: source, now: () => Date.now() - lateMs })
  const [server, late] = [await served(0), await served(20_000)]
  closers.push(server.close, late.close)
  const urlOf = ({ port }: { port: number }): string => `http://127.0.0.1:${port}/${source.info.hash}`
  const chain = pin(source)
  const network = (over: Partial<DrandChain> = {}): Network => ({ ...testNetwork, drand: { ...chain, ...over } })
  const relays = config({ drandRelays: [urlOf(server), urlOf(late), `${NOTHING}/${source.info.hash}`] })
  const [first, second, third] = await checkRelays(relays, network())
  assert.equal(first && brief(first), 'drand 1 ok')
  assert.equal(second && brief(second), 'drand 2 warn relay-behind')
  assert.match(third ? brief(third) : '', /^drand 3 fail relay-/)

  const clock = async (url: string, genesisTime: number) => {
    const found = await checkClock(config({ drandRelays: [url] }), network({ genesisTime }))
    return `${brief(found)} ${/probably (\w+)/.exec(found.fix ?? '')?.[1] ?? ''}`.trim()
  }
  // A machine too busy to take a round within 2.5 s looks like one whose clock is fast: asked again.
  let told = ''
  for (let tries = 0; tries < 5 && told !== 'clock ok'; tries++) told = await clock(urlOf(server), genesis)
  assert.is(told, 'clock ok')
  // Rounds that come a minute before they are due here: this machine's clock is slow; and the other way round.
  assert.is(await clock(urlOf(server), genesis + 60), 'clock fail clock-off slow')
  assert.is(await clock(urlOf(server), genesis - 60), 'clock fail clock-off fast')
  assert.is(await clock(`${NOTHING}/${source.info.hash}`, genesis), 'clock warn clock-unknown')
})

findings('workload: in sync, syncing, not there', async () => {
  const workload = async (workloadUrl: string) =>
    brief(await checkWorkload(config({ workloadUrl, workloadKind: 'ethereum-beacon' })))
  const [good, behind] = [await startBeaconNode(), await startBeaconNode()]
  const syncing = { head_slot: '100', sync_distance: '7', is_syncing: false, is_optimistic: false, el_offline: false }
  behind.face.instead.set('/eth/v1/node/syncing', { data: syncing })
  closers.push(good.close, behind.close)
  assert.is(await workload(good.url), 'workload ok')
  assert.is(await workload(behind.url), 'workload warn workload-syncing')
  assert.match(await workload(NOTHING), /^workload fail workload-/)
})

findings('standing: keys, membership, stake, gas', () => {
  const view: RegistrationView = {
    ...{ id: 5, owner: `0x${'11'.repeat(20)}`, stake: 10n, minStake: 10n, entryEpoch: 2n, currentEpoch: 3n },
    ...{ status: 2, peerKeyMatches: true, blsKeyMatches: true },
  }
  const said = (over: Partial<RegistrationView>) => checkRegistration({ ...view, ...over }).map(brief)
  const [keys, membership, stake] = ['registration ok', 'membership ok', 'stake ok']
  assert.equal(said({}), [keys, membership, stake])
  assert.equal(said({ status: 1 }), [keys, membership, stake], 'entering')
  assert.equal(said({ peerKeyMatches: false }), ['registration fail registered-other-keys', membership, stake])
  assert.equal(said({ blsKeyMatches: false }), ['registration fail registered-other-keys', membership, stake])
  assert.equal(said({ status: 3 }), [keys, 'membership warn leaving', stake])
  assert.equal(said({ stake: 9n }), [keys, membership, 'stake warn stake-low'])
  assert.equal(
    [1_000n, 10n, 1n].map((postings) => brief(checkGas(postings * POSTING_GAS, 1n))),
    ['gas ok', 'gas warn gas-low', 'gas fail gas-out'],
  )
})

const STATUS = {
  audit: { period: 9, phase: 'probe', members: 8, lastPosted: 8 },
  mesh: { peers: 5 },
  reach: { verdict: 'reachable', relays: [] as readonly string[] },
  pendingTransactions: [] as readonly string[],
}
const DIALS = [{ peerId: 'a', address: '/ip4/203.0.113.7/tcp/9470', reached: true }]

findings('running: mesh, reach, period; nothing runs; another version runs', async () => {
  const running = async (status: unknown) => {
    const answers = { status: () => status, peers: async () => [], dialback: async () => DIALS }
    const control = await serveControl(controlSocketOf(dataDir), answers)
    try {
      return (await checkRunning(config())).map(brief)
    } finally {
      await control.close()
    }
  }
  const [mesh, reach, period] = ['mesh ok', 'reach ok', 'period ok']
  assert.equal(await running(STATUS), [mesh, reach, period])
  assert.equal(await running({ ...STATUS, mesh: { peers: 0 } }), ['mesh fail mesh-alone', reach, period])
  assert.equal(await running({ ...STATUS, mesh: { peers: 2 } }), ['mesh warn mesh-thin', reach, period])
  const unposted = { ...STATUS, audit: { ...STATUS.audit, lastPosted: 4 } }
  assert.equal(await running(unposted), [mesh, reach, 'period warn period-unposted'])
  const alone = { ...STATUS, audit: { ...STATUS.audit, members: 1 }, mesh: { peers: 0 } }
  assert.is((await running(alone))[0], mesh, 'who is alone in its network needs nobody')
  assert.equal((await checkRunning(config())).map(brief), ['sidecar warn not-running'])
  const garbled = await running({ audit: 7 }).catch((error: unknown) => (error as { code: string }).code)
  assert.is(garbled, 'control-garbled')
  assert.is(brief(checkReach([], { verdict: 'private', relays: ['a'] })), 'reach warn reach-relayed')
})

findings.run()

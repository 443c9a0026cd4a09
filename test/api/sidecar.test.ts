// Two real sidecars in this process, on a real EVM node, a real drand chain and real libp2p, each behind its API: what
// `stkr run` serves is what a sidecar really says, and it passes the schemas that answers are made by.
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ed25519 } from '@noble/curves/ed25519.js'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { serveBeacons } from '../../src/beacon/server.ts'
import type { BeaconServer } from '../../src/beacon/server.ts'
import { openWatch } from '../../src/cli/watch.ts'
import { loadSidecarConfig } from '../../src/config/load.ts'
import { toHex } from '../../src/core/bytes.ts'
import { createSecrets } from '../../src/keys/secrets.ts'
import { createSidecar } from '../../src/sidecar.ts'
import { silentLog, systemClock } from '../../src/system.ts'
import { SCHEDULE, startNetwork } from '../support/anvil-network.ts'
import type { TestNetwork } from '../support/anvil-network.ts'
import { startAnvil } from '../support/anvil.ts'
import type { Anvil } from '../support/anvil.ts'
import { ask } from '../support/api.ts'
import { until } from '../support/p2p.ts'

interface Watched {
  readonly url: string
  readonly address: string
  readonly dataDir: string
  readonly secrets: readonly string[]
  readonly stop: () => Promise<void>
}

const folder = mkdtempSync(join(tmpdir(), 'stkr-api-'))
let anvil: Anvil
let network: TestNetwork
let beacons: BeaconServer

/** As `stkr run` starts it. */
async function startWatched(name: string, bootstrap: readonly string[]): Promise<Watched> {
  const dataDir = join(folder, name)
  const flags = {
    dataDir,
    rpcUrls: [anvil.url],
    ledger: network.contracts.ledger,
    drandRelays: [beacons.url],
    listen: ['/ip4/127.0.0.1/tcp/0'],
    bootstrap,
    workloadUrl: anvil.url,
    apiListen: '127.0.0.1:0',
    local: 'true',
  }
  const config = loadSidecarConfig(flags, {})
  const keys = createSecrets()
  const deps = { log: silentLog, emit: () => undefined }
  const sidecar = await createSidecar(config, keys, deps)
  const watch = await openWatch(config, silentLog)
  await sidecar.start()
  const url = await watch.start(sidecar)
  const stop = async (): Promise<void> => {
    await watch.stop()
    await sidecar.stop()
  }
  const secrets = [keys.peer, keys.record, keys.bls].flatMap((key) => [
    toHex(key).slice(2),
    Buffer.from(key).toString('base64'),
  ])
  assert.is(ed25519.getPublicKey(keys.peer).length, 32)
  return { url: url ?? '', address: sidecar.status().addresses[0] ?? '', dataDir, secrets, stop }
}

const real = suite('api: real sidecars')
const watched: Watched[] = []

real.before(async () => {
  anvil = await startAnvil('--block-time', '1')
  // Genesis of drand is past, that of the network far away: beacons come, periods do not.
  network = await startNetwork(anvil, 2, { ...SCHEDULE, genesisRound: 100_010 })
  beacons = await serveBeacons({ host: '127.0.0.1', port: 0 }, { chain: network.drand, now: () => systemClock.now() })
  const first = await startWatched('first', [])
  watched.push(first, await startWatched('second', [first.address]))
})
real.after(async () => {
  for (const { stop } of watched.toReversed()) await stop()
  await network.outbox.stop()
  network.provider.destroy()
  await beacons.close()
  await anvil.stop()
  rmSync(folder, { recursive: true })
})

const PATHS = ['/v1/status', '/v1/peers', '/v1/relays', '/v1/transactions', '/v1/workload', '/v1/periods', '/v1/jobs']

real('ready once beacon, chain, store, mesh and workload are', async () => {
  for (const { url } of watched) {
    let last = ''
    await until(
      async () => {
        const said = await ask(`${url}/readyz`)
        last = said.text
        return said.status === 200
      },
      () => last,
      60_000,
    )
    assert.is((await ask(`${url}/healthz`)).status, 200)
  }
})

real('every answer is complete, and none holds a secret', async () => {
  for (const { url, dataDir, secrets } of watched) {
    const token = readFileSync(join(dataDir, 'api-token'), 'utf8').trim()
    assert.is(statSync(join(dataDir, 'api-token')).mode & 0o777, 0o600)
    for (const path of [...PATHS, '/metrics', '/openapi.json', '/v1/events/recent']) {
      const { status, text } = await ask(`${url}${path}`)
      assert.is(status, 200, `${path}: ${text.slice(0, 300)}`)
      for (const secret of [token, ...secrets]) assert.not.ok(text.includes(secret), `${path} holds a secret`)
    }
  }
})

real('the numbers are those of the real thing', async () => {
  const [first] = watched
  const { text } = await ask(`${first?.url ?? ''}/metrics`)
  const numberOf = (series: string): number =>
    Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${series} `))
        ?.split(' ')[1],
    )
  assert.is(numberOf('stkr_peers'), 1)
  assert.ok(numberOf('stkr_beacon_age_seconds') < 60)
  assert.ok(numberOf('stkr_store_bytes') > 0)
  assert.ok(numberOf('stkr_disk_free_bytes') > 0)
  assert.ok(numberOf('stkr_chain_block') > 0)
  assert.ok(numberOf('stkr_workload_head') > 0)
  assert.is(numberOf('stkr_rpc_failures_total{endpoint="0"}'), 0)
  assert.is(numberOf('stkr_signer_balance_ether'), 0)
})

real('the status says how it is reached, where it asks, and that its signer cannot pay', async () => {
  const [first] = watched
  let status: unknown
  await until(
    async () => {
      status = (await ask(`${first?.url ?? ''}/v1/status`)).json
      return (status as { gas?: unknown }).gas !== undefined
    },
    () => JSON.stringify(status),
    60_000,
  )
  const { gas, reach, endpoints, transactions } = status as Record<'gas' | 'reach', Record<string, unknown>> &
    Record<'endpoints' | 'transactions', readonly Record<string, unknown>[]>
  assert.equal([gas['code'], gas['postingsLeft'], gas['balance']], ['gas-out', 0, '0'])
  assert.equal([reach['verdict'], reach['direct'], reach['relayed']], ['unchecked', 1, 0])
  assert.equal(
    endpoints.map(({ kind, host, state }) => [kind, host, state]),
    [
      ['rpc', new URL(anvil.url).host, 'good'],
      ['beacon', new URL(beacons.url).host, 'good'],
    ],
  )
  assert.equal(transactions, [])
})

real.run()

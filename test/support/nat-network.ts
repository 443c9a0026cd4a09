// What whole sidecars in network namespaces need around them, in a process of its own inside the relay's: settlement chain, drand
// relay, contracts, and three registered sidecars with data directories. Says where everything is as one JSON line, and ends
// with its standard input.
//   node test/support/nat-network.ts FOLDER PUBLIC_ADDRESS

import { mkdirSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { ed25519 } from '@noble/curves/ed25519.js'
import { serveBeacons } from '../../src/beacon/server.ts'
import { register } from '../../src/chain/registration.ts'
import { createKeys } from '../../src/keys/keyring.ts'
import { createCertificateSigner } from '../../src/native/certificates.ts'
import { createRecordSigner } from '../../src/native/records.ts'
import { SCHEDULE, startNetwork } from './anvil-network.ts'
import { startAnvil } from './anvil.ts'

export interface NatNetwork {
  readonly rpcUrl: string
  readonly ledger: string
  readonly drandRelay: string
  /** In order of id, from 1. */
  readonly sidecars: readonly { readonly dataDir: string; readonly peerKey: string }[]
}

/** Twice as long as on one machine: probes of the open internet take their time. */
const ROUNDS = {
  periodRounds: 24,
  sealRounds: 8,
  closeRounds: 12,
  revealCloseRounds: 16,
  certifyRounds: 20,
  viewRounds: 4,
}
/** The network's own genesis is so many seconds after the chain's. */
const AHEAD_SECONDS = 100_000
/** Deployment and start of the sidecars. */
const START_SECONDS = 30
const ETHER_10 = '0x8ac7230489e80000'

const [folder = '', address = ''] = process.argv.slice(2)

/** The same port of loopback, for the other namespaces. */
async function publish(url: string): Promise<string> {
  const { port } = new URL(url)
  const server = createServer((socket) => {
    const inner = connect(Number(port), '127.0.0.1')
    for (const [from, to] of [
      [socket, inner],
      [inner, socket],
    ] as const) {
      from.on('error', () => to.destroy())
      from.pipe(to)
    }
  })
  await new Promise<void>((resolve) => server.listen(0, address, resolve))
  return `http://${address}:${(server.address() as AddressInfo).port}`
}

const now = (): number => Math.floor(Date.now() / 1000)
const anvil = await startAnvil('--timestamp', String(now() + START_SECONDS - AHEAD_SECONDS))
const genesisRound = AHEAD_SECONDS - 1_000
const network = await startNetwork(anvil, 0, { ...SCHEDULE, ...ROUNDS, genesisRound })
const sidecars: NatNetwork['sidecars'][number][] = []
for (const id of [1, 2, 3]) {
  const dataDir = join(folder, `sidecar${id}`)
  mkdirSync(dataDir, { mode: 0o700 })
  const keys = createKeys(join(dataDir, 'keys.json'))
  const record = createRecordSigner(keys.record)
  const peerKey = ed25519.getPublicKey(keys.peer)
  const own = { record, certificate: createCertificateSigner(keys.bls), peerKey }
  await register({ ledger: network.contracts.ledger, stake: 2000n }, own, network)
  await anvil.rpc('anvil_setBalance', record.address, ETHER_10)
  sidecars.push({ dataDir, peerKey: Buffer.from(peerKey).toString('hex') })
}
await anvil.rpc('evm_setTime', now())
await anvil.rpc('evm_mine')
await anvil.rpc('evm_setIntervalMining', 1)
const beacons = await serveBeacons({ host: address, port: 0 }, { chain: network.drand, now: () => Date.now() })
const told: NatNetwork = {
  rpcUrl: await publish(anvil.url),
  ledger: network.contracts.ledger,
  drandRelay: beacons.url,
  sidecars,
}
console.log(JSON.stringify(told))
process.stdin.resume()
process.stdin.once('end', () => process.exit())

// What is needed to recompute a posted period without believing anybody: the root from an RPC endpoint, the randomness from a
// drand relay (verified), the records from a file or from any peer.

import { findChainHash } from '../beacon/discover.ts'
import { openBeacons } from '../beacon/open.ts'
import { gatherBundle } from '../audit/bundle.ts'
import type { VerifyFacts } from '../audit/verify.ts'
import { createLedger } from '../chain/ledger.ts'
import { noOutbox } from '../chain/no-outbox.ts'
import { connectRpc } from '../chain/rpc.ts'
import type { SidecarConfig } from '../config/sidecar.ts'
import { epochOf, epochStart, periodStart } from '../core/clock.ts'
import { Fault } from '../core/errors.ts'
import type { Ledger } from '../core/ports.ts'
import type { Beacon, Hex, Network } from '../core/types.ts'
import { nativeBls } from '../native/certificates.ts'
import { createRecordVerifier } from '../native/records.ts'
import { openEvidence } from '../store/open.ts'
import { silentLog, systemClock } from '../system.ts'
import { bundleFromFile, untilFound } from './evidence.ts'
import { withStranger } from '../stranger.ts'

const RPC_TIMEOUT_MS = 10_000

export type Facts = VerifyFacts & { readonly epochRandomness: Uint8Array }

/** Where evidence comes from: a file, the store of a sidecar that does not run, or peers by address, in this order. */
export interface Source {
  readonly bundle?: string
  readonly store?: string
  readonly peer?: readonly string[]
}

async function bundleFromStore(path: string, period: number, ledger: Ledger): Promise<Uint8Array | undefined> {
  const opened = await openEvidence(path)
  if (!opened) return undefined
  try {
    return await gatherBundle(period, { ledger, evidence: opened.evidence })
  } finally {
    await opened.close()
  }
}

async function findBundle(
  network: Network,
  period: number,
  ledger: Ledger,
  { bundle, store, peer = [] }: Source,
  signal: AbortSignal,
) {
  if (bundle !== undefined) return bundleFromFile(bundle)
  const own = store === undefined ? undefined : await bundleFromStore(store, period, ledger)
  if (own) return own
  if (peer.length === 0)
    throw new Fault('usage', 'there is nobody to ask for the evidence: give --peer or --bundle, or set bootstrap peers')
  const found = await withStranger(network, peer, signal, ({ evidence }) =>
    untilFound(
      () => evidence.bundle(period, signal),
      (answer) => answer !== undefined,
      signal,
    ),
  )
  if (!found) throw new Fault('bundle-missing', `no peer gave a bundle of period ${period}: ask another with --peer`)
  return found
}

/** The verified beacons of a period's and its epoch's first round. */
async function findBeacons(config: SidecarConfig, { drand, schedule }: Network, period: number, signal: AbortSignal) {
  const beacons = await openBeacons(
    { chain: drand, relayUrls: config.drandRelays, fetchDelayMs: () => 0 },
    { clock: systemClock, log: silentLog },
  )
  try {
    const [beacon, epochBeacon] = await Promise.all(
      [periodStart(schedule, period), epochStart(schedule, epochOf(schedule, period))].map((round): Promise<Beacon> =>
        beacons.get(round, signal),
      ),
    )
    if (!beacon || !epochBeacon) throw new Error('bug: two rounds asked for, fewer came')
    return { beacon, epochRandomness: epochBeacon.randomness }
  } finally {
    await beacons.close()
  }
}

export async function openLedger(config: SidecarConfig): Promise<Ledger> {
  const provider = await connectRpc({ urls: config.rpcUrls, timeoutMs: RPC_TIMEOUT_MS })
  return createLedger(
    { ledger: config.ledger, confirmations: 1 },
    { provider, outbox: noOutbox, drandHash: (chain) => findChainHash(chain, config.drandRelays) },
  )
}

export interface Gathered {
  /** The bundle, unchecked. */
  readonly bytes: Uint8Array
  readonly facts: Facts
  readonly root: Hex
}

/** Evidence and facts of one posted period. Faults: `check-not-posted`, `bundle-…`, those of store, chain, relays and peers. */
export async function gatherFacts(
  config: SidecarConfig,
  period: number,
  source: Source,
  signal: AbortSignal,
): Promise<Gathered> {
  const ledger = await openLedger(config)
  const network = await ledger.network()
  const posted = await ledger.posted(period)
  if (!posted) throw new Fault('check-not-posted', `period ${period} is not on chain: nothing can be verified`)
  const [bytes, found, roster] = await Promise.all([
    findBundle(network, period, ledger, source, signal),
    findBeacons(config, network, period, signal),
    ledger.roster(epochOf(network.schedule, period)),
  ])
  const verifier = createRecordVerifier()
  const facts = { network, period, roster, ...found, posted: ledger.posted, bls: nativeBls, verifier }
  return { bytes, facts, root: posted.root }
}

// `stkr verify job J`: recomputes an auction from its evidence, trusting nobody: job, bidders and weights from an RPC
// endpoint, the three beacons from a drand relay (verified), statements, bids and certificates from a file or any peer. Says
// pass with the odds, or exactly what differs.

import { verifyJob } from '../auction/verify.ts'
import type { JobVerification, VerifyJobFacts } from '../auction/verify.ts'
import { openBeacons } from '../beacon/open.ts'
import { findChainHash } from '../beacon/discover.ts'
import { createLedger } from '../chain/ledger.ts'
import { createMarket } from '../chain/market.ts'
import { noOutbox } from '../chain/no-outbox.ts'
import { connectRpc } from '../chain/rpc.ts'
import type { SidecarConfig } from '../config/sidecar.ts'
import { epochOf, epochStart, periodOf } from '../core/clock.ts'
import { Fault } from '../core/errors.ts'
import type { Market } from '../core/ports.ts'
import { createTimelock } from '../core/timelock.ts'
import type { MarketJob, Network } from '../core/types.ts'
import { ankr, oddsText } from '../devnet/job-view.ts'
import { nativeBls } from '../native/certificates.ts'
import { createRecordVerifier } from '../native/records.ts'
import { silentLog, systemClock, systemRandom } from '../system.ts'
import { EXIT, toJson } from './outcome.ts'
import type { Terminal } from './outcome.ts'
import { bundleFromFile, untilFound } from './evidence.ts'
import { withStranger } from '../stranger.ts'

export interface JobSource {
  readonly bundle?: string
  readonly peer: readonly string[]
}

const RPC_TIMEOUT_MS = 10_000

async function open(config: SidecarConfig) {
  if (config.marketplace === undefined)
    throw new Fault('usage', 'a job is verified against its market: give --marketplace')
  const provider = await connectRpc({ urls: config.rpcUrls, timeoutMs: RPC_TIMEOUT_MS })
  const drandHash: Parameters<typeof createLedger>[1]['drandHash'] = (chain) => findChainHash(chain, config.drandRelays)
  const deps = { provider, outbox: noOutbox }
  const ledger = await createLedger({ ledger: config.ledger, confirmations: 1 }, { ...deps, drandHash })
  const network = await ledger.network()
  const { marketplace } = config
  const market = await createMarket({ marketplace, sidecars: network.sidecars, confirmations: 1 }, deps)
  return { ledger, network, market }
}

/** The job, settled: before that there is nothing to hold the evidence against. */
async function settledJob(market: Market, id: number): Promise<MarketJob> {
  const job = await market.job(id)
  if (!job) throw new Fault('check-no-job', `there is no job ${id} on this market`)
  if (job.openingsHash === undefined)
    throw new Fault('check-not-posted', `the openings of job ${id} are not on chain: nothing can be verified`)
  return job
}

async function findBeacons(config: SidecarConfig, { drand, schedule }: Network, job: MarketJob, signal: AbortSignal) {
  const relays = { chain: drand, relayUrls: config.drandRelays, fetchDelayMs: () => 0 }
  const beacons = await openBeacons(relays, { clock: systemClock, log: silentLog })
  const epoch = epochStart(schedule, epochOf(schedule, periodOf(schedule, job.closeRound)))
  try {
    const get = (round: number) => beacons.get(round, signal)
    const [close, opens, pick, first] = await Promise.all([
      get(job.closeRound),
      get(job.openRound),
      get(job.pickRound),
      get(epoch),
    ])
    return { close, open: opens, pick, epochRandomness: first.randomness }
  } finally {
    await beacons.close()
  }
}

/** From a file, or from any peer. Faults: `usage`, `bundle-…`, `peer-unreachable`. */
export async function findBundle(network: Network, job: number, { bundle, peer }: JobSource, signal: AbortSignal) {
  if (bundle !== undefined) return bundleFromFile(bundle)
  if (peer.length === 0)
    throw new Fault('usage', 'there is nobody to ask for the evidence: give --peer or --bundle, or set bootstrap peers')
  const found = await withStranger(network, peer, signal, ({ evidence }) =>
    untilFound(
      () => evidence.jobBundle(job, signal),
      (answer) => answer !== undefined,
      signal,
    ),
  )
  if (!found) throw new Fault('bundle-missing', `no peer gave a bundle of job ${job}: ask another with --peer`)
  return found
}

export interface CheckedJob {
  readonly bytes: Uint8Array
  readonly job: MarketJob
  readonly verification: JobVerification
}

/** Everything a verifier knows apart from the evidence. Faults: `check-no-job`, `check-not-posted`, those of chain and relays. */
export async function jobFacts(config: SidecarConfig, id: number, signal: AbortSignal): Promise<VerifyJobFacts> {
  const { ledger, network, market } = await open(config)
  const job = await settledJob(market, id)
  const [beacons, bidders, commitments, roster] = await Promise.all([
    findBeacons(config, network, job, signal),
    market.bidders(job),
    market.commitments(job),
    ledger.roster(epochOf(network.schedule, periodOf(network.schedule, job.closeRound))),
  ])
  return {
    ...{ network, job, bidders, commitments, roster, ...beacons },
    bls: nativeBls,
    verifier: createRecordVerifier(),
    timelock: createTimelock({ chain: network.drand }, { random: systemRandom }),
    screen: (bids) => market.screen(job, bids),
  }
}

/** Faults: those of `jobFacts`, `bundle-…`, `peer-unreachable`. */
export async function checkJob(
  config: SidecarConfig,
  id: number,
  source: JobSource,
  signal: AbortSignal,
): Promise<CheckedJob> {
  const facts = await jobFacts(config, id, signal)
  const bytes = await findBundle(facts.network, id, source, signal)
  return { bytes, job: facts.job, verification: await verifyJob(bytes, facts) }
}

export function tellJob({ job, verification }: CheckedJob, json: boolean, terminal: Terminal): number {
  const { id, winner, price } = job
  if (!verification.ok) {
    const { code, where } = verification
    if (json) terminal.out(toJson({ ok: false, job: id, code, where }))
    else terminal.out(`job ${id}: fail at ${where} [${code}]`)
    return EXIT.failed
  }
  const { entries, odds } = verification
  const voids = entries.filter(({ result }) => !result.valid).length
  if (json) terminal.out(toJson({ ok: true, job: id, bids: entries.length, void: voids, winner, price, odds }))
  else {
    const outcome = winner === 0 ? 'nobody won' : `provider ${winner} is paid ${ankr(price)} ANKR`
    const drawn = odds.length === 0 ? '' : ` (${oddsText(odds)})`
    terminal.out(`job ${id}: pass. ${entries.length} bids, ${voids} void: ${outcome}, as on chain${drawn}.`)
  }
  return EXIT.ok
}

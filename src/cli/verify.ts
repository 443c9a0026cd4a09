// `stkr verify period P` (a job: verify-job.ts): recomputes a posted period from its evidence, trusting nobody: the root
// from an RPC endpoint, the randomness from a drand relay (verified), the records from a file or from any peer. Says pass, or exactly which
// record or field differs. Needs no keys, no data directory and no running sidecar.

import { writeFileSync } from 'node:fs'
import { Argument } from 'commander'
import type { Command } from 'commander'
import { backingFlaw } from '../audit/backing.ts'
import { decodeBundle } from '../audit/bundle.ts'
import { drawContext } from '../audit/context.ts'
import type { Flaw } from '../audit/result.ts'
import { verifyPeriod } from '../audit/verify.ts'
import type { Verification, VerifyFacts } from '../audit/verify.ts'
import { openBeacons } from '../beacon/open.ts'
import { findChainHash } from '../beacon/discover.ts'
import { createLedger } from '../chain/ledger.ts'
import { noOutbox } from '../chain/no-outbox.ts'
import { connectRpc } from '../chain/rpc.ts'
import { loadSidecarConfig } from '../config/load.ts'
import { environmentOf } from '../config/names.ts'
import { SIDECAR_KNOBS } from '../config/sidecar.ts'
import type { RawFlags } from '../config/resolve.ts'
import type { SidecarConfig } from '../config/sidecar.ts'
import { epochOf, epochStart, periodStart } from '../core/clock.ts'
import { Fault, codeOf } from '../core/errors.ts'
import type { Ledger } from '../core/ports.ts'
import type { Beacon, Network } from '../core/types.ts'
import { nativeBls } from '../native/certificates.ts'
import { createRecordVerifier } from '../native/records.ts'
import { silentLog, systemClock } from '../system.ts'
import { bundleFromFile, untilFound } from './evidence.ts'
import { addKnobs } from './knobs.ts'
import { EXIT, toJson } from './outcome.ts'
import type { Terminal } from './outcome.ts'
import type { Configure } from './program.ts'
import { withStranger } from './stranger.ts'

const EXAMPLE = `
Examples:
  $ stkr verify period 12 --rpc-urls https://rpc.example --ledger 0x… --peer /ip4/203.0.113.7/tcp/9470/p2p/12D3Koo…
  $ stkr verify period 12 --bundle period-12.bundle
  $ stkr verify job 7 --marketplace 0x… --peer /ip4/203.0.113.7/tcp/9470/p2p/12D3Koo…

What is not given as a flag comes from the environment or the data directory's config.yaml.`

const LIMIT_MS = 30_000
const RPC_TIMEOUT_MS = 10_000

type Facts = VerifyFacts & { readonly epochRandomness: Uint8Array }

interface Source {
  readonly answers?: boolean
  readonly bundle?: string
  readonly peer?: readonly string[]
}

async function findBundle(network: Network, period: number, { bundle, peer = [] }: Source, signal: AbortSignal) {
  if (bundle !== undefined) return bundleFromFile(bundle)
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

async function openLedger(config: SidecarConfig): Promise<Ledger> {
  const provider = await connectRpc({ urls: config.rpcUrls, timeoutMs: RPC_TIMEOUT_MS })
  return createLedger(
    { ledger: config.ledger, confirmations: 1 },
    { provider, outbox: noOutbox, drandHash: (chain) => findChainHash(chain, config.drandRelays) },
  )
}

interface Checked {
  readonly bytes: Uint8Array
  /** Reports whose auditor does not show the answers they rest on; empty when nobody was asked. */
  readonly unbacked: readonly Flaw[]
  readonly verification: Verification
  readonly root: string
}

/** Asks every auditor for its answers, and says whose report they do not back. */
async function findUnbacked(bytes: Uint8Array, facts: Facts, peers: readonly string[], signal: AbortSignal) {
  const { network, period, roster, beacon, epochRandomness, verifier } = facts
  const context = drawContext(network, period, roster, beacon, epochRandomness)
  return withStranger(network, peers, signal, async ({ evidence }) => {
    const flaws: Flaw[] = []
    // One after another: a stranger first has to learn from the peers it knows where the others are.
    for (const reveal of decodeBundle(bytes).reveals) {
      const peerKey = context.member(reveal.author)?.peerKey ?? new Uint8Array()
      const ask = () => evidence.answers(peerKey, period, signal)
      const answers = await untilFound(ask, ({ length }) => length > 0, signal)
      flaws.push(...[backingFlaw(context, reveal, answers, verifier)].filter((flaw) => flaw !== undefined))
    }
    return flaws
  })
}

async function check(config: SidecarConfig, period: number, source: Source, stop: AbortSignal): Promise<Checked> {
  const signal = AbortSignal.any([stop, AbortSignal.timeout(LIMIT_MS)])
  const ledger = await openLedger(config)
  const network = await ledger.network()
  const posted = await ledger.posted(period)
  if (!posted) throw new Fault('check-not-posted', `period ${period} is not on chain: nothing can be verified`)
  const [bytes, found, roster] = await Promise.all([
    findBundle(network, period, source, signal),
    findBeacons(config, network, period, signal),
    ledger.roster(epochOf(network.schedule, period)),
  ])
  const verifier = createRecordVerifier()
  const facts = { network, period, roster, ...found, posted: ledger.posted, bls: nativeBls, verifier }
  const verification = await verifyPeriod(bytes, facts)
  const asks = source.answers === true && verification.ok
  const unbacked = asks ? await findUnbacked(bytes, facts, source.peer ?? [], signal) : []
  return { bytes, verification, unbacked, root: posted.root }
}

function tell(period: number, { verification, unbacked, root }: Checked, json: boolean, terminal: Terminal): number {
  if (verification.ok && unbacked.length > 0) {
    if (json) terminal.out(toJson({ ok: false, period, root, code: 'report-unbacked', unbacked }))
    else {
      terminal.out(`period ${period}: the root is right, but not every report is backed [report-unbacked]`)
      for (const { code, where } of unbacked) terminal.out(`  ${where} [${code}]`)
    }
    return EXIT.failed
  }
  if (verification.ok) {
    const { leaves } = verification
    if (json) terminal.out(toJson({ ok: true, period, root, leaves }))
    else terminal.out(`period ${period}: pass. ${leaves.length} leaves make root ${root}, as on chain.`)
    return EXIT.ok
  }
  const { code, where } = verification
  if (json) terminal.out(toJson({ ok: false, period, root, code, where }))
  else terminal.out(`period ${period}: fail at ${where} [${code}]`)
  return EXIT.failed
}

function unitNumber(what: string, text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new Fault('usage', `a ${what} is a whole number, not ${JSON.stringify(text)}`)
  return Number(text)
}

/** What a verifier must be told; everything else of a sidecar's configuration does not matter here. */
const { rpcUrls, ledger, marketplace, drandRelays } = SIDECAR_KNOBS

interface Options extends RawFlags, Source {
  readonly json?: boolean
  readonly save?: string
}

interface Answered {
  readonly bytes: Uint8Array
  readonly tell: () => number
}

async function answer(what: string, unit: number, options: Options, terminal: Terminal): Promise<Answered> {
  const { json = false, answers = false, bundle, peer, save: _, ...flags } = options
  const config = loadSidecarConfig(flags)
  const source = { ...(bundle !== undefined && { bundle }), peer: peer ?? config.bootstrap }
  if (what === 'job') {
    const { checkJob, tellJob } = await import('./verify-job.ts')
    const checked = await checkJob(
      config,
      unit,
      source,
      AbortSignal.any([terminal.signal, AbortSignal.timeout(LIMIT_MS)]),
    )
    return { bytes: checked.bytes, tell: () => tellJob(checked, json, terminal) }
  }
  const checked = await check(config, unit, { answers, ...source }, terminal.signal)
  return { bytes: checked.bytes, tell: () => tell(unit, checked, json, terminal) }
}

async function run(what: string, number: string, options: Options, terminal: Terminal): Promise<number> {
  const unit = unitNumber(what, number)
  try {
    const { bytes, tell } = await answer(what, unit, options, terminal)
    if (options.save !== undefined) writeFileSync(options.save, bytes)
    return tell()
  } catch (error) {
    if (terminal.signal.aborted) throw new Fault('interrupted', 'interrupted')
    if (error instanceof Fault || codeOf(error) !== 'internal') throw error
    if (error instanceof Error && error.name === 'TimeoutError')
      throw new Fault('verify-timeout', `relay or peers did not answer within ${LIMIT_MS / 1000} s: name others`)
    throw error
  }
}

const collect = (value: string, before: readonly string[] | undefined): readonly string[] => [...(before ?? []), value]

export const configure: Configure = (command: Command, terminal, done) => {
  command
    .addArgument(new Argument('<what>', 'what to verify').choices(['period', 'job']))
    .argument('<number>', 'which one')
    .option('--peer <multiaddr>', 'ask this peer for the evidence; repeatable (default: the bootstrap peers)', collect)
    .option('--bundle <file>', 'read the evidence from a file instead')
    .option('--answers', 'also ask every auditor for the signed answers its report rests on')
    .option('--save <file>', 'keep the evidence that was checked')
    .option('--data-dir <dir>', `data directory (default: ~/.stkr) [${environmentOf('dataDir')}]`)
    .addHelpText('after', EXAMPLE)
    .action(async (what: string, number: string, options: Options) => {
      done(await run(what, number, options, terminal))
    })
  addKnobs(command, { rpcUrls, ledger, marketplace, drandRelays })
}

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
import type { Verification } from '../audit/verify.ts'
import { loadSidecarConfig } from '../config/load.ts'
import { environmentOf } from '../config/names.ts'
import { SIDECAR_KNOBS } from '../config/sidecar.ts'
import type { RawFlags } from '../config/resolve.ts'
import type { SidecarConfig } from '../config/sidecar.ts'
import { Fault, codeOf } from '../core/errors.ts'
import { untilFound } from './evidence.ts'
import { addKnobs } from './knobs.ts'
import { EXIT, toJson } from './outcome.ts'
import type { Terminal } from './outcome.ts'
import type { Configure } from './program.ts'
import { gatherFacts } from './period-facts.ts'
import type { Facts, Source } from './period-facts.ts'
import { withStranger } from '../stranger.ts'

const EXAMPLE = `
Examples:
  $ stkr verify period 12 --rpc-urls https://rpc.example --ledger 0x… --peer /ip4/203.0.113.7/tcp/9470/p2p/12D3Koo…
  $ stkr verify period 12 --bundle period-12.bundle
  $ stkr verify job 7 --marketplace 0x… --peer /ip4/203.0.113.7/tcp/9470/p2p/12D3Koo…

What is not given as a flag comes from the environment or the data directory's config.yaml.`

const LIMIT_MS = 30_000

interface Asking extends Source {
  readonly answers?: boolean
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

async function check(config: SidecarConfig, period: number, source: Asking, stop: AbortSignal): Promise<Checked> {
  const signal = AbortSignal.any([stop, AbortSignal.timeout(LIMIT_MS)])
  const { bytes, facts, root } = await gatherFacts(config, period, source, signal)
  const verification = await verifyPeriod(bytes, facts)
  const asks = source.answers === true && verification.ok
  const unbacked = asks ? await findUnbacked(bytes, facts, source.peer ?? [], signal) : []
  return { bytes, verification, unbacked, root }
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

interface Options extends RawFlags, Asking {
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

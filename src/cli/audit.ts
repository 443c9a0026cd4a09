// `stkr audit show`: every verdict on a sidecar in a posted period, with reason and evidence, and why a point was lost. The
// evidence comes from the sidecar's own store, whether it runs or not, or from any peer, and is checked against the chain
// before it is shown.

import { join } from 'node:path'
import type { Command } from 'commander'
import { decodeBundle } from '../audit/bundle.ts'
import { drawContext } from '../audit/context.ts'
import { verdictsOn } from '../audit/verdicts.ts'
import type { Verdict, Verdicts } from '../audit/verdicts.ts'
import { verifyPeriod } from '../audit/verify.ts'
import { inspectRegistration } from '../chain/inspect.ts'
import { connectRpc } from '../chain/rpc.ts'
import { controlSocketOf, loadSidecarConfig } from '../config/load.ts'
import { environmentOf } from '../config/names.ts'
import type { RawFlags } from '../config/resolve.ts'
import { SIDECAR_KNOBS } from '../config/sidecar.ts'
import type { SidecarConfig } from '../config/sidecar.ts'
import { Fault } from '../core/errors.ts'
import { UNOBSERVED } from '../core/types.ts'
import { readPublicKeys } from '../keys/keyring.ts'
import { askControl } from './control.ts'
import { addKnobs } from './knobs.ts'
import { EXIT, toJson } from './outcome.ts'
import type { Terminal } from './outcome.ts'
import { aligned } from './peers.ts'
import { gatherFacts, openLedger } from './period-facts.ts'
import type { Source } from './period-facts.ts'
import type { Configure } from './program.ts'
import * as z from 'zod'

const EXAMPLE = `
Examples:
  $ stkr audit show                      # the newest period on chain, this sidecar
  $ stkr audit show --node 7 --period 12 --peer /ip4/203.0.113.7/tcp/9470/p2p/12D3Koo…
  $ stkr audit show --node 7 --bundle 12.bundle --period 12

up, degraded, down, inconclusive: probes · reason: of most probes that were not up (docs/reasons.md) · evidence: name of the
signed report that says so · not agreeing with the median costs the auditor, not the target.`

const LIMIT_MS = 30_000
const RPC_TIMEOUT_MS = 10_000

interface Options extends RawFlags {
  readonly node?: string
  readonly period?: string
  readonly peer?: readonly string[]
  readonly bundle?: string
}

const numberOf = (text: string | undefined, flag: string): number | undefined => {
  if (text === undefined) return undefined
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new Fault('usage', `${flag} is a whole number, not ${JSON.stringify(text)}`)
}

/** The id of the sidecar with our keys. Fault `check-not-registered`. */
async function ownId({ rpcUrls, ledger, keysFile }: SidecarConfig): Promise<number> {
  const keys = readPublicKeys(keysFile)
  const provider = await connectRpc({ urls: rpcUrls, timeoutMs: RPC_TIMEOUT_MS })
  try {
    const found = await inspectRegistration(provider, ledger, keys)
    if (found) return found.id
  } finally {
    provider.destroy()
  }
  throw new Fault('check-not-registered', 'the keys here belong to no registered sidecar: say whose audits with --node')
}

const addressed = z.object({ addresses: z.array(z.string()) })

/** Our own sidecar first: asked where it runs, its store read where it does not; then the bootstrap peers. */
async function sourceOf({ dataDir, bootstrap }: SidecarConfig, given: Options): Promise<Source> {
  if (given.bundle !== undefined) return { bundle: given.bundle }
  if (given.peer !== undefined) return { peer: given.peer }
  try {
    const status = addressed.safeParse(await askControl(controlSocketOf(dataDir), 'status'))
    return { peer: [...(status.success ? status.data.addresses : []), ...bootstrap] }
  } catch (error) {
    if (error instanceof Fault && error.code === 'not-running')
      return { store: join(dataDir, 'store'), peer: bootstrap }
    throw error
  }
}

async function newestPeriod(config: SidecarConfig): Promise<number> {
  const posted = await (await openLedger(config)).lastPosted()
  if (posted) return posted.period
  throw new Fault('check-not-posted', 'no period is on chain yet: wait for the first to end')
}

async function read(options: Options, stop: AbortSignal): Promise<Verdicts> {
  const { node, period: wanted, peer: _peer, bundle: _bundle, ...flags } = options
  const given = { node: numberOf(node, '--node'), period: numberOf(wanted, '--period') }
  const config = loadSidecarConfig(flags)
  const id = given.node ?? (await ownId(config))
  const period = given.period ?? (await newestPeriod(config))
  const signal = AbortSignal.any([stop, AbortSignal.timeout(LIMIT_MS)])
  const { bytes, facts } = await gatherFacts(config, period, await sourceOf(config, options), signal)
  const checked = await verifyPeriod(bytes, facts)
  if (!checked.ok)
    throw new Fault('check-evidence', `the evidence of period ${period} is wrong at ${checked.where} (${checked.code})`)
  const { network, roster, beacon, epochRandomness } = facts
  const context = drawContext(network, period, roster, beacon, epochRandomness)
  const verdicts = verdictsOn(context, decodeBundle(bytes), checked.leaves, id)
  if (verdicts) return verdicts
  throw new Fault('check-no-member', `sidecar ${id} was no member in period ${period}: nobody audited it`)
}

const share = (bps: number | undefined): string =>
  bps === undefined || bps === UNOBSERVED ? '-' : `${(bps / 100).toFixed(bps % 100 === 0 ? 0 : 2)} %`

const row = (verdict: Verdict, whom: number): readonly string[] => [
  String(whom),
  ...[verdict.attempts, verdict.up, verdict.degraded, verdict.down, verdict.inconclusive].map(String),
  share(verdict.uptimeBps),
  verdict.reason,
  `${verdict.latencyP50Ms} ms`,
  verdict.agrees ? 'yes' : 'no',
  verdict.evidence,
]
const columns = (whom: string): readonly string[] => [
  ...[whom, 'probes', 'up', 'degraded', 'down', 'inconclusive', 'uptime', 'reason', 'latency', 'agrees', 'evidence'],
]

/** For people: the leaf, the verdicts on it, its own verdicts, what was lost. */
export function verdictLines({ period, id, leaf, on, silent, by, diligenceBps, lost }: Verdicts): readonly string[] {
  const totals = `${leaf.periodsObserved} periods observed, ${share(Math.floor(leaf.uptimeSum / Math.max(1, leaf.periodsObserved)))} up on average`
  return [
    `sidecar ${id} in period ${period}: uptime ${share(leaf.uptimeBps)} by ${leaf.observers} auditors, latency ${leaf.latencyMs} ms, diligence ${share(diligenceBps)}; ${totals}`,
    ...aligned([columns('auditor'), ...on.map((verdict) => row(verdict, verdict.auditor))]),
    ...(silent.length === 0 ? [] : [`no report that counts from ${silent.join(' ')}`]),
    ...(by === undefined || by.length === 0
      ? []
      : ['', ...aligned([columns('target'), ...by.map((verdict) => row(verdict, verdict.target))])]),
    ...(lost.length === 0 ? ['no point was lost'] : lost.map((sentence) => `lost: ${sentence}`)),
  ]
}

async function show(options: Options, json: boolean, terminal: Terminal): Promise<number> {
  const verdicts = await read(options, terminal.signal)
  if (json) terminal.out(toJson({ ok: true, ...verdicts }))
  else verdictLines(verdicts).forEach(terminal.out)
  return EXIT.ok
}

const collect = (value: string, before: readonly string[] | undefined): readonly string[] => [...(before ?? []), value]

export const configure: Configure = (command: Command, terminal, done) => {
  const { keysFile, rpcUrls, ledger, drandRelays, bootstrap } = SIDECAR_KNOBS
  const sub = command
    .command('show')
    .description('every verdict on a sidecar in a posted period, and why a point was lost')
    .option('--node <id>', 'whose audits (default: the sidecar with the keys here)')
    .option('--period <number>', 'which period (default: the newest on chain)')
    .option(
      '--peer <multiaddr>',
      'ask this peer for the evidence; repeatable (default: own sidecar or its store, bootstrap)',
      collect,
    )
    .option('--bundle <file>', 'read the evidence from a file instead')
    .option('--data-dir <dir>', `data directory (default: ~/.stkr) [${environmentOf('dataDir')}]`)
    .action(async (options: Options) => {
      done(await show(options, command.opts<{ json?: boolean }>().json === true, terminal))
    })
  addKnobs(sub, { keysFile, rpcUrls, ledger, drandRelays, bootstrap })
  command.addHelpText('after', EXAMPLE)
}

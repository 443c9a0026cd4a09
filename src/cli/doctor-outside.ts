// What a sidecar needs from outside, part by part: every settlement endpoint, every drand relay, the clock, the blockchain
// node beside it. Each is asked by itself, since one that fails hides behind those that work.

import { createHttpRelay } from '../beacon/relay.ts'
import { createBeaconVerifier } from '../beacon/verify.ts'
import { inspectEndpoint } from '../chain/inspect.ts'
import type { EndpointView } from '../chain/inspect.ts'
import type { SidecarConfig } from '../config/sidecar.ts'
import { redactText } from '../config/redact.ts'
import { readTemplates } from '../config/templates.ts'
import { roundAt, roundDueAt } from '../core/clock.ts'
import { codeOf } from '../core/errors.ts'
import type { Network } from '../core/types.ts'
import { systemClock } from '../system.ts'
import { setTimeout as sleep } from 'node:timers/promises'
import { openWorkload } from '../workloads.ts'
import { fail, ok, warn } from './findings.ts'
import type { Finding } from './findings.ts'

const ASK_MS = 10_000
/** Blocks an endpoint may lag behind the best, and seconds its head may be old, before somebody should look. */
const LAG_MAX = 5
const HEAD_AGE_MAX_S = 120

export interface Endpoints {
  readonly findings: readonly Finding[]
  /** Highest price of gas that an endpoint asks, wei. */
  readonly gasPrice: bigint
}

type Asked = { readonly part: string; readonly host: string; readonly view: EndpointView | { readonly failed: string } }

function judge({ part, host, view }: Asked, chainId: bigint, best: number): Finding {
  if ('failed' in view)
    return fail(part, { code: view.failed, seen: `${host} does not answer`, fix: 'check the URL and the service' })
  const age = Math.max(0, Math.round(systemClock.now() / 1000 - view.headTime))
  const seen = `${host}: chain ${view.chainId}, block ${view.head}, ${age} s old`
  if (view.chainId !== chainId) {
    const fix = `use an endpoint of chain ${chainId}, which the first one serves`
    return fail(part, { code: 'rpc-wrong-chain', seen, fix })
  }
  if (best - view.head > LAG_MAX || age > HEAD_AGE_MAX_S) {
    const fix = 'remove it from rpcUrls until it has caught up; if all are old, check the clock'
    return warn(part, { code: 'rpc-lagging', seen: `${seen}, ${best - view.head} behind the best`, fix })
  }
  return ok(part, seen)
}

/** Every endpoint by itself, then against each other. */
export async function checkEndpoints({ rpcUrls }: SidecarConfig): Promise<Endpoints> {
  const asked = await Promise.all(
    rpcUrls.map(async (url, i): Promise<Asked> => {
      const view = await inspectEndpoint(url, ASK_MS).catch((error: unknown) => ({ failed: codeOf(error) }))
      return { part: `rpc ${i + 1}`, host: redactText(url), view }
    }),
  )
  const views = asked.flatMap(({ view }) => ('failed' in view ? [] : [view]))
  const [first] = views
  const best = Math.max(0, ...views.map(({ head }) => head))
  const findings = asked.map((one) => judge(one, first?.chainId ?? 0n, best))
  const gasPrice = views.reduce((most, view) => (view.gasPrice > most ? view.gasPrice : most), 0n)
  if (views.length === 1) {
    const seen = 'one endpoint answers: it alone is believed about what is on chain'
    return {
      gasPrice,
      findings: [...findings, warn('rpc', { code: 'rpc-single', seen, fix: 'add another operator’s' })],
    }
  }
  return { findings, gasPrice }
}

/** Every relay's newest beacon, verified. */
export async function checkRelays({ drandRelays }: SidecarConfig, { drand }: Network): Promise<readonly Finding[]> {
  const verifier = await createBeaconVerifier({ chain: drand }, { clock: systemClock })
  const check = async (url: string, i: number): Promise<Finding> => {
    const part = `drand ${i + 1}`
    const host = redactText(url)
    try {
      const claimed = await createHttpRelay(url, drand).fetch('latest', AbortSignal.timeout(ASK_MS))
      const { round } = verifier.verify(claimed)
      const due = roundAt(drand, systemClock.now())
      const seen = `${host}: round ${round} of ${due}, signature right`
      if (due - round <= 2) return ok(part, seen)
      return warn(part, { code: 'relay-behind', seen, fix: 'check the clock; otherwise use another relay' })
    } catch (error) {
      const code = codeOf(error) === 'internal' ? 'relay-timeout' : codeOf(error)
      return fail(part, {
        code,
        seen: `${host} gave no beacon that verifies`,
        fix: 'remove it, or wait until it works',
      })
    }
  }
  return Promise.all(drandRelays.map(check))
}

const POLL_MS = 100
/** A relay may be late by more than a wrong clock: only more than this is the clock's doing. */
const EARLY_MS = 250
const LATE_MS = 2_500

/**
 * The clock against drand: when the next round arrives, compared with when it is due. Relays publish a moment after a round
 * is due and never before.
 */
export async function checkClock({ drandRelays }: SidecarConfig, { drand }: Network): Promise<Finding> {
  const relays = drandRelays.map((url) => createHttpRelay(url, drand))
  const limit = AbortSignal.timeout(drand.periodSeconds * 1000 + ASK_MS)
  const newest = async (): Promise<number> => {
    const answers = await Promise.allSettled(relays.map((relay) => relay.fetch('latest', AbortSignal.any([limit]))))
    return Math.max(0, ...answers.map((answer) => (answer.status === 'fulfilled' ? answer.value.round : 0)))
  }
  const before = await newest()
  if (before === 0)
    return warn('clock', { code: 'clock-unknown', seen: 'no relay says what time it is', fix: 'mend the relays first' })
  let round = before
  while (round === before && !limit.aborted) {
    await sleep(POLL_MS)
    round = await newest()
  }
  if (round === before)
    return warn('clock', { code: 'clock-unknown', seen: `no round after ${before} came`, fix: 'look at the relays' })
  const offMs = systemClock.now() - roundDueAt(drand, round)
  const seen = `round ${round} came ${(Math.abs(offMs) / 1000).toFixed(1)} s ${offMs < 0 ? 'before' : 'after'} it was due here`
  if (offMs >= -EARLY_MS && offMs <= LATE_MS) return ok('clock', seen)
  const fix = `the clock is probably ${offMs < 0 ? 'slow' : 'fast'}: run NTP`
  return fail('clock', { code: 'clock-off', seen, fix })
}

/** The blockchain node beside the sidecar; with templates there is one only while a job is hosted. Faults of the templates. */
export async function checkWorkload(config: SidecarConfig): Promise<Finding> {
  if (config.jobTemplates !== undefined) {
    const kinds = [...readTemplates(config.jobTemplates).keys()].join(', ')
    return ok('workload', `a node is started for a job that is won, by the template of its kind: ${kinds}`)
  }
  try {
    const status = await openWorkload(config).status(AbortSignal.timeout(ASK_MS))
    const seen = `${status.client}, head ${status.headNumber}, ${status.peers} peers`
    if (status.syncDistance === 0) return ok('workload', seen)
    const fix = 'let it sync: until then it is degraded in audits'
    return warn('workload', { code: 'workload-syncing', seen: `${seen}, ${status.syncDistance} behind`, fix })
  } catch (error) {
    const seen = `nothing answers at ${redactText(config.workloadUrl)}`
    return fail('workload', { code: codeOf(error), seen, fix: 'start the node, or correct workloadUrl' })
  }
}

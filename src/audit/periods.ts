// The periods that are alive: the running one and the one before, whose views go on until the running one's begin. A
// period opens once, when its first beacon is there, and everybody who asks meanwhile waits for the same opening.

import { epochOf, epochStart, periodOf, periodStart } from '../core/clock.ts'
import { ignore } from '../core/errors.ts'
import type { Beacons } from '../core/ports.ts'
import type { Network } from '../core/types.ts'
import { drawContext, seatsAreDrawn } from './context.ts'
import type { PeriodContext } from './context.ts'
import type { Period } from './period.ts'
import type { Rosters } from './rosters.ts'

/** Periods before the running one that stay open. */
const BEHIND = 1

export interface Periods {
  /** The period, resumed from what was stored; undefined when it is not alive. Faults: of beacons, ledger and stores. */
  open(period: number, round: number): Promise<Period | undefined>
  now(period: number): Period | undefined
  /** Forgets what is no longer alive; true when there was something. */
  prune(period: number): boolean
  end(): Promise<void>
}

interface PeriodsDeps {
  readonly network: Network
  readonly beacons: Pick<Beacons, 'get'>
  readonly rosters: Rosters
  readonly signal: AbortSignal
}

export function createPeriods(deps: PeriodsDeps, create: (context: PeriodContext) => Period): Periods {
  const { network, beacons, rosters, signal } = deps
  const { schedule } = network
  const opening = new Map<number, Promise<Period>>()
  const opened = new Map<number, Period>()

  async function load(period: number): Promise<Period> {
    const epoch = epochOf(schedule, period)
    const roster = await rosters.get(epoch)
    if (roster.members.length === 0) throw ignore('empty-roster', `epoch ${epoch} has no members`)
    const beacon = await beacons.get(periodStart(schedule, period), signal)
    const drawn = seatsAreDrawn(network, roster) ? await beacons.get(epochStart(schedule, epoch), signal) : undefined
    const made = create(drawContext(network, period, roster, beacon, drawn?.randomness))
    await made.resume()
    opened.set(period, made)
    return made
  }

  async function open(period: number, round: number): Promise<Period | undefined> {
    const running = periodOf(schedule, round)
    if (period < 0 || period > running || period < running - BEHIND || signal.aborted) return undefined
    const known = opening.get(period)
    if (known) return known
    const promise = load(period)
    opening.set(period, promise)
    try {
      return await promise
    } catch (error) {
      opening.delete(period) // the next beacon tries again
      throw error
    }
  }

  return {
    open,
    now: (period) => opened.get(period),
    prune(period) {
      const old = [...opening.keys()].filter((known) => known < period - BEHIND)
      for (const known of old) {
        opening.delete(known)
        opened.delete(known)
      }
      return old.length > 0
    },
    async end() {
      for (const period of opened.values()) {
        await period.end()
        await period.idle()
      }
    },
  }
}

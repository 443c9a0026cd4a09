// Takes one holder through the ceremony: asks the others until each has given what its step needs, answers what they ask,
// begins anew when one of them was restarted, and stops at a time limit with the names of those it waits for. Every holder
// asks and nobody is told: what one holds of others is only what it asked for.

import { ZERO_32, equalBytes, toHex } from '../core/bytes.ts'
import type { CustodyAnswer, CustodyRequest } from '../core/custody-wire.ts'
import { Fault, reject } from '../core/errors.ts'
import type { RandomBytes } from '../core/ports.ts'
import { answerOf, checkGroup, confirmed, faultBody, readFault, requestOf, stateOf, stepOf } from './answers.ts'
import { DKG_STEPS, createDkg } from './dkg.ts'
import type { Dkg, DkgStep, MadeKey } from './dkg.ts'
import { statement } from './group.ts'
import type { Group, HolderSign } from './group.ts'

const POLL_MS = 500
/** How often one holder may begin anew before the others give up on it. */
const RESTARTS_MAX = 16
/** Rounds of asking for which one stays when it has its key, or has failed, so that the others hear of it. */
const LINGER_POLLS = 20

export interface Progress {
  readonly step: 'hello' | DkgStep
  /** Who has not yet spoken. */
  readonly holders: readonly number[]
}

export interface CeremonyDeps {
  readonly random: RandomBytes
  readonly sign: HolderSign
  ask(holder: number, request: CustodyRequest, signal: AbortSignal): Promise<CustodyAnswer>
  /** Writes a key that is not yet confirmed to disk; durable when it returns. */
  store(made: MadeKey): void
  onProgress(progress: Progress): void
  /** Resolves early when the signal aborts. */
  pause(ms: number, signal: AbortSignal): Promise<void>
}

export interface Ceremony {
  /** What holder `from` asks for. Faults: `custody-step`, `custody-group-unknown`. */
  answer(request: CustodyRequest, from: number): CustodyAnswer
  /**
   * The key once all n have confirmed it. Faults: those of `Dkg.take`; `custody-silent`, which names whom it waited for when
   * `limit` aborted; `custody-ended`, when another holder gave up; `custody-restarts`; `interrupted`.
   */
  run(stop: AbortSignal, limit: AbortSignal): Promise<MadeKey>
}

const isDkgStep = (step: string | undefined): step is DkgStep => DKG_STEPS.some((name) => name === step)

export function createCeremony(group: Group, self: number, deps: CeremonyDeps): Ceremony {
  const others = group.holders.map((_, holder) => holder).filter((holder) => holder !== self)
  const own = deps.random(32)
  const nonces = new Map<number, Uint8Array>([[self, own]])
  const restarts = new Map<number, number>()
  const sessions = new Set<string>()
  /** Who has been given the result, and so can end. */
  const told = new Set<number>()
  let session: Uint8Array = ZERO_32
  let dkg: Dkg | undefined
  let failure: Fault | undefined
  let isUnsure = false

  function beginAnew(): void {
    dkg?.forget()
    dkg = undefined
    session = ZERO_32
    if (others.some((holder) => !nonces.has(holder))) return
    const all = group.holders.map((_, holder) => nonces.get(holder) ?? ZERO_32)
    const next = statement('session', group, ZERO_32, ...all)
    // Two polynomials in one session would look like two stories.
    if (sessions.has(toHex(next))) throw new Fault('custody-restarts', 'a holder came back to a session that was left')
    sessions.add(toHex(next))
    session = next
    dkg = createDkg({ group, self, session }, deps)
  }

  /** Each process of a holder has its own nonce: another one is another process, which knows nothing of the first. */
  function meet(holder: number, nonce: Uint8Array): void {
    const before = nonces.get(holder)
    if (before && equalBytes(before, nonce)) return
    if (before) {
      const count = (restarts.get(holder) ?? 0) + 1
      restarts.set(holder, count)
      if (count > RESTARTS_MAX)
        throw reject('custody-restarts', `holder ${holder} began anew ${count} times`, { holder })
    }
    nonces.set(holder, nonce)
    beginAnew()
  }

  function hear(holder: number, asked: DkgStep | undefined, answer: CustodyAnswer): void {
    const state = stateOf(answer)
    if (state === 'failed') {
      const { said, holder: blamed } = readFault(answer.body)
      const whom = blamed === undefined ? '' : ` and blames holder ${blamed}`
      throw new Fault('custody-ended', `holder ${holder} gave up: it says ${said}${whom}`, { data: { holder } })
    }
    // It signs with a key that it has, and makes none.
    if (state === 'refused') return
    meet(holder, answer.nonce)
    // It knows of a process that is new to us, or we of one that is new to it: everybody is asked who they are.
    if (!equalBytes(answer.session, session) && !equalBytes(answer.session, ZERO_32)) isUnsure = true
    if (state !== 'given' || asked === undefined || !dkg || !equalBytes(answer.session, session)) return
    const now = dkg.waiting()
    if (now?.step === asked && now.holders.includes(holder)) dkg.take(asked, holder, answer.body)
    const made = dkg.computed()
    if (made && !dkg.messageFor('result', holder)) {
      deps.store(made)
      dkg.stored()
    }
  }

  const progress = (): Progress =>
    dkg?.waiting() ?? { step: 'hello', holders: others.filter((holder) => !nonces.has(holder)) }

  async function askOne(holder: number, step: DkgStep | undefined, signal: AbortSignal): Promise<void> {
    const request = requestOf(step ?? 'hello', group, session)
    let answer: CustodyAnswer
    try {
      answer = await deps.ask(holder, request, signal)
    } catch {
      return // Not there yet, or not any more: the next poll asks again, and the limit names it.
    }
    if (!signal.aborted && !dkg?.finished()) hear(holder, step, answer)
  }

  async function poll(signal: AbortSignal): Promise<void> {
    const now = progress()
    deps.onProgress(now)
    const step = now.step === 'hello' ? undefined : now.step
    const greeted = isUnsure ? others.filter((holder) => !now.holders.includes(holder)) : []
    isUnsure = false
    await Promise.all([
      ...now.holders.map((holder) => askOne(holder, step, signal)),
      ...greeted.map((holder) => askOne(holder, undefined, signal)),
    ])
  }

  function stopped(stop: AbortSignal): Fault {
    if (stop.aborted) return new Fault('interrupted', 'interrupted: no key was kept')
    const { step, holders } = progress()
    return new Fault('custody-silent', `holders ${holders.join(', ')} said nothing in step ${step}: no key was kept`, {
      data: { step, holders: holders.join(' ') },
    })
  }

  async function untilFinished(stop: AbortSignal, limit: AbortSignal): Promise<MadeKey> {
    const signal = AbortSignal.any([stop, limit])
    for (;;) {
      await poll(signal)
      const made = dkg?.finished()
      if (made) return made
      if (signal.aborted) throw stopped(stop)
      await deps.pause(POLL_MS, signal)
    }
  }

  async function linger(stop: AbortSignal): Promise<void> {
    for (let polls = 0; polls < LINGER_POLLS && told.size < others.length && !stop.aborted; polls++)
      await deps.pause(POLL_MS, stop)
  }

  return {
    answer(request, from) {
      checkGroup(group, request)
      const step = stepOf(request)
      const made = dkg?.finished()
      if (step === 'confirm' && made) return confirmed(made.group, request)
      if (step !== 'hello' && !isDkgStep(step)) throw new Fault('custody-step', 'this holder is making a key')
      if (failure) {
        told.add(from)
        return answerOf('failed', faultBody(failure), own, session)
      }
      if (step === 'hello') return answerOf('given', new Uint8Array(), own, session)
      const isHere = dkg !== undefined && equalBytes(request.subject, session)
      const message = isHere ? dkg?.messageFor(step, from) : undefined
      if (!message) return answerOf('waiting', new Uint8Array(), own, session)
      if (step === 'result') told.add(from)
      return answerOf('given', message, own, session)
    },

    async run(stop, limit) {
      try {
        const made = await untilFinished(stop, limit)
        await linger(stop)
        return made
      } catch (error) {
        if (!(error instanceof Fault)) throw error
        failure = error
        told.clear()
        await linger(stop)
        throw error
      } finally {
        dkg?.forget()
      }
    },
  }
}

// A signer behind the wire, both ways: what a holder answers to coordinators, and how a coordinator asks holders, itself
// through the same door. A refusal travels as the code of its Fault and says no more.

import type { CustodyAnswer, CustodyRequest, CustodyStep } from '../core/custody-wire.ts'
import { Fault } from '../core/errors.ts'
import { answerOf, checkGroup, confirmed, faultBody, readFault, requestOf, stateOf, stepOf } from './answers.ts'
import type { AskHolder } from './coordinator.ts'
import type { Group, KeyedGroup } from './group.ts'
import type { Asked } from './nonces.ts'
import type { Signer } from './signer.ts'

/** What came of a request, for the log. */
export interface Served {
  readonly asked: Asked
  readonly step: 'commit' | 'sign'
  /** Why it was refused. */
  readonly fault?: Fault
}

export function createServing(group: KeyedGroup, signer: Signer, onServed: (served: Served) => void) {
  const serve = (step: 'commit' | 'sign', asked: Asked, body: Uint8Array): Uint8Array =>
    step === 'commit' ? signer.commit(asked) : signer.sign(asked, body)

  /** What holder `from` is answered. A bug stays an error; a Fault is a refusal. */
  return (request: CustodyRequest, from: number): CustodyAnswer => {
    const step = stepOf(request)
    if (step === 'confirm') return confirmed(group, request)
    if (step !== 'commit' && step !== 'sign') {
      // A holder that still makes the key this one has.
      return answerOf('refused', faultBody(new Fault('custody-step', 'this holder signs: its key is made')))
    }
    const asked = { coordinator: from, digest: request.subject }
    try {
      checkGroup(group, request)
      const given = serve(step, asked, request.body)
      onServed({ asked, step })
      return answerOf('given', given)
    } catch (fault) {
      if (!(fault instanceof Fault)) throw fault
      onServed({ asked, step, fault })
      return answerOf('refused', faultBody(fault))
    }
  }
}

/** Asks holder `self` here and the others with `send`. Faults: the code the holder answers, else `custody-silent`. */
export function askHolders(
  group: Group,
  own: { readonly self: number; readonly answer: (request: CustodyRequest, from: number) => CustodyAnswer },
  send: (holder: number, request: CustodyRequest, signal: AbortSignal) => Promise<CustodyAnswer>,
): AskHolder {
  async function answered(holder: number, request: CustodyRequest, signal: AbortSignal): Promise<CustodyAnswer> {
    if (holder === own.self) return own.answer(request, own.self)
    try {
      return await send(holder, request, signal)
    } catch (cause) {
      throw new Fault('custody-silent', `holder ${holder} does not answer`, { data: { holder }, cause })
    }
  }

  async function ask(holder: number, step: CustodyStep, { digest }: Asked, body: Uint8Array, signal: AbortSignal) {
    const answer = await answered(holder, requestOf(step, group, digest, body), signal)
    if (stateOf(answer) === 'given') return answer.body
    const { said } = readFault(answer.body)
    throw new Fault(said, `holder ${holder} refuses: ${said}`, { data: { holder } })
  }

  return {
    commit: async (holder, asked, signal) => ask(holder, 'commit', asked, new Uint8Array(), signal),
    sign: async (holder, asked, chosen, signal) => ask(holder, 'sign', asked, chosen, signal),
  }
}

// The envelope around what holders answer each other: given, not yet, refused, or over and by whose fault.

import { ZERO_32, equalBytes, utf8ToBytes } from '../core/bytes.ts'
import { CUSTODY_STATES, CUSTODY_STEPS } from '../core/custody-wire.ts'
import type { CustodyAnswer, CustodyRequest, CustodyStep } from '../core/custody-wire.ts'
import { Fault, codeOf } from '../core/errors.ts'
import { groupId, keyDigest } from './group.ts'
import type { Group, KeyedGroup } from './group.ts'

type State = keyof typeof CUSTODY_STATES

/** What is asked of one holder about `subject`: a session, or a digest. */
export const requestOf = (
  step: CustodyStep,
  group: Group,
  subject: Uint8Array,
  body: Uint8Array = new Uint8Array(),
): CustodyRequest => ({ step: CUSTODY_STEPS[step], group: groupId(group), subject, body })

/** Fault `custody-group-unknown` unless the request is about `group`. */
export function checkGroup(group: Group, request: CustodyRequest): void {
  if (!equalBytes(request.group, groupId(group)))
    throw new Fault('custody-group-unknown', 'the request is about another group: the group files differ')
}

/** Name of a request's step; undefined for one of another version. */
export const stepOf = ({ step }: CustodyRequest): CustodyStep | undefined =>
  (Object.keys(CUSTODY_STEPS) as CustodyStep[]).find((name) => CUSTODY_STEPS[name] === step)

export const stateOf = ({ state }: CustodyAnswer): State | undefined =>
  (Object.keys(CUSTODY_STATES) as State[]).find((name) => CUSTODY_STATES[name] === state)

export const answerOf = (
  state: State,
  body: Uint8Array = new Uint8Array(),
  nonce: Uint8Array = ZERO_32,
  session: Uint8Array = ZERO_32,
): CustodyAnswer => ({
  state: CUSTODY_STATES[state],
  nonce,
  session,
  body,
})

/** A Fault as an answer: its code, and the holder it blames. */
export function faultBody(error: unknown): Uint8Array {
  const holder = error instanceof Fault ? error.data['holder'] : undefined
  return utf8ToBytes(`${codeOf(error)} ${typeof holder === 'number' ? holder : ''}`.trim())
}

/** What a holder whose key all have confirmed says to one that asks whether it is this one. */
export const confirmed = (group: KeyedGroup, { subject }: CustodyRequest): CustodyAnswer =>
  equalBytes(subject, keyDigest(group))
    ? answerOf('given')
    : answerOf('refused', faultBody(new Fault('custody-result', 'this holder has another key of the group')))

const SAID = /^([a-z][a-z-]{0,63})(?: (\d{1,2}))?$/

/** What another holder says went wrong; its words are checked, not believed. */
export function readFault(body: Uint8Array): { readonly said: string; readonly holder: number | undefined } {
  const found = SAID.exec(new TextDecoder().decode(body))
  const holder = found?.[2]
  return { said: found?.[1] ?? 'garbled', holder: holder === undefined ? undefined : Number(holder) }
}

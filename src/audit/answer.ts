// The target's side of a probe: a signed answer for those who audit us in this period, and a coded refusal for everybody
// else. A silent blockchain node is said so, signed, with a fault code: better an honest `down` than a mute sidecar.
// Bounded: so many answers per auditor and period, and nothing is signed for another period or a stale round.

import { NO_STATUS, encodeAnswer } from '../core/answers.ts'
import type { Answer, ProbeRequest } from '../core/answers.ts'
import { equalBytes, utf8ToBytes, ZERO_32 } from '../core/bytes.ts'
import { codeOf, ignore, reject } from '../core/errors.ts'
import type { Clock, RecordSigner, Workload } from '../core/ports.ts'
import type { Member, SignedRecord, WorkloadKind, WorkloadStatus } from '../core/types.ts'
import { signRecord } from '../round/record.ts'
import { audits } from './assignment.ts'
import type { PeriodContext } from './context.ts'
import { deadline } from './deadline.ts'
import { REASONS } from './reasons.ts'

/** More than any honest auditor asks in a period (AuditorOptions.probes is at most this). */
export const ANSWERS_MAX = 64
const CLIENT_MAX_BYTES = 64
/** Faults of a workload that are told from plain silence. */
const FAULTS: ReadonlyMap<string, number> = new Map([
  ['workload-timeout', REASONS['workload-timeout'].code],
  ['workload-idle', REASONS['workload-idle'].code],
])

export interface ResponderDeps {
  readonly clock: Clock
  readonly signer: RecordSigner
  readonly workload: Workload
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

export interface Responder {
  /** Faults: `not-my-auditor`, `wrong-period`, `wrong-round`, `too-many-probes`. */
  answer(request: ProbeRequest, fromPeerKey: Uint8Array, round: number): Promise<SignedRecord>
}

interface Finding extends Pick<Answer, 'fault' | 'proof'> {
  readonly kind: WorkloadKind
  readonly status: WorkloadStatus
}

export function createResponder(deps: ResponderDeps, context: PeriodContext, me: Member): Responder {
  const answered = new Map<number, number>()

  function refuse(request: ProbeRequest, fromPeerKey: Uint8Array, round: number): void {
    if (request.period !== context.period)
      throw ignore('wrong-period', `period ${request.period} asked in period ${context.period}`)
    const auditor = context.member(request.auditor)
    if (!auditor || !equalBytes(auditor.peerKey, fromPeerKey))
      throw reject('not-my-auditor', `the peer is not sidecar ${request.auditor}`)
    if (!audits(context.assignment, auditor.slot, me.slot))
      throw reject('not-my-auditor', `sidecar ${request.auditor} does not audit sidecar ${me.id} in this period`)
    // The nonce is bound to a beacon of the probe window; one round of grace for whose beacon came first.
    if (request.round < context.phases.probe || request.round >= context.phases.seal || request.round > round + 1)
      throw ignore('wrong-round', `round ${request.round} is not in the probe window`)
    const count = (answered.get(auditor.id) ?? 0) + 1
    if (count > ANSWERS_MAX) throw ignore('too-many-probes', `sidecar ${auditor.id} asked ${count} times`)
    answered.set(auditor.id, count)
  }

  /** What our node says now; another kind of question than ours is answered with what we are. */
  async function ask({ workload: asked, height }: ProbeRequest): Promise<Finding> {
    let failure: number = REASONS['workload-timeout'].code
    const noticed = async <T>(work: Promise<T>): Promise<T> => {
      try {
        return await work
      } catch (error) {
        failure = FAULTS.get(codeOf(error)) ?? REASONS['workload-silent'].code
        throw error
      }
    }
    const read = <T>(work: (signal: AbortSignal) => Promise<T>): Promise<T | undefined> =>
      deadline(deps.clock, deps.timeoutMs, deps.signal, (signal) => noticed(work(signal)))
    const { workload } = deps
    const { kind } = workload
    const status = await read((signal) => workload.status(signal))
    if (!status) return { kind, fault: failure, proof: ZERO_32, status: NO_STATUS }
    if (kind !== asked) return { kind, fault: REASONS['other-workload'].code, proof: ZERO_32, status }
    const found = await read(async (signal) => ({ proof: await workload.proof(height, signal) }))
    if (!found) return { kind, fault: failure, proof: ZERO_32, status }
    if (!found.proof) return { kind, fault: REASONS['block-missing'].code, proof: ZERO_32, status }
    return { kind, fault: 0, proof: found.proof, status }
  }

  async function answer(request: ProbeRequest, fromPeerKey: Uint8Array, round: number): Promise<SignedRecord> {
    refuse(request, fromPeerKey, round)
    const { kind: workload, fault, proof, status } = await ask(request)
    const { nonce, height, version } = request
    const client = utf8ToBytes(status.client).slice(0, CLIENT_MAX_BYTES)
    const { kind, body } = encodeAnswer(version, { ...status, nonce, height, fault, workload, client, proof })
    const header = { kind, author: me.id, unit: request.period, sequence: request.auditor }
    return signRecord(deps.signer, context.network.separator, header, body)
  }

  return { answer }
}

// Probes and their answers as the domain knows them, whatever protocol carried them. Version 1 (/stkr/probe/1, record kind
// `answer`) knows Ethereum execution clients alone and keeps its encoding for good; version 2 (/stkr/probe/2, record kind
// `workloadAnswer`) names the kind of the workload. An answer has the version of its request.

import { toHex, word, ZERO_32 } from './bytes.ts'
import { reject } from './errors.ts'
import { AnswerBody, ProbeRequestType, WorkloadAnswerBody, WorkloadRequestType, decode } from './records.ts'
import { RECORD_KINDS, WORKLOAD_KINDS } from './types.ts'
import type { SignedRecord, WorkloadKind } from './types.ts'

export type ProbeVersion = 1 | 2

export interface ProbeRequest {
  readonly version: ProbeVersion
  readonly period: number
  readonly auditor: number
  /** The beacon that the nonce is bound to. */
  readonly round: number
  readonly nonce: Uint8Array
  /** The kind of workload that the auditor can compare with; version 1: execution clients. */
  readonly workload: WorkloadKind
  readonly height: number
}

export interface Answer {
  readonly nonce: Uint8Array
  /** 0, or the reason code of what kept the workload from answering. */
  readonly fault: number
  readonly workload: WorkloadKind
  readonly network: Uint8Array
  readonly client: Uint8Array
  readonly headNumber: number
  readonly headHash: Uint8Array
  readonly peers: number
  readonly syncDistance: number
  readonly height: number
  readonly proof: Uint8Array
}

const kinds = Object.keys(WORKLOAD_KINDS) as WorkloadKind[]

function kindOf(number: number): WorkloadKind {
  const kind = kinds.find((name) => WORKLOAD_KINDS[name] === number)
  if (kind) return kind
  throw reject('workload-unknown', `there is no workload of kind ${number} in this version`)
}

export const encodeRequest = (request: ProbeRequest): Uint8Array =>
  request.version === 1
    ? ProbeRequestType.serialize(request)
    : WorkloadRequestType.serialize({ ...request, workload: WORKLOAD_KINDS[request.workload] })

/** Faults: `bad-encoding`, `oversized`, `workload-unknown`. */
export function decodeRequest(version: ProbeVersion, bytes: Uint8Array): ProbeRequest {
  if (version === 1)
    return { version, workload: 'ethereum-execution', ...decode(ProbeRequestType, bytes, 'probe request') }
  const request = decode(WorkloadRequestType, bytes, 'probe request')
  return { version, ...request, workload: kindOf(request.workload) }
}

/** Record kind and body of an answer. In version 1 the chain id of any other workload is 0: nobody's. */
export function encodeAnswer(version: ProbeVersion, answer: Answer): Pick<SignedRecord, 'kind' | 'body'> {
  const { workload, network, proof } = answer
  if (version === 2) {
    const body = WorkloadAnswerBody.serialize({ ...answer, workload: WORKLOAD_KINDS[workload] })
    return { kind: RECORD_KINDS.workloadAnswer, body }
  }
  const chainId = workload === 'ethereum-execution' ? BigInt(toHex(network)) : 0n
  return { kind: RECORD_KINDS.answer, body: AnswerBody.serialize({ ...answer, chainId, blockHash: proof }) }
}

export const isAnswer = ({ kind }: Pick<SignedRecord, 'kind'>): boolean =>
  kind === RECORD_KINDS.answer || kind === RECORD_KINDS.workloadAnswer

/** Faults: `bad-encoding`, `oversized`, `workload-unknown`, `unknown-kind` for a record that is none. */
export function decodeAnswer({ kind, body }: Pick<SignedRecord, 'kind' | 'body'>): Answer {
  if (kind === RECORD_KINDS.answer) {
    const { chainId, blockHash, ...rest } = decode(AnswerBody, body, 'answer')
    return { ...rest, workload: 'ethereum-execution', network: word(chainId), proof: blockHash }
  }
  if (kind !== RECORD_KINDS.workloadAnswer) throw reject('unknown-kind', `record kind ${kind} is no answer`)
  const answer = decode(WorkloadAnswerBody, body, 'answer')
  return { ...answer, workload: kindOf(answer.workload) }
}

/** What an answer says when its workload said nothing. */
export const NO_STATUS = {
  network: ZERO_32,
  client: '',
  headNumber: 0,
  headHash: ZERO_32,
  peers: 0,
  syncDistance: 0,
} as const

// /stkr/probe/2 and, for sidecars that know no other, /stkr/probe/1: an auditor asks, the target answers with one signed
// record. Here live the client behind the Prober port and the server that hands requests of members to the wiring. Size
// and form are checked, truth is not.

import { decodeAnswer, decodeRequest, encodeRequest, isAnswer } from '../core/answers.ts'
import type { ProbeRequest, ProbeVersion } from '../core/answers.ts'
import { ProbeRequestType, RecordType, WorkloadAnswerBody, WorkloadRequestType, decode } from '../core/records.ts'
import { Fault, codeOf } from '../core/errors.ts'
import type { ProbeReply, Prober } from '../core/ports.ts'
import type { Connection } from '@libp2p/interface'
import type { HostDeps } from './options.ts'
import type { Peers } from './peers.ts'
import { peerKeyOf } from './peers.ts'
import { ask, refused, serve } from './streams.ts'
import type { Admission, Protocol, ServerDeps } from './streams.ts'
import { RECORD_OVERHEAD_BYTES } from './wire.ts'

/** The body of version 1 is the shorter one. */
const ANSWER_MAX_BYTES = RECORD_OVERHEAD_BYTES + WorkloadAnswerBody.maxSize

const protocol = (version: ProbeVersion, requestMaxBytes: number): Protocol => ({
  id: `/stkr/probe/${version}`,
  request: { frameMaxBytes: requestMaxBytes, totalMaxBytes: requestMaxBytes + 16 },
  answer: { frameMaxBytes: ANSWER_MAX_BYTES, totalMaxBytes: ANSWER_MAX_BYTES + 16 },
  limitMs: 10_000,
  relayed: true,
})

export const PROBES: Readonly<Record<ProbeVersion, Protocol>> = {
  1: protocol(1, ProbeRequestType.maxSize),
  2: protocol(2, WorkloadRequestType.maxSize),
}
const VERSIONS: readonly ProbeVersion[] = [1, 2]

/** An auditor sends several probes a period, never many at once; 32 auditors may come together. */
const ADMISSION: Admission = { rate: { perSecond: 2, burst: 20 }, perPeerMax: 4, inAllMax: 64 }

async function exchange(connection: Connection, request: ProbeRequest, signal: AbortSignal): Promise<ProbeReply> {
  const startedAt = performance.now()
  for await (const frame of ask(connection, PROBES[request.version], encodeRequest(request), signal)) {
    const latencyMs = performance.now() - startedAt
    const record = decode(RecordType, frame, 'answer record')
    if (!isAnswer(record)) return { ok: false, reason: 'garbled' }
    return { ok: true, record, answer: decodeAnswer(record), latencyMs }
  }
  return { ok: false, reason: 'garbled' }
}

/** In the newest version the target speaks. What is asked of an execution client can be asked in the first one, too. */
async function converse(connection: Connection, request: ProbeRequest, signal: AbortSignal): Promise<ProbeReply> {
  try {
    return await exchange(connection, request, signal)
  } catch (error) {
    if (request.workload !== 'ethereum-execution' || codeOf(error) !== 'unsupported') throw error
    return exchange(connection, { ...request, version: 1 }, signal)
  }
}

function reasonOf(error: unknown): Extract<ProbeReply, { ok: false }>['reason'] {
  const code = error instanceof Fault ? error.code : ''
  if (code === 'timeout' || code === 'unreachable') return code
  return code === 'refused' || code === 'busy' || code === 'failed' || code === 'absent' || code === 'unsupported'
    ? 'refused'
    : 'garbled'
}

export function createProber(peers: Peers): Prober {
  return {
    probe: async (target, request, { fresh, signal }) => {
      try {
        if (!fresh) return await converse(await peers.reach(target.peerKey, signal), request, signal)
        const { connection, release } = await peers.reachAnew(target.peerKey, signal)
        try {
          return await converse(connection, request, signal)
        } finally {
          await release()
        }
      } catch (error) {
        const reason = reasonOf(error)
        const excused = reason === 'unreachable' && (await peers.relaysDown(target.peerKey, signal))
        return { ok: false, reason: excused ? 'relay-down' : reason }
      }
    },
    reachable: (except, signal) =>
      peers.anybody(
        except.map(({ peerKey }) => peerKey),
        signal,
      ),
  }
}

export async function serveProbe(server: ServerDeps, deps: Pick<HostDeps, 'isMember' | 'onProbe'>): Promise<void> {
  const member = (connection: Connection): boolean => {
    const key = peerKeyOf(connection.remotePeer)
    return key !== undefined && deps.isMember(key)
  }
  for (const version of VERSIONS)
    await serve(PROBES[version], ADMISSION, server, member, async function* (bytes, connection, signal) {
      const request = decodeRequest(version, bytes)
      const auditor = peerKeyOf(connection.remotePeer)
      if (auditor === undefined) throw refused('only members may probe')
      yield RecordType.serialize(await onProbe(deps, request, auditor, signal))
    })
}

/** A Fault of the wiring is a refusal, whatever its code: the auditor learns that we would not, not why. */
async function onProbe(
  deps: Pick<HostDeps, 'onProbe'>,
  request: ProbeRequest,
  auditor: Uint8Array,
  signal: AbortSignal,
) {
  try {
    return await deps.onProbe(request, auditor, signal)
  } catch (error) {
    if (error instanceof Fault) throw refused(error.message)
    throw error
  }
}

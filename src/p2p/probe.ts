// /stkr/probe/1: an auditor asks, the target answers with one signed record. Here live the client behind the Prober port
// and the server that hands requests of members to the wiring. Size and form are checked, truth is not.

import { AnswerBody, ProbeRequestType, RecordType, decode } from '../core/records.ts'
import type { ProbeRequest } from '../core/records.ts'
import { RECORD_KINDS } from '../core/types.ts'
import { Fault } from '../core/errors.ts'
import type { ProbeReply, Prober } from '../core/ports.ts'
import type { Connection } from '@libp2p/interface'
import type { HostDeps } from './options.ts'
import type { Peers } from './peers.ts'
import { peerKeyOf } from './peers.ts'
import { ask, refused, serve } from './streams.ts'
import type { Admission, Protocol, ServerDeps } from './streams.ts'
import { RECORD_OVERHEAD_BYTES } from './wire.ts'

const ANSWER_MAX_BYTES = RECORD_OVERHEAD_BYTES + AnswerBody.maxSize

export const PROBE: Protocol = {
  id: '/stkr/probe/1',
  request: { frameMaxBytes: ProbeRequestType.maxSize, totalMaxBytes: ProbeRequestType.maxSize + 16 },
  answer: { frameMaxBytes: ANSWER_MAX_BYTES, totalMaxBytes: ANSWER_MAX_BYTES + 16 },
  limitMs: 10_000,
}

/** An auditor sends several probes a period, never many at once; 32 auditors may come together. */
const ADMISSION: Admission = { rate: { perSecond: 2, burst: 20 }, perPeerMax: 4, inAllMax: 64 }

const encodeRequest = (request: ProbeRequest): Uint8Array => ProbeRequestType.serialize(request)

async function exchange(connection: Connection, request: Uint8Array, signal: AbortSignal): Promise<ProbeReply> {
  const startedAt = performance.now()
  for await (const frame of ask(connection, PROBE, request, signal)) {
    const latencyMs = performance.now() - startedAt
    const record = decode(RecordType, frame, 'answer record')
    if (record.kind !== RECORD_KINDS.answer) return { ok: false, reason: 'garbled' }
    return { ok: true, record, answer: decode(AnswerBody, record.body, 'answer'), latencyMs }
  }
  return { ok: false, reason: 'garbled' }
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
      const bytes = encodeRequest(request)
      try {
        if (!fresh) return await exchange(await peers.reach(target.peerKey, signal), bytes, signal)
        const { connection, release } = await peers.reachAnew(target.peerKey, signal)
        try {
          return await exchange(connection, bytes, signal)
        } finally {
          await release()
        }
      } catch (error) {
        return { ok: false, reason: reasonOf(error) }
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
  await serve(PROBE, ADMISSION, server, member, async function* (bytes, connection, signal) {
    const request = decode(ProbeRequestType, bytes, 'probe request')
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

// Request and response over one stream: a request frame, then a status frame and any number of answer frames. The server
// side admits by rate and by concurrency, per peer and in all, gives each exchange a total time, and turns errors into
// a status; the client side turns statuses into Faults. Neither knows what the frames mean.

import type { Connection, Stream } from '@libp2p/interface'
import { Fault } from '../core/errors.ts'
import type { Log } from '../core/ports.ts'
import type { Conduct } from './conduct.ts'
import { abortWith, finish, readFrame, readFrames, writeFrame } from './frames.ts'
import type { FrameLimits } from './frames.ts'
import { createBuckets } from './limits.ts'
import type { Rate, Tally } from './limits.ts'
import type { Node } from './node.ts'

/** First frame of every answer: one byte. */
const STATUS = { ok: 0, refused: 1, busy: 2, absent: 3, malformed: 4, failed: 5 } as const
type Status = keyof typeof STATUS
const NAMES = Object.keys(STATUS) as Status[]

export interface Protocol {
  readonly id: string
  readonly request: FrameLimits
  readonly answer: FrameLimits
  /** For one whole exchange, either side. */
  readonly limitMs: number
  /** Small enough for relayed connections, too. */
  readonly relayed?: boolean
}

/** Streams of one connection that may be hearing a refusal at the same time. */
const TURNED_AWAY_MAX = 4

export interface Admission {
  /** Per peer. */
  readonly rate: Rate
  readonly perPeerMax: number
  readonly inAllMax: number
}

/** Answer frames of one request; Fault with verdict `reject` = malformed, Fault `absent` = not here. */
export type Serve = (request: Uint8Array, connection: Connection, signal: AbortSignal) => AsyncIterable<Uint8Array>

export interface ServerDeps {
  readonly node: Pick<Node, 'handle'>
  readonly log: Log
  readonly conduct: Conduct
  readonly tally: Tally
  now(): number
  /** Stops every exchange. */
  readonly stopped: AbortSignal
}

export const absent = (what: string): Fault => new Fault('absent', `this sidecar does not have ${what}`)
export const refused = (why: string): Fault => new Fault('refused', why)

function statusOf(error: unknown): Status {
  if (!(error instanceof Fault)) return 'failed'
  if (error.code === 'absent') return 'absent'
  if (error.code === 'refused') return 'refused'
  return error.verdict === 'reject' ? 'malformed' : 'failed'
}

/** Serves `protocol` on the node. `allows` is asked before anything is read. */
export async function serve(
  protocol: Protocol,
  admission: Admission,
  deps: ServerDeps,
  allows: (connection: Connection) => boolean,
  handler: Serve,
): Promise<void> {
  const { node, conduct, tally } = deps
  const buckets = createBuckets(admission.rate, deps.now)
  const open = new Map<string, number>()
  let inAll = 0
  const name = protocol.id.split('/')[2] ?? protocol.id

  function gate(peer: string, connection: Connection): Status {
    if (!allows(connection)) return 'refused'
    if (!buckets.take(peer)) {
      conduct.offend(peer, 'impatient')
      return 'busy'
    }
    return inAll >= admission.inAllMax || (open.get(peer) ?? 0) >= admission.perPeerMax ? 'busy' : 'ok'
  }

  async function answer(stream: Stream, connection: Connection, signal: AbortSignal): Promise<void> {
    const send = (status: Status) => writeFrame(stream, Uint8Array.of(STATUS[status]), protocol.answer, signal)
    const request = await readFrame(stream, protocol.request)
    let started = false
    try {
      for await (const frame of handler(request, connection, signal)) {
        if (!started) await send('ok')
        started = true
        await writeFrame(stream, frame, protocol.answer, signal)
      }
      if (!started) await send('ok')
    } catch (error) {
      // Half an answer cannot be taken back: the reset tells the asker that it is not whole.
      if (started) throw error
      const status = statusOf(error)
      if (status === 'failed') deps.log.warn('a request could not be answered', { protocol: protocol.id, error })
      if (status === 'malformed') conduct.offend(connection.remotePeer.toString(), 'undecodable')
      tally.count(`${name}-${status}`)
      await send(status)
    }
  }

  async function exchange(stream: Stream, connection: Connection, peer: string): Promise<void> {
    const signal = AbortSignal.any([AbortSignal.timeout(protocol.limitMs), deps.stopped])
    const release = abortWith(stream, signal)
    try {
      await answer(stream, connection, signal)
      finish(stream)
    } catch (error) {
      const code = error instanceof Fault ? error.code : 'stream-failed'
      tally.count(`${name}-${code}`)
      if (code === 'oversized' || code === 'bad-frame')
        conduct.offend(peer, code === 'oversized' ? 'oversized' : 'undecodable')
      stream.abort(error instanceof Error ? error : new Fault('stream-failed', 'the exchange failed'))
    } finally {
      release()
    }
  }

  const onStream = async (stream: Stream, connection: Connection): Promise<void> => {
    const peer = connection.remotePeer.toString()
    const status = gate(peer, connection)
    if (status !== 'ok') {
      tally.count(`${name}-${status}`)
      return turnAway(stream, protocol, status)
    }
    inAll++
    open.set(peer, (open.get(peer) ?? 0) + 1)
    await exchange(stream, connection, peer)
    inAll--
    const left = (open.get(peer) ?? 1) - 1
    if (left > 0) open.set(peer, left)
    else open.delete(peer)
  }
  // More than we serve at a time, so that one too many hears `busy` instead of a reset.
  await node.handle(protocol.id, onStream, {
    maxInboundStreams: admission.perPeerMax + TURNED_AWAY_MAX,
    runOnLimitedConnection: protocol.relayed === true,
  })
}

/**
 * Says why, then lets go within a second. The request is read first: a stream that is answered and closed before its
 * opener has finished negotiating reaches it without the answer.
 */
async function turnAway(stream: Stream, protocol: Protocol, status: Status): Promise<void> {
  const signal = AbortSignal.timeout(1000)
  const release = abortWith(stream, signal)
  try {
    await readFrame(stream, protocol.request)
    await writeFrame(stream, Uint8Array.of(STATUS[status]), protocol.answer, signal)
    finish(stream)
  } catch (error) {
    stream.abort(error instanceof Error ? error : new Fault('stream-failed', 'the exchange failed'))
  } finally {
    release()
  }
}

/**
 * Asks over `connection` and yields the answer's frames. Faults: `refused`, `busy`, `absent`, `malformed`, `failed` as
 * the peer said; `unsupported`; `timeout`; `garbled` when what came is no answer.
 */
export async function* ask(
  connection: Connection,
  protocol: Protocol,
  request: Uint8Array,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const whole = AbortSignal.any([signal, AbortSignal.timeout(protocol.limitMs)])
  const stream = await openStream(connection, protocol, whole)
  const release = abortWith(stream, whole)
  let failed = false
  try {
    await writeFrame(stream, request, protocol.request, whole)
    let status: Status | undefined
    for await (const frame of readFrames(stream, protocol.answer)) {
      if (status !== undefined) {
        yield frame
        continue
      }
      status = frame.length === 1 ? NAMES[frame[0] ?? 255] : undefined
      if (status === undefined) throw new Fault('garbled', 'the answer does not begin with a status')
      if (status !== 'ok') throw new Fault(status, `the peer answered ${status}`)
    }
    if (status === undefined) throw new Fault('garbled', 'the stream ended without an answer')
  } catch (cause) {
    failed = true
    throw clientFault(cause, whole)
  } finally {
    release()
    if (failed) stream.abort(new Fault('given-up', 'the exchange failed'))
    else finish(stream)
  }
}

function clientFault(cause: unknown, signal: AbortSignal): Fault {
  if (signal.aborted) return new Fault('timeout', 'no whole answer in time', { cause })
  if (cause instanceof Fault && NAMES.some((name) => name === cause.code)) return cause
  // No handler for the protocol: with optimistic negotiation that shows on the first read.
  if (cause instanceof Error && isUnsupported(cause))
    return new Fault('unsupported', 'no such protocol there', { cause })
  return new Fault('garbled', 'what came is no answer', { cause })
}

function isUnsupported(error: Error): boolean {
  return error.name === 'UnsupportedProtocolError' || (error.cause instanceof Error && isUnsupported(error.cause))
}

async function openStream(connection: Connection, protocol: Protocol, signal: AbortSignal): Promise<Stream> {
  try {
    return await connection.newStream(protocol.id, { signal, runOnLimitedConnection: protocol.relayed === true })
  } catch (cause) {
    if (signal.aborted) throw new Fault('timeout', 'no stream in time', { cause })
    if (cause instanceof Error && isUnsupported(cause))
      throw new Fault('unsupported', 'no such protocol there', { cause })
    throw new Fault('unreachable', 'the connection carries no stream', { cause })
  }
}

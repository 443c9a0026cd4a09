// Length-prefixed frames over one stream (unsigned varint, as libp2p's own protocols use), every frame and the sum of
// them capped. Whatever fails (too large, cut off, out of time) aborts the stream: nothing is left half open.

import { decode, encode } from 'it-length-prefixed'
import type { Stream, StreamCloseEvent, StreamMessageEvent } from '@libp2p/interface'
import { Fault, reject } from '../core/errors.ts'

/** The same bytes without Node's Buffer around them: its slices share memory and compare unequal to a Uint8Array. */
export const plain = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)

export interface FrameLimits {
  readonly frameMaxBytes: number
  /** Over all frames and their length prefixes. */
  readonly totalMaxBytes: number
}

/** Aborts `stream` when `signal` does; the returned function takes the listener away again. */
export function abortWith(stream: Stream, signal: AbortSignal): () => void {
  const abort = (): void => stream.abort(new Fault('stream-timeout', 'the exchange was given up'))
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort, { once: true })
  return () => signal.removeEventListener('abort', abort)
}

/** How long the other side may keep its end open after both have said what they had to say. */
const LINGER_MS = 1000

/** Closes our end, and the whole stream when the peer does not close its own: a half-open stream is held memory. */
export function finish(stream: Stream): void {
  stream
    .close({ signal: AbortSignal.timeout(LINGER_MS) })
    .catch((error: unknown) => stream.abort(error instanceof Error ? error : new Error('close failed')))
  if (stream.remoteWriteStatus === 'closed') return
  const timer = setTimeout(() => {
    if (stream.status === 'open' || stream.status === 'closing')
      stream.abort(new Fault('lingering', 'the peer did not close its end'))
  }, LINGER_MS)
  timer.unref()
  stream.addEventListener('close', () => clearTimeout(timer), { once: true })
}

/** A reader that takes nothing for this long gives its place to another. */
const STALL_MS = 5000

/** Queues one frame and waits while the peer reads slower than we write. Faults: `oversized`. */
export async function writeFrame(
  stream: Stream,
  bytes: Uint8Array,
  limits: FrameLimits,
  signal: AbortSignal,
): Promise<void> {
  if (bytes.length > limits.frameMaxBytes)
    throw reject('oversized', `frame has ${bytes.length} bytes, at most ${limits.frameMaxBytes} are allowed`)
  signal.throwIfAborted()
  if (!stream.send(encode.single(bytes)))
    await stream.onDrain({ signal: AbortSignal.any([signal, AbortSignal.timeout(STALL_MS)]) })
}

/** Frames until the peer closes its end. Faults, after aborting the stream: `oversized`, `bad-frame`. */
export async function* readFrames(stream: Stream, limits: FrameLimits): AsyncGenerator<Uint8Array> {
  // The library buffers what nobody reads up to this number, then resets the stream.
  stream.maxReadBufferLength = limits.frameMaxBytes + 64 * 1024
  let ended = false
  try {
    for await (const frame of decode(readChunks(stream, limits.totalMaxBytes), { maxDataLength: limits.frameMaxBytes }))
      yield plain(frame.subarray())
    if (stream.status === 'aborted' || stream.status === 'reset')
      throw new Fault('bad-frame', 'the stream was reset before its end')
    ended = true
  } catch (cause) {
    if (cause instanceof Fault) throw cause
    const name = cause instanceof Error ? cause.name : ''
    if (name === 'InvalidDataLengthError' || name === 'InvalidMessageLengthError')
      throw reject('oversized', `frame is larger than ${limits.frameMaxBytes} bytes`)
    throw new Fault('bad-frame', 'the stream ended within a frame or has no length prefix', { cause })
  } finally {
    // Left early, by a failure or by a reader that has enough: do not let the peer go on sending.
    if (!ended && stream.readStatus !== 'closed') stream.maxReadBufferLength = 0
  }
}

/**
 * Bytes as they come, until the peer closes its end; throws when it resets. The library's own iterator waits for ever
 * when that end was closed before the iteration began, which a fast peer's always is.
 */
export async function* readChunks(stream: Stream, totalMaxBytes: number): AsyncGenerator<Uint8Array> {
  const queue: Uint8Array[] = []
  let total = 0
  let ended = false
  let failure: Error | undefined
  let wake = (): void => undefined
  const onMessage = ({ data }: StreamMessageEvent): void => {
    total += data.byteLength
    // Not even queued: what is above the limit is held by nobody.
    if (total <= totalMaxBytes) queue.push(data.subarray())
    else failure = reject('oversized', `exchange is larger than ${totalMaxBytes} bytes`)
    wake()
  }
  const onEnd = (): void => {
    ended = true
    wake()
  }
  const onClose = (event: StreamCloseEvent): void => {
    failure ??= event.error
    onEnd()
  }
  stream.addEventListener('message', onMessage)
  stream.addEventListener('end', onEnd)
  stream.addEventListener('close', onClose)
  try {
    ended ||= stream.readableEnded || (stream.status !== 'open' && stream.readBufferLength === 0)
    for (;;) {
      const chunk = queue.shift()
      if (chunk !== undefined) yield chunk
      else if (failure !== undefined) throw failure
      else if (ended) return
      else await new Promise<void>((resolve) => (wake = resolve))
    }
  } finally {
    stream.removeEventListener('message', onMessage)
    stream.removeEventListener('end', onEnd)
    stream.removeEventListener('close', onClose)
  }
}

/** The first frame, and no more than that. */
export async function readFrame(stream: Stream, limits: FrameLimits): Promise<Uint8Array> {
  for await (const frame of readFrames(stream, limits)) return frame
  throw new Fault('bad-frame', 'the stream ended without a frame')
}

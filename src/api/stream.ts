// Live events as server-sent events (WHATWG HTML, 9.2). Promises: a reader costs at most MAX_BUFFERED_BYTES, one that does
// not keep up is told so by code and dropped, one that comes back with Last-Event-ID gets what it missed as far as the ring
// goes, and is told where it does not. Ids are `<run>-<number>`: a number of an earlier run means nothing in this one.

import type { ServerResponse } from 'node:http'
import { Fault } from '../core/errors.ts'
import type { Clock } from '../core/ports.ts'
import { RING } from './recorder.ts'
import type { Noted, Recorder } from './recorder.ts'

export const READERS_MAX = 16
export const MAX_BUFFERED_BYTES = 256 * 1024
const HEARTBEAT_MS = 15_000
/** How long a dropped reader has to read the last word. */
const FAREWELL_MS = 5_000

export interface EventStream {
  /** Answers with events until either side ends it. Fault `api-busy`. */
  serve(response: ServerResponse, headers: Readonly<Record<string, string>>, lastEventId: string | undefined): void
  readers(): number
  /** Readers dropped for being slow, since the start. */
  dropped(): number
  stop(): void
}

interface Deps {
  readonly recorder: Recorder
  readonly clock: Clock
  /** Names this run in event ids. */
  readonly run: string
}

const frame = (event: string, data: object, id?: string): string =>
  `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`

export function createEventStream({ recorder, clock, run }: Deps): EventStream {
  const readers = new Set<ServerResponse>()
  let dropped = 0
  let cancelBeat: (() => void) | undefined

  const textOf = ({ id, at, event }: Noted): string => frame(event.type, { id, at, event }, `${run}-${id}`)

  function drop(response: ServerResponse): void {
    dropped++
    readers.delete(response)
    response.end(frame('error', { code: 'api-slow-reader', why: 'events come faster than they are read' }))
    const cancel = clock.at(clock.now() + FAREWELL_MS, () => response.destroy())
    response.once('close', cancel)
  }

  function send(response: ServerResponse, text: string): void {
    if (!readers.has(response)) return
    if (response.writableLength + Buffer.byteLength(text) > MAX_BUFFERED_BYTES) drop(response)
    else response.write(text)
  }

  /** What a returning reader missed, and a word before it where some of that is gone. */
  function missed(lastEventId: string): string {
    const [, of, number] = /^([\w]{1,32})-(\d{1,15})$/.exec(lastEventId) ?? []
    const known = of === run ? Number(number) : 0
    const events = recorder.after(known, RING)
    const from = events[0]?.id ?? recorder.newest() + 1
    const whole = of === run && from <= known + 1
    const gap = { code: 'api-events-gap', from, why: 'events before this one are not kept any more' }
    return (whole ? '' : frame('gap', gap)) + events.map(textOf).join('')
  }

  function beat(): void {
    for (const response of readers) send(response, ': still here\n\n')
    cancelBeat = clock.at(clock.now() + HEARTBEAT_MS, beat)
  }

  const unlisten = recorder.listen((noted) => {
    if (readers.size === 0) return
    const text = textOf(noted)
    for (const response of readers) send(response, text)
  })

  return {
    serve(response, headers, lastEventId) {
      if (readers.size >= READERS_MAX)
        throw new Fault('api-busy', `there are ${READERS_MAX} readers of events already: try again later`)
      response.writeHead(200, { ...headers, 'content-type': 'text/event-stream', connection: 'keep-alive' })
      readers.add(response)
      response.once('close', () => readers.delete(response))
      response.on('error', () => readers.delete(response))
      if (!cancelBeat) beat()
      // At once, so that the reader knows that it is heard; the ring goes past the limit that is for slow readers.
      response.write(`retry: 2000\n\n${lastEventId === undefined ? '' : missed(lastEventId)}`)
    },
    readers: () => readers.size,
    dropped: () => dropped,
    stop() {
      unlisten()
      cancelBeat?.()
      for (const response of readers) response.end()
      readers.clear()
    },
  }
}

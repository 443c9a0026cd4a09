// Live events: what a reader gets, what one that comes back gets, and what becomes of one that does not read.
import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { RING, createRecorder } from '../../src/api/recorder.ts'
import { MAX_BUFFERED_BYTES, READERS_MAX, createEventStream } from '../../src/api/stream.ts'
import { systemClock } from '../../src/system.ts'
import { ask, startApi } from '../support/api.ts'
import type { RunningApi } from '../support/api.ts'
import { until } from '../support/p2p.ts'

interface Frame {
  readonly event: string
  readonly id: string | undefined
  readonly data: { readonly id?: number; readonly code?: string; readonly from?: number; readonly event?: unknown }
}

const frameOf = (text: string): Frame | undefined => {
  const field = (name: string): string | undefined => new RegExp(`^${name}: (.*)$`, 'm').exec(text)?.[1]
  const event = field('event')
  if (event === undefined) return undefined
  return { event, id: field('id'), data: JSON.parse(field('data') ?? '{}') as Frame['data'] }
}

interface Reader {
  readonly response: IncomingMessage
  readonly frames: () => readonly Frame[]
  readonly close: () => void
}

/** Connected when it resolves. */
const read = async (url: string, lastEventId?: string): Promise<Reader> => {
  const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId }
  const sent = request(`${url}/v1/events`, { agent: false, headers })
  sent.on('error', () => undefined)
  sent.end()
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  let text = ''
  response.on('error', () => undefined)
  response.on('data', (chunk: Buffer) => (text += chunk.toString()))
  await until(
    () => text.includes('retry:'),
    () => 'no first line',
  )
  const frames = () => text.split('\n\n').flatMap((part) => frameOf(part) ?? [])
  return { response, frames, close: () => response.destroy() }
}

const sealed = (period: number) => ({ type: 'sealed', period }) as const
const numbers = (reader: Reader) => reader.frames().map(({ data }) => data.id)
const arrived = (reader: Reader, count: number) =>
  until(
    () => reader.frames().length >= count,
    () => `${reader.frames().length} of ${count} frames`,
  )

const stream = suite('api: live events')
let open: RunningApi
stream.before.each(async () => {
  open = await startApi()
})
stream.after.each(() => open.stop())

stream('a reader gets what happens from now on, named by its type', async () => {
  open.api.note(sealed(1))
  const reader = await read(open.url)
  open.api.note(sealed(2))
  open.api.note({ type: 'posted', period: 2, root: '0xaa', tx: undefined, gasUsed: 7n, ours: false })
  await arrived(reader, 2)
  assert.equal(numbers(reader), [2, 3])
  assert.equal(
    reader.frames().map(({ event }) => event),
    ['sealed', 'posted'],
  )
  assert.equal(reader.frames()[1]?.data.event, { type: 'posted', period: 2, root: '0xaa', gasUsed: '7', ours: false })
  reader.close()
})

stream('one that comes back gets what it missed, once and in order', async () => {
  const first = await read(open.url)
  open.api.note(sealed(1))
  await arrived(first, 1)
  first.close()
  open.api.note(sealed(2))
  open.api.note(sealed(3))
  const again = await read(open.url, first.frames()[0]?.id)
  open.api.note(sealed(4))
  await arrived(again, 3)
  assert.equal(numbers(again), [2, 3, 4])
  again.close()
})

stream('what is not kept any more, or is of another run, is a gap that says so', async () => {
  const first = await read(open.url)
  open.api.note(sealed(0))
  await arrived(first, 1)
  const id = first.frames()[0]?.id ?? ''
  first.close()
  for (let period = 1; period <= RING + 5; period++) open.api.note(sealed(period))
  for (const lastEventId of [id, '0badcafe-3', 'nonsense', '']) {
    const again = await read(open.url, lastEventId)
    await arrived(again, RING + 1)
    const [gap, next] = again.frames()
    assert.is(gap?.data.code, 'api-events-gap')
    assert.is(gap?.data.from, next?.data.id)
    assert.is(again.frames().length, RING + 1)
    again.close()
  }
})

stream('one reader more than the limit is told to come later', async () => {
  const readers = await Promise.all(Array.from({ length: READERS_MAX }, () => read(open.url)))
  const said = await ask(`${open.url}/v1/events`)
  assert.is(said.status, 503)
  assert.match(said.text, '"code":"api-busy"')
  readers[0]?.close()
  await until(
    async () => /^stkr_api_readers (\d+)$/m.exec((await ask(`${open.url}/metrics`)).text)?.[1] === `${READERS_MAX - 1}`,
    () => 'the reader is still counted',
  )
  const next = await read(open.url)
  for (const reader of [...readers, next]) reader.close()
})

stream('stopping ends every reader', async () => {
  const reader = await read(open.url)
  const ended = once(reader.response, 'end')
  await open.stop()
  await ended
})

stream.run()

const slow = suite('api: slow readers')

/** A response whose other end never reads. */
async function unread(): Promise<{ response: ServerResponse; stop: () => Promise<void> }> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const sent = request({ port, host: '127.0.0.1', agent: false })
  sent.on('error', () => undefined)
  sent.end()
  const [, response] = (await once(server, 'request')) as [IncomingMessage, ServerResponse]
  const stop = async (): Promise<void> => {
    sent.destroy()
    response.destroy()
    server.close()
    await once(server, 'close')
  }
  return { response, stop }
}

slow('one that does not read costs a bounded buffer, then is dropped with a code', async () => {
  const recorder = createRecorder(systemClock)
  const events = createEventStream({ recorder, clock: systemClock, run: 'test' })
  const { response, stop } = await unread()
  const written: string[] = []
  const end = response.end.bind(response)
  response.end = ((text: string) => {
    written.push(text)
    return end(text)
  }) as typeof response.end
  events.serve(response, {}, undefined)
  const detail = 'x'.repeat(10_000)
  let most = 0
  for (let job = 0; events.dropped() === 0; job++) {
    assert.ok(job < 10_000, 'it was never dropped')
    recorder.note({ type: 'bid-declined', job, code: 'no-bid-price', detail })
    most = Math.max(most, response.writableLength)
  }
  assert.ok(most <= MAX_BUFFERED_BYTES + 1024, `${most} bytes were kept`)
  assert.is(events.readers(), 0)
  assert.match(written[0] ?? '', '"code":"api-slow-reader"')
  events.stop()
  await stop()
})

slow.run()

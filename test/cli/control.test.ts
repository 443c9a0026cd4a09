// The control socket: one question, one answer, nothing for anybody who breaks the rules.

import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { askStatus, serveControl } from '../../src/cli/control.ts'
import { codeOf } from '../../src/core/errors.ts'

const control = suite('control socket')
const folder = mkdtempSync(join(tmpdir(), 'stkr-control-'))
const path = join(folder, 'control.sock')
control.after(() => {
  rmSync(folder, { recursive: true })
})

/** Answers to everything with the same. */
const answering = (status: () => unknown) => ({ status, peers: async () => [], dialback: async () => [] })

const codeFrom = async (promise: Promise<unknown>): Promise<string> => {
  try {
    await promise
    return 'none'
  } catch (error) {
    return codeOf(error)
  }
}

/** Sends `text` as it is and gives back whatever comes until the other side closes. */
async function raw(text: string): Promise<string> {
  const socket = connect(path)
  let said = ''
  socket.on('error', () => undefined)
  socket.on('data', (chunk: Buffer) => (said += chunk.toString()))
  socket.write(text)
  await once(socket, 'close')
  return said
}

control('the status comes as it is, for the owner alone', async () => {
  const server = await serveControl(
    path,
    answering(() => ({ period: 7, stake: 5n, key: new Uint8Array([1, 255]) })),
  )
  assert.equal(await askStatus(path), { period: 7, stake: '5', key: '0x01ff' })
  assert.equal(await askStatus(path), { period: 7, stake: '5', key: '0x01ff' })
  assert.is(statSync(path).mode & 0o777, 0o600)
  await server.close()
  assert.is(await codeFrom(askStatus(path)), 'not-running')
})

control('a left-over socket file is replaced, a living one is respected', async () => {
  writeFileSync(path, '')
  const server = await serveControl(
    path,
    answering(() => 1),
  )
  assert.is(
    await codeFrom(
      serveControl(
        path,
        answering(() => 2),
      ),
    ),
    'already-running',
  )
  assert.is(await askStatus(path), 1)
  await server.close()
})

control('other questions get a code, endless ones nothing', async () => {
  const server = await serveControl(
    path,
    answering(() => 1),
  )
  assert.is(await raw('{"ask":"keys"}\n'), '{"ok":false,"code":"unknown-question"}\n')
  assert.is(await raw('x'.repeat(10_000)), '')
  assert.is(await askStatus(path), 1)
  await server.close()
})

control('a path too long for a socket is refused before the system cuts it', async () => {
  assert.is(
    await codeFrom(
      serveControl(
        `/${'x'.repeat(120)}`,
        answering(() => 1),
      ),
    ),
    'control-path',
  )
})

const answers = [
  ['nonsense\n', 'control-garbled'],
  ['{"ok":true}\n', 'control-garbled'],
  ['', 'control-closed'],
  ['x'.repeat(2 * 1024 * 1024), 'control-oversized'],
] as const
for (const [text, code] of answers)
  control(`an answer of ${JSON.stringify(text.slice(0, 12))} is ${code}`, async () => {
    const other = join(folder, 'other.sock')
    const server = createServer((socket) => {
      socket.on('error', () => undefined)
      socket.resume().end(text)
    })
    server.listen(other)
    await once(server, 'listening')
    assert.is(await codeFrom(askStatus(other)), code)
    server.close()
    await once(server, 'close')
  })

control.run()

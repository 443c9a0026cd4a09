// How `stkr status` and others reach the running sidecar: one question and one answer, a JSON line each, over a unix domain socket
// in the data directory that only its owner may open. Bounded in size, time and number of callers. It asks, it never
// commands: nothing can be changed through it.

import { chmodSync, rmSync } from 'node:fs'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { Socket } from 'node:net'
import { Fault } from '../core/errors.ts'
import { toJson } from './outcome.ts'

const QUESTION_MAX_BYTES = 256
const ANSWER_MAX_BYTES = 1024 * 1024
/** Dialling back takes peers up to 10 s. */
const LIMIT_MS = 15_000
const CALLERS_MAX = 8
const OWNER_ONLY = 0o600
/** sockaddr_un holds 108 bytes on Linux, 104 on macOS, the closing zero included. */
const PATH_MAX_BYTES = 103

/** Everything up to the first newline, with the socket left open for the other direction. */
function firstLine(socket: Socket, maxBytes: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    socket.setEncoding('utf8')
    socket.setTimeout(LIMIT_MS, () => {
      reject(new Fault('control-timeout', `the control socket was silent for ${LIMIT_MS / 1000} s`))
    })
    socket.on('error', reject)
    socket.once('end', () => {
      reject(new Fault('control-closed', 'the control socket closed before a whole line came'))
    })
    socket.on('data', (chunk: string) => {
      text += chunk
      const end = text.indexOf('\n')
      if (end >= 0) resolve(text.slice(0, end))
      else if (text.length > maxBytes)
        reject(new Fault('control-oversized', `more than ${maxBytes} characters on the control socket`))
    })
  })
}

/** What may be asked, and who answers. */
export interface Answers {
  status(): unknown
  /** Whom we are connected to. */
  peers(): Promise<unknown>
  /** What peers find that dial us. */
  dialback(): Promise<unknown>
}
export type Question = keyof Answers

const questionOf = (what: Question): string => toJson({ ask: what })
const QUESTIONS = new Map<string, Question>(
  (['status', 'peers', 'dialback'] as const).map((what) => [questionOf(what), what]),
)

async function answer(socket: Socket, answers: Answers): Promise<void> {
  try {
    const question = await firstLine(socket, QUESTION_MAX_BYTES)
    const what = QUESTIONS.get(question)
    const said = what ? { ok: true, status: await answers[what]() } : { ok: false, code: 'unknown-question' }
    socket.end(`${toJson(said)}\n`)
  } catch {
    socket.destroy() // slow, oversized or gone: a local caller that breaks the rules is owed nothing
  }
}

const isListening = async (path: string): Promise<boolean> => {
  const socket = connect(path)
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

export interface ControlServer {
  close(): Promise<void>
}

/**
 * Answers status questions at `path` until closed. A socket file that nobody listens on is left over and replaced.
 * Faults: `already-running`, `control-path`.
 */
export async function serveControl(path: string, answers: Answers): Promise<ControlServer> {
  if (Buffer.byteLength(path) > PATH_MAX_BYTES)
    throw new Fault('control-path', `${path} is too long for a socket: choose a data directory with a shorter path`)
  if (await isListening(path))
    throw new Fault('already-running', `a sidecar already runs on this data directory: it answers at ${path}`)
  rmSync(path, { force: true })
  // The other direction stays open after the caller's end, which comes right after its question.
  const server = createServer({ allowHalfOpen: true }, (socket) => void answer(socket, answers))
  server.maxConnections = CALLERS_MAX
  server.listen(path)
  await once(server, 'listening')
  chmodSync(path, OWNER_ONLY)
  return {
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      await closed
    },
  }
}

/** Asks the sidecar at `path`; the answer is unchecked. Faults: `not-running`, `control-…`. */
export async function askControl(path: string, what: Question): Promise<unknown> {
  const socket = connect(path)
  try {
    await once(socket, 'connect')
  } catch (cause) {
    throw new Fault('not-running', `no sidecar answers at ${path}: start it with stkr run, or give its --data-dir`, {
      cause,
    })
  }
  try {
    socket.write(`${questionOf(what)}\n`)
    return parseAnswer(await firstLine(socket, ANSWER_MAX_BYTES))
  } finally {
    socket.destroy()
  }
}

function parseAnswer(line: string): unknown {
  let said: unknown
  try {
    said = JSON.parse(line)
  } catch (cause) {
    throw new Fault('control-garbled', 'the sidecar answered with something that is not JSON', { cause })
  }
  if (typeof said !== 'object' || said === null || !('status' in said))
    throw new Fault('control-garbled', 'the sidecar answered without a status: is it another version?')
  return said.status
}

/** Asks for the status. Faults as above. */
export const askStatus = (path: string): Promise<unknown> => askControl(path, 'status')

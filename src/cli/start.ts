// A command line as a whole process: signals become one AbortSignal, the command's code becomes the exit code. Promises
// that a second Ctrl-C ends it at once and that output already written still goes out. Parsing is program.ts's.

import { createInterface } from 'node:readline/promises'
import { reportCrashes } from './crash.ts'
import { leave } from './leave.ts'
import { EXIT } from './outcome.ts'
import type { Terminal } from './outcome.ts'
import { runCommandLine } from './program.ts'
import { createPrompts } from './prompts.ts'

/** Two signals within this time are one. */
const ECHO_MS = 500

/** Undefined unless a person sits at both ends. */
function askAt(signal: AbortSignal): Terminal['ask'] {
  if (!process.stdin.isTTY || !process.stdout.isTTY) return undefined
  return async (question) => {
    // Not readline's own terminal: that one would swallow Ctrl-C.
    const lines = createInterface({ input: process.stdin, output: process.stdout, terminal: false })
    // The end of input is no answer.
    const ended = new Promise<string>((resolve) => lines.once('close', () => resolve('')))
    try {
      return await Promise.race([lines.question(question, { signal }), ended])
    } finally {
      lines.close()
    }
  }
}

/** Runs `argv` and ends this process. */
export async function startCommandLine(argv: readonly string[]): Promise<void> {
  const stopping = new AbortController()
  let firstAt = 0
  const onSignal = (): void => {
    if (!stopping.signal.aborted) firstAt = Date.now()
    // The second Ctrl-C is for whoever does not want to wait for a clean end; npm passes one on twice at once.
    else if (Date.now() - firstAt > ECHO_MS) leave(EXIT.interrupted)
    stopping.abort()
  }
  reportCrashes()
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  const code = await runCommandLine(argv, {
    out: (line) => void process.stdout.write(`${line}\n`),
    err: (line) => void process.stderr.write(`${line}\n`),
    ask: askAt(stopping.signal),
    signal: stopping.signal,
    ...(process.stdin.isTTY && process.stderr.isTTY && { prompts: createPrompts(stopping.signal) }),
  })
  // A handle somebody forgot must not keep a finished command alive; output to a pipe is asynchronous and goes first.
  process.stdout.write('', () => leave(code))
}

#!/usr/bin/env node
// The command line's first breath: caches compiled code for the next start, turns signals into one AbortSignal, leaves
// with the code the command gives. Everything else, commands included, is loaded only when it is needed.

import { enableCompileCache } from 'node:module'

enableCompileCache()

const stopping = new AbortController()
const onSignal = (): void => {
  // The second Ctrl-C is for whoever does not want to wait for a clean end.
  if (stopping.signal.aborted) process.exit(130)
  stopping.abort()
}
process.on('SIGINT', onSignal)
process.on('SIGTERM', onSignal)

const { runCommandLine } = await import('./cli/program.ts')
const code = await runCommandLine(process.argv.slice(2), {
  out: (line) => void process.stdout.write(`${line}\n`),
  err: (line) => void process.stderr.write(`${line}\n`),
  signal: stopping.signal,
})
// A handle somebody forgot must not keep a finished command alive; output to a pipe is asynchronous and goes first.
process.stdout.write('', () => process.exit(code))

// Process entry: `node keeper.ts <binary> [args…]`. Runs one native program for as long as the process that forked this
// one lives. Native programs do not watch their parents, so a devnet that dies would leave them behind; this does not.
// Output passes through; signals and the exit code are passed on, and the message `kill` is SIGKILL for the program. It
// restarts nothing.

import { spawn } from 'node:child_process'

const GRACE_MS = 2_000

const [binary, ...args] = process.argv.slice(2)
if (binary === undefined || !process.connected) {
  process.stderr.write('keeper: needs a program to run and a parent to watch\n')
  process.exit(2)
}

const child = spawn(binary, args, { stdio: ['ignore', 'inherit', 'inherit'] })

const stop = (): void => {
  child.kill('SIGTERM')
  setTimeout(() => child.kill('SIGKILL'), GRACE_MS).unref()
}

process.once('disconnect', stop)
process.on('message', (message) => {
  if (message === 'kill') child.kill('SIGKILL')
})
// Every time: without a listener the second would end this process and leave the program behind.
process.on('SIGTERM', stop)
process.on('SIGINT', stop)
child.once('error', (error) => {
  process.stderr.write(`keeper: ${error.message}\n`)
  process.exit(1)
})
child.once('exit', (code) => {
  process.exit(code ?? 1)
})

#!/usr/bin/env node
// The command line of docker or podman, for tests: containers of a folder ($CONTAINERS), each a file <name>.json with the
// command that runs in it. It knows inspect, start, stop and logs as far as the sidecar uses them, with their exit codes.
import { spawn } from 'node:child_process'
import { existsSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

interface Container {
  command: [string, ...string[]]
  pid: number
  startedAt: string
}

const [verb = '', ...rest] = process.argv.slice(2)
const name = rest.at(-1) ?? ''
const file = join(process.env['CONTAINERS'] ?? '', `${name}.json`)
const out = `${file}.log`
if (!existsSync(file)) {
  process.stderr.write(`Error response from daemon: No such container: ${name}\n`)
  process.exit(1)
}
const container = JSON.parse(readFileSync(file, 'utf8')) as Container
const save = (): void => writeFileSync(file, JSON.stringify(container))

const isRunning = (): boolean => {
  try {
    return container.pid > 0 && !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${container.pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 10))

const verbs: Readonly<Record<string, () => void | Promise<void>>> = {
  inspect: () => {
    const Running = isRunning()
    const state = { Status: Running ? 'running' : 'exited', Running, Pid: Running ? container.pid : 0 }
    process.stdout.write(
      `${JSON.stringify({ ...state, ExitCode: Running ? 0 : 137, StartedAt: container.startedAt })}\n`,
    )
  },
  start: () => {
    if (!isRunning()) {
      const [program, ...args] = container.command
      const log = openSync(out, 'a')
      const child = spawn(program, args, { detached: true, stdio: ['ignore', log, log] })
      container.pid = child.pid ?? 0
      container.startedAt = new Date().toISOString()
      child.unref()
      save()
    }
    process.stdout.write(`${name}\n`)
  },
  stop: async () => {
    if (isRunning()) process.kill(container.pid, 'SIGTERM')
    while (isRunning()) await pause()
    process.stdout.write(`${name}\n`)
  },
  logs: async () => {
    let shown = 0
    for (;;) {
      const text = existsSync(out) ? readFileSync(out, 'utf8') : ''
      process.stdout.write(text.slice(shown))
      shown = text.length
      if (!isRunning()) return
      await pause()
    }
  },
}
const act = verbs[verb]
if (!act) {
  process.stderr.write(`unknown command: ${verb}\n`)
  process.exit(125)
}
await act()

// What one idle sidecar takes: resident memory, processor, time from its start to its first beacon, each against a bare libp2p
// host with the same transports and gossipsub in a process of its own. The sidecar is the built one, as it is installed, at
// the pace of the open internet. It observes a local network at drand's own pace; it probes nobody, as between the
// phases of a period.

import { execFileSync, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startDevnet } from '../src/devnet/devnet.ts'
import type { SidecarMessage } from '../src/devnet/parent.ts'
import { silentLog, systemClock } from '../src/system.ts'
import type { Measurement } from './bench.ts'

const ROOT = join(import.meta.dirname, '..')
const MAIN = join(ROOT, 'dist/bundle/main.js')
const SETTLE_MS = 20_000
const WATCH_MS = 20_000
const LIMIT_MS = 120_000
/** Clock ticks a second in /proc: 100 on every Linux. */
const TICKS = 100
/** Of drand's quicknet. */
const DRAND_SECONDS = 3

interface Idle {
  readonly startSeconds: number
  readonly megabytes: number
  /** Percent of one core. */
  readonly cpu: number
}

const residentMegabytes = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024

/** User and system time of all its threads, in seconds. */
function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS
}

async function watchIdle(child: ChildProcess, startedAt: number, ready: () => Promise<boolean>): Promise<Idle> {
  const pid = child.pid ?? 0
  try {
    while (!(await ready())) {
      if (child.exitCode !== null) throw new Error(`bench: a process ended with ${child.exitCode} before it was ready`)
      if (performance.now() - startedAt > LIMIT_MS) throw new Error('bench: a process was not ready in time')
      await sleep(10)
    }
    const startSeconds = (performance.now() - startedAt) / 1000
    await sleep(SETTLE_MS)
    const [cpu, at] = [cpuSeconds(pid), performance.now()]
    await sleep(WATCH_MS)
    const spent = (cpuSeconds(pid) - cpu) / ((performance.now() - at) / 1000)
    return { startSeconds, megabytes: residentMegabytes(pid), cpu: spent * 100 }
  } finally {
    child.kill('SIGTERM')
    if (child.exitCode === null) await once(child, 'exit')
  }
}

const BARE = `
import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { gossipsub } from '@libp2p/gossipsub'
import { identify } from '@libp2p/identify'
import { tcp } from '@libp2p/tcp'
import { createLibp2p } from 'libp2p'
await createLibp2p({
  addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
  transports: [tcp()],
  streamMuxers: [yamux()],
  connectionEncrypters: [noise()],
  services: { identify: identify(), pubsub: gossipsub() },
})
console.log('ready')
`

async function bare(): Promise<Idle> {
  const startedAt = performance.now()
  const child = spawn(process.execPath, ['--input-type=module', '--eval', BARE], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let ready = false
  child.stdout.on('data', () => {
    ready = true
  })
  return watchIdle(child, startedAt, () => Promise.resolve(ready))
}

async function ours(): Promise<Idle> {
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: ROOT, stdio: 'inherit' })
  const devnet = await startDevnet(
    { nodes: 4, faults: [], roundSeconds: DRAND_SECONDS, stallMs: LIMIT_MS, keep: false },
    {
      clock: systemClock,
      log: silentLog,
      random: () => 0,
      onReport: () => undefined,
      signal: new AbortController().signal,
    },
  )
  try {
    const dataDir = `${devnet.door.folder}-idle`
    cpSync(devnet.door.folder, dataDir, { recursive: true })
    chmodSync(dataDir, 0o700)
    const init = spawn(process.execPath, [MAIN, 'init', '--data-dir', dataDir], { stdio: 'ignore' })
    await once(init, 'exit')
    const startedAt = performance.now()
    const args = ['run', '--data-dir', dataDir, '--api-listen', '127.0.0.1:0', '--log-level', 'silent']
    const child = spawn(process.execPath, [MAIN, ...args], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      serialization: 'advanced',
      // The configuration of the door says that everybody shares this machine, and then asks the chain five times a second.
      // As deploy/systemd/stkr.service and the image do.
      env: { ...process.env, STKR_LOCAL: 'false', MALLOC_TRIM_THRESHOLD_: '65536', MALLOC_ARENA_MAX: '1' },
    })
    let ready = false
    child.on('message', (message: SidecarMessage) => {
      // Told twice a second, so the figure is up to half a second too much.
      if (message.type === 'status') ready ||= message.status.beacon !== undefined
    })
    return await watchIdle(child, startedAt, () => Promise.resolve(ready))
  } finally {
    await devnet.stop()
  }
}

/** Goals on an idle machine: below 120 MB, 2 % of a core, 3 seconds. */
export async function benchIdle(): Promise<readonly Measurement[]> {
  const [host, sidecar] = [await bare(), await ours()]
  const row = (name: string, unit: string, pick: (idle: Idle) => number): Measurement => ({
    name: `${name}, against a bare libp2p host`,
    ours: pick(sidecar),
    bare: pick(host),
    ratio: pick(sidecar) / pick(host),
    unit,
  })
  return [
    row('idle sidecar, resident memory', 'MB', ({ megabytes }) => megabytes),
    row('idle sidecar, processor', '%', ({ cpu }) => cpu),
    row('start to the first beacon', 's', ({ startSeconds }) => startSeconds),
  ]
}

// The sidecars of a local network, each a `stkr run` process with its own data directory and its own view of a node.
// Promises that they start with the configuration a person would give them, and that a killed one comes back with what
// it had on disk. What they report is passed on as it comes.

import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import { ed25519 } from '@noble/curves/ed25519.js'
import { configFileOf } from '../config/file.ts'
import { configText } from '../config/schema.ts'
import { Fault } from '../core/errors.ts'
import type { Hex } from '../core/types.ts'
import { createKeys } from '../keys/keyring.ts'
import type { SecretKeys } from '../keys/secrets.ts'
import { peerIdOf } from '../p2p/peers.ts'
import type { LoadedMessage, SidecarMessage } from './parent.ts'
import { describeEnding, entryBeside } from './processes.ts'
import type { Ending, Processes, Running } from './processes.ts'

/** What a node is before it runs. */
export interface NodePlan {
  /** Sidecar id, from 1. */
  readonly id: number
  readonly dataDir: string
  readonly keys: SecretKeys
  /** Its own multiaddr, with its peer id. */
  readonly address: string
}

export interface NodeEvents {
  onMessage(id: number, message: SidecarMessage): void
  onEnd(id: number, ending: Ending): void
}

export interface Nodes {
  /** Starts all processes and resolves when they have loaded their code. Fault `process-ended`. */
  load(onLoaded: (count: number) => void): Promise<void>
  /** Writes every node's configuration and lets it run. */
  go(settings: NetworkSettings): void
  /** Of its process now. */
  pid(id: number): number
  /** SIGKILL. */
  kill(id: number): Promise<void>
  /** Started again from the same data directory. */
  revive(id: number): Promise<void>
}

const ENTRY = entryBeside('../cli/preloaded', import.meta.url)
/** Whom node i dials first, as offsets below it: no hubs, and connected whichever of them is slow. */
const DIALS = [1, 3, 7]

/** A port that was free a moment ago; all are held together so that no two are the same. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => {
    const address = server.address()
    return typeof address === 'object' && address ? address.port : 0
  })
  await Promise.all(
    servers.map(async (server) => {
      server.close()
      await once(server, 'close')
    }),
  )
  return ports
}

/** Data directories with keys, and addresses, for `count` nodes under `folder`. */
export async function planNodes(folder: string, count: number): Promise<readonly NodePlan[]> {
  const ports = await freePorts(count)
  return ports.map((port, i) => {
    const dataDir = join(folder, `node${i + 1}`)
    mkdirSync(dataDir, { mode: 0o700 })
    const keys = createKeys(join(dataDir, 'keys.json'))
    const peerId = peerIdOf(ed25519.getPublicKey(keys.peer)).toString()
    return { id: i + 1, dataDir, keys, address: `/ip4/127.0.0.1/tcp/${port}/p2p/${peerId}` }
  })
}

export interface NetworkSettings {
  readonly rpcUrl: string
  readonly ledger: Hex
  readonly drandRelay: string
  /** JSON-RPC endpoint of each node's blockchain node, in order of id. */
  readonly workloadUrls: readonly string[]
  /** Whether every node serves its API, on a free loopback port. */
  readonly apis: boolean
  /** Behaviours of a node, as its `fault` knob takes them. */
  readonly behaviours: (id: number) => readonly string[]
  /** What a node's configuration says of auctions, by id; nothing where there is no market. */
  readonly auctions: (id: number) => Readonly<Record<string, unknown>>
}

/** What `stkr init` would write for this node. */
function writeConfig(plan: NodePlan, plans: readonly NodePlan[], settings: NetworkSettings): void {
  const config = {
    rpcUrls: [settings.rpcUrl],
    ledger: settings.ledger,
    drandRelays: [settings.drandRelay],
    listen: [plan.address.replace(/\/p2p\/.*$/, '')],
    bootstrap: DIALS.flatMap((offset) => plans[plan.id - 1 - offset]?.address ?? []),
    workloadUrl: settings.workloadUrls[plan.id - 1],
    logLevel: 'debug',
    logFile: join(plan.dataDir, 'log'),
    apiListen: settings.apis ? '127.0.0.1:0' : '',
    local: true,
    fault: settings.behaviours(plan.id),
    ...settings.auctions(plan.id),
  }
  writeFileSync(configFileOf(plan.dataDir), configText(config), { mode: 0o600 })
}

type Message = SidecarMessage | LoadedMessage

/** One process: `loaded` when its code is there; it idles until it is told to go. */
function startProcess(id: number, { processes, events }: NodeDeps): { process: Running; loaded: Promise<void> } {
  const loaded = Promise.withResolvers<undefined>()
  const process = processes.start({
    name: `node${id}`,
    entry: ENTRY,
    args: [],
    onMessage: (raw) => {
      // Our own process on our own channel: it says nothing else.
      const message = raw as Message
      if (message.type === 'loaded') loaded.resolve(undefined)
      else events.onMessage(id, message)
    },
  })
  void process.ended.then((ending) => {
    loaded.reject(new Fault('process-ended', `node ${id} ended while it loaded: ${describeEnding(ending)}`))
    events.onEnd(id, ending)
  })
  return { process, loaded: loaded.promise }
}

interface NodeDeps {
  readonly processes: Processes
  readonly events: NodeEvents
}

export function createNodes(plans: readonly NodePlan[], deps: NodeDeps): Nodes {
  const running = new Map<number, Running>()

  const load = async ({ id }: NodePlan): Promise<void> => {
    const { process, loaded } = startProcess(id, deps)
    running.set(id, process)
    await loaded
  }
  const go = ({ id, dataDir }: NodePlan): void => {
    running.get(id)?.send(['run', '--data-dir', dataDir])
  }

  return {
    load: async (onLoaded) => {
      let count = 0
      const one = async (plan: NodePlan): Promise<void> => {
        await load(plan)
        onLoaded(++count)
      }
      await Promise.all(plans.map(one))
    },
    go: (settings) => {
      for (const plan of plans) writeConfig(plan, plans, settings)
      plans.forEach(go)
    },
    pid: (id) => running.get(id)?.pid ?? 0,
    kill: async (id) => running.get(id)?.kill(),
    revive: async (id) => {
      const plan = plans[id - 1]
      if (!plan) throw new Error(`bug: there is no node ${id}`)
      await load(plan)
      go(plan)
    },
  }
}

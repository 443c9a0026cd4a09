// Process entry of the local drand chain: `node src/beacon/main-local.ts '<JSON options>'`.
// Promises: one JSON line on standard output once it listens, nothing else there; the same seed and genesis continue
// the same chain after a restart; it ends on SIGTERM, SIGINT or when the process that forked it is gone.
// For a network on one machine: the seed stands in its arguments.
import { hexToBytes } from '@noble/hashes/utils.js'
import { createLocalChain } from './local-chain.ts'
import type { LocalChainOptions } from './local-chain.ts'
import { serveBeacons } from './server.ts'

/** What the line on standard output says. */
export interface LocalChainReady {
  readonly listening: string
  readonly port: number
  readonly hash: string
  readonly publicKey: string
  readonly genesisTime: number
  readonly periodSeconds: number
}

interface ProcessOptions extends LocalChainOptions {
  readonly host: string
  readonly port: number
}

const USAGE = `usage: main-local.ts '{"seed":"<64+ hex digits>","genesis":<unix seconds>,"period":1,"threshold":3,"members":5,"beaconId":"local","host":"127.0.0.1","port":0}'`

/** Defaults for everything but the seed and genesis, without which no two starts would serve the same chain. */
const DEFAULTS = { period: 1, threshold: 3, members: 5, beaconId: 'local', host: '127.0.0.1', port: 0 }

/** @throws SyntaxError or TypeError for anything but the object of USAGE; createLocalChain checks the bounds. */
export const parseOptions = (argument: string): ProcessOptions => {
  const given: unknown = JSON.parse(argument)
  if (typeof given !== 'object' || given === null) throw new TypeError('the options are not a JSON object')
  const options: Record<string, unknown> = { ...DEFAULTS, ...given }
  const number = (name: string): number => {
    const value = options[name]
    if (typeof value !== 'number') throw new TypeError(`${name} is not a number`)
    return value
  }
  const text = (name: string): string => {
    const value = options[name]
    if (typeof value !== 'string') throw new TypeError(`${name} is not a string`)
    return value
  }
  const known = new Set(['seed', 'genesis', ...Object.keys(DEFAULTS)])
  const unknown = Object.keys(options).find((name) => !known.has(name))
  if (unknown !== undefined) throw new TypeError(`${unknown} is no option`)
  return {
    seed: hexToBytes(text('seed')),
    genesis: number('genesis'),
    period: number('period'),
    threshold: number('threshold'),
    members: number('members'),
    beaconId: text('beaconId'),
    host: text('host'),
    port: number('port'),
  }
}

const run = async (argument: string | undefined): Promise<void> => {
  if (argument === undefined) throw new TypeError('no options')
  const options = parseOptions(argument)
  const chain = await createLocalChain(options)
  const server = await serveBeacons(options, { chain, now: Date.now })
  let stopping = false
  const stop = (): void => {
    if (stopping) return
    stopping = true
    if (process.connected) process.disconnect()
    void server.close()
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
  process.once('disconnect', stop)
  const { hash, public_key: publicKey, genesis_time: genesisTime, period: periodSeconds } = chain.info
  const ready: LocalChainReady = {
    listening: server.url,
    port: server.port,
    hash,
    publicKey,
    genesisTime,
    periodSeconds,
  }
  process.stdout.write(`${JSON.stringify(ready)}\n`)
}

if (import.meta.main) {
  run(process.argv[2]).catch((error: unknown) => {
    process.stderr.write(`local drand chain: ${error instanceof Error ? error.message : String(error)}\n${USAGE}\n`)
    process.exitCode = 1
  })
}

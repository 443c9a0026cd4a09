// Any other process or service beside the sidecar, with a health probe its operator declares: an HTTP path with the status
// and the JSON field it must answer with, or a command that must exit with 0. What auditors compare is the hash of the
// health answer, so two sidecars can audit each other when they declare the same. It says nothing of what the service is for.

import { spawn } from 'node:child_process'
import { keccak256, taggedHash, utf8ToBytes, ZERO_32 } from '../core/bytes.ts'
import { Fault } from '../core/errors.ts'
import type { Workload } from '../core/ports.ts'
import { shared } from './answers.ts'
import { createHttp, errorStatus, garbled, jsonOf } from './http.ts'

export type HealthProbe =
  | {
      readonly type: 'http'
      readonly path: string
      readonly status: number
      /** Names from the root of the JSON answer, with dots; undefined: the status alone counts. */
      readonly field: string | undefined
    }
  | { readonly type: 'command'; readonly command: readonly [file: string, ...args: string[]] }

export interface GenericOptions {
  readonly probe: HealthProbe
  readonly url: string
  readonly timeoutMs: number
  /** All that a health command sees of the environment. */
  readonly env: Readonly<Record<string, string>>
}

/** What was declared, as one hash: equal for two sidecars that may compare answers. Never the address. */
export function declarationOf(probe: HealthProbe): Uint8Array {
  const parts = probe.type === 'http' ? [probe.path, probe.status, probe.field ?? null] : probe.command
  return taggedHash('stkr.health', keccak256(utf8ToBytes(JSON.stringify([probe.type, ...parts]))))
}

/** The value of a field, or undefined. Own properties alone. */
function fieldOf(value: unknown, field: string): unknown {
  return field
    .split('.')
    .reduce<unknown>(
      (at, name) =>
        typeof at === 'object' && at !== null && Object.hasOwn(at, name)
          ? (at as Record<string, unknown>)[name]
          : undefined,
      value,
    )
}

/** Text, number, truth value or null, as JSON: anything larger has no one form to hash. */
function plainText(value: unknown, what: string): string {
  if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) return JSON.stringify(value)
  throw garbled(what, 'without the declared field, or the field is no plain value')
}

/** Exit code 0 in time, or a Fault. Nothing of the command's group outlives the answer. */
function runCommand(
  [file, ...args]: readonly [string, ...string[]],
  { timeoutMs, env }: Pick<GenericOptions, 'timeoutMs' | 'env'>,
  signal: AbortSignal,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>()
  if (signal.aborted) return Promise.reject(signal.reason as Error)
  const child = spawn(file, args, { env, detached: true, stdio: 'ignore' })
  const end = (): void => {
    if (child.pid === undefined) return
    try {
      process.kill(-child.pid, 'SIGKILL')
    } catch {
      // ESRCH: nobody is left.
    }
  }
  const timer = setTimeout(() => {
    reject(new Fault('workload-timeout', `the health command did not end within ${timeoutMs} ms`))
    end()
  }, timeoutMs)
  const abort = (): void => {
    reject(signal.reason as Error)
    end()
  }
  signal.addEventListener('abort', abort, { once: true })
  child.once('error', (cause) => {
    reject(new Fault('workload-unreachable', 'the health command cannot be run', { cause }))
  })
  child.once('exit', (code) => {
    end() // what it started
    if (code === 0) resolve(undefined)
    else reject(new Fault('workload-unhealthy', 'the health command says no', { data: { exit: code ?? -1 } }))
  })
  return promise.finally(() => {
    clearTimeout(timer)
    signal.removeEventListener('abort', abort)
  })
}

/** Faults: those of `Http.ask`, `workload-status`, `workload-garbled`, `workload-unhealthy`. */
export function createGeneric(options: GenericOptions): Workload {
  const { probe } = options
  const http = createHttp(options)
  const network = declarationOf(probe)

  async function health(signal: AbortSignal): Promise<Uint8Array> {
    if (probe.type === 'command') {
      await runCommand(probe.command, options, signal)
      return taggedHash('stkr.healthy', network, keccak256(utf8ToBytes('0')))
    }
    const { path, status, field } = probe
    const answer = await http.ask(path, path, signal)
    if (answer.status !== status) throw errorStatus(path, answer.status)
    const said = field === undefined ? String(status) : plainText(fieldOf(jsonOf(answer, path), field), path)
    return taggedHash('stkr.healthy', network, keccak256(utf8ToBytes(said)))
  }
  const ask = shared(health)

  return {
    kind: 'generic',
    status: async (signal) => {
      await ask(signal)
      return { client: 'generic', network, headNumber: 0, headHash: ZERO_32, peers: 0, syncDistance: 0 }
    },
    proof: async (_height, signal) => ask(signal),
  }
}

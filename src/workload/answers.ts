// What nodes of all kinds say in the same way, read strictly: names and versions, 32-byte hashes, and work that several
// askers share.

import { fromHex, utf8ToBytes } from '../core/bytes.ts'
import { garbled } from './http.ts'

const CLIENT_MAX_BYTES = 64

/** 0x and 64 hex digits. Fault `workload-garbled`. */
export function hash(value: unknown, what: string): Uint8Array {
  if (typeof value !== 'string' || !/^0x[0-9a-f]{64}$/i.test(value)) throw garbled(what, 'no hash')
  return fromHex(value, 32)
}

/** Name and version, cut to whole characters within 64 bytes; control characters would end up in somebody's terminal. */
export function clientName(value: unknown, what: string): string {
  if (typeof value !== 'string') throw garbled(what, 'no text')
  let name = value
    .slice(0, CLIENT_MAX_BYTES)
    .toWellFormed()
    .replaceAll(/\p{Cc}/gu, '?')
  while (utf8ToBytes(name).length > CLIENT_MAX_BYTES) name = [...name].slice(0, -1).join('')
  return name
}

/** `work`, or the signal's reason as soon as it aborts; the work itself goes on for others. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      reject(signal.reason as Error)
    }
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    work.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', abort)
    })
  })
}

/** Probes come in bursts: those that overlap share one answer. `work` must end by itself: no asker's signal reaches it. */
export function shared<T>(work: (signal: AbortSignal) => Promise<T>): (signal: AbortSignal) => Promise<T> {
  let asking: Promise<T> | undefined
  return (signal) => {
    asking ??= work(new AbortController().signal).finally(() => {
      asking = undefined
    })
    return untilAborted(asking, signal)
  }
}

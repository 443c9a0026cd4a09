// Where a verifier's evidence comes from: a file, or a question asked a few times.

import { readFileSync, statSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { Fault } from '../core/errors.ts'
import { BUNDLE_MAX_BYTES } from '../p2p/evidence.ts'

const TRIES = 5
const RETRY_MS = 500

/** Faults: `bundle-oversized`, `bundle-unreadable`. */
export function bundleFromFile(file: string): Uint8Array {
  try {
    if (statSync(file).size > BUNDLE_MAX_BYTES)
      throw new Fault('bundle-oversized', `${file} is larger than ${BUNDLE_MAX_BYTES} bytes: no bundle is`)
    return new Uint8Array(readFileSync(file))
  } catch (cause) {
    if (cause instanceof Fault) throw cause
    throw new Fault('bundle-unreadable', `${file} cannot be read: check the path given with --bundle`, { cause })
  }
}

/** Asks again a few times: what was posted or dialled this moment is filed or known a moment later. */
export async function untilFound<T>(
  ask: () => Promise<T>,
  found: (answer: T) => boolean,
  signal: AbortSignal,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    const answer = await ask()
    if (found(answer) || tries === TRIES) return answer
    await sleep(RETRY_MS, undefined, { signal })
  }
}

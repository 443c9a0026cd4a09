// Reading what a stranger sends without letting the stranger decide how much. Pure: it takes any stream of chunks, so it
// serves HTTP bodies and libp2p streams alike and does no I/O of its own.

import { concatBytes } from './bytes.ts'

/**
 * All bytes of `chunks`; undefined as soon as there are more than `maxBytes`. Stopping early ends the iteration, which
 * closes what stands behind it (for a fetch body: the connection).
 */
export async function readBounded(
  chunks: AsyncIterable<Uint8Array> | null,
  maxBytes: number,
): Promise<Uint8Array | undefined> {
  const read: Uint8Array[] = []
  let length = 0
  for await (const chunk of chunks ?? []) {
    length += chunk.length
    if (length > maxBytes) return undefined
    read.push(chunk)
  }
  return concatBytes(...read)
}

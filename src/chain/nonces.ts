// Which nonce before ours nobody uses. A transaction of another program with our key, counted when ours took the next nonce
// and then dropped by every endpoint, leaves a gap behind which ours wait for ever.

/**
 * Called at each look with the first nonce of ours that is not mined, the number of nonces used on chain and the number
 * that the endpoint counts with what waits there; resolves to a gap once it was seen `looks` times in a row.
 */
export function createGapWatch(
  looks: number,
): (first: number | undefined, used: number, heard: number) => number | undefined {
  let seen = { nonce: -1, times: 0 }
  return (first, used, heard) => {
    // What waits at an endpoint is somebody's and may still be mined.
    const nonce = first !== undefined && first > used && heard <= used ? used : undefined
    if (nonce === undefined) seen = { nonce: -1, times: 0 }
    else seen = { nonce, times: seen.nonce === nonce ? seen.times + 1 : 1 }
    if (nonce === undefined || seen.times < looks) return undefined
    seen = { nonce: -1, times: 0 }
    return nonce
  }
}

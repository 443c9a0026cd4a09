// The members of an epoch, from the registry in pages. A fixed epoch never changes, so it is read once; keys are
// converted once per key, not once per epoch.

import { fromHex } from '../core/bytes.ts'
import { compressG1 } from '../core/eip2537.ts'
import { ignore } from '../core/errors.ts'
import type { Hex, Member, Roster } from '../core/types.ts'
import type { BlockTag } from './contracts.ts'
import type { Handles } from './handles.ts'

/** 128 records fit one eth_call on every endpoint we know. */
const PAGE_SLOTS = 128
/** Epochs kept: the last, the current and the next, and one for whoever verifies an older one meanwhile. */
const EPOCHS_KEPT = 4
const KEYS_KEPT = 8192

export type Rosters = (epoch: number) => Promise<Roster>

export function createRosters(sidecars: Pick<Handles['sidecars'], 'read'>, readAt: () => Promise<BlockTag>): Rosters {
  const epochs = new Map<number, Promise<Roster>>()
  const keys = new Map<Hex, Uint8Array>()

  function blsKeyOf(expanded: Hex): Uint8Array {
    const known = keys.get(expanded)
    if (known) return known
    if (keys.size >= KEYS_KEPT) keys.clear()
    const key = compressG1(fromHex(expanded))
    keys.set(expanded, key)
    return key
  }

  async function page(epoch: number, from: number, at: BlockTag): Promise<readonly Member[]> {
    const found = await sidecars.read('roster', [BigInt(epoch), from, from + PAGE_SLOTS], at)
    return found.map(({ id, signer, peerKey, blsKey }, index) => ({
      id,
      slot: from + index,
      signer,
      peerKey: fromHex(peerKey, 32),
      blsKey: blsKeyOf(blsKey),
    }))
  }

  async function load(epoch: number): Promise<Roster> {
    const at = await readAt()
    const current = Number(await sidecars.read('currentEpoch', [], at))
    // Whoever registers before genesis is a member of epoch 0, so before genesis no epoch is fixed.
    if (current < 0 || epoch > current + 1)
      throw ignore('epoch-not-fixed', `the members of epoch ${epoch} may still change: the chain is in ${current}`, {
        epoch,
        current,
      })
    const count = await sidecars.read('count', [BigInt(epoch)], at)
    const members: Member[] = []
    for (let from = 0; from < count; from += PAGE_SLOTS) members.push(...(await page(epoch, from, at)))
    return { epoch, members }
  }

  return (epoch) => {
    const known = epochs.get(epoch)
    if (known) return known
    const loading = load(epoch)
    epochs.set(epoch, loading)
    loading.catch(() => epochs.delete(epoch))
    const oldest = epochs.keys().next().value
    if (epochs.size > EPOCHS_KEPT && oldest !== undefined) epochs.delete(oldest)
    return loading
  }
}

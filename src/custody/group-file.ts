// The group file: what is public of a group, the same text for all holders. Before the ceremony name, threshold and where
// each holder is dialled; afterwards the group key and the verification shares as well. It holds no secret.

import * as z from 'zod'
import { fromHex, toHex } from '../core/bytes.ts'
import { GROUP_KEY_BYTES } from '../core/custody.ts'
import { HOLDERS_MAX } from '../core/custody-wire.ts'
import { Fault } from '../core/errors.ts'
import { makeGroup } from './group.ts'
import type { Group, KeyedGroup } from './group.ts'

export const GROUP_FILE_MAX_BYTES = 64 * 1024

const point = z.string().regex(new RegExp(`^0x[0-9a-f]{${GROUP_KEY_BYTES * 2}}$`))
const shape = z.strictObject({
  name: z.string(),
  threshold: z.int(),
  holders: z.array(z.string().max(256)).max(HOLDERS_MAX),
  groupKey: point.optional(),
  verificationShares: z.array(point).optional(),
})

export interface GroupFile<G extends Group = Group> {
  readonly group: G
  /** Where each holder is dialled, by holder: multiaddrs ending in `/p2p/<peer id>`. */
  readonly addresses: readonly string[]
}

function read(text: string, file: string): z.infer<typeof shape> {
  const wrong = (why: string): Fault => new Fault('custody-group-file', `${file}: ${why}`)
  if (text.length > GROUP_FILE_MAX_BYTES) throw wrong(`is larger than ${GROUP_FILE_MAX_BYTES} bytes`)
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw wrong('is not JSON')
  }
  const parsed = shape.safeParse(json)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw wrong(`${issue?.path.join('.') ?? ''} ${issue?.message ?? 'is not a group'}`)
}

function placed(found: z.infer<typeof shape>, peerKeyIn: (address: string) => Uint8Array): GroupFile {
  const keys = new Map(found.holders.map((address) => [toHex(peerKeyIn(address)), address]))
  const group = makeGroup({ ...found, holders: found.holders.map(peerKeyIn) })
  return { group, addresses: group.holders.map((key) => keys.get(toHex(key)) ?? '') }
}

/** A group before its ceremony. `peerKeyIn`: key of the peer an address names. Faults: `custody-group-file`, `custody-group`, `bad-address`. */
export const parseGroup = (text: string, file: string, peerKeyIn: (address: string) => Uint8Array): GroupFile =>
  placed(read(text, file), peerKeyIn)

/** A group with its key. Faults as above. */
export function parseKeyedGroup(
  text: string,
  file: string,
  peerKeyIn: (address: string) => Uint8Array,
): GroupFile<KeyedGroup> {
  const found = read(text, file)
  const { groupKey, verificationShares } = found
  if (groupKey === undefined || verificationShares?.length !== found.holders.length)
    throw new Fault('custody-group-file', `${file}: has no group key and a verification share for each holder`)
  const { group, addresses } = placed(found, peerKeyIn)
  const keyed = { groupKey: fromHex(groupKey), verificationShares: verificationShares.map((share) => fromHex(share)) }
  return { group: { ...group, ...keyed }, addresses }
}

export function groupText({ group, addresses }: GroupFile<KeyedGroup>): string {
  const { name, threshold, groupKey, verificationShares } = group
  const text = {
    name,
    threshold,
    holders: addresses,
    groupKey: toHex(groupKey),
    verificationShares: verificationShares.map(toHex),
  }
  return `${JSON.stringify(text, undefined, 2)}\n`
}

// The file in which a sidecar's signed records travel: who signed (three public keys), for which network (chain id and
// Sidecars contract), and everything that was signed. Read as a stranger's: bounded, strict, every signature checked.

import { readFileSync, statSync } from 'node:fs'
import * as z from 'zod'
import { fromHex, keccak256, toHex } from '../core/bytes.ts'
import { Fault } from '../core/errors.ts'
import { RecordType, decode, isSignOnce, recordDigest } from '../core/records.ts'
import type { Network, SignedRecord } from '../core/types.ts'
import type { PublicKeys } from '../keys/secrets.ts'
import { createRecordVerifier } from '../native/records.ts'
import type { SignedHistory } from '../store/interchange.ts'

const FORMAT = 'stkr-signed'
const VERSION = 1
const FILE_MAX_BYTES = 256 * 1024 * 1024

const hex = z.string().regex(/^0x(?:[0-9a-f]{2})*$/)
const whole = z.int().min(0)
const fileShape = z.strictObject({
  format: z.literal(FORMAT),
  version: z.literal(VERSION),
  /** Decimal. */
  chainId: z.string().regex(/^\d{1,20}$/),
  sidecars: hex,
  keys: z.strictObject({ signer: hex, peer: hex, bls: hex }),
  /** Unix ms: when the store it came from was marked. */
  exportedAt: whole,
  floor: whole,
  /** Whole records, as they are encoded on the wire; kind, unit and sequence are repeated for people. */
  signed: z.array(z.strictObject({ kind: whole, unit: whole, sequence: whole, record: hex })),
  secrets: z.array(z.strictObject({ unit: whole, secret: hex })),
})

export interface Travelling {
  readonly exportedAt: number
  readonly history: SignedHistory
}

export type NetworkId = Pick<Network, 'chainId' | 'sidecars' | 'separator'>

/** The file's text. */
export function signedText({ exportedAt, history }: Travelling, keys: PublicKeys, network: NetworkId): string {
  const content: z.infer<typeof fileShape> = {
    format: FORMAT,
    version: VERSION,
    chainId: String(network.chainId),
    sidecars: network.sidecars,
    keys: { ...keys },
    exportedAt,
    floor: history.floor,
    signed: history.records.map((record) => ({
      kind: record.kind,
      unit: record.unit,
      sequence: record.sequence,
      record: toHex(RecordType.serialize(record)),
    })),
    secrets: history.secrets.map(({ unit, secret }) => ({ unit, secret: toHex(secret) })),
  }
  return `${JSON.stringify(content, undefined, 1)}\n`
}

const malformed = (file: string, what: string): Fault =>
  new Fault('import-malformed', `${file}: ${what}: export it again from the other machine`)

function contentOf(file: string): z.infer<typeof fileShape> {
  let parsed: unknown
  try {
    if (statSync(file).size > FILE_MAX_BYTES) throw malformed(file, `larger than ${FILE_MAX_BYTES} bytes`)
    parsed = JSON.parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    if (cause instanceof Fault) throw cause
    if (cause instanceof SyntaxError) throw malformed(file, 'not JSON')
    throw new Fault('import-unreadable', `${file} cannot be read: check path and permissions`, { cause })
  }
  const content = fileShape.safeParse(parsed)
  if (content.success) return content.data
  const { path, message } = content.error.issues[0] ?? { path: [], message: 'not such a file' }
  throw malformed(file, `${path.join('.')} ${message}`)
}

function recordOf(text: string, where: string, signer: PublicKeys['signer'], separator: Uint8Array): SignedRecord {
  let record: SignedRecord
  try {
    record = decode(RecordType, fromHex(text), where)
  } catch {
    throw new Fault('import-malformed', `${where} is no record: export it again from the other machine`)
  }
  const digest = recordDigest(separator, record, keccak256(record.body))
  if (isSignOnce(record.kind) && createRecordVerifier().verify(signer, digest, record.signature)) return record
  throw new Fault('import-foreign', `${where} was not signed by this sidecar for this network: nothing was imported`)
}

/**
 * Reads a file that `signedText` made for these keys and this network.
 * Faults: `import-unreadable`, `import-malformed`, `import-foreign`.
 */
export function readSigned(file: string, keys: PublicKeys, network: NetworkId): Travelling {
  const { keys: theirs, chainId, sidecars, exportedAt, floor, signed, secrets } = contentOf(file)
  const foreign = (what: string): Fault =>
    new Fault('import-foreign', `${file} is of another ${what}: nothing was imported`)
  for (const name of ['signer', 'peer', 'bls'] as const)
    if (theirs[name] !== keys[name]) throw foreign(`sidecar (its ${name} key is another)`)
  if (chainId !== String(network.chainId)) throw foreign(`chain (${chainId}, this one is ${network.chainId})`)
  if (sidecars !== network.sidecars) throw foreign('network (its Sidecars contract is another)')
  const records = signed.map(({ record }, i) =>
    recordOf(record, `${file}: signed[${i}]`, keys.signer, network.separator),
  )
  return {
    exportedAt,
    history: { floor, records, secrets: secrets.map(({ unit, secret }) => ({ unit, secret: fromHex(secret) })) },
  }
}

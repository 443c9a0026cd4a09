// The file of signed records: read back as it was written, refused when it is of somebody else, of another network, or
// changed anywhere.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readSigned, signedText } from '../../src/cli/signed-file.ts'
import type { NetworkId } from '../../src/cli/signed-file.ts'
import { toHex } from '../../src/core/bytes.ts'
import { codeOf } from '../../src/core/errors.ts'
import { RECORD_KINDS } from '../../src/core/types.ts'
import { createSecrets, publicKeysOf } from '../../src/keys/secrets.ts'
import { createRecordSigner } from '../../src/native/records.ts'
import { signRecord } from '../../src/round/record.ts'

const signed = suite('signed records as a file')
const folder = mkdtempSync(join(tmpdir(), 'stkr-signed-'))
signed.after(() => {
  rmSync(folder, { recursive: true })
})
const file = join(folder, 'signed.json')

const secrets = createSecrets()
const keys = publicKeysOf(secrets)
const separator = new Uint8Array(32).fill(7)
const network: NetworkId = { chainId: 31_337n, sidecars: toHex(new Uint8Array(20).fill(1)), separator }
const seal = (kind: number, unit: number) =>
  signRecord(createRecordSigner(secrets.record), separator, { kind, author: 3, unit, sequence: 0 }, new Uint8Array(32))
const history = {
  floor: 2,
  records: [seal(RECORD_KINDS.seal, 5), seal(RECORD_KINDS.bid, 9)],
  secrets: [{ unit: 5, secret: new Uint8Array([9, 9]) }],
}
const text = signedText({ exportedAt: 1_000, history }, keys, network)
const codeOfReading = (content: string, of = keys, on = network): string => {
  writeFileSync(file, content)
  try {
    readSigned(file, of, on)
    return 'none'
  } catch (error) {
    return codeOf(error)
  }
}

signed('what is written is what is read', () => {
  writeFileSync(file, text)
  const back = readSigned(file, keys, network)
  assert.is(back.exportedAt, 1_000)
  assert.equal(
    toHex(back.history.records[1]?.signature ?? new Uint8Array()),
    toHex(history.records[1]?.signature ?? new Uint8Array()),
  )
  assert.equal(back.history.secrets, history.secrets)
  assert.is(back.history.floor, 2)
})

signed('another sidecar, chain or network is refused', () => {
  assert.is(codeOfReading(text, publicKeysOf(createSecrets())), 'import-foreign')
  assert.is(codeOfReading(text, keys, { ...network, chainId: 1n }), 'import-foreign')
  assert.is(codeOfReading(text, keys, { ...network, sidecars: toHex(new Uint8Array(20)) }), 'import-foreign')
  assert.is(codeOfReading(text, keys, { ...network, separator: new Uint8Array(32) }), 'import-foreign')
})

const CHANGED: readonly (readonly [why: string, content: string, code: string])[] = [
  ['no JSON', '{', 'import-malformed'],
  ['an unknown key', text.replace('"floor"', '"ceiling"'), 'import-malformed'],
  ['another version', text.replace('"version": 1', '"version": 2'), 'import-malformed'],
  ['a record cut short', text.replace(/("record": "0x[0-9a-f]{40})[0-9a-f]+"/, '$1"'), 'import-malformed'],
  [
    'a record that may be signed many times',
    signedText({ exportedAt: 1, history: { ...history, records: [seal(RECORD_KINDS.answer, 1)] } }, keys, network),
    'import-foreign',
  ],
]
for (const [why, content, code] of CHANGED)
  signed(`refused: ${why}`, () => {
    assert.is(codeOfReading(content), code)
  })

signed('any changed byte of a record is refused', () => {
  const start = text.indexOf('"record": "0x') + '"record": "0x'.length
  const end = text.indexOf('"', start)
  for (let at = start; at < end; at += 7) {
    const other = text[at] === 'f' ? '0' : 'f'
    const code = codeOfReading(text.slice(0, at) + other + text.slice(at + 1))
    assert.ok(code === 'import-foreign' || code === 'import-malformed', `changed at ${at - start}: ${code}`)
  }
})

signed('a file that is not there', () => {
  rmSync(file, { force: true })
  assert.throws(() => readSigned(file, keys, network), /cannot be read/)
})

signed.run()

// Signs one record after another, each with a body of this process's own, and says what it would publish only after the
// journal has answered. Runs until it is killed.
import { writeSync } from 'node:fs'
import { utf8ToBytes } from '../../src/core/bytes.ts'
import { openStore } from '../../src/store/open.ts'

const [path = '', salt = ''] = process.argv.slice(2)
const { journal } = await openStore(path)
for (let i = 0; ; i++) {
  const [unit, sequence] = [Math.floor(i / 4), i % 4]
  const body = utf8ToBytes(`${salt}:${i}`)
  const record = { kind: 1, author: 7, unit, sequence, body, signature: new Uint8Array(64) }
  const signed = await journal.signOnce(record)
  writeSync(1, `${unit}/${sequence} ${new TextDecoder().decode(signed.body)}\n`)
}

// The published schema is the table of knobs, and says of each what the check says.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { configSchema } from '../../src/config/schema.ts'
import { SIDECAR_KNOBS } from '../../src/config/sidecar.ts'

const schema = suite('config: schema')
const PUBLISHED = join(import.meta.dirname, '../../docs/config.schema.json')

schema('docs/config.schema.json is fresh', () => {
  assert.equal(
    JSON.parse(readFileSync(PUBLISHED, 'utf8')),
    JSON.parse(JSON.stringify(configSchema())),
    'npm run knobs mends it',
  )
})

schema('every knob with type, sentence and default, and no other key', () => {
  const { properties, additionalProperties } = configSchema() as {
    readonly properties: Readonly<Record<string, { readonly description?: string; readonly default?: unknown }>>
    readonly additionalProperties: boolean
  }
  assert.is(additionalProperties, false)
  assert.equal(Object.keys(properties), Object.keys(SIDECAR_KNOBS))
  for (const [name, { help, fallback }] of Object.entries(SIDECAR_KNOBS)) {
    const row = properties[name] ?? {}
    assert.is(row.description, help, name)
    assert.ok('type' in row || 'anyOf' in row || 'enum' in row, `${name} says what it takes`)
    if (typeof fallback !== 'function') assert.equal(row.default, fallback, name)
  }
})

schema.run()

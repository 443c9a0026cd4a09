// The configuration file for editors and validators: JSON Schema from the table of knobs, and a file that names it.
// `docs/config.schema.json` is this schema, and a test keeps it so.

import { Document } from 'yaml'
import * as z from 'zod'
import { SIDECAR_KNOBS } from './sidecar.ts'

export const SCHEMA_FILE = 'config.schema.json'

/** JSON Schema (2020-12) of config.yaml. Every knob may be left out, since flag or environment may say it. */
export function configSchema(): Readonly<Record<string, unknown>> {
  const properties = Object.entries(SIDECAR_KNOBS).map(([name, { check, fallback, help }]) => {
    const { $schema: _, ...schema } = z.toJSONSchema(check, {
      io: 'input',
      override: ({ jsonSchema }) => {
        delete jsonSchema.readOnly
      },
    })
    const standard = fallback === undefined || typeof fallback === 'function' ? {} : { default: fallback }
    return [name, { description: help, ...schema, ...standard }]
  })
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Configuration of a Stkr sidecar',
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(properties) as unknown,
  }
}

export const schemaText = (): string => `${JSON.stringify(configSchema(), undefined, 2)}\n`

/** A configuration file with a sentence above every key; `schema` is where editors find the schema, beside it or a URL. */
export function configText(values: Readonly<Record<string, unknown>>, schema?: string): string {
  const document = new Document({})
  for (const [name, value] of Object.entries(values)) {
    const pair = document.createPair(document.createNode(name), document.createNode(value))
    const help = Object.entries(SIDECAR_KNOBS).find(([knob]) => knob === name)?.[1].help
    if (help !== undefined) pair.key.commentBefore = ` ${help}`
    document.add(pair)
  }
  if (schema !== undefined) document.commentBefore = ` yaml-language-server: $schema=${schema}`
  return document.toString({ lineWidth: 0 })
}

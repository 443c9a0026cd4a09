// `npm run knobs`: writes what the documentation says of knobs out of their table: docs/config.schema.json and the two
// tables of docs/operating.md. Tests compare; this mends.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { DEVNET_KNOBS } from '../src/config/devnet.ts'
import { devnetEnvironmentOf } from '../src/config/names.ts'
import { schemaText } from '../src/config/schema.ts'
import { SIDECAR_KNOBS } from '../src/config/sidecar.ts'
import { asMarkdown, devnetRows, sidecarRows } from '../test/support/docs-tables.ts'

const PAGE = 'docs/operating.md'
const SCHEMA = 'docs/config.schema.json'

/** `page` with other rows below the header whose first cells are `header`. */
function withRows(page: string, header: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = page.split('\n')
  const top = lines.findIndex((line) => header.every((cell, i) => line.split('|')[i + 1]?.trim() === cell))
  if (top < 0) throw new Error(`${PAGE} has no table ${header.join(' | ')}`)
  const end = lines.findIndex((line, i) => i > top && !line.startsWith('|'))
  return [...lines.slice(0, top + 2), asMarkdown(rows), ...lines.slice(end)].join('\n')
}

const page = readFileSync(PAGE, 'utf8')
const sidecars = withRows(page, ['flag', 'environment', 'in `config.yaml`'], sidecarRows(SIDECAR_KNOBS))
const all = withRows(sidecars, ['flag', 'environment', 'default'], devnetRows(DEVNET_KNOBS, devnetEnvironmentOf))
writeFileSync(PAGE, all)
writeFileSync(SCHEMA, schemaText())
execFileSync('prettier', ['--write', '--log-level', 'warn', PAGE, SCHEMA], { stdio: 'inherit' })

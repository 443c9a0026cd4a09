// `stkr version`: what exactly runs here, for a report or a comparison.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import * as z from 'zod'
import { abiHash } from '../chain/abi-hash.ts'
import { EXIT, toJson } from './outcome.ts'
import type { Configure } from './program.ts'

const EXAMPLE = `
Example:
  $ stkr version --json

abi: hash of the contracts' interfaces that this program was built for.`

/** The version in records, topics and the EIP-712 domain (docs/protocol.md). */
const PROTOCOL = 1
const packageShape = z.object({ version: z.string() })

/** Of this program. */
export function programVersion(): string {
  const file = join(import.meta.dirname, '../../package.json')
  return packageShape.parse(JSON.parse(readFileSync(file, 'utf8'))).version
}

export const configure: Configure = (command: Command, terminal, done) => {
  command.addHelpText('after', EXAMPLE).action(({ json }: { json?: boolean }) => {
    const shown = { version: programVersion(), node: process.versions.node, protocol: PROTOCOL, abi: abiHash() }
    if (json === true) terminal.out(toJson({ ok: true, ...shown }))
    else for (const [name, value] of Object.entries(shown)) terminal.out(`${name.padEnd(9)} ${value}`)
    done(EXIT.ok)
  })
}

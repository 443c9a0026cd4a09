// Where the HTTP APIs of a local network are, as Prometheus reads it (file_sd_configs): `targets.json` in the network's
// folder, replaced as a whole whenever a sidecar comes up, since each takes a free port.

import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Gives a function to be told of each sidecar's API, by id. */
export function createTargets(folder: string): (id: number, api: string) => void {
  const known = new Map<number, string>()
  const file = join(folder, 'targets.json')
  return (id, api) => {
    known.set(id, new URL(api).host)
    const targets = [...known].map(([node, host]) => ({ targets: [host], labels: { node: String(node) } }))
    writeFileSync(`${file}.new`, JSON.stringify(targets), { mode: 0o600 })
    renameSync(`${file}.new`, file)
  }
}

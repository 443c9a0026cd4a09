// The machine's part of `stkr doctor`: what is on disk, who may read it, how much room is left, which versions run.

import { existsSync, statSync, statfsSync } from 'node:fs'
import type { SidecarConfig } from '../config/sidecar.ts'
import { areSealed } from '../keys/keyring.ts'
import { checkFolder } from '../keys/owner-only.ts'
import { fail, found, ok, warn } from './findings.ts'
import type { Finding } from './findings.ts'

const NODE_MIN = 22
const GIB = 1024 ** 3
/** Evidence, store and log of a small network for weeks; below the second nothing is safe to write. */
const DISK_WARN_GIB = 5
const DISK_FAIL_GIB = 0.5

async function checkKeys({ keysFile, local }: SidecarConfig): Promise<readonly Finding[]> {
  if (areSealed(keysFile)) return [ok('keys', `${keysFile} is under a password`)]
  if (local) return [ok('keys', `${keysFile} lies open, which a local network may`)]
  const seen = `${keysFile} has no password`
  return [warn('keys', { code: 'keys-open', seen, fix: 'run stkr keys encrypt' })]
}

const freeBytes = (folder: string): number => {
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize
}

export function checkDisk(folder: string, bytes = freeBytes(folder)): Finding {
  const free = bytes / GIB
  const seen = `${free.toFixed(1)} GiB free for ${folder}`
  if (free >= DISK_WARN_GIB) return ok('disk', seen)
  const trouble = { code: 'disk-low', seen, fix: 'free some space: a full disk stops the sidecar' }
  return free < DISK_FAIL_GIB ? fail('disk', trouble) : warn('disk', trouble)
}

export function checkNode(node = process.versions.node): Finding {
  const seen = `Node ${node} on ${process.platform} ${process.arch}`
  if (Number(node.split('.')[0]) >= NODE_MIN) return ok('versions', seen)
  return fail('versions', { code: 'node-old', seen, fix: `install Node ${NODE_MIN} or later, or start it with npx` })
}

function checkDataDir(dataDir: string): readonly Finding[] {
  if (!existsSync(dataDir) || !statSync(dataDir).isDirectory()) {
    const seen = `${dataDir} is no directory`
    return [fail('data', { code: 'data-dir-missing', seen, fix: 'run stkr init, or give --data-dir' })]
  }
  checkFolder(dataDir)
  return [ok('data', `${dataDir} is yours alone`), checkDisk(dataDir)]
}

export const checkMachine = async (config: SidecarConfig): Promise<readonly Finding[]> => [
  ...(await found('data', async () => checkDataDir(config.dataDir))),
  ...(await found('keys', () => checkKeys(config))),
  checkNode(),
]

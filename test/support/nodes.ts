// Real processes for tests of what runs them: where a node of a test lives, and whether a process is gone.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ProcessOptions } from '../../src/workload/process-runner.ts'

export const sitterOptions = (
  folder: string,
  command: readonly [string, ...string[]],
  env: Readonly<Record<string, string>> = { PATH: '/usr/local/bin:/usr/bin:/bin' },
): ProcessOptions => ({
  command,
  cwd: join(folder, 'data'),
  env,
  record: join(folder, 'node.json'),
  log: { file: join(folder, 'node.log'), maxBytes: 64 * 1024, files: 3 },
})

/** Ended, or dead and only not yet buried by its parent. */
export const isGone = (pid: number): boolean => {
  try {
    return /^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return true
  }
}

export const until = async (holds: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 5))
}

/** A folder for the test, gone afterwards; whatever still runs with it as its mark's home is the test's to end. */
export const withFolder = async (run: (folder: string) => Promise<void>): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), 'stkr-node-'))
  try {
    await run(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

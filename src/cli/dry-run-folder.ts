// The folder of a dry run: in the system's temporary directory, named after its process, so that what a killed one left can be
// told from what a running one needs. Promises that only such a folder is ever removed, of the same user and of a
// process that is gone; a number that is some other process by now keeps its folder.

import { lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const NAME = /^stkr-dry-run-([1-9]\d{0,8})-[A-Za-z0-9]{6}$/

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // Whoever may not be asked is there.
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH')
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return [] // a temporary directory may be closed to readers
  }
}

/** An empty folder below `temporary` for this process alone. */
export const makeDryRunFolder = (temporary: string): string =>
  mkdtempSync(join(temporary, `stkr-dry-run-${process.pid}-`))

/** Removes what killed dry runs of user `uid` left (undefined where users have no number); the folders that are gone. */
export function removeLeftFolders(temporary: string, uid: number | undefined): readonly string[] {
  return namesIn(temporary).flatMap((name) => {
    const pid = NAME.exec(name)?.[1]
    const folder = join(temporary, name)
    if (pid === undefined || isRunning(Number(pid))) return []
    try {
      const found = lstatSync(folder)
      if (!found.isDirectory() || (uid !== undefined && found.uid !== uid)) return []
      rmSync(folder, { recursive: true, force: true })
      return [folder]
    } catch {
      return [] // another dry run was faster, or it is not ours to remove: nothing that this one needs
    }
  })
}

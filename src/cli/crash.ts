// The last words of a process that a bug ends: where it happened and nothing else. Promises that no URL is shown with more
// than its host and that what caused an error, which libraries fill with what they were given, is not shown at all.

import { writeSync } from 'node:fs'
import { hideUrls } from '../config/redact.ts'
import { leave } from './leave.ts'
import { EXIT } from './outcome.ts'

const STANDARD_ERROR = 2

function crash(error: unknown): never {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  writeSync(STANDARD_ERROR, hideUrls(`stkr: a bug ends this process [internal]\n${text}\n`))
  try {
    leave(EXIT.bug)
  } catch {
    // A log that was just being opened cannot be flushed, and says so by throwing; leaving a second time asks nobody.
    process.exit(EXIT.bug)
  }
}

/** From now on an exception that nobody caught, or a promise that nobody waited for, ends the process with code 70. */
export function reportCrashes(): void {
  process.on('uncaughtException', crash)
}

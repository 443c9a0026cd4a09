// A test process and everything it started, also what runs in process groups of its own: seen, waited for, killed.
// Kin are recognised by a mark in their environment or by their group. Where there is no /proc nobody is seen, and only
// the group is killed.
import { readFileSync, readdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

const MARK = 'TEST_RUN_OF_FILE'
/** The kernel takes a moment to remove what was killed. */
const KILLED_MS = 3_000
const LOOK_EVERY_MS = 20

export type Family = { readonly group: number; readonly mark: string }

type Member = { readonly pid: number; readonly command: string }

let made = 0

/** A mark of its own for each process; a run inside a run extends the outer mark, so the outer one sees both. */
export const nextMark = (): string => `${process.env[MARK] ?? ''}/${process.pid}.${made++}/`

export const withMark = (mark: string): NodeJS.ProcessEnv => ({ ...process.env, [MARK]: mark })

const listProcesses = (): readonly string[] => {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  } catch {
    return []
  }
}

const membersOf = ({ group, mark }: Family): readonly Member[] =>
  listProcesses().flatMap((pid) => {
    const read = (name: string): string => readFileSync(`/proc/${pid}/${name}`, 'utf8')
    try {
      // pid (name) state parent group …; the name may itself hold spaces and brackets.
      const [state, , owner] = read('stat')
        .replace(/^.*\) /s, '')
        .split(' ')
      if (state === 'Z' || state === 'X') return []
      if (Number(owner) !== group && !read('environ').includes(`${MARK}=${mark}`)) return []
      return [{ pid: Number(pid), command: read('cmdline').split('\0').join(' ').trim() }]
    } catch {
      return [] // gone between the listing and the reading, or another user's
    }
  })

const kill = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // already gone
  }
}

/** SIGKILL to all of them at once. */
export const killFamily = (family: Family): void => {
  kill(-family.group)
  for (const { pid } of membersOf(family)) kill(pid)
}

const waitUntilGone = async (family: Family, ms: number): Promise<readonly Member[]> => {
  const deadline = performance.now() + ms
  let members = membersOf(family)
  while (members.length > 0 && performance.now() < deadline) {
    await sleep(LOOK_EVERY_MS)
    members = membersOf(family)
  }
  return members
}

/** Give the family `patienceMs` to leave, then kill it. Who had to be killed, as command lines. */
export const endFamily = async (family: Family, patienceMs: number): Promise<readonly string[]> => {
  const stayed = await waitUntilGone(family, patienceMs)
  killFamily(family)
  await waitUntilGone(family, KILLED_MS)
  return stayed.map(({ command }) => command)
}

// Processes as the operating system knows them. A pid alone names nobody: it is used again. Together with the moment the
// process started and the boot of the machine it names one process for good. On Linux everything comes from /proc;
// elsewhere `ps` tells the start, and groups and usage stay unknown.

import { execFileSync } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'

/** Names one process, ever. */
export interface ProcessId {
  readonly pid: number
  readonly start: string
  readonly boot: string
}

interface Stat {
  readonly state: string
  readonly group: number
  readonly start: string
  readonly cpuTicks: number
  readonly memoryPages: number
}

/** USER_HZ and the page size are the kernel's promise to user space on every platform Node runs on. */
const TICKS_PER_SECOND = 100
const PAGE_BYTES = 4096
const PROC = '/proc'
const isLinux = process.platform === 'linux'

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return undefined // it ended meanwhile, or is not ours to look at
  }
}

/** proc(5), /proc/pid/stat: the name in brackets may hold anything, so fields count from the last bracket. */
function statOf(pid: number): Stat | undefined {
  const text = read(`${PROC}/${pid}/stat`)
  if (text === undefined) return undefined
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return {
    state: fields[0] ?? '',
    group: Number(fields[2]),
    start: fields[19] ?? '',
    cpuTicks: Number(fields[11]) + Number(fields[12]),
    memoryPages: Number(fields[21]),
  }
}

/** The machine's running since it was last switched on. */
export const bootId = (): string => (isLinux ? (read(`${PROC}/sys/kernel/random/boot_id`)?.trim() ?? '') : 'unknown')

function startOf(pid: number): string | undefined {
  if (isLinux) {
    const stat = statOf(pid)
    // A zombie runs no more; nobody has buried it yet.
    return stat && stat.state !== 'Z' && stat.state !== 'X' ? stat.start : undefined
  }
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined
  } catch {
    return undefined
  }
}

/** The process of that number that runs now; undefined when none does. */
export function identify(pid: number): ProcessId | undefined {
  const start = startOf(pid)
  return start === undefined ? undefined : { pid, start, boot: bootId() }
}

export const isRunning = ({ pid, start, boot }: ProcessId): boolean => boot === bootId() && startOf(pid) === start

const pids = (): readonly number[] => {
  if (!isLinux) return []
  return readdirSync(PROC).flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []))
}

/** Our user's running processes whose environment holds `entry` (NAME=value), group leaders first. */
export function processesMarked(entry: string): readonly ProcessId[] {
  const marked = pids().filter((pid) => read(`${PROC}/${pid}/environ`)?.split('\0').includes(entry) === true)
  return marked
    .toSorted((a, b) => Number(statOf(b)?.group === b) - Number(statOf(a)?.group === a))
    .flatMap((pid) => identify(pid) ?? [])
}

/** Running processes of a group. */
const groupOf = (leader: number): readonly number[] =>
  pids().filter((pid) => {
    const stat = statOf(pid)
    return stat?.group === leader && stat.state !== 'Z'
  })

/** Processor time (ms), memory and descriptors of a process and all others of its group. */
export function usageOf(pid: number): { cpuMs: number; memoryBytes: number; descriptors: number } | undefined {
  const group = statOf(pid)?.group
  if (group === undefined) return undefined
  const members = group === pid ? groupOf(pid) : [pid]
  const stats = members.flatMap((member) => statOf(member) ?? [])
  if (stats.length === 0) return undefined
  return {
    cpuMs: stats.reduce((sum, { cpuTicks }) => sum + (cpuTicks * 1000) / TICKS_PER_SECOND, 0),
    memoryBytes: stats.reduce((sum, { memoryPages }) => sum + memoryPages * PAGE_BYTES, 0),
    descriptors: members.reduce((sum, member) => sum + descriptorsOf(member), 0),
  }
}

function descriptorsOf(pid: number): number {
  try {
    return readdirSync(`${PROC}/${pid}/fd`).length
  } catch {
    return 0 // another user's
  }
}

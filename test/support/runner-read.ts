// What the test runner learns by reading: a test file's head comment, words no test file may contain, and the counts
// that uvu and forge print. Pure functions of text. They do not run anything and do not decide what is a failure.
import { stripVTControlCharacters } from 'node:util'

export type Tally = { readonly total: number; readonly passed: number; readonly skipped: number }

/** Among others as many as there are cores, one of two, with nothing beside it, or beside whatever runs. */
export type Company = 'others' | 'pair' | 'alone' | 'beside'

export type Head = { readonly company: Company; readonly limitMs: number | undefined }

const headComment = (text: string): string => /^(?:#!.*\n)?(?:\s*(?:\/\/.*|\/\*[^]*?\*\/))*/.exec(text)?.[0] ?? ''

const COMPANY: Readonly<Record<string, Company>> = {
  alone: 'alone',
  'in a pair': 'pair',
  'beside all others': 'beside',
}

/**
 * Directives in the comment lines that open a test file: `// runs alone` (nothing else runs beside it: it measures, or
 * takes both cores), `// runs in a pair` (a network of processes that waits for its rounds half of the time),
 * `// runs beside all others` (it waits most of its time, for minutes that nothing shortens) and
 * `// time limit: 120 s`. Elsewhere in the file these words mean nothing.
 */
export const readHead = (text: string): Head => {
  const comment = headComment(text)
  const limit = /^[\s/*]*time limit: (\d+) s\b/m.exec(comment)?.[1]
  return {
    company: COMPANY[/^[\s/*]*runs (alone|in a pair|beside all others)\b/m.exec(comment)?.[1] ?? ''] ?? 'others',
    limitMs: limit === undefined ? undefined : Number(limit) * 1000,
  }
}

/**
 * Lines that would silently shrink the run (`.only(` leaves the rest out, `.skip(` leaves itself out), and directives where
 * nobody reads them.
 */
export const strayMarks = (text: string): readonly string[] => {
  const headLines = headComment(text).split('\n').length
  return text.split('\n').flatMap((line, index) => {
    const mark = /\.(?:only|skip)\(/.exec(line)
    const directive =
      index < headLines ? null : /^\/\/ (?:runs (?:alone|in a pair|beside all others)|time limit: \d+ s)$/.exec(line)
    return [
      ...(mark ? [`line ${index + 1} has a stray ${mark[0]}…): every test runs, always`] : []),
      ...(directive ? [`line ${index + 1} is a directive below the head comment, where nothing reads it`] : []),
    ]
  })
}

const last = (text: string, pattern: RegExp): RegExpMatchArray | undefined => [...text.matchAll(pattern)].at(-1)

/** uvu's closing block. The last one counts: a test may itself print the output of another run. */
export const uvuTally = (output: string): Tally | undefined => {
  const block = /^ {2}Total: +(\d+)\n {2}Passed: +(\d+)\n {2}Skipped: +(\d+)\n {2}Duration: +[\d.]+ms$/gm
  const match = last(stripVTControlCharacters(output), block)
  return match && { total: Number(match[1]), passed: Number(match[2]), skipped: Number(match[3]) }
}

/** forge's closing line. It is printed for one suite and for many; no tests at all prints none. */
export const forgeTally = (output: string): Tally | undefined => {
  const line = /(\d+) tests? passed, (\d+) failed, (\d+) skipped/g
  const match = last(stripVTControlCharacters(output), line)
  return match && { total: Number(match[1]) + Number(match[2]), passed: Number(match[1]), skipped: Number(match[3]) }
}

// The Log port over pino: a constant sentence and fields, one JSON line each, to a file or to standard error. Promises
// that standard output stays the command's own and that closing flushes, and that no URL is written with more than its host. A log
// file is put aside when it is too large, and the oldest go.

import { existsSync, renameSync, statSync } from 'node:fs'
import pino from 'pino'
import { hideUrls } from '../config/redact.ts'
import type { SidecarConfig } from '../config/sidecar.ts'
import type { Log } from '../core/ports.ts'

const STANDARD_ERROR = 2
/** Fields that are never written, whoever puts them into a line. */
const SECRET = ['token', 'authorization', 'password', 'secretKey', 'secret'].flatMap((name) => [name, `*.${name}`])

export interface FileLog extends Log {
  /** From the configured level to debug, or back; the level from now on. */
  toggleDebug(): string
  close(): void
}

type LogConfig = Pick<SidecarConfig, 'logLevel' | 'logFile' | 'logMb' | 'logFiles'>
type Destination = ReturnType<typeof pino.destination>

const MIB = 1024 * 1024

/** log → log.1 → log.2 …; a line is written whole into one of them. */
function putAside(file: string, keep: number): void {
  for (let i = keep - 1; i >= 0; i--) {
    const from = i === 0 ? file : `${file}.${i}`
    if (existsSync(from)) renameSync(from, `${file}.${i + 1}`)
  }
}

/** Nothing is lost: the old file stays open until what belongs to it is written. */
function rotating(destination: Destination, { logFile, logMb, logFiles }: LogConfig): void {
  if (logFile === '') return
  let bytes = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0
  destination.on('write', (written: number) => {
    bytes += written
    if (bytes < logMb * MIB) return
    bytes = 0
    putAside(logFile, logFiles)
    destination.reopen()
  })
}

export function openLog(config: LogConfig): FileLog {
  const { logLevel, logFile } = config
  const destination = pino.destination({ dest: logFile === '' ? STANDARD_ERROR : logFile, sync: false, mkdir: true })
  rotating(destination, config)
  const logger = pino(
    {
      level: logLevel,
      base: null,
      errorKey: 'error',
      redact: SECRET,
      timestamp: pino.stdTimeFunctions.isoTime,
      hooks: { streamWrite: hideUrls },
    },
    destination,
  )
  const at =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (message: string, fields: object = {}): void => {
      logger[level](fields, message)
    }
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    toggleDebug: () => {
      logger.level = logger.level === 'debug' ? logLevel : 'debug'
      return logger.level
    },
    close: () => {
      destination.flushSync()
      destination.end()
    },
  }
}

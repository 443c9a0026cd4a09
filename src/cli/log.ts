// The Log port over pino: a constant sentence and fields, one JSON line each, to a file or to standard error. Promises
// that standard output stays the command's own and that closing flushes, and that no URL is written with more than its host. It rotates nothing.

import pino from 'pino'
import { hideUrls } from '../config/redact.ts'
import type { SidecarConfig } from '../config/sidecar.ts'
import type { Log } from '../core/ports.ts'

const STANDARD_ERROR = 2

export interface FileLog extends Log {
  close(): void
}

export function openLog({ logLevel, logFile }: Pick<SidecarConfig, 'logLevel' | 'logFile'>): FileLog {
  const destination = pino.destination({ dest: logFile === '' ? STANDARD_ERROR : logFile, sync: false, mkdir: true })
  const logger = pino(
    { level: logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime, hooks: { streamWrite: hideUrls } },
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
    close: () => {
      destination.flushSync()
      destination.end()
    },
  }
}

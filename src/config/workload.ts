// Knobs of the node beside the sidecar, and of nodes that others are measured with.

import { join } from 'node:path'
import * as z from 'zod'
import { WORKLOAD_KINDS } from '../core/types.ts'
import type { WorkloadKind } from '../core/types.ts'
import { PATH_MAX, flagLike, integer, knob, listKnob, optional, path, secret, url, wordsKnob } from './knobs.ts'
import type { Knobs } from './knobs.ts'

const KINDS = Object.keys(WORKLOAD_KINDS) as WorkloadKind[]
const requestPath = z
  .string()
  .regex(/^\/[\x21-\x7e]*$/, 'expected a path that begins with /')
  .max(512)
const containerName = z.string().regex(/^[a-zA-Z0-9][\w.-]{0,127}$/, 'expected the name of a container')
/** What is ours stays ours: the sidecar's own variables may hold access keys. */
const variable = z
  .string()
  .regex(/^(?!STKR_)[A-Za-z_]\w*(?:=[^]*)?$/, 'expected NAME or NAME=value, and no STKR_ variable')

export const WORKLOAD_KNOBS = {
  workloadKind: knob('ethereum-execution', z.enum(KINDS), `what runs beside this sidecar: ${KINDS.join(', ')}`),
  workloadUrl: secret(knob('http://127.0.0.1:8545', url, 'where it answers: JSON-RPC, Beacon API or HTTP')),
  workloadHealthPath: knob('/', requestPath, 'of a generic workload: path that is asked for its health'),
  workloadHealthStatus: knob(200, integer(100, 599), 'status of a healthy answer'),
  workloadHealthField: knob('', optional(z.string().max(256)), 'field of the JSON answer that auditors compare: a.b.c'),
  workloadHealthCommand: wordsKnob([], 'command instead of the path: exit code 0 is healthy'),
  workloadCommand: secret(wordsKnob([], 'command that starts it, if the sidecar is to run it: program and arguments')),
  workloadContainer: knob('', optional(containerName), 'container to start instead, which exists already'),
  workloadContainerProgram: knob('docker', path, 'command line of the containers: docker, podman or a path'),
  workloadPidFile: knob('', optional(path), 'file with the pid of a node that somebody else runs, to watch it'),
  workloadFolder: knob(
    (dataDir) => join(dataDir, 'workload', 'data'),
    path,
    'where it works and the disk that it fills',
  ),
  workloadEnv: secret(
    wordsKnob(['PATH', 'HOME', 'LANG', 'TZ'], 'variables it sees: NAME passes ours on, NAME=value sets one', variable),
  ),
  workloadStartSeconds: knob(600, integer(1, 604_800), 'how long it may take until its first answer'),
  workloadHangSeconds: knob(300, integer(0, 604_800), 'without an answer for so long it is started again; 0: never'),
  workloadGraceSeconds: knob(60, integer(1, 3_600), 'time to end by itself before it is killed'),
  workloadCrashes: knob(5, integer(2, 100), 'so many ends within the window are a crash loop: not started again'),
  workloadCrashMinutes: knob(10, integer(1, 1_440), 'the window'),
  workloadKeep: knob(false, flagLike, 'leave it running when the sidecar stops'),
  workloadLogMb: knob(64, integer(1, 10_000), 'size of one of its log files'),
  workloadLogFiles: knob(5, integer(0, 100), 'older log files that are kept'),
  workloadClient: knob('', z.string().max(64), 'what its client name must begin with, for example Geth/'),
  workloadBadClients: listKnob([], z.string().min(1).max(64), 'beginnings of client names and versions to warn of'),
  workloadExposed: knob(false, flagLike, 'its endpoint is meant to be reached from other machines'),
  jobTemplates: knob(
    '',
    optional(z.string().max(PATH_MAX)),
    'file that says how the node of a won job is started, by kind',
  ),
  auditExecutionUrl: secret(
    knob('', optional(url), 'execution client to measure others with, besides the own workload'),
  ),
  auditBeaconUrl: secret(knob('', optional(url), 'beacon node to measure others with, besides the own workload')),
} as const satisfies Knobs

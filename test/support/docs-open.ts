// Where codes are no literals: what the expression can be, for test/docs.test.ts.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { listedNames } from './docs-codes.ts'
import { revertCode } from '../../src/chain/reverts.ts'

const read = (path: string): string => readFileSync(join(import.meta.dirname, '../..', path), 'utf8')

/** Expressions that are no literals: what they can be, or nothing where they repeat a code counted elsewhere. */
export const OPEN: Readonly<Record<string, readonly string[]>> = {
  // The shapes of what the API answers.
  'src/api/schemas.ts: z.string()': [],
  'src/api/schemas.ts: z.string().optional()': [],
  'src/api/status.ts: z.string()': [],
  'src/api/status.ts: z.string().optional()': [],
  // OpenTelemetry's own.
  'src/api/traces.ts: SpanStatusCode.ERROR': [],
  'src/api/traces.ts: SpanStatusCode.OK': [],
  'src/audit/door.ts: await waiting.until(due, String(record.author))': listedNames(
    'waiting.ts',
    read('src/round/waiting.ts'),
    'Wait',
  ).filter((wait) => wait !== 'due'),
  'src/auction/door.ts: await waiting.until(round, String(record.author))': [],
  // Final states of a job.
  'src/auction/duties.ts: job.state': ['unsold', 'refunded', 'relisted'],
  // Of Envelopes.judge, the two that end in a verdict.
  'src/round/door.ts: outcome': ['known', 'spent'],
  // Of a Claim, and of a Standing: the codes of Faults, and AsideCode.
  'src/chain/agreement.ts: trouble': [],
  'src/chain/rpc.ts: code': [],
  'src/endpoints.ts: code': [],
  'src/endpoints.ts: code ?? lastCode': [],
  'src/endpoints.ts: lastFault': [],
  'src/chain/demotion.ts: code': listedNames('demotion.ts', read('src/chain/demotion.ts'), 'DemotionCode'),
  'src/chain/reverts.ts: revertCode(error.name)': revertCodes(),
  'src/chain/reverts.ts: code': [],
  'src/cli/verify-job.ts: code': [],
  'src/cli/verify.ts: code': [],
  'src/cli/doctor-outside.ts: view.failed': [],
  // The shape of what the sidecar answers.
  'src/cli/doctor-running.ts: z.string().optional()': [],
  'src/cli/findings.ts: code': [],
  'src/devnet/run.ts: code': [],
  // What another holder said.
  'src/custody/serving.ts: said': [],
  // Files of secrets: the codes of their kind.
  'src/keys/owner-only.ts: kind.missing': [
    'keys-missing',
    'custody-keys-missing',
    'keys-password-missing',
    'api-token-unreadable',
    'owner-key-unreadable',
  ],
  'src/keys/owner-only.ts: kind.exposed': [
    'keys-exposed',
    'keys-password-exposed',
    'api-token-exposed',
    'owner-key-exposed',
  ],
  'src/keys/owner-only.ts: kind.oversized': ['keys-malformed', 'keys-password-missing', 'api-token-malformed'],
  // How a process ended, in the operating system's words.
  'src/devnet/processes.ts: code': [],
  // A program's exit status.
  'src/pricing/command.ts: code ?? -1': [],
  // What another process shows of itself.
  'src/cli/status.ts: z.string().optional()': [],
  'src/cli/status.ts: z.string()': [],
  // A state's code, passed on from where it is made.
  'src/workload/supervisor.ts: await health(AbortSignal.any([signal, over.signal]))': [],
  'src/workload/supervisor.ts: patience(why, startedAt, silentAt)': ['workload-not-ready', 'workload-hung'],
  'src/workload/supervisor.ts: await obtain()': ['workload-absent', 'workload-occupied'],
  'src/workload/supervisor.ts: await attend(found)': [],
  'src/workload/supervisor.ts: await runner.find(signal)': [],
  'src/workload/supervisor.ts: code': [],
  'src/workload/watch.ts: code': [],
  'src/workloads.ts: code': [],
  'src/p2p/streams.ts: statusOf(error)': [],
  'src/p2p/streams.ts: gate(peer, connection)': [],
}

/** Codes by their purpose, in lists of their own: answers of streams, offences of peers. */
export const LISTED: readonly (readonly [file: string, name: string, but: readonly string[]])[] = [
  ['src/p2p/streams.ts', 'STATUS', ['ok']],
  ['src/p2p/conduct.ts', 'POINTS', []],
]

/** Errors that reverts.ts knows by name. */
function revertCodes(): readonly string[] {
  const names = [...read('src/chain/abi/errors.ts').matchAll(/"type":"error","name":"(\w+)"/g)]
  assert.ok(names.length > 40, 'errors were found')
  return names.map((found) => revertCode(found[1] ?? ''))
}

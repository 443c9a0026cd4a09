// `stkr doctor`: everything a sidecar needs, looked at part by part, with or without a running one. It changes nothing.
// Promises a code and a fix for whatever is not well, and an exit code by the worst of it.

import type { Command } from 'commander'
import { createLedger } from '../chain/ledger.ts'
import { noOutbox } from '../chain/no-outbox.ts'
import { connectRpc } from '../chain/rpc.ts'
import { findChainHash } from '../beacon/discover.ts'
import { loadSidecarConfig } from '../config/load.ts'
import { environmentOf } from '../config/names.ts'
import type { RawFlags } from '../config/resolve.ts'
import { SIDECAR_KNOBS } from '../config/sidecar.ts'
import type { SidecarConfig } from '../config/sidecar.ts'
import { checkMachine } from './doctor-machine.ts'
import { checkClock, checkEndpoints, checkRelays, checkWorkload } from './doctor-outside.ts'
import { checkRunning } from './doctor-running.ts'
import { checkStanding } from './doctor-standing.ts'
import { found, worst } from './findings.ts'
import type { Finding } from './findings.ts'
import { addKnobs } from './knobs.ts'
import { EXIT, toJson } from './outcome.ts'
import type { Terminal } from './outcome.ts'
import type { Configure } from './program.ts'

const EXAMPLE = `
Examples:
  $ stkr doctor --data-dir ~/.stkr
  $ stkr doctor --json

Exit code 0: all is well, or there are warnings only · 1: something fails. Every code is in docs/reasons.md.`

const RPC_TIMEOUT_MS = 10_000

/** What only the chain can say: relays and clock are checked against the drand chain that it pins. */
async function checkNetwork(config: SidecarConfig, gasPrice: bigint): Promise<readonly Finding[]> {
  const provider = await connectRpc({ urls: config.rpcUrls, timeoutMs: RPC_TIMEOUT_MS })
  try {
    const standing = await found('registration', () => checkStanding(config, provider, gasPrice))
    const outside = await found('drand', async () => {
      const drandHash = (chain: Parameters<typeof findChainHash>[0]) => findChainHash(chain, config.drandRelays)
      const deps = { provider, outbox: noOutbox, drandHash }
      const network = await (await createLedger({ ledger: config.ledger, confirmations: 1 }, deps)).network()
      return [...(await checkRelays(config, network)), await checkClock(config, network)]
    })
    return [...outside, ...standing]
  } finally {
    provider.destroy()
  }
}

async function diagnose(flags: RawFlags): Promise<readonly Finding[]> {
  const config = loadSidecarConfig(flags)
  const { findings, gasPrice } = await checkEndpoints(config)
  return [
    ...(await checkMachine(config)),
    ...findings,
    ...(await found('network', () => checkNetwork(config, gasPrice))),
    ...(await found('workload', async () => [await checkWorkload(config)])),
    ...(await found('sidecar', () => checkRunning(config))),
  ]
}

const line = ({ level, part, code, seen, fix }: Finding): string =>
  `${level.padEnd(4)}  ${part.padEnd(12)}  ${seen}${code === undefined ? '' : ` [${code}]: ${fix ?? ''}`}`

async function run(flags: RawFlags, json: boolean, terminal: Terminal): Promise<number> {
  const findings = await diagnose(flags)
  const level = worst(findings)
  if (json) terminal.out(toJson({ ok: level !== 'fail', level, findings }))
  else findings.map(line).forEach(terminal.out)
  return level === 'fail' ? EXIT.failed : EXIT.ok
}

export const configure: Configure = (command: Command, terminal, done) => {
  command.option('--data-dir <dir>', `data directory (default: ~/.stkr) [${environmentOf('dataDir')}]`)
  addKnobs(command, SIDECAR_KNOBS)
  command.addHelpText('after', EXAMPLE).action(async ({ json, ...flags }: { json?: boolean } & RawFlags) => {
    done(await run(flags, json === true, terminal))
  })
}

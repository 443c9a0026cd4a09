// `stkr deploy`: puts a whole network on chain from one file, or looks whether what is there is what the file says. Promises
// that nothing is sent before what is missing was shown and somebody agreed, that it may be repeated after a failure at
// any moment, and that the address file appears complete or not at all, after everything was verified.

import { renameSync, writeFileSync } from 'node:fs'
import type { Command } from 'commander'
import { deploy, forecast } from '../chain/deploy.ts'
import type { Forecast, StepDone } from '../chain/deploy.ts'
import { planDeployment } from '../chain/deploy-plan.ts'
import type { Plan } from '../chain/deploy-plan.ts'
import { verifyDeployment } from '../chain/deploy-verify.ts'
import type { Finding } from '../chain/deploy-verify.ts'
import { createOutbox } from '../chain/outbox.ts'
import { createVolatilePending } from '../chain/pending.ts'
import { connectRpc } from '../chain/rpc.ts'
import type { Provider } from '../chain/rpc.ts'
import { GAS_KNOBS } from '../config/gas.ts'
import { loadKnobs } from '../config/load.ts'
import { Fault } from '../core/errors.ts'
import type { Hex } from '../core/types.ts'
import { silentLog, systemClock } from '../system.ts'
import { placeOf } from './account.ts'
import { readDeployFile } from './deploy-file.ts'
import { readKeyFile } from './key-file.ts'
import { addKnobs } from './knobs.ts'
import { EXIT, toJson } from './outcome.ts'
import type { Terminal } from './outcome.ts'
import type { Configure } from './program.ts'
import { amountText } from './units.ts'

const EXAMPLE = `
Examples:
  $ stkr deploy --config network.yaml --rpc-url https://rpc.example
  $ stkr deploy --config network.yaml --rpc-url https://rpc.example --key-file installer.key --yes
  $ stkr deploy --config network.yaml --rpc-url https://rpc.example --verify

Without a key it only shows what is missing. Repeat it after a failure: what is on chain is found and not sent again.`

const RPC_TIMEOUT_MS = 20_000
const SENDING = { confirmations: 1, pollMs: 500, replaceAfterMs: 60_000 }

interface DeployFlags {
  readonly config: string
  readonly rpcUrl: string
  readonly keyFile?: string
  readonly out: string
  readonly verify?: boolean
  readonly yes?: boolean
  readonly json?: boolean
  readonly feeCeiling?: string
}

/** A reader finds the old file or the whole new one. */
function writeAddresses(file: string, plan: Plan, chainId: bigint): void {
  const { network, installer } = plan.options
  const text = toJson({ network, chainId, installer, contracts: plan.addresses })
  writeFileSync(`${file}.new`, `${text}\n`)
  renameSync(`${file}.new`, file)
}

const forecastText = ({ missing, gasMost, cost, balance }: Forecast): readonly string[] => [
  `missing: ${missing.length === 0 ? 'no contract' : missing.join(', ')}`,
  `at most ${gasMost.toLocaleString('en-US')} gas, ${amountText(cost)} ETH at the fee of now; the installer has ${amountText(balance)}`,
]

/** Fault `deploy-underfunded`. Half a deployment can be continued, but nobody wants one. */
function requireFunds({ cost, balance }: Forecast, installer: Hex): void {
  if (balance < cost)
    throw new Fault(
      'deploy-underfunded',
      `the installer has ${amountText(balance)} ETH, the deployment may cost ${amountText(cost)}: send it the difference`,
      { data: { installer, balance, cost } },
    )
}

/** Faults: `check-deployment` (the first thing that differs, and how many do). */
async function requireVerified(plan: Plan, provider: Provider): Promise<readonly Finding[]> {
  const findings = await verifyDeployment(plan, provider)
  const wrong = findings.filter(({ ok }) => !ok)
  const [first] = wrong
  if (first)
    throw new Fault(
      'check-deployment',
      `${first.contract} at ${first.address}: ${first.what} is not what the file says, and ${wrong.length - 1} more`,
      { data: { contract: first.contract, address: first.address, what: first.what, wrong: wrong.length } },
    )
  return findings
}

const stepText = ({ name, address, sent }: StepDone): string => {
  const gas = sent ? `gas ${sent.gasUsed.toLocaleString('en-US')}` : 'there already'
  return `${name.padEnd(28)} ${address}  ${gas}`
}

interface Payment {
  readonly keyFile: string
  /** Wei per gas. */
  readonly feeCeiling: bigint
}

async function send(plan: Plan, provider: Provider, payment: Payment, terminal: Terminal): Promise<bigint> {
  const { keyFile, feeCeiling } = payment
  const senderKey = readKeyFile(keyFile, '--key-file')
  const deps = { provider, pending: createVolatilePending(), clock: systemClock, log: silentLog }
  const outbox = createOutbox({ ...SENDING, feeCeiling, senderKey }, deps)
  await outbox.start()
  const total = plan.parts.length + plan.installations.length
  let done = 0
  let gas = 0n
  const onStep = (step: StepDone): void => {
    gas += step.sent?.gasUsed ?? 0n
    terminal.err(`${String(++done).padStart(2)} of ${total}  ${stepText(step)}`)
  }
  try {
    await deploy(plan, { provider, outbox, onStep })
  } finally {
    await outbox.stop()
  }
  return gas
}

async function run(flags: DeployFlags, terminal: Terminal): Promise<number> {
  const { json = false, yes = false, verify = false, keyFile, out } = flags
  const { feeCeiling } = loadKnobs(['feeCeiling'], placeOf({ ...flags }, ['feeCeiling']))
  const say = json ? () => undefined : terminal.out
  const plan = planDeployment(readDeployFile(flags.config))
  const provider = await connectRpc({ urls: [flags.rpcUrl], timeoutMs: RPC_TIMEOUT_MS })
  try {
    const { chainId } = provider
    const ahead = verify ? undefined : await forecast(plan, provider, feeCeiling)
    const told = { network: plan.options.network, chainId, contracts: plan.addresses }
    for (const [name, address] of Object.entries(plan.addresses)) say(`${name.padEnd(16)} ${address}`)
    if (ahead) forecastText(ahead).forEach(say)
    const agreed =
      yes || (!json && keyFile !== undefined && /^y(es)?$/i.test((await terminal.ask?.('send? [y/N] ')) ?? ''))
    if (!verify && (keyFile === undefined || !agreed)) {
      say('nothing was sent: give --key-file and --yes')
      if (json) terminal.out(toJson({ ok: true, ...told, ...ahead, sent: false }))
      return EXIT.ok
    }
    if (ahead) requireFunds(ahead, plan.options.installer)
    const gasUsed = verify || keyFile === undefined ? 0n : await send(plan, provider, { keyFile, feeCeiling }, terminal)
    const findings = await requireVerified(plan, provider)
    if (!verify) writeAddresses(out, plan, chainId)
    say(
      `verified: ${findings.length} facts${verify ? '' : `; ${gasUsed.toLocaleString('en-US')} gas; addresses are in ${out}`}`,
    )
    if (json)
      terminal.out(
        toJson({ ok: true, ...told, missing: ahead?.missing ?? [], sent: !verify, gasUsed, verified: findings.length }),
      )
    return EXIT.ok
  } finally {
    provider.destroy()
  }
}

export const configure: Configure = (command: Command, terminal, done) => {
  command
    .requiredOption('--config <file>', 'what to deploy: YAML or JSON, see docs/operating.md')
    .requiredOption('--rpc-url <url>', 'endpoint of the chain')
    .option('--key-file <file>', 'key of the installer: one line, 0x and 64 hex digits, mode 0600')
    .option('--out <file>', 'where addresses are written', 'addresses.json')
    .option('--verify', 'send nothing: check what is there')
    .option('--yes', 'send without asking')
  addKnobs(command, { feeCeiling: GAS_KNOBS.feeCeiling })
  command.addHelpText('after', EXAMPLE).action(async (flags: DeployFlags) => {
    done(await run(flags, terminal))
  })
}

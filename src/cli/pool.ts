// `stkr pool …`: micro-pools, for providers that open and run them and for users that put ETH in. What changes something
// shows its steps with gas and ETH, and sends them only when agreed to. Amounts are ETH and ANKR as people write them.

import type { Command } from 'commander'
import type { PoolDesk } from '../chain/micro-pools.ts'
import { parseDepositData } from '../chain/pool-files.ts'
import type { Step } from '../chain/steps.ts'
import { Fault } from '../core/errors.ts'
import type { Hex } from '../core/types.ts'
import { systemClock } from '../system.ts'
import { addressOf, amountOf, readText, wholeNumber } from './arguments.ts'
import { EXIT, toJson } from './outcome.ts'
import type { Terminal } from './outcome.ts'
import { addPoolFlags, addProofFlags, proofOf, withPools } from './pool-office.ts'
import type { ProofFlags } from './pool-office.ts'
import { poolLines, poolSummary, stakeLine } from './pool-text.ts'
import type { Configure } from './program.ts'
import { addSendFlags, settlePlan } from './sending.ts'
import type { PayFlags, Plan } from './sending.ts'
import { amountText, parseSpan } from './units.ts'

const EXAMPLE = `
Examples:
  $ stkr pool list
  $ stkr pool join 0x… 4 --key-file user.key
  $ stkr pool join 0x… 4 --key-file user.key --yes
  $ stkr pool show 0x… --account 0x…
  $ stkr pool leave 0x… 1.5 --key-file user.key
  $ stkr pool claim 0x… --key-file user.key
  $ stkr pool redeem 4 --pool 0x… --key-file user.key

For providers:
  $ stkr pool open 7 --stake 16 --time 180d --key-file owner.key
  $ stkr pool predeposit 0x… --deposit-data deposit_data.json --key-file owner.key
  $ stkr pool prove 0x… --beacon-node http://127.0.0.1:5052 --key-file owner.key
  $ stkr pool start 0x… --key-file owner.key
  $ stkr pool exit 0x… --key-file owner.key
  $ stkr pool complete 0x… --key-file owner.key

Where the pools are comes from --rpc-urls and --micro-pools, the environment or the data directory's config.yaml.`

const nowSeconds = (): number => Math.floor(systemClock.now() / 1000)

const perform = (
  flags: PayFlags,
  terminal: Terminal,
  plan: (desk: PoolDesk, sender: Hex) => Promise<Plan>,
): Promise<number> =>
  withPools(flags, async (desk, sender) => settlePlan(desk, await plan(desk, sender), flags, terminal))

async function list(flags: PayFlags & { readonly last: string }, terminal: Terminal): Promise<number> {
  const last = wholeNumber(flags.last, '--last')
  return withPools(flags, async (desk) => {
    const [total, pools] = await Promise.all([desk.total(), desk.list(last)])
    if (flags.json === true) terminal.out(toJson({ ok: true, total, pools }))
    else if (pools.length === 0) terminal.out('no pools yet: stkr pool open')
    else pools.map((pool) => poolSummary(pool, nowSeconds())).forEach(terminal.out)
    return EXIT.ok
  })
}

async function show(at: Hex, flags: PayFlags & { account?: string }, terminal: Terminal): Promise<number> {
  const account = flags.account === undefined ? undefined : addressOf(flags.account, '--account')
  return withPools(flags, async (desk) => {
    const pool = await desk.view(at)
    const result = ['filling', 'filled', 'running'].includes(pool.state) ? undefined : await desk.result(at)
    const stake = account && (await desk.stakeOf(at, account))
    if (flags.json === true)
      terminal.out(toJson({ ok: true, pool, result, account: stake && { address: account, ...stake } }))
    else {
      poolLines(pool, result, nowSeconds()).forEach(terminal.out)
      if (account && stake) terminal.out(stakeLine(account, stake))
    }
    return EXIT.ok
  })
}

interface OpenFlags extends PayFlags {
  readonly stake: string
  readonly time: string
}

const open = (sidecar: number, { stake, time, ...flags }: OpenFlags, terminal: Terminal): Promise<number> =>
  perform(flags, terminal, async (desk) => {
    const endsAt = nowSeconds() + parseSpan(time, '--time')
    const fixedPrice = await desk.quote(endsAt)
    const steps = await desk.planOpen(sidecar, endsAt, amountOf(stake, '--stake'))
    return {
      steps,
      facts: { fixedPrice, endsAt },
      lines: [`price      about ${amountText(fixedPrice)} ANKR for all 32 ETH, until its end`],
      after: async () => {
        const pool = await desk.newestOf(sidecar)
        return {
          facts: { pool },
          line: `open: make deposit data of 1 ETH that withdraw to ${pool}, then stkr pool predeposit ${pool}`,
        }
      },
    }
  })

const join = (at: Hex, amount: string, flags: PayFlags, terminal: Terminal): Promise<number> =>
  perform(flags, terminal, async (desk) => {
    const { steps, eth, fee } = await desk.planJoin(at, amountOf(amount, 'the amount'))
    return {
      steps,
      facts: { eth, fee },
      lines: [`stakes ${amountText(eth)} ETH for ${amountText(fee)} ANKR; what exceeds 32 ETH comes back`],
      after: `you have ${amountText(eth)} aETH and a position of as much: stkr pool show ${at}`,
    }
  })

const predeposit = (at: Hex, file: string, flags: PayFlags, terminal: Terminal): Promise<number> =>
  perform(flags, terminal, async (desk) => {
    const { credentials } = await desk.view(at)
    const deposit = parseDepositData(readText(file, '--deposit-data'), credentials)
    return {
      steps: await desk.planPredeposit(at, deposit),
      facts: { pubkey: deposit.pubkey },
      lines: [`deposits 1 ETH of your stake for ${deposit.pubkey}`],
      after: 'once the beacon chain knows the validator: stkr pool prove',
    }
  })

/** Wherever money goes: the sender, or who is named. */
const receiverOf = ({ to }: { readonly to?: string }, sender: Hex): Hex =>
  to === undefined ? sender : addressOf(to, '--to')

export const configure: Configure = (command: Command, terminal, done) => {
  const all = <F extends PayFlags>(flags: F): F => ({ ...flags, ...command.opts<{ json?: boolean }>() })
  const sub = (name: string, help: string): Command => addPoolFlags(command.command(name).description(help))
  const paying = (name: string, help: string): Command => addSendFlags(sub(name, help))
  const ofPool = (name: string, help: string): Command => paying(name, help).argument('<pool>', 'its address')
  const poolOf = (text: string): Hex => addressOf(text, 'the pool')
  /** A command of one pool that takes nothing else than flags. */
  const simple = <F extends PayFlags>(
    declared: Command,
    plan: (desk: PoolDesk, at: Hex, flags: F, sender: Hex) => Promise<readonly Step[]>,
  ): void => {
    declared.action(async (text: string, flags: F) => {
      const at = poolOf(text)
      done(
        await perform(all(flags), terminal, async (desk, sender) => ({ steps: await plan(desk, at, flags, sender) })),
      )
    })
  }

  sub('list', 'the newest pools')
    .option('--last <count>', 'how many', '20')
    .action(async (flags: PayFlags & { last: string }) => done(await list(all(flags), terminal)))
  sub('show', 'one pool, and what an account has in it')
    .argument('<pool>', 'its address')
    .option('--account <address>', 'whose position to show')
    .action(async (text: string, flags: PayFlags & { account?: string }) =>
      done(await show(poolOf(text), all(flags), terminal)),
    )
  ofPool('join', 'stake ETH in a pool, pay its part of the price in ANKR, get aETH')
    .argument('<eth>', 'how much')
    .action(async (text: string, eth: string, flags: PayFlags) =>
      done(await join(poolOf(text), eth, all(flags), terminal)),
    )
  ofPool('leave', 'take ETH and its fee back; before 32 ETH are there')
    .argument('<eth>', 'how much; as much aETH is burnt')
    .action(async (text: string, eth: string, flags: PayFlags) => {
      const [at, amount] = [poolOf(text), amountOf(eth, 'the amount')]
      done(await perform(all(flags), terminal, async (desk) => ({ steps: await desk.planLeave(at, amount) })))
    })
  simple(
    ofPool('claim', 'take rewards, and as a provider the stake').option('--to <address>', 'who receives it'),
    (desk, at, flags: PayFlags & { to?: string }, sender) => desk.planClaim(at, receiverOf(flags, sender)),
  )
  paying('redeem', 'turn aETH into ETH')
    .argument('<aeth>', 'how much')
    .option('--pool <address>', 'by your position in it, first; otherwise as any holder')
    .option('--to <address>', 'who receives it')
    .action(async (text: string, flags: PayFlags & { pool?: string; to?: string }) => {
      const amount = amountOf(text, 'the amount')
      const pool = flags.pool === undefined ? undefined : addressOf(flags.pool, '--pool')
      done(
        await perform(all(flags), terminal, async (desk, sender) => {
          const { worth, available } = await desk.backing(amount)
          const steps = await desk.planRedemption(amount, receiverOf(flags, sender), pool)
          return { steps, facts: { worth, available }, lines: [`worth ${amountText(worth)} ETH now`] }
        }),
      )
    })

  paying('open', 'open a pool for one of your sidecars')
    .argument('<sidecar>', 'its id')
    .requiredOption('--stake <eth>', 'your collateral, bound until the end')
    .requiredOption('--time <span>', 'until its end: 90d, 12h')
    .action(async (sidecar: string, flags: OpenFlags) =>
      done(await open(wholeNumber(sidecar, 'a sidecar'), all(flags), terminal)),
    )
  ofPool('add', 'add to your stake')
    .argument('<eth>', 'how much')
    .action(async (text: string, eth: string, flags: PayFlags) => {
      const [at, amount] = [poolOf(text), amountOf(eth, 'the amount')]
      done(await perform(all(flags), terminal, async (desk) => ({ steps: await desk.planAdd(at, amount) })))
    })
  ofPool('predeposit', "deposit your stake's first ETH for the validator; `start` is the rest")
    .requiredOption(
      '--deposit-data <file>',
      'deposit data of 1 ETH that withdraw to the pool, as deposit tools write them',
    )
    .action(async (text: string, flags: PayFlags & { depositData: string }) =>
      done(await predeposit(poolOf(text), flags.depositData, all(flags), terminal)),
    )
  simple(
    ofPool('start', 'start the validator of a pool that is full and proven with its other 31 ETH; anybody may'),
    (desk, at) => desk.planStart(at),
  )
  simple(
    addProofFlags(ofPool('prove', 'show that the validator withdraws to the pool; by --beacon-node or --proof')),
    async (desk, at, flags: PayFlags & ProofFlags) => {
      const proof = await proofOf(flags, (await desk.view(at)).pubkey, terminal.signal)
      if (!proof) throw new Fault('usage', 'a proof by whom? give --beacon-node, or a file with --proof')
      return desk.planProof(at, proof)
    },
  )
  simple(ofPool('exit', 'ask the beacon chain for the validator'), (desk, at) => desk.planExit(at))
  simple(
    addProofFlags(
      ofPool(
        'complete',
        'end a pool whose ETH came back, and send on what anybody may: the fee, the shares of both pools; with a proof ' +
          'that the validator is empty, when less than 32 ETH came back',
      ),
    ),
    async (desk, at, flags: PayFlags & ProofFlags) =>
      desk.planCompletion(at, await proofOf(flags, (await desk.view(at)).pubkey, terminal.signal)),
  )
  command.addHelpText('after', EXAMPLE)
}

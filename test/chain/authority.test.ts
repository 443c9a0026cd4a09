// Nobody holds an owner key: after a deployment every function of every contract, from the ABIs, is tried as the deployer, as a
// stranger and as a governor. The deployer can do what a stranger can and nothing else; what any of them is refused is
// in the table of docs/economy.md and the other way round; the timelock alone may do what is the authority's.
// time limit: 180 s
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Interface } from 'ethers'
import type { FunctionFragment, ParamType } from 'ethers'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ARTIFACTS } from '../../src/chain/deploy-artifacts.ts'
import type { PartName } from '../../src/chain/deploy-artifacts.ts'
import { revertFault } from '../../src/chain/reverts.ts'
import { fromHex } from '../../src/core/bytes.ts'
import { codeOf } from '../../src/core/errors.ts'
import { nobleRecordSigner } from '../../src/core/signature.ts'
import type { Hex } from '../../src/core/types.ts'
import { GOVERNOR_KEYS, openGovernment } from '../../src/devnet/government.ts'
import { mint } from '../../src/devnet/money.ts'
import { GOVERNOR_STAKE } from '../../src/devnet/terms.ts'
import { startAnvil } from '../support/anvil.ts'
import type { Anvil } from '../support/anvil.ts'
import { openOutbox, startNetwork } from '../support/anvil-network.ts'
import type { TestNetwork } from '../support/anvil-network.ts'
import { tablesOf } from '../support/docs-read.ts'

const test = suite('chain/authority')
let anvil: Anvil
let net: TestNetwork

const STRANGER: Hex = '0x00000000000000000000000000000000000bad01'

test.before(async () => {
  anvil = await startAnvil()
  net = await startNetwork(anvil, 0)
  const parties = await Promise.all(GOVERNOR_KEYS.map((key) => openOutbox(anvil.url, key)))
  await mint(
    net.contracts.token,
    parties.map(({ outbox }) => [outbox.sender, GOVERNOR_STAKE] as const),
    net,
  )
  const governors = parties.map(({ outbox }) => outbox)
  await openGovernment(net.contracts.government, { provider: net.provider, governors })
  await Promise.all(governors.map((outbox) => outbox.stop()))
})
test.after(async () => {
  await net.outbox.stop()
  await anvil.stop()
})

/** The plainest value of a type. */
function plainest({ baseType, type, arrayLength, arrayChildren, components }: ParamType): unknown {
  if (baseType === 'array')
    return arrayChildren && arrayLength !== null && arrayLength > 0
      ? Array.from({ length: arrayLength }, () => plainest(arrayChildren))
      : []
  if (baseType === 'tuple') return (components ?? []).map(plainest)
  if (type === 'address') return `0x${'00'.repeat(19)}01`
  if (type === 'bool') return false
  if (type === 'string') return 'x'
  if (type === 'bytes') return '0x'
  return type.startsWith('bytes') ? `0x${'00'.repeat(Number(type.slice(5)))}` : 0
}

interface Door {
  readonly part: PartName
  readonly contract: string
  readonly fn: string
  readonly data: string
}

/** Every function that changes something, once for each name. */
const doors = (): readonly Door[] =>
  (Object.keys(ARTIFACTS) as PartName[]).flatMap((part) => {
    const { contract, abi } = ARTIFACTS[part]
    const coder = new Interface(JSON.stringify(abi))
    const found = new Map<string, FunctionFragment>()
    coder.forEachFunction((fragment) => {
      if (!fragment.constant) found.set(fragment.name, fragment)
    })
    return [...found.values()].map((fragment) => ({
      part,
      contract,
      fn: fragment.name,
      data: coder.encodeFunctionData(fragment, fragment.inputs.map(plainest)),
    }))
  })

/** `done`, or the code of the refusal. */
async function tried({ part, data }: Door, from: Hex): Promise<string> {
  try {
    await net.provider.call({ to: net.contracts[part], from, data })
    return 'done'
  } catch (error) {
    return codeOf(revertFault(error, ''))
  }
}

/** Refusals that are about who asks. */
const WHO = new Set(
  [
    ...['authority', 'successor', 'timelock', 'government', 'installer', 'marketplace', 'discipline', 'providers'],
    ...['source', 'pool', 'writer', 'factory'],
  ].map((who) => `revert-not-${who}`),
)
for (const code of ['governor-only-executor', 'timelock-unauthorized-caller', 'access-control-unauthorized-account'])
  WHO.add(`revert-${code}`)

const nameOf = ({ contract, fn }: Door): string => `${contract}.${fn}`

test('the deployer can do what a stranger can, and nothing else', async () => {
  const deployer = net.outbox.sender
  const differing: string[] = []
  for (const door of doors()) {
    const [asDeployer, asStranger] = [await tried(door, deployer), await tried(door, STRANGER)]
    if (asDeployer !== asStranger) differing.push(`${nameOf(door)}: ${asDeployer}, a stranger ${asStranger}`)
  }
  // It installed, which the contracts remember of it; again is refused to it as well. It holds tokens of the test.
  const own = differing.filter((line) => !/-already-installed, a stranger revert-not-installer$/.test(line))
  assert.equal(own, [])
})

test('what is the authority’s is refused to deployer, stranger and governor, and open to the timelock', async () => {
  const governor = nobleRecordSigner(fromHex(GOVERNOR_KEYS[0] ?? '0x')).address
  const guarded = doors().filter(({ fn }) => fn !== 'acceptAuthority')
  let seen = 0
  for (const door of guarded) {
    if ((await tried(door, STRANGER)) !== 'revert-not-authority') continue
    seen++
    for (const who of [net.outbox.sender, governor])
      assert.is(await tried(door, who), 'revert-not-authority', nameOf(door))
    assert.is.not(await tried(door, net.contracts.timelock), 'revert-not-authority', `${nameOf(door)} by the timelock`)
  }
  assert.ok(seen >= 15, `${seen} functions are the authority’s`)
})

test('the table of docs/economy.md says who can call what: no more, no less', async () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/economy.md'), 'utf8')
  const table = tablesOf(page).find(({ header }) => header[0] === 'contract' && header[2] === 'who')
  assert.ok(table, 'there is a table')
  const code = (cell: string): readonly string[] => [...cell.matchAll(/`(\w+)`/g)].map((found) => found[1] ?? '')
  const told = new Set(
    table.rows.flatMap(([contracts = '', functions = '']) =>
      code(contracts).length === 0 || contracts.startsWith('all with')
        ? code(functions).map((fn) => `*.${fn}`)
        : code(contracts).flatMap((contract) => code(functions).map((fn) => `${contract}.${fn}`)),
    ),
  )
  const refused: Door[] = []
  for (const door of doors()) if (WHO.has(await tried(door, STRANGER))) refused.push(door)
  const missing = refused.filter((door) => !told.has(nameOf(door)) && !told.has(`*.${door.fn}`)).map(nameOf)
  assert.equal(missing, [], 'refused by who asks, and not in the table')
  const names = new Set(doors().flatMap((door) => [nameOf(door), `*.${door.fn}`]))
  const contracts = Object.values(ARTIFACTS).map(({ contract }) => contract)
  const unknown = [...told].filter((name) => !names.has(name) && !name.startsWith('Government,'))
  const gone = unknown.filter((name) => {
    const [contract = '', fn = ''] = name.split('.')
    // A row of several contracts names functions that only some of them have.
    return (
      !contracts.some((other) => names.has(`${other}.${fn}`)) || (contract !== '*' && !contracts.includes(contract))
    )
  })
  assert.equal(gone, [], 'in the table, and no function of a contract')
})

test.run()

// What a deployment will put where, before anything is sent: every contract's creation code and its address, which
// follows from that code alone (CREATE2 through the deterministic-deployment proxy). So a plan is a pure function of its
// options, two runs of it agree, and what is on chain already is recognised by address. Nobody holds a key: the
// timelock, whose address follows from the government's, is the authority of every contract from its first block on.
// What two constructors would each need of the other is installed once, by the installer.

import type { Abi, AbiParametersToPrimitiveTypes, ExtractAbiFunction, ExtractAbiFunctionNames } from 'abitype'
import { Interface, concat, getCreate2Address, getCreateAddress, keccak256 } from 'ethers'
import { toHex, utf8ToBytes } from '../core/bytes.ts'
import { expandG2 } from '../core/eip2537.ts'
import type { Hex, Schedule } from '../core/types.ts'
import { ARTIFACTS } from './deploy-artifacts.ts'
import type { PartName } from './deploy-artifacts.ts'
import type { Deployed, DeployOptions } from './deploy-options.ts'

/** The same on every chain: 32 bytes of salt and creation code in, the contract out. */
export const DEPLOYMENT_PROXY: Hex = '0x4e59b44847b379578588920ca78fbf26c0b4956c'

export interface Part {
  readonly name: PartName
  readonly contract: string
  readonly address: Hex
  readonly args: readonly unknown[]
  /** Salt and creation code, as the proxy takes them. */
  readonly data: Hex
  /** Parts whose addresses are in the creation code. */
  readonly needs: readonly PartName[]
}

/** A part that learns, once, of parts that were created after it. */
export interface Installation {
  readonly part: PartName
  readonly call: string
  readonly args: readonly unknown[]
  /** Where it stands when it is done. */
  readonly done: { readonly view: string; readonly answer: unknown }
}

export interface Plan {
  readonly options: DeployOptions
  /** In an order in which they can be created. */
  readonly parts: readonly Part[]
  readonly installations: readonly Installation[]
  readonly addresses: Deployed
}

type Constructor<A extends Abi> = Extract<A[number], { readonly type: 'constructor' }>
/** Nothing where the contract has no constructor. */
type ConstructorArgs<A extends Abi> = [Constructor<A>] extends [never]
  ? readonly []
  : AbiParametersToPrimitiveTypes<Constructor<A>['inputs'], 'inputs'>
type Writes = 'nonpayable' | 'payable'

const lower = (address: string): Hex => address.toLowerCase() as Hex

const scheduleOf = (schedule: Schedule) => ({
  auditsPerSlot: schedule.audits,
  sealRounds: schedule.sealRounds,
  closeRounds: schedule.closeRounds,
  revealCloseRounds: schedule.revealCloseRounds,
  certifyRounds: schedule.certifyRounds,
  viewRounds: schedule.viewRounds,
  evidencePeriods: schedule.evidencePeriods,
})

const clockOf = ({ drand, schedule }: DeployOptions) => ({
  genesisTime: BigInt(drand.genesisTime),
  secondsPerRound: drand.periodSeconds,
  genesisRound: BigInt(schedule.genesisRound),
  periodRounds: schedule.periodRounds,
  epochPeriods: schedule.epochPeriods,
})

type Add = <Name extends PartName>(name: Name, args: ConstructorArgs<(typeof ARTIFACTS)[Name]['abi']>) => Hex

/** Collects parts; each gets its address as it is added. */
function collect(network: string): { readonly parts: Part[]; readonly add: Add } {
  const parts: Part[] = []
  const add: Add = (name, args) => {
    const { contract, abi, bytecode } = ARTIFACTS[name]
    // By name as well: two contracts may have the same code.
    const salt = keccak256(utf8ToBytes(`stkr mesh/${network}/${contract}`))
    const given: readonly unknown[] = args
    const initCode = concat([bytecode, new Interface(JSON.stringify(abi)).encodeDeploy(given)])
    const address = lower(getCreate2Address(DEPLOYMENT_PROXY, salt, keccak256(initCode)))
    const needs = parts.filter((part) => initCode.includes(part.address.slice(2))).map((part) => part.name)
    parts.push({ name, contract, address, args: given, data: concat([salt, initCode]) as Hex, needs })
    return address
  }
  return { parts, add }
}

type Ground = Pick<Deployed, 'token' | 'beacons' | 'sidecars' | 'committee' | 'ledger'>

function addNetwork(options: DeployOptions, add: Add): Ground {
  const { registry, schedule, ledger: bounties } = options
  const token = options.token ?? add('token', [])
  const beacons = add('beacons', [toHex(expandG2(options.drand.publicKey))])
  const sidecars = add('sidecars', [{ token, ...registry, clock: clockOf(options) }])
  const committee = add('committee', [sidecars, beacons, schedule.seatsMax])
  const ledger = add('ledger', [{ sidecars, committee, beacons, ...bounties, schedule: scheduleOf(schedule) }])
  return { token, beacons, sidecars, committee, ledger }
}

type Rule = Pick<
  Deployed,
  'staking' | 'rewardPool' | 'insurancePool' | 'requesters' | 'council' | 'government' | 'timelock'
>

function addGovernment(options: DeployOptions, add: Add, { token, sidecars }: Ground): Rule {
  const { installer, council: seats, government: decisions, pools } = options
  const rewardPool = add('rewardPool', [{ token, installer, development: pools.development, policy: pools.reward }])
  const insurancePool = add('insurancePool', [
    { token, installer, rewardPool, policy: pools.insurance, least: pools.insuranceLeast },
  ])
  const requesters = add('requesters', [
    { token, rewardPool, installer, unbondingSeconds: pools.requesterUnbondingSeconds },
  ])
  const staking = add('staking', [token, sidecars, rewardPool])
  const council = add('council', [{ token, votes: staking, insurancePool, rewardPool, installer, ...seats }])
  const government = add('government', [{ council, ...decisions }])
  const timelock = firstOf(government)
  return { staking, rewardPool, insurancePool, requesters, council, government, timelock }
}

type Trade = Pick<Deployed, 'nodes' | 'priceFeed' | 'quotes' | 'providers' | 'projects' | 'marketplace' | Conduct>
type Conduct = 'discipline' | 'dividends' | 'tiers' | 'custody'

function addMarket(options: DeployOptions, add: Add, ground: Ground, rule: Rule): Trade {
  const { installer, quotes: pricing, providers: terms, market } = options
  const { token, beacons, sidecars, committee, ledger } = ground
  const { insurancePool, rewardPool, requesters, staking, timelock: authority } = rule
  const { price } = pricing
  const nodes = add('nodes', [sidecars, staking, installer])
  const priceFeed = 'feed' in price ? price.feed : add('priceFeed', [price.decimals, price.usd])
  const quotes = add('quotes', [authority, pricing.rates, priceFeed, pricing.maxAgeSeconds])
  const registry = { token, sidecars, ledger, insurancePool, authority, installer, ...terms }
  const providers = add('providers', [registry])
  const served = { sidecars, ledger, providers, nodes, requesters, rewardPool, insurancePool }
  const projects = add('projects', [{ ...served, authority, installer, timing: options.projects }])
  const pieces = { sidecars, beacons, committee, providers, quotes, projects }
  const marketplace = add('marketplace', [{ ...pieces, authority, ...market }])
  const judged = { sidecars, ledger, providers, authority, policy: options.discipline }
  const discipline = add('discipline', [judged])
  const paid = { sidecars, ledger, providers, rewardPool, authority, policy: options.dividends }
  const dividends = add('dividends', [paid])
  const tiers = add('tiers', [providers, authority])
  const custody = add('custody', [{ token, providers, authority }])
  return { nodes, priceFeed, quotes, providers, projects, marketplace, discipline, dividends, tiers, custody }
}

/** The first contract a contract creates has nonce 1. */
const firstOf = (from: Hex): Hex => lower(getCreateAddress({ from, nonce: 1 }))

type Validators = Pick<Deployed, 'depositContract' | 'beaconChain' | 'microPools' | 'aEth' | 'microPool' | 'poolPayout'>

function addMicroPools(options: DeployOptions, add: Add, known: Ground & Rule & Trade): Validators {
  const { token, providers, tiers, quotes, nodes, requesters, rewardPool, insurancePool, timelock: authority } = known
  const { installer, microPools: terms } = options
  const depositContract = terms.depositContract ?? add('depositContract', [])
  const beaconChain = add('beaconChain', [])
  const served = { token, providers, tiers, quotes, nodes, requesters }
  const parts = { ...served, rewardPool, insurancePool, depositContract }
  const microPools = add('microPools', [{ ...parts, authority, installer, policy: terms.policy }])
  const poolPayout = add('poolPayout', [microPools, beaconChain])
  const microPool = add('microPool', [microPools, beaconChain, poolPayout])
  return { depositContract, beaconChain, microPools, aEth: firstOf(microPools), microPool, poolPayout }
}

type AbiOf<Name extends PartName> = (typeof ARTIFACTS)[Name]['abi']

const install = <Name extends PartName, F extends ExtractAbiFunctionNames<AbiOf<Name>, Writes>>(
  part: Name,
  call: F,
  args: AbiParametersToPrimitiveTypes<ExtractAbiFunction<AbiOf<Name>, F>['inputs'], 'inputs'>,
  view: ExtractAbiFunctionNames<AbiOf<Name>, 'view'>,
  answer: unknown,
): Installation => ({ part, call, args, done: { view, answer } })

function installationsOf({ council, government, timelock, marketplace, ...rest }: Deployed) {
  const { requesters, staking, nodes, projects, discipline, dividends, microPools, microPool } = rest
  const sources = { authority: timelock, council, providers: dividends, requesters, staking, nodes }
  return [
    install('council', 'install', [government], 'government', government),
    install('providers', 'install', [marketplace, discipline, dividends], 'marketplace', marketplace),
    install('rewardPool', 'install', [sources], 'installed', true),
    install('insurancePool', 'install', [timelock, microPools], 'microPools', microPools),
    install('requesters', 'install', [microPools], 'reporter', microPools),
    install('providers', 'installMicroPools', [microPools], 'microPools', microPools),
    install('projects', 'install', [marketplace], 'marketplace', marketplace),
    install('nodes', 'installWriters', [projects, microPools], 'microPools', microPools),
    install('microPools', 'install', [microPool], 'installed', true),
  ]
}

export function planDeployment(options: DeployOptions): Plan {
  const { parts, add } = collect(options.network)
  const ground = addNetwork(options, add)
  const rule = addGovernment(options, add, ground)
  const known = { ...ground, ...rule, ...addMarket(options, add, ground, rule) }
  const addresses = { ...known, ...addMicroPools(options, add, known) }
  return { options, parts, installations: installationsOf(addresses), addresses }
}

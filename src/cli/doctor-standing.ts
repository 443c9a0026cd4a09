// How the chain sees this sidecar: registered with these very keys, staked, and able to pay for what it posts.

import { judgeGas } from '../chain/gas-watch.ts'
import { balanceOf, inspectRegistration } from '../chain/inspect.ts'
import type { RegistrationView } from '../chain/inspect.ts'
import type { Provider } from '../chain/rpc.ts'
import type { SidecarConfig } from '../config/sidecar.ts'
import { readPublicKeys } from '../keys/keyring.ts'
import { fail, ok, warn } from './findings.ts'
import type { Finding } from './findings.ts'
import { decimalText } from './units.ts'

const ETHER_DECIMALS = 18

/** ISidecars.Status, in its order. */
const STATUS = ['unknown', 'entering', 'active', 'exiting', 'unbonding', 'withdrawable', 'left'] as const

function checkKeys({ id, owner, peerKeyMatches, blsKeyMatches }: RegistrationView): Finding {
  if (peerKeyMatches && blsKeyMatches) return ok('registration', `sidecar ${id} of ${owner}, with these keys`)
  const wrong = [...(peerKeyMatches ? [] : ['peer']), ...(blsKeyMatches ? [] : ['BLS'])].join(' and ')
  return fail('registration', {
    code: 'registered-other-keys',
    seen: `sidecar ${id} is registered with another ${wrong} key`,
    fix: 'restore the keys.json it was registered with',
  })
}

function checkMembership({ status, entryEpoch, currentEpoch }: RegistrationView): Finding {
  const name = STATUS[status] ?? 'unknown'
  if (name === 'active') return ok('membership', `active since epoch ${entryEpoch}, now ${currentEpoch}`)
  if (name === 'entering') return ok('membership', `a member from epoch ${entryEpoch}, now ${currentEpoch}`)
  const fix =
    'if you did not ask to leave, it was slashed: look for equivocation in the log and at the contract’s events'
  return warn('membership', { code: 'leaving', seen: `the registry says: ${name}`, fix })
}

function checkStake({ stake, minStake }: RegistrationView): Finding {
  const seen = `${decimalText(stake, 18)} ANKR, the minimum is ${decimalText(minStake, 18)}`
  if (stake >= minStake) return ok('stake', seen)
  return warn('stake', { code: 'stake-low', seen, fix: 'the owner adds stake with addStake' })
}

/** `balance` and `gasPrice` in wei. */
export function checkGas(balance: bigint, gasPrice: bigint): Finding {
  const gas = judgeGas(balance, gasPrice, undefined)
  const { postingCost, postingsLeft } = gas
  const seen = `${decimalText(balance, ETHER_DECIMALS)} ETH; a posting costs at most ${decimalText(postingCost, ETHER_DECIMALS)} ETH now: enough for ${postingsLeft}`
  if (gas.code === undefined) return ok('gas', seen)
  const trouble = { code: gas.code, seen, fix: 'send ether to the signer: stkr keys show' }
  return gas.code === 'gas-out' ? fail('gas', trouble) : warn('gas', trouble)
}

/** What the registry says of a sidecar that it knows. */
export const checkRegistration = (view: RegistrationView): readonly Finding[] => [
  checkKeys(view),
  checkMembership(view),
  checkStake(view),
]

/** `gasPrice` in wei. Faults: those of the chain and of the key file. */
export async function checkStanding(
  { keysFile, ledger }: SidecarConfig,
  provider: Provider,
  gasPrice: bigint,
): Promise<readonly Finding[]> {
  const keys = readPublicKeys(keysFile)
  const [registration, balance] = await Promise.all([
    inspectRegistration(provider, ledger, keys),
    balanceOf(provider, keys.signer),
  ])
  const gas = checkGas(balance, gasPrice)
  if (!registration) {
    const seen = `no sidecar has the signer ${keys.signer}`
    const fix = 'run stkr init --register; until then it only observes'
    return [warn('registration', { code: 'not-registered', seen, fix }), gas]
  }
  return [...checkRegistration(registration), gas]
}

// Putting one contract on chain through the outbox, which knows how to make anything arrive.

import { Interface } from 'ethers'
import { invariant } from '../core/errors.ts'
import type { Hex } from '../core/types.ts'
import type { Outbox } from './outbox.ts'

/** ABI (what ethers parses as JSON) and creation code. */
export type Creation = readonly [name: string, abi: object, bytecode: string]

/** Address of the new contract. Faults: `revert-…` for refused parameters, those of the outbox. */
export async function create(outbox: Outbox, [name, abi, bytecode]: Creation, args: readonly unknown[]): Promise<Hex> {
  const data = (bytecode + new Interface(JSON.stringify(abi)).encodeDeploy(args).slice(2)) as Hex
  const receipt = await outbox.submit({ key: `deploy:${name}`, data })
  invariant(receipt.contractAddress, `the receipt of ${name} has an address`)
  return receipt.contractAddress.toLowerCase() as Hex
}

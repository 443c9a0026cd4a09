// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IPoolFunding} from "./IPoolFunding.sol";
import {IPoolPayout} from "./IPoolPayout.sol";

/// @title Micro-pool: a validator whose 32 ETH come from a provider and from anybody
/// @notice A provider opens it with its own stake and an end time; users join with any amount and pay that part of the
/// fixed price FP in ANKR (white paper 3.2, 3.4.7; R2, R3). With exactly 32 ETH the validator starts; until then users may
/// leave, from then on nobody does until it has ended. Whoever brings the last ETH ends joining and leaving in the same call;
/// the deposit is the next one, anybody's (`start`), so that the last to join pays no more gas than the first.
///
/// *Deposit.* Ethereum believes the first deposit of a key about who may withdraw. So the provider's own first ETH is
/// deposited alone (`predeposit`), anybody proves by the beacon chain that it withdraws to this contract (`prove`), and
/// only then the other 31 follow. Who deposits first for itself loses that one ETH and can prove nothing; users leave.
///
/// *Price.* A user's ETH pays ceil(FP * eth / 32 ETH) in all, however often it joins, so the sum is never short of FP's part
/// and at most one base unit a user above it. The ANKR waits here: who leaves gets it back, and once the validator has
/// started `payFee` sends the policy's share to the Reward Pool and the rest to the provider.
///
/// *End.* `exit` asks the beacon chain for the validator (EIP-7002): anybody after the end time or once the provider is
/// disqualified, the provider and the authority at any time. ETH comes back without a call, so only the balance counts:
/// with 32 ETH here anybody completes, with less it takes a proof that the validator is empty. What came back pays, in
/// this order: the users' principal (to aETH, where it is redeemed), what the Insurance Pool lent for it, the provider's
/// stake, and beyond 32 ETH rewards: policy shares to the Insurance Pool and the Reward Pool, the rest to all who staked ETH,
/// provider included, in proportion. So a loss takes the provider's stake first. For what is then missing of users'
/// principal the pool claims from the Insurance Pool, at once and whenever that has more. ETH that comes later goes the
/// same way (`distribute`).
///
/// *Migration.* Users move to another pool as one, by decision and with the consent of that pool's provider: their ETH and
/// the ANKR that waits with it before the start; after it, what the exit brought back, as far as users have not redeemed
/// it (Ethereum knows no change of a validator's key or credentials, so a running one is exited first). Positions follow
/// one by one, whenever somebody says `bring`; nothing is lost by waiting.
/// @dev Two contracts share a pool's storage, since one cannot hold the code: what `MicroPool` does not know it lets
/// `PoolPayout` do in its place (a delegatecall to an address that is part of its code). One clone for each pool, with its terms in
/// its code: its address follows from them. The factory alone opens and migrates. All users pull. No loops.
interface IMicroPool is IPoolFunding, IPoolPayout {}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title aETH: one token for each wei that users put into micro-pools
/// @notice Minted at once when a user joins a pool (white paper 3.7; E3). It is the principal and nothing else: rewards
/// belong to the positions that pools keep, whoever holds the token. It is a plain ERC-20 with permit, the same in all
/// pools, and burnt for ETH in three ways:
///
/// - *leaving*: before its validator starts, a pool gives back what a user put in, one for one;
/// - *redeeming by position*: for 30 days after a pool ended, what came back of its users' principal is for those who
///   put it in, as far as they hold tokens;
/// - *redeeming*: what is not, or not any more, set aside like that is paid to any holder, first come first served.
///
/// *What a token is worth.* ETH of pools that have not started is untouched and its users can leave: it stands apart from
/// everything below, and backs as many tokens. All other tokens are backed by the ETH held here plus the principal that
/// runs in validators. Redeeming pays one for one, and less only when the backing is short:
///
///     rate = min(1, (held + running) / (supply - filling))
///
/// *Who bears a loss.* Of a validator's loss its provider's stake goes first, then the Insurance Pool pays. What both leave
/// open is borne by all holders alike, since tokens of all pools are one: the rate falls below one for everybody, "the
/// whole network absorbs this loss equally" (3.4.6). What the Insurance Pool pays later lifts it again. Nobody has to
/// redeem below one; who does gives up the difference, and what then comes back beyond one goes to the Insurance Pool.
///
/// *No run on a loss that is known.* Anybody can prove to a pool by the beacon chain that its validator has lost; the
/// principal at risk is written down from that moment, not from the exit weeks later, so nobody gets out at the others' cost. And
/// while the rate is below one nobody can join a pool and no pool is filled: a newcomer would pay for what was lost before it
/// came. Those whose pool has not started leave with everything.
///
/// *Solvency.* Σ payments owed at the rate ≤ held + running: redeeming x takes x · rate ≤ x · backing / tokens, rounded down, so
/// the rate of those who stay never falls by it. ETH forced into the contract counts for nothing.
/// @dev Only pools of the factory that deployed it mint and burn, by the factory's word (`isPool`); what a pool's users put
/// in before its start only the pool keeps account of, here is the sum of all pools. There is no owner.
interface IAEth is IERC20 {
    /// @notice A pool's account, in wei of its users' principal, from its start on.
    /// @param running At work in the validator; written down by proof of a loss.
    /// @param setAside Came back, and is for the pool's own users until `opensAt` (Unix seconds).
    struct Account {
        uint72 running;
        uint72 setAside;
        uint32 opensAt;
    }

    /// @notice A pool's principal went to work, or it was written down or up by proof.
    event Valued(address indexed pool, uint256 running);
    /// @notice ETH came back for a pool's users.
    event Restored(address indexed pool, uint256 amount, uint40 opensAt);
    event Redeemed(address indexed account, address indexed to, uint256 burnt, uint256 paid);
    event Opened(address indexed pool, uint256 amount);
    event Replenished(address indexed from, uint256 amount);
    event SurplusReturned(uint256 amount);

    error NotPool(address caller);
    error AmountZero();
    /// @notice Tokens are backed by less than one for one: nobody joins until that is made good.
    error BackingShort(uint256 backing, uint256 tokens);
    /// @notice Fewer tokens than that can be redeemed: the rest stands for pools that have not started.
    error TooFewTokens(uint256 tokens, uint256 asked);
    /// @notice Not so much ETH is here for the caller yet.
    error EthShort(uint256 available, uint256 asked);
    error EthRefused(address to);
    error StillSetAside(address pool, uint40 opensAt);
    error NothingSetAside(address pool);
    error NoSurplus();

    /// @notice Burns the caller's tokens for ETH at the rate.
    function redeem(uint256 amount, address payable to) external returns (uint256 paid);
    /// @notice Ends the 30 days of a pool's users: what they left is for any holder. Open to anybody.
    function open(address pool) external;
    /// @notice Takes ETH that makes a short backing good. Open to anybody; nobody gets it back.
    function replenish() external payable;
    /// @notice Sends the Insurance Pool what is held beyond one for one. Open to anybody.
    function returnSurplus() external;

    /// @notice Mints to a user that put ETH into the calling pool. Pools only, like all below.
    function mint(address account, uint256 amount) external;
    /// @notice Burns what a user leaves with.
    function burn(address account, uint256 amount) external;
    /// @notice The calling pool's validator starts: its users' principal goes to work.
    function started(uint72 principal) external;
    /// @notice Sets what the calling pool's principal at work is worth, at most what it was.
    function value(uint72 running) external;
    /// @notice The calling pool has ended; takes what came back of its users' principal. The rest comes by `restore`.
    function ended() external payable;
    /// @notice Takes what never went to work and nobody took back: it is for holders as well.
    function abandoned() external payable;
    /// @notice Takes ETH for the calling pool's users.
    function restore() external payable;
    /// @notice Burns tokens of one of the calling pool's users for ETH set aside for it, then for what is open to all.
    function redeemFor(address account, uint256 amount, address payable to) external returns (uint256 paid);
    /// @notice Gives ETH set aside back to the calling pool, to be put into another one: it counts as filling again.
    function refill(uint72 amount) external;

    /// @notice ETH that backs tokens of started and ended pools, and how many tokens these are.
    function backing() external view returns (uint256 eth, uint256 tokens);
    /// @notice Wei for `amount` of tokens now.
    function worth(uint256 amount) external view returns (uint256);
    /// @notice ETH that any holder may redeem now.
    function available() external view returns (uint256);
    function accountOf(address pool) external view returns (Account memory);
    function factory() external view returns (address);
    function insurancePool() external view returns (address);
}

// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The registry of sidecars: keys, stake, slots, and the clock they share
/// @notice A provider registers any number of sidecars, each with three keys (a secp256k1 record key, an Ed25519 peer
/// key, a BLS12-381 committee key) and a stake in ANKR. An id is permanent; a slot is the dense position 0..N-1 of an
/// active sidecar, fixed within an epoch. A request made in epoch e takes effect in epoch e + 2, so the members of an
/// epoch are final before its randomness exists. Everything requested before genesis takes effect in epoch 0.
/// @dev The EIP-712 domain of the whole system is {name "Stkr mesh", version "1", chainId, this contract}.
interface ISidecars {
    /// @notice How drand rounds become periods and epochs. Round r is due at genesisTime + (r - 1) * secondsPerRound;
    /// period p covers periodRounds rounds from genesisRound + p * periodRounds; epoch e covers epochPeriods periods.
    struct Clock {
        uint64 genesisTime;
        uint32 secondsPerRound;
        uint64 genesisRound;
        uint32 periodRounds;
        uint32 epochPeriods;
    }

    /// @notice What is fixed at deployment. Of a slash, reporterBps go to the reporter and the rest to the sink.
    struct Params {
        address token;
        uint128 minStake;
        Clock clock;
        uint32 unbondingEpochs;
        uint16 slashBps;
        uint16 reporterBps;
        address sink;
    }

    /// @notice What a provider hands in to register one sidecar.
    /// @param signer Address of the secp256k1 record key.
    /// @param peerKey Raw Ed25519 public key, the libp2p identity.
    /// @param blsKey G1 point, 128 bytes (EIP-2537).
    /// @param blsProof BLS signature (G2, 256 bytes, EIP-2537) over popMessage(owner, keccak256(blsKey)).
    /// @param signerProof 65-byte signature (r, s, v) by the record key over the EIP-712 struct
    /// Registration(address owner,bytes32 peerKey,bytes32 blsKeyHash), so nobody can occupy another's address.
    /// @param stake Amount of ANKR pulled from the caller, at least minStake.
    struct Application {
        address signer;
        bytes32 peerKey;
        bytes blsKey;
        bytes blsProof;
        bytes signerProof;
        uint128 stake;
    }

    /// @notice A registered sidecar. exitEpoch is the first epoch without it (2^64-1: no exit requested).
    struct Sidecar {
        uint32 id;
        address owner;
        address signer;
        bytes32 peerKey;
        bytes32 blsKeyHash;
        bytes blsKey;
        uint128 stake;
        uint64 entryEpoch;
        uint64 exitEpoch;
    }

    /// @notice Where a sidecar is in its life, seen from the current block. `Left`: withdrawn, or nothing left to
    /// withdraw after the last slash and the unbonding time.
    enum Status {
        Unknown,
        Entering,
        Active,
        Exiting,
        Unbonding,
        Withdrawable,
        Left
    }

    event Registered(
        uint32 indexed id,
        address indexed owner,
        address indexed signer,
        bytes32 peerKey,
        bytes blsKey,
        uint128 stake,
        uint64 entryEpoch
    );
    event StakeAdded(uint32 indexed id, uint128 amount, uint128 stake);
    /// @notice The sidecar is a member for the last time in epoch exitEpoch - 1.
    event ExitRequested(uint32 indexed id, uint64 exitEpoch);
    event StakeWithdrawn(uint32 indexed id, address indexed owner, uint128 amount);
    event Slashed(
        uint32 indexed id,
        address indexed reporter,
        uint8 kind,
        uint64 unit,
        uint32 sequence,
        uint128 amount,
        uint128 reporterShare
    );
    event CreditWithdrawn(address indexed account, uint256 amount);

    error ClockInvalid();
    error TokenMissing();
    error SinkMissing();
    error MinStakeZero();
    error SlashBpsOutOfRange(uint16 slashBps);
    error ReporterBpsOutOfRange(uint16 reporterBps);
    error SignerMissing();
    error PeerKeyMissing();
    error SignerTaken(address signer);
    error PeerKeyTaken(bytes32 peerKey);
    error BlsKeyTaken(bytes32 blsKeyHash);
    error SignerNotProven(address signer);
    error BlsKeyNotProven();
    error RegistryFull(uint32 most);
    error StakeTooLow(uint128 stake, uint128 minStake);
    error AmountZero();
    error UnknownSidecar(uint32 id);
    error NotOwner(uint32 id, address caller);
    error AlreadyExiting(uint32 id);
    error NotExiting(uint32 id);
    error StillBonded(uint32 id, uint64 withdrawableEpoch);
    error NothingStaked(uint32 id);
    error NothingCredited(address account);
    error KindNotSignOnce(uint8 kind);
    error SameBody();
    error AlreadyPunished(uint32 id, uint8 kind, uint64 unit, uint32 sequence);
    error RecordNotSigned(uint32 id, bytes32 bodyHash);
    error SlotOutOfRange(uint32 slot, uint32 count);

    /// @notice Registers a sidecar owned by the caller and pulls its stake.
    /// @return id Its permanent id, counted from 1.
    function register(Application calldata application) external returns (uint32 id);

    /// @notice Adds to the stake of a sidecar that has not asked to leave. Owner only.
    function addStake(uint32 id, uint128 amount) external;

    /// @notice Asks to leave; takes effect in the second epoch from now. Owner only.
    function requestExit(uint32 id) external;

    /// @notice Pays the stake back to the owner once exit and unbonding are over. Owner only.
    function withdraw(uint32 id) external;

    /// @notice Punishes an author that signed two bodies for one sign-once place (kind < 128). Open to anybody, also
    /// while the sidecar is leaving; each (id, kind, unit, sequence) once. Forces the exit.
    /// @dev The struct signed is Record(uint8 kind,uint32 author,uint64 unit,uint32 sequence,bytes32 bodyHash). The
    /// signatures are the 64 bytes r, s (s low) as they are on the wire; both recovery ids are tried here.
    function slashEquivocation(
        uint32 id,
        uint8 kind,
        uint64 unit,
        uint32 sequence,
        bytes32 bodyHashA,
        bytes calldata signatureA,
        bytes32 bodyHashB,
        bytes calldata signatureB
    ) external;

    /// @notice Sends an account what slashes credited to it. Anybody may trigger it; the money goes to the account.
    function withdrawCredit(address account) external;

    function params() external view returns (Params memory);
    /// @notice EIP-712 domain separator of the whole system (SEP).
    function domainSeparator() external view returns (bytes32);
    /// @notice Number of ids given so far; ids are 1..total.
    function total() external view returns (uint32);
    function sidecar(uint32 id) external view returns (Sidecar memory);
    /// @notice Who owns a sidecar, and the address of its record key: never changed.
    function holderOf(uint32 id) external view returns (address owner, address signer);
    function status(uint32 id) external view returns (Status);
    /// @notice First epoch in which the stake can be withdrawn; 2^64-1 before an exit is requested.
    function withdrawableEpoch(uint32 id) external view returns (uint64);
    /// @notice Id by key; zero when the key is not registered. A key stays taken for ever.
    function idOfSigner(address signer) external view returns (uint32);
    function idOfPeerKey(bytes32 peerKey) external view returns (uint32);
    function idOfBlsKey(bytes32 blsKeyHash) external view returns (uint32);
    function creditOf(address account) external view returns (uint256);
    function isPunished(uint32 id, uint8 kind, uint64 unit, uint32 sequence) external view returns (bool);

    /// @notice N, the number of slots of an epoch. Final for epochs up to the current one plus one.
    function count(uint64 epoch) external view returns (uint32);
    /// @notice Id in a slot of an epoch; reverts with SlotOutOfRange from N on.
    function sidecarAt(uint64 epoch, uint32 slot) external view returns (uint32 id);
    /// @notice Slot of an id in an epoch, and whether it has one.
    function slotOf(uint32 id, uint64 epoch) external view returns (bool active, uint32 slot);
    /// @notice Full records of the slots fromSlot (included) to toSlot (excluded, cut at N). 128 fit one eth_call.
    function roster(uint64 epoch, uint32 fromSlot, uint32 toSlot) external view returns (Sidecar[] memory);
    /// @notice BLS keys (128 bytes each, joined) of the given slots of an epoch, in the given order.
    function blsKeys(uint64 epoch, uint32[] calldata slots) external view returns (bytes memory);
    /// @notice What a sidecar signs with its BLS key to prove that it has it.
    function popMessage(address owner, bytes32 blsKeyHash) external view returns (bytes32);

    /// @notice The drand round due at a time; 0 before drand's genesis.
    function roundAt(uint64 timestamp) external view returns (uint64);
    /// @notice The time a round is due.
    function timeOfRound(uint64 round) external view returns (uint64);
    /// @notice The period running at a time; negative before genesisRound.
    function periodAt(uint64 timestamp) external view returns (int64);
    /// @notice The epoch running at a time; negative before genesisRound.
    function epochAt(uint64 timestamp) external view returns (int64);
    /// @notice The epoch of the current block.
    function currentEpoch() external view returns (int64);
    /// @notice The epoch of a period.
    function epochOf(uint64 period) external view returns (uint64);
    /// @notice First round of an epoch; its randomness draws the committee.
    function startRound(uint64 epoch) external view returns (uint64);
    /// @notice First round of a period; its randomness draws who audits whom.
    function periodStartRound(uint64 period) external view returns (uint64);
}

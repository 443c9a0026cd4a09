// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IProviders} from "../interfaces/IProviders.sol";
import {ISidecars} from "../interfaces/ISidecars.sol";
import {Authority} from "./Authority.sol";
import {Standings} from "./Standings.sol";

/// @title Who applied as a provider, whom the government qualified, and with which sidecars they bid
/// @dev Moves no money.
abstract contract Applications is Standings, Authority {
    struct Profile {
        address owner;
        Capacity capacity;
        string brand;
    }

    /// @dev A sidecar that bids, and the totals of its newest leaf that the score already counts.
    struct Bidder {
        uint32 provider;
        address signer;
        uint64 periodsObserved;
        uint64 uptimeSum;
        uint40 enrolledAt;
    }

    uint256 private constant BRAND_MAX = 64;
    uint256 private constant SIDECARS_MAX = 256;
    ISidecars private immutable SIDECARS;

    /// @inheritdoc IProviders
    uint32 public total;
    /// @inheritdoc IProviders
    mapping(address owner => uint32) public idOfOwner;
    mapping(uint32 id => Profile) internal _profiles;
    /// @dev Hash of what is applied for and not decided on; zero for none.
    mapping(uint32 id => bytes32) internal _applications;
    mapping(uint32 id => uint32[]) internal _enrolled;
    mapping(uint32 sidecar => Bidder) internal _bidders;

    constructor(address sidecars, address authority_) Authority(authority_) {
        SIDECARS = ISidecars(sidecars);
    }

    /// @inheritdoc IProviders
    function applyAs(string calldata brand, Capacity calldata c, uint96 ceiling) external returns (uint32 id) {
        uint256 length = bytes(brand).length;
        if (length == 0 || length > BRAND_MAX) revert BrandLength(length);
        if (c.cpuMilliGhz == 0 && c.memoryMilliGb == 0 && c.storageMilliGb == 0) revert CapacityZero();
        id = idOfOwner[msg.sender];
        if (id == 0) {
            id = ++total;
            idOfOwner[msg.sender] = id;
            _profiles[id].owner = msg.sender;
            _accounts[id].standing.status = Status.Applied;
            _storeTrack(id, _trackOf(id));
        }
        _applications[id] = _hashOf(brand, c, ceiling);
        emit Applied(id, msg.sender, brand, c, ceiling);
    }

    /// @inheritdoc IProviders
    function qualify(uint32 id, string calldata brand, Capacity calldata c, uint96 ceiling) external onlyAuthority {
        bytes32 asked = _applications[id];
        if (asked != _hashOf(brand, c, ceiling)) revert ApplicationMismatch(id, asked);
        Profile storage profile = _profiles[id];
        Standing storage standing = _accounts[id].standing;
        Capacity memory inUse = _minus(profile.capacity, _freeOf(id));
        if (!_covers(c, inUse)) revert CapacityInUse(id);
        profile.capacity = c;
        profile.brand = brand;
        standing.status = Status.Qualified;
        standing.ceiling = _thousandths(ceiling);
        _setFree(id, _minus(c, inUse));
        _applications[id] = 0;
        emit Qualified(id, brand, c, ceiling);
    }

    /// @inheritdoc IProviders
    function disqualify(uint32 id) external onlyAuthority {
        Status status = _accounts[id].standing.status;
        if (status != Status.Qualified && status != Status.Suspended) revert NotQualified(id);
        _setStatus(id, Status.Disqualified);
        emit Disqualified(id);
    }

    /// @inheritdoc IProviders
    function enrol(uint32 id, uint32 sidecar) external {
        address owner = ownerOf(id);
        (address holder, address signer) = SIDECARS.holderOf(sidecar);
        if (holder != owner) revert SidecarNotOwned(id, sidecar);
        if (_bidders[sidecar].provider != 0) revert AlreadyEnrolled(sidecar);
        if (_enrolled[id].length == SIDECARS_MAX) revert TooManySidecars(id);
        _bidders[sidecar] = Bidder(id, signer, 0, 0, uint40(block.timestamp));
        _enrolled[id].push(sidecar);
        emit Enrolled(id, sidecar, signer);
    }

    /// @inheritdoc IProviders
    function bidderOf(uint32 sidecar) external view returns (uint32 provider_, address signer) {
        Bidder storage bidder = _bidders[sidecar];
        return (bidder.provider, bidder.signer);
    }

    /// @inheritdoc IProviders
    function enrolledAt(uint32 sidecar) external view returns (uint40) {
        return _bidders[sidecar].enrolledAt;
    }

    /// @inheritdoc IProviders
    function provider(uint32 id) public view returns (Provider memory p) {
        Standing memory standing = _accounts[id].standing;
        Funds memory funds = _accounts[id].funds;
        p.id = id;
        p.owner = ownerOf(id);
        p.status = standing.status;
        p.brand = _profiles[id].brand;
        p.application = _applications[id];
        p.capacity = _profiles[id].capacity;
        p.free = _freeOf(id);
        p.ceiling = _ceilingOf(id);
        p.collateral = funds.collateral;
        p.withdrawing = _withdrawals[id].amount;
        p.withdrawableAt = _withdrawals[id].unlocksAt;
        p.lien = funds.lien;
        p.running = funds.running;
        p.score = standing.score;
        p.sidecars = _enrolled[id];
    }

    /// @inheritdoc IProviders
    function ownerOf(uint32 id) public view returns (address owner) {
        owner = _profiles[id].owner;
        if (owner == address(0)) revert UnknownProvider(id);
    }

    function _requireOwner(uint32 id) internal view {
        if (ownerOf(id) != msg.sender) revert NotOwner(id, msg.sender);
    }

    function _minus(Capacity memory a, Capacity memory b) private pure returns (Capacity memory) {
        return
            Capacity(
                a.cpuMilliGhz - b.cpuMilliGhz,
                a.memoryMilliGb - b.memoryMilliGb,
                a.storageMilliGb - b.storageMilliGb
            );
    }

    function _covers(Capacity memory a, Capacity memory b) private pure returns (bool) {
        return
            a.cpuMilliGhz >= b.cpuMilliGhz &&
            a.memoryMilliGb >= b.memoryMilliGb &&
            a.storageMilliGb >= b.storageMilliGb;
    }

    function _hashOf(string calldata brand, Capacity calldata c, uint96 ceiling) private pure returns (bytes32) {
        return keccak256(abi.encode(brand, c, ceiling));
    }
}

// What `quorumcast/bls` exports, and what that leads to. Written by `npm run api`.

export {
  BLS_KEY_BYTES,
  BLS_SECRET_BYTES,
  BLS_SIGNATURE_BYTES,
  BlsCoin,
  BlsCoinOptions,
  BlsDeal,
  blsDeal,
};

// base/bit
type Bit = 0 | 1;

// base/brand
declare const brand: unique symbol;
type Brand<Base, Name extends string> = Base & {
    readonly [brand]: Name;
};

// bls/bls-coin
interface BlsCoinOptions {
    readonly committee: Committee;
    readonly self: NodeId;
    readonly sha256: Sha256;
    readonly secret: Uint8Array;
    readonly keys: readonly Uint8Array[];
}
declare class BlsCoin implements Coin {
    #private;
    readonly common = true;
    readonly shareBytesMax = 48;
    constructor(options: BlsCoinOptions);
    toss(id: CoinId): Toss;
}

// bls/curve
declare const BLS_SIGNATURE_BYTES = 48;
declare const BLS_KEY_BYTES = 96;
declare const BLS_SECRET_BYTES = 32;
interface BlsDeal {
    readonly secrets: readonly Uint8Array[];
    readonly keys: readonly Uint8Array[];
}
declare function blsDeal(n: number, threshold: number, random: (bytes: number) => Uint8Array): BlsDeal;

// coin/coin
interface Coin {
    readonly common: boolean;
    readonly shareBytesMax: number;
    toss(id: CoinId): Toss;
}
interface Toss {
    share(): Uint8Array | undefined;
    add(from: NodeId, share: Uint8Array): ShareVerdict;
    exposed?(): readonly NodeId[];
    value(): Bit | undefined;
}
type ShareVerdict = 'counted' | 'surplus' | 'invalid';

// coin/name
interface CoinScope {
    readonly cluster: Digest;
    readonly epoch: number;
    readonly instance: Uint8Array;
}
interface CoinId extends CoinScope {
    readonly round: number;
}

// committee/committee
type NodeId = Brand<number, 'NodeId'>;
declare class Committee {
    readonly n: number;
    readonly f: number;
    readonly quorums: Quorums;
    readonly ids: readonly NodeId[];
    constructor(n: number, f: number);
    node(id: number): NodeId | undefined;
    member(id: number): NodeId;
}

// committee/quorum
interface Quorums {
    readonly echo: number;
    readonly amplify: number;
    readonly deliver: number;
    readonly echoEarly: number;
    readonly deliverEarly: number;
    readonly adopt: number;
    readonly correct: number;
    readonly support: number;
    readonly accept: number;
    readonly coin: number;
    readonly majorityZero: number;
    readonly majorityOne: number;
    readonly moreThanHalf: number;
    readonly dataShards: number;
    readonly shardReach: number;
    readonly approve: number;
    readonly marksToAdopt: number;
    readonly marksToDecide: number;
}

// crypto/digest
type Digest = Brand<Uint8Array, 'Digest'>;
type Sha256 = (...parts: readonly Uint8Array[]) => Uint8Array;

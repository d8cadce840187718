/**
 * For keys whose values may not be hashed: sorts and indexes do for the rest of the transaction. A range
 * says that it can be hashed, also over a type that cannot, such as money or bits, and fails when it is.
 */
export const withoutHashes = "set local enable_hashjoin = off; set local enable_hashagg = off";

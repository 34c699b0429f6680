package io.croft.store.embedded;

/// Figures about a store, for its operator. The sizes are as of the last checkpoint.
///
/// @param keys how many keys there are now
/// @param changes how many changes of keys the history has
/// @param stateBytes size of the state's file
/// @param stateBytesInUse what of that is in use; new data goes into the rest first
/// @param logBytes size of the log's files
/// @param isFull whether puts are refused for lack of space
public record StoreStatus(
    long revision,
    long compactedRevision,
    long keys,
    long changes,
    long stateBytes,
    long stateBytesInUse,
    long logBytes,
    boolean isFull) {}

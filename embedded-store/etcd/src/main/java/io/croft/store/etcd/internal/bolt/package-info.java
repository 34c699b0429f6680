/// Writes files of bbolt, the format in which etcd keeps its state: a file of pages of 4 KiB, all
/// numbers little-endian.
///
/// ```
/// page     id 8, flags 2, count 2, pages beyond the first 4; then count elements, then keys and values
/// element  of a branch: position 4, length of key 4, page 8
///          of a leaf:   flags 4, position 4, length of key 4, length of value 4
/// meta     magic 4, version 4, size of pages 4, flags 4, root page 8, sequence 8,
///          freelist's page 8, number of pages 8, transaction 8, FNV-1a 64 of what is before 8
/// ```
///
/// A position counts from the element's own start. Pages 0 and 1 have a meta each, of which the one
/// with the higher transaction counts; its root is a tree of the buckets' names, each with the root
/// page of the bucket's tree and a sequence.
@NullMarked
package io.croft.store.etcd.internal.bolt;

import org.jspecify.annotations.NullMarked;

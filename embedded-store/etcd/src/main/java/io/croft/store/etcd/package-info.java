/// The etcd v3 API over gRPC for a [io.croft.store.Store]. [io.croft.store.etcd.EtcdServer]
/// listens; every RPC has a class of its own, named after it. Names and numbers of messages are
/// etcd's, in `src/main/protobuf`.
@NullMarked
package io.croft.store.etcd;

import org.jspecify.annotations.NullMarked;

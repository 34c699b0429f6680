package io.croft.store.etcd;

import io.croft.store.etcd.wire.Rpc.Member;
import io.croft.store.etcd.wire.Rpc.MemberListRequest;
import io.croft.store.etcd.wire.Rpc.MemberListResponse;
import java.util.function.Supplier;

/// `Cluster.MemberList`: this server, under a URL that clients can connect to.
record MemberListCall(Headers headers, Supplier<String> url)
    implements Unary<MemberListRequest, MemberListResponse> {
  @Override
  public MemberListResponse answer(MemberListRequest request) {
    Member self =
        Member.newBuilder()
            .setID(Headers.MEMBER_ID)
            .setName("croft")
            .addClientURLs(url.get())
            .build();
    return MemberListResponse.newBuilder().setHeader(headers.now()).addMembers(self).build();
  }
}

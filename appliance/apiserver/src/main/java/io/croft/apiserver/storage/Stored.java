package io.croft.apiserver.storage;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.croft.store.Bytes;

/// An object as it was read: the caller's own copy, `metadata.resourceVersion` set.
public record Stored(Bytes key, ObjectNode json, long revision) {}

package io.croft.apiserver.storage;

import io.croft.store.Bytes;

/// A condition on another key that a write depends on: that it has not changed since `revision`.
public record Guard(Bytes key, long revision) {}

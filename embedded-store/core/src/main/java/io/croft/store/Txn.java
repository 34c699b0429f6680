package io.croft.store;

import java.util.List;

/// If every comparison holds, `then` is done, else `otherwise`; all of it at one revision or not at
/// all.
public record Txn(List<Compare> compares, List<Op> then, List<Op> otherwise) {
  public Txn {
    compares = List.copyOf(compares);
    then = List.copyOf(then);
    otherwise = List.copyOf(otherwise);
  }
}

/// Objects in the store: kube-apiserver's keys and encoding on one side, JSON trees on the other.
@NullMarked
package io.croft.apiserver.storage;

import org.jspecify.annotations.NullMarked;

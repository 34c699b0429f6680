/// Tests of the API server, in process, on a real store.
@NullMarked
package io.croft.apiserver;

import org.jspecify.annotations.NullMarked;

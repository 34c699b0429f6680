/// The garbage collector: deletes what has lost its owners.
@NullMarked
package io.croft.apiserver.controllers.garbage;

import org.jspecify.annotations.NullMarked;

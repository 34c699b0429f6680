/// Admission: who completes and judges what is written, beyond the rules of its kind.
@NullMarked
package io.croft.apiserver.admission;

import org.jspecify.annotations.NullMarked;

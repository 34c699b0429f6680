/// Admission policies: expressions that judge what is written, bound to where they count.
@NullMarked
package io.croft.apiserver.admission.policy;

import org.jspecify.annotations.NullMarked;

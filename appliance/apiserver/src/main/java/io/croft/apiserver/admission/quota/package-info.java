/// How much may be used: of a namespace by resource quotas, by each pod and claim by limit ranges.
@NullMarked
package io.croft.apiserver.admission.quota;

import org.jspecify.annotations.NullMarked;

/// Admission webhooks: others that complete and judge what is written, asked over HTTPS.
@NullMarked
package io.croft.apiserver.admission.webhook;

import org.jspecify.annotations.NullMarked;

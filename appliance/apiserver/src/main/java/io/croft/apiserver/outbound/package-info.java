/// What this server asks of others, over HTTPS: webhooks and the servers of other APIs.
@NullMarked
package io.croft.apiserver.outbound;

import org.jspecify.annotations.NullMarked;

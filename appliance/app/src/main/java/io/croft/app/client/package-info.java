/// How commands talk to a running appliance: through its API, as its administrator.
@NullMarked
package io.croft.app.client;

import org.jspecify.annotations.NullMarked;

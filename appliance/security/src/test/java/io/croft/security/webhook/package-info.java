@NullMarked
package io.croft.security.webhook;

import org.jspecify.annotations.NullMarked;

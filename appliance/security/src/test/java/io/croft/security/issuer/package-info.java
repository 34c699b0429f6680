@NullMarked
package io.croft.security.issuer;

import org.jspecify.annotations.NullMarked;

@NullMarked
package io.croft.security.identity;

import org.jspecify.annotations.NullMarked;

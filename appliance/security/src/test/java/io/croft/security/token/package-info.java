@NullMarked
package io.croft.security.token;

import org.jspecify.annotations.NullMarked;

@NullMarked
package io.croft.security.audit;

import org.jspecify.annotations.NullMarked;

@NullMarked
package io.croft.security.ldap;

import org.jspecify.annotations.NullMarked;

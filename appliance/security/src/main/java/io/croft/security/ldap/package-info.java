/// Users of LDAP directories, Active Directory among them, who log in by their passwords there.
@NullMarked
package io.croft.security.ldap;

import org.jspecify.annotations.NullMarked;

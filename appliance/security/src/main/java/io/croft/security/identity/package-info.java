/// Local users: the kinds `User` and `Group`, and how users prove who they are.
@NullMarked
package io.croft.security.identity;

import org.jspecify.annotations.NullMarked;

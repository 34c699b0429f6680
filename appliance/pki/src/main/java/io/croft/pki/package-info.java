/// Keys, certificates and their authorities; works before any API exists.
@NullMarked
package io.croft.pki;

import org.jspecify.annotations.NullMarked;

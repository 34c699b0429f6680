/// How a host and the appliance prove to each other that they know the same token.
@NullMarked
package io.croft.fleet.proof;

import org.jspecify.annotations.NullMarked;

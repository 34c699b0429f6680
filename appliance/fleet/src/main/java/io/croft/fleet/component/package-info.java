/// Which hosts have which software: what machine component sets decide.
@NullMarked
package io.croft.fleet.component;

import org.jspecify.annotations.NullMarked;

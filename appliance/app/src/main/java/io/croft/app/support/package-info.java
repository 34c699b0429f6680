/// What somebody who helps from afar needs to see of an appliance, without its secrets.
@NullMarked
package io.croft.app.support;

import org.jspecify.annotations.NullMarked;

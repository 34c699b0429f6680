/// Configuration files that are read while the appliance runs.
@NullMarked
package io.croft.security.config;

import org.jspecify.annotations.NullMarked;

/// Guards what the native image must be told: the reflection, resources and proxies that static
/// analysis does not see.
@NullMarked
package io.croft.nativeimage;

import org.jspecify.annotations.NullMarked;

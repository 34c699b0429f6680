/// An agent that notes which classes, members, resources and proxies a program looks up by name
/// while it runs. It needs nothing but a JDK.
@NullMarked
package io.croft.nativeimage.trace;

import org.jspecify.annotations.NullMarked;

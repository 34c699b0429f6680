/// Tests of what resources are made of.
@NullMarked
package io.croft.apiserver.resource;

import org.jspecify.annotations.NullMarked;

/// The control plane's own loops.
@NullMarked
package io.croft.apiserver.controllers;

import org.jspecify.annotations.NullMarked;

/// The commands of `croft`, one class each.
@NullMarked
package io.croft.app.command;

import org.jspecify.annotations.NullMarked;

/// What `croft doctor` looks at: each check is a function of the machine that returns what it
/// found.
@NullMarked
package io.croft.app.doctor;

import org.jspecify.annotations.NullMarked;

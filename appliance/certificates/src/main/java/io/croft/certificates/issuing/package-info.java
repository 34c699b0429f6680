/// The life of a `Certificate`: when it is due, its key, its request, its Secret.
@NullMarked
package io.croft.certificates.issuing;

import org.jspecify.annotations.NullMarked;

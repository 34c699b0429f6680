@NullMarked
package io.croft.apiserver.controllers.garbage;

import org.jspecify.annotations.NullMarked;

@NullMarked
package io.croft.apiserver.rest;

import org.jspecify.annotations.NullMarked;

/// Where settings come from: flags, environment, `config.yaml`.
@NullMarked
package io.croft.app.config;

import org.jspecify.annotations.NullMarked;

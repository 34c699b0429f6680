/// The API as a client sees it: requests, informers, work queues, the reconcile loop.
@NullMarked
package io.croft.client;

import org.jspecify.annotations.NullMarked;

package io.croft.security;

import io.croft.model.StatusException;
import io.croft.model.Statuses;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// How often requests may come: from one address, whoever sends them, and from one user, wherever
/// from. What is too much is answered 429 with the time after which to come again. Twice the rate
/// may come at once after a pause. Thread-safe.
///
/// Administrators, and the system's own accounts, are not counted as users, and callers on this
/// machine not by their address: when all is slow, they are those who mend it.
public final class RequestRates {
  /// No limits.
  public static final RequestRates UNLIMITED = new RequestRates(0, 0);

  private static final int MAX_KEYS = 10_000;
  private static final int IPV6_BYTES = 16;
  private static final int IPV6_NETWORK_BYTES = 8;
  private static final String SYSTEM_ACCOUNTS = "system:serviceaccounts:kube-system";

  private final @Nullable TokenBuckets users;
  private final @Nullable TokenBuckets addresses;

  /// @param perUser requests per second; 0 for no limit
  /// @param perAddress requests per second; 0 for no limit
  public RequestRates(int perUser, int perAddress) {
    this(perUser, perAddress, System::nanoTime);
  }

  RequestRates(int perUser, int perAddress, LongSupplier nanoTime) {
    users = perUser == 0 ? null : new TokenBuckets(perUser, MAX_KEYS, nanoTime);
    addresses = perAddress == 0 ? null : new TokenBuckets(perAddress, MAX_KEYS, nanoTime);
  }

  /// @param address as {@link io.croft.base.http.Peer} has it
  /// @throws StatusException 429 when too many requests come from there
  void admit(String address) {
    if (addresses != null) {
      String network = network(address);
      if (!network.isEmpty()) {
        refuseUnless(addresses.take(network), "from this address");
      }
    }
  }

  /// @throws StatusException 429 when too many requests come from the user
  void admit(UserInfo user) {
    if (users != null
        && !user.inGroup(UserInfo.MASTERS)
        && !user.inGroup(SYSTEM_ACCOUNTS)
        && !user.equals(UserInfo.ANONYMOUS)) {
      refuseUnless(users.take(user.name()), "from this user");
    }
  }

  private static void refuseUnless(Duration wait, String where) {
    if (!wait.isZero()) {
      throw Statuses.tooManyRequests(
          "too many requests " + where + ", please try again later",
          (int) Math.max(1, wait.plusMillis(999).toSeconds()));
    }
  }

  /// Whoever has one address of IPv6 has 2^64. Empty for this machine and for what is no address.
  public static String network(String address) {
    try {
      InetAddress parsed = InetAddress.ofLiteral(address);
      if (parsed.isLoopbackAddress()) {
        return "";
      }
      byte[] bytes = parsed.getAddress();
      return bytes.length == IPV6_BYTES
          ? Arrays.toString(Arrays.copyOf(bytes, IPV6_NETWORK_BYTES))
          : address;
    } catch (IllegalArgumentException e) {
      return "";
    }
  }
}

package io.croft.security.ldap;

import com.unboundid.ldap.sdk.Entry;
import java.time.Instant;
import java.util.List;

/// Whether an entry says that its user may not log in at all, in the ways of the directories that
/// there are. A password alone would tell that, too, but nobody types one while they are logged in.
final class AccountState {
  /// Attributes that are looked at; many come only when they are asked for by name.
  static final List<String> ATTRIBUTES =
      List.of(
          "userAccountControl",
          "accountExpires",
          "pwdAccountLockedTime",
          "nsAccountLock",
          "loginDisabled",
          "pwdLastSet",
          "pwdChangedTime",
          "krbLastPwdChange");

  /// `ADS_UF_ACCOUNTDISABLE` of Active Directory.
  private static final long ACCOUNT_DISABLED = 2;

  /// Between 1601, from where Active Directory counts, and 1970, in seconds.
  private static final long TO_1970 = 11_644_473_600L;

  private static final long STEPS_PER_SECOND = 10_000_000;

  /// What OpenLDAP's password policy writes for "until an administrator says otherwise".
  private static final String LOCKED_FOR_GOOD = "000001010000Z";

  private AccountState() {}

  static boolean isDisabled(Entry entry, Instant now) {
    Long control = entry.getAttributeValueAsLong("userAccountControl");
    return (control != null && (control & ACCOUNT_DISABLED) != 0)
        || hasExpired(entry, now)
        || LOCKED_FOR_GOOD.equals(entry.getAttributeValue("pwdAccountLockedTime"))
        || "true".equalsIgnoreCase(entry.getAttributeValue("nsAccountLock"))
        || "true".equalsIgnoreCase(entry.getAttributeValue("loginDisabled"));
  }

  /// Zero and the greatest number mean never.
  private static boolean hasExpired(Entry entry, Instant now) {
    Long expires = entry.getAttributeValueAsLong("accountExpires");
    return expires != null
        && expires > 0
        && expires != Long.MAX_VALUE
        && expires / STEPS_PER_SECOND - TO_1970 <= now.getEpochSecond();
  }

  /// Changes when the password was set anew, if the directory tells.
  static String passwordChange(Entry entry) {
    var text = new StringBuilder();
    for (String name : List.of("pwdLastSet", "pwdChangedTime", "krbLastPwdChange")) {
      String value = entry.getAttributeValue(name);
      text.append(value == null ? "" : value).append('\n');
    }
    return text.toString();
  }
}

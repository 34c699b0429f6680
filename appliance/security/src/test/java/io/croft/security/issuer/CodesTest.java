package io.croft.security.issuer;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.security.identity.Login.Outcome.LoggedIn;
import io.croft.security.identity.LoginUser;
import io.croft.security.identity.OpaqueSecret;
import io.croft.security.issuer.DeviceCodes.Poll;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("S-7")
class CodesTest {
  private static final LoggedIn ALICE =
      new LoggedIn(new LoginUser("", "alice", "1", "", "", List.of()), "alice", true, "proof");

  private Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private final DeviceCodes devices = new DeviceCodes(() -> now);
  private final AuthorizationCodes codes = new AuthorizationCodes(() -> now);

  @Test
  void deviceCodesAreGoodOnceWhenTheyAreAllowed() {
    DeviceCodes.Issued issued = devices.issue("a").orElseThrow();
    assertThat(devices.poll(issued.deviceCode())).isEqualTo(new Poll.Waiting());

    String typed = issued.userCode().toLowerCase(Locale.ROOT).replace("-", " ");
    assertThat(devices.allow(typed, ALICE)).isTrue();
    assertThat(devices.allow(typed, ALICE)).isFalse();
    assertThat(devices.poll(issued.deviceCode())).isEqualTo(new Poll.Ready(ALICE));
    assertThat(devices.poll(issued.deviceCode())).isEqualTo(new Poll.Expired());
  }

  @Test
  void deviceCodesEnd() {
    DeviceCodes.Issued issued = devices.issue("a").orElseThrow();
    now = now.plus(DeviceCodes.LIFE);

    assertThat(devices.isOpen(issued.userCode())).isFalse();
    assertThat(devices.allow(issued.userCode(), ALICE)).isFalse();
    assertThat(devices.poll(issued.deviceCode())).isEqualTo(new Poll.Expired());
  }

  @Test
  void whoAsksTooOftenIsTold() {
    String code = devices.issue("a").orElseThrow().deviceCode();
    devices.poll(code);

    assertThat(devices.poll(code)).isEqualTo(new Poll.TooOften());
  }

  @Test
  void oneAddressCannotKeepOthersOut() {
    for (int i = 0; i < DeviceCodes.MAX_OF_ADDRESS; i++) {
      assertThat(devices.issue("a")).isPresent();
    }
    assertThat(devices.issue("a")).isEmpty();
    assertThat(devices.issue("b")).isPresent();
    now = now.plus(DeviceCodes.LIFE);
    assertThat(devices.issue("a")).isPresent();
  }

  @Test
  void authorizationCodesAreGoodOnceForWhoAskedForThem() {
    String verifier = OpaqueSecret.random(32);
    String uri = "http://127.0.0.1:1/";
    var grant = new AuthorizationCodes.Grant(ALICE, uri, OpaqueSecret.hash(verifier), "");

    String code = codes.issue(grant).orElseThrow();
    assertThat(codes.use(code, uri, verifier)).contains(grant);
    assertThat(codes.use(code, uri, verifier)).isEmpty();

    assertThat(codes.use(codes.issue(grant).orElseThrow(), uri, "other")).isEmpty();
    assertThat(codes.use(codes.issue(grant).orElseThrow(), uri + "x", verifier)).isEmpty();
    String late = codes.issue(grant).orElseThrow();
    now = now.plusSeconds(60);
    assertThat(codes.use(late, uri, verifier)).isEmpty();
  }
}

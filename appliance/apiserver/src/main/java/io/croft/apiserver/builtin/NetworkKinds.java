package io.croft.apiserver.builtin;

import io.croft.apiserver.columns.NetworkColumns;
import io.croft.apiserver.defaults.NetworkDefaults;
import io.croft.apiserver.rules.Networking;
import io.croft.apiserver.rules.Services;
import io.croft.apiserver.rules.VolumeClaims;
import io.croft.model.NameRule;
import java.util.List;

/// The kinds of `networking.k8s.io` and `discovery.k8s.io`.
final class NetworkKinds {
  private NetworkKinds() {}

  static List<Kind> all() {
    return List.of(
        networking("Ingress", "ingresses")
            .shortly("ing")
            .at("/registry/ingress")
            .subresources("status")
            .rules(new KindStrategy().rules(Networking::ingress).generations())
            .columns(NetworkColumns.ingress()),
        networking("IngressClass", "ingressclasses")
            .cluster()
            .rules(
                new KindStrategy()
                    .defaults(NetworkDefaults::ingressClass)
                    .rules(Networking::ingressClass)
                    .updates(Networking::ingressClassUpdate)
                    .generations())
            .columns(NetworkColumns.ingressClass()),
        networking("NetworkPolicy", "networkpolicies")
            .shortly("netpol")
            .rules(
                new KindStrategy()
                    .defaults(NetworkDefaults::networkPolicy)
                    .rules(Networking::networkPolicy)
                    .generations())
            .columns(NetworkColumns.networkPolicy()),
        networking("IPAddress", "ipaddresses")
            .shortly("ip")
            .cluster()
            .rules(
                new KindStrategy()
                    .rules(Networking::ipAddress)
                    .updates(VolumeClaims::specStays)
                    .names(NameRule.PATH_SEGMENT))
            .columns(NetworkColumns.ipAddress()),
        networking("ServiceCIDR", "servicecidrs")
            .cluster()
            .subresources("status")
            .rules(
                new KindStrategy().rules(Networking::serviceCidr).updates(VolumeClaims::specStays))
            .columns(NetworkColumns.serviceCidr()),
        new Kind(
                "discovery.k8s.io",
                "EndpointSlice",
                "endpointslices",
                "io.k8s.api.discovery.v1.EndpointSlice")
            .rules(
                new KindStrategy()
                    .defaults(NetworkDefaults::endpointSlice)
                    .rules(Services::endpointSlice)
                    .updates(Services::endpointSliceUpdate)
                    .generations())
            .columns(NetworkColumns.endpointSlice()));
  }

  private static Kind networking(String kind, String plural) {
    return new Kind("networking.k8s.io", kind, plural, "io.k8s.api.networking.v1." + kind);
  }
}

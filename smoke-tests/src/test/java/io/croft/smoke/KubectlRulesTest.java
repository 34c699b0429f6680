package io.croft.smoke;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Rules in CEL, seen through the stock kubectl: those of a custom resource, and admission policies
/// with their bindings.
class KubectlRulesTest {
  @RegisterExtension static final Appliance APPLIANCE = new Appliance();

  private final Kubectl kubectl = new Kubectl(APPLIANCE);

  private Command apply(String manifest) {
    return kubectl.command("apply", "-f", "-").reading(manifest);
  }

  @Test
  void holdsCustomResourcesToTheirRules() {
    String crd =
        """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: {name: beds.garden.example.com}
        spec:
          group: garden.example.com
          scope: Namespaced
          names: {plural: beds, singular: bed, kind: Bed}
          versions:
          - name: v1
            served: true
            storage: true
            schema:
              openAPIV3Schema:
                type: object
                properties:
                  spec:
                    type: object
                    x-kubernetes-validations:
                    - {rule: "self.plants <= self.places", messageExpression: "'only %d places'.format([self.places])"}
                    properties:
                      plants: {type: integer}
                      places:
                        type: integer
                        x-kubernetes-validations:
                        - {rule: "self >= oldSelf", message: a bed does not shrink}
        """;
    assertThat(apply(crd.replace("self.plants <=", "self.flowers <=")).run().exited(1).err())
        .contains("undefined field 'flowers'");
    apply(crd).run().succeeded();
    String bed =
        """
        apiVersion: garden.example.com/v1
        kind: Bed
        metadata: {name: herbs}
        spec: {plants: %d, places: %d}
        """;
    assertThat(apply(bed.formatted(5, 4)).run().exited(1).err()).contains("only 4 places");
    apply(bed.formatted(3, 4)).run().succeeded();
    assertThat(apply(bed.formatted(3, 3)).run().exited(1).err())
        .contains("spec.places: Invalid value: 3: a bed does not shrink");
  }

  @Test
  void holdsWritesToAPolicy() {
    String policy =
        """
        apiVersion: admissionregistration.k8s.io/v1
        kind: ValidatingAdmissionPolicy
        metadata: {name: named-maps}
        spec:
          matchConstraints:
            resourceRules:
            - {apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [configmaps]}
          validations:
          - {expression: "!object.metadata.name.startsWith('tmp-')", message: "no temporary maps"}
        ---
        apiVersion: admissionregistration.k8s.io/v1
        kind: ValidatingAdmissionPolicyBinding
        metadata: {name: named-maps-everywhere}
        spec: {policyName: named-maps, validationActions: [Deny]}
        """;
    apply(policy).run().succeeded();
    assertThat(kubectl.command("create", "configmap", "tmp-x").run().exited(1).err())
        .contains(
            "ValidatingAdmissionPolicy 'named-maps' with binding 'named-maps-everywhere' denied"
                + " request: no temporary maps");
    kubectl.text("create", "configmap", "lasting");
    apply(policy).run().succeeded();
    kubectl.text("delete", "validatingadmissionpolicybinding", "named-maps-everywhere");
    kubectl.text("create", "configmap", "tmp-x");
  }

  @Test
  void hasAPolicyChangeWhatIsWritten() {
    String policy =
        """
        apiVersion: admissionregistration.k8s.io/v1beta1
        kind: MutatingAdmissionPolicy
        metadata: {name: sidecar}
        spec:
          reinvocationPolicy: IfNeeded
          matchConstraints:
            resourceRules:
            - {apiGroups: [apps], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [deployments]}
          matchConditions:
          - {name: wanted, expression: "object.metadata.?labels['sidecar'] == optional.of('yes')"}
          mutations:
          - patchType: ApplyConfiguration
            applyConfiguration:
              expression: >-
                Object{spec: Object.spec{template: Object.spec.template{spec: Object.spec.template.spec{
                  containers: [Object.spec.template.spec.containers{name: "side", image: "busybox"}]}}}}
          - patchType: JSONPatch
            jsonPatch:
              expression: >-
                [JSONPatch{op: "add", path: "/metadata/labels/" + jsonpatch.escapeKey("example.com/sidecar"),
                  value: string(size(object.spec.template.spec.containers))}]
        ---
        apiVersion: admissionregistration.k8s.io/v1beta1
        kind: MutatingAdmissionPolicyBinding
        metadata: {name: sidecar-everywhere}
        spec: {policyName: sidecar}
        """;
    assertThat(apply(policy.replace("Object.spec{template", "Obj.spec{template")).run().exited(1).err())
        .contains("spec.mutations[0].applyConfiguration.expression: Invalid value");
    apply(policy).run().succeeded();
    assertThat(kubectl.text("get", "mutatingadmissionpolicies.v1alpha1.admissionregistration.k8s.io"))
        .matches("(?s)NAME +MUTATIONS +PARAMKIND +AGE\\s+sidecar +2 +<unset> .*");
    assertThat(kubectl.text("explain", "mutatingadmissionpolicy.spec.mutations.jsonPatch"))
        .contains("GROUP:      admissionregistration.k8s.io", "VERSION:    v1beta1", "expression");
    kubectl.text("create", "deployment", "plain", "--image=nginx:1.27");
    String images = "-ojsonpath={.spec.template.spec.containers[*].image}";
    assertThat(kubectl.text("get", "deployment", "plain", images)).isEqualTo("nginx:1.27");
    kubectl.text("label", "deployment", "plain", "sidecar=yes");
    assertThat(kubectl.text("get", "deployment", "plain", images)).isEqualTo("nginx:1.27 busybox");
    assertThat(
            kubectl.text(
                "get", "deployment", "plain", "-ojsonpath={.metadata.labels.example\\.com/sidecar}"))
        .isEqualTo("2");
    apply(policy).run().succeeded();
    kubectl.text("delete", "mutatingadmissionpolicies,mutatingadmissionpolicybindings", "--all");
  }

  @Test
  void tellsWhatItFindsAboutAPolicy() throws Exception {
    apply(
            """
            apiVersion: admissionregistration.k8s.io/v1
            kind: ValidatingAdmissionPolicy
            metadata: {name: audited}
            spec:
              matchConstraints:
                resourceRules:
                - {apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [secrets]}
              validations:
              - {expression: "object.typo == ''", message: "has a typo"}
              auditAnnotations:
              - {key: kind-of-secret, valueExpression: "object.type"}
              failurePolicy: Ignore
            ---
            apiVersion: admissionregistration.k8s.io/v1
            kind: ValidatingAdmissionPolicyBinding
            metadata: {name: audited}
            spec: {policyName: audited, validationActions: [Audit]}
            """)
        .run()
        .succeeded();
    Eventually.eventually(
        "the types are checked",
        () ->
            kubectl
                .text("get", "validatingadmissionpolicy", "audited", "-oyaml")
                .contains("undefined field 'typo'"));
    kubectl.text("create", "secret", "generic", "audited-secret");
    Path log = APPLIANCE.dataDirectory().resolve("logs/audit.log");
    Eventually.eventually(
        "the audit log has it",
        () ->
            Files.readString(log)
                .contains("\"audited/kind-of-secret\":\"Opaque\""));
  }
}

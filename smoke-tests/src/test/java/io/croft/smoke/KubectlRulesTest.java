package io.croft.smoke;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Rules in CEL, seen through the stock kubectl: those of a custom resource, and an admission
/// policy with its binding.
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
}

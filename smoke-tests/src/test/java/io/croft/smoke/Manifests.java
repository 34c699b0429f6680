package io.croft.smoke;

/// What several tests apply.
final class Manifests {
  /// A kind of its own with a schema, a status and printer columns.
  static final String WIDGET_CRD =
      """
      apiVersion: apiextensions.k8s.io/v1
      kind: CustomResourceDefinition
      metadata:
        name: widgets.example.com
      spec:
        group: example.com
        scope: Namespaced
        names:
          kind: Widget
          plural: widgets
          singular: widget
          shortNames: [wd]
        versions:
        - name: v1
          served: true
          storage: true
          subresources:
            status: {}
          additionalPrinterColumns:
          - name: Size
            type: integer
            jsonPath: .spec.size
          schema:
            openAPIV3Schema:
              type: object
              description: A widget for the shop.
              properties:
                spec:
                  type: object
                  required: [size]
                  properties:
                    size:
                      type: integer
                      description: How large it is, in inches.
                      minimum: 1
                      maximum: 10
                    colour:
                      type: string
                      enum: [red, green, blue]
                      default: red
                status:
                  type: object
                  properties:
                    ready:
                      type: boolean
      """;

  private Manifests() {}

  static String widget(String namespace, String name, int size) {
    return """
    apiVersion: example.com/v1
    kind: Widget
    metadata:
      name: %s
      namespace: %s
    spec:
      size: %d
    """
        .formatted(name, namespace, size);
  }

  static String configMap(String namespace, String name, String key, String value) {
    return """
    {"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"%s","namespace":"%s"},
    "data":{"%s":"%s"}}\
    """
        .formatted(name, namespace, key, value);
  }
}

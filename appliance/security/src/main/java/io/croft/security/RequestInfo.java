package io.croft.security;

/// What a request asks for, read from its method, path and query as kube-apiserver reads them.
///
/// @param resource whether the path names an API resource; otherwise only `verb` (the method in
///   lower case) and `path` carry meaning
/// @param verb get, list, watch, create, update, patch, delete or deletecollection
/// @param group API group; empty for core
/// @param version API version
/// @param namespace empty when cluster-scoped or across namespaces
/// @param plural the resource's plural name; empty for a group's discovery
/// @param subresource empty for the resource itself
/// @param name the object's name; empty when the request is for a collection
/// @param path the decoded path
public record RequestInfo(
    boolean resource,
    String verb,
    String group,
    String version,
    String namespace,
    String plural,
    String subresource,
    String name,
    String path) {}

//! Where objects are: a kind, and a namespace or the whole cluster.

use kube::Resource;
use kube::core::ApiResource;

/// A collection of objects of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    resource: ApiResource,
    namespace: Option<String>,
    /// Only objects with these labels are listed.
    labels: Option<String>,
}

impl Place {
    /// Objects of a kind that is known at compile time, in `namespace`, or in all of the cluster.
    pub fn of<K: Resource<DynamicType = ()>>(namespace: Option<&str>) -> Self {
        Self::new(ApiResource::erase::<K>(&()), namespace)
    }

    /// Objects of `resource` in `namespace`, or in all of the cluster.
    pub fn new(resource: ApiResource, namespace: Option<&str>) -> Self {
        Self { resource, namespace: namespace.map(str::to_string), labels: None }
    }

    /// The same place, of which only objects with `labels` (a selector) are listed.
    pub fn labelled(self, labels: &str) -> Self {
        Self { labels: Some(labels.to_string()), ..self }
    }

    /// The selector of what is listed.
    pub fn labels(&self) -> Option<&str> {
        self.labels.as_deref()
    }

    /// Kind, group and version.
    pub fn resource(&self) -> &ApiResource {
        &self.resource
    }

    /// Its path on the API server.
    pub fn path(&self) -> String {
        let ApiResource { group, version, plural, .. } = &self.resource;
        let root =
            if group.is_empty() { format!("/api/{version}") } else { format!("/apis/{group}/{version}") };
        match &self.namespace {
            Some(namespace) => format!("{root}/namespaces/{namespace}/{plural}"),
            None => format!("{root}/{plural}"),
        }
    }

    /// The object `name` here, in words.
    pub fn describe(&self, name: &str) -> String {
        let plural = &self.resource.plural;
        match (&self.namespace, name) {
            (Some(namespace), "") => format!("{plural} of namespace {namespace}"),
            (Some(namespace), name) => format!("{plural} {namespace}/{name}"),
            (None, "") => plural.clone(),
            (None, name) => format!("{plural} {name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use k8s_openapi::api::core::v1::ConfigMap;
    use kube::core::GroupVersionKind;

    #[test]
    fn a_place_knows_its_path_and_its_words() {
        let maps = Place::of::<ConfigMap>(Some("shop"));
        assert_eq!(maps.path(), "/api/v1/namespaces/shop/configmaps");
        assert_eq!(maps.describe("flags"), "configmaps shop/flags");
        let gvk = GroupVersionKind::gvk("core.openfeature.dev", "v1beta1", "FeatureFlag");
        let flags = Place::new(ApiResource::from_gvk(&gvk), None);
        assert_eq!(flags.path(), "/apis/core.openfeature.dev/v1beta1/featureflags");
        assert_eq!(flags.describe(""), "featureflags");
    }
}

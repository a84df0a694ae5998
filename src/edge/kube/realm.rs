//! Which namespaces an installation governs: all of a cluster, or those that it was given.

use std::collections::BTreeSet;

/// Most namespaces of one installation: each has watches of its own.
pub const MOST: usize = 50;

/// The namespaces of one installation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Realm {
    /// All there are, and policies of the cluster.
    #[default]
    Cluster,
    /// These and nothing else.
    Namespaces(BTreeSet<String>),
}

impl Realm {
    /// The realm of these namespaces; without any, the whole cluster.
    ///
    /// # Errors
    /// A sentence with value and fix.
    pub fn of(namespaces: impl IntoIterator<Item = String>) -> Result<Self, String> {
        let named: BTreeSet<String> = namespaces.into_iter().map(|name| name.trim().to_string()).collect();
        if let Some(wrong) = named.iter().find(|name| !is_label(name)) {
            return Err(format!("{wrong:?} is no name of a namespace: write such as shop"));
        }
        if named.len() > MOST {
            let fix = "govern the whole cluster, or install more than once";
            return Err(format!("{} namespaces are more than {MOST}: {fix}", named.len()));
        }
        Ok(if named.is_empty() { Self::Cluster } else { Self::Namespaces(named) })
    }

    /// Whether it is the whole cluster.
    pub fn is_cluster(&self) -> bool {
        *self == Self::Cluster
    }

    /// What is listed and watched separately: each namespace, or everything at once (None).
    pub fn parts(&self) -> Vec<Option<String>> {
        match self {
            Self::Cluster => vec![None],
            Self::Namespaces(named) => named.iter().cloned().map(Some).collect(),
        }
    }

    /// The id by which marks of an installation are known, whose own namespace is `home`: there is one
    /// for the cluster, and one for each home of a governor of single namespaces.
    pub fn installation(&self, governor: &str, home: &str) -> String {
        match self {
            Self::Cluster => governor.to_string(),
            Self::Namespaces(_) => format!("{governor}.{home}"),
        }
    }

    /// It in words.
    pub fn describe(&self) -> String {
        match self {
            Self::Cluster => "every namespace".to_string(),
            Self::Namespaces(named) => named.iter().cloned().collect::<Vec<_>>().join(", "),
        }
    }
}

fn is_label(name: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let ends = !name.starts_with('-') && !name.ends_with('-');
    !name.is_empty() && name.len() <= 63 && ends && name.chars().all(inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(names: &[&str]) -> Result<Realm, String> {
        Realm::of(names.iter().map(|name| name.to_string()))
    }

    #[test]
    fn no_namespace_is_the_whole_cluster_and_names_are_checked() {
        assert_eq!(of(&[]).unwrap().parts(), [None]);
        let two = of(&["shop", " pay", "shop"]).unwrap();
        assert_eq!(two.parts(), [Some("pay".to_string()), Some("shop".to_string())]);
        assert_eq!(two.describe(), "pay, shop");
        for wrong in ["", "Shop", "a.b", "-a", "a/b", "*"] {
            let refusal = of(&[wrong]).unwrap_err();
            assert!(refusal.contains(&format!("{wrong:?}")) && refusal.contains("shop"), "{refusal}");
        }
        let many: Vec<String> = (0..=MOST).map(|i| format!("n{i}")).collect();
        assert!(Realm::of(many).unwrap_err().contains("51 namespaces"));
    }

    #[test]
    fn installations_of_single_namespaces_have_marks_of_their_own() {
        let realm = of(&["shop"]).unwrap();
        assert_eq!(Realm::Cluster.installation("uid", "flyball"), "uid");
        assert_ne!(realm.installation("uid", "team-a"), realm.installation("uid", "team-b"));
    }
}

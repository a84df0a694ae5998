//! The forms in which flags stand in objects, and the choice between their editors.
//!
//! Pure. A held flag says by itself which form it has, so that it can be given back whatever its
//! provider declares by then.

use crate::domain::model::flag::{FlagState, FlagTarget};
use crate::domain::model::hold::FlagHold;
use crate::domain::model::reason::{Code, Reason};
use crate::edge::flags::asked::Asked;
use crate::edge::flags::error::Fault;
use crate::edge::flags::flagd;
use crate::edge::flags::object::body::Body;
use crate::edge::flags::object::overlay::{self, Change, Pair};
use crate::edge::flags::object::{config_map, feature_flag, whose};
use crate::edge::kube::client::MANAGER;
use crate::edge::kube::place::Place;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::core::{ApiResource, GroupVersionKind};

/// Kind of store in targets: FeatureFlag objects.
pub const OPEN_FEATURE: &str = "openFeature";
/// Kind of store in targets: ConfigMaps.
pub const CONFIG_MAP: &str = "configMap";

/// Where in which kind of object a flag stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// `spec.flagSpec.flags` of a FeatureFlag.
    FeatureFlag,
    /// The same of a FeatureFlag of our own, beside the one that others keep.
    Overlay,
    /// A flagd document under this key of a ConfigMap.
    Document(String),
    /// A key of a ConfigMap for each flag.
    Value,
}

/// What there is of the objects of a flag.
#[derive(Debug)]
pub struct There {
    /// The one that is written.
    pub own: Option<Body>,
    /// The one that others keep, where ours lies beside it.
    pub base: Option<Body>,
}

impl There {
    fn pair(&self) -> Pair<'_> {
        Pair { base: self.base.as_ref(), ours: self.own.as_ref() }
    }
}

impl Shape {
    /// The form of a flag; None if it stands in no object.
    pub fn of(target: &FlagTarget) -> Option<Self> {
        match (target.store.as_str(), &target.project) {
            (OPEN_FEATURE, None) => Some(Self::FeatureFlag),
            (OPEN_FEATURE, Some(_)) => Some(Self::Overlay),
            (CONFIG_MAP, Some(key)) => Some(Self::Document(key.clone())),
            (CONFIG_MAP, None) => Some(Self::Value),
            _ => None,
        }
    }

    /// The word for the kind of store.
    pub fn store(&self) -> &'static str {
        match self {
            Self::FeatureFlag | Self::Overlay => OPEN_FEATURE,
            Self::Document(_) | Self::Value => CONFIG_MAP,
        }
    }

    /// What tells several documents of one object apart.
    pub fn project(&self) -> Option<String> {
        match self {
            Self::Document(key) => Some(key.clone()),
            Self::FeatureFlag | Self::Overlay | Self::Value => None,
        }
    }

    /// Whether a cut ends by itself at its deadline.
    pub fn self_ending(&self) -> bool {
        !matches!(self, Self::Value)
    }

    /// Where objects of this form are: those that may be cut, in `namespace` or everywhere.
    pub fn place(&self, namespace: Option<&str>) -> Place {
        match self {
            Self::FeatureFlag => {
                let kind = GroupVersionKind::gvk("core.openfeature.dev", "v1beta1", "FeatureFlag");
                Place::new(ApiResource::from_gvk(&kind), namespace)
            }
            Self::Overlay => {
                let (label, value) = feature_flag::OVERLAY;
                Self::FeatureFlag.place(namespace).labelled(&format!("{label}={value}"))
            }
            Self::Document(_) | Self::Value => {
                let (label, value) = config_map::LABEL;
                Place::of::<ConfigMap>(namespace).labelled(&format!("{label}={value}"))
            }
        }
    }

    /// How the flag stands; None if it is not there.
    ///
    /// # Errors
    /// [`Fault::Malformed`].
    pub fn look(
        &self,
        there: &There,
        target: &FlagTarget,
        asked: &Asked<'_>,
    ) -> Result<Option<FlagState>, Fault> {
        let found = match (self, &there.own) {
            (Self::Overlay, _) => overlay::look(there.pair(), target, asked),
            (_, None) => Ok(None),
            (Self::FeatureFlag, Some(body)) => feature_flag::look(body, target, asked),
            (Self::Document(key), Some(body)) => config_map::look_in_document(body, key, asked),
            (Self::Value, Some(body)) => config_map::look_at_value(body, target, MANAGER, asked),
        };
        Ok(found?.map(|state| self.told(state, there, asked)))
    }

    /// What the object tells beside the flag. An object of our own is nobody else's, and may come and
    /// go: what it holds is a copy.
    fn told(&self, mut state: FlagState, there: &There, asked: &Asked<'_>) -> FlagState {
        let Some(body) = &there.own else { return state };
        if *self != Self::Overlay {
            state.uid = body.meta.uid.clone();
            state.owner = whose::owner(body).map(str::to_string);
        }
        let path = self.fields(asked.key);
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        state.editor = asked.hold.and_then(|hold| whose::editor(body, &path, MANAGER, hold.created));
        state
    }

    /// What cuts the flag; None if it is cut so already.
    ///
    /// # Errors
    /// Absent, malformed, refused; a conflict if the flag is not `expected` or not ours to cut.
    pub fn cut(&self, there: &There, hold: &FlagHold, expected: &str) -> Result<Option<Change>, Fault> {
        if there.own.as_ref().is_some_and(|body| body.meta.deletion_timestamp.is_some()) {
            let message = "its object is being deleted; wait until it is gone";
            return Err(Fault::Refused(Reason::new(Code::FlagRefused, message)));
        }
        let own = || there.own.as_ref().ok_or(Fault::Absent);
        let ops = match self {
            Self::Overlay => return overlay::cut(there.pair(), hold, expected),
            Self::FeatureFlag => feature_flag::cut(own()?, hold, expected),
            Self::Document(key) => config_map::cut_in_document(own()?, key, hold, expected),
            Self::Value => config_map::cut_value(own()?, hold, expected),
        };
        Ok(ops?.map(Change::Patch))
    }

    /// What gives the flag its original; None if it has it.
    ///
    /// # Errors
    /// Absent, malformed; a conflict if the flag is not `expected` or no longer ours.
    pub fn restore(&self, there: &There, hold: &FlagHold, expected: &str) -> Result<Option<Change>, Fault> {
        let own = || there.own.as_ref().ok_or(Fault::Absent);
        let ops = match self {
            Self::Overlay => return overlay::restore(there.pair(), hold, expected),
            Self::FeatureFlag => feature_flag::restore(own()?, hold, expected),
            Self::Document(key) => config_map::restore_in_document(own()?, key, hold, expected),
            Self::Value => config_map::restore_value(own()?, hold, expected),
        };
        Ok(ops?.map(Change::Patch))
    }

    /// What the flag with the text `document` will be once the cut of `hold` is taken off.
    ///
    /// # Errors
    /// As [`flagd::original`].
    pub fn original(&self, document: &str, hold: &FlagHold) -> Result<String, Fault> {
        match self {
            Self::FeatureFlag | Self::Document(_) => flagd::original(document, hold),
            // The copy goes; what it was made of is as others keep it.
            Self::Overlay | Self::Value => Ok(hold.pre_image.clone()),
        }
    }

    /// A hold for every cut of ours in the object, and a sentence for each that cannot be given
    /// back.
    ///
    /// # Errors
    /// [`Fault::Malformed`].
    pub fn orphans(
        &self,
        body: &Body,
        installation: &str,
        target: impl Fn(&str) -> FlagTarget,
    ) -> Result<(Vec<FlagHold>, Vec<String>), Fault> {
        match self {
            Self::FeatureFlag => Ok((feature_flag::orphans(body, installation, target)?, Vec::new())),
            Self::Overlay => overlay::orphans(body, installation, target),
            Self::Document(key) => {
                let Some(text) = body.value(key)? else { return Ok((Vec::new(), Vec::new())) };
                let mut holds = flagd::orphans(&text, installation, target)?;
                holds.iter_mut().for_each(|hold| hold.uid = body.meta.uid.clone());
                Ok((holds, Vec::new()))
            }
            Self::Value => config_map::orphaned_values(body, (installation, MANAGER), target),
        }
    }

    /// The field of a flag, as managedFields name it.
    fn fields(&self, key: &str) -> Vec<String> {
        let parts: &[&str] = match self {
            Self::FeatureFlag | Self::Overlay => &["spec", "flagSpec", "flags", key],
            Self::Document(document) => &["data", document],
            Self::Value => &["data", key],
        };
        parts.iter().map(|part| part.to_string()).collect()
    }
}

use crate::domain::model::problem::Problem;
use crate::edge::crd::kind::governor::Governor;
use crate::edge::crd::kind::metric_source::MetricSource;
use crate::edge::crd::kind::policy::spec::HealthPolicy;
use serde_json::Value;
pub enum Object { HealthPolicy(HealthPolicy), Governor(Governor), MetricSource(MetricSource), Other }
pub struct Entry { pub kind: String, pub name: String, pub document: Value, pub object: Result<Object, Vec<Problem>> }
pub fn read(_origin: &str, text: &str) -> Vec<Entry> {
    let mut out = vec![];
    for d in crate::edge::yaml::read(text).unwrap_or_default() {
        let v = match d.value { Ok(v) => v, Err(e) => { out.push(Entry{kind:String::new(),name:String::new(),document:Value::Null,object:Err(vec![Problem::new("", "", e, "")])}); continue } };
        let kind = v["kind"].as_str().unwrap_or("").to_string();
        let name = v["metadata"]["name"].as_str().unwrap_or("").to_string();
        let e = |e: serde_json::Error| vec![Problem::new("", "", e.to_string(), "")];
        let object = match kind.as_str() {
            "HealthPolicy" => serde_json::from_value(v.clone()).map(Object::HealthPolicy).map_err(e),
            "Governor" => serde_json::from_value(v.clone()).map(Object::Governor).map_err(e),
            "MetricSource" => serde_json::from_value(v.clone()).map(Object::MetricSource).map_err(e),
            _ => Ok(Object::Other),
        };
        out.push(Entry{kind,name,document:v,object});
    }
    out
}

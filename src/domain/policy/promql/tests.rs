//! Real expressions, hostile expressions, and properties over both.

use super::*;
use promql_parser::parser::parse;
use proptest::prelude::*;

/// Expressions as they are found in dashboards, SLO rules and service meshes.
const CORPUS: &[&str] = &[
    "go_goroutines",
    "sum by (namespace, service) (go_goroutines)",
    "sum(go_goroutines) by (namespace, service)",
    "histogram_quantile(0.99, sum by (namespace, service, le) (rate(lock_wait_seconds_bucket[1m])))",
    "sum by (namespace, service) (rate(rejected_total[1m])) / sum by (namespace, service) (rate(requests_total[1m]))",
    "topk(3, sum by (namespace, service, lock) (rate(lock_wait_seconds_sum[5m])))",
    "1 - avg by (instance) (rate(node_cpu_seconds_total{mode=\"idle\"}[5m]))",
    "max_over_time(rate(http_requests_total{job=~\"api|web\"}[5m])[1h:1m])",
    "max_over_time(deriv(rate(distance_covered_total[5s])[30s:5s])[10m:])",
    "http_requests_total{code!~\"5..\"} @ end() offset 5m",
    "http_requests_total @ 1609746000 offset -1w",
    "rate(http_requests_total[5m] offset 1w)",
    "rate(http_requests_total[5m] @ start())",
    "a or b",
    "a and on (namespace) b unless ignoring (pod, instance) c",
    "label_replace(up, \"service\", \"$1\", \"job\", \"(.*)-[a-z0-9]+\")",
    "label_join(up, \"id\", \"/\", \"namespace\", \"pod\")",
    "rate(errors_total[5m]) * on (pod) group_left (service, namespace) kube_pod_labels{label_app!=\"\"}",
    "method_code:http_errors:rate5m / ignoring (code) group_left method:http_requests:rate5m",
    "sum without (instance, pod) (rate(x[5m]))",
    "-foo ^ 2",
    "2 ^ -foo ^ 3",
    "(a + b) * c",
    "a + b * c",
    "a > bool 5",
    "(a > bool 0) * 1e-7",
    "clamp_max(a, 0xff)",
    "predict_linear(node_filesystem_free_bytes[1h], 4 * 3600) < bool 0",
    "absent(up{job=\"x\"})",
    "quantile_over_time(0.5, (rate(x[1m]) > 0)[10m:30s])",
    "count_values(\"version\", build_info)",
    "vector(1)",
    "scalar(sum(up)) + time() - timestamp(up)",
    "sum by (destination_service_name) (rate(istio_requests_total{reporter=\"destination\",response_code=~\"5.*\"}[2m]))",
    "{__name__=~\"http_.+\", namespace=\"shop\"}",
    "{\"http.requests\", \"service.name\"=\"inventory\"}",
    "sum by (\"service.name\") ({\"http.requests\"})",
    "up{path=\"C:\\\\temp\", quote=\"a\\\"b\", line=\"a\\nb\", \"é\"=\"\"}",
    "up{a='single', b=`raw`}",
    "up{a=\"b\" or c=\"d\", e=\"f\"}",
    "rate(x[5m])  # a comment with [ and offset 5\n/ 2",
    "sum by () (x)",
    "a / ignoring () b",
    "topk(scalar(count(up)), rate(x[5m]))",
    "day_of_week() == bool 6",
    "NaN",
    "x % Inf",
    "sum(rate(x[1h30m])) / 5m",
    "sgn(a atan2 b)",
];

fn query(text: &str) -> Query {
    Query::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn shop() -> Vec<(String, String)> {
    vec![("namespace".to_string(), "shop".to_string())]
}

/// Every alternative of every selector of a text, as the parser (not our walkers) prints it.
fn alternatives(text: &str) -> Vec<Vec<Matcher>> {
    let mut all = Vec::new();
    tree::each_selector(&parse(text).unwrap(), &mut |selector| {
        let matchers = &selector.matchers;
        match matchers.or_matchers.is_empty() {
            true => all.push(matchers.matchers.clone()),
            false => all.extend(matchers.or_matchers.iter().cloned()),
        }
    });
    all
}

#[test]
fn printed_text_reads_back_to_the_same_tree() {
    for text in CORPUS {
        let first = query(text);
        let again = query(first.text());
        assert_eq!(first.text(), again.text());
        assert_eq!(first.tree, again.tree, "{text}");
    }
}

#[test]
fn equal_questions_have_one_text() {
    for (one, other) in [
        ("sum(up) by (a)", "sum by (a) (up)"),
        ("up{b=\"1\",a=\"2\"}", "up {a='2', b=\"1\", a=`2`,}"),
        ("rate(x[300s])", "rate(x [5m])"),
        ("a+b", "a  +\n b # sum"),
    ] {
        assert_eq!(query(one), query(other));
    }
    assert_ne!(query("a + b"), query("b + a"));
}

#[test]
fn a_matcher_reaches_every_alternative_of_every_selector() {
    for text in CORPUS {
        let fenced = query(text).with_matchers(&shop());
        for alternative in alternatives(fenced.text()) {
            let ours = alternative.iter().any(|m| m.to_string() == "namespace=\"shop\"");
            assert!(ours, "{text} became {}", fenced.text());
        }
    }
}

#[test]
fn enforcing_is_written_as_a_reader_expects() {
    for (text, fenced) in [
        ("up", "up{namespace=\"shop\"}"),
        ("rate(x{a=\"b\"}[5m] offset 1h)", "rate(x{a=\"b\",namespace=\"shop\"}[5m] offset 1h)"),
        ("up{namespace=\"shop\"}", "up{namespace=\"shop\"}"),
        ("up{namespace=\"other\"}", "up{namespace=\"other\",namespace=\"shop\"}"),
        ("up{namespace=~\".*\"}", "up{namespace=\"shop\",namespace=~\".*\"}"),
        ("up{a=\"b\" or c=\"d\"}", "up{a=\"b\", namespace=\"shop\" or c=\"d\", namespace=\"shop\"}"),
        (
            "topk(scalar(count(secret)), up)",
            "topk(scalar(count(secret{namespace=\"shop\"})), up{namespace=\"shop\"})",
        ),
        ("vector(1)", "vector(1)"),
    ] {
        let query = query(text).with_matchers(&shop());
        assert_eq!(query.text(), fenced);
        assert_eq!(query.with_matchers(&shop()), query, "enforcing twice changes nothing");
    }
}

#[test]
fn what_cannot_serve_as_a_signal_is_refused_with_a_fix() {
    let deep = format!("{}a{}", "(".repeat(600), ")".repeat(600));
    let long = format!("a{}", " + a".repeat(3000));
    for (text, part) in [
        ("", "empty"),
        ("sum by (", "not PromQL"),
        ("sum(rate(x[5m])", "not PromQL"),
        ("x > 5", "`bool`"),
        ("((x > 5))", "`bool`"),
        ("-(x > 5)", "`bool`"),
        ("x > 5 or y > 5", "`bool`"),
        ("x > 5 and y", "`bool`"),
        ("rate(x[5m]) != 0", "`bool`"),
        ("x[5m]", "rate("),
        ("x[5m:1m]", "rate("),
        ("\"text\"", "string"),
        ("x[300]", "`300s`"),
        ("x offset 1e400", "unit"),
        ("rate(x[1e400])", "unit"),
        ("x offset -NaN", "unit"),
        ("max_over_time(x[5m:60])", "unit"),
        ("info(up)", "group_left"),
        ("x @ -5", "1970"),
        ("up{a=`\\d+`}", "twice"),
        (&deep, "recording rule"),
        (&long, "recording rule"),
    ] {
        let error = Query::parse(text).unwrap_err();
        assert!(error.contains(part), "{text:.40}: {error}");
    }
    for text in
        ["x > bool 5", "sum(x > 5)", "a or b > bool 5", "a * 0 + (b > 5)", "a > 5 or a * 0", "a and b > 5"]
    {
        query(text);
    }
}

#[test]
fn ages_are_asked_once_per_distinct_selector() {
    for (text, expected) in [
        (
            "rate(a{x=\"1\"}[5m] offset 1h) / rate(a{x=\"1\"}[1m] @ end())",
            vec!["max by (ns, svc) (timestamp(a{x=\"1\"}))"],
        ),
        (
            "max_over_time(rate(b[1m])[1h:1m]) or a",
            vec!["max by (ns, svc) (timestamp(a))", "max by (ns, svc) (timestamp(b))"],
        ),
        ("vector(1)", vec![]),
    ] {
        assert_eq!(query(text).age_queries(&["ns", "svc"]), expected, "{text}");
    }
    let quoted = query("up").age_queries(&["service.name"]);
    assert_eq!(quoted, ["max by (\"service.name\") (timestamp(up))"]);
    quoted.iter().for_each(|text| drop(query(text)));
}

#[test]
fn the_window_adds_up_what_lies_inside_a_subquery() {
    for (text, seconds) in [
        ("up", 0),
        ("rate(a[5m]) / rate(b[10m] offset 1w)", 600),
        ("max_over_time(rate(a[5m])[1h:1m])", 3900),
        ("topk(scalar(sum(rate(a[2h]))), b)", 7200),
    ] {
        assert_eq!(query(text).window().as_secs(), seconds, "{text}");
    }
}

#[test]
fn a_faster_clock_divides_every_duration() {
    for (text, shrunk) in [
        ("rate(a[5m]) / 60", "rate(a[5s]) / 60"),
        ("max_over_time(rate(a[1m])[1h:2m] offset 3m)", "max_over_time(rate(a[1s])[1m:2s] offset 3s)"),
        ("a offset -1h", "a offset -1m"),
        ("a @ end()", "a @ end()"),
        ("a", "a"),
    ] {
        assert_eq!(query(text).shrunk(60).unwrap().text(), shrunk);
    }
    for (text, part) in [
        ("rate(a[30s])", "30s"),
        ("rate(a[61s])", "1m1s"),
        ("a offset 30s", "30s"),
        ("max_over_time(a[1h:])", "1h"),
        ("a @ 5", "@ 5.000"),
    ] {
        let error = query(text).shrunk(60).unwrap_err();
        assert!(error.contains(part), "{text}: {error}");
    }
    assert!(query("rate(a[5m])").shrunk(0).is_err());
}

/// The deepest tree that the guard lets through is parsed, walked, printed and dropped on a
/// stack smaller than any thread of ours has.
#[test]
fn the_deepest_accepted_expression_fits_a_small_stack() {
    let text = ["-", "(", "a+", "sum("].map(|part| {
        let close = part.matches('(').count() * 490;
        format!("{}a{}", part.repeat(490), ")".repeat(close))
    });
    let work = move || {
        for text in text {
            query(&text).with_matchers(&shop()).window();
        }
    };
    std::thread::Builder::new().stack_size(1 << 20).spawn(work).unwrap().join().unwrap();
}

proptest! {
    #[test]
    fn no_label_value_breaks_out_of_its_quotes(value in ".*", label in "[a-zA-Z_][a-zA-Z0-9_]{0,8}|.{1,8}") {
        prop_assume!(label != "__name__");
        let matchers = vec![(label.clone(), value.clone())];
        let fenced = query("rate(a[5m]) / b").with_matchers(&matchers);
        let found = alternatives(fenced.text());
        prop_assert_eq!(found.len(), 2);
        for alternative in found {
            prop_assert_eq!(alternative, vec![Matcher::new(MatchOp::Equal, &label, &value)]);
        }
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in "[-a-z0-9(){}\\[\\]:,.'\"`\\\\+*/^@# \n=~!<>é]{0,80}") {
        let _ = Query::parse(&text);
    }

    #[test]
    fn no_damaged_expression_makes_it_panic_or_slip_past_the_fence(
        which in 0..CORPUS.len(), at in any::<prop::sample::Index>(), with in "[-()\\[\\]{}\"'`\\\\@:,0-9a-z #]{0,6}", cut in 0..4usize,
    ) {
        let mut chars: Vec<char> = CORPUS[which].chars().collect();
        let at = at.index(chars.len());
        let end = (at + cut).min(chars.len());
        chars.splice(at..end, with.chars());
        let text: String = chars.into_iter().collect();
        if let Ok(query) = Query::parse(&text) {
            let fenced = query.with_matchers(&shop());
            for alternative in alternatives(fenced.text()) {
                prop_assert!(alternative.iter().any(|m| m.to_string() == "namespace=\"shop\""), "{}", text);
            }
        }
    }
}

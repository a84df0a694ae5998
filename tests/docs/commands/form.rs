//! Whether an output has the form of a sample: the same words in the same columns, other figures and times.

use regex::Regex;

/// Lines without what differs from run to run.
fn plain(text: &str) -> Vec<String> {
    let replaced = [
        (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z", "INSTANT"),
        (r"\d\d:\d\d:\d\dZ", "CLOCK"),
        (r"\b(\d+(\.\d+)?(ms|s|m|h|d))+\b", "SPAN"),
        (r"-?\b\d+(\.\d+)?\b", "NUMBER"),
    ];
    let mut text = text.to_string();
    for (pattern, word) in replaced {
        text = Regex::new(pattern).expect("it is one").replace_all(&text, word).into_owned();
    }
    text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

/// Every line of the sample, in its order, among those of the output.
///
/// # Errors
/// The first line that is not there.
pub fn has(output: &str, sample: &[String]) -> Result<(), String> {
    let lines = plain(output);
    let mut rest = lines.iter();
    for line in plain(&sample.join("\n")).into_iter().filter(|line| !line.is_empty()) {
        if !rest.any(|found| *found == line) {
            return Err(format!("there is no line like\n  {line}\nin\n{}", lines.join("\n")));
        }
    }
    Ok(())
}

#[test]
fn figures_may_differ_and_words_may_not() {
    let sample = ["NAME  SCORE  AGE".to_string(), "a     98.5   1m5s".to_string()];
    assert_eq!(has("NAME SCORE AGE\nb 1 2s\na  7  3h", &sample), Ok(()));
    assert!(has("NAME SCORE AGE\nb 98.5 1m5s", &sample).is_err());
    assert!(has("a 7 3h\nNAME SCORE AGE", &sample).is_err(), "in another order");
}

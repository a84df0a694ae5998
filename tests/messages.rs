//! What people read: every message in both languages, and the form of one in every receiver, held
//! against the examples in docs/examples/messages. FLYBALL_GOLDEN=write writes those anew.

mod letters {
    pub mod lives;
    pub mod print;
}

use flyball::app::drive::show::story;
use flyball::domain::model::news::{Event, Language};
use flyball::edge::notify::compose::compose;
use flyball::edge::notify::receiver::{alertmanager, ding_talk, feishu, slack, webhook};
use letters::lives::{self, at};
use letters::print;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

const LANGUAGES: [(Language, &str); 2] = [(Language::English, "en"), (Language::Chinese, "zh-CN")];

/// A complaint, unless the example says exactly this.
fn unlike(name: &str, text: &str) -> Option<String> {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/examples/messages").join(name);
    if std::env::var("FLYBALL_GOLDEN").as_deref() == Ok("write") {
        std::fs::write(&path, text).expect("an example can be written");
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    let told =
        || format!("{name} (FLYBALL_GOLDEN=write):\n{}", story::diff(&expected, text, "expected", "told"));
    (expected != text).then(told)
}

#[test]
fn every_message_reads_as_its_example() {
    let mut complaints = Vec::new();
    for (language, name) in LANGUAGES {
        let all = lives::all();
        let told: std::collections::BTreeSet<Event> =
            all.iter().map(|(_, letters)| lives::event(letters)).collect();
        assert_eq!(told.len(), Event::ALL.len(), "every event has an example");
        let printed: Vec<String> = all
            .iter()
            .map(|(title, letters)| {
                print::page(title, &compose(language, letters).expect("there is a letter"))
            })
            .collect();
        complaints.extend(unlike(&format!("{name}.md"), &print::document(name, &printed)));
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n\n"));
}

#[test]
fn every_receiver_is_told_in_its_own_form() {
    let mut complaints = Vec::new();
    for (language, name) in LANGUAGES {
        let message = compose(language, &lives::cut()).expect("there is a letter");
        let forms: [(&str, Value); 5] = [
            ("slack", slack::form(&message)),
            ("feishu", json!({"msg_type": "interactive", "card": feishu::card(&message)})),
            ("dingTalk", json!({"title": message.title, "text": ding_talk::markdown(&message)})),
            ("webhook", webhook::form(&message)),
            ("alertmanager", json!(alertmanager::alerts(at("12:04:05"), &message))),
        ];
        for (receiver, form) in forms {
            let text = serde_json::to_string_pretty(&form).expect("it is JSON") + "\n";
            complaints.extend(unlike(&format!("{receiver}.{name}.json"), &text));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n\n"));
}

/// What metrics and people may have written, at its worst.
const EVIL: &str = "<!everyone> @channel </at><at id=all></at> [x](http://evil)\u{202e}\n```*b*` <script>";

#[test]
fn what_outsiders_wrote_calls_nobody_and_breaks_no_form() {
    for (language, _) in LANGUAGES {
        let message = compose(language, &lives::written_by_outsiders(EVIL)).expect("there is a letter");
        let slack = slack::form(&message).to_string();
        for call in ["<!", "<@", "@channel", "@here", "```"] {
            assert!(!slack.contains(call), "{call} in {slack}");
        }
        let card = feishu::card(&message);
        let fields =
            &card["elements"].as_array().expect("a list").iter().find(|it| it.get("fields").is_some());
        let fields = fields.expect("a table").to_string();
        assert!(!fields.contains("<at") && !fields.contains("[x]"), "{fields}");
        let markdown = ding_talk::markdown(&message);
        assert!(!markdown.contains("<at") && !markdown.contains("[x]("), "{markdown}");
        for text in [slack, card.to_string(), markdown, webhook::form(&message).to_string()] {
            assert!(!text.contains('\u{202e}') && !text.contains("\\u202e"), "{text}");
        }
    }
}

#[test]
fn many_of_one_tier_make_one_message_with_their_number_and_the_first_names() {
    let message = compose(Language::English, &lives::many(500)).expect("there are letters");
    assert_eq!(message.title, "Fused: 500 services, tier strong-check of shop/inventory");
    let services = message.facts.iter().find(|fact| fact.name == "services").expect("they are told");
    assert!(
        services.value.starts_with("500: shop/service-000, ") && services.value.ends_with("and 495 more")
    );
    assert_eq!(message.subjects.len(), 500);
    let size = slack::form(&message).to_string().len();
    assert!(size < 4_000, "{size} bytes for people are too many");
}

#[test]
fn the_documented_fields_of_the_webhook_are_those_that_are_sent() {
    let document = include_str!("../docs/notifications.md");
    let (_, table) = document.split_once("| field | what |").expect("the fields are documented");
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let told: Vec<&str> = rows.filter_map(|row| row.split('`').nth(1)).collect();
    let form = webhook::form(&compose(Language::English, &lives::cut()).expect("there is a letter"));
    let mut sent: Vec<String> = form.as_object().expect("an object").keys().cloned().collect();
    for list in ["facts", "changes", "links", "subjects"] {
        let first = form[list][0].as_object().unwrap_or_else(|| panic!("{list} has an example"));
        sent.extend(first.keys().map(|key| format!("{list}[].{key}")));
    }
    assert_eq!(told, sent, "put these into the table of docs/notifications.md, in this order");
}

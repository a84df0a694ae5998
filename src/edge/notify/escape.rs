//! Texts from outside, made harmless: what metrics, flags and people wrote must neither call
//! somebody, nor look like another text, nor break the form that it stands in.

use crate::domain::model::problem::shorten;

/// `text` without control characters and marks of writing direction, in one line of at most
/// `length` characters.
pub fn clean(text: &str, length: usize) -> String {
    let kept = text.chars().filter(|c| !is_hidden(*c)).map(|c| if c.is_whitespace() { ' ' } else { c });
    let kept: String = kept.collect();
    shorten(kept.trim(), length)
}

/// `text` as one word of a command that somebody may copy into a shell: names in Kubernetes have only
/// these characters, and whatever has others is no such name.
pub fn word(text: &str) -> String {
    let kept = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_') { c } else { '?' };
    let word: String = text.chars().take(253).map(kept).collect();
    word.trim_start_matches('-').to_string()
}

/// What is not seen, and changes how the rest is.
fn is_hidden(c: char) -> bool {
    (c.is_control() && !c.is_whitespace())
        || matches!(
            c,
            '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
        )
}

/// For Slack's mrkdwn: `&`, `<` and `>` mean themselves, and nobody is called. What would make
/// bold, italic, struck or code text is kept apart by a mark of no width.
pub fn slack(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '@' => out.push_str("@\u{200b}"),
            '*' | '_' | '~' | '`' => out.extend(['\u{200b}', c]),
            _ => out.push(c),
        }
    }
    out
}

/// For the Markdown of Feishu's cards, as its description of special characters has it.
pub fn feishu(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '<' | '>' | '&' | '*' | '~' | '[' | ']' | '(' | ')' | '#' | '_' | '`' | '!' | '\\' | '|' => {
                out.push_str(&format!("&#{};", u32::from(c)));
            }
            _ => out.push(c),
        }
    }
    out
}

/// For DingTalk's Markdown: what begins a link, an image, a mark or an element is written with the
/// wide form of the same sign, which means nothing to it, and nobody is called.
pub fn ding_talk(text: &str) -> String {
    let wide = |c: char| match c {
        '<' => '＜',
        '>' => '＞',
        '[' => '［',
        ']' => '］',
        '!' => '！',
        '#' => '＃',
        '*' => '＊',
        '`' => '＇',
        '@' => '＠',
        c => c,
    };
    text.chars().map(wide).collect()
}

/// At most `most` bytes of `text`, whole characters, with an ellipsis where it was cut.
pub fn capped(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_string();
    }
    let mut end = most.saturating_sub('…'.len_utf8());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}…", &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_seen_is_left_out() {
        for (text, expected) in [
            ("a\u{202e}b\u{200f}c\u{2066}d\u{feff}", "abcd"),
            ("line\nbreak\tand\u{7}bell\u{0}\u{1b}[31m", "line break andbell[31m"),
            ("  库存 服务  ", "库存 服务"),
            ("\u{e0041}tag", "tag"),
        ] {
            assert_eq!(clean(text, 100), expected);
        }
        assert_eq!(clean(&"x".repeat(50), 10), format!("{}…", "x".repeat(9)));
    }

    #[test]
    fn a_word_of_a_command_means_nothing_to_a_shell() {
        assert_eq!(word("shop-1.a_b"), "shop-1.a_b");
        assert_eq!(word("-n x; rm -rf $(pwd)`id`"), "n?x??rm?-rf???pwd??id?");
    }

    #[test]
    fn nobody_is_called_by_a_text_in_slack() {
        for text in ["<!everyone>", "<!channel> <@U123>", "@here @channel", "<https://evil|click>"] {
            let escaped = slack(text);
            assert!(!escaped.contains('<') && !escaped.contains('>'), "{escaped}");
            assert!(!escaped.contains("@here") && !escaped.contains("@channel"), "{escaped}");
        }
        assert_eq!(slack("a & b"), "a &amp; b");
    }

    #[test]
    fn marks_of_the_chinese_chats_are_only_signs() {
        let text = "<at id=all></at> [x](http://evil) ![i](u) # h @所有人 **b**";
        let card = feishu(text);
        assert!(!card.contains(['<', '>', '[', '*']), "{card}");
        assert!(card.contains("&#60;at id=all&#62;"), "{card}");
        let markdown = ding_talk(text);
        assert!(!markdown.contains(['<', '>', '[', '@', '#', '*', '!']), "{markdown}");
    }

    #[test]
    fn a_cap_counts_bytes_and_keeps_characters_whole() {
        assert_eq!(capped("库存服务", 9), "库存…");
        assert_eq!(capped("abc", 3), "abc");
        assert!(capped(&"库".repeat(100), 100).len() <= 100);
    }
}
